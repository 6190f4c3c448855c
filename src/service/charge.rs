//! What AWS charges for at a node: which of its metrics, or what it is set up with, is a quantity of which price.
//!
//! ```text
//! lambda.requests               Invocations                                   as counted
//! lambda.duration.x86_64        BilledDuration − ProvisionedBilledDuration    × GB / 1,000
//! dynamodb.….write_capacity…    1,000 units                                   by the hour, whatever the load
//! ```
//!
//! Nothing is counted for this that is not counted anyway: a charge says only where to look. Amounts are no matter of this room; keys are those of the
//! price book.

use std::borrow::Cow;

/// Bytes that AWS bills as a GB.
pub const GB: f64 = 1_073_741_824.0;

/// A price and what it is multiplied by.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The price's key.
    pub key: Cow<'static, str>,
    /// Whose price, where it is not the scenario's Region.
    pub region: Option<String>,
    /// The part of the node that it is for: an index.
    pub part: Option<String>,
    pub quantity: Quantity,
    /// Units of the price for one of what is counted.
    pub factor: f64,
    /// Bytes of each, to be rounded as the price says under this name; then it is GB of it that are multiplied.
    pub sized: Option<(&'static str, f64)>,
    /// The counter by whose workloads it is shared out, where its own quantity is not kept by workload.
    pub by: Option<&'static str>,
    /// The provisioned units' own usage, for what of them is not used.
    pub used: Option<Used>,
}

/// Where a quantity comes from.
#[derive(Clone, Debug)]
pub enum Quantity {
    /// Counters, of the part's dimension: the sum of the first less the sum of the second.
    Counted(&'static [&'static str], &'static [&'static str]),
    /// How often a latency was recorded.
    Times(&'static str),
    /// A level by the hour: of this node, where it is another.
    Level(&'static str, Option<String>),
    /// As many by the hour, all the time.
    Fixed(f64),
    /// As many each month.
    Monthly(f64),
}

/// What is used of a standing charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Used {
    /// The counter of what was used.
    pub counter: &'static str,
    /// How much of it one unit gives in an hour.
    pub an_hour: f64,
}

/// All charges of a node, and what else AWS charges for.
#[derive(Clone, Debug, Default)]
pub struct Charges {
    pub list: Vec<Charge>,
    /// What is charged for and not known here, as sentences without a full stop.
    pub left_out: Vec<String>,
}

impl Charge {
    /// A counter as it is.
    pub fn counted(key: impl Into<Cow<'static, str>>, counters: &'static [&'static str]) -> Self {
        Self::of(key, Quantity::Counted(counters, &[]))
    }

    pub fn of(key: impl Into<Cow<'static, str>>, quantity: Quantity) -> Self {
        Self { key: key.into(), region: None, part: None, quantity, factor: 1.0, sized: None, by: None, used: None }
    }

    /// So many units of the price for each.
    pub fn times(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Shared out as this counter is.
    pub fn by(mut self, counter: &'static str) -> Self {
        self.by = Some(counter);
        self
    }

    /// Each is of so many bytes.
    pub fn sized(mut self, of: &'static str, bytes: f64) -> Self {
        self.sized = Some((of, bytes));
        self
    }

    /// Of a part of the node.
    pub fn part(mut self, part: Option<&str>) -> Self {
        self.part = part.map(str::to_owned);
        self
    }

    /// At another Region's prices.
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// A unit gives so much of a counter in an hour.
    pub fn used(mut self, counter: &'static str, an_hour: f64) -> Self {
        self.used = Some(Used { counter, an_hour });
        self
    }

    /// Whether it does not depend on the load.
    pub fn stands(&self) -> bool {
        matches!(self.quantity, Quantity::Level(..) | Quantity::Fixed(_) | Quantity::Monthly(_))
    }

    /// The metric that it is read from first.
    pub fn metric(&self) -> Option<&'static str> {
        match self.quantity {
            Quantity::Counted(counters, _) => counters.first().copied(),
            Quantity::Times(name) | Quantity::Level(name, _) => Some(name),
            Quantity::Fixed(_) | Quantity::Monthly(_) => None,
        }
    }
}
