//! Sessions as a scenario says them: what one user does, step by step.
//!
//! ```text
//! session: [ { route: GET /list }, { think: 3s }, { route: GET /report, chance: 20% } ]
//! ```
//!
//! A step is a request or a time to think; by its chance it is left out. Loops and branches are left out: a step's chance, and another workload for other
//! people, say most of them.

use super::RequestSpec;
use crate::document::{Diagnostic, Reading, Spanned};
use crate::mechanism::distribution::Distribution;
use crate::service::Asked;
use crate::units::{Bytes, Share};
use crate::{spec, words};

spec! {
    /// One thing that a user does in a session.
    pub struct StepSpec: "a step of a session" {
        /// Of an API: method and path, as the API has it.
        route: Option<Spanned<String>> = None,
        /// Of anything else: what is asked of it, as a step of a handler would say.
        operation: Option<Asked> = None,
        /// Size of the request's body.
        payload: Bytes = Bytes::from_kb(1),
        /// In place of a request: how long the user thinks here.
        think: Option<Spanned<Distribution>> = None,
        /// Share of the sessions that take this step, drawn for each; the others skip it.
        chance: Share = Share::ALL,
    }
}

words! {
    /// What a user does when a request fails for good.
    pub enum OnFailure {
        /// Ends the session.
        Leave = "leave",
        /// Goes on with the next step.
        GoOn = "go_on",
    }
}

impl StepSpec {
    /// The request that it makes, with its chance as its weight; `None` where it is a time to think.
    pub(super) fn request(&self, span: crate::document::Span) -> Option<RequestSpec> {
        let weight = Spanned { value: self.chance.as_fraction(), span };
        let request = RequestSpec { route: self.route.clone(), operation: self.operation.clone(), weight, payload: self.payload };
        self.think.is_none().then_some(request)
    }
}

/// That every step is one thing, and one of them a request (E114).
pub(super) fn check(workload: &Spanned<String>, steps: &[Spanned<StepSpec>], reading: &mut Reading) {
    for step in steps.iter().filter(|step| step.value.think.is_some() && (step.value.route.is_some() || step.value.operation.is_some())) {
        let diagnostic = Diagnostic::error("E114", step.span, "a step of a session is a request or a time to think, not both").label("both");
        reading.push(diagnostic.hint("make two steps of it: `{ think: 3s }, { route: GET /report }`"));
    }
    let asks = |step: &Spanned<StepSpec>| step.value.think.is_none() && step.value.chance > Share::ZERO;
    if !steps.is_empty() && !steps.iter().any(asks) {
        let message = format!("the session of `{}` makes no request", workload.value);
        let diagnostic = Diagnostic::error("E114", workload.span, message).label("thinks only");
        reading.push(diagnostic.hint("add a step such as `{ route: GET /list }`, with a chance above zero"));
    }
    if steps.len() > usize::from(u16::MAX) {
        let diagnostic = Diagnostic::error("E114", workload.span, format!("a session has at most {} steps", u16::MAX)).label("too many");
        reading.push(diagnostic.hint("another workload can have the others"));
    }
}
