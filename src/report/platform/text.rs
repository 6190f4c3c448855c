//! The platform on a terminal: a section a service, and for each entry what it is called, its value, since when, what it governs and whence it is known.
//!
//! ```text
//!   lambda.billing_step   1 ms   since 2020-12-01
//!       billed duration is rounded up to this
//!       AWS docs: Lambda pricing, read 2026-11
//! ```
//!
//! Long texts go on at their own margin. What does not fit beside its name stands below it.

use crate::platform::catalogue::{Change, Entry, Kind, Value};
use crate::platform::coldstart::{self, Architecture, Package};
use crate::platform::quota::ALWAYS;
use crate::report::number::{count, plural};
use crate::report::style::{Colour, Style, left, wrapped};

use super::{Catalogue, Changes, by_section, words};

/// Under a name.
const MARGIN: &str = "      ";
/// The widest column of names: longer ones push their value aside.
const NAME_MAX: usize = 42;

impl Catalogue {
    /// For a terminal.
    pub fn text(&self, style: &Style) -> String {
        let all: Vec<String> = by_section(&self.entries, |entry| entry).iter().map(|(title, entries)| self.section(title, entries, style)).collect();
        format!("{}{}", self.head(style), all.join("\n"))
    }

    fn head(&self, style: &Style) -> String {
        let of = |kind| self.entries.iter().filter(|entry| entry.kind == kind).count() as u64;
        let kinds = [(Kind::Quota, "quota"), (Kind::Latency, "latenc"), (Kind::Sdk, "SDK profile"), (Kind::ColdStart, "measured runtime")];
        let counted = kinds.into_iter().filter(|(kind, _)| of(*kind) > 0).map(|(kind, noun)| match noun {
            "latenc" if of(kind) == 1 => "1 latency".to_owned(),
            "latenc" => format!("{} latencies", count(of(kind))),
            _ => plural(of(kind), noun),
        });
        let counted = counted.collect::<Vec<_>>().join(", ");
        let note = if of(Kind::Quota) > 0 { "A scenario overrides a quota by its name, in the unit shown first.\n" } else { "" };
        format!("{}  {}\n{}\n", style.bold(&format!("AWS on {}", self.as_of)), style.dim(&counted), style.dim(note))
    }

    fn section(&self, title: &str, entries: &[&Entry], style: &Style) -> String {
        let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).min(NAME_MAX);
        // What is said of a whole section is said once.
        let shared =
            entries.first().map(|entry| entry.source).filter(|source| entries.len() > 1 && entries.iter().all(|entry| entry.source == *source));
        let mut out = style.heading(title);
        if let Some(source) = shared {
            out += &format!("{}\n", dim_lines(source, "  ", style));
        }
        for entry in entries {
            out += &line(&entry.name, &words::value(entry), entry.since, width, style);
            out += &wrapped(&entry.about, style.columns(), MARGIN);
            out += &otherwise(entry, style);
            if shared.is_none() {
                out += &dim_lines(entry.source, MARGIN, style);
            }
            if self.every_start && entry.kind == Kind::ColdStart {
                out += &starts(&entry.name);
            }
        }
        out
    }
}

impl Changes {
    /// For a terminal.
    pub fn text(&self, style: &Style) -> String {
        let title = style.bold(&format!("AWS on {} and on {}", self.from, self.to));
        let all: Vec<String> =
            by_section(&self.changes, |change| &change.new).iter().map(|(title, changes)| changed(title, changes, style)).collect();
        let different = match self.changes.len() {
            0 => "nothing that is known here is different".to_owned(),
            1 => "one thing is different".to_owned(),
            n => format!("{n} things are different"),
        };
        let gap = if all.is_empty() { "" } else { "\n" };
        format!("{title}  {}\n{gap}{}", style.dim(&different), all.join("\n"))
    }
}

fn changed(title: &str, changes: &[&Change], style: &Style) -> String {
    let width = changes.iter().map(|change| change.new.name.chars().count()).max().unwrap_or(0).min(NAME_MAX);
    let mut out = style.heading(title);
    for Change { old, new } in changes {
        let (before, after) = (words::value(old), words::value(new));
        let value = match (&old.value, &new.value) {
            (Value::Number(before), Value::Number(_)) if new.unit != "bytes" && new.unit != "s" => format!("{} → {after}", words::amount(*before)),
            _ => format!("{before} → {after}"),
        };
        out += &line(&new.name, &value, new.since, width, style);
        out += &wrapped(&new.about, style.columns(), MARGIN);
        for (day, entry) in [("before", old), ("after", new)] {
            out += &regions(entry, day, style);
        }
        out += &dim_lines(new.source, MARGIN, style);
    }
    out
}

/// A name, its value and since when: in columns, or the value below where it is too long.
fn line(name: &str, value: &str, since: Option<&str>, width: usize, style: &Style) -> String {
    let since = since.map_or_else(String::new, |day| format!("since {day}"));
    let field = width.max(name.chars().count());
    let named = format!("{}{}", style.paint(Colour::Cyan, name), " ".repeat(field - name.chars().count()));
    let room = style.columns().saturating_sub(2 + field + 2);
    let gap = if since.is_empty() { 0 } else { 3 + since.chars().count() };
    if value.chars().count() + gap > room {
        let below = [value, since.as_str()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("   ");
        return format!("  {}\n{}", style.paint(Colour::Cyan, name), wrapped(&below, style.columns(), MARGIN));
    }
    let tail = if since.is_empty() { String::new() } else { format!("   {}", style.dim(&since)) };
    format!("  {named}  {}{tail}\n", style.bold(value))
}

/// Regions with values of their own, and what it is on other days.
fn otherwise(entry: &Entry, style: &Style) -> String {
    let day = |(from, value): &(&str, Value)| {
        let value = words::of(value, entry.kind, entry.unit);
        if *from == ALWAYS { format!("at first {value}") } else { format!("from {from} {value}") }
    };
    let days: Vec<String> = entry.otherwise.iter().map(day).collect();
    let days = if days.is_empty() { String::new() } else { dim_lines(&format!("on other days: {}", days.join(" · ")), MARGIN, style) };
    regions(entry, "by Region", style) + &days
}

fn regions(entry: &Entry, label: &str, style: &Style) -> String {
    if entry.regions.is_empty() {
        return String::new();
    }
    let list: Vec<String> = entry.regions.iter().map(|(region, value)| format!("{region} {}", words::amount(*value))).collect();
    dim_lines(&format!("{label}: {}", list.join(" · ")), MARGIN, style)
}

/// Lines of a text, each dimmed by itself.
fn dim_lines(text: &str, indent: &str, style: &Style) -> String {
    wrapped(text, style.columns(), indent).lines().map(|line| format!("{indent}{}\n", style.dim(line.trim_start()))).collect()
}

/// Every measurement of a runtime's cold starts.
fn starts(runtime: &str) -> String {
    let line = |row: &coldstart::Row| {
        let package = if row.package == Package::Zip { "zip" } else { "image" };
        let architecture = if row.architecture == Architecture::X86_64 { "x86_64" } else { "arm64" };
        let place = format!("{} {} {:>6} MB", left(package, 5), left(architecture, 6), count(row.memory_mb));
        format!("{MARGIN}{place}   p50 {:>7.1} ms   p99 {:>7.1} ms   n = {}\n", row.p50_ms, row.p99_ms, count(u64::from(row.n)))
    };
    coldstart::table().iter().filter(|row| row.runtime == runtime).map(line).collect()
}
