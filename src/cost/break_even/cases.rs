//! The comparisons: which two ways there are of paying for capacity, concurrency, an API, messages and containers; `architecture` has one more.
//!
//! ```text
//! provisioned ÷ on demand = price of a unit-hour ÷ (3,600 · price of a request unit)          utilisation
//! provisioned concurrency = p ÷ (d − p′)       of its prices p, p′ and the on-demand duration's d
//! Fargate                 = price of the tasks ÷ price of one invocation                       requests a second
//! ```
//!
//! Left out: what both ways pay alike, such as a function's requests, storage and data transfer.

use super::{Axis, BreakEven, Way, figure};
use crate::cost::{Book, Missing, plain};
use crate::platform::{fargate, quota};

/// Seconds of an hour.
const HOUR: f64 = 3600.0;

/// GB of one MB.
const MB: f64 = 1.0 / 1024.0;

/// A function, as far as its price goes.
#[derive(Clone, Debug)]
pub struct Function {
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// Memory in GB (2³⁰ bytes).
    pub gb: f64,
    /// Billed seconds of an invocation.
    pub billed_s: f64,
}

impl Default for Function {
    /// 1 GB for 100 ms, on x86.
    fn default() -> Self {
        Self { architecture: "x86_64", gb: 1.0, billed_s: 0.1 }
    }
}

impl Function {
    fn key(&self, of: &str) -> String {
        format!("lambda.{of}.{}", self.architecture)
    }

    fn in_words(&self) -> String {
        format!("{} MB on {}, billed {} ms each", plain(self.gb / MB), self.architecture, figure(self.billed_s * 1e3))
    }
}

/// A table's `write` or `read` capacity by the request or provisioned, for so many `units` all month; `class` is `standard` or `standard_ia`.
///
/// # Errors
/// A price that the book does not have; so of all of these.
pub fn capacity_mode(book: &Book, class: &str, side: &str, units: f64) -> Result<BreakEven, Missing> {
    let hours = book.month_hours();
    let (request, unit) = (format!("dynamodb.{class}.{side}_request_units"), format!("dynamodb.{class}.{side}_capacity_unit_hours"));
    let counted = counted(units, &format!("{side} unit"));
    let formula = format!("{counted} × utilisation × 3,600 s × {} h × price of a request unit", plain(hours));
    let on_demand = Way::new(book, "on demand", formula, &[(&request, 0.0, units * HOUR * hours)])?;
    let formula = format!("{counted} × {} h × price of a unit-hour", plain(hours));
    let provisioned = Way::new(book, "provisioned", formula, &[(&unit, units * hours, 0.0)])?;
    let axis = Axis::new(format!("utilisation of {counted}, provisioned"), "share", 1.0);
    let title = format!("{side}s of a table: on demand or provisioned");
    Ok(BreakEven::new(&format!("dynamodb_{side}s"), title, axis, [on_demand, provisioned])
        .assuming("utilisation is the month's mean; what provisioned capacity throttles is not sold on demand"))
}

/// Environments on demand or kept ready, all month.
pub fn provisioned_concurrency(book: &Book, function: &Function, environments: f64) -> Result<BreakEven, Missing> {
    let gb_s = environments * function.gb * HOUR * book.month_hours();
    let held = format!("{} × {} MB × {} h", plain(environments), plain(function.gb / MB), plain(book.month_hours()));
    let formula = format!("{held} × utilisation × price of duration");
    let on_demand = Way::new(book, "on demand", formula, &[(&function.key("duration"), 0.0, gb_s)])?;
    let formula = format!("{held} × (price of provisioned concurrency + utilisation × its price of duration)");
    let terms = [(&*function.key("provisioned_concurrency"), gb_s, 0.0), (&*function.key("provisioned_duration"), 0.0, gb_s)];
    let provisioned = Way::new(book, "provisioned concurrency", formula, &terms)?;
    let axis = Axis::new(format!("utilisation of {} kept ready", counted(environments, "environment")), "share", 1.0);
    Ok(BreakEven::new("lambda_provisioned_concurrency", "environments: on demand or provisioned", axis, [on_demand, provisioned])
        .assuming("INIT is not counted on either side; of provisioned environments it is billed when they are made, and seldom"))
}

/// A REST API or an HTTP API, whose requests count as so many `steps` of its metering unit in the mean.
pub fn rest_or_http(book: &Book, steps: f64) -> Result<BreakEven, Missing> {
    let rest = Way::new(book, "REST API", "requests × price of a call, by tiers", &[("api_gateway.rest", 0.0, 1.0)])?;
    let formula = format!("requests × {} × price of a call, by tiers", counted(steps, "metering unit"));
    let http = Way::new(book, "HTTP API", formula, &[("api_gateway.http", 0.0, steps)])?;
    let axis = Axis { shown_to: 2e9, ..Axis::new("requests a month", "requests/month", f64::INFINITY) };
    Ok(BreakEven::new("api_gateway_rest_or_http", "an API: REST or HTTP", axis, [rest, http])
        .assuming("what only REST APIs have is not needed: caches, usage plans, validation, edge endpoints"))
}

/// Messages in larger batches, beside what is paid for receives that find nothing. `key` is the queue's price, `messages` are those of a month, and `pollers`
/// wait at it: as many as an event source mapping keeps at an idle queue, where nothing is said.
pub fn batch_size(book: &Book, key: &str, messages: f64, pollers: Option<f64>) -> Result<BreakEven, Missing> {
    let row = |name| quota::value(name, book.as_of());
    let (pollers, wait) = (pollers.unwrap_or_else(|| row("esm.idle_concurrency")), row("esm.wait_time"));
    let empty = pollers * HOUR * book.month_hours() / wait;
    let formula = format!("{} messages × (send + receive + delete) ÷ batch size × price of a request", figure(messages));
    let work = Way::new(book, "requests of the messages", formula, &[(key, 0.0, 3.0 * messages)])?;
    let formula = format!("{} pollers × {} h ÷ {} s × price of a request", plain(pollers), plain(book.month_hours()), plain(wait));
    let idle = Way::new(book, "empty receives", formula, &[(key, empty, 0.0)])?;
    let most = row("sqs.batch_entries");
    let axis = Axis { from: 1.0, inverse: true, ..Axis::new("messages in a batch", "messages/request", most) };
    Ok(BreakEven::new("sqs_batch_size", "a queue: its messages or its empty receives", axis, [work, idle])
        .assuming("every batch is full and of one billed unit (64 KB); the queue is empty most of the time, so that all pollers wait")
        .assuming("beyond the crossing larger batches save less than half of what is left"))
}

/// A function, or so many `tasks` that run all month, each of the nearest size and for one request at a time.
pub fn lambda_or_fargate(book: &Book, function: &Function, tasks: f64) -> Result<BreakEven, Missing> {
    let (month, hours) = (HOUR * book.month_hours(), book.month_hours());
    let gb_s = function.gb * function.billed_s;
    let formula = format!("requests × (price of a request + {} GB-s × price of duration): {}", figure(gb_s), function.in_words());
    let terms = [("lambda.requests", 0.0, month), (&*function.key("duration"), 0.0, month * gb_s)];
    let lambda = Way::new(book, "Lambda", formula, &terms)?;
    let key = |of: &str| format!("fargate.{}.{of}", function.architecture);
    let unit = |key: &str| book.price(key).map(|price| price.charge(1.0, 0.0));
    let vcpu = function.gb / MB / quota::value("lambda.full_vcpu_memory", book.as_of());
    let nearest = fargate::nearest(vcpu, function.gb, unit(&key("vcpu_hours"))?, unit(&key("gb_hours"))?);
    let size = nearest.unwrap_or(fargate::Size { vcpu, gb: function.gb });
    let task = format!("{} of {} vCPU and {} GB", counted(tasks, "task"), plain(size.vcpu), plain(size.gb));
    let formula = format!("{task} × {} h × price of vCPUs and memory", plain(hours));
    let terms = [(&*key("vcpu_hours"), tasks * size.vcpu * hours, 0.0), (&*key("gb_hours"), tasks * size.gb * hours, 0.0)];
    let fargate = Way::new(book, format!("Fargate, {}", counted(tasks, "task")), formula, &terms)?;
    // Beyond it so many tasks, one request at a time each, are not enough.
    let axis = Axis::new("requests a second", "requests/s", tasks / function.billed_s.max(1e-6));
    Ok(BreakEven::new("lambda_or_fargate", "a function or containers: Lambda or Fargate", axis, [lambda, fargate])
        .assuming("a task works on one request at a time, as an environment does, and as fast; the axis ends where all tasks are busy")
        .assuming("tasks run all month; load balancer, logs and data transfer are not counted"))
}

/// `1 task`, `3 tasks`.
fn counted(n: f64, noun: &str) -> String {
    format!("{} {noun}{}", figure(n), if n == 1.0 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::{Term, break_evens};
    use super::*;
    use crate::platform::Date;

    /// Where a straight line meets another, from its terms alone: what tests hold the solved crossings against.
    fn met(ways: &[Way; 2]) -> f64 {
        let sum = |way: &Way, of: fn(&Term) -> f64| way.terms.iter().map(|term| of(term) * term.price.tiers[0].price / term.price.per).sum::<f64>();
        let [first, second] = ways;
        let (fixed, slope) = (|term: &Term| term.fixed, |term: &Term| term.slope);
        (sum(second, fixed) - sum(first, fixed)) / (sum(first, slope) - sum(second, slope))
    }

    fn book() -> Book {
        Book::of("us-east-1", Date::parse("2026-11-01").unwrap()).unwrap()
    }

    #[test]
    fn crossings_are_where_the_lines_of_the_first_tier_meet() {
        let found = break_evens(&book());
        assert!(found.missing.is_empty() && found.break_evens.len() == 7);
        for one in found.break_evens.iter().filter(|one| !one.crossings.is_empty()) {
            let met = one.axis.along(met(&one.ways));
            assert!((one.crossings[0] - met).abs() < 1e-9 * met, "{}: {:?}, not {met}", one.name, one.crossings);
        }
        assert_eq!(
            found.break_evens.iter().filter(|one| one.crossings.is_empty()).map(|one| &*one.name).collect::<Vec<_>>(),
            ["api_gateway_rest_or_http"]
        );
    }

    #[test]
    fn a_region_without_a_price_has_the_others() {
        let frankfurt = Book::of("eu-central-1", Date::parse("2026-11-01").unwrap()).unwrap();
        let found = break_evens(&frankfurt);
        assert!(!found.break_evens.is_empty());
        assert!(found.missing.iter().any(|(of, missing)| of == "architecture" && missing.key == "lambda.duration.arm64"));
    }

    #[test]
    fn a_function_without_a_task_so_large_is_given_its_own_size() {
        let large = Function { gb: 10.0, ..Function::default() };
        let found = lambda_or_fargate(&book(), &large, 2.0).unwrap();
        assert!(found.ways[1].formula.contains("2 tasks of 8 vCPU and 16 GB"), "{}", found.ways[1].formula);
    }
}
