//! The alarms of the terminal page. Left out where a scenario has none.
//!
//! ```text
//! nervous                          1         1  7 m 30 s        1 m   no
//! ```

use super::super::number::count;
use super::super::style::{Colour, Style, left, right};
use super::super::{Alarm, Report};
use super::time;

const SHOWN: usize = 12;
const COLUMN: usize = 11;

pub fn section(report: &Report, style: &Style) -> String {
    if report.alarms.is_empty() {
        return String::new();
    }
    let columns = ["raised", "published", "first at", "for", "at the end"].map(|h| right(h, COLUMN)).concat();
    let mut out = format!("{}\n  {}\n", style.heading("Alarms"), style.dim(&(left("alarm", name_width(style)) + &columns)));
    out += &report.alarms.iter().take(SHOWN).map(|alarm| line(alarm, style)).collect::<String>();
    if report.alarms.len() > SHOWN {
        out += &style.dim(&format!("  and {} more: all are in the JSON\n", report.alarms.len() - SHOWN));
    }
    out
}

fn name_width(style: &Style) -> usize {
    style.columns() - 2 - 5 * COLUMN
}

fn line(alarm: &Alarm, style: &Style) -> String {
    let counts = [alarm.raised, alarm.published].map(|n| right(&count(n), COLUMN)).concat();
    let first = right(&alarm.first_s.map_or("never".into(), |at| time(at).to_string()), COLUMN);
    let lasted = right(&if alarm.raised > 0 || alarm.in_alarm { time(alarm.in_alarm_s).to_string() } else { "—".into() }, COLUMN);
    let end = right(if alarm.in_alarm { "ALARM" } else { "no alarm" }, COLUMN);
    let end = if alarm.in_alarm { style.paint(Colour::Red, &end) } else { end };
    format!("  {}{counts}{first}{lasted}{end}\n", style.bold(&left(&alarm.name, name_width(style))))
}
