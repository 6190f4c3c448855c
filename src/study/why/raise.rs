//! Turning levers: what a scenario's overrides are when some of its limits are out of the way.
//!
//! ```text
//! value = from × Π 2ᵏ  +  Σ added × (2ᵏ − 1)          by path, over the levers that are turned; k is how far each had to be
//! ```
//!
//! Several levers may turn the same path: two reservations both ask more of their account.

use std::collections::BTreeMap;

use super::lever::Lever;
use super::turn::{Turn, factor};

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
