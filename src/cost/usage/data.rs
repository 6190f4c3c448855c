//! DynamoDB, S3 and Kinesis: request units by item size, provisioned hours, storage, shards.
//!
//! ```text
//! WRU = writes × ⌈item / 1 KB⌉ × (2 in a transaction)        RRU = reads × ⌈item / 4 KB⌉ × (½ eventual, 1 strong, 2 in a transaction)
//! ```
//!
//! Left out, and priced by `meters`: reserved capacity, backups, exports, DAX, S3's other classes, retention of streams.

use super::{Meter, Metered};
use crate::cost::Quantity;
use crate::units::{Bytes, Time};

crate::words! {
    /// What a read promises.
    pub enum Consistency {
        /// Eventually consistent: half a unit.
        Eventual = "eventual",
        /// Strongly consistent.
        Strong = "strong",
        /// In a transaction: two units.
        Transactional = "transactional",
    }
}

crate::words! {
    /// What a table is stored as.
    pub enum TableClass {
        /// Standard.
        Standard = "standard",
        /// Standard-IA: dearer requests, cheaper storage.
        InfrequentAccess = "standard_ia",
    }
}

crate::spec! {
    /// A table or index.
    pub struct Table: "a table" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// What it is stored as.
        table_class: TableClass = TableClass::Standard,
        /// Mean size of an item that is read or written.
        item: Bytes = Bytes::from_kb(1),
        /// Written a month, on demand.
        writes: Quantity = Quantity(0.0),
        /// Of them, those in transactions.
        transactional_writes: Quantity = Quantity(0.0),
        /// Read a month, on demand.
        reads: Quantity = Quantity(0.0),
        /// What reads promise.
        consistency: Consistency = Consistency::Eventual,
        /// Write request units besides.
        write_request_units: Quantity = Quantity(0.0),
        /// Read request units besides.
        read_request_units: Quantity = Quantity(0.0),
        /// Replicated write request units of a global table.
        replicated_write_request_units: Quantity = Quantity(0.0),
        /// Provisioned.
        write_capacity_units: Quantity = Quantity(0.0),
        /// Provisioned.
        read_capacity_units: Quantity = Quantity(0.0),
        /// Provisioned, of a global table.
        replicated_write_capacity_units: Quantity = Quantity(0.0),
        /// How long they are a month; default: all of it.
        provisioned: Option<Time> = None,
        /// What is stored, without the overhead of items.
        storage: Bytes = Bytes::ZERO,
        /// Items stored, for their overhead.
        items: Quantity = Quantity(0.0),
        /// GetRecords of a stream by a reader of one's own.
        stream_reads: Quantity = Quantity(0.0),
    }
}

impl Table {
    fn key(&self, of: &str) -> String {
        format!("dynamodb.{}.{of}", self.table_class.word())
    }

    fn on_demand(&self, meter: &mut Meter) {
        let (write, read) = (self.key("write_request_units"), self.key("read_request_units"));
        // A write in a transaction is prepared and committed.
        let writes = self.writes.0 + self.transactional_writes.0;
        meter.add_steps(&write, "item", self.item, writes);
        meter.add(&write, self.write_request_units.0);
        let units = match self.consistency {
            Consistency::Eventual => 0.5,
            Consistency::Strong => 1.0,
            Consistency::Transactional => 2.0,
        };
        meter.add_steps(&read, "item", self.item, self.reads.0 * units);
        meter.add(&read, self.read_request_units.0);
        meter.add(&self.key("replicated_write_request_units"), self.replicated_write_request_units.0);
    }

    fn stored(&self, meter: &mut Meter) {
        let key = self.key("storage");
        meter.add(&key, self.storage.as_gb());
        if self.items.0 > 0.0 {
            let overhead = meter.gb(&key, "item", Bytes::ZERO);
            meter.add(&key, self.items.0 * overhead);
        }
    }
}

impl Metered for Table {
    fn meter(&self, meter: &mut Meter) {
        if self.transactional_writes > self.writes {
            meter.complain("there are more writes in transactions than writes".into(), "those in transactions are counted among the writes");
        }
        self.on_demand(meter);
        let hours = self.provisioned.map_or(meter.book.month_hours(), |time| time.as_secs_f64() / 3600.0);
        meter.add(&self.key("write_capacity_unit_hours"), self.write_capacity_units.0 * hours);
        meter.add(&self.key("read_capacity_unit_hours"), self.read_capacity_units.0 * hours);
        meter.add(&self.key("replicated_write_capacity_unit_hours"), self.replicated_write_capacity_units.0 * hours);
        self.stored(meter);
        meter.add("dynamodb.streams", self.stream_reads.0);
    }
}

crate::spec! {
    /// A bucket of the Standard class.
    pub struct Bucket: "a bucket" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Stored all month.
        storage: Bytes = Bytes::ZERO,
        /// PUT, COPY, POST and LIST a month.
        puts: Quantity = Quantity(0.0),
        /// GET and others a month.
        gets: Quantity = Quantity(0.0),
    }
}

impl Metered for Bucket {
    fn meter(&self, meter: &mut Meter) {
        meter.add("s3.standard.storage", self.storage.as_gb());
        meter.add("s3.standard.put", self.puts.0);
        meter.add("s3.standard.get", self.gets.0);
    }
}

crate::spec! {
    /// A stream: with `shards` provisioned, without on demand.
    pub struct Stream: "a stream" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Provisioned.
        shards: Quantity = Quantity(0.0),
        /// How long there is one a month; default: all of it.
        open: Option<Time> = None,
        /// Put a month.
        records: Quantity = Quantity(0.0),
        /// Mean size of a record.
        record: Bytes = Bytes::from_kb(1),
        /// Times each record is read, on demand.
        reads: Quantity = Quantity(1.0),
        /// Consumers with enhanced fan-out.
        fan_out_consumers: Quantity = Quantity(0.0),
    }
}

impl Stream {
    fn provisioned(&self, hours: f64, meter: &mut Meter) {
        meter.add("kinesis.provisioned.shard_hours", self.shards.0 * hours);
        meter.add_steps("kinesis.provisioned.put_payload_units", "record", self.record, self.records.0);
        meter.add("kinesis.enhanced_fan_out.consumer_shard_hours", self.shards.0 * self.fan_out_consumers.0 * hours);
        meter.add("kinesis.enhanced_fan_out.data", self.records.0 * self.record.as_gb() * self.fan_out_consumers.0);
    }

    fn on_demand(&self, hours: f64, meter: &mut Meter) {
        meter.add("kinesis.on_demand.stream_hours", hours);
        for (key, times) in [("ingest", 1.0), ("retrieve", self.reads.0), ("fan_out_retrieve", self.fan_out_consumers.0)] {
            let key = format!("kinesis.on_demand.{key}");
            if times > 0.0 && self.records.0 > 0.0 {
                let gb = meter.gb(&key, "record", self.record);
                meter.add(&key, self.records.0 * gb * times);
            }
        }
    }
}

impl Metered for Stream {
    fn meter(&self, meter: &mut Meter) {
        let hours = self.open.map_or(meter.book.month_hours(), |time| time.as_secs_f64() / 3600.0);
        if self.shards.0 > 0.0 { self.provisioned(hours, meter) } else { self.on_demand(hours, meter) }
    }
}
