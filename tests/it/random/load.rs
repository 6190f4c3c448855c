//! Random workloads: open and closed, in phases, bursts, batches and sessions, to a node of any kind.

use super::plan::Plan;
use super::strip::{Fields, Strip, list};

/// What every workload draws; `flag` and `poison` are conditions, the others keys, groups and what filters look at.
const ATTRIBUTES: &str = "{ key: zipf(n=50 s=1.1), customer: zipf(n=20 s=1.0), shard: uniform(n=4), flag: chance(30%), poison: chance(5%) }";

impl Plan<'_> {
    pub fn workload(&self, k: usize, mut strip: Strip) -> String {
        let mut fields = Fields::none();
        let (target, asks) = self.target(&mut strip);
        fields.set("target", target);
        fields.set("attributes", ATTRIBUTES);
        let sessions = self.arrivals(&mut strip, &mut fields);
        match sessions {
            true => self.session(&mut strip, &asks, &mut fields),
            false => fields.set(
                "requests",
                list(asks.iter().enumerate().map(|(at, ask)| format!("{{ {ask}, weight: {}, payload: {} KB }}", at + 1, 1 + at * 40))),
            ),
        }
        fields.set("priority", strip.below(3));
        fields.set("client", client(&mut strip));
        let end = strip.below(16);
        if strip.is(30) {
            fields.set(
                "ends_at",
                if strip.is(50) { self.name("function", end % self.case.functions.len()) } else { self.name("queue", end % self.case.queues.len()) },
            );
        }
        format!("  {}: {}\n", self.name("workload", k), fields.map())
    }

    /// Whom it calls, and what it may ask of it.
    fn target(&self, strip: &mut Strip) -> (String, Vec<String>) {
        let case = self.case;
        let (kind, which) = (strip.below(11), strip.below(16));
        let of = |name: &str, count: usize, asks: &str| (self.name(name, which % count), vec![format!("operation: {{ {asks} }}")]);
        match kind {
            0 => of("server", case.servers.len(), "call: {}"),
            1..=3 => {
                let routes = (0..self.routes(which % case.apis.len())).map(|r| format!("route: GET /r{r}")).collect();
                (self.name("api", which % case.apis.len()), routes)
            }
            4 => of("function", case.functions.len(), "invoke: {}"),
            5 => of("function", case.functions.len(), "invoke: { invocation_type: event }"),
            6 => of("table", case.tables.len(), "put_item: { key: key, size: 2 KB }"),
            7 | 8 => {
                let queue = which % case.queues.len();
                of("queue", case.queues.len(), &format!("send: {}", self.message(queue, strip)))
            }
            9 => of("queue", case.queues.len(), &format!("receive: {{ max_messages: {}, wait_time: {}s }}", strip.from(1..=10), strip.from(0..=3))),
            _ => of("topic", case.topics.len(), &format!("publish: {}", self.publication(which % case.topics.len(), strip))),
        }
    }

    /// When its requests come; whether they come in sessions.
    fn arrivals(&self, strip: &mut Strip, fields: &mut Fields) -> bool {
        let (kind, rate, most) = (strip.below(9), strip.from(1..=12), strip.from(1..=25));
        if kind == 1 {
            fields.set("users", rate);
            fields.set("think_time", format_args!("exponential(mean={}ms)", strip.from(200..=3000)));
            return strip.is(50);
        }
        let length = if self.drains { self.seconds / 2 } else { 2 * self.seconds };
        match kind {
            2 => fields.set("arrivals", "uniform"),
            3 => fields.set("arrivals", "bursty(ratio=8 burst=3s idle=9s)"),
            4 => fields.set("arrivals", "batch(size=5)"),
            _ => {}
        }
        let steady = format!("{{ duration: {length}s, arrival_rate: {rate}/s }}");
        let phases = match kind {
            5 => format!("{{ duration: 8s, arrival_rate: 0/s, ramp_to: {most}/s, attributes: {{ key: uniform(n=3) }} }}, {{ pause: 2s }}, {steady}"),
            _ => steady,
        };
        match kind {
            7 => fields.set("phases", format_args!("wave(low={rate}/min high={most}/s period=30s over={length}s)")),
            8 => fields.set("phases", format_args!("spike(base={rate}/min peak={}/s over={length}s)", 4 * most)),
            _ => fields.set("phases", format_args!("[ {phases} ]")),
        }
        kind == 6
    }

    fn session(&self, strip: &mut Strip, asks: &[String], fields: &mut Fields) {
        let first = format!("{{ {} }}", asks[0]);
        let think = format!("{{ think: {}ms }}", strip.from(1..=2000));
        let last = format!("{{ {}, chance: {}% }}", asks[asks.len() - 1], strip.from(0..=100));
        fields.set("session", list([first, think, last]));
        if strip.is(50) {
            fields.set("on_failure", "go_on");
        }
    }
}

fn client(strip: &mut Strip) -> String {
    let mut fields = Fields::none();
    fields.may("timeout", strip.some(50, 1..=4000), "ms");
    let (attempts, mode, base, budget) =
        (strip.from(1..=5), strip.pick(&["full_jitter", "fixed", "exponential", "none"]), strip.from(0..=500), strip.some(30, 0..=100));
    if strip.is(50) {
        let budget = budget.map_or(String::new(), |share| format!(", budget: {share}%"));
        fields.set("retry", format_args!("{{ max_attempts: {attempts}, mode: {mode}, base: {base}ms{budget} }}"));
    }
    fields.map()
}
