//! What stands around an application: logs and alarms, data transfer, gateways, containers, load balancers, endpoints.
//!
//! ```text
//! hours × units (+ GB × price)        a month where no time is said
//! ```
//!
//! Left out: instances of EC2 and RDS, whose prices are not in the book; an overlay with `meters` prices them.

use super::lambda::Architecture;
use super::{Meter, Metered};
use crate::cost::Quantity;
use crate::units::{Bytes, Time};

fn hours(time: Option<Time>, meter: &Meter) -> f64 {
    time.map_or(meter.book.month_hours(), |time| time.as_secs_f64() / 3600.0)
}

crate::spec! {
    /// CloudWatch.
    pub struct Observed: "what CloudWatch keeps" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// Logs taken in.
        logs: Bytes = Bytes::ZERO,
        /// Logs of functions taken in, which have tiers since May 2025.
        lambda_logs: Bytes = Bytes::ZERO,
        /// Logs kept all month.
        logs_kept: Bytes = Bytes::ZERO,
        /// Scanned by Logs Insights.
        logs_scanned: Bytes = Bytes::ZERO,
        /// Custom metrics.
        metrics: Quantity = Quantity(0.0),
        /// Alarms of standard resolution.
        alarms: Quantity = Quantity(0.0),
        /// Dashboards.
        dashboards: Quantity = Quantity(0.0),
        /// PutMetricData and others.
        api_requests: Quantity = Quantity(0.0),
        /// Traces of X-Ray.
        traces: Quantity = Quantity(0.0),
    }
}

impl Metered for Observed {
    fn meter(&self, meter: &mut Meter) {
        meter.add("cloudwatch.logs.ingest", self.logs.as_gb());
        meter.add("cloudwatch.logs.ingest_lambda", self.lambda_logs.as_gb());
        meter.add("cloudwatch.logs.storage", self.logs_kept.as_gb());
        meter.add("cloudwatch.logs.insights", self.logs_scanned.as_gb());
        meter.add("cloudwatch.custom_metrics", self.metrics.0);
        meter.add("cloudwatch.alarms.standard", self.alarms.0);
        meter.add("cloudwatch.dashboards", self.dashboards.0);
        meter.add("cloudwatch.api", self.api_requests.0);
        meter.add("xray.recorded", self.traces.0);
    }
}

crate::spec! {
    /// Data that leaves something.
    pub struct Transfer: "data transfer" {
        /// What it is called; for the reader.
        name: Option<String> = None,
        /// To the internet.
        internet: Bytes = Bytes::ZERO,
        /// Between Availability Zones, each way.
        cross_az: Bytes = Bytes::ZERO,
        /// To another Region.
        inter_region: Bytes = Bytes::ZERO,
    }
}

impl Metered for Transfer {
    fn meter(&self, meter: &mut Meter) {
        meter.add("data_transfer.internet", self.internet.as_gb());
        meter.add("data_transfer.cross_az", self.cross_az.as_gb());
        meter.add("data_transfer.inter_region", self.inter_region.as_gb());
    }
}

crate::spec! {
    /// NAT gateways.
    pub struct Nat: "NAT gateways" {
        /// What they are called; for the reader.
        name: Option<String> = None,
        /// How many.
        gateways: Quantity = Quantity(1.0),
        /// How long they are a month; default: all of it.
        open: Option<Time> = None,
        /// Processed, all together.
        data: Bytes = Bytes::ZERO,
    }
}

impl Metered for Nat {
    fn meter(&self, meter: &mut Meter) {
        meter.add("nat_gateway.hours", self.gateways.0 * hours(self.open, meter));
        meter.add("nat_gateway.data", self.data.as_gb());
    }
}

crate::spec! {
    /// Tasks of Fargate.
    pub struct Tasks: "Fargate tasks" {
        /// What they are called; for the reader.
        name: Option<String> = None,
        /// What they run on.
        architecture: Architecture = Architecture::X86,
        /// How many a month.
        tasks: Quantity = Quantity(1.0),
        /// Of each task.
        vcpu: Quantity = Quantity(0.25),
        /// Of each task.
        memory: Bytes = Bytes::from_mb(512),
        /// Disk of each task.
        ephemeral_storage: Bytes = Bytes::ZERO,
        /// How long each runs; default: all month.
        duration: Option<Time> = None,
    }
}

impl Tasks {
    fn run_hours(&self, key: &str, meter: &mut Meter) -> f64 {
        let month = Time::from_secs_f64(meter.book.month_hours() * 3600.0);
        self.tasks.0 * meter.seconds(key, "task", self.duration.unwrap_or(month)) / 3600.0
    }
}

impl Metered for Tasks {
    fn meter(&self, meter: &mut Meter) {
        let key = |of: &str| format!("fargate.{}.{of}", self.architecture.word());
        let (cpu, memory) = (key("vcpu_hours"), key("gb_hours"));
        let run = self.run_hours(&cpu, meter);
        meter.add(&cpu, run * self.vcpu.0);
        meter.add(&memory, run * self.memory.as_gb());
        if self.ephemeral_storage > Bytes::ZERO {
            let gb = meter.gb("fargate.ephemeral_storage", "size", self.ephemeral_storage);
            meter.add("fargate.ephemeral_storage", run * gb);
        }
    }
}

crate::words! {
    /// Which load balancers.
    pub enum Balancer {
        /// Application Load Balancers.
        Alb = "alb",
        /// Network Load Balancers.
        Nlb = "nlb",
    }
}

crate::spec! {
    /// Load balancers.
    pub struct Balancers: "load balancers" {
        /// What they are called; for the reader.
        name: Option<String> = None,
        /// Which.
        r#type: Balancer = Balancer::Alb,
        /// How many.
        balancers: Quantity = Quantity(1.0),
        /// How long they are a month; default: all of it.
        open: Option<Time> = None,
        /// Mean capacity units in use, all together.
        capacity_units: Quantity = Quantity(0.0),
    }
}

impl Metered for Balancers {
    fn meter(&self, meter: &mut Meter) {
        let (name, open) = (self.r#type.word(), hours(self.open, meter));
        meter.add(&format!("load_balancers.{name}_hours"), self.balancers.0 * open);
        meter.add(&format!("load_balancers.{name}_lcu_hours"), self.capacity_units.0 * open);
    }
}

crate::spec! {
    /// Endpoints of PrivateLink.
    pub struct Endpoints: "interface endpoints" {
        /// What they are called; for the reader.
        name: Option<String> = None,
        /// How many.
        endpoints: Quantity = Quantity(1.0),
        /// Availability Zones of each.
        zones: Quantity = Quantity(1.0),
        /// How long they are a month; default: all of it.
        open: Option<Time> = None,
        /// Processed, all together.
        data: Bytes = Bytes::ZERO,
    }
}

impl Metered for Endpoints {
    fn meter(&self, meter: &mut Meter) {
        meter.add("interface_endpoints.hours", self.endpoints.0 * self.zones.0 * hours(self.open, meter));
        meter.add("interface_endpoints.data", self.data.as_gb());
    }
}
