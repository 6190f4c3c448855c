//! A row of a price book as a file has it, and how it becomes a price.
//!
//! ```text
//! { key, since, unit, per, price | tiers | factor, rounding, free, note, source }  +  the price that it stands in place of  ──▶  Price
//! ```
//!
//! What a row does not say is as in the price that it stands in place of, else as in us-east-1's of that key. A `factor` multiplies the price of the Region, where it
//! has one, else us-east-1's; beside a `price`, which is then the first tier's, it is for the tiers above. Every mistake is complaint E181.

use crate::document::{Diagnostic, Map, Reading, Span, Spanned};
use crate::platform::{Date, quota};
use crate::units::Time;

use super::price::{Certainty, Free, Period, Price, Rounding, Tier};
use super::{Measure, Quantity};

crate::spec! {
    /// A price book, or what is laid over one.
    pub struct Document: "a price book" {
        /// The Region of the rows that name none; without it, an overlay's hold in any.
        region: Option<Spanned<String>> = None,
        /// Hours that a month is taken for.
        month_hours: Option<Quantity> = None,
        /// What rows name as their source.
        sources: Map<SourceSpec> = Map::default(),
        /// The prices.
        prices: Vec<Spanned<Row>> = Vec::new(),
    }
}

crate::spec! {
    /// Where prices are from.
    pub struct SourceSpec: "a source of prices" {
        /// In words.
        about: String,
        /// How sure they are.
        certainty: Certainty = Certainty::Medium,
    }
}

crate::spec! {
    /// A price, or what is different about one.
    pub struct Row: "a price" {
        /// What is priced: `lambda.duration.arm64`.
        key: Spanned<String>,
        /// The Region; default: the file's.
        region: Option<Spanned<String>> = None,
        /// The first day it holds.
        since: Option<Spanned<String>> = None,
        /// What is counted.
        unit: Option<String> = None,
        /// So many units have the price.
        per: Option<Spanned<Quantity>> = None,
        /// USD for `per` units.
        price: Option<Spanned<Quantity>> = None,
        /// Times the price of the Region, or of us-east-1; 0.9 is a discount of 10 %.
        factor: Option<Spanned<Quantity>> = None,
        /// Prices by the month's volume.
        tiers: Option<Spanned<Vec<TierSpec>>> = None,
        /// How what is measured becomes what is billed, by what is measured.
        rounding: Option<Map<Spanned<RoundingSpec>>> = None,
        /// What is given for nothing each month.
        free: Option<FreeSpec> = None,
        /// Whether it is a rule that holds in every Region.
        everywhere: bool = false,
        /// What else to know.
        note: Option<String> = None,
        /// A name of `sources`, or words.
        source: Option<String> = None,
    }
}

crate::spec! {
    /// A tier.
    pub struct TierSpec: "a tier" {
        /// Its last unit; the last tier has none.
        up_to: Option<Quantity> = None,
        /// USD for `per` units.
        price: Quantity,
    }
}

crate::spec! {
    /// How one thing is rounded.
    pub struct RoundingSpec: "a rounding rule" {
        /// It counts in whole steps of this.
        step: Option<Measure> = None,
        /// The platform's row that has the step on that day.
        row: Option<Spanned<String>> = None,
        /// It counts as at least this.
        minimum: Option<Measure> = None,
        /// Of each, as much is not charged.
        included: Option<Measure> = None,
        /// It cannot be more.
        most: Option<Measure> = None,
        /// Added to each.
        overhead: Option<Measure> = None,
    }
}

crate::spec! {
    /// A free tier.
    pub struct FreeSpec: "a free tier" {
        /// Units a month.
        amount: Quantity,
        /// What it is shared with; default: nothing.
        pool: Option<String> = None,
        /// How long it is given.
        period: Period = Period::Always,
    }
}

/// What a row is resolved against.
#[derive(Clone, Copy)]
pub struct Base<'p> {
    pub as_of: Date,
    /// The Region's price of the key.
    pub own: Option<&'p Price>,
    /// us-east-1's price of the key.
    pub home: Option<&'p Price>,
    pub sources: &'p Map<SourceSpec>,
}

/// A mistake in a row (E181).
pub fn mistake(span: Span, message: impl Into<String>, hint: &str) -> Diagnostic {
    Diagnostic::error("E181", span, message.into()).label("this price").hint(hint)
}

impl Row {
    /// The day from which it holds; the first of all where it says none. `None` where that is no day.
    pub fn since(&self) -> Option<Date> {
        Date::parse(self.since.as_ref().map_or(quota::ALWAYS, |day| &day.value))
    }

    /// Whether all that can be said of the row alone is right.
    pub fn check(&self, reading: &mut Reading) -> bool {
        let before = reading.diagnostics.len();
        let key = &self.key.value;
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !key.contains('.') || !key.split('.').all(is_part) {
            reading.push(mistake(self.key.span, format!("`{key}` is no key of a price"), "write the service and what is metered: `sqs.standard`"));
        }
        if let Some(day) = self.since.as_ref().filter(|day| Date::parse(&day.value).is_none()) {
            reading.push(mistake(day.span, format!("`{}` is not a day", day.value), "write year, month and day: `2026-11-01`"));
        }
        if let Some(per) = self.per.as_ref().filter(|per| per.value.0 <= 0.0) {
            reading.push(mistake(per.span, format!("`{key}` has a price for no units"), "write for how many units the price is: `per: 1M`"));
        }
        self.check_tiers(reading);
        self.check_rounding(reading);
        reading.diagnostics.len() == before
    }

    fn check_tiers(&self, reading: &mut Reading) {
        let (Some(tiers), key) = (&self.tiers, &self.key.value) else { return };
        if self.price.is_some() || self.factor.is_some() {
            reading.push(mistake(tiers.span, format!("`{key}` has tiers, and a price or factor besides"), "give one of them"));
        }
        let bounds: Vec<Option<f64>> = tiers.value.iter().map(|tier| tier.up_to.map(|bound| bound.0)).collect();
        let ascend = bounds.windows(2).all(|pair| match *pair {
            [Some(_), None] => true,
            [Some(low), Some(high)] => low < high,
            _ => false,
        });
        if bounds.is_empty() || !ascend || bounds.last().is_some_and(Option::is_some) || bounds.first() == Some(&Some(0.0)) {
            let hint = "bounds ascend, and the last tier has none: `[ { up_to: 300M, price: 1.00 }, { price: 0.90 } ]`";
            reading.push(mistake(tiers.span, format!("the tiers of `{key}` do not cover every quantity once"), hint));
        }
    }

    fn check_rounding(&self, reading: &mut Reading) {
        for (of, rule) in self.rounding.iter().flat_map(|rules| &rules.0) {
            let spec = &rule.value;
            let zero = spec.step.is_some_and(|step| step.base() <= 0.0);
            let nothing = [spec.step, spec.minimum, spec.included, spec.most, spec.overhead].iter().all(Option::is_none) && spec.row.is_none();
            if zero || nothing {
                let hint = "say in which steps it counts, or what is included: `{ step: 64 KB }`";
                reading.push(mistake(rule.span, format!("`{}` of `{}` is rounded by no rule", of.value, self.key.value), hint));
            }
            if let Some(row) = spec.row.as_ref().filter(|row| platform_step(&row.value, Date::NEWEST).is_none()) {
                let hint = "`coldfront platform billing` lists those that there are";
                reading.push(mistake(row.span, format!("the platform has no time called `{}`", row.value), hint));
            }
        }
    }

    /// The price that this row makes of what was there; the row has been checked.
    pub fn resolve(&self, base: Base, reading: &mut Reading) -> Option<Price> {
        let key = &self.key.value;
        let known = base.own.or(base.home);
        let Some(unit) = self.unit.clone().or_else(|| known.map(|price| price.unit.clone())) else {
            reading.push(mistake(self.key.span, format!("`{key}` is new to the book, and does not say what it counts"), "add `unit: …`"));
            return None;
        };
        let tiers = self.tiers(base).map_err(|(message, hint)| reading.push(mistake(self.key.span, message, hint))).ok()?;
        let source = base.sources.0.iter().find(|(name, _)| Some(&name.value) == self.source.as_ref()).map(|(_, source)| source);
        let stated = || self.source.clone().unwrap_or_else(|| "stated without a source".into());
        Some(Price {
            key: key.clone(),
            unit,
            per: self.per.as_ref().map_or_else(|| known.map_or(1.0, |price| price.per), |per| per.value.0),
            tiers,
            rounding: self.rules(base.as_of).unwrap_or_else(|| known.map(|price| price.rounding.clone()).unwrap_or_default()),
            free: self.free(known),
            since: self.since().unwrap_or(base.as_of),
            everywhere: self.everywhere,
            note: self.note.clone(),
            source: source.map_or_else(stated, |source| source.about.clone()),
            certainty: source.map_or(Certainty::Medium, |source| source.certainty),
        })
    }

    fn free(&self, known: Option<&Price>) -> Option<Free> {
        let Some(free) = &self.free else { return known.and_then(|price| price.free.clone()) };
        let of_known = || known.and_then(|price| price.free.as_ref()).map(|free| free.pool.clone());
        let pool = free.pool.clone().or_else(of_known).unwrap_or_else(|| self.key.value.clone());
        Some(Free { amount: free.amount.0, pool, period: free.period })
    }

    fn tiers(&self, base: Base) -> Result<Vec<Tier>, (String, &'static str)> {
        if let Some(tiers) = &self.tiers {
            return Ok(tiers.value.iter().map(|tier| Tier { up_to: tier.up_to.map(|bound| bound.0), price: tier.price.0 }).collect());
        }
        let key = &self.key.value;
        let times = |from: &Price, factor: f64| from.tiers.iter().map(|tier| Tier { price: tier.price * factor, ..*tier }).collect::<Vec<_>>();
        let first = self.price.as_ref().map(|price| price.value.0);
        match (first, self.factor.as_ref().map(|factor| factor.value.0), base.own.or(base.home)) {
            (Some(price), None, _) => Ok(vec![Tier { up_to: None, price }]),
            (first, Some(factor), Some(from)) => {
                let mut tiers = times(from, factor);
                if let (Some(first), Some(tier)) = (first, tiers.first_mut()) {
                    tier.price = first;
                }
                Ok(tiers)
            }
            (_, Some(_), None) => Err((format!("`{key}` has a factor, and the book no price to multiply"), "give a `price`")),
            (None, None, _) => match base.own {
                Some(own) => Ok(own.tiers.clone()),
                None => Err((format!("`{key}` has no price"), "give `price`, `tiers` or `factor`")),
            },
        }
    }

    fn rules(&self, as_of: Date) -> Option<Vec<Rounding>> {
        let rule = |(of, rule): &(Spanned<String>, Spanned<RoundingSpec>)| {
            let rule = &rule.value;
            let of_platform = || rule.row.as_ref().and_then(|row| platform_step(&row.value, as_of));
            let step = rule.step.or_else(of_platform);
            let of = of.value.clone();
            Rounding { of, step, minimum: rule.minimum, included: rule.included, most: rule.most, overhead: rule.overhead }
        };
        self.rounding.as_ref().map(|rules| rules.0.iter().map(rule).collect())
    }
}

/// A time that the platform's row of this name has on that day.
fn platform_step(name: &str, as_of: Date) -> Option<Measure> {
    let row = quota::row(name, as_of)?;
    let unit = match row.unit {
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(Measure::Time(Time::from_nanos_f64(row.value * unit)))
}
