//! Running a handler: one instruction after the other, until something takes time.
//!
//! ```text
//! advance ─▶ compute | wait ─▶ Wake(STEP) ─▶ advance …
//!        ├─▶ call ─▶ Reply ─▶ ok: advance · worth another try: back-off ─▶ call again · else: on_error or the invocation fails
//!        └─▶ fork ─▶ Reply of each branch ─▶ all ok: advance at the join · first failure: the others are cancelled
//! ```
//!
//! A call with a time-out of its own runs in a frame of its own, whose deadline is that time-out; the request it made runs on at the other side.

use crate::{
    engine::{Frame, Ix, World},
    mechanism::luck::Luck,
    metrics::{Cause, Class, Outcome},
    units::Time,
};

use super::{
    ATTEMPT, BEGIN, BRANCH, FUNCTION_ERROR, INVOCATION, Lambda, RETRY, STEP,
    program::{CompiledCall, Condition, Instr, Pc},
};

/// Purposes of draws.
const COMPUTE: u64 = 0x2A;
const WAIT: u64 = 0x2B;
const CHANCE: u64 = 0x2C;
const BACKOFF: u64 = 0x2D;

/// What a step decided.
enum Next {
    /// Go on there.
    Go(Pc),
    /// Something takes time.
    Rest,
    /// The handler or branch is over.
    Over(Outcome),
}

impl Lambda {
    /// Runs from the frame's program counter until something takes time or the end.
    #[inline]
    pub(super) fn advance(&mut self, world: &mut World, ix: Ix) {
        loop {
            let pc = world.frame(ix).pc;
            match self.execute(world, ix, pc) {
                Next::Go(to) => world.frame_mut(ix).pc = to,
                Next::Rest => return,
                Next::Over(outcome) => return self.over(world, ix, outcome),
            }
        }
    }

    #[inline(always)]
    fn execute(&mut self, world: &mut World, ix: Ix, pc: Pc) -> Next {
        match &self.program[pc as usize] {
            Instr::Compute(time) => {
                let took = time.sample(&mut luck_at(world, ix, pc).draw(COMPUTE));
                world.spend(ix, Cause::Compute, took);
                world.metrics.count(self.meters.computed, took.as_micros());
                world.wake(ix, STEP, took);
                Next::Rest
            }
            Instr::Wait(time) => {
                let took = time.sample(&mut luck_at(world, ix, pc).draw(WAIT));
                world.spend(ix, Cause::Wait, took);
                world.wake(ix, STEP, took);
                Next::Rest
            }
            Instr::Call(_) => {
                world.frame_mut(ix).tries = 0;
                self.call(world, ix, pc);
                Next::Rest
            }
            Instr::Jump(to) => Next::Go(*to),
            Instr::End => Next::Over(Outcome::OK),
            _ => self.branch_off(world, ix, pc),
        }
    }

    /// What takes no time: choices, branches, loops, failures. Kept away from the path of a plain handler.
    #[inline(never)]
    fn branch_off(&mut self, world: &mut World, ix: Ix, pc: Pc) -> Next {
        match &self.program[pc as usize] {
            Instr::Choose { arms, otherwise } => {
                let share = chance(world, ix, pc);
                let taken = arms.iter().find(|(when, _)| holds(world, ix, *when, share));
                Next::Go(taken.map_or(*otherwise, |(_, to)| *to))
            }
            Instr::Fork { branches, .. } => {
                for (slot, start) in branches.iter().enumerate() {
                    fork(world, ix, slot as u32, pc, *start);
                }
                Next::Rest
            }
            Instr::LoopStart { register } => {
                world.frame_mut(ix).loops[*register as usize] = 0;
                Next::Go(pc + 1)
            }
            Instr::LoopEnd { register, back, times } => {
                let done = &mut world.frame_mut(ix).loops[*register as usize];
                *done += 1;
                Next::Go(if *done < *times { *back } else { pc + 1 })
            }
            Instr::EachStart { end } => {
                let end = *end;
                Next::Go(self.first_message(world, ix, pc, end))
            }
            Instr::EachEnd { back } => {
                let back = *back;
                Next::Go(self.next_message(world, ix, pc, back))
            }
            Instr::Fail { when } => {
                let share = chance(world, ix, pc);
                if holds(world, ix, *when, share) { Next::Over(FUNCTION_ERROR) } else { Next::Go(pc + 1) }
            }
            _ => unreachable!("the rest is executed elsewhere"),
        }
    }

    /// The delay of a compute or wait has passed.
    #[inline]
    pub(super) fn step_done(&mut self, world: &mut World, ix: Ix) {
        world.frame_mut(ix).pc += 1;
        self.advance(world, ix);
    }

    #[inline]
    fn call(&mut self, world: &mut World, ix: Ix, pc: Pc) {
        let Instr::Call(call) = &self.program[pc as usize] else { unreachable!("only calls are called") };
        let frame = world.frame_mut(ix);
        let tries = u32::from(frame.tries);
        frame.tries = frame.tries.saturating_add(1);
        let luck = frame.luck.child(u32::from(pc), iteration(frame));
        let luck = if tries == 0 { luck } else { luck.retry(tries) };
        let CompiledCall { to, op, timeout, of_batch, .. } = **call;
        let child = match timeout {
            None => world.call(ix, 0, to, op, luck, Time::ZERO),
            Some(lane) => {
                let attempt = world.fork(ix, 0, luck);
                world.frame_mut(attempt).state = ATTEMPT;
                world.arm(attempt, lane);
                world.call(attempt, 0, to, op, luck, Time::ZERO)
            }
        };
        if of_batch {
            world.frame_mut(child).batch = world.frame(ix).batch;
        }
    }

    #[inline]
    pub(super) fn replied(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let frame = world.frame(ix);
        if frame.state >= ATTEMPT {
            return self.replied_aside(world, ix, outcome);
        }
        let pc = frame.pc;
        match &self.program[pc as usize] {
            Instr::Fork { join, .. } => {
                let join = *join;
                self.joined(world, ix, join, outcome);
            }
            _ if outcome.class == Class::Ok => {
                self.refund(world, ix, pc);
                self.step_done(world, ix);
            }
            _ => self.call_failed(world, ix, pc, outcome),
        }
    }

    fn joined(&mut self, world: &mut World, ix: Ix, join: Pc, outcome: Outcome) {
        if outcome.class != Class::Ok {
            world.cancel(ix);
            return self.over(world, ix, outcome);
        }
        if world.frame(ix).kids == 0 {
            world.frame_mut(ix).pc = join;
            self.advance(world, ix);
        }
    }

    /// A first try that succeeds gives one token back, a retry what it cost.
    #[inline]
    fn refund(&mut self, world: &mut World, ix: Ix, pc: Pc) {
        let Instr::Call(call) = &self.program[pc as usize] else { return };
        let Some(quota) = call.quota else { return };
        let frame = world.frame_mut(ix);
        let cost = if frame.tries > 1 { frame.debt } else { 1 };
        let env = frame.env;
        let tokens = &mut self.environments.get(env).quota[quota as usize];
        *tokens = (*tokens + cost).min(call.quota_size);
    }

    fn call_failed(&mut self, world: &mut World, ix: Ix, pc: Pc, outcome: Outcome) {
        let Instr::Call(call) = &self.program[pc as usize] else { unreachable!("only calls are answered") };
        let frame = world.frame(ix);
        let (tries, env) = (u32::from(frame.tries), frame.env);
        let cost = call.retries.cost(outcome);
        let quota = call.quota.map(|q| &mut self.environments.get(env).quota[q as usize]);
        let paid = match quota {
            Some(tokens) if *tokens < cost => false,
            _ if !call.retries.wants_another(tries, outcome) => false,
            Some(tokens) => {
                *tokens -= cost;
                true
            }
            None => true,
        };
        if paid {
            let mut keyed = luck_at(world, ix, pc).retry(tries).draw(BACKOFF);
            let sleep = call.retries.delay(tries, outcome, &mut keyed);
            world.frame_mut(ix).debt = cost;
            world.spend(ix, Cause::BackOff, sleep);
            return world.wake(ix, RETRY, sleep);
        }
        match call.on_error {
            Some(handler) => {
                world.frame_mut(ix).pc = handler;
                self.advance(world, ix);
            }
            None => self.over(world, ix, FUNCTION_ERROR),
        }
    }

    /// A back-off is over.
    pub(super) fn retry(&mut self, world: &mut World, ix: Ix) {
        let pc = world.frame(ix).pc;
        self.call(world, ix, pc);
    }

    /// The end of an invocation or of a branch.
    #[inline]
    fn over(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        match world.frame(ix).state {
            INVOCATION if outcome.class == Class::Ok => self.complete(world, ix, outcome),
            INVOCATION => self.failed(world, ix, outcome),
            _ => world.finish(ix, outcome, Time::ZERO),
        }
    }

    /// A failure ends the invocation, or only what it did for one message of its batch.
    #[inline(never)]
    fn failed(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        match self.fails_alone(world, ix) {
            Some(end) => {
                world.frame_mut(ix).pc = end;
                self.advance(world, ix);
            }
            None => self.complete(world, ix, outcome),
        }
    }
}

fn fork(world: &mut World, ix: Ix, slot: u32, pc: Pc, start: Pc) {
    let luck = luck_at(world, ix, pc).child(slot, 0);
    let branch = world.fork(ix, slot, luck);
    let frame = world.frame_mut(branch);
    (frame.state, frame.pc) = (BRANCH, start);
    world.wake(branch, BEGIN, Time::ZERO);
}

/// Luck is keyed to the program position and the iteration, so that a skipped branch moves nobody's.
#[inline]
fn luck_at(world: &World, ix: Ix, pc: Pc) -> Luck {
    let frame = world.frame(ix);
    frame.luck.child(u32::from(pc), iteration(frame))
}

#[inline]
fn iteration(frame: &Frame) -> u32 {
    u32::from(frame.loops[0]) | u32::from(frame.loops[1]) << 16
}

fn chance(world: &World, ix: Ix, pc: Pc) -> f64 {
    luck_at(world, ix, pc).draw(CHANCE).unit()
}

fn holds(world: &World, ix: Ix, when: Condition, share: f64) -> bool {
    match when {
        Condition::Always => true,
        Condition::Chance(until) => share < until,
        Condition::Attribute(attribute) => world.attribute(ix, attribute) != 0,
    }
}
