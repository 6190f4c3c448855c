//! AWS as data: quotas, defaults, measured latencies and client behaviour, each row with its unit, the day it holds from, and its source.
//!
//! ```text
//! Platform { as_of, overrides } ── get("lambda.concurrent_executions") ──▶ the newest row not after as_of, or the scenario's own figure
//! ```
//!
//! A number that belongs to AWS stands here and nowhere else, so that a run of another day, or of an account with other quotas, is a matter of rows.
//! What AWS leaves undocumented is a row too, and its source says so.

pub mod catalogue;
pub mod coldstart;
mod date;
pub mod fargate;
pub mod latency;
pub mod quota;
mod region;
pub mod sdk;
pub mod snap_start;

pub use date::Date;
pub use region::REGIONS;

/// The Region of a platform that names none.
const HOME: &str = "us-east-1";

/// The platform of one run: AWS on a day, in a Region, with the quotas that this account had changed.
#[derive(Clone, Debug)]
pub struct Platform {
    as_of: Date,
    region: String,
    overrides: Vec<(&'static str, f64)>,
}

/// A quota that cannot be overridden so: what was asked for, and why not.
#[derive(Clone, Debug, PartialEq)]
pub enum QuotaError {
    /// No row has this name; [`quota::names`] lists those that there are.
    Unknown(String),
    /// Not a number, infinite or negative.
    NotAQuantity(String, f64),
}

impl Default for Platform {
    /// The newest platform that is known, with default quotas.
    fn default() -> Self {
        Self { as_of: Date::NEWEST, region: HOME.into(), overrides: Vec::new() }
    }
}

impl Platform {
    /// AWS on the day `as_of` with `overrides` in place of the rows of those names.
    ///
    /// # Errors
    /// All overrides that name no row or are no finite quantity of zero or more.
    pub fn new(as_of: Date, overrides: Vec<(String, f64)>) -> Result<Self, Vec<QuotaError>> {
        let (mut known, mut errors) = (Vec::new(), Vec::new());
        for (name, value) in overrides {
            match quota::names().find(|known| **known == name) {
                None => errors.push(QuotaError::Unknown(name)),
                Some(_) if !value.is_finite() || value < 0.0 => errors.push(QuotaError::NotAQuantity(name, value)),
                Some(name) => known.push((name, value)),
            }
        }
        if errors.is_empty() { Ok(Self { as_of, region: HOME.into(), overrides: known }) } else { Err(errors) }
    }

    /// The same platform in a Region of this name; without it, in us-east-1.
    pub fn in_region(self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self }
    }

    /// The day whose platform this is.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// The value of `name`, in the unit of its row; of several overrides the last counts.
    ///
    /// # Panics
    /// Where no row has this name: names stand in code, and a test reads them all.
    pub fn get(&self, name: &str) -> f64 {
        let own = self.overrides.iter().rev().find(|(known, _)| *known == name);
        own.map_or_else(|| quota::value(name, self.as_of), |(_, value)| *value)
    }

    /// The value of `name` in this Region: the scenario's own, else the Region's, else that of all other Regions, which is the row's.
    ///
    /// # Panics
    /// As [`Platform::get`].
    pub fn regional(&self, name: &str) -> f64 {
        let own = self.overrides.iter().any(|(known, _)| *known == name);
        quota::regional(name, &self.region, self.as_of).filter(|_| !own).unwrap_or_else(|| self.get(name))
    }

    /// The value of `name` as a whole number, rounded to the nearest.
    ///
    /// # Panics
    /// As [`Platform::get`].
    pub fn count(&self, name: &str) -> u64 {
        (self.get(name) + 0.5) as u64
    }

    /// Latency of the hop or operation `name` on this day.
    ///
    /// # Panics
    /// Where no row has this name: names stand in code, and a test reads them all.
    pub fn latency(&self, name: &str) -> latency::Figure {
        latency::figure(name, self.as_of)
    }

    /// How the AWS SDK of a function's runtime retries on this day.
    pub fn sdk(&self, runtime: &str) -> &'static sdk::Profile {
        sdk::default_profile(runtime, self.as_of)
    }
}

/// The entry of a dated list that holds on `as_of`: the newest not after it, else the oldest there is.
fn holding<'t, T>(entries: impl Iterator<Item = &'t T>, from: impl Fn(&T) -> &'static str, as_of: Date) -> Option<&'t T> {
    let mut oldest: Option<(Date, &T)> = None;
    let mut holds: Option<(Date, &T)> = None;
    for entry in entries {
        let Some(day) = Date::parse(from(entry)) else { continue };
        if day <= as_of && holds.is_none_or(|(best, _)| best <= day) {
            holds = Some((day, entry));
        }
        if oldest.is_none_or(|(first, _)| day < first) {
            oldest = Some((day, entry));
        }
    }
    holds.or(oldest).map(|(_, entry)| entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: &str) -> Platform {
        Platform { as_of: Date::parse(day).unwrap(), ..Platform::default() }
    }

    #[test]
    fn the_day_decides_which_row_holds() {
        let billing = |day| on(day).get("lambda.billing_step");
        assert_eq!([billing("2015-01-01"), billing("2020-11-30"), billing("2020-12-01"), billing("2026-01-01")], [100.0, 100.0, 1.0, 1.0]);
        let init = |day| on(day).get("lambda.init_billed");
        assert_eq!([init("2025-07-31"), init("2025-08-01")], [0.0, 1.0]);
        let idle = |day| on(day).get("lambda.idle_expiry_p50");
        assert_eq!([idle("2019-05-31"), idle("2019-08-01"), idle("2026-11-01")], [2640.0, 579.0, 420.0]);
    }

    #[test]
    fn a_scenarios_own_quota_comes_first() {
        let own = Platform::new(Date::NEWEST, vec![("lambda.concurrent_executions".into(), 3000.0)]).unwrap();
        assert_eq!((own.get("lambda.concurrent_executions"), own.count("lambda.unreserved_minimum")), (3000.0, 100));
    }

    #[test]
    fn a_region_has_its_own_quota_unless_the_scenario_has_one() {
        let rate = |region: &str| Platform::default().in_region(region).regional("sns.publish_rate");
        assert_eq!(["us-east-1", "eu-west-1", "eu-central-1", "eu-north-1"].map(rate), [30_000.0, 9_000.0, 1_500.0, 300.0]);
        let own = Platform::new(Date::NEWEST, vec![("sns.publish_rate".into(), 50.0)]).unwrap();
        assert_eq!(own.in_region("eu-west-1").regional("sns.publish_rate"), 50.0);
    }

    #[test]
    fn a_regions_value_holds_as_long_as_its_row() {
        let burst = |day: &str, region: &str| on(day).in_region(region).regional("lambda.scaling_burst");
        assert_eq!(["us-east-1", "eu-central-1", "eu-north-1"].map(|region| burst("2023-11-25", region)), [3_000.0, 1_000.0, 500.0]);
        assert_eq!(["us-east-1", "eu-central-1", "eu-north-1"].map(|region| burst("2023-11-26", region)), [1_000.0; 3]);
    }

    #[test]
    fn every_impossible_quota_is_told() {
        let asked = vec![("lambda.concurrency".into(), 1.0), ("lambda.init_limit".into(), f64::NAN), ("lambda.scaling_rate".into(), -1.0)];
        let errors = Platform::new(Date::NEWEST, asked).unwrap_err();
        assert_eq!(errors[0], QuotaError::Unknown("lambda.concurrency".into()));
        assert!(matches!(&errors[1..], [QuotaError::NotAQuantity(..), QuotaError::NotAQuantity(..)]));
    }
}
