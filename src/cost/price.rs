//! One price: unit, graduated tiers, rounding rules, free tier, and whence it is known.
//!
//! ```text
//! charge = Σ over tiers of (units inside the tier) × price / per        of what is left after the free part
//! steps  = ⌈(size − included) / step⌉, at least one                     rounded = ⌈max(x, minimum) / step⌉ · step − included
//! ```
//!
//! A tier's price holds for the units inside it only, of the account's month. Left out: who shares a free pool, which is the bill's.

use crate::platform::Date;

use super::Measure;
use super::amount::plain;

crate::words! {
    /// How sure a price is.
    pub enum Certainty {
        /// Read at AWS, or from the AWS Price List API.
        High = "high",
        /// Recollected or stated by others, and not contradicted.
        Medium = "medium",
        /// A guess with a reason.
        Low = "low",
    }
}

crate::words! {
    /// How long a free tier is given.
    pub enum Period {
        /// For ever.
        Always = "always",
        /// In the first 12 months of an account; not of those that were opened since July 2025, which are given credits instead.
        FirstTwelveMonths = "first_12_months",
    }
}

/// A price for the units up to a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tier {
    /// The last unit of a month that it holds for; none is the last tier.
    pub up_to: Option<f64>,
    /// USD for each `per` units.
    pub price: f64,
}

/// What is given for nothing each month.
#[derive(Clone, Debug, PartialEq)]
pub struct Free {
    /// Units a month.
    pub amount: f64,
    /// Prices of one pool share it.
    pub pool: String,
    pub period: Period,
}

/// How a measured size or time becomes a billed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounding {
    /// What is rounded: `payload`, `duration`, `item`.
    pub of: String,
    /// It counts in whole steps of this.
    pub step: Option<Measure>,
    pub minimum: Option<Measure>,
    /// As much of each is not charged.
    pub included: Option<Measure>,
    /// More than this cannot be.
    pub most: Option<Measure>,
    /// Added to each.
    pub overhead: Option<Measure>,
}

/// What one metered unit costs in a Region on a day.
#[derive(Clone, Debug)]
pub struct Price {
    /// `lambda.duration.arm64`; the first part is the service.
    pub key: String,
    /// What is counted: `requests`, `GB-s`, `GB-month`.
    pub unit: String,
    /// So many units have the price of a tier.
    pub per: f64,
    /// At least one; bounds ascend, and the last tier has none.
    pub tiers: Vec<Tier>,
    pub rounding: Vec<Rounding>,
    pub free: Option<Free>,
    /// The first day it holds.
    pub since: Date,
    /// A rule rather than a price: it holds in every Region.
    pub everywhere: bool,
    pub note: Option<String>,
    /// Whence it is known, in words.
    pub source: String,
    pub certainty: Certainty,
}

impl Price {
    /// What `quantity` units of a month cost in USD, where `free_left` of them are still free.
    pub fn charge(&self, quantity: f64, free_left: f64) -> f64 {
        let billed = (quantity - free_left.max(0.0)).max(0.0);
        let (mut usd, mut from) = (0.0, 0.0);
        for tier in &self.tiers {
            let to = tier.up_to.unwrap_or(f64::INFINITY).min(billed);
            if to > from {
                usd += (to - from) * tier.price / self.per;
                from = to;
            }
        }
        usd
    }

    /// The service that it is of: `lambda`.
    pub fn service(&self) -> &str {
        service_of(&self.key)
    }

    /// How `of` is rounded; `None` where it counts as it is.
    pub fn rounding(&self, of: &str) -> Option<&Rounding> {
        self.rounding.iter().find(|rounding| rounding.of == of)
    }

    /// In how many steps `of` counts when it measures `base` bytes, nanoseconds or ones; one where there is no rule.
    pub fn steps(&self, of: &str, base: f64) -> f64 {
        self.rounding(of).map_or(1.0, |rounding| rounding.steps(base))
    }

    /// As how much `of` counts when it measures `base` bytes, nanoseconds or ones; as it is where there is no rule.
    pub fn rounded(&self, of: &str, base: f64) -> f64 {
        self.rounding(of).map_or(base, |rounding| rounding.rounded(base))
    }

    /// All rounding rules in words: `payload in steps of 64 KB`.
    pub fn rounding_in_words(&self) -> String {
        self.rounding.iter().map(Rounding::in_words).collect::<Vec<_>>().join("; ")
    }

    /// The price in words: `$0.2 per 1,000,000 requests`, tiers one after the other.
    pub fn in_words(&self) -> String {
        let per = if self.per == 1.0 { String::new() } else { format!("{} ", plain(self.per)) };
        let tiers = self.tiers.iter().map(|tier| match tier.up_to {
            Some(bound) => format!("${} up to {}", plain(tier.price), plain(bound)),
            None => format!("${}", plain(tier.price)),
        });
        let tiers = tiers.collect::<Vec<_>>().join(", then ");
        format!("{tiers} per {per}{}", self.unit)
    }
}

/// The service that a key is of.
pub fn service_of(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

impl Rounding {
    /// In how many steps `base` counts; what is included counts for none, and where nothing is, even nothing is one step.
    pub fn steps(&self, base: f64) -> f64 {
        let base = base.max(of(self.minimum)) + of(self.overhead);
        let least = if self.included.is_some() { 0.0 } else { 1.0 };
        match of(self.step) {
            step if step > 0.0 => ((base - of(self.included)).max(0.0) / step).ceil().max(least),
            _ => 1.0,
        }
    }

    /// `base` rounded up to whole steps, at least the minimum, without what is included.
    pub fn rounded(&self, base: f64) -> f64 {
        let base = base.max(of(self.minimum)) + of(self.overhead);
        let whole = match of(self.step) {
            step if step > 0.0 => (base / step).ceil() * step,
            _ => base,
        };
        (whole - of(self.included)).max(0.0)
    }

    /// `payload in steps of 64 KB`.
    pub fn in_words(&self) -> String {
        let part = |words: &str, measure: Option<Measure>| measure.map(|measure| format!("{words} {measure}"));
        let parts = [
            part("in steps of", self.step),
            part("at least", self.minimum),
            part("beyond", self.included),
            part("at most", self.most),
            part("with another", self.overhead),
        ];
        format!("{} {}", self.of, parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

fn of(measure: Option<Measure>) -> f64 {
    measure.map_or(0.0, Measure::base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Bytes, Time};

    fn tiered() -> Price {
        Price {
            key: "api_gateway.http".into(),
            unit: "requests".into(),
            per: 1e6,
            tiers: vec![Tier { up_to: Some(300e6), price: 1.0 }, Tier { up_to: None, price: 0.9 }],
            rounding: Vec::new(),
            free: None,
            since: Date::NEWEST,
            everywhere: false,
            note: None,
            source: String::new(),
            certainty: Certainty::High,
        }
    }

    #[test]
    fn a_tiers_price_holds_for_the_units_inside_it() {
        assert!((tiered().charge(432e6, 0.0) - 418.8).abs() < 1e-9);
        assert_eq!((tiered().charge(1e6, 2e6), tiered().charge(3e6, 1e6)), (0.0, 2.0));
    }

    #[test]
    fn sizes_count_in_begun_steps() {
        let kb = |n| Some(Measure::Bytes(Bytes::from_kb(n)));
        let payload = Rounding { of: "payload".into(), step: kb(64), minimum: None, included: None, most: None, overhead: None };
        assert_eq!([0.0, 1.0, 65_536.0, 65_537.0].map(|size| payload.steps(size)), [1.0, 1.0, 1.0, 2.0]);
        let event = Rounding { included: kb(256), ..payload };
        assert_eq!([1024.0, 262_144.0, 262_145.0].map(|size| event.steps(size)), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn times_are_rounded_up_exactly() {
        let ms = |n| Some(Measure::Time(Time::from_millis(n)));
        let duration = Rounding { of: "duration".into(), step: ms(1), minimum: None, included: None, most: None, overhead: None };
        assert!((0..5_000u32).map(|n| f64::from(n) * 1e6).all(|ns| duration.rounded(ns) == ns));
        assert_eq!(duration.rounded(120e6 + 1.0), 121e6);
        assert_eq!(duration.in_words(), "duration in steps of 1 ms");
    }
}
