//! What the file says of a usage plan: whose it is, and how often each of its keys may ask.
//!
//! ```text
//! basic: { keys: 90%, throttle: { rate: 10/s, burst: 20 }, quota: { limit: 1000, period: day } }
//! ```
//!
//! How plans are kept to, and what must go together, is in `plan`.

use crate::{
    document::{Data, Map, OneOrMany, Read, Reading, Shape, Shapes, Spanned, Value},
    spec,
    units::{Share, Time},
    words,
};

use super::protocol::Throttle;

words! {
    /// What a quota is counted over.
    pub enum Period {
        /// 24 hours.
        Day = "day",
        /// Seven days.
        Week = "week",
        /// 30 days.
        Month = "month",
    }
}

spec! {
    /// How many requests a key may make in a period.
    pub struct Quota: "a quota" {
        /// Requests of one key, at least 1.
        limit: Spanned<u64>,
        /// What they are counted over, from the beginning of the run.
        period: Period,
    }
}

spec! {
    /// A plan of throttles and quotas.
    pub struct UsagePlan: "a usage plan" {
        /// Its API keys: names or numbers of the attribute's values, or a share of them; default: those that no other plan has.
        keys: Option<Spanned<ApiKeys>> = None,
        /// The bucket of each key.
        throttle: Option<Throttle> = None,
        /// The quota of each key.
        quota: Option<Quota> = None,
        /// The bucket of each key for one route, besides that of the key, by the route.
        routes: Map<Throttle> = Map::default(),
    }
}

/// Which API keys a plan has.
#[derive(Clone, Debug)]
pub enum ApiKeys {
    Named(Vec<Spanned<String>>),
    Share(Share),
}

impl Read for ApiKeys {
    fn expected() -> String {
        "a list of API keys, or a share of them such as `10%`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        OneOrMany::<String>::shape(shapes)
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match (&value.data, value.text()) {
            (Data::List(_), _) => Vec::read(value, reading).map(Self::Named),
            (_, Some(text)) if text.trim_end().ends_with('%') => Share::read(value, reading).map(Self::Share),
            (_, Some(_)) => Some(Self::Named(vec![Read::read(value, reading)?])),
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

impl Period {
    pub(super) const fn length(self) -> Time {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        };
        Time::from_secs(days * 86_400)
    }
}
