//! Tests of the whole, one file a topic, in one binary.

mod diagnostic;
