//! Traces: what really happened, read from the bytes of a CSV file.
//!
//! ```text
//! timestamps         one column: seconds (0.25, 1700000000.5) or RFC 3339 (2024-05-01T12:00:00Z); a header is optional, order does not matter
//! counts a minute    one column of counts, or the columns `minute,count`; a header is optional
//! Azure 2019         HashOwner,HashApp,HashFunction,Trigger,1..1440: a row a function, a column a minute, in any order
//! ```
//!
//! The last is the format of the Azure Functions invocation traces of 2019 (Shahrad et al., Serverless in the Wild, ATC 2020) and of what was sampled
//! from them: minute columns are called `1`, `minute_1` or, in a cut-out, `480`, and counts may be fractions. Durations and memory are left out.

use crate::units::Time;
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::{collections::BTreeMap, fmt};

/// More minutes than these (four years) are an error in the file rather than a trace.
const MOST_MINUTES: u64 = 2_000_000;

/// Nanoseconds from which on (10⁸ s) a number is taken as a date (Unix time), not as time since the start of the trace.
const UNIX_TIME_FROM: i64 = 100_000_000_000_000_000;

/// Nanoseconds of a minute, the step of traces that count.
pub(super) const MINUTE: u64 = 60_000_000_000;

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Trace {
    /// The instant of each request, in order.
    Times(Vec<Time>),
    /// Requests in each minute; fractions occur in sampled traces.
    Counts(Vec<f64>),
}

/// Which function of an Azure trace is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one whose hash begins so; it must be the only one, or the whole hash.
    Hash(String),
    /// 1 is the one with most invocations; where two have as many, the smaller hash comes first.
    Rank(usize),
    /// All of them together.
    All,
}

/// Why a trace cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError {
    /// From 1; 0 where it is about the file as a whole.
    pub line: u64,
    /// The field of the line, from 1; 0 where it is about the line as a whole.
    pub column: usize,
    /// What is wrong, without a full stop.
    pub message: String,
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.message),
            (line, 0) => write!(f, "line {line}: {}", self.message),
            (line, column) => write!(f, "line {line}, column {column}: {}", self.message),
        }
    }
}

impl std::error::Error for TraceError {}

fn error<T>(line: u64, column: usize, message: impl Into<String>) -> Result<T, TraceError> {
    Err(TraceError { line, column, message: message.into() })
}

impl Trace {
    /// Reads a column of instants. Dates and Unix times are counted from the earliest; small numbers of seconds are taken as they are.
    ///
    /// # Errors
    /// Where a line is no instant, or there is none at all.
    pub fn timestamps(bytes: &[u8]) -> Result<Trace, TraceError> {
        let mut instants = Vec::new();
        for row in Rows::new(bytes) {
            let row = row?;
            if row.fields.len() > 1 {
                return error(row.line, 2, "a trace of timestamps has one column; `minute,count` is the format `counts_per_minute`");
            }
            match instant(row.text(0)?) {
                Some(found) => instants.push(found),
                None if row.is_first => {}
                None => return error(row.line, 1, format!("`{}` is neither seconds nor a date such as 2024-05-01T12:00:00Z", row.text(0)?)),
            }
        }
        instants.sort_unstable();
        let Some(&first) = instants.first() else { return error(0, 0, "there is no timestamp in this trace") };
        let zero = if (0..UNIX_TIME_FROM).contains(&first) { 0 } else { first };
        Ok(Trace::Times(instants.into_iter().map(|at| Time::from_nanos(at.wrapping_sub(zero) as u64)).collect()))
    }

    /// Reads counts, one a minute: a column of them, or the columns `minute,count` in any order of minutes, of which the first becomes minute 0.
    ///
    /// # Errors
    /// Where a line is no count, a minute occurs twice, or there is none at all.
    pub fn counts_per_minute(bytes: &[u8]) -> Result<Trace, TraceError> {
        let mut counts = BTreeMap::new();
        for row in Rows::new(bytes) {
            let row = row?;
            let last = row.fields.len().saturating_sub(1).min(1);
            if row.is_first && row.text(last)?.parse::<f64>().is_err() {
                continue;
            }
            let minute = if last == 0 { counts.len() as u64 } else { row.minute()? };
            if counts.insert(minute, row.count(last)?).is_some() {
                return error(row.line, 1, format!("minute {minute} is here for the second time"));
            }
        }
        dense(&counts)
    }

    /// Reads the minute format of the Azure Functions traces of 2019.
    ///
    /// # Errors
    /// Where the header has no `HashFunction` or no minutes, a count cannot be read, or the choice is not just one function.
    pub fn azure_minutes(bytes: &[u8], choice: &Choice) -> Result<Trace, TraceError> {
        let header = Header::read(bytes)?;
        let chosen = match choice {
            Choice::All => None,
            Choice::Hash(prefix) => Some(by_hash(&header.totals(bytes)?, prefix)?),
            Choice::Rank(rank) => Some(by_rank(&header.totals(bytes)?, *rank)?),
        };
        let mut counts: BTreeMap<u64, f64> = header.minutes.iter().map(|(minute, _)| (*minute, 0.0)).collect();
        for row in Rows::new(bytes).skip(1) {
            let row = row?;
            if chosen.as_deref().is_none_or(|hash| row.fields.get(header.function) == Some(hash.as_bytes())) {
                for (minute, column) in &header.minutes {
                    *counts.entry(*minute).or_default() += row.count(*column)?;
                }
            }
        }
        dense(&counts)
    }

    /// What comes from `from` on, which becomes time zero; of counts, whole minutes.
    pub fn after(self, from: Time) -> Trace {
        match self {
            Trace::Times(times) => Trace::Times(times.into_iter().filter(|at| *at >= from).map(|at| at - from).collect()),
            Trace::Counts(counts) => {
                let minutes = (from.as_nanos() / MINUTE) as usize;
                Trace::Counts(counts.into_iter().skip(minutes).collect())
            }
        }
    }

    /// The functions of an Azure trace, busiest first, with their invocations.
    ///
    /// # Errors
    /// As [`Trace::azure_minutes`].
    pub fn azure_functions(bytes: &[u8]) -> Result<Vec<(String, f64)>, TraceError> {
        Ok(ranked(&Header::read(bytes)?.totals(bytes)?))
    }
}

/// The columns of an Azure trace.
struct Header {
    function: usize,
    /// Minute and column.
    minutes: Vec<(u64, usize)>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Header, TraceError> {
        let Some(first) = Rows::new(bytes).next().transpose()? else { return error(0, 0, "this trace is empty") };
        let names: Vec<&str> = (0..first.fields.len()).map(|column| first.text(column)).collect::<Result<_, _>>()?;
        let Some(function) = names.iter().position(|name| *name == "HashFunction") else {
            return error(first.line, 0, "the header has no column `HashFunction`");
        };
        let minute = |name: &str| name.strip_prefix("minute_").unwrap_or(name).parse::<u64>().ok();
        let minutes: Vec<(u64, usize)> = names.iter().enumerate().filter_map(|(column, name)| Some((minute(name)?, column))).collect();
        if minutes.is_empty() {
            return error(first.line, 0, "the header has no columns of minutes: they are called `1`, `2` … or `minute_1`, `minute_2` …");
        }
        Ok(Header { function, minutes })
    }

    /// Invocations by function; one function may have several rows, one a trigger.
    fn totals(&self, bytes: &[u8]) -> Result<BTreeMap<String, f64>, TraceError> {
        let mut totals = BTreeMap::new();
        for row in Rows::new(bytes).skip(1) {
            let row = row?;
            let total = self.minutes.iter().map(|(_, column)| row.count(*column)).sum::<Result<f64, _>>()?;
            *totals.entry(row.text(self.function)?.to_owned()).or_default() += total;
        }
        Ok(totals)
    }
}

fn ranked(totals: &BTreeMap<String, f64>) -> Vec<(String, f64)> {
    let mut ranked: Vec<(String, f64)> = totals.iter().map(|(hash, total)| (hash.clone(), *total)).collect();
    // The sort is stable and the map was in order of hashes.
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

fn by_rank(totals: &BTreeMap<String, f64>, rank: usize) -> Result<String, TraceError> {
    let found = rank.checked_sub(1).and_then(|at| ranked(totals).into_iter().nth(at));
    match found {
        Some((hash, _)) => Ok(hash),
        None => error(0, 0, format!("there is no function of rank {rank}: ranks run from 1 to {}", totals.len())),
    }
}

fn by_hash(totals: &BTreeMap<String, f64>, prefix: &str) -> Result<String, TraceError> {
    if totals.contains_key(prefix) {
        return Ok(prefix.to_owned());
    }
    let found: Vec<&String> = totals.keys().filter(|hash| hash.starts_with(prefix)).collect();
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        [] => error(0, 0, format!("no function has a hash that begins with `{prefix}`")),
        several => error(0, 0, format!("{} functions have hashes that begin with `{prefix}`: give more of it", several.len())),
    }
}

/// Counts from the first minute to the last; minutes between that were not named had none.
fn dense(counts: &BTreeMap<u64, f64>) -> Result<Trace, TraceError> {
    let (Some((&first, _)), Some((&last, _))) = (counts.first_key_value(), counts.last_key_value()) else {
        return error(0, 0, "there is no count in this trace");
    };
    if last - first >= MOST_MINUTES {
        return error(0, 0, format!("this trace runs from minute {first} to minute {last}, longer than four years"));
    }
    Ok(Trace::Counts((first..=last).map(|minute| counts.get(&minute).copied().unwrap_or(0.0)).collect()))
}

/// One line of a CSV file that is not empty.
struct Row {
    line: u64,
    is_first: bool,
    fields: ByteRecord,
}

impl Row {
    fn text(&self, column: usize) -> Result<&str, TraceError> {
        match self.fields.get(column).map(str::from_utf8) {
            Some(Ok(text)) => Ok(text),
            Some(Err(_)) => error(self.line, column + 1, "this is not text in UTF-8"),
            None => error(self.line, column + 1, "this line ends too early"),
        }
    }

    fn count(&self, column: usize) -> Result<f64, TraceError> {
        let text = self.text(column)?;
        match text.parse::<f64>() {
            Ok(count) if (0.0..1e12).contains(&count) => Ok(count),
            _ => error(self.line, column + 1, format!("`{text}` is not a number of requests")),
        }
    }

    fn minute(&self) -> Result<u64, TraceError> {
        let text = self.text(0)?;
        text.parse().or_else(|_| error(self.line, 1, format!("`{text}` is not the number of a minute")))
    }
}

struct Rows<'b> {
    reader: Reader<&'b [u8]>,
    is_first: bool,
}

impl<'b> Rows<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
        Self { reader, is_first: true }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut fields = ByteRecord::new();
        let read = self.reader.read_byte_record(&mut fields);
        let line = fields.position().map_or(0, csv::Position::line);
        match read {
            Ok(false) => None,
            Ok(true) => Some(Ok(Row { line, is_first: std::mem::take(&mut self.is_first), fields })),
            Err(wrong) => Some(error(line, 0, wrong.to_string())),
        }
    }
}

/// Nanoseconds, of seconds since whenever or of a date since 1970.
fn instant(text: &str) -> Option<i64> {
    if let Some(date) = date_time(text) {
        return Some(date);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = whole.parse().ok().filter(|seconds| *seconds >= 0)?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds(fraction)?)
}

/// The digits behind the point, as nanoseconds.
fn nanoseconds(digits: &str) -> Option<i64> {
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| digits.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |sum, b| sum * 10 + i64::from(b - b'0')))
}

/// Nanoseconds since 1970 of RFC 3339, such as `2024-05-01T12:00:00.25+02:00`; a space may stand for the T.
pub fn date_time(text: &str) -> Option<i64> {
    let field = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok().map(i64::from);
    let marks = [(4, "-"), (7, "-"), (10, "Tt "), (13, ":"), (16, ":")];
    if !marks.iter().all(|(at, any)| text.get(*at..=*at).is_some_and(|c| any.contains(c))) {
        return None;
    }
    let days = days_since_1970(field(0, 4)?, field(5, 7)?, field(8, 10)?)?;
    let (hour, minute, second) = (field(11, 13)?, field(14, 16)?, field(17, 19)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let zone = rest.find(['Z', 'z', '+', '-'])?;
    let fraction = nanoseconds(rest[..zone].strip_prefix('.').unwrap_or(&rest[..zone]))?;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - zone_seconds(&rest[zone..])?;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// `Z`, `+02:00`.
fn zone_seconds(text: &str) -> Option<i64> {
    let sign = match text.get(..1)? {
        "Z" | "z" => return (text.len() == 1).then_some(0),
        "+" => 1,
        _ => -1,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    Some(sign * (i64::from(hours.parse::<u8>().ok()?) * 3_600 + i64::from(minutes.parse::<u8>().ok()?) * 60))
}

/// Days of the Gregorian calendar, counted in years that begin in March so that a leap day is the last.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(years * 365 + years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400) + (months * 153 + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn times(text: &str) -> Vec<u64> {
        match Trace::timestamps(text.as_bytes()) {
            Ok(Trace::Times(times)) => times.into_iter().map(Time::as_nanos).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn counts(text: &str) -> Result<Vec<f64>, String> {
        match Trace::counts_per_minute(text.as_bytes()) {
            Ok(Trace::Counts(counts)) => Ok(counts),
            other => Err(other.unwrap_err().to_string()),
        }
    }

    fn azure(text: &str, choice: Choice) -> Result<Vec<f64>, String> {
        match Trace::azure_minutes(text.as_bytes(), &choice) {
            Ok(Trace::Counts(counts)) => Ok(counts),
            other => Err(other.unwrap_err().to_string()),
        }
    }

    const AZURE: &str = "HashOwner,HashApp,HashFunction,Trigger,481,480\no,a,f1,http,2,1\no,a,f22,timer,10,0.5\no,a,f1,queue,3,0\n";

    #[test]
    fn timestamps_are_sorted_and_exact() {
        assert_eq!(times("time\n1.5\n0.1\n2\n"), [100_000_000, 1_500_000_000, 2_000_000_000]);
        assert_eq!(times("1700000000.25\n1700000001\n"), [0, 750_000_000]);
    }

    #[test]
    fn dates_are_counted_from_the_earliest() {
        assert_eq!(times("2024-03-01T00:00:00Z\n2024-02-28 23:59:59.5Z\n2024-03-01T02:00:00+02:00"), [0, 86_400_500_000_000, 86_400_500_000_000]);
        // `date -d 2026-11-22T15:49:34Z +%s`
        assert_eq!(date_time("2026-11-22T15:49:34Z"), Some(1_795_362_574_000_000_000));
        assert_eq!(times("1969-12-31T23:59:59Z\n1970-01-01T00:00:01Z"), [0, 2_000_000_000]);
        for wrong in ["2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01", "2024-01-01T00:00:00+2"] {
            assert_eq!(date_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn counts_come_with_or_without_header_and_minute() {
        assert_eq!(counts("\"InvocationsPerMinute\"\n815\n638\n"), Ok(vec![815.0, 638.0]));
        assert_eq!(counts("5\n6"), Ok(vec![5.0, 6.0]));
        assert_eq!(counts("minute,count\n13,2\n10,1\n"), Ok(vec![1.0, 0.0, 0.0, 2.0]));
    }

    #[test]
    fn a_function_is_chosen_by_hash_or_rank_or_all_are_summed() {
        assert_eq!(azure(AZURE, Choice::Hash("f1".into())), Ok(vec![1.0, 5.0]));
        assert_eq!(azure(AZURE, Choice::Hash("f2".into())), Ok(vec![0.5, 10.0]));
        assert_eq!(azure(AZURE, Choice::Rank(1)), Ok(vec![0.5, 10.0]));
        assert_eq!(azure(AZURE, Choice::All), Ok(vec![1.5, 15.0]));
        assert_eq!(azure("minute_2,HashFunction,minute_1\n4,f,3", Choice::Rank(1)), Ok(vec![3.0, 4.0]));
    }

    #[test]
    fn errors_name_line_and_column() {
        assert_eq!(Trace::timestamps(b"1\n2\nx\n").unwrap_err().to_string().split(':').next(), Some("line 3, column 1"));
        assert_eq!(counts("n\n5\n-6\n"), Err("line 3, column 1: `-6` is not a number of requests".into()));
        assert_eq!(counts("1,5\n1,6\n"), Err("line 2, column 1: minute 1 is here for the second time".into()));
        assert_eq!(azure(&AZURE.replace("10,0.5", "NaN,0.5"), Choice::All), Err("line 3, column 5: `NaN` is not a number of requests".into()));
        assert_eq!(azure(&AZURE.replace(",0.5", ""), Choice::All), Err("line 3, column 6: this line ends too early".into()));
        assert_eq!(azure(AZURE, Choice::Hash("f".into())), Err("2 functions have hashes that begin with `f`: give more of it".into()));
        assert_eq!(azure(AZURE, Choice::Rank(3)), Err("there is no function of rank 3: ranks run from 1 to 2".into()));
        assert!(azure("a,b\n1,2", Choice::All).unwrap_err().contains("HashFunction"));
        assert!(counts("").is_err() && Trace::timestamps(b"").is_err() && azure("", Choice::All).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in "[0-9TZ:.,\n +-]{0,40}") {
            for input in [&bytes, text.as_bytes()] {
                let _ = (Trace::timestamps(input), Trace::counts_per_minute(input), Trace::azure_minutes(input, &Choice::Rank(1)));
            }
        }
    }
}
