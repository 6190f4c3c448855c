//! Relations that hold for one family of scenarios only.
