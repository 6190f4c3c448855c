//! One integration binary, a file a topic.

mod api_gateway;
mod asynchronous;
mod bad_input;
mod capacity;
mod chain;
mod clients;
mod determinism;
mod diagnostic;
mod dynamodb;
mod golden;
mod handler;
mod indexes;
mod lambda;
mod littles_law;
mod observed;
mod oracle;
mod platform;
mod random;
mod random_messaging;
mod reference;
mod retries;
mod scenarios;
mod sns;
mod sqs;
mod support;
mod tidy;
