//! What can be asked of a table: the verbs of a handler, what each costs, which indexes it touches and how long it takes.
//! Sizes and numbers are checked against DynamoDB's limits here, before a run; whether there is capacity is `throughput`'s question.

use crate::{
    document::{self, Diagnostic, Map, Read, Reading, Shapes, Spanned, Value, closest},
    mechanism::distribution::Distribution,
    platform::Platform,
    service::Build,
    spec,
    units::{Bytes, Share, Time},
};

use super::{
    Spec,
    capacity::{self, Change, Consistency, Units},
    index::{Projection, Touch, Touching, Write, entry_size, touching},
};

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

/// What is done with items that are too large.
const LARGE_ITEMS: &str = "keep what is large in S3, and its key in the item";

spec! {
    /// What follows a verb. Sizes are of items as DynamoDB counts them: attribute names and values.
    pub struct Asked: "an operation on a table" {
        /// The attribute of the request that is the partition key; default: a key of its own for each request.
        key: Option<Spanned<String>> = None,
        /// Size of one item, at most 400 KB; of the new one where it is written.
        size: Spanned<Bytes> = Spanned { value: Bytes::from_kb(1), span: Default::default() },
        /// Size of the item that was there before a write; default: none before a put, `size` before an update or delete.
        size_before: Option<Bytes> = None,
        /// Items that a query, scan, batch or transaction touches: at most 100, of a batch of writes 25, of a page 1 MB in all.
        items: Spanned<u32> = Spanned { value: 1, span: Default::default() },
        /// A strongly consistent read, at twice the price.
        consistent_read: bool = false,
        /// The index that a query or scan reads; default: the table. `key` is then the index's.
        index: Option<Spanned<String>> = None,
        /// Whether a read of a local index fetches attributes from the table that the index lacks, each item alone.
        fetch: Spanned<bool> = Spanned { value: false, span: Default::default() },
        /// Which global indexes a write touches, by name. A put or delete touches those not named too, an update only those named.
        gsi: Map<Touching> = Map::default(),
        /// The same for local indexes.
        lsi: Map<Touching> = Map::default(),
        /// A conditional write: the share whose condition fails, drawn anew at each try, or an attribute that is true where it fails.
        condition_fails: Option<Spanned<Fails>> = None,
        /// Share of write transactions that repeat one of the last ten minutes with its client token: they read, and write nothing.
        repeats: Option<Spanned<Share>> = None,
    }
}

/// When a condition fails.
#[derive(Clone, Debug)]
pub enum Fails {
    /// So many of all tries.
    Share(Share),
    /// Where this attribute is true (not 0): the same at every try.
    When(Spanned<String>),
}

impl Read for Fails {
    fn expected() -> String {
        "a share such as `5%`, or the name of an attribute".into()
    }
    fn shape(_: &mut Shapes) -> document::Shape {
        let shape = document::Shape::number(format!(r"{}|^[\p{{Alphabetic}}_]", Share::pattern()), 0, 1);
        document::Shape { types: vec!["string", "number", "boolean"], ..shape }
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        match value.text() {
            Some(text) if text.starts_with(|c: char| c.is_alphabetic() || c == '_') => Spanned::read(value, reading).map(Self::When),
            Some(_) => Share::read(value, reading).map(Self::Share),
            None => reading.mismatch(value, &Self::expected()),
        }
    }
}

/// One operation, ready to be compiled.
#[derive(Clone, Debug)]
pub struct Operation {
    pub verb: &'static str,
    pub asked: Box<Asked>,
}

impl Operation {
    /// Reads what follows `verb` and checks it against DynamoDB's limits.
    pub fn read(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Self> {
        let asked = Box::new(Asked::read(value, reading)?);
        let operation = Self { verb, asked };
        operation.check(reading);
        operation.check_indexes(reading);
        operation.check_condition(reading);
        Some(operation)
    }

    /// Names of attributes that this uses: keys of table and indexes, and conditions.
    pub fn attributes(&self) -> Vec<Spanned<String>> {
        let Asked { key, gsi, condition_fails, .. } = &*self.asked;
        let condition = condition_fails.as_ref().and_then(|fails| match &fails.value {
            Fails::When(attribute) => Some(attribute),
            Fails::Share(_) => None,
        });
        key.iter().chain(gsi.0.iter().filter_map(|(_, touching)| touching.key.as_ref())).chain(condition).cloned().collect()
    }

    fn check(&self, reading: &mut Reading) {
        let platform = Platform::default();
        let (bytes, items) = (self.asked.size.value.as_bytes(), u64::from(self.asked.items.value));
        let most = platform.count("dynamodb.item_size");
        if bytes > most {
            let message = format!("an item of {} is larger than DynamoDB stores (400 KB)", self.asked.size.value);
            reading.push(Diagnostic::error("E071", self.asked.size.span, message).label("too large").hint(LARGE_ITEMS));
        }
        let limit = match self.verb {
            "batch_get_item" => "dynamodb.batch_get_items",
            "batch_write_item" => "dynamodb.batch_write_items",
            "transact_get_items" | "transact_write_items" => "dynamodb.transaction_items",
            "query" | "scan" => return self.check_page(bytes.saturating_mul(items), &platform, reading),
            _ if items != 1 => return self.complain(reading, format!("`{}` is of one item, not {items}", self.verb)),
            _ => return,
        };
        let most = platform.count(limit);
        if items == 0 || items > most {
            self.complain(reading, format!("`{}` is of 1 to {most} items, not {items}", self.verb));
        }
    }

    fn check_page(&self, bytes: u64, platform: &Platform, reading: &mut Reading) {
        if bytes > platform.count("dynamodb.page_size") {
            let message = format!("one `{}` reads a page of at most 1 MB, this asks for {}", self.verb, Bytes::from_bytes(bytes));
            let hint = "read several pages: `repeat: { times: …, do: [ … ] }`";
            reading.push(Diagnostic::error("E072", self.asked.items.span, message).label("too many").hint(hint));
        }
    }

    fn complain(&self, reading: &mut Reading, message: String) {
        reading.push(
            Diagnostic::error("E073", self.asked.items.span, message)
                .label("not so many")
                .hint("make several calls: `repeat: { times: …, do: [ … ] }`"),
        );
    }

    /// Complaints about indexes where the verb has none (E080).
    fn check_indexes(&self, reading: &mut Reading) {
        let Asked { index, gsi, lsi, fetch, .. } = &*self.asked;
        let mut refuse =
            |span, message: String, hint: &str| reading.push(Diagnostic::error("E080", span, message).label("not of this operation").hint(hint));
        if let Some(index) = index.as_ref().filter(|_| !self.is_page()) {
            refuse(index.span, format!("`{}` cannot read an index", self.verb), "only `query` and `scan` can");
        }
        if fetch.value && index.is_none() {
            refuse(fetch.span, "only a read of a local index fetches from the table".into(), "name the `index` that is read, or leave `fetch` out");
        }
        for (name, touching) in gsi.0.iter().chain(&lsi.0) {
            if !self.is_write() {
                refuse(name.span, format!("`{}` is a read, which touches no entry of an index", self.verb), "to read an index, write `index: NAME`");
            } else if touching.changes.value.as_fraction() > 0.0 && (self.before().is_none() || self.verb == "delete_item") {
                let message = format!("`{}` moves no entry of `{}`", self.verb, name.value);
                refuse(touching.changes.span, message, "only an item that was there before and stays can move: give `size_before`");
            }
        }
    }

    /// Complaints about conditions and repetitions where the verb has none (E081).
    fn check_condition(&self, reading: &mut Reading) {
        let conditional = ["put_item", "update_item", "delete_item", "transact_write_items"];
        if let Some(fails) = self.asked.condition_fails.as_ref().filter(|_| !conditional.contains(&self.verb)) {
            let message = format!("`{}` has no condition that could fail", self.verb);
            reading
                .push(Diagnostic::error("E081", fails.span, message).label("no condition").hint(format!("these have: {}", conditional.join(", "))));
        }
        if let Some(repeats) = self.asked.repeats.as_ref().filter(|_| self.verb != "transact_write_items") {
            let message = format!("`{}` has no client token, so it cannot be repeated by one", self.verb);
            reading.push(
                Diagnostic::error("E081", repeats.span, message)
                    .label("no client token")
                    .hint("only `transact_write_items` has one: leave `repeats` out"),
            );
        }
    }

    /// Complaints about what this asks of a table that has not got it: indexes that are not there (E077), consistent reads of a global one (E078),
    /// items whose entries in local indexes make them too large (E071).
    pub(super) fn check_against(&self, table: &Spec, name: &str, reading: &mut Reading) {
        let (global, local) = (table.global_names(), table.local_names());
        let all: Vec<&str> = global.iter().chain(&local).copied().collect();
        if let Some(index) = self.asked.index.as_ref() {
            missing(index, &all, (&[], ""), name, reading);
            if global.contains(&index.value.as_str()) {
                self.check_global_read(index, reading);
            }
        }
        self.asked.gsi.0.iter().for_each(|(index, _)| missing(index, &global, (&local, "lsi"), name, reading));
        self.asked.lsi.0.iter().for_each(|(index, _)| missing(index, &local, (&global, "gsi"), name, reading));
        let (size, aws) = (&self.asked.size, Platform::default());
        let bytes = size.value.as_bytes();
        let entries: u64 =
            table.local_secondary_indexes.0.iter().map(|(_, l)| entry_size(l.projection, l.projected_size.as_ref(), bytes, &aws)).sum();
        let most = aws.count("dynamodb.item_size");
        if self.is_write() && bytes <= most && bytes + entries > most {
            let message = format!("an item of {} with its entries in local indexes is larger than DynamoDB stores (400 KB)", size.value);
            let label = format!("and {} in indexes of `{name}`", Bytes::from_bytes(entries));
            reading.push(
                Diagnostic::error("E071", size.span, message).label(label).hint("project less into its local indexes, or store less in an item"),
            );
        }
    }

    fn check_global_read(&self, index: &Spanned<String>, reading: &mut Reading) {
        if self.asked.consistent_read {
            let message = format!("`{}` is a global index, which cannot be read consistently", index.value);
            let hint = "leave `consistent_read` out: a global index follows its table with a delay";
            reading.push(Diagnostic::error("E078", index.span, message).label("global").hint(hint));
        }
        if self.asked.fetch.value {
            let message = format!("`{}` is a global index, from which nothing can be fetched but what is projected", index.value);
            reading.push(
                Diagnostic::error("E080", self.asked.fetch.span, message)
                    .label("not from a global index")
                    .hint("project what is asked for, or `get_item` it from the table"),
            );
        }
    }

    pub(super) fn compile(&self, table: &Spec, build: &mut Build) -> Compiled {
        let asked = &self.asked;
        let (bytes, items) = (asked.size.value.as_bytes(), asked.items.value);
        let measured = build.measured_at(self.figure(), bytes.saturating_mul(if self.is_page() { u64::from(items) } else { 1 }), u64::from(items));
        Compiled {
            shape: self.shape(),
            write: self.is_write(),
            units: self.units(table, build),
            items,
            key: asked.key.as_ref().map(|k| build.attribute(&k.value)),
            latency: table.latency_of(self.verb).unwrap_or(measured),
            index: asked.index.as_ref().and_then(|index| table.global_names().iter().position(|name| *name == index.value)).map_or(0, |at| at as u32),
            touches: self.touches(table, build),
            condition: asked.condition_fails.as_ref().map(|fails| match &fails.value {
                Fails::Share(share) => Condition::Share(share.as_fraction()),
                Fails::When(attribute) => Condition::Attribute(build.attribute(&attribute.value)),
            }),
            failed_units: self.failed_units(),
            repeats: asked.repeats.as_ref().map_or(0.0, |share| share.value.as_fraction()),
            repeated_units: capacity::repeated_transact_write_items([bytes]),
            makes: self.makes(),
            portion: self.portion(bytes, items, &build.platform),
        }
        .shaped(table, asked.index.as_ref())
    }

    /// What a write does to each index of its table: an update to those that are named, another write to all.
    fn touches(&self, table: &Spec, build: &mut Build) -> Vec<Touch> {
        let is_update = self.verb == "update_item";
        let global = table.global_secondary_indexes.0.iter().map(|(name, i)| (name, i.projection, i.projected_size.as_ref(), &self.asked.gsi));
        let local = table.local_secondary_indexes.0.iter().map(|(name, i)| (name, i.projection, i.projected_size.as_ref(), &self.asked.lsi));
        let mut touches = Vec::new();
        for (is_global, at, (name, projection, projected_size, given)) in
            global.enumerate().map(|(at, i)| (true, at, i)).chain(local.enumerate().map(|(at, i)| (false, at, i)))
        {
            let given = touching(given, &name.value);
            if !self.is_write() || is_update && given.is_none() {
                continue;
            }
            let change = self.change();
            let entry = |bytes: Option<u64>| bytes.map(|bytes| entry_size(projection, projected_size, bytes, &build.platform));
            let times = if self.verb == "transact_write_items" && !is_global { 2 } else { 1 };
            let write = Write { entry: Change { before: entry(change.before), after: entry(change.after) }, is_update, times };
            touches.push(Touch::new(at, is_global, projection, given, write, build));
        }
        touches
    }

    /// What a write does to the number of items.
    fn makes(&self) -> Makes {
        match self.before().is_some_and(|bytes| bytes > 0) {
            true if self.verb == "delete_item" => Makes::Fewer,
            false if matches!(self.verb, "put_item" | "batch_write_item" | "transact_write_items") => Makes::New,
            _ => Makes::NoOther,
        }
    }

    /// How many items of a batch of reads fit an answer, where not all do (AWS SDK model: dynamodb, BatchGetItem).
    fn portion(&self, bytes: u64, items: u32, aws: &Platform) -> Option<Portion> {
        let fit = |row| (aws.count(row) / bytes.max(1)).clamp(1, 100) as u32;
        let portion = Portion { of_all: fit("dynamodb.batch_size"), of_partition: fit("dynamodb.batch_get_partition_size") };
        (self.verb == "batch_get_item" && items > portion.of_partition).then_some(portion)
    }

    fn is_write(&self) -> bool {
        matches!(self.verb, "put_item" | "update_item" | "delete_item" | "batch_write_item" | "transact_write_items")
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

    /// The item's size before a write.
    fn before(&self) -> Option<u64> {
        let before = self.asked.size_before.map(Bytes::as_bytes);
        match self.verb {
            "update_item" | "delete_item" => before.or(Some(self.asked.size.value.as_bytes())),
            _ => before,
        }
    }

    /// What a write does to its item.
    fn change(&self) -> Change {
        let after = (self.verb != "delete_item").then_some(self.asked.size.value.as_bytes());
        Change { before: self.before(), after }
    }

    /// Units of the whole operation, or of each item of a batch or transaction.
    fn units(&self, table: &Spec, build: &Build) -> Units {
        let (bytes, items) = (self.asked.size.value.as_bytes(), u64::from(self.asked.items.value));
        let consistency = if self.asked.consistent_read { Consistency::Strong } else { Consistency::Eventual };
        match self.verb {
            "get_item" | "batch_get_item" => capacity::get_item(bytes, consistency),
            "query" | "scan" => self.page_units(table, bytes, items, consistency, build),
            "transact_get_items" => capacity::get_item(bytes, Consistency::Transactional),
            "transact_write_items" => capacity::transact_write_items([self.change()]),
            _ => capacity::write_item(self.change()),
        }
    }

    /// Units of a page of the table or of an index.
    fn page_units(&self, table: &Spec, bytes: u64, items: u64, consistency: Consistency, build: &Build) -> Units {
        let Some(index) = &self.asked.index else { return capacity::page(bytes.saturating_mul(items), consistency) };
        let entries =
            |projection: Projection, size: Option<&Spanned<Bytes>>| entry_size(projection, size, bytes, &build.platform).saturating_mul(items);
        if let Some((_, global)) = table.global_secondary_indexes.0.iter().find(|(name, _)| name.value == index.value) {
            return capacity::global_index_page(entries(global.projection, global.projected_size.as_ref()));
        }
        let local = table.local_secondary_indexes.0.iter().find(|(name, _)| name.value == index.value);
        let entries = local.map_or(0, |(_, local)| entries(local.projection, local.projected_size.as_ref()));
        let fetched = if self.asked.fetch.value { items as usize } else { 0 };
        let (index, table) = capacity::local_index_page(entries, std::iter::repeat_n(bytes, fetched), consistency);
        index + table
    }

    /// Units of each item of a write whose condition fails: of the larger of what was there and what was attempted. Where a put does not say, an
    /// item of the same size was there; where it says nothing was, the least is charged.
    fn failed_units(&self) -> Units {
        let change = self.change();
        let (existing, attempted) = (change.before.or(change.after), change.after.filter(|_| change.before != Some(0)));
        let units = capacity::failed_condition(Change { before: existing, after: attempted });
        units * if self.verb == "transact_write_items" { 2 } else { 1 }
    }
}

/// Complains of an index that is not there (E077), or not among those that are meant: `others` are the table's further ones, and their key.
fn missing(index: &Spanned<String>, known: &[&str], others: (&[&str], &str), table: &str, reading: &mut Reading) {
    let name = index.value.as_str();
    if known.contains(&name) {
        return;
    }
    let hint = match closest(name, known.iter().copied()) {
        _ if others.0.contains(&name) => format!("it is of the other kind: name it under `{}`", others.1),
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("add `{name}` to its `global_secondary_indexes` or `local_secondary_indexes`"),
        None => format!("it has: {}", known.join(", ")),
    };
    let message = format!("`{table}` has no index `{name}`");
    reading.push(Diagnostic::error("E077", index.span, message).label("no such index").hint(hint));
}

/// How an operation is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One item or page, with nothing to look at but the table's own throughput.
    One,
    /// A page of a global index.
    IndexPage,
    /// One write that touches indexes, has a condition or may meet a transaction.
    Guarded,
    /// Each item for itself; the throttled ones come back unprocessed.
    Batch,
    /// All items or none.
    Transaction,
    /// No request: the table's clock.
    Clock,
}

/// What a write does to the number of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Makes {
    New,
    Fewer,
    NoOther,
}

/// Items that fit one answer to a batch of reads, in all and of one partition; what does not fit comes back unprocessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portion {
    pub of_all: u32,
    pub of_partition: u32,
}

/// When a condition fails.
#[derive(Clone, Copy, Debug)]
pub(super) enum Condition {
    Share(f64),
    Attribute(u32),
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
    /// Of a page of a global index: which.
    pub index: u32,
    pub touches: Vec<Touch>,
    pub condition: Option<Condition>,
    /// Of each item, where the condition fails.
    pub failed_units: Units,
    /// Share of transactions that repeat another.
    pub repeats: f64,
    /// Read units of each item of such a one.
    pub repeated_units: Units,
    pub makes: Makes,
    pub portion: Option<Portion>,
}

impl Compiled {
    /// What the table's clock asks of it.
    pub fn clock() -> Self {
        Self {
            shape: Shape::Clock,
            write: false,
            units: Units::ZERO,
            items: 0,
            key: None,
            latency: Distribution::constant(Time::ZERO),
            index: 0,
            touches: Vec::new(),
            condition: None,
            failed_units: Units::ZERO,
            repeats: 0.0,
            repeated_units: Units::ZERO,
            makes: Makes::NoOther,
            portion: None,
        }
    }

    /// With the shape that its index, its touches and its condition ask for.
    fn shaped(mut self, table: &Spec, index: Option<&Spanned<String>>) -> Self {
        if index.is_some_and(|index| table.global_names().contains(&index.value.as_str())) {
            self.shape = Shape::IndexPage;
        } else if self.shape == Shape::One && (!self.touches.is_empty() || self.condition.is_some()) {
            self.shape = Shape::Guarded;
        }
        self
    }
}
