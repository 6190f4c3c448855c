//! A part of a sweep, for one machine of several.
//!
//! ```text
//! shard i of n has the points i, i + n, i + 2n, …        neighbours go to different machines, so that slow corners are shared
//! ```
//!
//! Schedulers of array jobs tell each job its number in the environment: Slurm in `SLURM_ARRAY_TASK_ID` (with `_MIN`, `_STEP` and `_COUNT`; manual of `sbatch`), AWS
//! Batch in `AWS_BATCH_JOB_ARRAY_INDEX` and `AWS_BATCH_JOB_ARRAY_SIZE` (user guide, job environment variables), Kubernetes in `JOB_COMPLETION_INDEX` of an indexed job
//! (which does not say how many there are).

use serde::{Deserialize, Serialize};

/// Part `index` of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    pub index: usize,
    pub of: usize,
}

impl Shard {
    /// Reads `0/4`, `auto`, or `auto/4` where the scheduler does not say how many there are.
    ///
    /// # Errors
    /// What is wrong, with what would do.
    pub fn parse(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let (index, of) = text.split_once('/').map_or((text, None), |(index, of)| (index, Some(of)));
        let of = of.map(|of| of.trim().parse::<usize>().map_err(|_| hint())).transpose()?;
        let shard = if index.trim() == "auto" {
            auto(of, environment)?
        } else {
            Self { index: index.trim().parse().map_err(|_| hint())?, of: of.ok_or_else(hint)? }
        };
        if shard.of == 0 || shard.index >= shard.of {
            return Err(format!("there is no part {} of {}: parts are counted from 0", shard.index, shard.of));
        }
        Ok(shard)
    }

    /// Whether a point is in it.
    pub fn has(&self, point: usize) -> bool {
        point % self.of == self.index
    }

    /// Whether it is all there is.
    pub fn is_whole(&self) -> bool {
        self.of == 1
    }
}

fn hint() -> String {
    "write `0/4`, or `auto` within an array job, or `auto/4` where the scheduler does not say how many there are".to_owned()
}

fn auto(of: Option<usize>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| environment(name).and_then(|text| text.trim().parse::<usize>().ok());
    let found = if let Some(id) = number("SLURM_ARRAY_TASK_ID") {
        let (first, step) = (number("SLURM_ARRAY_TASK_MIN").unwrap_or(0), number("SLURM_ARRAY_TASK_STEP").unwrap_or(1).max(1));
        Some((id.saturating_sub(first) / step, number("SLURM_ARRAY_TASK_COUNT")))
    } else if let Some(index) = number("AWS_BATCH_JOB_ARRAY_INDEX") {
        Some((index, number("AWS_BATCH_JOB_ARRAY_SIZE")))
    } else {
        number("JOB_COMPLETION_INDEX").map(|index| (index, None))
    };
    let none = "no array job is to be seen: neither SLURM_ARRAY_TASK_ID, AWS_BATCH_JOB_ARRAY_INDEX nor JOB_COMPLETION_INDEX is set";
    let (index, known) = found.ok_or(none)?;
    let of = of.or(known).ok_or("the scheduler does not say how many parts there are: write `auto/4`")?;
    Ok(Shard { index, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, environment: &[(&str, &str)]) -> Result<(usize, usize), String> {
        let read = |name: &str| environment.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        Shard::parse(text, &read).map(|shard| (shard.index, shard.of))
    }

    #[test]
    fn schedulers_say_which_part_a_job_has() {
        assert_eq!(of("1/4", &[]), Ok((1, 4)));
        let slurm = [("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_MIN", "1"), ("SLURM_ARRAY_TASK_STEP", "2"), ("SLURM_ARRAY_TASK_COUNT", "5")];
        assert_eq!(of("auto", &slurm), Ok((3, 5)));
        assert_eq!(of("auto", &[("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("AWS_BATCH_JOB_ARRAY_SIZE", "3")]), Ok((2, 3)));
        assert_eq!(of("auto/6", &[("JOB_COMPLETION_INDEX", "5")]), Ok((5, 6)));
    }

    #[test]
    fn what_is_no_part_is_refused() {
        assert!(["4/4", "1", "x/2", "0/0", "auto"].iter().all(|text| of(text, &[]).is_err()));
        assert!(of("auto", &[("JOB_COMPLETION_INDEX", "5")]).is_err_and(|said| said.contains("auto/4")));
    }
}
