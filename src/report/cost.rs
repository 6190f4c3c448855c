//! What a run's scenario costs a month, as data: the statement of the `cost` room in the report's form.
//!
//! ```text
//! total = Σ lines = Σ by node = Σ by meter = Σ by workload          null amounts: the Region's price is not known, and the total incomplete
//! ```
//!
//! Amounts are USD, a month; every digit is kept. Exports and break-evens read the statement itself.

use serde::{Deserialize, Serialize};

use crate::cost::{Entry, Missing, Share, Statement};
use crate::report::number::decimal;

/// What it costs, and how a month was made of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub currency: String,
    pub region: String,
    /// The day whose prices hold.
    pub as_of: String,
    /// `false`, `true` or `first_12_months`.
    pub free_tier: String,
    /// How a month was made of what was measured, as a sentence without a full stop.
    pub extrapolation: String,
    /// Hours that a month is taken for.
    pub month_hours: f64,
    /// What was counted is multiplied by this.
    pub month_factor: f64,
    pub monthly_usd: f64,
    /// Absent where nobody requested anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_1k_requests_usd: Option<f64>,
    /// Whether every line has its price.
    pub complete: bool,
    pub lines: Vec<CostLine>,
    pub by_node: Vec<CostSum>,
    pub by_meter: Vec<CostSum>,
    /// Nobody's is called `idle`.
    pub by_workload: Vec<CostSum>,
    /// What part of the total goes for something that nobody wanted, the largest first.
    pub avoidable: Vec<Avoidable>,
    /// Keys of the prices that are not known.
    pub missing: Vec<String>,
    /// What AWS charges for and the statement does not have.
    pub left_out: Vec<String>,
}

/// A charge of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostLine {
    pub node: String,
    pub kind: String,
    /// An index, or a replica's Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    /// The price's key.
    pub meter: String,
    pub unit: String,
    /// The metric that it is read from; absent where it is what the node is set up with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Whether it does not depend on the load.
    pub standing: bool,
    pub measured: f64,
    pub monthly: f64,
    /// Of the month's quantity, what is free.
    pub free: f64,
    /// The price in words.
    pub price: String,
    pub monthly_usd: Option<f64>,
    pub by_workload: Vec<CostSum>,
}

/// An amount and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostSum {
    pub name: String,
    pub monthly_usd: f64,
}

/// Part of the total that need not be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Avoidable {
    /// `cold_starts`, `retries`, `empty_receives`, `unused_capacity`, `unused_provisioned_concurrency` or `spare_memory`.
    pub cause: String,
    pub node: String,
    /// In words: "empty receives of `orders`".
    pub of: String,
    pub monthly_usd: f64,
}

/// What nobody's work caused.
const IDLE: &str = "idle";

impl Cost {
    /// Of a statement.
    pub fn of(statement: &Statement) -> Self {
        let names: Vec<String> = statement.by_workload().into_iter().map(|(name, _)| name.unwrap_or(IDLE).to_owned()).collect();
        let sum = |(name, usd): (&str, f64)| CostSum { name: name.to_owned(), monthly_usd: usd };
        Self {
            currency: "USD".into(),
            region: statement.region.clone(),
            as_of: statement.as_of.to_string(),
            free_tier: statement.free_tier.word().into(),
            extrapolation: extrapolation(statement),
            month_hours: statement.extrapolation.month_hours,
            month_factor: statement.extrapolation.factor,
            monthly_usd: statement.total(),
            per_1k_requests_usd: statement.per_1k_requests(),
            complete: statement.is_complete(),
            lines: statement.lines.iter().map(|entry| line(entry, &names)).collect(),
            by_node: statement.by_node().into_iter().map(sum).collect(),
            by_meter: statement.by_meter().into_iter().map(sum).collect(),
            by_workload: statement
                .by_workload()
                .into_iter()
                .map(|(name, usd)| sum((name.unwrap_or(IDLE), usd)))
                .filter(|sum| sum.monthly_usd > 0.0 || sum.name != IDLE)
                .collect(),
            avoidable: statement
                .causes
                .iter()
                .map(|cause| Avoidable { cause: cause.name.into(), node: cause.node.clone(), of: cause.words.clone(), monthly_usd: cause.usd })
                .collect(),
            missing: statement.missing.iter().map(|missing| missing.key.clone()).collect(),
            left_out: statement.left_out.clone(),
        }
    }

    /// The lines, the most expensive first.
    pub(super) fn largest(&self) -> Vec<&CostLine> {
        let mut lines: Vec<&CostLine> = self.lines.iter().collect();
        // What has no price is what one must hear of first.
        lines.sort_by(|a, b| b.monthly_usd.unwrap_or(f64::MAX).total_cmp(&a.monthly_usd.unwrap_or(f64::MAX)));
        lines
    }
}

fn line(entry: &Entry, names: &[String]) -> CostLine {
    let of_workload = |(name, usd): (&String, &f64)| CostSum { name: name.clone(), monthly_usd: *usd };
    CostLine {
        node: entry.node.clone(),
        kind: entry.kind.into(),
        dimension: entry.dimension.clone(),
        meter: entry.key.clone(),
        unit: entry.unit.clone(),
        metric: entry.metric.map(str::to_owned),
        standing: entry.standing,
        measured: entry.measured,
        monthly: entry.monthly,
        free: entry.free,
        price: entry.price.clone(),
        monthly_usd: entry.usd,
        by_workload: names.iter().zip(&entry.by_workload).filter(|(_, usd)| **usd > 0.0).map(of_workload).collect(),
    }
}

/// `10 m measured, times 4,380 for a month of 730 h; what stands is charged by the hour`.
fn extrapolation(statement: &Statement) -> String {
    let it = &statement.extrapolation;
    let part = |part: &Share| format!("{} as `{}`", hours(part.month_hours), part.name);
    if !it.parts.is_empty() {
        let parts: Vec<String> = it.parts.iter().map(part).collect();
        return format!("{} measured, for a month of {}: {}{}", it.measured, hours(it.month_hours), parts.join(", "), standing(statement));
    }
    let stands = if it.represents > it.measured { format!(", which stand for {}", it.represents) } else { String::new() };
    let times = decimal(it.factor);
    format!("{} measured{stands}, taken {times} times for a month of {}{}", it.measured, hours(it.month_hours), standing(statement))
}

fn hours(hours: f64) -> String {
    format!("{} h", decimal(hours))
}

fn standing(statement: &Statement) -> &'static str {
    if statement.lines.iter().any(|entry| entry.standing) { "; what is kept ready is charged by the hour of the month" } else { "" }
}

/// A warning of every price that is not known.
pub(super) fn warnings(statement: &Statement) -> Vec<String> {
    let of = |missing: &Missing| format!("{missing}, so that the cost is incomplete: {}", missing.hint());
    statement.missing.iter().map(of).collect()
}

/// An amount as people read it: cents, or two digits of what is less than ten of them.
pub fn usd(amount: f64) -> String {
    let (sign, size) = (if amount < 0.0 { "−" } else { "" }, amount.abs());
    match size {
        0.0 => "$0.00".into(),
        _ if size < 0.1 => format!("{sign}{}", crate::units::Money::from_usd(size)),
        _ => {
            let cents = (size * 100.0).round() as u64;
            format!("{sign}${}.{:02}", crate::units::count(cents / 100), cents % 100)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::usd;

    #[test]
    fn amounts_have_cents_or_three_digits_and_their_sign() {
        assert_eq!([0.0, 0.021_34, 12.5, 1_234.565, -0.021_34, -12.5].map(usd), ["$0.00", "$0.0213", "$12.50", "$1,234.57", "−$0.0213", "−$12.50"]);
    }
}
