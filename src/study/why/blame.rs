//! What each limit does, from the figures of all worlds: alone, in pairs, and as its share of what all of them do together.
//!
//! ```text
//! φᵢ = Σ over sets S without i of  |S|! (n − |S| − 1)! ÷ n!  ·  (v(S ∪ i) − v(S))                Σ φᵢ = v(all) − v(∅)
//! ```
//!
//! The mean of what taking the limit away does, over all orders in which limits could be taken away (Shapley, A value for n-person games, 1953): the only shares
//! that add up, treat alike what is alike, and give nothing to what does nothing. They are linear in the figures, so each is computed under every seed
//! and has Student's interval.

use serde::{Deserialize, Serialize};

use crate::report::Figure;
use crate::scenario::COST_MONTHLY;
use crate::study::compare::Difference;
use crate::study::{Pick, t_975};

/// What a limit is to blame for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blame {
    pub subject: String,
    pub metric: String,
    /// As the figure has it.
    pub unit: String,
    /// By how much the figure changes without the limit, as its share of what all limits do.
    pub change: f64,
    /// Half of its 95 % interval; null of one run.
    pub half_width: Option<f64>,
    /// Of the change without all limits; null where that is not significant.
    pub share: Option<f64>,
}

/// The figures of every set of limits taken away, under every seed.
pub struct Table {
    /// By figure, seed and set; `None` where it was not measured.
    values: Vec<Vec<Vec<Option<f64>>>>,
    names: Vec<(Pick, String)>,
    pub seeds: usize,
    limits: usize,
}

impl Table {
    /// Of runs by seed and set.
    pub fn new(runs: &[Vec<Vec<Figure>>], picks: &[Pick], limits: usize) -> Self {
        let of_pick = |pick: &Pick| {
            let row = |worlds: &Vec<Vec<Figure>>| worlds.iter().map(|figures| figure(figures, pick).map(|one| one.value)).collect();
            runs.iter().map(row).collect()
        };
        let unit = |pick: &Pick| runs.iter().flatten().find_map(|figures| figure(figures, pick)).map_or("count", |one| one.unit);
        let names = picks.iter().map(|pick| (pick.clone(), unit(pick).to_owned())).collect();
        Self { values: picks.iter().map(of_pick).collect(), names, seeds: runs.len(), limits }
    }

    /// Of every figure what one set of limits less does against another.
    pub fn differences(&self, base: usize, other: usize) -> Vec<Difference> {
        self.paired(|of_seed| Some((of_seed[base]?, of_seed[other]?)))
    }

    /// What two limits do together, against the sum of what each does.
    pub fn interactions(&self, a: usize, b: usize) -> Vec<Difference> {
        let (a, b) = (1 << a, 1 << b);
        self.paired(|of_seed: &[Option<f64>]| Some((of_seed[a]? + of_seed[b]? - of_seed[0]?, of_seed[a | b]?)))
    }

    fn paired(&self, pair: impl Fn(&[Option<f64>]) -> Option<(f64, f64)>) -> Vec<Difference> {
        let of = |(values, (pick, unit)): (&Vec<Vec<Option<f64>>>, &(Pick, String))| {
            let pairs: Vec<(f64, f64)> = values.iter().filter_map(|of_seed| pair(of_seed)).collect();
            (!pairs.is_empty()).then(|| Difference::of_pairs(pick.subject.clone(), pick.metric.clone(), unit, &pairs, true))
        };
        self.values.iter().zip(&self.names).filter_map(of).collect()
    }

    /// By limit, of every figure.
    pub fn blames(&self, together: &[Difference]) -> Vec<Vec<Blame>> {
        let of_limit = |limit: usize| (0..self.names.len()).filter_map(|figure| self.blame(limit, figure, together)).collect();
        (0..self.limits).map(of_limit).collect()
    }

    fn blame(&self, limit: usize, figure: usize, together: &[Difference]) -> Option<Blame> {
        let (pick, unit) = &self.names[figure];
        let shares: Vec<f64> = self.values[figure].iter().filter_map(|of_seed| shapley(of_seed, limit, self.limits)).collect();
        let n = shares.len() as f64;
        let change = shares.iter().sum::<f64>() / n;
        let squares: f64 = shares.iter().map(|share| (share - change).powi(2)).sum();
        let whole = together.iter().find(|one| one.subject == pick.subject && one.metric == pick.metric && one.significant);
        (!shares.is_empty()).then(|| Blame {
            subject: pick.subject.clone(),
            metric: pick.metric.clone(),
            unit: unit.clone(),
            change,
            half_width: (shares.len() > 1).then(|| t_975(shares.len() - 1) * (squares / (n - 1.0) / n).sqrt()),
            share: whole.map(|whole| change / whole.difference),
        })
    }
}

fn figure<'f>(figures: &'f [Figure], pick: &Pick) -> Option<&'f Figure> {
    figures.iter().find(|one| one.subject == pick.subject && one.metric == pick.metric)
}

/// Shapley's share of one of `n` limits in a game whose values are given by set, as bits.
fn shapley(value: &[Option<f64>], one: usize, n: usize) -> Option<f64> {
    let mut weights = vec![1.0 / n as f64; n];
    // |S|! (n − |S| − 1)! ÷ n!, from one size to the next.
    (1..n).for_each(|size| weights[size] = weights[size - 1] * size as f64 / (n - size) as f64);
    let without = (0..1usize << n).filter(|set| set >> one & 1 == 0);
    without.map(|set| Some(weights[set.count_ones() as usize] * (value[set | 1 << one]? - value[set]?))).sum()
}

/// How much of all troubles is a limit's: the sum of its shares in figures that differ; money is none.
pub fn rank(blames: &[Blame], together: &[Difference]) -> f64 {
    let counts =
        |blame: &&Blame| blame.metric != COST_MONTHLY && together.iter().any(|one| one.subject == blame.subject && one.metric == blame.metric);
    blames.iter().filter(counts).filter_map(|blame| blame.share).map(f64::abs).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of a game that is given by the worth of each set.
    fn shares(worth: &[f64], n: usize) -> Vec<f64> {
        let worth: Vec<Option<f64>> = worth.iter().copied().map(Some).collect();
        (0..n).map(|one| shapley(&worth, one, n).expect("all sets are there")).collect()
    }

    #[test]
    fn shares_are_those_of_games_whose_values_are_known() {
        // The glove game (Shapley & Shubik 1969): left gloves 1 and 2, right glove 3; a pair is worth 1: shares 1/6, 1/6, 2/3.
        let gloves = shares(&[0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0], 3);
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(&gloves, &[1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0]), "{gloves:?}");
        // The airport game (Littlechild & Owen 1973): runways of 1, 2 and 4: 1/3, 1/3 + 1/2, 1/3 + 1/2 + 2.
        let airport = shares(&[0.0, 1.0, 2.0, 2.0, 4.0, 4.0, 4.0, 4.0], 3);
        assert!(near(&airport, &[1.0 / 3.0, 5.0 / 6.0, 17.0 / 6.0]), "{airport:?}");
        assert_eq!(shapley(&[Some(1.0), None], 0, 1), None);
    }
}
