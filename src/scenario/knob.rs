//! What a study turns: a path of the scenario, and the values that it may have there.
//!
//! ```text
//! nodes.orders.write_capacity_units=20,40,80        a list
//! nodes.f.memory=128 MB..2048 MB:6|log              six values from one to the other, in even steps or in even ratios
//! nodes.f.memory=128 MB..2048 MB                    all of them, for whoever searches
//! ```
//!
//! Bounds that are written without a decimal point are whole, and so is all between them. Both bounds have one unit, which may be left away at the first.
//! Left out: steps of one's own ("only multiples of 64 MB"), for which there are lists.

use super::source::{Source, Sources};
use crate::document::{Data, Diagnostic, Span, Value};

/// The name of what is written on the command line, in diagnostics.
const VARY: &str = "--vary";
/// More values than this on one knob are a mistake.
const MOST_STEPS: u64 = 100_000;

/// A path and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    pub path: String,
    pub values: Values,
}

/// What a knob may be set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// These, as text of the scenario's language.
    List(Vec<String>),
    /// Everything in a range; in so many steps, where it is to be a grid.
    Range(Range, Option<usize>),
}

/// Numbers from `low` to `high` in one unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    /// As it is written after the number, with the space before it: ` MB`, `/s`, `%`, or nothing.
    pub unit: String,
    pub whole: bool,
    /// Even ratios rather than even differences.
    pub log: bool,
}

impl Range {
    /// The value at a share of the way, from 0 to 1, as text.
    pub fn at(&self, share: f64) -> String {
        self.text(self.number(share))
    }

    /// The number at a share of the way, rounded where all are whole.
    pub fn number(&self, share: f64) -> f64 {
        let share = share.clamp(0.0, 1.0);
        let number = match self.log {
            true => self.low * libm::pow(self.high / self.low, share),
            false => self.low + (self.high - self.low) * share,
        };
        if self.whole { number.round().clamp(self.low, self.high) } else { number.clamp(self.low, self.high) }
    }

    /// Where a number lies between the bounds, from 0 to 1.
    pub fn share(&self, number: f64) -> f64 {
        match self.log {
            true => libm::log(number / self.low) / libm::log(self.high / self.low),
            false => (number - self.low) / (self.high - self.low),
        }
    }

    /// A number as the scenario's language has it, with six digits where it is not whole.
    pub fn text(&self, number: f64) -> String {
        if self.whole {
            return format!("{number:.0}{}", self.unit);
        }
        let digits = (5 - number.abs().max(1e-9).log10().floor() as i32).clamp(0, 12) as usize;
        let text = format!("{number:.digits$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        format!("{text}{}", self.unit)
    }

    /// How many whole numbers there are; `None` where there are numbers between them.
    pub fn count(&self) -> Option<u64> {
        self.whole.then(|| (self.high - self.low) as u64 + 1)
    }
}

impl Values {
    /// The values of a grid: each once. A range without steps has its bounds only.
    pub fn grid(&self) -> Vec<String> {
        let values = match self {
            Self::List(values) => values.clone(),
            Self::Range(range, Some(1)) => vec![range.at(0.0)],
            Self::Range(range, steps) => {
                let steps = steps.unwrap_or(2).max(2);
                (0..steps).map(|step| range.at(step as f64 / (steps - 1) as f64)).collect()
            }
        };
        let mut met = std::collections::BTreeSet::new();
        values.into_iter().filter(|value| met.insert(value.clone())).collect()
    }
}

impl Knob {
    /// Reads `path=values`.
    ///
    /// # Errors
    /// E184 where it cannot be understood, E185 where nothing lies in it, with the text that they point into.
    pub fn parse(text: &str) -> Result<Self, Box<(Diagnostic, Sources)>> {
        Self::parse_of(VARY, text)
    }

    /// The same of another option of the command line than `--vary`.
    ///
    /// # Errors
    /// As [`Knob::parse`].
    pub fn parse_of(option: &str, text: &str) -> Result<Self, Box<(Diagnostic, Sources)>> {
        Self::read(text).map_err(|diagnostic| Box::new((*diagnostic, Sources::new(Source::new(option, text)))))
    }

    fn read(text: &str) -> Result<Self, Box<Diagnostic>> {
        let Some((path, values)) = text.split_once('=') else {
            return Err(wrong(text, text, "a knob is `path=values`", "no `=`"));
        };
        if path.trim().is_empty() {
            return Err(wrong(text, path, "a knob is `path=values`", "no path"));
        }
        let values = values_of(text, values)?;
        Ok(Self { path: path.trim().to_owned(), values })
    }
}

impl Values {
    /// As a file has them: a text as on the command line, or a list of plain values.
    ///
    /// # Errors
    /// E184 where they cannot be understood, E185 where there is none, at their place.
    pub fn read(value: &Value) -> Result<Self, Box<Diagnostic>> {
        match &value.data {
            Data::Scalar { text, quoted } => values_of(text, text).map_err(|mut diagnostic| {
                let (at, shift) = (&mut diagnostic.at.span, value.span.start + u32::from(*quoted));
                *at = Span { file: value.span.file, start: at.start + shift, end: at.end + shift };
                diagnostic
            }),
            Data::List(items) if items.is_empty() => {
                let diagnostic = Diagnostic::error("E185", value.span, "a knob needs values to be set to").label("nothing lies in it");
                Err(Box::new(diagnostic.hint("write for example `[ 512 MB, 1024 MB ]`, or `10..100`")))
            }
            Data::List(items) => items.iter().map(item).collect::<Result<_, _>>().map(Self::List),
            _ => Err(unplain(value)),
        }
    }
}

fn item(value: &Value) -> Result<String, Box<Diagnostic>> {
    match &value.data {
        Data::Scalar { text, .. } => Ok(text.clone()),
        Data::Null => Ok("null".into()),
        _ => Err(unplain(value)),
    }
}

fn unplain(value: &Value) -> Box<Diagnostic> {
    let message = format!("the values of a knob are plain, and this is {}", value.describe());
    Box::new(
        Diagnostic::error("E184", value.span, message).label("not a plain value").hint("write it as one text, in quotes: `'[ { compute: 5ms } ]'`"),
    )
}

fn values_of(text: &str, values: &str) -> Result<Values, Box<Diagnostic>> {
    if values.contains("..") { range(text, values) } else { list(text, values) }
}

/// Where a part of a text lies in it.
fn span(text: &str, part: &str) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len());
    let lead = part.len() - part.trim_start().len();
    let end = start + part.trim_end().len().max(lead);
    Span { file: 0, start: (start + lead) as u32, end: end.max(start + lead) as u32 }
}

fn wrong(text: &str, part: &str, message: &str, label: &str) -> Box<Diagnostic> {
    let hint = "write `nodes.f.memory=512 MB,1024 MB`, `nodes.t.write_capacity_units=10..100:10`, or `…=10..1000:5|log`";
    Box::new(Diagnostic::error("E184", span(text, part), message).label(label).hint(hint))
}

fn list(text: &str, values: &str) -> Result<Values, Box<Diagnostic>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0i32, 0);
    for (at, sign) in values.char_indices() {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&values[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&values[start..]);
    match parts.iter().find(|part| part.trim().is_empty()) {
        Some(empty) => Err(wrong(text, empty, "a value is missing", "nothing here")),
        None => Ok(Values::List(parts.into_iter().map(|part| part.trim().to_owned()).collect())),
    }
}

fn range(text: &str, values: &str) -> Result<Values, Box<Diagnostic>> {
    let (bounds, log) = values.trim_end().strip_suffix("|log").map_or((values, false), |before| (before, true));
    let (bounds, steps) = match bounds.rsplit_once(':') {
        Some((bounds, steps)) => (bounds, Some(steps_of(text, steps)?)),
        None => (bounds, None),
    };
    let Some((low, high)) = bounds.split_once("..") else { return Err(wrong(text, bounds, "a range is `low..high`", "not a range")) };
    let ((from, low_unit), (to, unit)) = (number(text, low)?, number(text, high)?);
    if !low_unit.trim().is_empty() && low_unit.trim() != unit.trim() {
        let message = format!("one bound is in `{}`, the other in `{}`", low_unit.trim(), unit.trim());
        return Err(wrong(text, low, &message, "another unit"));
    }
    let whole = ![low, high].iter().any(|bound| bound.contains('.'));
    let empty = if from >= to { Some("the first bound must be less than the second") } else { None };
    let empty = empty.or_else(|| (log && from <= 0.0).then_some("even ratios need bounds above zero"));
    if let Some(message) = empty {
        let diagnostic = Diagnostic::error("E185", span(text, bounds), message).label("nothing lies in it");
        return Err(Box::new(diagnostic.hint("write the smaller bound first: `10..100`")));
    }
    Ok(Values::Range(Range { low: from, high: to, unit: unit.to_owned(), whole, log }, steps))
}

fn steps_of(text: &str, steps: &str) -> Result<usize, Box<Diagnostic>> {
    let count = steps.trim().parse::<u64>().ok().filter(|count| (1..=MOST_STEPS).contains(count));
    count.map(|count| count as usize).ok_or_else(|| wrong(text, steps, "how many values there are to be is a number from 1 to 100,000", "not that"))
}

/// A number and its unit, with the space between them.
fn number<'t>(text: &str, bound: &'t str) -> Result<(f64, &'t str), Box<Diagnostic>> {
    let trimmed = bound.trim();
    let end = trimmed.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-')).unwrap_or(trimmed.len());
    match trimmed[..end].parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((number, &trimmed[end..])),
        _ => Err(wrong(text, bound, "a bound is a number, with a unit where there is one", "not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(text: &str) -> Vec<String> {
        Knob::parse(text).expect("it is right").values.grid()
    }

    fn code(text: &str) -> &'static str {
        Knob::parse(text).expect_err("it is wrong").0.code
    }

    #[test]
    fn lists_keep_their_values_and_brackets_keep_their_commas() {
        assert_eq!(grid("a.b=1, 2,4"), ["1", "2", "4"]);
        assert_eq!(grid("a.b=lognormal(median=1ms, p99=2ms),3ms"), ["lognormal(median=1ms, p99=2ms)", "3ms"]);
    }

    #[test]
    fn ranges_go_in_even_steps_or_even_ratios_with_their_unit() {
        assert_eq!(grid("a=10..50:5"), ["10", "20", "30", "40", "50"]);
        assert_eq!(grid("a=128 MB..2048 MB:5|log"), ["128 MB", "256 MB", "512 MB", "1024 MB", "2048 MB"]);
        assert_eq!(grid("a=0.5..1:3"), ["0.5", "0.75", "1"]);
        assert_eq!(grid("a=1..3:9"), ["1", "2", "3"]);
        assert_eq!(grid("a=10..20/s:2"), ["10/s", "20/s"]);
    }

    #[test]
    fn what_cannot_be_understood_is_told_from_what_is_empty() {
        assert_eq!(["a", "=1", "a=1,,2", "a=1..x:3", "a=1..5:no", "a=1 MB..2 GB"].map(code), ["E184"; 6]);
        assert_eq!(["a=5..1", "a=5..5:3", "a=0..5:3|log"].map(code), ["E185"; 3]);
    }
}
