//! Runs the hand-written kernel of the chain and says how fast it was: `kernel [REQUESTS] [SEED]`, ten million requests if not said otherwise.
//!
//! ```text
//! kernel: 10,000,000 requests in 1.93 s: 5,181,000 requests a second
//! ```
//!
//! `benches/figures.sh` sets it beside `coldfront run scenarios/bench/chain.yaml`. The figures of its physics are printed too, so that one can see
//! that both simulate the same.

mod chain;

use std::time::Instant;

use chain::Kernel;
use coldfront::report::count;

fn main() {
    // `cargo bench` adds options of its own.
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (requests, seed) = (numbers.next().unwrap_or(10_000_000), numbers.next().unwrap_or(1));
    let began = Instant::now();
    let counts = Kernel::new(requests.div_ceil(1000), seed).run();
    let seconds = began.elapsed().as_secs_f64();
    let rate = counts.requests as f64 / seconds;
    println!("kernel: {} requests in {seconds:.2} s: {} requests a second", count(counts.requests), count(rate as u64));
    let quantile = |q| counts.latency.value_at_quantile(q) as f64 / 1e3;
    println!("  mean {:.3} ms, p50 {:.1} ms, p99 {:.1} ms", counts.latency_sum as f64 / counts.answered as f64 / 1e6, quantile(0.5), quantile(0.99));
    println!("  {} cold starts, {} answered, {} failed", counts.cold_starts, count(counts.answered), counts.failed);
}
