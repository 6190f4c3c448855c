//! Thresholds: what must hold of a run for it to count as good.
//!
//! ```text
//! - shoppers: p(99) < 300ms                                     NAME: METRIC OP VALUE, with OP one of < <= > >=
//! - { workload: free, route: GET /report, metric: p(95), below: 2s }
//! ```
//!
//! A workload has `p(q)`, `mean`, `max`, `error_rate`, `throttle_rate`, `goodput`, `request_rate`, and where it says `ends_at` also
//! `p(q, end_to_end)`; a node has its CloudWatch metrics in snake_case. `A / B` is a ratio of two metrics of one subject. What windows count
//! can be asked of a stretch of the run: see `stretch` of the scenario; at an instant, of periods, and when something was first so: see `expression`.

mod expression;
mod metric;
mod windowed;

use super::names::{Names, listed};
use super::stretch;
use super::{Scenario, Sources};
use crate::document::{Data, Diagnostic, Entry, Read, Reading, Shape, Shapes, Span, Spanned, Value};
use crate::units::{Bytes, Money, Rate, Share, Time};
use expression::Asking;
use metric::Whose;
pub use metric::is_time;
use std::ops::Range;

/// One condition on the result of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    pub subject: Subject,
    pub metric: Metric,
    pub comparison: Comparison,
    pub bound: Bound,
    /// As a person would write it: `shoppers: p(99) < 300ms`.
    pub written: String,
    pub span: Span,
}

/// What a threshold is about, by index into the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Workload {
        index: usize,
        route: Option<String>,
    },
    Node {
        index: usize,
    },
    /// The scenario as a whole, of which there is only what it costs.
    Total,
    /// Several nodes of one kind, of which counts are added: `put + get: cold_starts`.
    Sum(Vec<usize>),
}

/// What is read off a distribution of times or a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// What this share of all values (0 to 1) does not exceed.
    Quantile(f64),
    Mean,
    /// Of a level: the least of its windows' means.
    Min,
    Max,
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// Of the response times.
    Response(Statistic),
    /// Of a workload's times from a request to the end of its work; of the times or levels of a node.
    Of(Statistic, &'static str),
    /// Requests that clients began.
    Requests,
    /// Requests that failed, refusals among them.
    Failures,
    /// Share of requests that failed, refusals among them.
    ErrorRate,
    /// Share of requests that a limit refused.
    ThrottleRate,
    /// Requests answered well, a second.
    Goodput,
    /// Requests made, a second.
    RequestRate,
    /// A metric of a node, by its CloudWatch name in snake_case.
    Node(&'static str),
    /// The first, divided by the second.
    Ratio(Box<(Metric, Metric)>),
    /// Over a stretch of the run, by the windows within it.
    During(Box<Metric>, Range<Time>),
    /// In the window that holds an instant, where both ends are the same; else over the period between them. Of a level it is the mean.
    At(Box<Metric>, Range<Time>),
    /// What it costs.
    Cost(Cost),
    /// When a queue became empty for good, from the start of the run.
    Drained,
    /// The start of the first window in which something holds, or the end of the last, from the start of the run.
    Edge(Edge, Box<Condition>),
    /// The largest or the mean sum over consecutive periods of this length.
    Per(Statistic, Time, Box<Metric>),
}

crate::words! {
    /// What of the cost, in USD.
    pub enum Cost {
        /// A month.
        Monthly = "cost_monthly",
        /// For a thousand requests of the workloads.
        PerThousandRequests = "cost_per_1k_requests",
    }
}

/// Which of the windows in which something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    First,
    Last,
}

/// What may hold in a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub metric: Metric,
    pub comparison: Comparison,
    pub bound: Bound,
}

crate::words! {
    /// How the metric must stand to the bound.
    pub enum Comparison {
        Below = "<",
        AtMost = "<=",
        Above = ">",
        AtLeast = ">=",
    }
}

impl Comparison {
    /// Whether `value` is as it must be.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Below => value < bound,
            Self::AtMost => value <= bound,
            Self::Above => value > bound,
            Self::AtLeast => value >= bound,
        }
    }
}

/// The value a metric is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    Number(f64),
    Time(Time),
    Share(Share),
    Rate(Rate),
    Bytes(Bytes),
    Money(Money),
}

impl Bound {
    /// In the unit that metrics are kept in: seconds, a fraction, per second, bytes, USD.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Time(time) => time.as_secs_f64(),
            Self::Share(share) => share.as_fraction(),
            Self::Rate(rate) => rate.as_per_second(),
            Self::Bytes(bytes) => bytes.as_bytes() as f64,
            Self::Money(money) => money.as_usd(),
        }
    }
}

/// What stands for the scenario as a whole, where no workload or node is called so.
pub const TOTAL: &str = "total";
/// The metrics of money.
pub const COST_MONTHLY: &str = "cost_monthly";
pub const COST_PER_1K_REQUESTS: &str = "cost_per_1k_requests";

/// Joins the names of nodes whose counts are added.
pub const ADDED: &str = " + ";

const GRAMMAR: &str = "write `- shoppers: p(99) < 300ms`, with one of <, <=, >, >=";

/// A threshold before its names are looked up.
struct Written {
    subject: Spanned<String>,
    route: Option<Spanned<String>>,
    metric: Spanned<String>,
    comparison: Comparison,
    bound: Spanned<String>,
    during: Option<stretch::Written>,
    span: Span,
}

/// The shape of the list under `thresholds`: what [`list`] reads, but for names and metrics.
pub fn shape(shapes: &mut Shapes) -> Shape {
    let short = Shape { title: Some("a threshold".into()), ..Shape::map(condition()).with_one_key() };
    let text = Shape::text("^[\\s\\S]*: [\\s\\S]*[<>]").like("shoppers: p(99) < 300ms");
    Shape::list(shapes.define("threshold", |shapes| Shape::any(vec![short, long_shape(shapes), text])))
}

/// `METRIC OP VALUE`.
fn condition() -> Shape {
    Shape::text("[<>]").like("p(99) < 300ms")
}

fn long_shape(shapes: &mut Shapes) -> Shape {
    let keys = [
        ("workload", "The workload that it is about; or a `node`."),
        ("node", "The node that it is about; or a `workload`."),
        ("route", "Of a workload: only the requests to this route."),
        ("metric", "What is measured: `p(95)`, `error_rate`, a metric of the node in snake_case."),
        ("below", "What the metric must stay below."),
        ("above", "What the metric must stay above."),
    ];
    let map = keys.iter().fold(Shape::object("a threshold in its long form"), |map, (key, about)| map.with(key, Shape::scalar().described(about)));
    let map = map.with(
        "during",
        stretch::Written::shape(shapes).described("The stretch of the run that it is about: `[ 10m, 50m ]`, `last 5m`, or the name of a phase."),
    );
    Shape { min_properties: Some(2), ..map.needing("metric") }
}

/// Reads the list under `thresholds`, and looks its names up in the scenario.
pub fn list(value: &Value, scenario: &Scenario, sources: &Sources, reading: &mut Reading) -> Vec<Threshold> {
    let Data::List(items) = &value.data else {
        let hint = GRAMMAR;
        reading.push(Diagnostic::error("E036", value.span, "thresholds are a list").label("not a list").hint(hint));
        return Vec::new();
    };
    let names = Names::new(scenario, sources);
    let written: Vec<Written> = items.iter().filter_map(|item| written(item, reading)).collect();
    written.into_iter().filter_map(|written| resolve(written, &names, scenario, reading)).collect()
}

fn written(item: &Value, reading: &mut Reading) -> Option<Written> {
    match &item.data {
        Data::Map(entries) if entries.len() == 1 => short(&entries[0].name(), &entries[0].value, reading),
        Data::Map(_) => long(item, reading),
        Data::Scalar { text, .. } if text.contains(": ") => {
            let (name, rest) = text.split_once(": ")?;
            let at = |text: &str| Data::Scalar { text: text.trim().into(), quoted: true };
            short(&Spanned { value: name.trim().into(), span: item.span }, &Value { span: item.span, data: at(rest) }, reading)
        }
        _ => not_understood(item.span, reading),
    }
}

fn not_understood<T>(span: Span, reading: &mut Reading) -> Option<T> {
    reading.push(Diagnostic::error("E036", span, "a threshold is a name, a metric, a comparison and a value").label("not understood").hint(GRAMMAR));
    None
}

/// `NAME: METRIC OP VALUE`.
fn short(name: &Spanned<String>, value: &Value, reading: &mut Reading) -> Option<Written> {
    let Some(text) = value.text() else { return not_understood(value.span, reading) };
    let Some((comparison, at, after)) = expression::compared(text) else { return not_understood(value.span, reading) };
    const DURING: &str = expression::DURING;
    let end = text[after..].find(DURING).map_or(text.len(), |found| after + found);
    let during = (end < text.len()).then(|| stretch::Written::Said(part(value, end + DURING.len(), text.len())));
    let (metric, bound) = (part(value, 0, at), part(value, after, end));
    if metric.value.is_empty() || bound.value.is_empty() {
        return not_understood(value.span, reading);
    }
    let span = Span { end: value.span.end, ..name.span };
    Some(Written { subject: name.clone(), route: None, metric, comparison, bound, during, span })
}

/// A piece of a scalar, with its own place where the text stands in the file as it is.
fn part(value: &Value, from: usize, to: usize) -> Spanned<String> {
    let text = value.text().unwrap_or_default();
    let piece = &text[from..to];
    let start = value.span.start + (from + piece.len() - piece.trim_start().len()) as u32;
    let own = Span { start, end: start + piece.trim().len() as u32, ..value.span };
    let verbatim = matches!(value.data, Data::Scalar { quoted: false, .. }) && (value.span.end - value.span.start) as usize == text.len();
    Spanned { value: piece.trim().into(), span: if verbatim { own } else { value.span } }
}

/// `{ workload: …, metric: …, below: … }`.
fn long(item: &Value, reading: &mut Reading) -> Option<Written> {
    const WHAT: &str = "a threshold";
    let mut fields = reading.fields(item, WHAT)?;
    let text = |entry: Option<&Entry>, reading: &mut Reading| entry.and_then(|entry| Spanned::<String>::read(&entry.value, reading));
    let (workload, node) = (text(fields.take("workload"), reading), text(fields.take("node"), reading));
    let route = text(fields.take("route"), reading);
    let metric = fields.required::<Spanned<String>>("metric", WHAT, reading);
    let (below, above) = (text(fields.take("below"), reading), text(fields.take("above"), reading));
    let during = fields.optional::<Option<stretch::Written>>("during", reading, || None);
    fields.close(WHAT, reading);
    let (comparison, bound) = match (below, above) {
        (Some(below), None) => (Comparison::Below, below),
        (None, Some(above)) => (Comparison::Above, above),
        _ => return one_of(item, "`below` or `above`", reading),
    };
    let subject = match (workload, node) {
        (Some(workload), None) => workload,
        (None, Some(node)) if route.is_none() => node,
        _ => return one_of(item, "`workload`, perhaps with a `route`, or `node`", reading),
    };
    Some(Written { subject, route, metric: metric?, comparison, bound, during: during?, span: item.span })
}

fn one_of<T>(item: &Value, which: &str, reading: &mut Reading) -> Option<T> {
    let message = format!("a threshold has either {which}");
    reading.push(Diagnostic::error("E036", item.span, message).label("not understood").hint("write `{ workload: free, metric: p(95), below: 2s }`"));
    None
}

fn resolve(written: Written, names: &Names, scenario: &Scenario, reading: &mut Reading) -> Option<Threshold> {
    let name = written.subject.value.as_str();
    let (subject, asking) = asked("a threshold is set for", &written.subject, written.route.as_ref(), names, scenario, reading)?;
    let metric = asking.metric(&written.metric, reading)?;
    let bound = metric::bound(&metric, &written.bound, &written.metric.value, reading)?;
    let (metric, within) = match &written.during {
        Some(during) => {
            let stretch = during.resolve(asking.workload, scenario, reading);
            let within = stretch.as_ref().map(|stretch| format!(" during {}..{}", stretch.start.exact(), stretch.end.exact()));
            (asking.over(metric, stretch, &written.metric, reading)?, within.unwrap_or_default())
        }
        None => (metric, String::new()),
    };
    let route = written.route.as_ref().map_or(String::new(), |route| format!(" {}", route.value));
    let text = format!("{name}{route}: {} {} {}{within}", written.metric.value, written.comparison.word(), written.bound.value);
    Some(Threshold { subject, metric, comparison: written.comparison, bound, written: text, span: written.span })
}

/// Whom a name stands for, and what can be asked of it; `said` begins the complaint that it stands for nothing.
fn asked<'s>(
    said: &str,
    subject: &'s Spanned<String>,
    route: Option<&Spanned<String>>,
    names: &Names,
    scenario: &'s Scenario,
    reading: &mut Reading,
) -> Option<(Subject, Asking<'s>)> {
    let name = subject.value.as_str();
    match (names.workload(name), names.node(name)) {
        (Some(index), _) => {
            let of_route = route_of(route, index, scenario, reading)?;
            let ends = of_route.is_none() && scenario.workloads[index].1.ends_at.is_some();
            let asking = Asking { whose: Whose::Workload { name, ends }, workload: Some(index), scenario };
            Some((Subject::Workload { index, route: of_route }, asking))
        }
        (None, Some(index)) => {
            let (_, spec) = &scenario.nodes[index];
            let asking = Asking { whose: Whose::Node { name, kind: spec.kind(), metrics: spec.metrics() }, workload: None, scenario };
            Some((Subject::Node { index }, asking))
        }
        (None, None) if name == TOTAL => Some((Subject::Total, Asking { whose: Whose::Total, workload: None, scenario })),
        (None, None) if name.contains(ADDED) => sum(said, subject, names, scenario, reading),
        (None, None) => unknown(said, subject, names, reading),
    }
}

/// Several nodes of one kind, joined by a plus.
fn sum<'s>(said: &str, subject: &'s Spanned<String>, names: &Names, scenario: &'s Scenario, reading: &mut Reading) -> Option<(Subject, Asking<'s>)> {
    let part = |name: &str| Spanned { value: name.trim().to_owned(), span: subject.span };
    let mut found = Vec::new();
    for name in subject.value.split(ADDED).map(part) {
        match names.node(&name.value) {
            Some(index) => found.push(index),
            None => return unknown(said, &name, names, reading),
        }
    }
    let kind = |index: &usize| scenario.nodes[*index].1.kind();
    let first = *found.first()?;
    if found.iter().any(|index| kind(index) != kind(&first)) {
        let message = format!("`{}` adds nodes of different kinds", subject.value);
        let hint = "add nodes of one kind, as in `put + get: cold_starts`";
        reading.push(Diagnostic::error("E036", subject.span, message).label("not of one kind").hint(hint));
        return None;
    }
    let spec = &scenario.nodes[first].1;
    let asking = Asking { whose: Whose::Node { name: &subject.value, kind: spec.kind(), metrics: spec.metrics() }, workload: None, scenario };
    Some((Subject::Sum(found), asking))
}

/// A metric as it stands outside of thresholds: `orders: max(messages_visible)`, perhaps limited to a route of the workload.
pub struct Named {
    pub subject: Subject,
    pub metric: Metric,
    name: String,
    text: String,
}

impl Named {
    /// Looks up `NAME: METRIC` (complaint E036 where it is not of this form).
    pub fn read(whole: &Spanned<String>, route: Option<&Spanned<String>>, names: &Names, scenario: &Scenario, reading: &mut Reading) -> Option<Self> {
        let Some((name, metric)) = whole.value.split_once(": ") else {
            let message = "a metric is a name and what is measured of it";
            let hint = "write for example `orders: max(messages_visible)`";
            reading.push(Diagnostic::error("E036", whole.span, message).label("not understood").hint(hint));
            return None;
        };
        let part = |part: &str| Spanned { value: part.trim().to_owned(), span: whole.span };
        let (subject, text) = (part(name), part(metric));
        let (who, asking) = asked("a measurement is of", &subject, route, names, scenario, reading)?;
        let metric = asking.metric(&text, reading)?;
        Some(Self { subject: who, metric, name: subject.value.clone(), text: text.value })
    }

    /// The value of the unit that the metric is in.
    pub fn bound(&self, text: &Spanned<String>, reading: &mut Reading) -> Option<Bound> {
        metric::bound(&self.metric, text, &self.text, reading)
    }

    /// `> 0`, as something that must hold of the metric.
    pub fn demand(&self, text: &Spanned<String>, reading: &mut Reading) -> Option<(Comparison, Bound)> {
        match expression::compared(&text.value) {
            Some((comparison, 0, after)) => {
                let bound = Spanned { value: text.value[after..].trim().to_owned(), span: text.span };
                Some((comparison, self.bound(&bound, reading)?))
            }
            _ => {
                let diagnostic = Diagnostic::error("E036", text.span, "what holds is a comparison and a value").label("not understood");
                reading.push(diagnostic.hint("write for example `holds: \"> 0\"`"));
                None
            }
        }
    }

    /// The workload or node, and the metric, as the file has them.
    pub fn written(&self) -> String {
        format!("{}: {}", self.name, self.text)
    }

    /// The same metric in the window that holds an instant, or over the period that begins there.
    pub fn at(&self, at: Time, period: Option<Time>) -> Metric {
        expression::at(&self.metric, at, period)
    }

    /// Whether a period is made of whole windows of the run (complaint E124).
    pub fn fits(&self, period: &Spanned<Time>, scenario: &Scenario, reading: &mut Reading) -> bool {
        let fits = expression::fits(period.value, scenario.window());
        if !fits {
            reading.push(expression::unfit(&Spanned { value: period.value.exact(), span: period.span }, scenario.window()));
        }
        fits
    }

    /// Whether windows keep it, so that it can be followed over time.
    pub fn is_kept(&self) -> bool {
        windowed::counted(&self.metric)
    }
}

fn unknown<T>(said: &str, subject: &Spanned<String>, names: &Names, reading: &mut Reading) -> Option<T> {
    if !names.is_unread(&subject.value) {
        let message = format!("{said} `{}`, which is not in this scenario", subject.value);
        let diagnostic = Diagnostic::error("E012", subject.span, message).label("no workload or node of this name");
        reading.push(Diagnostic { hint: names.suggestion(&subject.value, true), ..diagnostic });
    }
    None
}

/// The route that something is limited to; the outer `None` says that there is none of this name.
fn route_of(route: Option<&Spanned<String>>, workload: usize, scenario: &Scenario, reading: &mut Reading) -> Option<Option<String>> {
    let Some(route) = route else { return Some(None) };
    let (name, spec) = &scenario.workloads[workload];
    let mix = spec.mix();
    let mut routes = mix.iter().filter_map(|request| request.route.as_ref()).map(|route| route.value.as_str());
    if routes.clone().any(|known| known == route.value) {
        return Some(Some(route.value.clone()));
    }
    let message = format!("`{}` makes no request to `{}`", name.value, route.value);
    let hint = format!("its routes: {}", listed(routes.by_ref()));
    reading.push(Diagnostic::error("E014", route.span, message).label("no such route").hint(hint));
    None
}
