//! The report as a page that code hosts render: the terminal's sections as tables, with pictures where they are given.
//!
//! ```text
//! # name → verdict → latency → where the time goes → over time → limits and failures → nodes → messages → thresholds → warnings → to run it again
//! ```
//!
//! Names may hold anything: in cells every sign that Markdown knows is escaped, in sentences all but the backticks that set off names. Long tables are
//! cut with a note; the JSON has everything.

use super::number::{count, decimal, percent, plural};
use super::text::{theory, two_digits};
use super::cost::usd;
use super::{Answered, CostLine, Gauge, Node, Queue, Report, Summary, ThresholdResult, TimeSpent, Topic};
use crate::metrics::Cause;
use crate::units::Time;

/// Rows of a table.
const SHOWN: usize = 30;
/// Causes with less of the time than this are not named.
const WORTH: f64 = 0.005;

/// A picture that stands beside the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The kind of chart first, then a dash: `queue-orders`.
    pub name: String,
    /// What is seen.
    pub title: String,
    /// From the page to the file.
    pub path: String,
}

impl Report {
    /// The whole report as Markdown, with those pictures in their sections.
    pub fn markdown(&self, images: &[Image]) -> String {
        let sections = [
            head(self),
            pictures(images, &["topology"]),
            section("Latency", &[latency(self), pictures(images, &["latency", "heat"])]),
            section("Where the time goes", &[spent(self)]),
            section("Over time", &[pictures(images, &["traffic", "throttles"])]),
            section("Which limit refused what", &[limits(self)]),
            section("How requests failed", &[failures(self)]),
            section("Messages", &[queues(self), topics(self), pictures(images, &["queue"])]),
            section("Nodes", &[pictures(images, &["concurrency"]), nodes(self)]),
            section("What it costs", &[cost(self)]),
            section("What theory says", &[theory(self)]),
            section("Thresholds", &[thresholds(self)]),
            section("Warnings", &[list(self.warnings.iter().map(|w| prose(w)))]),
            section("To be borne in mind", &[list(self.caveats.iter().map(|caveat| prose(&caveat.text)))]),
            section("To run it again", &[again(self)]),
        ];
        sections.into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// A text with nothing in it that Markdown or HTML would take for more than text.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' | '!' | '@' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A sentence of ours, in which names stand between backticks.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(i, part): (usize, &&str)| if i % 2 == 0 { escaped(part) } else { code(part) };
    parts.iter().enumerate().map(part).collect()
}

/// A name, set off. A bar would end a cell even here.
fn code(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    if name.trim().is_empty() { "—".into() } else { format!("`{}`", name.replace('|', "\\|")) }
}

fn section(title: &str, parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { format!("## {title}\n\n{}", parts.join("\n")) }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("* {item}\n")).collect()
}

/// The statement, the most expensive lines first.
fn cost(report: &Report) -> String {
    let Some(statement) = report.cost.as_ref().filter(|cost| !cost.lines.is_empty()) else { return String::new() };
    let row = |line: &CostLine| {
        let node = line.dimension.as_ref().map_or_else(|| line.node.clone(), |part| format!("{}/{part}", line.node));
        let amount = line.monthly_usd.map_or_else(|| "no price".into(), usd);
        vec![code(&node), code(&line.meter), escaped(&format!("{} {}", decimal(line.monthly), line.unit)), escaped(&amount)]
    };
    let mut rows: Vec<Vec<String>> = statement.largest().into_iter().map(row).collect();
    rows.truncate(SHOWN - 1);
    rows.push(vec!["a month".into(), String::new(), String::new(), escaped(&usd(statement.monthly_usd))]);
    let avoidable = statement.avoidable.iter().take(3).map(|part| prose(&format!("{}: {} of it", part.of, usd(part.monthly_usd))));
    let whole = table(&["node", "meter", "a month", "USD"], "llrr", rows);
    format!("{}, prices of {}: {}\n\n{whole}\n{}", escaped(&statement.region), statement.as_of, prose(&statement.extrapolation), list(avoidable))
}

/// Rows of cells; `sides` has a letter for each column: `l` at the left, `r` at the right.
fn table(head: &[&str], sides: &str, rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let rule: String = sides.chars().map(|side| if side == 'r' { "---:|" } else { "---|" }).collect();
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let more = rows.len().saturating_sub(SHOWN);
    let note = if more > 0 { format!("\nand {} more: all are in the JSON\n", count(more as u64)) } else { String::new() };
    format!("| {} |\n|{rule}\n{}{note}", head.join(" | "), rows.iter().take(SHOWN).map(|row| line(row)).collect::<String>())
}

fn pictures(images: &[Image], kinds: &[&str]) -> String {
    let kind = |image: &Image| image.name.split('-').next().map(str::to_owned).unwrap_or_default();
    let of_kind = |k: &&str| images.iter().filter(|image| kind(image) == *k).map(picture).collect::<Vec<_>>();
    kinds.iter().flat_map(of_kind).collect::<Vec<_>>().join("\n")
}

fn picture(image: &Image) -> String {
    format!("![{}]({})\n", escaped(&image.title), image.path)
}

fn time(seconds: f64) -> String {
    Time::from_secs_f64(seconds).to_string()
}

fn head(report: &Report) -> String {
    let run = &report.run;
    let warm_up = if run.warm_up_s > 0.0 { format!(" after a warm-up of {}", time(run.warm_up_s)) } else { String::new() };
    let (handled, noun) = report.handled().unwrap_or((0, "request"));
    let line = format!("{} in {}{warm_up}, seed {}", plural(handled, noun), time((run.simulated_s - run.warm_up_s).max(0.0)), run.seed);
    format!("# {}\n\n{line}\n\n{}", escaped(&report.scenario), list(report.verdict.iter().map(|sentence| prose(sentence))))
}

/// Workloads, and their routes where there are several.
fn answered(report: &Report) -> Vec<(String, &Answered)> {
    let mut found = Vec::new();
    for workload in &report.workloads {
        let several = workload.routes.len() > 1;
        if several {
            found.push((format!("**{}**, all routes", escaped(&workload.name)), &workload.total));
        }
        found.extend(workload.routes.iter().map(|r| (escaped(format!("{} {}", workload.name, r.route).trim_end()), &r.answers)));
    }
    found
}

fn latency(report: &Report) -> String {
    let row = |(label, a): (String, &Answered)| {
        let percentile = |percent: f64| match a.latency.percentiles.iter().find(|p| p.percent == percent) {
            Some(p) if p.supported => sure(time(p.value_s), p.half_width_s),
            Some(p) => format!("({})", time(p.value_s)),
            None => "—".into(),
        };
        let mean = a.latency.mean_s.map_or("—".into(), |mean| sure(time(mean), a.latency.mean_half_width_s));
        let most = if a.ok > 0 { time(a.latency.max_s) } else { "—".into() };
        let shares = [count(a.offered), percent(a.failed, a.ok + a.failed), mean];
        [label].into_iter().chain(shares).chain([50.0, 90.0, 99.0, 99.9].map(percentile)).chain([most]).collect()
    };
    let rows: Vec<Vec<String>> = answered(report).into_iter().map(row).collect();
    let note = if rows.iter().flatten().any(|cell| cell.starts_with('(')) { "\nIn parentheses: fewer than ten answers lie beyond.\n" } else { "" };
    table(&["route", "requests", "failed", "mean", "p50", "p90", "p99", "p99.9", "max"], "lrrrrrrrr", rows) + note
}

/// A figure and half of its 95 % interval.
fn sure(figure: String, half: Option<f64>) -> String {
    half.map_or(figure.clone(), |half| format!("{figure} ± {}", time(two_digits(half))))
}

fn theory(report: &Report) -> String {
    let row = |o: &super::Oracle| {
        let half = o.half_width.map_or(String::new(), |half| format!(" ± {}", theory::value(&o.unit, two_digits(half))));
        let inside = o.inside.map_or("—", |inside| if inside { "yes" } else { "no" });
        let simulated = theory::value(&o.unit, o.simulated) + &half;
        vec![code(&o.node), escaped(&o.formula), escaped(&o.metric), theory::value(&o.unit, o.theory), simulated, inside.into()]
    };
    table(&["node", "formula", "metric", "theory", "simulated", "inside"], "lllrrl", report.oracles.iter().map(row).collect())
}

fn spent(report: &Report) -> String {
    let routes = report.workloads.iter().flat_map(|w| w.routes.iter().map(move |r| (format!("{} {}", w.name, r.route), &r.answers)));
    let rows =
        routes.flat_map(|(label, a)| a.time_spent.iter().map(move |at| vec![escaped(label.trim_end()), format!("p{}", at.percent), causes(at)]));
    table(&["route", "at", "time by cause"], "lll", rows.collect())
}

fn causes(at: &TimeSpent) -> String {
    let mut causes: Vec<_> = at.causes.iter().filter(|c| c.time_s >= WORTH * at.latency_s && c.time_s > 0.0).collect();
    causes.sort_by(|a, b| b.time_s.total_cmp(&a.time_s));
    let name = |key: &str| Cause::ALL.iter().find(|cause| cause.key() == key).map_or_else(|| key.to_owned(), |cause| cause.name().to_owned());
    let said: Vec<String> =
        causes.iter().map(|c| format!("{} {} ({:.0} %)", name(&c.cause), time(c.time_s), c.time_s / at.latency_s * 100.0)).collect();
    format!("**{}**: {}", time(at.latency_s), said.join(", "))
}

fn limits(report: &Report) -> String {
    let row = |l: &super::Limit| {
        let strain = match (l.from_s, l.until_s) {
            (Some(from), Some(until)) => format!("{} – {}", time(from), time(until)),
            _ => "now and then".into(),
        };
        vec![prose(&l.phrase), count(l.refused), l.arrived.map_or("—".into(), |arrived| percent(l.refused, arrived)), strain]
    };
    table(&["limit", "refused", "of calls", "under strain"], "lrrl", report.limits.iter().map(row).collect())
}

fn failures(report: &Report) -> String {
    let routes = report.workloads.iter().flat_map(|w| w.routes.iter().map(move |r| (w, r)));
    let rows = routes.flat_map(|(w, r)| {
        r.answers.failures.iter().map(move |f| {
            let label = escaped(format!("{} {}", w.name, r.route).trim_end());
            let code = if f.code > 201 { f.code.to_string() } else { "—".into() };
            vec![label, f.class.replace('_', " "), code, count(f.count), percent(f.count, r.answers.offered)]
        })
    });
    table(&["route", "class", "code", "requests", "share"], "llrrr", rows.collect())
}

fn queues(report: &Report) -> String {
    let row = |q: &Queue| {
        let left = q.backlog.visible + q.backlog.in_flight + q.backlog.delayed;
        let drained = q.backlog.drained_at_s.map_or("—".into(), time);
        let counts = [q.sent + q.redriven_in, q.deleted, q.dead_lettered.total, left, q.backlog.peak].map(count);
        [code(&q.name)].into_iter().chain(counts).chain([time(q.age_of_oldest_max_s), drained]).collect()
    };
    table(&["queue", "came", "deleted", "dead", "left", "peak", "oldest", "drained at"], "lrrrrrrr", report.queues.iter().map(row).collect())
}

fn topics(report: &Report) -> String {
    let row = |t: &Topic| {
        let delay = if t.delivery.count > 0 { time(t.delivery.p99_s) } else { "—".into() };
        let counts = [t.published, t.delivered, t.filtered_out, t.given_up, t.pending].map(count);
        [code(&t.name)].into_iter().chain(counts).chain([delay]).collect()
    };
    table(&["topic", "published", "delivered", "filtered", "given up", "pending", "delivery p99"], "lrrrrrr", report.topics.iter().map(row).collect())
}

/// One row a node: what happened most, as the terminal's blocks are too long for a page.
fn nodes(report: &Report) -> String {
    let row = |n: &Node| vec![code(&n.name), n.kind.replace('_', " "), count(n.arrived), metrics(n)];
    table(&["node", "kind", "calls", "metrics"], "llrl", report.nodes.iter().map(row).collect())
}

fn metrics(node: &Node) -> String {
    let counters =
        node.counters.iter().filter(|c| c.sum > 0.0 && c.dimension.is_none()).map(|c| format!("{} {}", c.name, count(c.sum.round() as u64)));
    let gauges = node.gauges.iter().filter(|g| g.max > 0.0).map(gauge);
    let latencies = node.latencies.iter().filter(|l| l.summary.count > 0).map(|l| format!("{} {}", l.name, quantiles(&l.summary)));
    counters.chain(gauges).chain(latencies).collect::<Vec<_>>().join(", ")
}

fn gauge(g: &Gauge) -> String {
    match g.unit {
        Some(_) => format!("{} mean {}, max {}", g.name, time(g.mean), time(g.max)),
        None => format!("{} mean {}, max {}", g.name, decimal(g.mean), count(g.max as u64)),
    }
}

fn quantiles(s: &Summary) -> String {
    format!("p50 {}, p99 {}", time(s.p50_s), time(s.p99_s))
}

fn thresholds(report: &Report) -> String {
    let row = |t: &ThresholdResult| {
        let demand = escaped(&format!("{}: {} {} {}", t.target, t.metric, t.op, value(&t.unit, t.bound)));
        let held = if t.passed { "✓ holds" } else { "✗ breached" };
        vec![demand, t.actual.map_or("never measured".into(), |actual| value(&t.unit, actual)), held.into()]
    };
    table(&["threshold", "measured", "verdict"], "lrl", report.thresholds.iter().map(row).collect())
}

fn value(unit: &str, value: f64) -> String {
    match unit {
        "s" => time(value),
        "share" => format!("{} %", if value == 0.0 { "0".into() } else { format!("{:.2}", value * 100.0) }),
        _ if value.fract() == 0.0 && value >= 0.0 => count(value as u64),
        _ => format!("{value}"),
    }
}

fn again(report: &Report) -> String {
    let run = &report.run;
    let stopped = run.stopped_early.as_ref().map(|why| format!("stopped early: {}", escaped(why)));
    let lines = [
        format!("coldfront {}, seed {}, fingerprint `{}`", env!("CARGO_PKG_VERSION"), run.seed, run.fingerprint),
        format!("{} events in {} of simulated time", count(run.events), time(run.simulated_s)),
    ];
    list(lines.into_iter().chain(stopped))
}

#[cfg(test)]
mod tests {
    use super::super::{Op, Threshold, Wiring, sample};
    use super::*;

    fn shop() -> Report {
        let bound = |metric: &str, value| Threshold { target: "shoppers".into(), metric: metric.into(), op: Op::Less, value };
        let warnings = vec!["`mail_queue` is never read".into()];
        Report::new(
            &sample::record(true),
            "Checkout | on <launch> day",
            &Wiring::default(),
            warnings,
            &[bound("p(99)", 3.0), bound("error_rate", 0.001)],
        )
    }

    #[test]
    fn a_page_has_every_section_and_its_pictures() {
        let image = |name: &str| Image { name: name.into(), title: format!("The {name}"), path: format!("charts/{name}.svg") };
        let page = shop().markdown(&[image("latency"), image("topology"), image("heat-shoppers")]);
        insta::assert_snapshot!(page.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }

    #[test]
    fn names_cannot_break_a_table_or_the_page() {
        assert_eq!(escaped("a|b<c>`d`\n[e](f)"), "a\\|b\\<c\\>\\`d\\` \\[e\\](f)");
        assert_eq!(prose("`a|b` is <small>"), "`a\\|b` is \\<small\\>");
        assert_eq!(prose("one ` only"), "one \\` only");
        assert_eq!(code("a`b"), "`a b`");
    }

    #[test]
    fn every_row_of_a_table_has_as_many_cells_as_its_head() {
        let page = shop().markdown(&[]);
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let lines: Vec<&str> = page.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with('|'))) {
            assert_eq!(cells(pair[0]), cells(pair[1]), "{pair:?}");
        }
        assert!(!page.contains("!["));
    }

    #[test]
    fn nothing_has_a_page_too() {
        let report = Report::new(&crate::metrics::Record::default(), "nothing", &Wiring::default(), Vec::new(), &[]);
        let page = report.markdown(&[]);
        assert!(page.starts_with("# nothing\n") && page.contains("fingerprint") && !page.contains('|'), "{page}");
    }
}
