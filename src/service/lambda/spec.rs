//! What the file says of a function, and what there is to check in it.
//! What the handler does is `steps`; what is said here is about the function as it is configured.

use crate::{
    document::{Diagnostic, Map, Read, Reading, Shape, Shapes, Spanned, Value},
    engine::NodeId,
    mechanism::distribution::Distribution,
    platform::coldstart,
    service::{
        self, Build, Kind, Reference,
        auto_scaling::ConcurrencyScaling,
        mapping::spec::EventSource,
        retry::{ATTEMPTS, MOST_ATTEMPTS, ONE_ATTEMPT},
    },
    spec,
    units::{Bytes, Time},
    words,
};

use super::{
    Deployments, Destinations, Lambda, Operation, RecursiveLoop, Response, RoutingConfig, SnapStart, VersionSpec, asynchronous,
    program::MAX_LOOPS,
    steps::{Call, Compute, Step, walk},
};

words! {
    /// How the code is delivered.
    pub enum Package {
        /// An archive, at most 250 MB unpacked.
        Zip = "zip",
        /// A container image.
        Image = "image",
    }
}

words! {
    /// Instruction set.
    pub enum Architecture {
        /// Intel and AMD.
        X86 = "x86_64",
        /// Graviton.
        Arm = "arm64",
    }
}

words! {
    /// How a function is invoked (AWS: InvocationType).
    pub enum InvocationType {
        /// The caller waits for the answer.
        RequestResponse = "request_response",
        /// The caller is told that the event was accepted.
        Event = "event",
    }
}

spec! {
    /// An invocation as a workload or a handler asks for it.
    pub struct Invocation: "an invocation" {
        /// Whether the caller waits for the answer.
        invocation_type: InvocationType = InvocationType::RequestResponse,
    }
}

spec! {
    /// The SDK that the handler calls AWS with.
    pub struct Sdk: "an SDK profile" {
        /// Retry behaviour by language and year; default: that of the runtime's SDK.
        profile: Option<Spanned<String>> = None,
        /// Attempts in all, the first one included: 1 to 100. Default: the profile's.
        max_attempts: Option<u32> = None,
    }
}

spec! {
    /// What the file says of a function.
    pub struct Spec: "a function" {
        /// Brings the measured cold-start distribution and the SDK's retries.
        runtime: Spanned<String> = Spanned { value: "nodejs22.x".into(), span: Default::default() },
        /// How the code is delivered, which cold starts depend on.
        package: Package = Package::Zip,
        /// Instruction set, which cold starts and prices depend on.
        architecture: Architecture = Architecture::X86,
        /// Memory, 128 MB to 10,240 MB, and with it CPU: one vCPU at 1,769 MB, so that less memory makes `compute` longer.
        memory: Spanned<Bytes> = Spanned { value: Bytes::from_mb(128), span: Default::default() },
        /// Space under `/tmp`, 512 MB to 10,240 MB; what is beyond 512 MB is charged by the time.
        ephemeral_storage: Spanned<Bytes> = Spanned { value: Bytes::from_mb(512), span: Default::default() },
        /// How long one invocation may take, init excluded: at most 15 min.
        timeout: Spanned<Time> = Spanned { value: Time::from_secs(3), span: Default::default() },
        /// Concurrent executions set aside for this function, which are also its cap; the account keeps 100 unreserved.
        /// Default: what the account has left.
        reserved_concurrency: Option<Spanned<u64>> = None,
        /// Environments that are kept ready, so that no request waits for them; at most `reserved_concurrency`. Default: none.
        provisioned_concurrency: Option<Spanned<u64>> = None,
        /// Changes of `provisioned_concurrency` in the run: target tracking of its utilisation, and scheduled bounds. Default: none.
        auto_scaling: Option<ConcurrencyScaling> = None,
        /// The INIT phase as `REPORT` prints it; default: as measured for runtime, package, memory and architecture.
        init_duration: Option<Distribution> = None,
        /// Init that the function itself adds: SDK clients, frameworks, connections. Default: none.
        extra_init: Option<Distribution> = None,
        /// Whether environments begin from a snapshot, so that no request waits for INIT.
        snap_start: SnapStart = SnapStart::None,
        /// Restoring that snapshot; default: as measured for the runtime.
        restore_duration: Option<Spanned<Distribution>> = None,
        /// Making the sandbox and fetching the code, before INIT and not billed; default: as measured.
        allocation: Option<Distribution> = None,
        /// How long an idle environment is kept; default: as measured.
        keep_alive: Option<Distribution> = None,
        /// The age at which an environment is recycled; default: as measured.
        lifetime: Option<Distribution> = None,
        /// When it gets new code, and all of its environments go: `{ every: 3m }`, or times such as `[ 3m, 7m30s ]`. Default: never.
        deployments: Option<Deployments> = None,
        /// What the Lambda service adds to a warm invocation; default: as measured.
        invoke_overhead: Option<Distribution> = None,
        /// The SDK that the handler calls AWS with.
        sdk: Option<Sdk> = None,
        /// Queues that it is fed from.
        event_sources: Vec<EventSource> = Vec::new(),
        /// What one invocation does, in order.
        handler: Vec<Step> = Vec::new(),
        /// How large its answer is, and whether it is streamed; default: small.
        response: Option<Response> = None,
        /// What an invocation writes to CloudWatch Logs, in the mean and as it is billed. Default: not known, and left out of what it costs.
        log_size: Option<Bytes> = None,
        /// Retries of an event whose function failed: 0 to 2. Default: 2.
        maximum_retry_attempts: Option<Spanned<u32>> = None,
        /// How old an event may be when its turn comes: 60 s to 6 h. Default: 6 h.
        maximum_event_age: Option<Spanned<Time>> = None,
        /// Who hears of events that succeeded or were dropped.
        destinations: Destinations = Destinations::default(),
        /// A queue or topic that gets events that were dropped.
        dead_letter_queue: Option<Spanned<String>> = None,
        /// What is done about a loop that comes back to this function.
        recursive_loop: RecursiveLoop = RecursiveLoop::Terminate,
        /// Other versions of the function, by name.
        versions: Map<VersionSpec> = Map::default(),
        /// How invocations are shared among versions.
        routing_config: Option<RoutingConfig> = None,
    }
}

/// More environments than these are a slip of the pen: the largest accounts have tens of thousands.
const PROVISIONED_MAX: u64 = 1_000_000;
/// Steps of one handler: a step compiles to at most four instructions, and a program counter has 16 bits.
const STEPS_MAX: usize = 10_000;

impl Kind for Spec {
    type Service = Lambda;
    type Operation = Operation;
    const NAME: &'static str = "lambda";
    const VERBS: &'static [&'static str] = &["invoke"];
    const TARGET: &'static str = "function";
    const METRICS: &'static [&'static str] = &[
        "invocations",
        "errors",
        "throttles",
        "duration",
        "concurrent_executions",
        "provisioned_concurrency_invocations",
        "provisioned_concurrency_spillover_invocations",
        "provisioned_concurrent_executions",
        "allocated_provisioned_concurrency",
        "cold_starts",
        "init_duration",
        "restore_duration",
        "timeouts",
        "idle_environments",
        "environments",
        "billed_duration",
        "billed_init_duration",
        "provisioned_billed_duration",
        "compute_duration",
        "async_events_received",
        "async_events_dropped",
        "async_events_dropped_never_run",
        "async_events_dropped_after_errors",
        "async_event_retries",
        "async_events_put_off",
        "async_events_pending",
        "async_event_age",
        "destination_delivery_failures",
        "dead_letter_errors",
        "end_to_end",
        "recursive_invocations_dropped",
        "additional_version_invocations",
    ];

    fn read_operation(_verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Operation> {
        Invocation::read(value, reading).map(|asked| match asked.invocation_type {
            InvocationType::RequestResponse => Operation::Sync,
            InvocationType::Event => Operation::Event { dispatch: None },
        })
    }

    fn operation_shape(_verb: &'static str, shapes: &mut Shapes) -> Shape {
        Invocation::shape(shapes)
    }

    fn usual() -> Option<(&'static str, Operation)> {
        Some(("invoke", Operation::Sync))
    }

    fn references(&self) -> Vec<Reference> {
        let reference = |call: &Call| Reference {
            to: call.to.clone(),
            verb: call.verb,
            waits: !matches!(call.operation, service::Operation::Lambda(Operation::Event { .. })),
            timeout: call.timeout.clone(),
            label: call.verb.to_owned(),
            feeds: false,
        };
        let fed = |source: &EventSource| Reference {
            to: source.queue.clone(),
            verb: "receive",
            waits: false,
            timeout: None,
            label: format!("batches of {}", source.batch_size.value),
            feeds: true,
        };
        let sources = self.event_sources.iter().map(fed);
        self.calls().into_iter().map(reference).chain(sources).chain(asynchronous::references(self)).collect()
    }

    fn operations(&self) -> Vec<(&Spanned<String>, &crate::service::Operation)> {
        self.calls().into_iter().map(|call| (&call.to, &call.operation)).collect()
    }

    fn attributes(&self) -> Vec<Spanned<String>> {
        let mut names: Vec<Spanned<String>> = self.calls().iter().flat_map(|call| call.operation.attributes()).collect();
        self.each_step(&mut |step| match step {
            Step::Fail(fail) => names.extend(fail.when.clone()),
            Step::Choice(arms) => names.extend(arms.iter().filter_map(|a| a.when.clone())),
            _ => {}
        });
        names.extend(self.event_sources.iter().flat_map(|source| source.filter.0.iter().map(|(name, _)| name.clone())));
        names
    }

    fn time_limit(&self) -> Option<Time> {
        Some(self.timeout.value)
    }

    fn charges(&self, name: &str, aws: &crate::platform::Platform) -> crate::service::charge::Charges {
        super::charges::charges(self, name, aws)
    }

    fn check(&self, name: &str, reading: &mut Reading) {
        self.check_runtime(name, reading);
        self.check_limits(name, reading);
        self.check_scaling(name, reading);
        self.check_handler(name, reading);
        self.event_sources.iter().for_each(|source| source.check(name, reading));
        self.check_events(name, reading);
        self.check_versions(name, reading);
        self.check_snap_start(name, reading);
        self.deployments.iter().for_each(|deployments| deployments.check(name, reading));
        self.response.iter().for_each(|response| response.check(name, &self.timeout, reading));
    }

    fn build(&self, node: NodeId, build: &mut Build) -> Lambda {
        Lambda::build(self, node, build)
    }

    fn bind(&self, service: &mut Lambda, operations: Vec<Operation>, build: &mut Build) {
        service.bind(self, operations, build);
    }
}

impl Spec {
    /// Calls `visit` with every step of every version.
    fn each_step<'s>(&'s self, visit: &mut dyn FnMut(&'s Step)) {
        self.handlers().for_each(|handler| walk(handler, visit));
    }

    /// What an invocation does, of the function itself and of its other versions.
    pub fn handlers(&self) -> impl Iterator<Item = &[Step]> {
        std::iter::once(self.handler.as_slice()).chain(self.versions.0.iter().map(|(_, version)| version.handler.as_slice()))
    }

    /// Whether the handler asks this node once each time: in one step, outside of loops and choices.
    pub fn asks_once(&self, to: &str) -> bool {
        let is_it = |step: &&Step| matches!(step, Step::Call(call) if call.to.value == to);
        self.handler.iter().filter(is_it).count() == 1 && self.calls().iter().filter(|call| call.to.value == to).count() == 1
    }

    fn calls(&self) -> Vec<&Call> {
        let mut calls = Vec::new();
        self.each_step(&mut |step| {
            if let Step::Call(call) = step {
                calls.push(call.as_ref());
            }
        });
        calls
    }

    /// Share of its memory that it pays for nothing: all beyond the least, where it never computes; nothing is known otherwise.
    pub fn spare_memory(&self) -> f64 {
        let mut computes = self.handlers().all(<[Step]>::is_empty);
        self.each_step(&mut |step| computes |= matches!(step, Step::Compute(_)));
        let least = 128.0 / self.memory.value.as_mb();
        if computes { 0.0 } else { (1.0 - least).max(0.0) }
    }

    fn check_runtime(&self, name: &str, reading: &mut Reading) {
        let runtime = &self.runtime;
        if let Some(profile) = self.sdk.as_ref().and_then(|s| s.profile.as_ref()) {
            self.check_profile(profile, reading);
        }
        if self.sdk.as_ref().and_then(|s| s.max_attempts).is_some_and(|n| !ATTEMPTS.contains(&n)) {
            reading.push(Diagnostic::error("E032", runtime.span, MOST_ATTEMPTS).label("the function's `sdk`").hint(ONE_ATTEMPT));
        }
        if coldstart::runtimes().any(|known| known == runtime.value) || self.init_duration.is_some() {
            return;
        }
        let hint = match crate::document::closest(&runtime.value, coldstart::runtimes()) {
            Some(near) => format!("did you mean `{near}`? or give `init_duration:` yourself"),
            None => "give `init_duration:` yourself; measured runtimes: see `docs/model/lambda.md`".to_owned(),
        };
        let message = format!("no cold start of `{}` has been measured, which `{name}` runs on", runtime.value);
        reading.push(Diagnostic::error("E065", runtime.span, message).label("not a known runtime").hint(hint));
    }

    fn check_profile(&self, profile: &Spanned<String>, reading: &mut Reading) {
        if crate::platform::sdk::profile(&profile.value).is_some() {
            return;
        }
        let names: Vec<&str> = crate::platform::sdk::names().collect();
        let message = format!("there is no SDK profile `{}`", profile.value);
        let hint = match crate::document::closest(&profile.value, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("profiles: {}", names.join(", ")),
        };
        reading.push(Diagnostic::error("E066", profile.span, message).label("not known").hint(hint));
    }

    fn check_limits(&self, name: &str, reading: &mut Reading) {
        let timeout = self.timeout.value;
        if timeout == Time::ZERO || timeout > Time::from_secs(900) {
            let message = format!("the time-out of `{name}` must be from 1 ms to 15 minutes, not {timeout}");
            let hint = "the default is 3 s; longer work can be cut into messages of a queue";
            reading.push(Diagnostic::error("E067", self.timeout.span, message).label("out of range").hint(hint));
        }
        let memories = std::iter::once(&self.memory).chain(self.versions.0.iter().filter_map(|(_, version)| version.memory.as_ref()));
        for memory in memories.filter(|memory| !(128..=10_240).contains(&(memory.value.as_mb() as u64))) {
            let message = format!("the memory of `{name}` must be from 128 MB to 10,240 MB, not {}", memory.value);
            reading.push(Diagnostic::error("E067", memory.span, message).label("out of range").hint("one vCPU comes with 1,769 MB"));
        }
        let storage = &self.ephemeral_storage;
        if !(512..=10_240).contains(&(storage.value.as_mb() as u64)) {
            let message = format!("the ephemeral storage of `{name}` must be from 512 MB to 10,240 MB, not {}", storage.value);
            reading.push(Diagnostic::error("E067", storage.span, message).label("out of range").hint("512 MB come with each environment"));
        }
        if let Some(provisioned) = self.provisioned_concurrency.as_ref().filter(|p| p.value > PROVISIONED_MAX) {
            let message = format!("`{name}` provisions {} environments; at most {PROVISIONED_MAX} can be", provisioned.value);
            reading.push(
                Diagnostic::error("E068", provisioned.span, message).label("too many").hint("an account has 1,000 concurrent executions by default"),
            );
        }
        if let (Some(reserved), Some(provisioned)) = (&self.reserved_concurrency, &self.provisioned_concurrency)
            && provisioned.value > reserved.value
        {
            let message = format!("`{name}` provisions {} environments but reserves only {}", provisioned.value, reserved.value);
            let diagnostic =
                Diagnostic::error("E068", provisioned.span, message).label("more than are reserved").also(reserved.span, "the reservation");
            reading.push(diagnostic.hint("raise `reserved_concurrency` or leave it out, or provision fewer"));
        }
    }

    /// That what it may scale to can be.
    fn check_scaling(&self, name: &str, reading: &mut Reading) {
        let Some(target) = self.auto_scaling.as_ref().map(|scaling| &scaling.provisioned_concurrency) else { return };
        target.check(&format!("the provisioned concurrency of `{name}`"), 10..=90, 1, reading);
        let most = target.highest();
        let allowed = self.reserved_concurrency.as_ref().map_or(PROVISIONED_MAX, |reserved| reserved.value);
        if most.value > allowed {
            let message = format!("`{name}` may scale to {} provisioned environments, and can have {allowed}", most.value);
            let hint = "lower `max_capacity`, or reserve more concurrency";
            reading.push(Diagnostic::error("E068", most.span, message).label("too many").hint(hint));
        }
    }

    /// That attempts and age of events are what AWS takes.
    fn check_events(&self, name: &str, reading: &mut Reading) {
        let platform = crate::platform::Platform::default();
        let most = platform.count("lambda.async_retries");
        if let Some(retries) = self.maximum_retry_attempts.as_ref().filter(|retries| u64::from(retries.value) > most) {
            let message = format!("`{name}` retries an event {} times, and Lambda does so {most} times at most", retries.value);
            let hint = "`maximum_retry_attempts: 2` at most; throttled events wait, and are tried again without spending a retry";
            reading.push(Diagnostic::error("E090", retries.span, message).label("too many").hint(hint));
        }
        let [least, most] = ["lambda.async_event_age_minimum", "lambda.async_event_age"].map(|row| Time::from_secs_f64(platform.get(row)));
        if let Some(age) = self.maximum_event_age.as_ref().filter(|age| age.value < least || age.value > most) {
            let message = format!("`{name}` keeps events for {}, and Lambda does so for {least} to {most}", age.value);
            reading.push(Diagnostic::error("E091", age.span, message).label("out of range"));
        }
    }

    fn check_handler(&self, name: &str, reading: &mut Reading) {
        if self.handlers().any(|handler| loops(handler) > MAX_LOOPS) {
            let message = format!("`{name}` repeats inside a repeat inside a repeat; at most {MAX_LOOPS} may nest");
            let hint = "multiply the `times` of the two innermost";
            reading.push(Diagnostic::error("E069", self.timeout.span, message).label("in its handler").hint(hint));
        }
        let mut steps = 0;
        self.each_step(&mut |_| steps += 1);
        if steps > STEPS_MAX {
            let message = format!("the handler of `{name}` has {steps} steps, and may have {STEPS_MAX}");
            reading.push(
                Diagnostic::error("E069", self.runtime.span, message).label("in its handler").hint("a `repeat` says once what is done many times"),
            );
        }
        self.each_step(&mut |step| match step {
            Step::Call(call) if call.retry.as_ref().is_some_and(|retry| !ATTEMPTS.contains(&retry.max_attempts)) => {
                reading.push(Diagnostic::error("E032", call.to.span, MOST_ATTEMPTS).label("this call's `retry`").hint(ONE_ATTEMPT));
            }
            Step::Compute(compute) => check_threads(compute, name, reading),
            Step::ForEachMessage(steps) => {
                let mut nested = false;
                walk(steps, &mut |step| nested |= matches!(step, Step::ForEachMessage(_)));
                if nested {
                    let message = format!("`{name}` goes through its messages within going through its messages");
                    reading
                        .push(Diagnostic::error("E069", self.timeout.span, message).label("in its handler").hint("one `for_each_message` is enough"));
                }
            }
            Step::Choice(arms) => {
                let chances: Vec<_> = arms.iter().filter_map(|a| a.chance.as_ref()).collect();
                let sum: f64 = chances.iter().map(|c| c.value.as_fraction()).sum();
                if let Some(last) = chances.last().filter(|_| sum > 1.0 + 1e-9) {
                    let message = format!("the chances of a choice in `{name}` add up to {:.0} %", sum * 100.0);
                    reading.push(
                        Diagnostic::error("E070", last.span, message)
                            .label("more than is left")
                            .hint("lower a `chance`, or let `else` take what is left"),
                    );
                }
            }
            _ => {}
        });
    }
}

/// That there are threads, and no more than an environment may have.
fn check_threads(compute: &Compute, name: &str, reading: &mut Reading) {
    let most = crate::platform::Platform::default().count("lambda.threads_maximum");
    if !(1..=most).contains(&u64::from(compute.threads.value)) {
        let message = format!("`{name}` computes in {} threads; it may be from 1 to {most}", compute.threads.value);
        let hint = "an environment has up to six vCPUs, one for each 1,769 MB of memory: more threads gain nothing";
        reading.push(Diagnostic::error("E161", compute.threads.span, message).label("out of range").hint(hint));
    }
}

/// How deep repeats nest.
fn loops(steps: &[Step]) -> usize {
    let depth = |step: &Step| match step {
        Step::Repeat(repeat) => 1 + loops(&repeat.r#do),
        Step::ForEachMessage(steps) => loops(steps),
        Step::Parallel(branches) => branches.iter().map(|b| loops(b)).max().unwrap_or(0),
        Step::Choice(arms) => arms.iter().flat_map(|a| a.r#do.iter().chain(&a.r#else)).map(|s| loops(s)).max().unwrap_or(0),
        Step::Call(call) => call.on_error.as_ref().map_or(0, |s| loops(s)),
        _ => 0,
    };
    steps.iter().map(depth).max().unwrap_or(0)
}
