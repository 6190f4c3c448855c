//! A statement for other tools: usage for Infracost, charges in FOCUS's columns, and all of it as JSON.
//!
//! ```text
//! Statement ──▶ infracost-usage.yml (version 0.1)        what each resource uses a month
//!           ──▶ cost-focus.csv (FOCUS 1.2)                a row a line, as an invoice would have it
//!           ──▶ cost.json (coldfront.statement/1)
//! ```
//!
//! Left out: accounts and invoices, which a simulation has none of.

mod focus;
mod infracost;
mod whole;

pub use focus::{COLUMNS as FOCUS_COLUMNS, focus};
pub use infracost::infracost;
pub use whole::statement;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Entry, Extrapolation, FreeTier, Statement};
    use crate::platform::Date;
    use crate::units::Time;

    /// A node, its kind, key, unit, units a month and USD.
    type Given = (&'static str, &'static str, &'static str, &'static str, f64, Option<f64>);

    const SHOP: [Given; 14] = [
        ("take", "lambda", "lambda.requests", "requests", 1e6, Some(0.2)),
        ("take", "lambda", "lambda.duration.arm64", "GB-s", 60_000.0, Some(0.8)),
        ("take", "lambda", "lambda.provisioned_duration.arm64", "GB-s", 40_000.0, Some(0.31)),
        ("front", "api_gateway", "api_gateway.rest", "requests", 1e6, Some(3.5)),
        ("front2", "api_gateway", "api_gateway.http", "requests", 2e6, Some(2.0)),
        ("chat", "api_gateway", "api_gateway.websocket.messages", "messages", 3e6, Some(3.0)),
        ("chat", "api_gateway", "api_gateway.websocket.connection_minutes", "minutes", 4e6, Some(1.0)),
        ("mails", "sqs", "sqs.standard", "requests", 5e6, Some(2.0)),
        ("news", "sns", "sns.standard", "requests", 1e6, Some(0.5)),
        ("news", "sns", "sns.deliveries.http", "deliveries", 3e6, Some(1.8)),
        ("or ders", "dynamodb", "dynamodb.standard.write_request_units", "WRU", 1e6, Some(0.625)),
        ("or ders", "dynamodb", "dynamodb.standard.read_request_units", "RRU", 2e6, Some(0.25)),
        ("or ders", "dynamodb", "dynamodb.standard.storage", "GB-month", 30.0, Some(7.5)),
        ("or ders", "dynamodb", "dynamodb.standard.replicated_write_request_units", "rWRU", 1e6, None),
    ];

    pub(super) fn shop() -> Statement {
        let line = |(node, kind, key, unit, monthly, usd): Given| Entry {
            node: node.into(),
            kind,
            dimension: None,
            region: None,
            key: key.into(),
            unit: unit.into(),
            metric: None,
            standing: key.ends_with("storage"),
            measured: monthly / 730.0,
            monthly,
            free: 0.0,
            usd,
            price: "a price".into(),
            by_workload: usd.map_or_else(Vec::new, |usd| vec![usd, 0.0]),
        };
        let hour = Time::from_secs(3600);
        Statement {
            region: "us-east-1".into(),
            as_of: Date::parse("2026-11-22").unwrap(),
            free_tier: FreeTier::No,
            extrapolation: Extrapolation { measured: hour, represents: hour, month_hours: 730.0, factor: 730.0, ..Extrapolation::default() },
            workloads: vec!["buyers".into()],
            requests_of: vec![1e6],
            lines: SHOP.map(line).into(),
            missing: Vec::new(),
            left_out: Vec::new(),
            causes: Vec::new(),
        }
    }

    #[test]
    fn all_of_a_statement_is_json() {
        let json: serde_json::Value = serde_json::from_str(&statement(&shop())).unwrap();
        assert_eq!((&json["schema"], json["lines"].as_array().map(Vec::len)), (&"coldfront.statement/1".into(), Some(14)));
        assert!((json["total_usd"].as_f64().unwrap() - shop().total()).abs() < 1e-9);
        assert!(json["lines"][13]["usd"].is_null() && json["by_workload"][1]["workload"].is_null());
    }
}
