//! What a handler does, as the file says it: a list of steps, each a map with one verb.
//!
//! ```yaml
//! handler:
//!   - compute: 12ms                                  # CPU time at one vCPU, scales with memory
//!   - get_item: { table: users, key: user }          # a verb of a service, from the services! table
//!   - for_each_message: [ { put_item: { table: ledger } } ]      # of the batch that the function was invoked with
//!   - choice: [ { chance: 90%, do: [ … ] }, { else: [ … ] } ]
//! ```
//!
//! The keys that all calls share (target, `timeout`, `retry`, `on_error`) are read here; what remains belongs to the target's kind.

use crate::{
    document::{Data, Diagnostic, Entry, Read, Reading, Spanned, Value, closest},
    mechanism::distribution::Distribution,
    service::{Operation, retry::RetrySpec},
    spec,
    units::{Share, Time},
};

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    /// CPU time at one vCPU.
    Compute(Distribution),
    /// Time that memory does not change.
    Wait(Distribution),
    Call(Box<Call>),
    Parallel(Vec<Vec<Step>>),
    Choice(Vec<Arm>),
    Repeat(Repeat),
    /// Once for each message of the batch.
    ForEachMessage(Vec<Step>),
    Fail(Fail),
}

/// One call of another node.
#[derive(Clone, Debug)]
pub struct Call {
    pub verb: &'static str,
    pub to: Spanned<String>,
    pub operation: Operation,
    /// For one attempt.
    pub timeout: Option<Spanned<Time>>,
    pub retry: Option<RetrySpec>,
    pub on_error: Option<Vec<Step>>,
}

spec! {
    /// One way out of a choice.
    pub struct Arm: "an arm of a choice" {
        /// Share of the cases.
        chance: Option<Spanned<Share>> = None,
        /// Taken where this attribute is true (not 0).
        when: Option<Spanned<String>> = None,
        /// Steps of this arm.
        r#do: Option<Vec<Step>> = None,
        /// Steps where no arm before was taken.
        r#else: Option<Vec<Step>> = None,
    }
}

spec! {
    /// Steps done several times.
    pub struct Repeat: "a repetition" {
        /// How often.
        times: u16,
        /// Steps of one iteration.
        r#do: Vec<Step>,
    }
}

spec! {
    /// The function throws.
    pub struct Fail: "a failure" {
        /// Share of the cases, drawn anew at each try; default: always.
        chance: Option<Share> = None,
        /// Throws where this attribute is true: the same at every try.
        when: Option<Spanned<String>> = None,
        /// Name of the error.
        error: Option<String> = None,
    }
}

/// The verbs that are no calls.
const OWN: [&str; 7] = ["compute", "wait", "parallel", "choice", "repeat", "for_each_message", "fail"];
/// The keys that every call has.
const SHARED: [&str; 3] = ["timeout", "retry", "on_error"];

impl Read for Step {
    fn expected() -> String {
        "a step such as `compute: 5ms` or `get_item: { table: … }`".into()
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let entries = reading.map(value, &Self::expected())?;
        let [entry] = entries else {
            let message = format!("a step is one verb, this has {}", entries.len());
            reading.push(Diagnostic::error("E063", value.span, message).hint("write each step as its own item: `- compute: 5ms`"));
            return None;
        };
        let value = &entry.value;
        match entry.key.as_str() {
            "compute" => Read::read(value, reading).map(Self::Compute),
            "wait" => Read::read(value, reading).map(Self::Wait),
            "parallel" => Read::read(value, reading).map(Self::Parallel),
            "choice" => Read::read(value, reading).map(Self::Choice),
            "repeat" => Read::read(value, reading).map(Self::Repeat),
            "for_each_message" => Read::read(value, reading).map(Self::ForEachMessage),
            "fail" => Read::read(value, reading).map(Self::Fail),
            _ => call(entry, reading),
        }
    }
}

fn call(entry: &Entry, reading: &mut Reading) -> Option<Step> {
    let Some((verb, target)) = Operation::verbs().find(|(verb, _)| *verb == entry.key) else { return unknown(entry, reading) };
    // `send: parked` is short for `send: { queue: parked }`.
    let short = [Entry { key: target.to_owned(), key_span: entry.value.span, value: entry.value.clone() }];
    let entries = match entry.value.text() {
        Some(_) => &short,
        None => reading.map(&entry.value, &format!("what to `{verb}`, such as `{{ {target}: … }}`"))?,
    };
    let (shared, own): (Vec<Entry>, Vec<Entry>) = entries.iter().cloned().partition(|e| e.key == target || SHARED.contains(&e.key.as_str()));
    let (shared, own) = (Value { data: Data::Map(shared), ..entry.value }, Value { data: Data::Map(own), ..entry.value });
    let operation = Operation::read(verb, &own, reading);
    let mut fields = reading.fields(&shared, verb)?;
    let to = fields.required(target, &format!("`{verb}`"), reading);
    let timeout = fields.optional("timeout", reading, || None);
    let retry = fields.optional("retry", reading, || None);
    let on_error = fields.optional("on_error", reading, || None);
    Some(Step::Call(Box::new(Call { verb, to: to?, operation: operation?, timeout: timeout?, retry: retry?, on_error: on_error? })))
}

fn unknown(entry: &Entry, reading: &mut Reading) -> Option<Step> {
    let verbs: Vec<&str> = OWN.into_iter().chain(Operation::verbs().map(|(verb, _)| verb)).collect();
    let hint = match closest(&entry.key, verbs.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("a handler can: {}", verbs.join(", ")),
    };
    let message = format!("`{}` is not something a handler can do", entry.key);
    reading.push(Diagnostic::error("E064", entry.key_span, message).label("no such step").hint(hint));
    None
}

/// Calls `visit` with every step, those inside steps too.
pub fn walk<'s>(steps: &'s [Step], visit: &mut dyn FnMut(&'s Step)) {
    for step in steps {
        visit(step);
        match step {
            Step::Parallel(branches) => branches.iter().for_each(|b| walk(b, visit)),
            Step::Choice(arms) => arms.iter().flat_map(|a| a.r#do.iter().chain(&a.r#else)).for_each(|s| walk(s, visit)),
            Step::Repeat(repeat) => walk(&repeat.r#do, visit),
            Step::ForEachMessage(steps) => walk(steps, visit),
            Step::Call(call) => call.on_error.iter().for_each(|s| walk(s, visit)),
            Step::Compute(_) | Step::Wait(_) | Step::Fail(_) => {}
        }
    }
}
