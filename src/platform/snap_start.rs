//! Which runtimes can be started from a snapshot, and since when.
//!
//! ```text
//! java11 and later since 2022-11-28 · python3.12, dotnet8 and later since 2024-11-18 · never images, Node.js, Ruby, OS-only runtimes
//! ```
//!
//! Which they are: AWS docs, lambda/snapstart, read 2026-11; the days are recollected. How long a restore takes stands in `coldstart` and `latency`.

use super::Date;

/// Family, oldest version that has it, first day, as `yyyy-mm-dd`.
const FAMILIES: [(&str, (u32, u32), &str); 3] =
    [("java", (11, 0), "2022-11-28"), ("python", (3, 12), "2024-11-18"), ("dotnet", (8, 0), "2024-11-18")];

/// The first day on which functions of `runtime` could have SnapStart; `None` where they never could.
pub fn since(runtime: &str) -> Option<Date> {
    let (family, oldest, from) = FAMILIES.iter().find(|(family, ..)| runtime.starts_with(family))?;
    let version = runtime[family.len()..].trim_end_matches(":snapstart");
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    let version = (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?);
    Date::parse(from).filter(|_| version >= *oldest)
}

/// What there is, for people.
pub const RUNTIMES: &str = "Java 11, Python 3.12 and .NET 8 and later";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_python_and_dotnet_have_it_and_no_other() {
        let has = |runtime: &str| since(runtime).is_some();
        assert!(["java11", "java21", "java21:snapstart", "python3.12", "python3.14", "dotnet8", "dotnet10"].iter().all(|runtime| has(runtime)));
        let not =
            ["java8.al2", "python3.11", "python2.7", "dotnet6", "dotnet8-aot", "nodejs24.x", "ruby3.4", "provided.al2023", "graalvm-java21", ""];
        assert!(!not.iter().any(|runtime| has(runtime)));
        assert_eq!(since("java17").unwrap().to_string(), "2022-11-28");
    }
}
