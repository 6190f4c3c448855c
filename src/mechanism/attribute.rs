//! Attributes: what a request is about (its product, customer, tenant), drawn once and seen by every node it comes to.
//!
//! ```text
//! zipf(n=20000 s=1.05)      key k of n with weight 1 / (k+1)^s        chance(4%)                  0 or 1
//! uniform(n=1000)           each of n keys                            { open: 95%, closed: 5% }   the n-th name
//! uniform(20..900)          each whole number from 20 to 900          unique   constant           always new, always the same
//! one_key(share=40% rest=zipf(n=100000 s=1.0))                        one hot key besides the others
//! ```
//!
//! A draw is a function of the request's lineage and the attribute's number alone, so it is the same after a retry, in a redelivery and in a
//! what-if. Keys are indices: that they have names is the business of those who print them. Correlation between attributes is left out.

use super::{
    formula::{self, Forms, Formula},
    luck::{Keyed, keyed},
};
use crate::document::{Data, Diagnostic, Entry, Read, Reading, Shape, Shapes, Value};
use crate::units::{Share, Time};
use rand_distr::{Distribution as _, Zipf};
use std::{fmt, ops::Range};

/// Sets the draws of attributes apart from other draws on a lineage.
const SALT: u64 = 0x4154_5452_0000_0000;

/// More keys than these have no place in an array of counters, and floating point would begin to skip some.
const MOST_KEYS: u64 = 1 << 40;

/// What can be written, with an example of each form.
const KNOWN: &[Forms] = &[
    ("zipf", &["zipf(n=20000 s=1.05)"]),
    ("uniform", &["uniform(n=1000)", "uniform(20..900)"]),
    ("chance", &["chance(4%)"]),
    ("one_key", &["one_key(share=40% rest=zipf(n=100000 s=1.0))"]),
    ("unique", &["unique"]),
    ("constant", &["constant"]),
];

/// How a key is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// Key k of 0..n with a probability proportional to 1 / (k+1)^s.
    Zipf { n: u64, s: f64, zipf: Zipf<f64> },
    /// Each of `first..first + n`.
    Uniform { first: u64, n: u64 },
    /// 1 with this probability, else 0.
    Chance(Share),
    /// A key that no other request has (but for a collision of 64-bit hashes).
    Unique,
    /// Always 0.
    Constant,
    /// Names in the order of the file, each with the sum of the shares up to and with its own.
    Shares(Vec<(String, f64)>),
    /// One key of its own, numbered after those of `rest` (`rest` keeps its numbers), with this share; else one of `rest`.
    OneKey { share: Share, rest: Box<Attribute> },
    /// Another one for requests that were made within some stretches, which follow one another. No scenario writes it: phases make it.
    ByPhase { usual: Box<Attribute>, phases: Vec<(Range<Time>, Attribute)> },
}

impl Attribute {
    /// Zipf's law over `n` keys; `None` where `n` is 0 or `s` negative or not finite.
    pub fn zipf(n: u64, s: f64) -> Option<Self> {
        let zipf = Zipf::new(n as f64, s).ok().filter(|_| s.is_finite() && n <= MOST_KEYS)?;
        Some(Self::Zipf { n, s, zipf })
    }

    /// The key of the request with this lineage; `attribute_id` tells the attributes of one request apart.
    #[inline]
    pub fn draw(&self, lineage_of_request: u64, attribute_id: u32) -> u64 {
        self.key(&mut Keyed::new(keyed(lineage_of_request, SALT | u64::from(attribute_id))))
    }

    /// The same of a request that was made at `origin`, which may lie in a phase that draws differently. The origin is as much the request's own as its
    /// lineage: it goes along with its messages, and retries keep it.
    #[inline]
    pub fn draw_at(&self, lineage_of_request: u64, attribute_id: u32, origin: Time) -> u64 {
        match self {
            Self::ByPhase { usual, phases } => by_phase(usual, phases, origin).draw(lineage_of_request, attribute_id),
            plain => plain.draw(lineage_of_request, attribute_id),
        }
    }

    /// This one with the keys of `usual`, in whose place it is drawn: names mean the same in both. `None` where they do not.
    pub fn aligned(&self, usual: &Attribute) -> Option<Attribute> {
        let Self::Shares(names) = usual else { return (!matches!(self, Self::Shares(_))).then(|| self.clone()) };
        let Self::Shares(own) = self else { return None };
        let share = |name: &str| own.iter().position(|(known, _)| known == name).map(|at| own[at].1 - if at == 0 { 0.0 } else { own[at - 1].1 });
        let mut upto = 0.0;
        let sums: Vec<(String, f64)> = names
            .iter()
            .map(|(name, _)| {
                upto += share(name).unwrap_or(0.0);
                (name.clone(), upto)
            })
            .collect();
        own.iter().all(|(name, _)| usual.key_named(name).is_some()).then_some(Self::Shares(sums))
    }

    fn key(&self, rng: &mut Keyed) -> u64 {
        match self {
            Self::Zipf { n, zipf, .. } => (zipf.sample(rng) as u64).clamp(1, *n) - 1,
            Self::Uniform { first, n } => first + rng.below(*n),
            Self::Chance(share) => u64::from(rng.chance(share.as_fraction())),
            Self::Unique => rng.bits(),
            Self::Constant => 0,
            Self::Shares(shares) => {
                let u = rng.unit();
                shares.iter().position(|(_, upto)| u < *upto).unwrap_or(shares.len().saturating_sub(1)) as u64
            }
            Self::OneKey { share, rest } => match rng.chance(share.as_fraction()) {
                true => rest.keys().unwrap_or(u64::MAX),
                false => rest.key(rng),
            },
            Self::ByPhase { usual, .. } => usual.key(rng),
        }
    }

    /// How many keys there are, counted from 0 (so for `uniform(20..900)` it is 901); `None` where every request has its own.
    pub fn keys(&self) -> Option<u64> {
        match self {
            Self::Zipf { n, .. } => Some(*n),
            Self::Uniform { first, n } => Some(first + n),
            Self::Chance(_) => Some(2),
            Self::Unique => None,
            Self::Constant => Some(1),
            Self::Shares(shares) => Some(shares.len() as u64),
            Self::OneKey { rest, .. } => rest.keys().map(|n| n + 1),
            Self::ByPhase { usual, phases } => phases.iter().map(|(_, own)| own.keys()).try_fold(usual.keys()?, |most, keys| Some(most.max(keys?))),
        }
    }

    /// The probability of "yes", for an attribute that is a yes or a no.
    pub fn probability_true(&self) -> Option<Share> {
        match self {
            Self::Chance(share) => Some(*share),
            _ => None,
        }
    }

    /// The name of a key, for an attribute that is a map of names.
    pub fn name(&self, key: u64) -> Option<&str> {
        match self {
            Self::Shares(shares) => shares.get(key as usize).map(|(name, _)| name.as_str()),
            Self::ByPhase { usual, .. } => usual.name(key),
            _ => None,
        }
    }

    /// The key of a name, for an attribute that is a map of names.
    pub fn key_named(&self, wanted: &str) -> Option<u64> {
        match self {
            Self::Shares(shares) => shares.iter().position(|(name, _)| name == wanted).map(|at| at as u64),
            Self::ByPhase { usual, .. } => usual.key_named(wanted),
            _ => None,
        }
    }
}

impl fmt::Display for Attribute {
    /// As a scenario would say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zipf { n, s, .. } => write!(f, "zipf(n={n} s={s})"),
            Self::Uniform { first: 0, n } => write!(f, "uniform(n={n})"),
            Self::Uniform { first, n } => write!(f, "uniform({first}..{})", first + n - 1),
            Self::Chance(share) => write!(f, "chance({})", share.exact()),
            Self::Unique => f.write_str("unique"),
            Self::Constant => f.write_str("constant"),
            Self::ByPhase { usual, .. } => usual.fmt(f),
            Self::OneKey { share, rest } => write!(f, "one_key(share={} rest={rest})", share.exact()),
            Self::Shares(shares) => {
                let before = std::iter::once(0.0).chain(shares.iter().map(|(_, upto)| *upto));
                let share = |((name, upto), before): (&(String, f64), f64)| format!("{name}: {}", Share::from_fraction(upto - before));
                write!(f, "{{ {} }}", shares.iter().zip(before).map(share).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Read for Attribute {
    fn expected() -> String {
        "an attribute such as `zipf(n=20000 s=1.05)`, `chance(4%)` or `{ open: 95%, closed: 5% }`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        shapes.define("attribute", |shapes| {
            let [text, long] = formula::shapes(KNOWN, "");
            let shares = Shape { title: Some("a share for each name".into()), ..Shape::map(Share::shape(shapes)) };
            Shape { title: Some("an attribute".into()), ..Shape::any(vec![text, long, shares]) }
        })
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        if let Data::Map(entries) = &value.data
            && !is_long_form(entries)
        {
            return read_shares(value, entries, reading);
        }
        let before = reading.diagnostics.len();
        match Formula::of(value, "E025", reading) {
            Some(formula) => interpret(&formula, reading),
            None if reading.diagnostics.len() > before => None,
            None => {
                let found = value.text().map_or_else(|| value.describe().to_owned(), |text| format!("`{text}`"));
                let examples: Vec<String> = KNOWN.iter().map(|(_, forms)| format!("`{}`", forms[0])).collect();
                let diagnostic = Diagnostic::error("E025", value.span, format!("expected {}, found {found}", Self::expected()));
                reading.push(diagnostic.label("not that").hint(format!("write one of {}", examples.join(", "))));
                None
            }
        }
    }

    fn written(&self) -> Option<String> {
        Some(self.to_string())
    }
}

#[inline(never)]
fn by_phase<'a>(usual: &'a Attribute, phases: &'a [(Range<Time>, Attribute)], origin: Time) -> &'a Attribute {
    let at = phases.partition_point(|(stretch, _)| stretch.end <= origin);
    phases.get(at).filter(|(stretch, _)| stretch.contains(&origin)).map_or(usual, |(_, own)| own)
}

fn is_long_form(entries: &[Entry]) -> bool {
    matches!(entries, [only] if KNOWN.iter().any(|(name, _)| *name == only.key))
}

fn read_shares(value: &Value, entries: &[Entry], reading: &mut Reading) -> Option<Attribute> {
    let read: Vec<Option<Share>> = entries.iter().map(|entry| Share::read(&entry.value, reading)).collect();
    let shares: Vec<Share> = read.into_iter().collect::<Option<_>>()?;
    let sum: f64 = shares.iter().map(|share| share.as_fraction()).sum();
    if (sum - 1.0).abs() > 1e-6 {
        let message = format!("the shares of an attribute add up to {:.6}, not to 1", sum);
        reading.push(Diagnostic::error("E025", value.span, message).label("these shares").hint("write shares that make 100% together"));
        return None;
    }
    let mut upto = 0.0;
    let sums = shares.iter().map(|share| {
        upto += share.as_fraction();
        upto
    });
    Some(Attribute::Shares(entries.iter().map(|entry| entry.key.clone()).zip(sums).collect()))
}

fn interpret(formula: &Formula, reading: &mut Reading) -> Option<Attribute> {
    match formula.signature().as_str() {
        "zipf n s" => {
            let (n, s) = (key_count(formula, reading), formula.read::<f64>("s", reading));
            let (n, s) = (n?, s?);
            match Attribute::zipf(n, s).filter(|_| s <= 100.0) {
                Some(attribute) => Some(attribute),
                None => {
                    formula.refuse(format!("`s` of `zipf` cannot be {s}"), "it lies between 0 (all alike) and 100; 1 is Zipf's own", "E025", reading)
                }
            }
        }
        "uniform n" => Some(Attribute::Uniform { first: 0, n: key_count(formula, reading)? }),
        "uniform _" => {
            let (first, last): (u64, u64) = formula.read_range("uniform(20..900)", "E025", reading)?;
            match first <= last && last <= MOST_KEYS {
                true => Some(Attribute::Uniform { first, n: last - first + 1 }),
                false => {
                    formula.refuse("a range runs from the smaller number to the larger", format!("write `uniform({last}..{first})`"), "E025", reading)
                }
            }
        }
        "chance _" => formula.read_positional(reading).map(Attribute::Chance),
        "one_key rest share" => {
            let (share, rest) = (formula.read("share", reading), formula.read("rest", reading));
            Some(Attribute::OneKey { share: share?, rest: Box::new(rest?) })
        }
        "unique" => Some(Attribute::Unique),
        "constant" => Some(Attribute::Constant),
        _ => formula.unknown("an attribute", KNOWN, "E025", reading),
    }
}

fn key_count(formula: &Formula, reading: &mut Reading) -> Option<u64> {
    let n: u64 = formula.read("n", reading)?;
    match (1..=MOST_KEYS).contains(&n) {
        true => Some(n),
        false => formula.refuse(format!("`n` of `{}` cannot be {n}", formula.name), format!("`n` counts keys: 1 to {MOST_KEYS}"), "E025", reading),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        formula::tests::{map, scalar},
        luck::Luck,
    };
    use super::*;

    fn read_value(value: &Value) -> Attribute {
        let mut reading = Reading::default();
        Attribute::read(value, &mut reading).unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
    }

    fn read(text: &str) -> Attribute {
        read_value(&scalar(text))
    }

    fn refused(value: &Value) -> (String, String) {
        let mut reading = Reading::default();
        assert_eq!(Attribute::read(value, &mut reading), None);
        let first = &reading.diagnostics[0];
        (format!("{} {}", first.code, first.message), first.hint.clone().unwrap_or_default())
    }

    /// The share of requests with each of the keys 0..n.
    fn shares(attribute: &Attribute, keys: usize) -> Vec<f64> {
        let n = 200_000;
        let mut counts = vec![0.0; keys];
        (0..n).for_each(|k| counts[attribute.draw(Luck::root(3, k).lineage, 1) as usize] += 1.0 / n as f64);
        counts
    }

    fn assert_near(drawn: f64, expected: f64, what: &str) {
        assert!((drawn - expected).abs() <= 4.5 * (expected * (1.0 - expected) / 200_000.0).sqrt() + 1e-12, "{what}: {drawn} against {expected}");
    }

    #[test]
    fn zipf_keys_follow_their_law() {
        for (n, s) in [(1_000usize, 1.0f64), (50, 1.05), (300, 0.6), (10, 0.0)] {
            let total: f64 = (1..=n).map(|k| (k as f64).powf(-s)).sum();
            let drawn = shares(&Attribute::zipf(n as u64, s).unwrap(), n);
            (0..5).for_each(|k| assert_near(drawn[k], ((k + 1) as f64).powf(-s) / total, &format!("key {k} of {n}, s {s}")));
        }
    }

    #[test]
    fn shares_chances_and_ranges_are_kept() {
        let status = read_value(&map(&[("open", scalar("95%")), ("closed", scalar("5%"))]));
        assert_near(shares(&status, 2)[1], 0.05, "closed");
        assert_eq!((status.name(1), status.key_named("open"), status.to_string().as_str()), (Some("closed"), Some(0), "{ open: 95%, closed: 5% }"));
        assert_near(shares(&read("chance(4%)"), 2)[1], 0.04, "chance");
        assert_eq!(read("chance(4%)").probability_true(), Some(Share::from_fraction(0.04)));
        let amount = shares(&read("uniform(20..29)"), 30);
        assert!(amount[..20].iter().all(|&share| share == 0.0));
        assert_near(amount[29], 0.1, "the last of a range");
    }

    #[test]
    fn one_key_has_its_share_and_leaves_the_others_their_numbers() {
        let drawn = shares(&read("one_key(share=40% rest=uniform(n=10))"), 11);
        assert_near(drawn[10], 0.4, "the one key");
        assert_near(drawn[0], 0.06, "one of the rest");
    }

    #[test]
    fn a_request_keeps_its_key_and_attributes_differ() {
        let (luck, keys) = (Luck::root(1, 1), read("uniform(n=1000000)"));
        assert_eq!(keys.draw(luck.lineage, 1), keys.draw(luck.retry(3).lineage, 1));
        assert_ne!(keys.draw(luck.lineage, 1), keys.draw(luck.lineage, 2));
        assert_ne!(read("unique").draw(1, 1), read("unique").draw(2, 1));
    }

    #[test]
    fn every_example_is_shown_as_it_was_written() {
        for form in KNOWN.iter().flat_map(|(_, forms)| *forms) {
            assert_eq!(read(form).to_string().replace("s=1)", "s=1.0)"), *form);
        }
    }

    #[test]
    fn the_long_forms_mean_the_same() {
        let zipf = map(&[("zipf", map(&[("s", scalar("1.05")), ("n", scalar("20000"))]))]);
        assert_eq!(read_value(&zipf), read("zipf(n=20000 s=1.05)"));
        assert_eq!(read_value(&map(&[("chance", scalar("4%"))])), read("chance(4%)"));
    }

    #[test]
    fn nonsense_is_answered_with_what_to_write() {
        assert_eq!(refused(&scalar("zipf(n=20)")).0, "E025 `zipf` cannot be read from `n`");
        assert_eq!(refused(&scalar("zpif(n=20 s=1)")).1, "did you mean `zipf`?");
        assert!(refused(&scalar("zipf(n=0 s=1)")).0.contains("`n` of `zipf` cannot be 0"));
        assert!(refused(&scalar("zipf(n=10 s=-1)")).0.contains("`s` of `zipf` cannot be -1"));
        assert!(refused(&scalar("uniform(9..2)")).1.contains("uniform(2..9)"));
        assert!(refused(&scalar("17")).0.starts_with("E025 expected an attribute"));
        assert_eq!(
            refused(&map(&[("open", scalar("95%")), ("closed", scalar("4%"))])).0,
            "E025 the shares of an attribute add up to 0.990000, not to 1"
        );
        assert_eq!(refused(&scalar("chance(4)")).0, "E023 a share is at most 1, so not 4");
    }
}
