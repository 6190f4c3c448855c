//! What can be asked of a table: the verbs of a handler, what each costs and how long it takes.
//! Sizes and numbers are checked against DynamoDB's limits here, before a run; whether there is capacity is `throughput`'s question.

use crate::{
    document::{Diagnostic, Reading, Spanned, Value},
    mechanism::distribution::Distribution,
    service::Build,
    spec,
    units::Bytes,
};

use super::capacity::{self, Change, Consistency, Units};

/// The verbs, as DynamoDB's actions are called.
pub const VERBS: &[&str] = &[
    "get_item",
    "put_item",
    "update_item",
    "delete_item",
    "query",
    "scan",
    "batch_get_item",
    "batch_write_item",
    "transact_get_items",
    "transact_write_items",
];

spec! {
    /// What follows a verb. Sizes are of items as DynamoDB counts them: attribute names and values.
    pub struct Asked: "an operation on a table" {
        /// The attribute of the request that is the partition key; default: a key of its own for each request.
        key: Option<Spanned<String>> = None,
        /// Size of one item; of the new one where it is written.
        size: Spanned<Bytes> = Spanned { value: Bytes::from_kb(1), span: Default::default() },
        /// Size of the item that was there before a write; default: none before a put, `size` before an update or delete.
        size_before: Option<Bytes> = None,
        /// Items that a query, scan, batch or transaction touches.
        items: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// A strongly consistent read, at twice the price.
        consistent_read: bool = false,
    }
}

/// One operation, ready to be compiled.
#[derive(Clone, Debug)]
pub struct Operation {
    pub verb: &'static str,
    pub asked: Asked,
}

impl Operation {
    /// Reads what follows `verb` and checks it against DynamoDB's limits.
    pub fn read(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Self> {
        let asked: Asked = crate::document::Read::read(value, reading)?;
        let operation = Self { verb, asked };
        operation.check(reading);
        Some(operation)
    }

    fn check(&self, reading: &mut Reading) {
        let platform = crate::platform::Platform::default();
        let (bytes, items) = (self.asked.size.value.as_bytes(), u64::from(self.asked.items.value));
        let most = platform.count("dynamodb.item_size");
        if bytes > most {
            let message = format!("an item of {} is larger than DynamoDB stores (400 KB)", self.asked.size.value);
            reading.push(Diagnostic::error("E071", self.asked.size.span, message).label("too large"));
        }
        let limit = match self.verb {
            "batch_get_item" => "dynamodb.batch_get_items",
            "batch_write_item" => "dynamodb.batch_write_items",
            "transact_get_items" | "transact_write_items" => "dynamodb.transaction_items",
            "query" | "scan" => return self.check_page(bytes.saturating_mul(items), &platform, reading),
            _ if items != 1 => return self.complain(reading, format!("`{}` is of one item", self.verb)),
            _ => return,
        };
        let most = platform.count(limit);
        if items == 0 || items > most {
            self.complain(reading, format!("`{}` is of 1 to {most} items", self.verb));
        }
    }

    fn check_page(&self, bytes: u64, platform: &crate::platform::Platform, reading: &mut Reading) {
        if bytes > platform.count("dynamodb.page_size") {
            let message = format!("one `{}` reads a page of at most 1 MB, this asks for {}", self.verb, Bytes::from_bytes(bytes));
            let hint = "read several pages: `repeat: { times: …, do: [ … ] }`";
            reading.push(Diagnostic::error("E072", self.asked.items.span, message).hint(hint));
        }
    }

    fn complain(&self, reading: &mut Reading, message: String) {
        reading.push(Diagnostic::error("E073", self.asked.items.span, message).label("not so many"));
    }

    pub(super) fn compile(&self, build: &mut Build) -> Compiled {
        let asked = &self.asked;
        let (bytes, items) = (asked.size.value.as_bytes(), asked.items.value);
        Compiled {
            shape: self.shape(),
            write: matches!(self.verb, "put_item" | "update_item" | "delete_item" | "batch_write_item" | "transact_write_items"),
            units: self.units(),
            items,
            key: asked.key.as_ref().map(|k| build.attribute(&k.value)),
            latency: build.measured_at(self.figure(), bytes.saturating_mul(if self.is_page() { u64::from(items) } else { 1 }), u64::from(items)),
        }
    }

    fn is_page(&self) -> bool {
        matches!(self.verb, "query" | "scan")
    }

    fn shape(&self) -> Shape {
        match self.verb {
            "batch_get_item" | "batch_write_item" => Shape::Batch,
            "transact_get_items" | "transact_write_items" => Shape::Transaction,
            _ => Shape::One,
        }
    }

    /// The row of the platform's latencies.
    fn figure(&self) -> &'static str {
        match (self.verb, self.asked.consistent_read) {
            ("get_item" | "batch_get_item", false) => "dynamodb.get_item_eventual",
            ("get_item" | "batch_get_item", true) => "dynamodb.get_item_strong",
            ("update_item", _) => "dynamodb.update_item",
            ("delete_item", _) => "dynamodb.delete_item",
            ("query", _) => "dynamodb.query",
            ("scan", _) => "dynamodb.scan",
            ("transact_get_items", _) => "dynamodb.transact_get_items",
            ("transact_write_items", _) => "dynamodb.transact_write_items",
            _ => "dynamodb.put_item",
        }
    }

    /// Units of the whole operation, or of each item of a batch or transaction.
    fn units(&self) -> Units {
        let bytes = self.asked.size.value.as_bytes();
        let before = self.asked.size_before.map(Bytes::as_bytes);
        let consistency = if self.asked.consistent_read { Consistency::Strong } else { Consistency::Eventual };
        match self.verb {
            "get_item" | "batch_get_item" => capacity::get_item(bytes, consistency),
            "query" | "scan" => capacity::page(bytes.saturating_mul(u64::from(self.asked.items.value)), consistency),
            "transact_get_items" => capacity::get_item(bytes, Consistency::Transactional),
            "put_item" | "batch_write_item" => capacity::write_item(Change { before, after: Some(bytes) }),
            "update_item" => capacity::write_item(Change { before: before.or(Some(bytes)), after: Some(bytes) }),
            "delete_item" => capacity::write_item(Change { before: before.or(Some(bytes)), after: None }),
            _ => capacity::transact_write_items([Change { before, after: Some(bytes) }]),
        }
    }
}

/// How an operation is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    /// Each item for itself; the throttled ones come back unprocessed.
    Batch,
    /// All items or none.
    Transaction,
}

/// An operation that runs.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub shape: Shape,
    pub write: bool,
    /// Of the whole, or of each item.
    pub units: Units,
    pub items: u32,
    pub key: Option<u32>,
    pub latency: Distribution,
}
