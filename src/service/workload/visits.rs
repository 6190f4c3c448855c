//! Sessions as they run: users who go through their steps, think, and come back; or, in an open loop, come once.
//!
//! ```text
//! enter ─▶ step ─▶ step ─▶ … ─▶ leave ──think_time──▶ enter (closed loop)
//!            │ skipped by chance · a request: waits for its final answer · a time to think
//! ```
//!
//! Luck is keyed by (user, session, step), so that nothing depends on what others do. The lineage of requests is the session's: attributes are the same
//! in all of its steps. Each request is recorded at its route as any other.

use crate::{
    engine::{Frame, Ix, World},
    mechanism::{
        distribution::Distribution,
        luck::{Keyed, Luck, mix},
    },
    metrics::{Class, Outcome},
    units::Time,
};

use super::{OnFailure, PAUSE, ROUTE, Source, THINK, Workload};

/// Tags of wake-ups, beside those of the workload.
const VISIT: u8 = 3;
const ENTER: u8 = 4;
const STEP: u8 = 5;

/// Purpose of the draw that decides whether a step is taken.
const CHANCE: u64 = 0xC3;

/// Who comes, and what they do.
#[derive(Clone, Debug)]
pub(super) struct Visits {
    pub who: Who,
    pub steps: Vec<Step>,
    pub on_failure: OnFailure,
}

/// Who comes.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// So many users, each of whom comes back after thinking.
    Users { count: u64, think: Distribution },
    /// A new user at each arrival.
    Arrivals(Source),
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub chance: f64,
    pub does: Does,
}

#[derive(Clone, Debug)]
pub(super) enum Does {
    Think(Distribution),
    /// Asks one of so many routes from the first on: those of the API, where the step names none.
    Ask {
        first: u32,
        count: u32,
    },
}

/// The luck of the session that a user is in; the user's number is the frame's `op`, the session's its `env`.
fn luck(key: u64, frame: &Frame) -> Luck {
    Luck::root(mix(key ^ u64::from(frame.op)), u64::from(frame.env))
}

impl Workload {
    /// Seats the users, who first think, or begins to wait for arrivals.
    pub(super) fn start_visits(&mut self, world: &mut World) {
        let Source::Visits(visits) = &self.source else { return };
        let Who::Users { count, think } = &visits.who else {
            let source = world.timer(self.node);
            return self.expect_visit(world, source);
        };
        for user in 0..*count {
            let first = think.sample(&mut Keyed::new(mix(self.key ^ user)));
            let ix = world.timer(self.node);
            let frame = world.frame_mut(ix);
            (frame.op, frame.workload) = (user as u32, self.node as u16);
            world.wake(ix, ENTER, first);
        }
    }

    /// A wake-up of a session; apart from the way of those who make single requests.
    #[inline(never)]
    pub(super) fn woken(&mut self, world: &mut World, ix: Ix, tag: u8) {
        match tag {
            VISIT => self.visit(world, ix),
            ENTER => self.enter(world, ix),
            _ => self.step(world, ix),
        }
    }

    fn expect_visit(&mut self, world: &mut World, source: Ix) {
        let Source::Visits(visits) = &mut self.source else { return };
        if let Who::Arrivals(arrivals) = &mut visits.who
            && let Some(at) = arrivals.next()
        {
            world.wake(source, VISIT, at.saturating_sub(world.now()));
        }
    }

    /// A new user comes, for one session.
    fn visit(&mut self, world: &mut World, source: Ix) {
        let number = self.made;
        self.made += 1;
        let ix = world.timer(self.node);
        let frame = world.frame_mut(ix);
        (frame.op, frame.env, frame.workload) = ((number >> 32) as u32, (number as u32).wrapping_sub(1), self.node as u16);
        self.enter(world, ix);
        self.expect_visit(world, source);
    }

    /// A user's next session begins.
    fn enter(&mut self, world: &mut World, ix: Ix) {
        let (now, key) = (world.now(), self.key);
        let frame = world.frame_mut(ix);
        frame.env = frame.env.wrapping_add(1);
        (frame.request, frame.born, frame.pc) = (luck(key, frame).lineage, now, 0);
        self.step(world, ix);
    }

    /// Goes on with the next step that is taken, or leaves after the last.
    fn step(&mut self, world: &mut World, ix: Ix) {
        let Source::Visits(visits) = &self.source else { return };
        let session = luck(self.key, world.frame(ix));
        loop {
            let at = world.frame(ix).pc;
            let Some(step) = visits.steps.get(usize::from(at)) else { return self.leave(world, ix) };
            world.frame_mut(ix).pc = at + 1;
            let own = session.child(u32::from(at), 0);
            if !own.draw_lineage(CHANCE).chance(step.chance) {
                continue;
            }
            match step.does {
                Does::Think(ref time) => {
                    let time = time.sample(&mut own.draw(THINK));
                    return world.wake(ix, STEP, time);
                }
                Does::Ask { first, count } => {
                    let route = u64::from(first) + own.draw_lineage(ROUTE).below(u64::from(count));
                    return self.request(world, ix, own, route as usize);
                }
            }
        }
    }

    fn request(&mut self, world: &mut World, ix: Ix, luck: Luck, route: usize) {
        let now = world.now();
        let frame = world.frame_mut(ix);
        (frame.luck, frame.origin) = (luck, now);
        (frame.tries, frame.spent) = (0, [0; 8]);
        world.count_arrived(ix);
        self.ask(world, ix, route);
    }

    /// A request of a session has had its final answer.
    #[inline(never)]
    pub(super) fn go_on(&mut self, world: &mut World, ix: Ix, outcome: Outcome) {
        let Source::Visits(visits) = &self.source else { return };
        let leaves = outcome.class != Class::Ok && visits.on_failure == OnFailure::Leave;
        world.count_done(ix, outcome.class);
        if leaves { self.leave(world, ix) } else { self.step(world, ix) }
    }

    /// The session is over.
    fn leave(&mut self, world: &mut World, ix: Ix) {
        let Source::Visits(visits) = &self.source else { return };
        let Who::Users { think, .. } = &visits.who else { return world.end(ix, Outcome::OK) };
        let frame = world.frame(ix);
        let mut think = think.sample(&mut luck(self.key, frame).draw(THINK));
        if think == Time::ZERO && frame.born == world.now() {
            think = PAUSE;
        }
        world.wake(ix, ENTER, think);
    }
}
