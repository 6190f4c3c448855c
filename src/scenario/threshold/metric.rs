//! The metric of a threshold: its name looked up, its unit, and a bound of that unit.
//!
//! ```text
//! p(99)   error_rate                       of a workload        p(99, end_to_end)   of one that says `ends_at`
//! age_of_oldest_message                    of a node: CloudWatch's name in snake_case, `approximate_` and `number_of_` left away or not
//! mean(duration)   p(99, time_in_queue)    of a node's times
//! executions_failed / executions_started   the first divided by the second: a share, or any number
//! ```

use super::{Bound, COST_MONTHLY, COST_PER_1K_REQUESTS, Cost, Metric, Statistic};
use crate::document::{Diagnostic, Read, Reading, Spanned, closest};
use crate::metrics::names::short;
use crate::units::{Bytes, Money, Rate, Share, Time};

/// Metrics of workloads, quantiles aside.
const WORKLOAD_METRICS: &[(&str, Metric)] = &[
    ("mean", Metric::Response(Statistic::Mean)),
    ("max", Metric::Response(Statistic::Max)),
    ("error_rate", Metric::ErrorRate),
    ("throttle_rate", Metric::ThrottleRate),
    ("goodput", Metric::Goodput),
    ("request_rate", Metric::RequestRate),
    ("requests", Metric::Requests),
    ("failures", Metric::Failures),
];

/// When a queue became empty for good: of queues only, and not CloudWatch's.
const DRAINED: &str = "drained_at";

/// From a request to the end of its work, wherever that is.
const END_TO_END: &str = "end_to_end";

/// What names of times end with, among the metrics of nodes.
const TIMES: [&str; 7] = ["latency", "duration", "_age", "age_of_oldest_message", "time_in_queue", "end_to_end", "response_time"];
/// Sums of milliseconds, which are no times to wait.
const NO_TIMES: [&str; 4] = ["billed_duration", "billed_init_duration", "provisioned_billed_duration", "compute_duration"];

/// The unit that a metric is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Time,
    Share,
    Rate,
    Count,
    Money,
    /// Of two of the same unit.
    Ratio,
}

/// Whether a node's metric of this name is a time.
pub fn is_time(name: &str) -> bool {
    TIMES.iter().any(|end| name.ends_with(end)) && !NO_TIMES.contains(&name)
}

impl Metric {
    /// The unit that it is kept in.
    pub fn unit(&self) -> Unit {
        match self {
            Self::Response(_) => Unit::Time,
            Self::ErrorRate | Self::ThrottleRate => Unit::Share,
            Self::Goodput | Self::RequestRate => Unit::Rate,
            Self::Requests | Self::Failures => Unit::Count,
            Self::Drained | Self::Edge(..) => Unit::Time,
            Self::Cost(_) => Unit::Money,
            Self::During(metric, _) | Self::At(metric, _) | Self::Per(_, _, metric) => metric.unit(),
            Self::Node(name) | Self::Of(_, name) => {
                if is_time(name) {
                    Unit::Time
                } else {
                    Unit::Count
                }
            }
            Self::Ratio(_) => Unit::Ratio,
        }
    }
}

/// Who is measured.
pub enum Whose<'s> {
    /// `ends`: it says where its work ends.
    Workload {
        name: &'s str,
        ends: bool,
    },
    Node {
        name: &'s str,
        kind: &'static str,
        metrics: &'static [&'static str],
    },
    /// The scenario as a whole.
    Total,
}

impl Whose<'_> {
    /// A metric without anything around it: neither a ratio nor a stretch.
    pub fn single(&self, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        if let Some(cost) = [Cost::Monthly, Cost::PerThousandRequests].into_iter().find(|cost| cost.word() == text.value) {
            return Some(Metric::Cost(cost));
        }
        let (statistic, of) = statistic(text, reading)?;
        match (self, statistic, of) {
            (Self::Workload { .. }, Some(statistic), None) => Some(Metric::Response(statistic)),
            (Self::Workload { .. }, Some(statistic), Some(END_TO_END)) => self.end_to_end(statistic, text, reading),
            (Self::Workload { .. }, _, _) => {
                let found = WORKLOAD_METRICS.iter().find(|(name, _)| *name == text.value).map(|(_, metric)| metric.clone());
                if found.is_none() {
                    let names = ["p(99)", "p(99, end_to_end)"].into_iter().chain(WORKLOAD_METRICS.iter().map(|(name, _)| *name)).collect::<Vec<_>>();
                    reading.push(unknown(text, &text.value, "a workload", &names));
                }
                found
            }
            (Self::Total, _, _) => {
                reading.push(unknown(text, &text.value, "the whole scenario", &[COST_MONTHLY, COST_PER_1K_REQUESTS]));
                None
            }
            (Self::Node { kind: "sqs", .. }, _, _) if text.value == DRAINED => Some(Metric::Drained),
            (Self::Node { name, metrics, .. }, statistic, of) => {
                let wanted = of.unwrap_or(&text.value);
                let Some(found) = metrics.iter().find(|known| **known == wanted || short(known) == wanted) else {
                    reading.push(unknown(text, wanted, &format!("`{name}`"), metrics));
                    return None;
                };
                Some(statistic.filter(|_| of.is_some()).map_or(Metric::Node(found), |statistic| Metric::Of(statistic, found)))
            }
        }
    }

    /// The first divided by the second, where they are of one unit.
    pub fn ratio(over: Metric, under: Metric, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        if over.unit() == under.unit() && over.unit() != Unit::Money {
            return Some(Metric::Ratio(Box::new((over, under))));
        }
        let message = format!("`{}` divides metrics of two units", text.value);
        reading.push(
            Diagnostic::error("E038", text.span, message)
                .label("a time and a number have no ratio")
                .hint("divide two times, two sizes or two numbers"),
        );
        None
    }

    fn end_to_end(&self, statistic: Statistic, text: &Spanned<String>, reading: &mut Reading) -> Option<Metric> {
        let Self::Workload { name, ends: false } = self else { return Some(Metric::Of(statistic, END_TO_END)) };
        let message = format!("`{name}` has no `{}`: nothing says where its work ends", text.value);
        let hint = "name the node at which it ends, as in `ends_at: send_mail`, in the workload; it is of all its routes together";
        reading.push(Diagnostic::error("E037", text.span, message).label("not measured").hint(hint));
        None
    }
}

/// `p(99)`, `p(99, NAME)`, `mean(NAME)`, `max(NAME)`, `min(NAME)`; nothing of the kind is a plain name. The outer `None`: no percentile.
fn statistic<'t>(text: &'t Spanned<String>, reading: &mut Reading) -> Option<(Option<Statistic>, Option<&'t str>)> {
    let Some((function, inner)) = text.value.strip_suffix(')').and_then(|rest| rest.split_once('(')) else { return Some((None, None)) };
    match function.trim() {
        "mean" => Some((Some(Statistic::Mean), Some(inner.trim()))),
        "max" => Some((Some(Statistic::Max), Some(inner.trim()))),
        "min" => Some((Some(Statistic::Min), Some(inner.trim()))),
        "p" => {
            let (percent, of) = inner.split_once(',').map_or((inner, None), |(percent, of)| (percent, Some(of.trim())));
            let quantile = percent.trim().parse::<f64>().ok().filter(|percent| *percent > 0.0 && *percent < 100.0);
            if quantile.is_none() {
                let message = format!("`{}` is not a percentile", text.value);
                let hint = "write for example `p(99)` or `p(99.9)`";
                reading.push(Diagnostic::error("E037", text.span, message).label("more than 0, less than 100").hint(hint));
            }
            quantile.map(|percent| (Some(Statistic::Quantile(percent / 100.0)), of))
        }
        _ => Some((None, None)),
    }
}

fn unknown(at: &Spanned<String>, wanted: &str, of: &str, known: &[&str]) -> Diagnostic {
    let hint = match closest(wanted, known.iter().copied().chain(known.iter().map(|name| short(name)))) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{of} has: {}", known.join(", ")),
    };
    Diagnostic::error("E037", at.span, format!("{of} has no metric `{wanted}`")).label("not measured").hint(hint)
}

/// The value of the unit that the metric is in.
pub fn bound(metric: &Metric, text: &Spanned<String>, metric_text: &str, reading: &mut Reading) -> Option<Bound> {
    let (bound, expected) = match metric.unit() {
        Unit::Time => (Time::parse(&text.value).map(Bound::Time), Time::expected()),
        Unit::Share => (Share::parse(&text.value).map(Bound::Share), Share::expected()),
        Unit::Money => (Money::parse(&text.value).map(Bound::Money), "an amount of money such as `$12.50`".into()),
        Unit::Rate => (Rate::parse(&text.value).map(Bound::Rate), Rate::expected()),
        Unit::Count => (number(&text.value).or_else(|_| Bytes::parse(&text.value).map(Bound::Bytes)), "a number".into()),
        Unit::Ratio => {
            let percent =
                |_| number(text.value.trim().strip_suffix('%').unwrap_or_default().trim()).map(|bound| Bound::Number(bound.as_f64() / 100.0));
            (number(&text.value).or_else(|_| Share::parse(&text.value).map(Bound::Share)).or_else(percent), "a share or a number".into())
        }
    };
    if bound.is_err() {
        let message = format!("`{metric_text}` is compared with {expected}, not with `{}`", text.value);
        let hint = format!("write the value as the metric has it: {expected}");
        reading.push(Diagnostic::error("E038", text.span, message).label("of another unit").hint(hint));
    }
    bound.ok()
}

fn number(text: &str) -> Result<Bound, String> {
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Bound::Number).ok_or_else(|| "no number".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: &[&str] =
        &["approximate_age_of_oldest_message", "approximate_number_of_messages_visible", "number_of_messages_sent", "time_in_queue"];

    /// What is made of `metric < value`, or the codes and hints of what was wrong.
    fn read(whose: &Whose, metric: &str, value: &str) -> Result<(Metric, Bound), Vec<(&'static str, String)>> {
        let mut reading = Reading::default();
        let spanned = |text: &str| Spanned { value: text.to_owned(), span: Default::default() };
        let found = match metric.split_once(" / ") {
            Some((over, under)) => {
                let both = whose.single(&spanned(over), &mut reading).zip(whose.single(&spanned(under), &mut reading));
                both.and_then(|(over, under)| Whose::ratio(over, under, &spanned(metric), &mut reading))
            }
            None => whose.single(&spanned(metric), &mut reading),
        };
        let both = found.and_then(|found| bound(&found, &spanned(value), metric, &mut reading).map(|bound| (found, bound)));
        both.ok_or_else(|| reading.diagnostics.into_iter().map(|d| (d.code, d.hint.unwrap_or_default())).collect())
    }

    fn queue(metric: &str, value: &str) -> Result<(Metric, Bound), Vec<(&'static str, String)>> {
        read(&Whose::Node { name: "orders", kind: "sqs", metrics: QUEUE }, metric, value)
    }

    #[test]
    fn short_names_are_understood_as_the_long_ones() {
        let age = |name| queue(name, "5m").unwrap().0;
        assert_eq!(age("age_of_oldest_message"), age("approximate_age_of_oldest_message"));
        assert_eq!(queue("messages_visible", "100").unwrap().0, Metric::Node(QUEUE[1]));
        assert_eq!(queue("messages_sent", "100").unwrap().0, Metric::Node(QUEUE[2]));
    }

    #[test]
    fn a_time_is_compared_with_a_time_and_a_count_with_a_number() {
        assert_eq!(queue("age_of_oldest_message", "2m").unwrap().1, Bound::Time(Time::from_secs(120)));
        for (metric, value) in [("age_of_oldest_message", "120"), ("messages_visible", "2m"), ("messages_visible", "5%"), ("time_in_queue", "7 KB")] {
            assert_eq!(queue(metric, value).unwrap_err()[0].0, "E038", "{metric} < {value}");
        }
    }

    #[test]
    fn statistics_of_a_nodes_times_are_said_like_those_of_workloads() {
        assert_eq!(queue("p(99, time_in_queue)", "2s").unwrap().0, Metric::Of(Statistic::Quantile(0.99), "time_in_queue"));
        assert_eq!(queue("mean(age_of_oldest_message)", "2s").unwrap().0, Metric::Of(Statistic::Mean, QUEUE[0]));
    }

    #[test]
    fn end_to_end_needs_an_end() {
        let shoppers = |ends, metric| read(&Whose::Workload { name: "shoppers", ends }, metric, "10s");
        assert_eq!(shoppers(true, "p(99, end_to_end)").unwrap().0, Metric::Of(Statistic::Quantile(0.99), END_TO_END));
        assert_eq!(shoppers(true, "max(end_to_end)").unwrap().0, Metric::Of(Statistic::Max, END_TO_END));
        let wrong = shoppers(false, "mean(end_to_end)").unwrap_err();
        assert!(wrong[0].0 == "E037" && wrong[0].1.contains("ends_at"), "{wrong:?}");
    }

    #[test]
    fn ratios_are_of_two_metrics_of_one_unit() {
        let found = queue("messages_visible / messages_sent", "5%").unwrap();
        assert_eq!(found, (Metric::Ratio(Box::new((Metric::Node(QUEUE[1]), Metric::Node(QUEUE[2])))), Bound::Share(Share::parse("5%").unwrap())));
        assert_eq!(queue("messages_visible / messages_sent", "1.2").unwrap().1, Bound::Number(1.2));
        assert_eq!(queue("messages_visible / time_in_queue", "5%").unwrap_err()[0].0, "E038");
        assert_eq!(queue("messages_visible / messages_sent", "2m").unwrap_err()[0].0, "E038");
    }

    #[test]
    fn a_slip_of_a_short_name_is_met_with_the_name() {
        assert_eq!(queue("mesages_visible", "5").unwrap_err(), [("E037", "did you mean `messages_visible`?".to_owned())]);
    }
}
