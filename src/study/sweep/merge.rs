//! Parts of a sweep put together: the same file as if one machine had made it.
//!
//! ```text
//! sweep-0-of-2.jsonl   points 0 2 4 ┐
//! sweep-1-of-2.jsonl   points 1 3   ┴──▶ sweep.jsonl   points 0 1 2 3 4
//! ```

use super::file::{complaint, lines, rows};
use super::{Plan, Refused, Row, Sweep};

/// Points that are named where they are missing.
const NAMED_MAX: usize = 8;

/// Puts results files together, each by its name and its text, whatever their order.
///
/// # Errors
/// Where one is none, or damaged (E190), where they are of different studies or contradict each other (E192), where points are missing (E191).
pub fn merge(files: &[(String, String)]) -> Result<Sweep, Refused> {
    let mut whole: Option<(Plan, &str)> = None;
    let mut found: Vec<Option<(Row, &str)>> = Vec::new();
    for (name, text) in files {
        let (first, said) = lines(text);
        let plan = first.and_then(|line| serde_json::from_str::<Plan>(line).ok()).ok_or_else(|| none(name, text))?;
        let rows = rows(name, &plan, &said)?;
        let common = Plan { shard: None, ..plan };
        match &whole {
            None => {
                found.resize(common.points, None);
                whole = Some((common, name));
            }
            Some((known, _)) if *known == common => {}
            Some((_, other)) => return Err(apart(name, first.unwrap_or_default(), other)),
        }
        for row in rows {
            let place = &mut found[row.point];
            match place {
                Some((known, other)) if *known != row => return Err(contradicts(name, &row, other)),
                _ => *place = Some((row, name)),
            }
        }
    }
    let Some((plan, name)) = whole else { return Err(none(".", "")) };
    let missing: Vec<usize> = found.iter().enumerate().filter(|(_, row)| row.is_none()).map(|(point, _)| point).collect();
    if missing.is_empty() {
        return Ok(Sweep { plan, rows: found.into_iter().flatten().map(|(row, _)| row).collect() });
    }
    Err(incomplete(name, &plan, &missing))
}

fn none(name: &str, text: &str) -> Refused {
    let (line, hint) =
        (text.lines().next().unwrap_or_default(), "name the files that `coldfront sweep --shard … --out` has written, or their folders");
    complaint("E190", name, line, "this is no results file of a sweep".into(), "not its first line", hint)
}

fn apart(name: &str, line: &str, other: &str) -> Refused {
    let message = format!("this results file is of another study than `{}`", other);
    complaint("E192", name, line, message, "its plan", "merge only the parts of one sweep: same scenario, version, knobs and seeds")
}

fn contradicts(name: &str, row: &Row, other: &str) -> Refused {
    let message = format!("point {} has another row than in `{}`", row.point, other);
    complaint("E192", name, &row.line(), message, "here", "run that part again with one version on one scenario")
}

fn incomplete(name: &str, plan: &Plan, missing: &[usize]) -> Refused {
    let named: Vec<String> = missing.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = if missing.len() > NAMED_MAX { format!(" and {} more", missing.len() - NAMED_MAX) } else { String::new() };
    let message = format!("{} of {} points are missing: {}{more}", missing.len(), plan.points, named.join(", "));
    let hint = "run the parts that are missing or were interrupted again with the same `--out`: they go on where they were";
    complaint("E191", name, &plan.line(), message, "the plan that all parts share", hint)
}
