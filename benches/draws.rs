//! What luck costs: keys, numbers, distributions, and the token buckets beside them.
//!
//! ```text
//! luck           root ─▶ child ─▶ draw: the keys of one call, and its first number
//! distribution   one sample of each form, drawn as a service draws it: from a key of its own
//! token_bucket   one request that is admitted, one that is refused
//! ```

use std::hint::black_box;

use coldfront::{
    mechanism::{
        distribution::Distribution,
        luck::{Keyed, Luck, keyed},
        token_bucket::TokenBucket,
    },
    units::Time,
};
use criterion::{Criterion, criterion_group, criterion_main};

fn luck(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("luck");
    let mut k = 0;
    group.bench_function("root", |bencher| {
        bencher.iter(|| {
            k += 1;
            Luck::root(7, black_box(k))
        });
    });
    let root = Luck::root(7, 7);
    group.bench_function("child", |bencher| bencher.iter(|| black_box(root).child(black_box(3), 0)));
    group.bench_function("draw", |bencher| bencher.iter(|| black_box(root).draw(black_box(0xDB)).unit()));
    group.finish();
}

fn distributions(criterion: &mut Criterion) {
    let ms = Time::from_millis;
    let forms = [
        ("constant", Distribution::constant(ms(12))),
        ("uniform", Distribution::uniform(ms(5), ms(60))),
        ("exponential", Distribution::exponential(ms(12))),
        ("normal", Distribution::normal(ms(12), ms(3))),
        ("lognormal", Distribution::lognormal_p50_p99(ms(12), ms(60))),
        ("gamma", Distribution::gamma_mean_cv(ms(12), 1.5)),
    ];
    let mut group = criterion.benchmark_group("distribution");
    for (name, distribution) in forms {
        let mut key = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                key += 1;
                black_box(&distribution).sample(&mut Keyed::new(keyed(key, 0xDB)))
            });
        });
    }
    group.finish();
}

fn token_buckets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("token_bucket");
    let mut wide = TokenBucket::new(10_000.0, 5_000.0);
    let mut now = Time::ZERO;
    group.bench_function("admitted", |bencher| {
        bencher.iter(|| {
            now += Time::from_millis(1);
            wide.try_take(black_box(now), 1)
        });
    });
    let mut empty = TokenBucket::new(1.0, 1.0);
    empty.take(Time::ZERO, 1 << 20);
    group.bench_function("refused", |bencher| bencher.iter(|| empty.try_take(black_box(Time::from_secs(1)), 1)));
    group.finish();
}

criterion_group!(benches, luck, distributions, token_buckets);
criterion_main!(benches);
