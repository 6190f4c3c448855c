//! Where the time goes: a typical request beside a slow one, each a bar cut by cause.
//!
//! ```text
//! p50  11.2 ms  ████████████████████▚▚▚▚▚▚▚▚▚▚▚▚▚··
//! p99   213 ms  ██▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▚▚·
//! ```

use super::super::style::{Colour, Style, left, right};
use super::super::{Report, Share, TimeSpent};
use super::{DRAWN, Line, lines, time};
use crate::metrics::Cause;

/// Causes with less than this share of both are not worth a line.
const WORTH: f64 = 0.005;

pub fn section(report: &Report, style: &Style) -> String {
    let lines = lines(report);
    // A workload of several routes is a mixture: its routes tell more.
    let worth: Vec<&Line> = lines.iter().filter(|l| !l.is_total && !l.answers.time_spent.is_empty()).take(DRAWN).collect();
    if worth.is_empty() {
        return String::new();
    }
    style.heading("Where the time goes") + &worth.iter().map(|line| block(line, style)).collect::<Vec<_>>().concat()
}

fn block(line: &Line, style: &Style) -> String {
    let spent = &line.answers.time_spent;
    let mut out = format!("\n{}\n", style.bold(&line.label));
    let width = style.columns() - 20;
    out += &spent
        .iter()
        .map(|at| format!("  {}{}  {}\n", left(&name(at), 5), right(&time(at.latency_s).to_string(), 9), stack(at, width, style)))
        .collect::<String>();
    let head: String = spent.iter().map(|at| right(&name(at), 19)).collect();
    out += &format!("\n    {}{}\n", " ".repeat(26), style.dim(&head));
    let worth = |cause: &&Cause| spent.iter().any(|at| share(at, **cause) >= WORTH);
    for cause in Cause::ALL.iter().filter(worth) {
        let (glyph, colour) = glyph(*cause);
        let times: String = spent.iter().map(|at| figure(at, *cause)).collect();
        out += &format!("    {} {}{times}\n", style.paint(colour, &glyph.to_string().repeat(2)), left(cause.name(), 23));
    }
    out
}

/// "     6.1 ms   54 %".
fn figure(at: &TimeSpent, cause: Cause) -> String {
    let share = share(at, cause);
    let percent = match share {
        s if s < WORTH / 10.0 => return right("—", 19),
        s if s < 0.01 => "<1 %".into(),
        s => format!("{:.0} %", s * 100.0),
    };
    right(&time(share * at.latency_s).to_string(), 12) + &right(&percent, 7)
}

fn name(at: &TimeSpent) -> String {
    format!("p{}", at.percent)
}

fn share(at: &TimeSpent, cause: Cause) -> f64 {
    let spent = |s: &Share| if at.latency_s > 0.0 { s.time_s / at.latency_s } else { 0.0 };
    at.causes.iter().find(|s| s.cause == cause.key()).map_or(0.0, spent)
}

/// Cuts fall at the rounded running sums, so that the bar is exactly full.
fn stack(at: &TimeSpent, width: usize, style: &Style) -> String {
    let (mut sum, mut drawn, mut out) = (0.0, 0, String::new());
    for cause in Cause::ALL {
        sum += share(at, cause);
        let end = ((sum * width as f64).round() as usize).min(width);
        let (glyph, colour) = glyph(cause);
        out += &style.paint(colour, &glyph.to_string().repeat(end.saturating_sub(drawn)));
        drawn = drawn.max(end);
    }
    out
}

fn glyph(cause: Cause) -> (char, Colour) {
    match cause {
        Cause::Queue => ('▒', Colour::Red),
        Cause::ColdStart => ('▓', Colour::Blue),
        Cause::Compute => ('█', Colour::Green),
        Cause::Wait => ('░', Colour::White),
        Cause::Service => ('▚', Colour::Cyan),
        Cause::BackOff => ('╱', Colour::Magenta),
        Cause::Overhead => ('·', Colour::Grey),
        Cause::Abandoned => ('×', Colour::Yellow),
    }
}
