//! stub
use crate::units::Time;
use rand::SeedableRng;
use rand_distr::{Distribution as _, Exp1};
use rand_pcg::Pcg64;
#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    Poisson,
    Uniform,
}
#[derive(Clone, Debug)]
pub struct Phase {
    pub name: Option<String>,
    pub duration: Time,
    pub rate: f64,
    pub ramp_to: Option<f64>,
}
#[derive(Clone, Debug)]
pub struct Arrivals {
    rng: Pcg64,
    t: f64,
    p: Vec<Phase>,
}
impl Arrivals {
    pub fn new(_: Pattern, p: Vec<Phase>, seed: u64) -> Self {
        Self { rng: Pcg64::seed_from_u64(seed), t: 0.0, p }
    }
    #[inline]
    pub fn next(&mut self) -> Option<Time> {
        let e: f64 = Exp1.sample(&mut self.rng);
        self.t += e / self.p[0].rate * 1e9;
        Some(Time::from_nanos(self.t as u64))
    }
    pub fn expected(&self, _: Time) -> f64 {
        0.0
    }
    pub fn is_constant_rate(&self, _: Time, _: Time) -> bool {
        true
    }
}
