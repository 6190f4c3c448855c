//! One integration binary, a file a topic.

mod api_gateway;
mod capacity;
mod clients;
mod diagnostic;
mod dynamodb;
mod handler;
mod lambda;
mod observed;
mod platform;
mod retries;
