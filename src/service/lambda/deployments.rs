//! New code for a function: when it comes, every environment that is idle goes, and one at work is not used again.
//!
//! ```text
//! deployments: { every: 3m }  ·  [ 3m, 7m30s ]            an environment made at t ends at the first deployment after t, at the latest
//! ```
//!
//! AWS keeps serving with the old version until the update has succeeded, so no request is refused and the instant here is that of the success. Provisioned
//! environments are of a published version, which an update leaves as it is. Left out: `Pending`, the time of the update itself.

use crate::{
    document::{Data, Diagnostic, Read, Reading, Shape, Shapes, Spanned, Value},
    spec,
    units::Time,
};

spec! {
    /// New code again and again.
    pub struct Rollout: "deployments at even distances" {
        /// Time from one to the next.
        every: Spanned<Time>,
        /// When the first one succeeds; default: after `every`.
        first: Option<Time> = None,
    }
}

/// When a function gets new code.
#[derive(Clone, Debug)]
pub enum Deployments {
    Every(Rollout),
    /// In the order of time.
    At(Vec<Time>),
}

impl Deployments {
    /// The first deployment after this instant; the end of time where there is none.
    pub fn after(&self, now: Time) -> Time {
        match self {
            Self::At(times) => times.get(times.partition_point(|at| *at <= now)).copied().unwrap_or(Time::MAX),
            Self::Every(Rollout { every, first }) => {
                let (every, first) = (every.value, first.unwrap_or(every.value));
                if now < first {
                    return first;
                }
                let past = (now - first).as_nanos() / every.as_nanos().max(1);
                first.saturating_add(Time::from_nanos(every.as_nanos().saturating_mul(past + 1)))
            }
        }
    }

    /// That time passes between them.
    pub(super) fn check(&self, name: &str, reading: &mut Reading) {
        if let Self::Every(Rollout { every, .. }) = self
            && every.value == Time::ZERO
        {
            let message = format!("the time between deployments of `{name}` must be more than zero");
            reading.push(Diagnostic::error("E032", every.span, message).label("zero").hint("leave `deployments` out for none"));
        }
    }
}

impl Read for Deployments {
    fn expected() -> String {
        "`{ every: 3m }`, or a list of times such as `[ 3m, 7m30s ]`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::any(vec![Rollout::shape(shapes), Shape::list(Time::shape(shapes))])
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.data {
            Data::Map(_) => Rollout::read(value, reading).map(Self::Every),
            Data::List(_) => {
                let mut times = Vec::<Time>::read(value, reading)?;
                times.sort_unstable();
                Some(Self::At(times))
            }
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Time {
        Time::from_secs(seconds)
    }

    #[test]
    fn the_next_deployment_is_the_first_that_is_still_to_come() {
        let every = |first| Deployments::Every(Rollout { every: Spanned { value: s(180), span: Default::default() }, first });
        let next = |deployments: &Deployments| [0, 59, 60, 179, 180, 400].map(|now| deployments.after(s(now)));
        assert_eq!(next(&every(None)), [180, 180, 180, 180, 360, 540].map(s));
        assert_eq!(next(&every(Some(s(60)))), [60, 60, 240, 240, 240, 420].map(s));
        let listed = next(&Deployments::At(vec![s(60), s(180)]));
        assert_eq!(listed, [s(60), s(60), s(180), s(180), Time::MAX, Time::MAX]);
    }
}
