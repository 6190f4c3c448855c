//! Blame for a terminal: a sentence for each limit, the most to blame first, then figure by figure who did how much of it.
//!
//! ```text
//! Without `orders`' write capacity (50 WCU) error rate of `shoppers` falls from 8.83 % to 0.702 %.
//! Raising `order`'s reserved concurrency (20) alone changes nothing.
//! ```

use super::{Limit, Pair, REFUSALS, Why};
use crate::report::{Style, plural, usd, wrapped};
use crate::scenario::{COST_MONTHLY, TOTAL};
use crate::study::compare::Difference;
use crate::study::table::rounded;

/// Less than this share of what was is not worth a word.
const SLIGHT: f64 = 0.01;
/// How wide a limit's name may be in the table.
const NAME: usize = 58;

impl Why {
    /// The whole of it.
    pub fn text(&self, style: &Style) -> String {
        let paragraph = |text: &str| wrapped(text, style.columns(), "");
        let sentences = self.sentences();
        let mut out = sentences.first().map_or_else(String::new, |first| style.bold(paragraph(first).trim_end()) + "\n");
        out += &sentences.iter().skip(1).map(|sentence| paragraph(sentence)).collect::<String>();
        out += &style.dim(paragraph(&self.effort()).trim_end());
        out += "\n";
        out + &self.tables(style) + &self.raised(style)
    }

    /// What there is to say, the most important first.
    pub fn sentences(&self) -> Vec<String> {
        if self.limits.is_empty() {
            let reached = "No limit refuses anything, nobody waits for a slot, and no environment starts cold: whatever is slow is the work itself";
            return vec![format!("{reached}.")];
        }
        let limits = self.limits.iter().map(|limit| self.sentence(limit));
        let pairs = self.pairs.iter().filter_map(|pair| self.pair(pair));
        let mut said: Vec<String> = limits.chain(pairs).collect();
        said.extend(self.rest());
        said.extend((!self.left_out.is_empty()).then(|| format!("Met too, and not weighed: {}.", listed(&self.left_out))));
        said.extend(self.interrupted.then(|| "Interrupted: fewer runs than were asked for.".to_owned()));
        said
    }

    fn effort(&self) -> String {
        let runs = self.replications << self.limits.len();
        format!("{}, {} of each world with the same luck; ± is half of a 95 % interval", plural(runs as u64, "run"), self.replications)
    }

    fn sentence(&self, limit: &Limit) -> String {
        let effects: Vec<&Difference> = limit.alone.iter().filter(|one| one.significant && is_worth_a_word(one)).collect();
        let (money, others): (Vec<&Difference>, Vec<&Difference>) = effects.into_iter().partition(|one| one.unit == "usd");
        let bill = money.first().map(|one| dearer(one));
        if !others.is_empty() {
            let said: Vec<String> = others.into_iter().map(effect).chain(bill).collect();
            return format!("Without {} {}.", limit.limit, listed(&said));
        }
        let but = bill.map_or_else(String::new, |bill| format!(", but that {bill}"));
        match (limit.hidden, self.limits.len()) {
            (true, _) => format!("Without {}, which others hide, nothing changes as long as they are there{but}.", limit.limit),
            (false, 1) => format!("Without {} nothing changes for sure{but}.", limit.limit),
            (false, _) => format!("Without {} alone nothing changes for sure{but}.", limit.limit),
        }
    }

    /// Two limits that have to go together.
    fn pair(&self, pair: &Pair) -> Option<String> {
        let effects: Vec<&Difference> = pair.effects.iter().filter(|one| one.metric != COST_MONTHLY && one.metric != REFUSALS).collect();
        let first = effects.into_iter().find(|one| (one.difference / one.base.abs().max(one.other.abs())).abs() >= SLIGHT)?;
        let [a, b] = &pair.limits;
        let (is, would) = (rounded(&first.unit, first.other), rounded(&first.unit, first.base.max(0.0)));
        let more = if (first.other - first.base).signum() == (first.other - self.before(first)).signum() { "more" } else { "less" };
        Some(format!(
            "Together {a} and {b} do {more} than one by one: without both {} is {is}; the sum of what each does would leave {would}.",
            whose(first)
        ))
    }

    /// A figure of the scenario as it is.
    fn before(&self, of: &Difference) -> f64 {
        self.together.iter().find(|one| one.subject == of.subject && one.metric == of.metric).map_or(0.0, |one| one.base)
    }

    /// What all limits together leave.
    fn rest(&self) -> Option<String> {
        let left = self.together.iter().filter(|one| one.metric != COST_MONTHLY && one.metric != REFUSALS);
        let said: Vec<String> = left.map(|one| format!("{} {}", whose(one), rounded(&one.unit, one.other))).collect();
        (self.limits.len() > 1 && !said.is_empty()).then(|| format!("What is left without all of them: {}.", listed(&said)))
    }

    /// Figure by figure: who did how much of it.
    fn tables(&self, style: &Style) -> String {
        let width = self.limits.iter().map(|limit| limit.limit.chars().count()).max().unwrap_or(0).min(NAME);
        self.together.iter().map(|whole| self.table(whole, width, style)).collect()
    }

    fn table(&self, whole: &Difference, width: usize, style: &Style) -> String {
        if !whole.significant {
            return String::new();
        }
        let of = if whole.subject == TOTAL { String::new() } else { format!("{}: ", whole.subject) };
        let without = format!("{} → {} without these limits", rounded(&whole.unit, whole.base), rounded(&whole.unit, whole.other));
        let mut out = format!("\n{}  {}\n", style.bold(&format!("{of}{}", whole.metric)), style.dim(&without));
        out += &style.dim(&format!("  {:width$}  {:>12}  {:>12}  {:<10}  {:>6}\n", "", "alone", "blame", "", "share"));
        for limit in &self.limits {
            let is = |one: &&Difference| one.subject == whole.subject && one.metric == whole.metric;
            let alone = limit.alone.iter().find(is).map_or_else(|| "—".into(), |one| signed(&one.unit, one.difference));
            let Some(blame) = limit.blame.iter().find(|one| one.subject == whole.subject && one.metric == whole.metric) else { continue };
            let half = blame.half_width.filter(|half| *half > 0.0).map_or_else(String::new, |half| format!("± {}", rounded(&blame.unit, half)));
            let share = blame.share.map_or_else(String::new, in_percent);
            let name = crate::report::shortened(&limit.limit, width);
            let line = format!("  {name:width$}  {alone:>12}  {:>12}  {half:<10}  {share:>6}", signed(&blame.unit, blame.change));
            out += line.trim_end();
            out += "\n";
        }
        out
    }

    /// What was turned, and by whom it can be.
    fn raised(&self, style: &Style) -> String {
        if self.limits.is_empty() {
            return String::new();
        }
        let mut out = format!("\n{}\n", style.bold("How they were taken away"));
        for limit in &self.limits {
            let remedy = match limit.remedy.as_str() {
                "quota" => "  (a quota: AWS raises it for those who ask)",
                "design" => "  (not to be set: the design has to go round it)",
                "warmth" => "  (`provisioned_concurrency` comes near it)",
                _ => "",
            };
            out += &format!("  {}{remedy}\n", limit.limit);
            for raise in &limit.raised {
                out += &style.dim(&format!("    {}: {} → {}\n", raise.path, raise.from, raise.to));
            }
        }
        out
    }
}

/// "the total costs" of a month: dearer or cheaper.
fn dearer(one: &Difference) -> String {
    let less = if one.difference > 0.0 { "more" } else { "less" };
    format!("a month costs {} {less}", usd(one.difference.abs()))
}

/// "p(99) of `shoppers` falls from 1.2 s to 140 ms"
fn effect(one: &Difference) -> String {
    let verb = match (one.difference > 0.0, one.metric.ends_with('s')) {
        (true, true) => "rise",
        (true, false) => "rises",
        (false, true) => "fall",
        (false, false) => "falls",
    };
    format!("{} {verb} from {} to {}", whose(one), rounded(&one.unit, one.base), rounded(&one.unit, one.other))
}

fn whose(one: &Difference) -> String {
    match (one.subject.as_str(), one.metric.as_str()) {
        (TOTAL, REFUSALS) => "all refusals".into(),
        (subject, metric) => format!("{} of `{subject}`", metric.replace('_', " ")),
    }
}

fn is_worth_a_word(one: &Difference) -> bool {
    one.base == 0.0 || (one.difference / one.base).abs() >= SLIGHT
}

/// A change with its sign.
fn signed(unit: &str, change: f64) -> String {
    match change {
        0.0 => rounded(unit, 0.0),
        c if c > 0.0 => format!("+{}", rounded(unit, c)),
        c => format!("−{}", rounded(unit, -c)),
    }
}

/// "a, b and c"
fn listed(said: &[String]) -> String {
    match said {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A share as whole percent.
pub(super) fn in_percent(share: f64) -> String {
    let whole = (share * 100.0).round();
    if whole < 0.0 { format!("−{:.0} %", -whole) } else { format!("{:.0} %", whole.abs()) }
}
