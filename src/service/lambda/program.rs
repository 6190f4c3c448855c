//! A handler, compiled: a flat list of instructions, with the program counter in the frame.
//!
//! ```text
//! compute 12ms · call users.get_item ─error▶ 7 · choose [90 % ▶ 4, else ▶ 6] · fork [8, 11] · end
//! ```
//!
//! A branch of a `parallel` runs the same program in a child frame of its own until its `End`.

use crate::{
    engine::{LaneId, NodeId, OpId},
    mechanism::distribution::Distribution,
    service::{Build, retry::Policy},
};

use super::{
    environments::QUOTAS,
    steps::{Arm, Call, Fail, Step, walk},
};

/// Index of an instruction.
pub(super) type Pc = u16;

#[derive(Clone, Debug)]
pub(super) enum Instr {
    /// CPU time, already scaled by memory.
    Compute(Distribution),
    Wait(Distribution),
    Call(Box<CompiledCall>),
    Jump(Pc),
    /// Takes the first arm that applies; goes on behind the choice where none does.
    Choose {
        arms: Vec<(Condition, Pc)>,
        otherwise: Pc,
    },
    Fork {
        branches: Vec<Pc>,
        join: Pc,
    },
    /// Starts counting iterations in a register.
    LoopStart {
        register: u8,
    },
    LoopEnd {
        register: u8,
        back: Pc,
        times: u16,
    },
    /// Goes to the first message of the batch, or behind `end` where there is none.
    EachStart {
        end: Pc,
    },
    /// Goes to the next message, or on behind the last.
    EachEnd {
        back: Pc,
    },
    Fail {
        when: Condition,
    },
    End,
}

#[derive(Clone, Debug)]
pub(super) struct CompiledCall {
    pub to: NodeId,
    pub op: OpId,
    pub timeout: Option<LaneId>,
    pub retries: Policy,
    /// Which of the environment's retry quotas pays for retries.
    pub quota: Option<u8>,
    /// The most that quota can hold.
    pub quota_size: u16,
    pub on_error: Option<Pc>,
    /// Whether it is about the messages that the function has in hand.
    pub of_batch: bool,
}

/// When something happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Condition {
    Always,
    /// Drawn anew at each try.
    Chance(f64),
    /// An attribute that is not 0: the same at every try.
    Attribute(u32),
}

/// Why a handler cannot be compiled: repeats nested deeper than the frame has registers.
pub(super) const MAX_LOOPS: usize = 2;

/// Everything that compiling needs to know of the function.
pub(super) struct Compiler<'b> {
    pub build: &'b mut Build,
    /// What CPU time may be divided by, which is a share of a vCPU or several.
    pub vcpus: f64,
    /// Attempts and bases of the function's SDK.
    pub sdk: &'static crate::platform::sdk::Profile,
    pub sdk_attempts: Option<u32>,
    /// What every handler ends with.
    response: Option<Instr>,
    instrs: Vec<Instr>,
    depth: u8,
    quota_kinds: Vec<&'static str>,
}

impl<'b> Compiler<'b> {
    pub fn new(build: &'b mut Build, sdk: &'static crate::platform::sdk::Profile, sdk_attempts: Option<u32>) -> Self {
        Self { build, vcpus: 1.0, sdk, sdk_attempts, response: None, instrs: Vec::new(), depth: 0, quota_kinds: Vec::new() }
    }

    /// The same, for handlers whose answer takes time, or cannot be given.
    pub fn answering(self, response: Option<Instr>) -> Self {
        Self { response, ..self }
    }

    /// The handlers of all versions, each with its vCPUs, one behind the other; and where each begins.
    pub fn compile(mut self, handlers: &[(f64, &[Step])]) -> (Vec<Instr>, Vec<Pc>) {
        let mut entries = Vec::with_capacity(handlers.len());
        for (vcpus, steps) in handlers {
            self.vcpus = *vcpus;
            entries.push(self.here());
            self.block(steps);
            self.instrs.extend(self.response.clone());
            self.instrs.push(Instr::End);
        }
        (self.instrs, entries)
    }

    fn here(&self) -> Pc {
        self.instrs.len() as Pc
    }

    fn block(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Compute(compute) => self.instrs.push(Instr::Compute(compute.time.scaled(1.0 / compute.vcpus(self.vcpus)))),
            Step::Wait(time) => self.instrs.push(Instr::Wait(time.clone())),
            Step::Call(call) => self.call(call),
            Step::Parallel(branches) => self.fork(branches),
            Step::Choice(arms) => self.choose(arms),
            Step::Repeat(repeat) if repeat.times == 0 || !has_effect(&repeat.r#do) => {}
            Step::Repeat(repeat) => {
                let register = self.depth;
                self.depth += 1;
                self.instrs.push(Instr::LoopStart { register });
                let back = self.here();
                self.block(&repeat.r#do);
                self.instrs.push(Instr::LoopEnd { register, back, times: repeat.times });
                self.depth -= 1;
            }
            Step::ForEachMessage(steps) => {
                let at = self.instrs.len();
                self.instrs.push(Instr::End);
                let back = self.here();
                self.block(steps);
                let end = self.here();
                self.instrs.push(Instr::EachEnd { back });
                self.instrs[at] = Instr::EachStart { end };
            }
            Step::Fail(fail) => {
                let when = self.condition(fail);
                self.instrs.push(Instr::Fail { when });
            }
        }
    }

    fn condition(&mut self, fail: &Fail) -> Condition {
        match (&fail.when, fail.chance) {
            (Some(attribute), _) => Condition::Attribute(self.build.attribute(&attribute.value)),
            (None, Some(chance)) => Condition::Chance(chance.as_fraction()),
            (None, None) => Condition::Always,
        }
    }

    /// Emits the branches behind a jump, so that each is a run of instructions with an `End` of its own.
    fn fork(&mut self, branches: &[Vec<Step>]) {
        let at = self.instrs.len();
        self.instrs.push(Instr::End);
        let mut starts = Vec::with_capacity(branches.len());
        for branch in branches {
            starts.push(self.here());
            self.block(branch);
            self.instrs.push(Instr::End);
        }
        let join = self.here();
        self.instrs[at] = if starts.is_empty() { Instr::Jump(join) } else { Instr::Fork { branches: starts, join } };
    }

    fn choose(&mut self, arms: &[Arm]) {
        let at = self.instrs.len();
        self.instrs.push(Instr::End);
        let (mut compiled, mut ends, mut before, mut otherwise) = (Vec::new(), Vec::new(), 0.0, None);
        for arm in arms {
            let start = self.here();
            match (&arm.when, &arm.chance, &arm.r#else) {
                (Some(attribute), _, _) => compiled.push((Condition::Attribute(self.build.attribute(&attribute.value)), start)),
                (None, Some(chance), _) => {
                    before += chance.value.as_fraction();
                    compiled.push((Condition::Chance(before), start));
                }
                _ => otherwise = Some(start),
            }
            self.block(arm.r#do.as_ref().or(arm.r#else.as_ref()).map_or(&[], Vec::as_slice));
            ends.push(self.instrs.len());
            self.instrs.push(Instr::End);
        }
        let behind = self.here();
        for end in ends {
            self.instrs[end] = Instr::Jump(behind);
        }
        self.instrs[at] = Instr::Choose { arms: compiled, otherwise: otherwise.unwrap_or(behind) };
    }

    fn call(&mut self, call: &Call) {
        let to = self.build.node(&call.to.value);
        let op = self.build.operation(to, call.operation.clone());
        let timeout = call.timeout.as_ref().map(|t| self.build.world.lane(t.value));
        let kind = self.build.kind(to);
        // A server and a front door are called by a plain HTTP client, which tries nothing again by itself.
        let aws = !matches!(kind, "server" | "api_gateway" | "function_url");
        let retries = match &call.retry {
            Some(plain) => Policy::plain(plain),
            None if aws => Policy::sdk(self.sdk, self.sdk_attempts, kind == "dynamodb"),
            None => Policy::none(),
        };
        let quota = if retries.has_quota() { self.quota_of(kind) } else { None };
        let at = self.instrs.len();
        let quota_size = self.sdk.quota.map_or(0, |q| q.tokens as u16);
        let of_batch = matches!(call.verb, "delete" | "change_visibility");
        let compiled = CompiledCall { to, op, timeout, retries, quota, quota_size, on_error: None, of_batch };
        self.instrs.push(Instr::Call(Box::new(compiled)));
        if let Some(steps) = &call.on_error {
            self.instrs.push(Instr::End);
            let handler = self.here();
            self.block(steps);
            let behind = self.here();
            self.instrs[at + 1] = Instr::Jump(behind);
            if let Instr::Call(compiled) = &mut self.instrs[at] {
                compiled.on_error = Some(handler);
            }
        }
    }

    /// One SDK client, and so one quota, for each service that the function calls.
    fn quota_of(&mut self, kind: &'static str) -> Option<u8> {
        let known = self.quota_kinds.iter().position(|k| *k == kind);
        let at = known.unwrap_or_else(|| {
            self.quota_kinds.push(kind);
            self.quota_kinds.len() - 1
        });
        (at < QUOTAS).then_some(at as u8)
    }
}

/// Whether something in these steps takes time or may fail: four billion rounds of nothing would take their time all the same.
fn has_effect(steps: &[Step]) -> bool {
    let mut found = false;
    walk(steps, &mut |step| found |= matches!(step, Step::Compute(_) | Step::Wait(_) | Step::Call(_) | Step::Fail(_)));
    found
}
