//! A statement as JSON: `coldfront.statement/1`, everything unrounded.
//!
//! ```text
//! { schema, region, as_of, extrapolation, total_usd, per_1k_requests_usd, by_node, by_meter, by_workload, lines, causes, missing, left_out }
//! ```
//!
//! A line without a price has `usd: null`, and `complete` is false. Under `workload: null` stands what nobody caused.

use serde_json::{Value as Json, json};

use crate::cost::{Cause, Entry, Share, Statement};

/// All of it.
pub fn statement(statement: &Statement) -> String {
    let by_node = statement.by_node().into_iter().map(|(node, usd)| json!({ "node": node, "usd": usd }));
    let by_meter = statement.by_meter().into_iter().map(|(key, usd)| json!({ "key": key, "usd": usd }));
    let by_workload = statement.by_workload().into_iter().map(|(workload, usd)| json!({ "workload": workload, "usd": usd }));
    let missing = statement.missing.iter().map(|one| json!({ "key": one.key, "region": one.region, "hint": one.hint() }));
    let month = &statement.extrapolation;
    let all = json!({
        "schema": "coldfront.statement/1",
        "currency": "USD",
        "region": statement.region,
        "as_of": statement.as_of.to_string(),
        "free_tier": statement.free_tier.word(),
        "extrapolation": {
            "measured_s": month.measured.as_secs_f64(),
            "represents_s": month.represents.as_secs_f64(),
            "month_hours": month.month_hours,
            "factor": month.factor,
            "parts": month.parts.iter().map(part).collect::<Vec<_>>(),
        },
        "requests": statement.requests(),
        "total_usd": statement.total(),
        "complete": statement.is_complete(),
        "per_1k_requests_usd": statement.per_1k_requests(),
        "by_node": by_node.collect::<Vec<_>>(),
        "by_meter": by_meter.collect::<Vec<_>>(),
        "by_workload": by_workload.collect::<Vec<_>>(),
        "lines": statement.lines.iter().map(line).collect::<Vec<_>>(),
        "causes": statement.causes.iter().map(cause).collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "left_out": statement.left_out,
    });
    // Plain data with text for keys: there is nothing that could fail.
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn line(line: &Entry) -> Json {
    json!({
        "node": line.node,
        "kind": line.kind,
        "dimension": line.dimension,
        "region": line.region,
        "key": line.key,
        "unit": line.unit,
        "metric": line.metric,
        "standing": line.standing,
        "measured": line.measured,
        "monthly": line.monthly,
        "free": line.free,
        "price": line.price,
        "usd": line.usd,
        "by_workload_usd": line.by_workload,
    })
}

fn cause(cause: &Cause) -> Json {
    json!({ "name": cause.name, "node": cause.node, "usd": cause.usd, "words": cause.words })
}

fn part(part: &Share) -> Json {
    json!({ "name": part.name, "measured_s": part.measured.as_secs_f64(), "month_hours": part.month_hours })
}
