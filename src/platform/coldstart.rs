//! How long INIT takes: measured Init Duration by runtime, package, memory and architecture.
//!
//! ```text
//! cold start = allocation (lognormal, `lambda.environment_allocation_*`) + INIT (lognormal through p50 and p99 below) + the function's own INIT
//! ```
//!
//! The figures are those of empty functions: libraries and clients come on top. INIT runs with full CPU whatever the memory (median ratio of
//! 1024 MB to 128 MB: 1.00 in 158 pairs); the handler's first run does not, which is left to the model of CPU. The file says whence and when.

use std::sync::OnceLock;

/// How the code is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    Zip,
    Image,
}

/// The instruction set of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    X86_64,
    Arm64,
}

/// What was measured for a runtime, or for the one that stands in for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Cold starts behind the percentiles.
    pub n: u32,
    /// The runtime that was measured: another than asked for where that one is older than the measurements.
    pub runtime: &'static str,
    /// The memory it was measured at, the nearest to what was asked for.
    pub memory_mb: u64,
}

/// What was measured in one place: Init Duration, or Restore Duration where the runtime's name ends in `:snapstart`.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub runtime: &'static str,
    pub package: Package,
    pub architecture: Architecture,
    pub memory_mb: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub n: u32,
}

/// Whence the rows are.
pub const SOURCE: &str = "measured: github.com/maxday/lambda-perf, 2026-05-28 to 2026-08-22 (SnapStart: 2025-07-20 to 2025-10-18), empty functions";

/// Names for which another was measured: short forms, and runtimes too old to be measured in 2026. A custom runtime without a word on its
/// language is taken for Go, the middle of the natively compiled ones.
pub const STAND_INS: &[(&str, &str)] = &[
    ("rust", "provided.al2023:rust"),
    ("go", "provided.al2023:go"),
    ("cpp", "provided.al2023:cpp"),
    ("dotnet8-aot", "provided.al2023:dotnet8-aot"),
    ("dotnet9-aot", "provided.al2023:dotnet9-aot"),
    ("dotnet10-aot", "provided.al2023:dotnet10-aot"),
    ("graalvm-java21", "provided.al2023:graalvm-java21"),
    ("graalvm-java23", "provided.al2023:graalvm-java23"),
    ("llrt", "provided.al2023:llrt"),
    ("quarkus", "provided.al2:quarkus"),
    ("bun", "provided.al2:bun"),
    ("provided.al2023", "provided.al2023:go"),
    ("provided.al2", "provided.al2:go"),
    ("provided", "provided.al2:go"),
    ("go1.x", "provided.al2:go"),
    ("nodejs18.x", "nodejs20.x"),
    ("nodejs16.x", "nodejs20.x"),
    ("nodejs14.x", "nodejs20.x"),
    ("nodejs12.x", "nodejs20.x"),
    ("nodejs10.x", "nodejs20.x"),
    ("nodejs8.10", "nodejs20.x"),
    ("nodejs6.10", "nodejs20.x"),
    ("python3.8", "python3.9"),
    ("python3.7", "python3.9"),
    ("python3.6", "python3.9"),
    ("python2.7", "python3.9"),
    ("java8", "java8.al2"),
    ("dotnet9", "dotnet10"),
    ("dotnet7", "dotnet8"),
    ("dotnet6", "dotnet8"),
    ("dotnetcore3.1", "dotnet8"),
    ("dotnetcore2.1", "dotnet8"),
    ("ruby2.7", "ruby3.2"),
    ("ruby2.5", "ruby3.2"),
];

/// Init Duration of an empty function of `runtime`; for `:snapstart` variants, Restore Duration. The nearest measured memory counts. `None` where
/// the runtime is not known or was not measured in this package.
pub fn init_duration(runtime: &str, package: Package, memory_mb: u64, architecture: Architecture) -> Option<Measured> {
    let runtime = STAND_INS.iter().find(|(name, _)| *name == runtime).map_or(runtime, |(_, measured)| measured);
    let rows = table().iter().filter(|row| row.runtime == runtime && row.package == package);
    let other = |row: &Row| u64::from(row.architecture != architecture);
    let row = rows.min_by_key(|row| (other(row), row.memory_mb.abs_diff(memory_mb)))?;
    Some(Measured { p50_ms: row.p50_ms, p99_ms: row.p99_ms, n: row.n, runtime: row.runtime, memory_mb: row.memory_mb })
}

/// Restore Duration of an empty function of `runtime` with SnapStart; `None` where none was measured.
pub fn restore_duration(runtime: &str, memory_mb: u64, architecture: Architecture) -> Option<Measured> {
    let restored = if runtime.ends_with(SNAP_START) { runtime.to_owned() } else { format!("{runtime}{SNAP_START}") };
    init_duration(&restored, Package::Zip, memory_mb, architecture)
}

/// The end of names under which restores were measured.
const SNAP_START: &str = ":snapstart";

/// Every name that [`init_duration`] understands, each once.
pub fn runtimes() -> impl Iterator<Item = &'static str> {
    let measured = table();
    let fresh = |i: usize| i == 0 || measured[i - 1].runtime != measured[i].runtime;
    let names = (0..measured.len()).filter(move |&i| fresh(i)).map(|i| measured[i].runtime);
    names.chain(STAND_INS.iter().map(|(name, _)| *name))
}

/// The measurements, sorted by runtime.
pub fn table() -> &'static [Row] {
    static TABLE: OnceLock<Vec<Row>> = OnceLock::new();
    TABLE.get_or_init(|| include_str!("coldstarts.csv").lines().filter_map(row).collect())
}

/// One line of the file; `None` for comments and the heading.
fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.split(',');
    let runtime = cells.next()?;
    let package = match cells.next()? {
        "zip" => Package::Zip,
        "image" => Package::Image,
        _ => return None,
    };
    let memory_mb = cells.next()?.parse().ok()?;
    let architecture = match cells.next()? {
        "x86_64" => Architecture::X86_64,
        "arm64" => Architecture::Arm64,
        _ => return None,
    };
    let (p50_ms, p99_ms) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    Some(Row { runtime, package, architecture, memory_mb, p50_ms, p99_ms, n: cells.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Architecture::{Arm64, X86_64};
    use Package::{Image, Zip};

    #[test]
    fn every_line_is_understood_and_plausible() {
        assert_eq!(table().len(), 632);
        assert!(table().iter().all(|row| 5.0 < row.p50_ms && row.p50_ms < row.p99_ms && row.p99_ms < 10_000.0 && row.n > 400));
        assert!(table().is_sorted_by(|a, b| a.runtime <= b.runtime));
    }

    #[test]
    fn figures_are_those_that_were_published() {
        let p50 = |runtime, package, mb, arch| init_duration(runtime, package, mb, arch).unwrap().p50_ms.round();
        assert_eq!(p50("provided.al2023:rust", Zip, 1024, X86_64), 16.0);
        assert_eq!(p50("python3.13", Zip, 1024, X86_64), 92.0);
        assert_eq!(p50("nodejs22.x", Zip, 1024, X86_64), 144.0);
        assert_eq!(p50("java21", Zip, 512, Arm64), 248.0);
        assert_eq!(p50("nodejs22.x", Image, 512, X86_64), 297.0);
    }

    #[test]
    fn the_nearest_memory_stands_for_the_others() {
        let memory = |mb| init_duration("java21", Zip, mb, X86_64).unwrap().memory_mb;
        assert_eq!([memory(128), memory(200), memory(700), memory(10_240)], [128, 256, 512, 1024]);
    }

    #[test]
    fn every_runtime_has_a_figure_and_every_stand_in_was_measured() {
        for name in runtimes() {
            assert!(init_duration(name, Zip, 512, X86_64).is_some(), "{name}");
        }
        assert_eq!(init_duration("nodejs18.x", Zip, 512, Arm64).unwrap().runtime, "nodejs20.x");
        assert_eq!(restore_duration("java21", 512, X86_64), restore_duration("java21:snapstart", 512, Arm64));
        assert!(restore_duration("java21", 512, X86_64).is_some() && restore_duration("python3.13", 512, X86_64).is_none());
        assert!(init_duration("nodejs", Zip, 512, X86_64).is_none() && init_duration("java21:snapstart", Image, 512, X86_64).is_none());
        let mut names: Vec<_> = runtimes().collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name stands in for itself");
    }
}
