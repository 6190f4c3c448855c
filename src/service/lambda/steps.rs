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
    document::{Data, Diagnostic, Entry, Field, Read, Reading, Shape, Shapes, Spanned, Value, closest},
    mechanism::distribution::Distribution,
    service::{Operation, retry::RetrySpec},
    spec,
    units::{Share, Time},
};

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    Compute(Compute),
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
    /// CPU time.
    pub struct Compute: "computing" {
        /// CPU time at one vCPU, of all threads together.
        time: Distribution,
        /// How many threads share it evenly, 1 to 1,024: beyond 1,769 MB of memory, more than one vCPU works on it.
        threads: Spanned<u32> = Spanned { value: 1, span: Default::default() },
    }
}

impl Compute {
    /// The vCPUs that work on it, of so many that there are: with `v` of them it takes its time over min(v, threads).
    pub fn vcpus(&self, there: f64) -> f64 {
        there.min(f64::from(self.threads.value))
    }

    /// A time alone, or with threads.
    fn read_either(value: &Value, reading: &mut Reading) -> Option<Self> {
        let long = matches!(&value.data, Data::Map(entries) if entries.iter().any(|entry| matches!(entry.key.as_str(), "time" | "threads")));
        if long {
            return Self::read(value, reading);
        }
        Distribution::read(value, reading).map(|time| Self { time, threads: Spanned { value: 1, span: value.span } })
    }
}

spec! {
    /// One way out of a choice.
    pub struct Arm: "an arm of a choice" {
        /// Share of the cases in which this arm is taken; those of all arms add up to at most 100 %.
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
        /// How often, in a row.
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

spec! {
    /// The keys that every call has besides its target.
    pub struct Patience: "a call" {
        /// How long one attempt may take; default: as long as the function has left.
        timeout: Option<Spanned<Time>> = None,
        /// Retries of this call; default: the SDK's.
        retry: Option<RetrySpec> = None,
        /// Steps in place of failing, when the last attempt has failed.
        on_error: Option<Vec<Step>> = None,
    }
}

/// Its keys.
const SHARED: [&str; 3] = ["timeout", "retry", "on_error"];

/// The verbs that are no calls, and what each does.
const OWN: [(&str, &str); 7] = [
    ("compute", "CPU time at one vCPU: less memory makes it longer."),
    ("wait", "Time that passes whatever the memory: a lock, a sleep, a system that is not in the scenario."),
    ("parallel", "Lists of steps that run side by side; the step ends with the last of them."),
    ("choice", "The first arm whose condition holds."),
    ("repeat", "Steps done several times."),
    ("for_each_message", "Steps for each message of the batch that the function was invoked with, or received."),
    ("fail", "The function throws."),
];

impl Read for Step {
    fn expected() -> String {
        "a step such as `compute: 5ms` or `get_item: { table: … }`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        shapes.define("step", |shapes| {
            let own = OWN.iter().map(|(verb, about)| (*verb, own_shape(verb, shapes).described(about))).collect::<Vec<_>>();
            let asked = Operation::shapes(shapes);
            let calls = Operation::verbs().zip(asked).map(|((verb, target), asked)| (verb, call_shape(target, &asked, shapes))).collect::<Vec<_>>();
            own.into_iter().chain(calls).fold(Shape::object("a step").with_one_key(), |map, (verb, shape)| map.with(verb, shape))
        })
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
            "compute" => Compute::read_either(value, reading).map(Self::Compute),
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

/// The shape of what follows a verb of the handler's own.
fn own_shape(verb: &str, shapes: &mut Shapes) -> Shape {
    match verb {
        "compute" => Shape::any(vec![Distribution::shape(shapes), Compute::shape(shapes)]),
        "wait" => Distribution::shape(shapes),
        "parallel" => Vec::<Vec<Step>>::shape(shapes),
        "choice" => Vec::<Arm>::shape(shapes),
        "repeat" => Repeat::shape(shapes),
        "for_each_message" => Vec::<Step>::shape(shapes),
        _ => Fail::shape(shapes),
    }
}

/// The shape of a call of which `asked` is what its kind reads: that, its target and what all calls have; or the target alone.
fn call_shape(target: &'static str, asked: &Shape, shapes: &mut Shapes) -> Shape {
    let own = shapes.resolved(asked);
    let what = own.title.clone().unwrap_or_default();
    let make = |shapes: &mut Shapes| {
        let to = Field { name: target, doc: "The node that is asked.", expected: String::expected(), required: true, default: None };
        let patience = Patience::shape(shapes);
        let keys = shapes.keys(asked).into_iter().chain(shapes.keys(&patience));
        let map = Shape::object(&what).with(target, String::shape(shapes).explained(&to, &what)).needing(target);
        let map = keys.fold(map, |map, (key, shape)| map.with(&key, shape));
        Shape { required: [map.required, own.required.clone()].concat(), ..map }
    };
    let long = match asked.referred().map(|name| format!("{name}.call")) {
        Some(name) => shapes.define(&name, make),
        None => make(shapes),
    };
    // What needs more than its target cannot be written as the target alone.
    if !own.required.is_empty() {
        return long.described(&format!("Asks the node that `{target}` names: {what}."));
    }
    let about = format!("Asks the node that `{target}` names, or that stands here alone: {what}.");
    Shape::any(vec![long, String::shape(shapes)]).described(&about)
}

fn call(entry: &Entry, reading: &mut Reading) -> Option<Step> {
    let Some((verb, target)) = Operation::verbs().find(|(verb, _)| *verb == entry.key) else { return unknown(entry, reading) };
    // `send: parked` is short for `send: { queue: parked }`.
    let short = [Entry { key: target.to_owned(), key_span: entry.value.span, value: entry.value.clone() }];
    let entries = match entry.value.text() {
        Some(_) => &short,
        None => reading.map(&entry.value, &format!("what to `{verb}`, such as `{{ {target}: … }}`"))?,
    };
    let (of_target, others): (Vec<Entry>, Vec<Entry>) = entries.iter().cloned().partition(|e| e.key == target);
    let (shared, own): (Vec<Entry>, Vec<Entry>) = others.into_iter().partition(|e| SHARED.contains(&e.key.as_str()));
    let [of_target, shared, own] = [of_target, shared, own].map(|entries| Value { data: Data::Map(entries), ..entry.value });
    let operation = Operation::read(verb, &own, reading);
    let to = reading.fields(&of_target, verb)?.required(target, &format!("`{verb}`"), reading);
    let Patience { timeout, retry, on_error } = Patience::read(&shared, reading)?;
    Some(Step::Call(Box::new(Call { verb, to: to?, operation: operation?, timeout, retry, on_error })))
}

fn unknown(entry: &Entry, reading: &mut Reading) -> Option<Step> {
    let verbs: Vec<&str> = OWN.into_iter().map(|(verb, _)| verb).chain(Operation::verbs().map(|(verb, _)| verb)).collect();
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
