//! Turning levers: what a scenario's overrides are when some of its limits are out of the way.
//!
//! ```text
//! value = from × Π 2ᵏ  +  Σ added × (2ᵏ − 1)          by path, over the levers that are turned; k is how far each had to be
//! ```
//!
//! Several levers may turn the same path: two reservations both ask more of their account.

use std::collections::BTreeMap;

use super::lever::Lever;

/// A path, and how it is turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub path: String,
    pub from: f64,
    /// As it is written behind the number.
    unit: String,
    /// Grows by so much for each doubling less one, in place of doubling.
    adds: Option<f64>,
    /// No more than this.
    most: Option<f64>,
    /// Set to this, in place of any number.
    pub set: Option<&'static str>,
}

impl Turn {
    /// Of a number with its unit behind it; none where there is no number.
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let from = text[..end].parse().ok()?;
        Some(Self { unit: text[end..].to_owned(), ..Self::number(path, from) })
    }

    pub fn number(path: &str, from: f64) -> Self {
        Self { path: path.to_owned(), from, unit: String::new(), adds: None, most: None, set: None }
    }

    /// Of what is set to nothing at once.
    pub fn set(path: String, to: &'static str) -> Self {
        Self { set: Some(to), ..Self::number(&path, 0.0) }
    }

    /// Grows by so much for each doubling less one.
    pub fn adding(self, adds: f64) -> Self {
        Self { adds: Some(adds), ..self }
    }

    pub fn at_most(self, most: f64) -> Self {
        Self { most: Some(most), ..self }
    }

    fn text(&self, value: f64) -> String {
        let value = self.most.map_or(value, |most| value.min(most));
        let text = format!("{value:.6}");
        format!("{}{}", text.trim_end_matches('0').trim_end_matches('.'), self.unit)
    }

    /// As it is written before it is turned.
    pub fn before(&self) -> String {
        if self.set.is_some() { "as it is".to_owned() } else { self.text(self.from) }
    }

    /// As it is written when its lever alone is turned so far.
    pub fn after(&self, level: u32) -> String {
        match (self.set, self.adds) {
            (Some(text), _) => text.to_owned(),
            (None, Some(adds)) => self.text(self.from + adds * (factor(level) - 1.0)),
            (None, None) => self.text(self.from * factor(level)),
        }
    }
}

fn factor(level: u32) -> f64 {
    f64::from(1u32 << level.min(30))
}

/// The changes that turn these levers, each so far.
pub fn changes<'l>(turned: impl Iterator<Item = (&'l Lever, u32)>) -> Vec<(String, String)> {
    let mut paths: BTreeMap<&str, (&Turn, f64, f64)> = BTreeMap::new();
    for (lever, level) in turned.filter(|(_, level)| *level > 0) {
        for turn in &lever.turns {
            let (_, times, plus) = paths.entry(&turn.path).or_insert((turn, 1.0, 0.0));
            match turn.adds {
                Some(adds) => *plus += adds * (factor(level) - 1.0),
                None => *times *= factor(level),
            }
        }
    }
    let text = |(path, (turn, times, plus)): (&str, (&Turn, f64, f64))| {
        let value = turn.set.map_or_else(|| turn.text(turn.from * times + plus), str::to_owned);
        (path.to_owned(), value)
    };
    paths.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lever::Remedy;
    use super::*;

    fn lever(turns: Vec<Turn>) -> Lever {
        Lever { phrase: String::new(), remedy: Remedy::Setting, turns, refused: 0 }
    }

    fn reservation(name: &str, own: f64) -> Lever {
        let account = Turn::number("quotas.lambda.concurrent_executions", 1000.0).adding(own);
        lever(vec![Turn::number(&format!("nodes.{name}.reserved_concurrency"), own), account])
    }

    #[test]
    fn what_functions_reserve_is_added_to_what_their_account_has() {
        let (f, g) = (reservation("f", 50.0), reservation("g", 20.0));
        let said = changes([(&f, 2), (&g, 1)].into_iter());
        let said: Vec<_> = said.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        // 50 became 200, 20 became 40: 150 and 20 more.
        let account = ("quotas.lambda.concurrent_executions", "1170");
        assert_eq!(said, [("nodes.f.reserved_concurrency", "200"), ("nodes.g.reserved_concurrency", "40"), account]);
    }

    #[test]
    fn units_are_kept_bounds_are_heeded_and_levers_that_are_not_turned_change_nothing() {
        let rate = lever(vec![Turn::of("a", "2.5/s").expect("a rate")]);
        let most = lever(vec![Turn::number("b", 600.0).at_most(1000.0)]);
        let none = lever(vec![Turn::set("c".into(), "0ms")]);
        let said = changes([(&rate, 1), (&most, 1), (&none, 0)].into_iter());
        assert_eq!(said, [("a".to_owned(), "5/s".to_owned()), ("b".to_owned(), "1000".to_owned())]);
        assert_eq!(Turn::of("a", "none"), None);
    }
}
