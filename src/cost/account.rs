//! From a scenario and what its run recorded to a statement.
//!
//! ```text
//! usage of a charge ─× month ÷ measured─▶ monthly ─Σ by Region and key─▶ Bill (tiers, free part) ─in proportion─▶ lines ─▶ workloads
//! standing charges: level × hours of the month, not scaled once more
//! ```
//!
//! A workload has its part of a line as it has of the counter that the charge is shared out by; what nobody's work caused goes with it in proportion, and
//! only where no workload caused anything it is nobody's. Left out: by part of the month, who caused how much: shares are those of the whole run.

use crate::metrics::Record;
use crate::platform::Date;
use crate::scenario::Scenario;
use crate::service::charge::GB;

use super::bill::{Bill, FreeTier, Quantities};
use super::book::Book;
use super::causes;
use super::extrapolation::Extrapolation;
use super::pricing::Pricing;
use super::statement::{Entry, Statement};
use super::tally::Usage;

/// Of a workload, in the measured time.
fn requests(record: &Record, workload: &str) -> f64 {
    record.routes.iter().filter(|route| route.workload == workload).map(|route| route.answers.offered as f64).sum()
}

impl Statement {
    /// What a run of a scenario comes to in a month.
    pub fn of(scenario: &Scenario, record: &Record, pricing: &Pricing) -> Statement {
        let as_of = scenario.as_of.as_ref().and_then(|day| Date::parse(&day.value)).unwrap_or(Date::NEWEST);
        let book = pricing.book(&scenario.region, as_of);
        let extrapolation = Extrapolation::of(scenario, record, book.month_hours());
        let (mut usages, mut left_out) = (Vec::new(), Vec::new());
        let platform = scenario.platform();
        for (name, spec) in &scenario.nodes {
            let Some(node) = record.nodes.iter().find(|node| node.name == name.value) else { continue };
            let charges = spec.charges(&name.value, &platform);
            let of_node = charges.list.into_iter().map(|charge| Usage::of(charge, node, record, &extrapolation));
            usages.extend(of_node.filter(|usage| usage.monthly > 0.0));
            left_out.extend(charges.left_out.into_iter().filter(|said| !left_out.contains(said)).collect::<Vec<_>>());
        }
        let mut statement = Statement {
            region: scenario.region.clone(),
            as_of,
            free_tier: pricing.free_tier,
            workloads: scenario.workloads.iter().map(|(name, _)| name.value.clone()).collect(),
            requests_of: scenario.workloads.iter().map(|(name, _)| requests(record, &name.value) * extrapolation.factor).collect(),
            lines: Vec::new(),
            missing: Vec::new(),
            left_out,
            causes: Vec::new(),
            extrapolation,
        };
        statement.price(&mut usages, &book, pricing);
        statement.causes = causes::of(scenario, record, &statement, &usages);
        statement
    }

    /// Prices what is used, Region by Region.
    fn price(&mut self, usages: &mut [Usage], home: &Book, pricing: &Pricing) {
        let parties = self.workloads.len() + 1;
        let mut regions: Vec<Option<String>> = vec![None];
        usages.iter().for_each(|usage| {
            if !regions.contains(&usage.charge.region) {
                regions.push(usage.charge.region.clone());
            }
        });
        let mut lines: Vec<Option<Entry>> = vec![None; usages.len()];
        for region in regions {
            let other = region.as_ref().map(|region| pricing.book(region, self.as_of));
            let book = other.as_ref().unwrap_or(home);
            // What is free is the account's in the Region of the scenario.
            let free_tier = if region.is_none() { self.free_tier } else { FreeTier::No };
            let mut quantities = Quantities::default();
            for usage in usages.iter_mut().filter(|usage| usage.charge.region == region) {
                usage.size(book);
                match book.price(&usage.charge.key) {
                    Ok(_) => quantities.add(&usage.charge.key, usage.monthly),
                    Err(missing) if self.missing.contains(&missing) => {}
                    Err(missing) => self.missing.push(missing),
                }
            }
            // Every key that was added has its price.
            let bill = Bill::of(book, &quantities, free_tier).ok();
            for (usage, line) in usages.iter().zip(&mut lines).filter(|(usage, _)| usage.charge.region == region) {
                *line = Some(usage.entry(bill.as_ref(), parties));
            }
        }
        self.lines = lines.into_iter().flatten().collect();
    }
}

impl Usage {
    /// Rounds what each is in size as the price says.
    fn size(&mut self, book: &Book) {
        let Some((of, bytes)) = self.charge.sized.take() else { return };
        let rounded = book.price(&self.charge.key).map_or(bytes, |price| price.rounded(of, bytes));
        self.measured *= rounded / GB;
        self.monthly *= rounded / GB;
    }

    /// Its line of the statement.
    fn entry(&self, bill: Option<&Bill>, parties: usize) -> Entry {
        let priced = bill.and_then(|bill| bill.lines.iter().find(|line| line.key == self.charge.key));
        let part = |whole: f64| priced.filter(|line| line.quantity > 0.0).map_or(0.0, |line| whole * (self.monthly / line.quantity));
        let usd = priced.map(|line| part(line.usd));
        Entry {
            node: self.node.clone(),
            kind: self.kind,
            dimension: self.charge.part.clone(),
            region: self.charge.region.clone(),
            key: self.charge.key.to_string(),
            unit: priced.map_or_else(String::new, |line| line.unit.clone()),
            metric: self.charge.metric(),
            standing: self.charge.stands(),
            measured: self.measured,
            monthly: self.monthly,
            free: priced.map_or(0.0, |line| part(line.free)),
            usd,
            price: priced.map_or_else(String::new, |line| line.price.clone()),
            by_workload: usd.map_or_else(Vec::new, |usd| self.shares(parties).into_iter().map(|share| share * usd).collect()),
        }
    }

    /// The parts of the workloads, and of nobody; they add up to one.
    fn shares(&self, parties: usize) -> Vec<f64> {
        let mut shares = vec![0.0; parties];
        let caused: f64 = self.weights.iter().take(parties - 1).sum();
        match caused > 0.0 {
            true => shares.iter_mut().zip(&self.weights).take(parties - 1).for_each(|(share, weight)| *share = weight / caused),
            false => shares[parties - 1] = 1.0,
        }
        shares
    }
}
