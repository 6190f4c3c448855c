//! Amazon DynamoDB: partitions, capacity modes, bursts, sizes and numbers a call.
//!
//! Left out: numbers of tables and indexes beyond what a scenario can break, DAX. Sizes are of item bytes, names included.

use super::{ALWAYS, table};

table! {
    // Partitions
    "dynamodb.partition_read_units" = 3000 "units/s", from ALWAYS, "AWS docs: dynamodb/bp-partition-key-design":
        "read units a second of one partition, and so of one item";
    "dynamodb.partition_write_units" = 1000 "units/s", from ALWAYS, "AWS docs: dynamodb/bp-partition-key-design":
        "write units a second of one partition, and so of one item";
    "dynamodb.partition_size" = 10 "GB", from ALWAYS, "AWS docs: dynamodb/HowItWorks.Partitions": "data that fits a partition";
    "dynamodb.ceiling_seconds" = 1 "s", from ALWAYS, "modelling choice: ceilings are documented as rates a second":
        "time over which a partition's ceiling, a table's quota and an on-demand allowance are enforced";

    "dynamodb.split_utilization" = 0.8 "share", from ALWAYS, "modelling choice: AWS documents splits for sustained high load, not from where on":
        "share of a ceiling from which a partition's minute counts as busy";
    "dynamodb.split_after" = 5 "min", from ALWAYS, "modelling choice: AWS documents sustained load, not how long":
        "busy minutes in a row after which a partition begins to split";
    "dynamodb.split_duration" = 10 "min", from ALWAYS, "modelling choice: minutes, by Elhemali et al., Amazon DynamoDB, USENIX ATC 2022":
        "time from the beginning of a split for heat until both parts serve";

    // Provisioned capacity
    "dynamodb.burst_seconds" = 300 "s", from ALWAYS, "AWS docs: dynamodb/burst-adaptive-capacity":
        "unused provisioned capacity that is kept for bursts";
    "dynamodb.burst_initial" = 1 "share", from ALWAYS, "modelling choice: a table that stood idle for five minutes; a table just made has 0":
        "how full the store of burst capacity is at the start of a run";
    "dynamodb.burst_background_loss" = 0 "share", from ALWAYS,
        "modelling choice: AWS docs (dynamodb/burst-adaptive-capacity) say that background work may consume it, not how much":
        "share of the store of burst capacity that DynamoDB's own work keeps from the table";
    "dynamodb.read_units_default" = 5 "units/s", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas (what the console proposes)":
        "provisioned read capacity where none is given";
    "dynamodb.write_units_default" = 5 "units/s", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas (what the console proposes)":
        "provisioned write capacity where none is given";
    "dynamodb.account_read_quota" = 80000 "units/s", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas":
        "provisioned read units of all tables of the account in a Region";
    "dynamodb.account_write_quota" = 80000 "units/s", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas":
        "provisioned write units of all tables of the account in a Region";
    "dynamodb.decreases_first_hour" = 4 "decreases", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas":
        "capacity decreases allowed in the first hour of a UTC day";
    "dynamodb.decreases_per_day" = 27 "decreases", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas": "capacity decreases allowed in a UTC day";
    "dynamodb.update_time" = 30 "s", from ALWAYS, "modelling choice: AWS docs say several minutes at most":
        "time until a changed capacity is in force";

    // On demand
    "dynamodb.table_read_quota" = 40000 "units/s", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas":
        "read units a second of one table or index, whatever its mode";
    "dynamodb.table_write_quota" = 40000 "units/s", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas":
        "write units a second of one table or index, whatever its mode";
    "dynamodb.on_demand_initial_read_units" = 12000 "units/s", from ALWAYS, "AWS docs: dynamodb/on-demand-capacity-mode, read 2026-11":
        "what a new on-demand table sustains at once";
    "dynamodb.on_demand_initial_write_units" = 4000 "units/s", from ALWAYS, "AWS docs: dynamodb/on-demand-capacity-mode, read 2026-11":
        "what a new on-demand table sustains at once";
    "dynamodb.on_demand_headroom" = 2 "times", from ALWAYS, "AWS docs: dynamodb/on-demand-capacity-mode, read 2026-11":
        "traffic that is accommodated at once, as a multiple of the previous peak";

          "dynamodb.on_demand_settle" = 30 "min", from ALWAYS, "AWS docs: dynamodb/on-demand-capacity-mode, read 2026-11 (no more than doubling within 30 minutes)":
        "time from a minute of traffic until its average counts as the previous peak";

    // What happens to items later
    "dynamodb.ttl_deletion" = 48 "h", from ALWAYS, "AWS docs: dynamodb/howitworks-ttl: within days; typically two of them, by its text of 2023":
        "time from the expiry of an item until it is deleted";

    // Sizes and numbers a call
    "dynamodb.item_size" = 409600 "bytes", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas": "largest item, names included";
    "dynamodb.partition_key_size" = 2048 "bytes", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas": "longest partition key";
    "dynamodb.sort_key_size" = 1024 "bytes", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas": "longest sort key";
    "dynamodb.page_size" = 1048576 "bytes", from ALWAYS, "AWS docs: dynamodb/Query": "bytes a Query or Scan evaluates before it ends the page";
    "dynamodb.batch_get_items" = 100 "items", from ALWAYS, "AWS SDK model: dynamodb, botocore 1.43.67": "keys of one BatchGetItem";
    "dynamodb.batch_write_items" = 25 "items", from ALWAYS, "AWS SDK model: dynamodb, botocore 1.43.67": "puts and deletes of one BatchWriteItem";
    "dynamodb.batch_size" = 16777216 "bytes", from ALWAYS, "AWS SDK model: dynamodb, botocore 1.43.67": "bytes of one batch call";
    "dynamodb.batch_get_partition_size" = 1048576 "bytes", from ALWAYS, "AWS SDK model: dynamodb, botocore 1.43.67":
        "bytes of one BatchGetItem from one partition before the rest is left unprocessed";
    "dynamodb.transaction_items" = 25 "items", from ALWAYS, "recollected: the limit before September 2022": "actions of one transaction";
    "dynamodb.transaction_items" = 100 "items", from "2022-09-22", "AWS docs: dynamodb/transaction-apis; day recollected":
        "actions of one transaction";
    "dynamodb.transaction_size" = 4194304 "bytes", from ALWAYS, "AWS docs: dynamodb/transaction-apis": "bytes of all items of one transaction";
    "dynamodb.transaction_token_life" = 600 "s", from ALWAYS, "AWS docs: dynamodb/transaction-apis":
        "how long a client token makes a repeated transaction a read";
    "dynamodb.global_indexes" = 20 "indexes", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas": "global secondary indexes of a table";
    "dynamodb.local_indexes" = 5 "indexes", from ALWAYS, "AWS docs: dynamodb/ServiceQuotas": "local secondary indexes of a table";
    "dynamodb.item_storage_overhead" = 100 "bytes", from ALWAYS, "AWS docs: dynamodb/CapacityUnitCalculations":
        "storage billed for each item and index entry on top of its bytes";
    "dynamodb.index_entry_size" = 100 "bytes", from ALWAYS, "modelling choice: keys of table and index with their names":
        "size of an index entry that holds keys only, where a scenario does not say";
    "dynamodb.index_backlog" = 1 "s", from ALWAYS, "modelling choice: AWS documents back-pressure, not its depth":
        "seconds of an index's write capacity that may wait before writes to the table are throttled";
}
