//! The platform for programs and pages: JSON, tidy CSV, Markdown.
//!
//! ```text
//! kind,name,region,figure,value,unit,since,source,about          a row for each number, one more for each Region
//! kind,name,old,new,unit,since,source                            what differs between two days
//! ```
//!
//! Numbers are those of the rows, unrounded; `since` is empty, or null, where nothing earlier is known.

use serde_json::{Map, Value as Json, json};

use crate::platform::catalogue::{Change, Entry, Kind, Value};
use crate::platform::coldstart::{self, Architecture, Package};
use crate::report::markdown::escaped;

use super::{Catalogue, Changes, by_section, words};

impl Catalogue {
    /// Entries by kind.
    pub fn json(&self) -> String {
        let of = |kind: Kind| self.entries.iter().filter(|entry| entry.kind == kind).map(object).collect::<Vec<_>>();
        pretty(&json!({
            "as_of": self.as_of.to_string(),
            "quotas": of(Kind::Quota),
            "latencies": of(Kind::Latency),
            "sdk_profiles": of(Kind::Sdk),
            "sdk_of_runtimes": of(Kind::Runtime),
            "cold_starts": of(Kind::ColdStart),
        }))
    }

    /// A row for each figure.
    pub fn csv(&self) -> String {
        let rows = self.entries.iter().flat_map(rows);
        table(["kind", "name", "region", "figure", "value", "unit", "since", "source", "about"].map(String::from).to_vec(), rows)
    }

    /// A table a section.
    pub fn markdown(&self) -> String {
        let row = |entry: &&Entry| {
            let cells = [words::value(entry), entry.since.unwrap_or_default().into(), entry.about.clone(), entry.source.into()];
            format!("| `{}` | {} |\n", entry.name, cells.map(|cell| escaped(&cell)).join(" | "))
        };
        let section = |(title, entries): &(String, Vec<&Entry>)| {
            format!(
                "\n## {title}\n\n| name | value | since | what it governs | source |\n|---|---|---|---|---|\n{}",
                entries.iter().map(row).collect::<String>()
            )
        };
        format!("# AWS on {}\n{}", self.as_of, by_section(&self.entries, |entry| entry).iter().map(section).collect::<String>())
    }
}

impl Changes {
    /// What was and what is, one after the other.
    pub fn json(&self) -> String {
        let changes: Vec<Json> = self.changes.iter().map(changed).collect();
        pretty(&json!({ "from": self.from.to_string(), "to": self.to.to_string(), "changes": changes }))
    }

    /// A row for each thing that differs.
    pub fn csv(&self) -> String {
        let rows = self.changes.iter().map(|Change { old, new }| {
            let ends = [plain(&old.value), plain(&new.value), new.unit.into(), new.since.unwrap_or_default().into(), new.source.into()];
            [vec![new.kind.key().to_owned(), new.name.clone()], ends.to_vec()].concat()
        });
        table(["kind", "name", "old", "new", "unit", "since", "source"].map(String::from).to_vec(), rows)
    }

    /// A table a section.
    pub fn markdown(&self) -> String {
        let row = |change: &&Change| {
            let Change { old, new } = change;
            let cells = [words::value(old), words::value(new), new.since.unwrap_or_default().into(), new.about.clone(), new.source.into()];
            format!("| `{}` | {} |\n", new.name, cells.map(|cell| escaped(&cell)).join(" | "))
        };
        let section = |(title, changes): &(String, Vec<&Change>)| {
            let head = format!("| name | {} | {} | since | what it governs | source |\n|---|---|---|---|---|---|\n", self.from, self.to);
            format!("\n## {title}\n\n{head}{}", changes.iter().map(row).collect::<String>())
        };
        let sections = by_section(&self.changes, |change| &change.new).iter().map(section).collect::<String>();
        format!("# AWS on {} and on {}\n{sections}", self.from, self.to)
    }
}

fn pretty(value: &Json) -> String {
    format!("{value:#}\n")
}

fn table(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(head).chain(rows) {
        // Memory takes everything.
        csv.write_record(row).unwrap_or(());
    }
    String::from_utf8(csv.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// A value without its unit; several figures by name.
fn plain(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Words(words) => words.clone(),
        Value::Figures(figures) => figures.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", "),
    }
}

fn rows(entry: &Entry) -> Vec<Vec<String>> {
    let row = |region: &str, figure: &str, value: String| {
        let tail = [entry.unit, entry.since.unwrap_or_default(), entry.source, &entry.about];
        let cells = [entry.kind.key(), &entry.name, region, figure, &value].into_iter().chain(tail);
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    let own = match &entry.value {
        Value::Figures(figures) => figures.iter().map(|(name, value)| row("", name, value.to_string())).collect(),
        other => vec![row("", "value", plain(other))],
    };
    let regional = entry.regions.iter().map(|(region, value)| row(region, "value", value.to_string()));
    own.into_iter().chain(regional).collect()
}

fn value(value: &Value) -> Json {
    match value {
        Value::Number(number) => json!(number),
        Value::Words(words) => json!(words),
        Value::Figures(figures) => json!(figures.iter().map(|(name, value)| (name.replace(' ', "_"), json!(value))).collect::<Map<_, _>>()),
    }
}

fn regions(entry: &Entry) -> Json {
    json!(entry.regions.iter().map(|(region, value)| ((*region).to_owned(), json!(value))).collect::<Map<_, _>>())
}

fn object(entry: &Entry) -> Json {
    let days = entry.otherwise.iter().map(|(from, other)| json!({ "from": from, "value": value(other) })).collect::<Vec<_>>();
    let mut object = json!({
        "name": entry.name,
        "value": value(&entry.value),
        "unit": entry.unit,
        "since": entry.since,
        "about": entry.about,
        "source": entry.source,
    });
    if entry.kind == Kind::Quota {
        object["regions"] = regions(entry);
    }
    if !days.is_empty() {
        object["on_other_days"] = json!(days);
    }
    if entry.kind == Kind::ColdStart {
        object["measured"] = json!(starts(&entry.name));
    }
    object
}

fn starts(runtime: &str) -> Vec<Json> {
    let row = |row: &coldstart::Row| {
        json!({
            "package": if row.package == Package::Zip { "zip" } else { "image" },
            "architecture": if row.architecture == Architecture::X86_64 { "x86_64" } else { "arm64" },
            "memory_mb": row.memory_mb,
            "p50_ms": row.p50_ms,
            "p99_ms": row.p99_ms,
            "n": row.n,
        })
    };
    coldstart::table().iter().filter(|row| row.runtime == runtime).map(row).collect()
}

fn changed(change: &Change) -> Json {
    let Change { old, new } = change;
    json!({
        "kind": new.kind.key(),
        "name": new.name,
        "old": value(&old.value),
        "new": value(&new.value),
        "old_regions": regions(old),
        "new_regions": regions(new),
        "unit": new.unit,
        "since": new.since,
        "about": new.about,
        "source": new.source,
    })
}
