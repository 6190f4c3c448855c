//! The lines of a statement in the columns of FOCUS, the FinOps Open Cost and Usage Specification.
//!
//! ```text
//! ListCost = ContractedCost = BilledCost = EffectiveCost = ListUnitPrice × PricingQuantity        PricingQuantity = ConsumedQuantity − what is free
//! ```
//!
//! Version 1.2, as AWS exports it; all of its mandatory columns are there, and those that begin with `x_` are coldfront's. Where tiers are graduated the unit price
//! is the mean of the month. The charge period is the calendar month of the day whose prices hold, though the month is of 730 h. Left out: lines without a price.

use crate::cost::{Entry, Statement, service_of};

/// The columns, in the order of the alphabet as the specification has them; coldfront's own follow.
pub const COLUMNS: [&str; 40] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "Tags",
    "x_FreeQuantity",
    "x_Metric",
    "x_WorkloadCosts",
];

/// Of a service: its name at AWS, and its category in the specification.
const SERVICES: [(&str, &str, &str); 9] = [
    ("lambda", "AWS Lambda", "Compute"),
    ("api_gateway", "Amazon API Gateway", "Integration"),
    ("sqs", "Amazon Simple Queue Service", "Integration"),
    ("sns", "Amazon Simple Notification Service", "Integration"),
    ("dynamodb", "Amazon DynamoDB", "Databases"),
    ("cloudwatch", "AmazonCloudWatch", "Management and Governance"),
    ("data_transfer", "AWS Data Transfer", "Networking"),
    ("s3", "Amazon Simple Storage Service", "Storage"),
    ("kinesis", "Amazon Kinesis", "Analytics"),
];

const AWS: &str = "AWS";

/// A row a line that has its price; `name` is the scenario's, which stands for the account.
pub fn focus(statement: &Statement, name: &str) -> String {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    // Memory takes everything, and what was put in is text.
    let _ = csv.write_record(COLUMNS);
    for line in &statement.lines {
        if let Some(row) = row(statement, line, name) {
            let _ = csv.write_record(COLUMNS.map(row));
        }
    }
    csv.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// The cells of a line, by column.
fn row<'s>(statement: &'s Statement, line: &'s Entry, name: &'s str) -> Option<impl Fn(&str) -> String + 's> {
    let usd = line.usd?;
    let quantity = (line.monthly - line.free).max(0.0);
    let unit_price = if quantity > 0.0 { usd / quantity } else { 0.0 };
    let region = line.region.as_ref().unwrap_or(&statement.region);
    let (start, end) = month(&statement.as_of.to_string());
    let (service, category) = service(line);
    Some(move |column: &str| match column {
        "BilledCost" | "ContractedCost" | "EffectiveCost" | "ListCost" => usd.to_string(),
        "ListUnitPrice" | "ContractedUnitPrice" => unit_price.to_string(),
        "PricingQuantity" => quantity.to_string(),
        "ConsumedQuantity" => line.monthly.to_string(),
        "PricingUnit" | "ConsumedUnit" => line.unit.clone(),
        "BillingAccountId" => "simulated".into(),
        "BillingAccountName" => name.to_owned(),
        "BillingAccountType" => "Simulation".into(),
        "BillingCurrency" => "USD".into(),
        "BillingPeriodStart" | "ChargePeriodStart" => start.clone(),
        "BillingPeriodEnd" | "ChargePeriodEnd" => end.clone(),
        "ChargeCategory" => "Usage".into(),
        "ChargeDescription" => described(line),
        "ChargeFrequency" => (if line.standing { "Recurring" } else { "Usage-Based" }).into(),
        "PricingCategory" => "Standard".into(),
        "InvoiceIssuerName" | "ProviderName" | "PublisherName" => AWS.into(),
        "RegionId" | "RegionName" => region.clone(),
        "ResourceId" => format!("{}/{}", line.kind, line.node),
        "ResourceName" => line.node.clone(),
        "ResourceType" => line.kind.to_owned(),
        "ServiceCategory" => category.to_owned(),
        "ServiceName" => service.clone(),
        "SkuId" | "SkuMeter" => line.key.clone(),
        "SkuPriceId" => format!("{}.{region}.{}", line.key, statement.as_of),
        "Tags" => tags(line),
        "x_FreeQuantity" => line.free.to_string(),
        "x_Metric" => line.metric.unwrap_or_default().to_owned(),
        "x_WorkloadCosts" => workloads(statement, line),
        // Nothing is corrected: what is no correction has no class.
        _ => String::new(),
    })
}

fn service(line: &Entry) -> (String, &'static str) {
    let key = service_of(&line.key);
    let known = SERVICES.iter().find(|(name, ..)| *name == key);
    known.map_or_else(|| (key.to_owned(), "Other"), |(_, name, category)| ((*name).to_owned(), category))
}

fn described(line: &Entry) -> String {
    let part = line.dimension.as_ref().map_or_else(String::new, |dimension| format!(" ({dimension})"));
    format!("{} of {}{part}, {}", line.key, line.node, line.price)
}

fn tags(line: &Entry) -> String {
    let mut tags = serde_json::Map::new();
    tags.insert("node".into(), line.node.clone().into());
    tags.extend(line.dimension.as_ref().map(|dimension| ("dimension".to_owned(), dimension.clone().into())));
    serde_json::Value::Object(tags).to_string()
}

/// USD by workload; under an empty name what nobody caused.
fn workloads(statement: &Statement, line: &Entry) -> String {
    let names = statement.workloads.iter().map(String::as_str).chain([""]);
    let parts = names.zip(&line.by_workload).filter(|(_, usd)| **usd > 0.0);
    serde_json::Value::Object(parts.map(|(name, usd)| (name.to_owned(), (*usd).into())).collect()).to_string()
}

/// The month of a day: its first moment, and that of the next.
fn month(day: &str) -> (String, String) {
    let number = |at: std::ops::Range<usize>| day.get(at).and_then(|text| text.parse::<u32>().ok()).unwrap_or(1);
    let (year, month) = (number(0..4), number(5..7));
    let (next_year, next) = if month >= 12 { (year + 1, 1) } else { (year, month + 1) };
    (format!("{year:04}-{month:02}-01T00:00:00Z"), format!("{next_year:04}-{next:02}-01T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::shop;
    use super::*;

    /// The mandatory columns of version 1.2, and those that the specification has besides.
    const MANDATORY: [&str; 21] = [
        "BilledCost",
        "BillingAccountId",
        "BillingAccountName",
        "BillingCurrency",
        "BillingPeriodEnd",
        "BillingPeriodStart",
        "ChargeCategory",
        "ChargeClass",
        "ChargeDescription",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ContractedCost",
        "EffectiveCost",
        "InvoiceIssuerName",
        "ListCost",
        "PricingQuantity",
        "PricingUnit",
        "ProviderName",
        "PublisherName",
        "ServiceCategory",
        "ServiceName",
    ];
    const OTHERS: [&str; 16] = [
        "BillingAccountType",
        "ChargeFrequency",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedUnitPrice",
        "ListUnitPrice",
        "PricingCategory",
        "RegionId",
        "RegionName",
        "ResourceId",
        "ResourceName",
        "ResourceType",
        "SkuId",
        "SkuMeter",
        "SkuPriceId",
        "Tags",
    ];
    const CATEGORIES: [&str; 8] = ["Compute", "Integration", "Databases", "Management and Governance", "Networking", "Storage", "Analytics", "Other"];

    fn rows() -> Vec<std::collections::BTreeMap<String, String>> {
        let text = focus(&shop(), "a shop");
        ::csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    }

    #[test]
    fn columns_are_those_of_the_specification() {
        assert!(MANDATORY.iter().all(|column| COLUMNS.contains(column)));
        assert!(COLUMNS.iter().all(|column| MANDATORY.contains(column) || OTHERS.contains(column) || column.starts_with("x_")));
        let is_nullable = |column: &str| column == "ChargeClass";
        for row in rows() {
            assert!(MANDATORY.iter().all(|column| is_nullable(column) || !row[*column].is_empty()), "{row:?}");
            assert!(CATEGORIES.contains(&&*row["ServiceCategory"]), "{row:?}");
        }
    }

    #[test]
    fn costs_are_unit_prices_times_quantities_and_sum_to_the_total() {
        let rows = rows();
        assert_eq!(rows.len(), 13, "a line without a price has no row");
        let number = |row: &std::collections::BTreeMap<String, String>, column: &str| row[column].parse::<f64>().unwrap();
        for row in &rows {
            assert!((number(row, "ListUnitPrice") * number(row, "PricingQuantity") - number(row, "ListCost")).abs() < 1e-9);
        }
        let total: f64 = rows.iter().map(|row| number(row, "BilledCost")).sum();
        assert!((total - shop().total()).abs() < 1e-9);
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!(month("2026-11-22"), ("2026-11-01T00:00:00Z".into(), "2026-12-01T00:00:00Z".into()));
        assert_eq!(month("2024-12-01").1, "2025-01-01T00:00:00Z");
    }
}
