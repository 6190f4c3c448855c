//! Warnings about global secondary indexes, through which writes wait for somebody else: an index too small throttles its table.
//!
//! ```text
//! a write passes ⇔ the table has room, and every index that it touches has        hottest key × capacity ≤ what one partition writes
//! ```
//!
//! AWS docs: amazondynamodb/GSI, amazondynamodb/gsi-throttling. Said only where every write of the table touches the index as a whole, and as far as
//! the file states capacity.

use super::View;
use crate::document::{Diagnostic, Spanned};
use crate::mechanism::attribute::Attribute;
use crate::service::dynamodb::index::{GlobalIndex, Projection};
use crate::service::dynamodb::{self, BillingMode};
use crate::service::{Operation, Spec};

const WRITES: [&str; 5] = ["put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items"];

/// Every global index of a provisioned table, with both.
fn indexes<'v>(view: &'v View) -> impl Iterator<Item = (&'v Spanned<String>, &'v dynamodb::Spec, &'v Spanned<String>, &'v GlobalIndex)> {
    let tables = view.scenario.nodes.iter().filter_map(|(name, spec)| if let Spec::DynamoDb(table) = spec { Some((name, &**table)) } else { None });
    let provisioned = tables.filter(|(_, table)| table.billing_mode == BillingMode::Provisioned);
    provisioned.flat_map(|(name, table)| table.global_secondary_indexes.0.iter().map(move |(index, own)| (name, table, index, own)))
}

fn writes<'v>(table: &str, view: &'v View) -> impl Iterator<Item = &'v dynamodb::Operation> {
    view.asks_of(table).iter().filter_map(|ask| match &ask.operation {
        Operation::DynamoDb(operation) if WRITES.contains(&operation.verb) => Some(operation),
        _ => None,
    })
}

/// Whether each of these writes puts an entry of its own into the index.
fn touches_fully(operation: &dynamodb::Operation, index: &str) -> bool {
    match operation.asked.gsi.0.iter().find(|(name, _)| name.value == index) {
        Some((_, touching)) => touching.touches.is_none_or(|share| share.as_fraction() >= 1.0),
        None => operation.verb != "update_item",
    }
}

/// W032: less room in the index than in its table.
pub(super) fn capacity(view: &View) -> Vec<Diagnostic> {
    let units = |given: &Option<Spanned<u64>>| given.as_ref().map_or_else(|| view.platform.count("dynamodb.write_units_default"), |own| own.value);
    let warn = |(name, table, index, own): (&Spanned<String>, &dynamodb::Spec, &Spanned<String>, &GlobalIndex)| {
        let (of_table, of_index) = (units(&table.write_capacity_units), units(&own.write_capacity_units));
        let mut written = writes(&name.value, view).peekable();
        let all = written.peek().is_some() && written.all(|operation| touches_fully(operation, &index.value));
        if of_index >= of_table || !all || own.projection != Projection::All {
            return None;
        }
        let message = format!("index `{}` takes {of_index} write units a second, and its table `{}` {of_table}", index.value, name.value);
        let hint = format!(
            "every write needs room in both, so the index throttles the table: `write_capacity_units: {of_table}` or more (AWS: DynamoDB guide, Global \
             secondary indexes)"
        );
        let span = own.write_capacity_units.as_ref().map_or(index.span, |units| units.span);
        let diagnostic = Diagnostic::warning("W032", span, message).label("less than the table's");
        let place = table.write_capacity_units.as_ref().map_or(name.span, |units| units.span);
        Some(diagnostic.also(place, format!("{of_table} of the table")).hint(hint))
    };
    indexes(view).filter_map(warn).collect()
}

/// The share of the commonest key, at least.
fn hottest(attribute: &Attribute) -> f64 {
    match attribute {
        Attribute::Shares(upto) => {
            let before = std::iter::once(0.0).chain(upto.iter().map(|(_, sum)| *sum));
            upto.iter().zip(before).map(|((_, sum), before)| sum - before).fold(0.0, f64::max)
        }
        Attribute::Chance(share) => share.as_fraction().max(1.0 - share.as_fraction()),
        Attribute::OneKey { share, .. } => share.as_fraction(),
        Attribute::ByPhase { usual, phases } => phases.iter().map(|(_, own)| hottest(own)).fold(hottest(usual), f64::max),
        other => other.keys().map_or(0.0, |keys| 1.0 / keys.max(1) as f64),
    }
}

/// W033: few values, so few partitions, each with its own limit.
pub(super) fn few_keys(view: &View) -> Vec<Diagnostic> {
    let most = view.platform.get("dynamodb.partition_write_units");
    let drawn = |name: &str| {
        let all = view.scenario.workloads.iter().flat_map(|(_, workload)| workload.drawn()).filter(|(own, _)| own.value == name);
        all.map(|(_, attribute)| hottest(&attribute)).fold(None, |least: Option<f64>, share| Some(least.map_or(share, |least| least.min(share))))
    };
    let mut found = Vec::new();
    for (name, _, index, own) in indexes(view) {
        let Some(units) = &own.write_capacity_units else { continue };
        let keys = writes(&name.value, view).filter_map(|operation| {
            let (_, touching) = operation.asked.gsi.0.iter().find(|(own, _)| own.value == index.value)?;
            touching.key.as_ref()
        });
        for key in keys {
            let Some(share) = drawn(&key.value).filter(|share| share * units.value as f64 > most) else { continue };
            let message = format!(
                "index `{}` of `{}` takes {} write units a second, and {:.0} % of its writes are of one `{}`, whose partition takes {most}",
                index.value,
                name.value,
                units.value,
                share * 100.0,
                key.value
            );
            let hint = "one hot partition of an index throttles its table: use a key with more values, or add a suffix to it (AWS: DynamoDB guide, write sharding)";
            found.push(Diagnostic::warning("W033", key.span, message).label("few values").also(units.span, "never reached").hint(hint));
        }
    }
    found
}
