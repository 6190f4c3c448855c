//! Every code a diagnostic may carry, in one table: `E` stops a run, `W` does not.
//!
//! The numbers are stable: a code that is no longer given keeps its number, which is not given to another. A test holds the table equal to the codes
//! that the sources use.

use crate::document::Code;

/// Each code and what it means, in order.
pub const CODES: &[(Code, &str)] = &[
    ("E001", "the file is not YAML"),
    ("E002", "the file is too large to be a scenario"),
    ("E003", "aliases make the file too large, or have no end"),
    ("E004", "lists and maps are nested too deep"),
    ("E005", "a key is given twice in one map"),
    ("E006", "the file is not text in UTF-8"),
    ("E007", "the file is empty"),
    ("E008", "the file has more than one document"),
    ("E009", "a value has a tag"),
    ("E010", "a key is not text"),
    ("E011", "a merge key does not name a map"),
    ("E012", "a name stands for nothing in the scenario"),
    ("E013", "a node is reached in a way its kind does not offer"),
    ("E014", "an API lacks the route that a workload asks for"),
    ("E015", "nodes wait for one another in a circle"),
    ("E016", "there is no workload"),
    ("E017", "there is no node"),
    ("E018", "a name is empty, or given to two things"),
    ("E019", "no request has a weight"),
    ("E020", "a value is not of the kind that is expected"),
    ("E021", "a field is missing"),
    ("E022", "a field is not known"),
    ("E023", "a quantity cannot be read"),
    ("E024", "a distribution cannot be read"),
    ("E025", "an attribute cannot be read"),
    ("E030", "a kind of node is not known"),
    ("E031", "a key belongs to a feature that is not there yet"),
    ("E032", "a duration, rate or number must be more than zero"),
    ("E033", "the warm-up leaves nothing to measure"),
    ("E034", "the scenario would make too many requests"),
    ("E035", "an attribute is used that no workload draws"),
    ("E036", "a threshold cannot be understood"),
    ("E037", "a threshold names a metric that its target does not have"),
    ("E038", "a threshold compares a metric with a value of another unit"),
    ("E039", "an override names a place that is not in the scenario"),
    ("E040", "an override is not of the form `path=value`"),
    ("E041", "a file that the scenario names cannot be read"),
    ("E042", "a workload does not say when its requests come, or says it twice"),
    ("E043", "a date is not a day of the calendar"),
    ("E044", "a quota is not known"),
    ("E060", "a server has nothing to serve with"),
    ("E061", "an API has no routes"),
    ("E062", "a throttle lets nothing through"),
    ("E063", "a step of a handler has not exactly one verb"),
    ("E064", "a step of a handler is not known"),
    ("E065", "no cold start has been measured for a runtime"),
    ("E066", "an SDK profile is not known"),
    ("E067", "a function's time-out or memory is out of its range"),
    ("E068", "more concurrency is provisioned than reserved"),
    ("E069", "repetitions are nested too deep"),
    ("E070", "the chances of a choice add up to more than 100 %"),
    ("E071", "an item is larger than a table can hold"),
    ("E072", "a query or scan reads more than one page"),
    ("E073", "an operation is of more items than it can be"),
    ("E074", "capacity units are given for a table on demand"),
    ("E075", "a table has no capacity or no partition"),
    ("W001", "no workload reaches a node"),
    ("W002", "an API gives up before the function behind it does"),
    ("W003", "a function's time-out ends it before a call's own time-out can"),
    ("W004", "the phases end before the run does"),
    ("W005", "the run ends before the phases do"),
    ("W006", "defaults are given for a kind of which there is no node"),
    ("W007", "a workload reaches a node that uses an attribute it does not draw"),
];

/// The meaning of a code.
pub fn meaning(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(known, _)| *known == code).map(|(_, meaning)| *meaning)
}
