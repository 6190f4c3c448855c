//! What is measured, beyond a single metric: ratios, stretches, instants, periods, and when something was so.
//!
//! ```text
//! SIDE [ / SIDE ]        SIDE = TERM [ during 5m..9m | at 30s ]        TERM = METRIC | first(METRIC > 5) | last(METRIC > 5)
//!                                                                            | max_per(1m, METRIC) | mean_per(1m, METRIC)
//! ```
//!
//! All but plain metrics is answered by windows, so it is as fine as the run's windows are. Brackets are nowhere nested twice.

use super::metric::{Whose, bound};
use super::windowed::{self, counted};
use super::{Comparison, Condition, Edge, Metric, Scenario, Statistic};
use crate::document::{Diagnostic, Reading, Spanned};
use crate::scenario::stretch::Written;
use crate::units::Time;
use std::ops::Range;

/// Parts a metric from the stretch that it is measured over.
pub(super) const DURING: &str = " during ";
/// Parts a metric from the instant at which it is measured.
const AT: &str = " at ";

/// Of whom it is asked.
pub(super) struct Asking<'s> {
    pub whose: Whose<'s>,
    /// Whose phases give stretches their names; anybody's where it is of a node.
    pub workload: Option<usize>,
    pub scenario: &'s Scenario,
}

/// The comparison outside of all brackets, where it begins and where it ends.
pub(super) fn compared(text: &str) -> Option<(Comparison, usize, usize)> {
    let at = outside(text, |c| matches!(c, '<' | '>'))?;
    let after = text[at + 1..].strip_prefix('=').map_or(at + 1, |_| at + 2);
    let comparison = match &text[at..after] {
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Above,
        _ => Comparison::AtLeast,
    };
    Some((comparison, at, after))
}

/// The first such character that stands in no brackets.
fn outside(text: &str, is: impl Fn(char) -> bool) -> Option<usize> {
    let mut depth = 0i32;
    let mut found = text.char_indices().filter(|(_, c)| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0 && is(*c)
    });
    found.next().map(|(at, _)| at)
}

/// A metric in the window that holds an instant, or over the period that begins there.
pub(super) fn at(metric: &Metric, at: Time, period: Option<Time>) -> Metric {
    Metric::At(Box::new(metric.clone()), at..at.saturating_add(period.unwrap_or_default()))
}

impl Asking<'_> {
    /// The whole of it.
    pub fn metric(&self, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        let Some(at) = outside(&text.value, |c| c == '/') else { return self.side(text, reading) };
        let part = |part: &str| Spanned { value: part.trim().to_owned(), span: text.span };
        let (over, under) = (self.side(&part(&text.value[..at]), reading), self.side(&part(&text.value[at + 1..]), reading));
        Whose::ratio(over?, under?, text, reading)
    }

    fn side(&self, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        let part = |part: &str| Spanned { value: part.trim().to_owned(), span: text.span };
        let bare = |end: usize| (part(&text.value[..end]), &text.value[..end]);
        let is_outside = |end: usize| text.value[..end].matches('(').count() == text.value[..end].matches(')').count();
        if let Some(end) = text.value.rfind(DURING).filter(|end| is_outside(*end)) {
            let metric = self.term(&bare(end).0, reading);
            let stretch = Written::Said(part(&text.value[end + DURING.len()..])).resolve(self.workload, self.scenario, reading);
            return self.over(metric?, stretch, text, reading);
        }
        if let Some(end) = text.value.rfind(AT).filter(|end| is_outside(*end)) {
            let metric = self.term(&bare(end).0, reading);
            return self.instant(metric?, &part(&text.value[end + AT.len()..]), text, reading);
        }
        self.term(text, reading)
    }

    /// A metric over a stretch (E117 where windows do not keep it).
    pub fn over(&self, metric: Metric, stretch: Option<Range<Time>>, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        windowed::measurable(&metric, text, reading)?;
        Some(Metric::During(Box::new(metric), stretch?))
    }

    fn instant(&self, metric: Metric, said: &Spanned<String>, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        windowed::measurable(&metric, text, reading)?;
        let run = self.scenario.duration.value;
        match Time::parse(&said.value) {
            Ok(instant) if instant <= run => Some(at(&metric, instant, None)),
            _ => {
                let diagnostic = Diagnostic::error("E116", said.span, format!("`{}` is no instant of a run of {run}", said.value));
                reading
                    .push(diagnostic.label("no part of the run").hint("write the time since the start of the run, as in `messages_visible at 30s`"));
                None
            }
        }
    }

    fn term(&self, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        let bracket = |name: &str| text.value.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        let inner = |inner: &str| Spanned { value: inner.trim().to_owned(), span: text.span };
        for (name, edge) in [("first", Edge::First), ("last", Edge::Last)] {
            if let Some(condition) = bracket(name) {
                return self.edge(edge, &inner(condition), reading);
            }
        }
        for (name, statistic) in [("max_per", Statistic::Max), ("mean_per", Statistic::Mean)] {
            if let Some((period, metric)) = bracket(name).and_then(|inner| inner.split_once(',')) {
                return self.per(statistic, &inner(period), &inner(metric), reading);
            }
        }
        self.whose.single(text, reading)
    }

    fn edge(&self, edge: Edge, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        let Some((comparison, end, after)) = compared(&text.value) else {
            let message = format!("`{}` says nothing that could hold", text.value);
            reading.push(Diagnostic::error("E036", text.span, message).label("not understood").hint("write for example `first(throttles > 0)`"));
            return None;
        };
        let part = |part: &str| Spanned { value: part.trim().to_owned(), span: text.span };
        let name = part(&text.value[..end]);
        let metric = self.metric(&name, reading)?;
        windowed::measurable(&metric, &name, reading)?;
        let bound = bound(&metric, &part(&text.value[after..]), &name.value, reading)?;
        Some(Metric::Edge(edge, Box::new(Condition { metric, comparison, bound })))
    }

    /// Sums over periods (E124 where the period does not fit the windows).
    fn per(&self, statistic: Statistic, period: &Spanned<String>, name: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        let metric = self.whose.single(name, reading)?;
        if !matches!(metric, Metric::Node(_) | Metric::Requests | Metric::Failures) || !counted(&metric) {
            let message = format!("`{}` is not counted, so it has no sum over a period", name.value);
            reading.push(
                Diagnostic::error("E117", name.span, message).label("not a count").hint("periods are of counts, as in `max_per(1m, throttles)`"),
            );
            return None;
        }
        let length = Time::parse(&period.value).ok();
        let fits = |length: Time| fits(length, self.scenario.window());
        if let Some(length) = length.filter(|length| fits(*length)) {
            return Some(Metric::Per(statistic, length, Box::new(metric)));
        }
        reading.push(unfit(period, self.scenario.window()));
        None
    }
}

/// Whether a period is made of whole windows.
pub(super) fn fits(period: Time, window: Time) -> bool {
    period > Time::ZERO && period.as_nanos().is_multiple_of(window.as_nanos().max(1))
}

/// The complaint of a period that is not (E124).
pub(super) fn unfit(period: &Spanned<String>, window: Time) -> Diagnostic {
    let message = format!("a period of `{}` is not made of whole windows of {window}", period.value);
    let hint = format!("write a multiple of {}, or choose the windows: `resolution: {}` at the top level", window.exact(), period.value);
    Diagnostic::error("E124", period.span, message).label("does not fit").hint(hint)
}

#[cfg(test)]
mod tests {
    use super::super::super::{NoFiles, read_scenario};
    use super::*;

    const QUEUE: &str = "duration: 10m\nnodes:\n  work: { type: sqs, backlog: { messages: 5 } }\n  f: { type: lambda, event_sources: [ { queue: work } ] }\nthresholds:\n  - ";

    /// The metric of a threshold, or the codes of what is wrong with it.
    fn read(threshold: &str) -> Result<Metric, Vec<&'static str>> {
        let parsed = read_scenario("test.yaml", format!("{QUEUE}{threshold}\n").as_bytes(), &[], &NoFiles);
        let found = parsed.scenario.and_then(|scenario| scenario.thresholds.first().map(|threshold| threshold.metric.clone()));
        found.ok_or_else(|| parsed.diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
    }

    fn minutes(n: u64) -> Time {
        Time::from_secs(60 * n)
    }

    #[test]
    fn each_side_of_a_ratio_has_a_stretch_of_its_own() {
        let side = |from, until| Metric::During(Box::new(Metric::Node("invocations")), minutes(from)..minutes(until));
        let found = read("f: invocations during 5m..9m / invocations during 1m..5m < 2");
        assert_eq!(found, Ok(Metric::Ratio(Box::new((side(5, 9), side(1, 5))))));
    }

    #[test]
    fn a_comparison_in_brackets_is_not_that_of_the_threshold() {
        let Ok(Metric::Edge(Edge::First, condition)) = read("f: first(throttles >= 5) < 2m") else { panic!("the first window") };
        assert_eq!((condition.metric, condition.comparison, condition.bound.as_f64()), (Metric::Node("throttles"), Comparison::AtLeast, 5.0));
        let within = read("f: last(throttles > 5) < 2m during 1m..2m");
        assert!(matches!(within, Ok(Metric::During(inner, _)) if matches!(*inner, Metric::Edge(Edge::Last, _))));
    }

    #[test]
    fn periods_and_instants_are_read() {
        let per = Metric::Per(Statistic::Max, minutes(1), Box::new(Metric::Node("throttles")));
        assert_eq!(read("f: max_per(1m, throttles) < 5"), Ok(per));
        let found = read("work: messages_visible at 5m < 5");
        assert_eq!(found, Ok(Metric::At(Box::new(Metric::Node("approximate_number_of_messages_visible")), minutes(5)..minutes(5))));
        assert_eq!(read("work: drained_at < 5m"), Ok(Metric::Drained));
        assert_eq!(read("f: min(concurrent_executions) > 5"), Ok(Metric::Of(Statistic::Min, "concurrent_executions")));
    }

    #[test]
    fn what_cannot_be_measured_so_is_refused() {
        for (threshold, code) in [
            ("f: drained_at < 5m", "E037"),
            ("f: first(throttles) < 5m", "E036"),
            ("f: first(duration > 5ms) < 5m", "E117"),
            ("f: max_per(1500ms, throttles) < 5", "E124"),
            ("f: throttles at 11m < 5", "E116"),
            ("work: drained_at during 1m..2m < 5m", "E117"),
            ("f: first(throttles > 5) < 5", "E038"),
        ] {
            assert_eq!(read(threshold), Err(vec![code]), "{threshold}");
        }
    }
}
