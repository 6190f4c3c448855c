//! What a scenario says of those who send requests: when they come, what they ask for, and how patient they are.
//!
//! ```text
//! phases (open loop) │ users + think_time (closed loop) │ replay (a trace)  ──▶  requests, by weight, or a session  ──▶  client: time-out, retries
//! ```
//!
//! Exactly one of the three says when requests come. Attributes are drawn once for each request, or session, and seen by every node downstream.

use super::phases::{PhaseSpec, Phases, positive};
use super::session::{self, OnFailure, StepSpec};
use crate::document::{Data, Diagnostic, Map, Read, Reading, Shape, Shapes, Spanned, Value};
use crate::mechanism::{
    arrivals::Pattern,
    attribute::Attribute,
    distribution::Distribution,
    replay::Spread,
    trace::{Choice, Trace, TraceError},
};
use crate::service::{
    Asked,
    api_gateway::API_KEY,
    retry::{ATTEMPTS, MOST_ATTEMPTS, ONE_ATTEMPT, RetrySpec},
};
use crate::units::{Bytes, Time};
use crate::{spec, words};

spec! {
    /// A source of requests.
    pub struct WorkloadSpec: "a workload" {
        /// The node that the requests are sent to.
        target: Spanned<String>,
        /// How the arrivals of a phase are spread: at random, evenly, in bursts, in batches; `replay` says that a trace gives them.
        arrivals: Arrivals = Arrivals::Spread(Pattern::Poisson),
        /// Open loop: one phase after another, or a preset that stands for them.
        phases: Phases = Phases::default(),
        /// Closed loop: this many users, 1 to 10 million, each with one request in flight at most.
        users: Option<Spanned<u64>> = None,
        /// What a user waits between an answer and the next request, or between two sessions; without it, nothing.
        think_time: Option<Distribution> = None,
        /// Arrivals from a trace.
        replay: Option<Spanned<ReplaySpec>> = None,
        /// In place of `requests`: what a user does step by step. Each user of a closed loop, and each arrival of an open one, goes through it.
        session: Vec<Spanned<StepSpec>> = Vec::new(),
        /// What a user does when a request of a session fails for good: ends the session, or goes on with the next step.
        on_failure: OnFailure = OnFailure::Leave,
        /// Drawn once for each request, or session, by name.
        attributes: Map<Attribute> = Map::default(),
        /// The API key of all its requests, for the usage plans of an API: short for an attribute `api_key` that is always this name.
        api_key: Option<ApiKey> = None,
        /// The mix of requests; without it, one request that says nothing in particular.
        requests: Vec<Spanned<RequestSpec>> = Vec::new(),
        /// Short for a single request with this operation.
        operation: Option<Asked> = None,
        /// Time-out and retries of the caller.
        client: ClientSpec = ClientSpec::default(),
        /// The node at which its work ends, which may be long after its requests were answered: latencies `end_to_end` reach from the request to there.
        ends_at: Option<Spanned<String>> = None,
        /// Where a server queues by priority: larger goes first.
        priority: u32 = 0,
    }
}

/// One API key for all requests of a workload.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The attribute that it is.
    attribute: Spanned<String>,
    name: String,
}

impl Read for ApiKey {
    fn expected() -> String {
        "the name of an API key".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        String::shape(shapes)
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let Some(name) = value.text() else { return reading.mismatch(value, &Self::expected()) };
        Some(Self { attribute: Spanned { value: API_KEY.into(), span: value.span }, name: name.to_owned() })
    }
}

/// How arrivals are spread over a phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// At the rate of the phase, in this pattern.
    Spread(Pattern),
    /// As in a trace.
    Replay,
}

impl Read for Arrivals {
    fn expected() -> String {
        Pattern::expected()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        Pattern::shape(shapes)
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.text() {
            Some("replay") => Some(Self::Replay),
            _ => Pattern::read(value, reading).map(Self::Spread),
        }
    }
    fn written(&self) -> Option<String> {
        match self {
            Self::Spread(pattern) => pattern.written(),
            Self::Replay => Some("replay".into()),
        }
    }
}

spec! {
    /// A trace to take arrivals from.
    pub struct ReplaySpec: "a replay" {
        /// CSV file, found from where the scenario lies.
        file: Spanned<String>,
        /// What its columns mean.
        format: TraceFormat = TraceFormat::Timestamps,
        /// Which function's row of a file that has many.
        function: Option<Spanned<TracedFunction>> = None,
        /// Where in its minute an arrival falls, for formats that count by the minute.
        spread: Spread = Spread::Poisson,
        /// Factor on the number of requests: above 0, up to a million.
        scale: Spanned<f64> = Spanned { value: 1.0, span: Default::default() },
        /// How much of the trace to skip; default: nothing.
        from: Option<Time> = None,
    }
}

words! {
    /// The formats of traces.
    pub enum TraceFormat {
        /// One arrival a line.
        Timestamps = "timestamps",
        /// One count a line, one line a minute.
        CountsPerMinute = "counts_per_minute",
        /// The Azure Functions trace of 2019: a row a function, 1440 counts.
        AzureFunctions2019 = "azure_functions_2019",
    }
}

/// Which rows of a trace with many functions are replayed.
#[derive(Clone, Debug)]
pub struct TracedFunction(pub Choice);

impl Read for TracedFunction {
    fn expected() -> String {
        "`{ hash: … }`, `{ rank: 1 }` or `all`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        let choice = |key: &str, value: Shape, about: &str| Shape::object("a function of a trace").with(key, value.described(about)).needing(key);
        let hash = choice("hash", String::shape(shapes), "How the function's hash begins.");
        Shape::any(vec![Shape::word("all"), hash, choice("rank", u32::shape(shapes), "Its place when the busiest function is the first.")])
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match (&value.data, value.text()) {
            (_, Some("all")) => Some(Self(Choice::All)),
            (Data::Map(entries), _) if entries.len() == 1 && entries[0].key == "hash" => {
                String::read(&entries[0].value, reading).map(|hash| Self(Choice::Hash(hash)))
            }
            (Data::Map(entries), _) if entries.len() == 1 && entries[0].key == "rank" => {
                u32::read(&entries[0].value, reading).map(|rank| Self(Choice::Rank(rank as usize)))
            }
            _ => reading.mismatch(value, &Self::expected()),
        }
    }
}

impl ReplaySpec {
    /// The trace in these bytes, as far as it is to be replayed.
    ///
    /// # Errors
    /// The line and column that cannot be understood.
    pub fn trace(&self, bytes: &[u8]) -> Result<Trace, TraceError> {
        let choice = self.function.as_ref().map_or(Choice::All, |f| f.value.0.clone());
        let trace = match self.format {
            TraceFormat::Timestamps => Trace::timestamps(bytes),
            TraceFormat::CountsPerMinute => Trace::counts_per_minute(bytes),
            TraceFormat::AzureFunctions2019 => Trace::azure_minutes(bytes, &choice),
        }?;
        Ok(match self.from {
            Some(from) => trace.after(from),
            None => trace,
        })
    }
}

spec! {
    /// One kind of request of a mix.
    pub struct RequestSpec: "a request" {
        /// Of an API: method and path, as the API has it.
        route: Option<Spanned<String>> = None,
        /// Of anything else: what is asked of it, as a step of a handler would say.
        operation: Option<Asked> = None,
        /// Share in the mix, against the other weights.
        weight: Spanned<f64> = Spanned { value: 1.0, span: Default::default() },
        /// Size of its body.
        payload: Bytes = Bytes::from_kb(1),
    }
}

spec! {
    /// How patient the caller is.
    #[derive(Default)]
    pub struct ClientSpec: "a client" {
        /// After so long the caller hangs up; without it, never.
        timeout: Option<Spanned<Time>> = None,
        /// What it does when a request fails; without it, nothing.
        retry: Option<Spanned<RetrySpec>> = None,
        /// Between the caller and what it calls, both ways together, on each attempt; default: nothing, a caller next door.
        round_trip: Time = Time::ZERO,
    }
}

/// When the requests of a workload come.
#[derive(Clone, Copy, Debug)]
pub enum Load<'w> {
    Phases(&'w [Spanned<PhaseSpec>]),
    Users { users: u64, think_time: Option<&'w Distribution> },
    Replay(&'w ReplaySpec),
}

impl WorkloadSpec {
    /// When its requests come; `None` where the file says nothing, which [`check`](Self::check) refuses.
    pub fn load(&self) -> Option<Load<'_>> {
        match (&self.users, &self.replay) {
            (Some(users), _) => Some(Load::Users { users: users.value, think_time: self.think_time.as_ref() }),
            (_, Some(replay)) => Some(Load::Replay(&replay.value)),
            _ if !self.phases.list.is_empty() => Some(Load::Phases(&self.phases.list)),
            _ => None,
        }
    }

    /// Requests a second, where they come at random at one rate from `from` to `until`: a Poisson process. Not of sessions, which make several each.
    pub fn poisson_rate(&self, from: Time, until: Time) -> Option<f64> {
        let is_random = self.arrivals == Arrivals::Spread(Pattern::Poisson) && self.session.is_empty();
        let rate = matches!(self.load(), Some(Load::Phases(_))).then(|| self.phases.constant_rate(from, until)).flatten();
        rate.filter(|rate| is_random && *rate > 0.0)
    }

    /// The requests it makes: never empty. Those of a session weigh as much as sessions make of them.
    pub fn mix(&self) -> Vec<RequestSpec> {
        let steps: Vec<RequestSpec> = self.session.iter().filter_map(|step| step.value.request(step.span)).collect();
        if !steps.is_empty() {
            return steps;
        }
        if !self.requests.is_empty() {
            return self.requests.iter().map(|request| request.value.clone()).collect();
        }
        let weight = Spanned { value: 1.0, span: self.target.span };
        vec![RequestSpec { route: None, operation: self.operation.clone(), weight, payload: Bytes::from_kb(1) }]
    }

    /// How many requests a session makes on average, and how long its user thinks in it, in seconds; without sessions it is one request.
    pub fn per_session(&self) -> (f64, f64) {
        if self.session.is_empty() {
            return (1.0, 0.0);
        }
        let (mut requests, mut thinking) = (0.0, 0.0);
        for step in self.session.iter().map(|step| &step.value) {
            match &step.think {
                Some(think) => thinking += step.chance.as_fraction() * think.value.mean().as_secs_f64(),
                None => requests += step.chance.as_fraction(),
            }
        }
        (requests, thinking)
    }

    /// Each attribute that it draws, with what phases draw in its place.
    pub fn drawn(&self) -> impl Iterator<Item = (&Spanned<String>, Attribute)> {
        let key = self.api_key.iter().map(|key| (&key.attribute, Attribute::Shares(vec![(key.name.clone(), 1.0)])));
        self.attributes.0.iter().map(|(name, usual)| (name, self.phases.overriding(&name.value, usual))).chain(key)
    }

    /// The names of the attributes that it draws.
    pub fn attribute_names(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.attributes.0.iter().map(|(name, _)| name).chain(self.api_key.iter().map(|key| &key.attribute))
    }

    /// The rules within one workload.
    pub fn check(&self, name: &Spanned<String>, reading: &mut Reading) {
        self.check_load(name, reading);
        self.check_session(name, reading);
        self.phases.check_attributes(&name.value, &self.attributes, reading);
        self.phases.list.iter().for_each(|phase| phase.value.check(phase.span, reading));
        if let Some(replay) = self.replay.as_ref().filter(|replay| !(replay.value.scale.value > 0.0 && replay.value.scale.value <= 1e6)) {
            let message = "the scale of a replay must be more than zero, and at most a million";
            reading.push(Diagnostic::error("E032", replay.value.scale.span, message).label("out of range"));
        }
        if let Some(users) = self.users.as_ref().filter(|users| users.value == 0 || users.value > 10_000_000) {
            reading.push(Diagnostic::error("E032", users.span, "a closed loop needs from 1 to 10 million users").label("out of range"));
        }
        self.check_weights(name, reading);
        self.client.check(reading);
    }

    fn check_load(&self, name: &Spanned<String>, reading: &mut Reading) {
        let given = [("phases", self.phases.is_given()), ("users", self.users.is_some()), ("replay", self.replay.is_some())];
        let given: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(word, _)| word).collect();
        let complain = |message: String, hint: &str| Diagnostic::error("E042", name.span, message).label("this workload").hint(hint);
        let hint = "write `phases: [ { duration: 10m, arrival_rate: 50/s } ]`, or `users: 100`, or `replay: { file: trace.csv }`";
        match given[..] {
            [] => reading.push(complain(format!("`{}` does not say when its requests come", name.value), hint)),
            ["phases"] if self.arrivals == Arrivals::Replay => {
                reading.push(complain(
                    format!("`{}` has `arrivals: replay` and names no trace", name.value),
                    "write `replay: { file: trace.csv }` in place of `phases`",
                ));
            }
            ["users"] | ["replay"] if matches!(self.arrivals, Arrivals::Spread(Pattern::Bursty(_) | Pattern::Batch(_))) => {
                let message = format!("`{}` has a pattern of arrivals and no `phases` that it spreads", name.value);
                reading.push(complain(message, "leave `arrivals` out, or give `phases`"));
            }
            ["users"] | ["phases"] | ["replay"] => {}
            _ => {
                let message = format!("`{}` says more than once when its requests come: by {}", name.value, given.join(" and "));
                reading.push(complain(message, "keep one of them; another workload can have the other"));
            }
        }
        if let (Some(_), false) = (&self.think_time, self.users.is_some()) {
            let message = format!("`{}` has a `think_time` and no `users` who think", name.value);
            reading.push(complain(message, "write `users: 100` for a closed loop"));
        }
        if self.operation.is_some() && !self.requests.is_empty() {
            let message = format!("`{}` has both `operation` and `requests`", name.value);
            reading.push(complain(message, "move the operation into one of the requests"));
        }
    }

    fn check_session(&self, name: &Spanned<String>, reading: &mut Reading) {
        if self.session.is_empty() {
            return;
        }
        session::check(name, &self.session, reading);
        if self.operation.is_some() || !self.requests.is_empty() {
            let other = if self.operation.is_some() { "operation" } else { "requests" };
            let message = format!("`{}` has both `session` and `{other}`", name.value);
            let diagnostic = Diagnostic::error("E114", name.span, message).label("this workload");
            reading.push(diagnostic.hint("make the requests steps of the session, or give them to another workload"));
        }
        if let Some((attribute, _)) = self.phases.list.iter().flat_map(|phase| &phase.value.attributes.0).next() {
            let message = format!("a phase draws `{}`, and a session of `{}` keeps what it drew when it began", attribute.value, name.value);
            let diagnostic = Diagnostic::error("E115", attribute.span, message).label("in this phase").also(name.span, "has sessions");
            reading.push(diagnostic.hint("give the people of this phase a workload of their own"));
        }
    }

    fn check_weights(&self, name: &Spanned<String>, reading: &mut Reading) {
        for request in self.requests.iter().filter(|request| request.value.weight.value < 0.0) {
            reading.push(
                Diagnostic::error("E032", request.value.weight.span, "a weight must be zero or more")
                    .label("negative")
                    .hint("`weight: 0` leaves a request out of the mix"),
            );
        }
        if !self.requests.is_empty() && self.requests.iter().all(|request| request.value.weight.value == 0.0) {
            let message = format!("all requests of `{}` have weight zero, so that there is none to make", name.value);
            reading.push(
                Diagnostic::error("E019", self.requests[0].value.weight.span, message)
                    .label("zero, as all others")
                    .hint("give at least one a weight"),
            );
        }
    }
}

impl ClientSpec {
    fn check(&self, reading: &mut Reading) {
        self.timeout.iter().for_each(|timeout| positive(timeout, "a time-out", reading));
        let Some(retry) = &self.retry else { return };
        let mut complain = |message: &str, hint: &str| reading.push(Diagnostic::error("E032", retry.span, message).label("this policy").hint(hint));
        if !ATTEMPTS.contains(&retry.value.max_attempts) {
            complain(MOST_ATTEMPTS, ONE_ATTEMPT);
        }
        if retry.value.cap < retry.value.base {
            complain("the longest wait between tries, `cap`, must not be shorter than the first, `base`", "raise `cap`, or lower `base`");
        }
    }
}
