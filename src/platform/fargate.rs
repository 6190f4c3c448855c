//! The sizes of tasks that Fargate offers: vCPUs, and the memory that goes with them.
//!
//! ```text
//! nearest(0.58 vCPU, 1 GB) = the cheapest of those that have as much of both = 1 vCPU, 2 GB
//! ```
//!
//! Source: AWS docs, AmazonECS/latest/developerguide/task-cpu-memory-error, read 2026-11. Left out: Windows, which has no sizes below 1 vCPU.

/// A task of this many vCPUs may have from `least` to `most` GB (2³⁰ bytes), in steps of `step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    pub vcpu: f64,
    pub least: f64,
    pub most: f64,
    pub step: f64,
}

/// One size of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub vcpu: f64,
    /// 2³⁰ bytes.
    pub gb: f64,
}

const fn sizes(vcpu: f64, least: f64, most: f64, step: f64) -> Sizes {
    Sizes { vcpu, least, most, step }
}

/// Every size on Linux; those of a quarter of a vCPU are 0.5, 1 and 2 GB.
pub const SIZES: [Sizes; 8] = [
    sizes(0.25, 0.5, 1.0, 0.5),
    sizes(0.25, 2.0, 2.0, 1.0),
    sizes(0.5, 1.0, 4.0, 1.0),
    sizes(1.0, 2.0, 8.0, 1.0),
    sizes(2.0, 4.0, 16.0, 1.0),
    sizes(4.0, 8.0, 30.0, 1.0),
    sizes(8.0, 16.0, 60.0, 4.0),
    sizes(16.0, 32.0, 120.0, 8.0),
];

/// The cheapest size that has at least `vcpu` and `gb`, at prices for an hour of one vCPU and of one GB; `None` where none is large enough.
pub fn nearest(vcpu: f64, gb: f64, vcpu_hour: f64, gb_hour: f64) -> Option<Size> {
    let fits = |sizes: &Sizes| {
        let memory = sizes.least + ((gb - sizes.least).max(0.0) / sizes.step).ceil() * sizes.step;
        (sizes.vcpu >= vcpu && memory <= sizes.most).then_some(Size { vcpu: sizes.vcpu, gb: memory })
    };
    let cost = |size: &Size| size.vcpu * vcpu_hour + size.gb * gb_hour;
    SIZES.iter().filter_map(fits).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_as_much_of_both() {
        let nearest = |vcpu, gb| nearest(vcpu, gb, 0.04, 0.004).map(|size| (size.vcpu, size.gb));
        assert_eq!(nearest(0.07, 0.125), Some((0.25, 0.5)));
        assert_eq!(nearest(0.07, 1.5), Some((0.25, 2.0)));
        assert_eq!(nearest(0.58, 1.0), Some((1.0, 2.0)));
        assert_eq!(nearest(5.8, 10.0), Some((8.0, 16.0)));
        assert_eq!(nearest(17.0, 1.0), None);
    }
}
