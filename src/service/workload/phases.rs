//! The phases of an open loop: a list of stretches with a rate each, or a preset that stands for one.
//!
//! ```text
//! phases: [ { duration: 10m, arrival_rate: 50/s, ramp_to: 500/s }, { pause: 1m } ]        phases: spike(base=50/s peak=2000/s)
//! ```
//!
//! A preset is replaced by its phases as soon as the length of the run is known, so that everything downstream sees phases. A phase may draw attributes in
//! a way of its own, for the requests that begin in it.

use crate::document::{Data, Diagnostic, Map, Read, Reading, Shape, Shapes, Span, Spanned, Value, closest};
use crate::mechanism::{arrivals::Phase, attribute::Attribute, preset::Preset};
use crate::spec;
use crate::units::{Rate, Time};

spec! {
    /// A stretch of time with one rate of arrivals, or a ramp, or none.
    pub struct PhaseSpec: "a phase" {
        /// What the report calls it.
        name: Option<String> = None,
        /// How long it lasts; must be given but for a pause.
        duration: Option<Spanned<Time>> = None,
        /// Requests a second, at its beginning where it ramps; must be given but for a pause.
        arrival_rate: Option<Spanned<Rate>> = None,
        /// Requests a second at its end, reached in a straight line; default: as at its beginning.
        ramp_to: Option<Spanned<Rate>> = None,
        /// Alone in its phase: nothing arrives for so long.
        pause: Option<Spanned<Time>> = None,
        /// Attributes of the workload that the requests which begin in this phase draw differently.
        attributes: Map<Attribute> = Map::default(),
    }
}

impl PhaseSpec {
    /// How long it lasts; must be given but for a pause.
    pub fn length(&self) -> Time {
        self.pause.as_ref().or(self.duration.as_ref()).map_or(Time::ZERO, |length| length.value)
    }

    /// Requests per second at its beginning and at its end.
    pub fn rates(&self) -> (f64, f64) {
        let rate = |rate: &Option<Spanned<Rate>>| rate.as_ref().map(|rate| rate.value.as_per_second());
        let first = rate(&self.arrival_rate).filter(|_| self.pause.is_none()).unwrap_or(0.0);
        (first, rate(&self.ramp_to).filter(|_| self.pause.is_none()).unwrap_or(first))
    }

    /// The same for the process of arrivals.
    pub fn process(&self) -> Phase {
        let (rate, ramp_to) = self.rates();
        Phase { name: self.name.clone(), duration: self.length(), rate, ramp_to: (ramp_to != rate).then_some(ramp_to) }
    }

    /// A phase that a preset at `span` stands for.
    fn of(phase: Phase, span: Span) -> Spanned<Self> {
        let rate = |rate| Some(Spanned { value: Rate::from_per_second(rate), span });
        let value = Self {
            name: phase.name,
            duration: Some(Spanned { value: phase.duration, span }),
            arrival_rate: rate(phase.rate),
            ramp_to: phase.ramp_to.and_then(rate),
            pause: None,
            attributes: Map::default(),
        };
        Spanned { value, span }
    }

    /// The rules within one phase.
    pub(super) fn check(&self, span: Span, reading: &mut Reading) {
        let incomplete = |message: &str| {
            Diagnostic::error("E021", span, message).label("this phase").hint("write `{ duration: 2m, arrival_rate: 50/s }` or `{ pause: 2m }`")
        };
        match (&self.pause, &self.duration, &self.arrival_rate) {
            (Some(_), None, None) if self.ramp_to.is_none() => {}
            (Some(_), ..) => reading.push(incomplete("a pause stands alone in its phase, with no duration and no rate")),
            (None, None, _) => reading.push(incomplete("a phase needs a `duration`, or is a `pause`")),
            (None, _, None) => reading.push(incomplete("a phase needs an `arrival_rate`, or is a `pause`")),
            _ => {}
        }
        for length in [&self.pause, &self.duration].into_iter().flatten() {
            positive(length, "a phase", reading);
        }
    }
}

/// The phases of a workload.
#[derive(Clone, Debug, Default)]
pub struct Phases {
    /// One after another; those of a preset once it has been [expanded](Self::expand).
    pub list: Vec<Spanned<PhaseSpec>>,
    preset: Option<Spanned<Preset>>,
}

impl Read for Phases {
    fn expected() -> String {
        "a list, each a phase, or a preset such as `spike(base=50/s peak=2000/s)`".into()
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        let list = Vec::<PhaseSpec>::shape(shapes);
        Shape::any(vec![list, Preset::shape(shapes)])
    }

    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match &value.data {
            Data::List(_) => Some(Self { list: Vec::read(value, reading)?, preset: None }),
            // A single phase that lacks its `[ ]` is no preset.
            Data::Map(entries) if entries.len() != 1 => reading.mismatch(value, &Self::expected()),
            _ => Some(Self { list: Vec::new(), preset: Some(Spanned::read(value, reading)?) }),
        }
    }
}

impl Phases {
    /// Whether the file gives any.
    pub fn is_given(&self) -> bool {
        !self.list.is_empty() || self.preset.is_some()
    }

    /// Puts the phases of a preset in its place, now that the length of the run is known (complaint E113 where it does not fit).
    pub fn expand(&mut self, run: Time, reading: &mut Reading) {
        let Some(preset) = self.preset.take_if(|_| run > Time::ZERO) else { return };
        match preset.value.phases(run) {
            Ok(phases) => self.list = phases.into_iter().map(|phase| PhaseSpec::of(phase, preset.span)).collect(),
            Err(why) => {
                let hint = "give its parts lengths that fit, or say `over=…` for how long it takes in all";
                reading.push(Diagnostic::error("E113", preset.span, why).label("does not fit").hint(hint));
            }
        }
    }

    /// Requests a second, where they are the same all the time from `from` to `until`.
    pub fn constant_rate(&self, from: Time, until: Time) -> Option<f64> {
        let (mut begin, mut rates) = (Time::ZERO, Vec::new());
        for phase in self.list.iter().map(|phase| &phase.value) {
            let end = begin.saturating_add(phase.length());
            if begin < until && end > from && end > begin {
                rates.extend(<[f64; 2]>::from(phase.rates()));
            }
            begin = end;
        }
        rates.extend((begin < until).then_some(0.0));
        rates.first().copied().filter(|first| rates.iter().all(|rate| rate == first))
    }

    /// The attribute `name` with what phases draw in its place.
    pub(super) fn overriding(&self, name: &str, usual: &Attribute) -> Attribute {
        let mut from = Time::ZERO;
        let mut drawn = Vec::new();
        for phase in &self.list {
            let until = from.saturating_add(phase.value.length());
            let own = phase.value.attributes.0.iter().find(|(own, _)| own.value == name);
            drawn.extend(own.and_then(|(_, own)| own.aligned(usual)).map(|own| (from..until, own)));
            from = until;
        }
        if drawn.is_empty() { usual.clone() } else { Attribute::ByPhase { usual: Box::new(usual.clone()), phases: drawn } }
    }

    /// That phases draw nothing but what the workload draws too, and the same names (E115).
    pub(super) fn check_attributes(&self, workload: &str, drawn: &Map<Attribute>, reading: &mut Reading) {
        for (name, own) in self.list.iter().flat_map(|phase| &phase.value.attributes.0) {
            let usual = drawn.0.iter().find(|(known, _)| known.value == name.value);
            let (message, hint) = match usual {
                Some((_, usual)) if own.aligned(usual).is_some() => continue,
                Some(_) => {
                    let message = format!("a phase draws `{}` from other names than `{workload}` does", name.value);
                    (message, "use the names of the workload's own attribute, each with another share".to_owned())
                }
                None => {
                    let near = closest(&name.value, drawn.0.iter().map(|(name, _)| name.value.as_str()));
                    let hint = near.map_or_else(|| "add it to the workload's `attributes`".to_owned(), |near| format!("did you mean `{near}`?"));
                    (format!("a phase draws `{}`, which `{workload}` itself does not", name.value), hint)
                }
            };
            let mut diagnostic = Diagnostic::error("E115", name.span, message).label("in this phase").hint(hint);
            diagnostic = usual.map_or(diagnostic.clone(), |(usual, _)| diagnostic.also(usual.span, "the usual one"));
            reading.push(diagnostic);
        }
    }
}

/// Complains of a length of no time (code E032).
pub fn positive(time: &Spanned<Time>, what: &str, reading: &mut Reading) {
    if time.value == Time::ZERO {
        reading.push(
            Diagnostic::error("E032", time.span, format!("{what} must last longer than no time")).label("zero").hint("write how long, such as `30s`"),
        );
    }
}
