//! Random nodes of asynchronous work: queues of both kinds with their dead letters, mappings, topics, events and who hears of them.

use super::plan::Plan;
use super::strip::{Fields, Strip, list};

/// What others need to know of a queue.
#[derive(Clone, Copy)]
struct Outline {
    fifo: bool,
    dead_letters: bool,
}

impl Plan<'_> {
    fn outline(&self, queue: usize) -> Outline {
        let mut strip = Strip::of(&self.case.queues[queue]);
        Outline { fifo: strip.is(40), dead_letters: strip.is(50) }
    }

    pub fn queue(&self, k: usize, mut strip: Strip) -> String {
        let Outline { fifo, dead_letters } = Outline { fifo: strip.is(40), dead_letters: strip.is(50) };
        let mut fields = Fields::of("sqs");
        let high_throughput = strip.is(50);
        if fifo {
            fields.set("fifo", format_args!("{{ high_throughput: {high_throughput} }}"));
        }
        fields.set("visibility_timeout", format_args!("{}s", strip.from(1..=24)));
        fields.may("delay", strip.some(40, 0..=20), "s");
        fields.may("message_retention_period", strip.some(40, 60..=100), "s");
        fields.may("receive_wait_time", strip.some(40, 0..=5), "s");
        let most = strip.from(1..=3);
        if dead_letters {
            fields.set("redrive_policy", format_args!("{{ dead_letter_queue: {}, max_receive_count: {most} }}", self.name("dead", k)));
        }
        fields.may("duplicates", strip.some(20, 0..=40), "%");
        fields.may("maximum_message_size", strip.some(15, 1..=300), " KB");
        let backlog = strip.some(40, 1..=200).filter(|_| !self.style.tame);
        fields.may("backlog", backlog.map(|n| format!("{{ messages: {n}, group: uniform(n=7) }}")), "");
        fields.map()
    }

    /// One beside each queue that has a policy of redrive, and of its kind.
    pub fn dead_letter_queues(&self) -> Vec<(String, String)> {
        let of = |k: usize| {
            let Outline { fifo, dead_letters } = self.outline(k);
            let mut strip = Strip::of(&self.case.queues[k]);
            let mut fields = Fields::of("sqs");
            let redriven = strip.is(50);
            if fifo {
                fields.set("fifo", "{}");
            }
            if redriven {
                fields.set("redrive", format_args!("{{ start: {}s, rate: 20/s }}", self.seconds * 2 / 3));
            }
            dead_letters.then(|| (self.name("dead", k), fields.map()))
        };
        (0..self.case.queues.len()).filter_map(of).collect()
    }

    /// What is sent to a queue.
    pub fn message(&self, queue: usize, strip: &mut Strip) -> String {
        let fifo = self.outline(queue).fifo;
        let mut fields = Fields::none();
        fields.set("messages", strip.from(1..=10));
        fields.may("size", strip.some(30, 1..=100), " KB");
        if fifo || strip.is(40) {
            fields.set("group", "customer");
        }
        if fifo && strip.is(30) {
            fields.set("deduplicate", "key");
        }
        if !fifo {
            fields.may("delay", strip.some(20, 0..=10), "s");
        }
        fields.map()
    }

    pub fn publication(&self, topic: usize, strip: &mut Strip) -> String {
        let mut fields = Fields::none();
        fields.set("messages", strip.from(1..=10));
        if self.is_fifo_topic(topic) || strip.is(40) {
            fields.set("group", "customer");
        }
        if strip.is(20) {
            fields.set("deduplicate", "key");
        }
        fields.map()
    }

    fn is_fifo_topic(&self, topic: usize) -> bool {
        Strip::of(&self.case.topics[topic]).is(30)
    }

    pub fn topic(&self, mut strip: Strip) -> String {
        let fifo = strip.is(30);
        let mut fields = Fields::of("sns");
        if fifo {
            fields.set("fifo", format_args!("{{ throughput_scope: {} }}", strip.pick(&["topic", "message_group"])));
        }
        let count = strip.below(4);
        let subscriptions: Vec<String> = (0..count).map(|_| self.subscription(fifo, &mut strip)).collect();
        fields.set("subscriptions", list(subscriptions));
        fields.may("publish_latency", strip.some(20, 0..=400), "ms");
        fields.map()
    }

    fn subscription(&self, fifo: bool, strip: &mut Strip) -> String {
        let (kind, which) = (strip.below(4), strip.below(16));
        let queue = which % self.case.queues.len();
        let mut fields = Fields::none();
        // A standard topic cannot deliver to a FIFO queue, a FIFO topic to queues only.
        let (endpoint, https) = match kind {
            _ if fifo => (self.name("queue", queue), false),
            0 if !self.outline(queue).fifo => (self.name("queue", queue), false),
            0 | 1 => (self.name("function", which % self.case.functions.len()), false),
            2 => (self.name("server", which % self.case.servers.len()), true),
            _ => {
                fields.set("route", "GET /r0");
                (self.name("api", which % self.case.apis.len()), true)
            }
        };
        let endpoint_takes_raw = !endpoint.contains("function") && strip.is(20);
        fields.set("endpoint", endpoint);
        fields.may("filter_passes", strip.some(30, 0..=100), "%");
        if strip.is(25) {
            fields.set("filter_policy", "{ shard: [ 1, 2 ] }");
            fields.set("filter_policy_scope", strip.pick(&["message_attributes", "message_body"]));
        }
        if endpoint_takes_raw {
            fields.set("raw_message_delivery", true);
        }
        if strip.is(40) && !fifo {
            fields.set("redrive_policy", format_args!("{{ dead_letter_queue: {} }}", self.fallback()));
        }
        let policy = format!(
            "{{ num_retries: 9, num_no_delay_retries: {}, num_min_delay_retries: 2, num_max_delay_retries: 1, min_delay_target: 1s, max_delay_target: 9s, backoff_function: {}, max_receives_per_second: {}/s }}",
            strip.from(0..=3),
            strip.pick(&["linear", "arithmetic", "geometric", "exponential"]),
            strip.from(1..=30)
        );
        if https && strip.is(50) {
            fields.set("delivery_policy", policy);
        }
        fields.map()
    }

    /// What becomes of a function's events.
    pub fn events(&self, strip: &mut Strip, fields: &mut Fields) {
        fields.may("maximum_retry_attempts", strip.some(40, 0..=2), "");
        fields.may("maximum_event_age", strip.some(30, 60..=120), "s");
        let standard = (0..self.case.topics.len()).find(|topic| !self.is_fifo_topic(*topic)).map(|topic| self.name("topic", topic));
        if strip.is(30) {
            let failure = standard.unwrap_or_else(|| self.fallback());
            fields.set("destinations", format_args!("{{ on_success: {}, on_failure: {failure} }}", self.fallback()));
        }
        if strip.is(20) {
            fields.set("dead_letter_queue", self.fallback());
        }
    }

    /// A function is fed from the queue of its number.
    pub fn source(&self, k: usize, strip: &mut Strip, fields: &mut Fields) {
        let (batch, window) = (strip.from(1..=30), strip.from(0..=8));
        let (fed, provisioned, maximum) = (strip.is(70), strip.is(20), strip.some(40, 2..=8));
        let (filter, partial) = (strip.some(30, 0..=100), strip.is(40));
        if !fed || k >= self.case.queues.len() {
            return;
        }
        let window = if self.outline(k).fifo { 0 } else { window };
        let mut own = Fields::none();
        own.set("queue", self.name("queue", k));
        own.set("batch_size", if window == 0 { batch.min(10) } else { batch });
        own.set("maximum_batching_window", format_args!("{window}s"));
        match provisioned {
            true => own.set("provisioned_poller_config", "{ minimum_pollers: 2, maximum_pollers: 4 }"),
            false => own.may("maximum_concurrency", maximum, ""),
        }
        own.may("filter_passes", filter.filter(|_| !self.style.tame), "%");
        if partial {
            own.set("function_response_types", "[ ReportBatchItemFailures ]");
        }
        fields.set("event_sources", list([own.map()]));
    }
}
