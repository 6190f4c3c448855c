//! stub
use crate::units::Time;
#[derive(Clone, Debug)]
pub struct Trace;
#[derive(Clone, Debug)]
pub struct Replay;
#[derive(Clone, Copy, Debug)]
pub enum Spread {
    Uniform,
    Poisson,
    Start,
}
impl Replay {
    pub fn new(_: Trace, _: Spread, _: f64, _: u64) -> Self {
        Self
    }
    pub fn next(&mut self) -> Option<Time> {
        None
    }
}
