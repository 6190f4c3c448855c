//! The tables of `docs/scenario.md` are those of `spec!`: this test writes them, or fails where they are stale.
//!
//! A table stands between `<!-- fields: NAME -->` and `<!-- end -->`. `UPDATE_GOLDEN=1 cargo test --test it reference` makes them anew.

use std::{fs, path::PathBuf};

use coldfront::{
    document::Field,
    mechanism::distribution::PartSpec,
    scenario::expect,
    service::{
        api_gateway, auto_scaling, cloudwatch_alarm, dynamodb, function_url, lambda, mapping, outage::Fault, retry::RetrySpec, server, sns, sqs,
        workload,
    },
};

/// Every table of the page, in its order.
fn tables() -> Vec<(&'static str, Vec<Field>)> {
    vec![
        ("scenario", coldfront::scenario::keys()),
        ("part", PartSpec::fields()),
        ("workload", workload::WorkloadSpec::fields()),
        ("phase", workload::PhaseSpec::fields()),
        ("replay", workload::ReplaySpec::fields()),
        ("step", workload::StepSpec::fields()),
        ("request", workload::RequestSpec::fields()),
        ("client", workload::ClientSpec::fields()),
        ("retry", RetrySpec::fields()),
        ("api_gateway", api_gateway::Spec::fields()),
        ("route", api_gateway::RouteFields::fields()),
        ("throttle", api_gateway::Throttle::fields()),
        ("response_cache", api_gateway::CacheSpec::fields()),
        ("route_cache", api_gateway::RouteCacheFields::fields()),
        ("authorizer", api_gateway::AuthorizerSpec::fields()),
        ("usage_plan", api_gateway::UsagePlan::fields()),
        ("quota", api_gateway::Quota::fields()),
        ("post_to_connection", api_gateway::Post::fields()),
        ("function_url", function_url::Spec::fields()),
        ("cloudwatch_alarm", cloudwatch_alarm::Spec::fields()),
        ("lambda", lambda::Spec::fields()),
        ("destinations", lambda::Destinations::fields()),
        ("version", lambda::VersionSpec::fields()),
        ("routing", lambda::RoutingConfig::fields()),
        ("sdk", lambda::Sdk::fields()),
        ("response", lambda::Response::fields()),
        ("rollout", lambda::Rollout::fields()),
        ("call", lambda::steps::Patience::fields()),
        ("compute", lambda::steps::Compute::fields()),
        ("arm", lambda::steps::Arm::fields()),
        ("repeat", lambda::steps::Repeat::fields()),
        ("fail", lambda::steps::Fail::fields()),
        ("event_source", mapping::EventSource::fields()),
        ("provisioned_pollers", mapping::ProvisionedPollers::fields()),
        ("concurrency_scaling", auto_scaling::ConcurrencyScaling::fields()),
        ("scalable_target", auto_scaling::ScalableTarget::fields()),
        ("scheduled_action", auto_scaling::ScheduledAction::fields()),
        ("step_policy", auto_scaling::stepping::StepPolicy::fields()),
        ("step_adjustment", auto_scaling::stepping::StepAdjustment::fields()),
        ("sqs", sqs::Spec::fields()),
        ("fifo_queue", sqs::Fifo::fields()),
        ("dead_letters", sqs::RedrivePolicy::fields()),
        ("redrive", sqs::Redrive::fields()),
        ("backlog", sqs::Backlog::fields()),
        ("send", sqs::Send::fields()),
        ("receive", sqs::Receive::fields()),
        ("change_visibility", sqs::ChangeVisibility::fields()),
        ("dynamodb", dynamodb::Spec::fields()),
        ("global_index", dynamodb::index::GlobalIndex::fields()),
        ("warm_throughput", dynamodb::settings::WarmThroughput::fields()),
        ("time_to_live", dynamodb::lifetime::TimeToLive::fields()),
        ("replica", dynamodb::replica::Replica::fields()),
        ("capacity_scaling", auto_scaling::CapacityScaling::fields()),
        ("local_index", dynamodb::index::LocalIndex::fields()),
        ("operation", dynamodb::operation::Asked::fields()),
        ("touching", dynamodb::index::Touching::fields()),
        ("server", server::Spec::fields()),
        ("sns", sns::Spec::fields()),
        ("fifo_topic", sns::FifoSpec::fields()),
        ("subscription", sns::Subscription::fields()),
        ("delivery_policy", sns::DeliveryPolicy::fields()),
        ("publish", sns::Publish::fields()),
        ("fault", Fault::fields()),
        ("expect", expect::Spec::fields()),
        ("rival", expect::Rival::fields()),
        ("measurement", expect::Measurement::fields()),
        ("tolerance", expect::Bounds::fields()),
        ("series", expect::Series::fields()),
    ]
}

fn table(fields: &[Field]) -> String {
    let row = |field: &Field| {
        let name = if field.required { format!("**`{}`**", field.name) } else { format!("`{}`", field.name) };
        let doc = field.doc.split_whitespace().collect::<Vec<_>>().join(" ");
        let default = match (&field.default, field.required) {
            (_, true) => "must be given".to_owned(),
            (Some(default), _) => format!("`{default}`"),
            (None, _) => "–".to_owned(),
        };
        format!("| {name} | {} | {} | {default} |\n", doc.replace('|', "\\|"), field.expected.replace('|', "\\|"))
    };
    format!("| field | meaning | value | default |\n|---|---|---|---|\n{}", fields.iter().map(row).collect::<String>())
}

#[test]
fn the_tables_of_the_language_are_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/scenario.md");
    let page = fs::read_to_string(&path).expect("docs/scenario.md");
    let mut fresh = page.clone();
    for (name, fields) in tables() {
        let open = format!("<!-- fields: {name} -->\n");
        let start = fresh.find(&open).unwrap_or_else(|| panic!("docs/scenario.md has no table `{name}`")) + open.len();
        let end = start + fresh[start..].find("<!-- end -->").expect("a table ends");
        fresh.replace_range(start..end, &table(&fields));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &fresh).expect("docs/scenario.md can be written");
        return;
    }
    assert!(fresh == page, "docs/scenario.md is stale: run `UPDATE_GOLDEN=1 cargo test --test it reference`");
}
