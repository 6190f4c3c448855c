//! The services: what a node of a scenario can be. One kind is one file or folder and one line in the `services!` table.
//!
//! ```text
//! Spec (what the file says) ──build──▶ Service (what runs) ──on(signal)──▶ World
//! ```
//!
//! A service holds no reference to another: it names its targets by [`NodeId`] and asks them through the world. What one
//! node may ask of another is an [`Operation`] of the target's kind, read by the target's own file.

pub mod api_gateway;
pub mod auto_scaling;
mod build;
pub mod charge;
pub mod cloudwatch_alarm;
pub mod dynamodb;
pub mod filter;
pub mod function_url;
pub mod lambda;
pub mod mapping;
pub mod outage;
pub mod retry;
pub mod server;
pub mod sns;
pub mod sqs;
pub mod workload;

pub use build::{Build, Parts, build, lots_of};
use charge::Charges;

use crate::{
    document::{Reading, Shape, Shapes, Spanned, Value},
    engine::{Ix, NodeId, Nodes, Signal, World},
    units::Time,
};

/// What runs: a state machine that hears of the frames at its node.
pub trait Service {
    /// Something happens to a frame at this node.
    fn on(&mut self, world: &mut World, ix: Ix, signal: Signal);
    /// Time zero.
    fn start(&mut self, _world: &mut World) {}
    /// A window closes: bring lazily kept levels up to date.
    fn settle(&mut self, _world: &mut World) {}
    /// Assert this service's invariants.
    fn assert_sound(&self, _world: &World) {}
}

/// What a kind of node is, as the scenario file knows it.
pub trait Kind: crate::document::Read + Clone {
    type Service: Service;
    /// What may be asked of a node of this kind.
    type Operation: Clone + std::fmt::Debug;
    /// The word after `type:`.
    const NAME: &'static str;
    /// The steps by which a handler reaches it.
    const VERBS: &'static [&'static str];
    /// The key under which such a step names its target.
    const TARGET: &'static str;
    /// Metrics that thresholds may name: CloudWatch names in `snake_case`.
    const METRICS: &'static [&'static str];
    /// What a scenario's `faults` may do to it.
    const FAULTS: &'static [&'static str] = &[];

    /// Reads what follows a verb, without the keys that all calls share.
    fn read_operation(verb: &'static str, value: &Value, reading: &mut Reading) -> Option<Self::Operation>;
    /// The shape of what [`read_operation`](Kind::read_operation) takes.
    fn operation_shape(verb: &'static str, shapes: &mut Shapes) -> Shape;
    /// The verb of a request that does not say what it asks for, and what that asks; `None` where there is no usual one.
    fn usual() -> Option<(&'static str, Self::Operation)> {
        None
    }
    /// Names of attributes that an operation uses as keys.
    fn operation_attributes(_operation: &Self::Operation) -> Vec<Spanned<String>> {
        Vec::new()
    }
    /// Every node that this one names.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }
    /// What this one asks of the nodes that it names, where a verb alone does not say it.
    fn operations(&self) -> Vec<(&Spanned<String>, &Operation)> {
        Vec::new()
    }
    /// Rules between what is asked and this node of which it is asked; `name` is this one's.
    fn check_operation(&self, _name: &str, _operation: &Self::Operation, _reading: &mut Reading) {}
    /// Names of attributes that this one uses as keys or conditions.
    fn attributes(&self) -> Vec<Spanned<String>> {
        Vec::new()
    }
    /// The routes of an API.
    fn routes(&self) -> Vec<&str> {
        Vec::new()
    }
    /// Whether it is of the FIFO sort, which Lambda passes no events on to.
    fn is_fifo(&self) -> bool {
        false
    }
    /// How long one request may take here at most.
    fn time_limit(&self) -> Option<Time> {
        None
    }
    /// Whether it has work to give when the run begins.
    fn is_source(&self) -> bool {
        false
    }
    /// What AWS charges for it; nothing, for what is not AWS's. `name` is this one's.
    fn charges(&self, _name: &str, _aws: &crate::platform::Platform) -> Charges {
        Charges::default()
    }
    /// Rules within one node.
    fn check(&self, _name: &str, _reading: &mut Reading) {}
    /// Makes what runs, and registers what it will ask of others. What others ask of it comes later, by [`bind`](Kind::bind).
    fn build(&self, node: NodeId, build: &mut Build) -> Self::Service;
    /// Hands over the operations that others registered, in the order of their [`OpId`](crate::engine::OpId).
    fn bind(&self, service: &mut Self::Service, operations: Vec<Self::Operation>, build: &mut Build);
}

/// One node naming another.
#[derive(Clone, Debug)]
pub struct Reference {
    pub to: Spanned<String>,
    /// What it asks: one of the target kind's verbs, or `request`.
    pub verb: &'static str,
    /// Whether the caller waits for the answer.
    pub waits: bool,
    /// How long it waits at most.
    pub timeout: Option<Spanned<Time>>,
    /// For people: `GET /orders`, `get_item`.
    pub label: String,
    /// Whether it is the named node that gives this one its work: a queue that a function is fed from.
    pub feeds: bool,
}

/// One table of kinds: specs, services, operations and dispatch derive from it.
macro_rules! services {
    ($($Variant:ident = $module:ident),* $(,)?) => {
        /// What the file says of a node.
        #[derive(Clone, Debug)]
        pub enum Spec { $($Variant(Box<$module::Spec>),)* }

        /// What one node may ask of another.
        #[derive(Clone, Debug)]
        pub enum Operation { $($Variant(<$module::Spec as Kind>::Operation),)* }

        /// A node that runs.
        #[derive(Clone, Debug)]
        enum Node {
            Workload(Box<workload::Workload>),
            Mapping(Box<mapping::Mapping>),
            Scaler(Box<auto_scaling::Scaler>),
            $($Variant(Box<<$module::Spec as Kind>::Service>),)*
        }

        impl Spec {
            /// The words that `type:` may be.
            pub const KINDS: &[&str] = &[$(<$module::Spec as Kind>::NAME),*];

            /// Reads a node of a kind; `value` is its map without `type`.
            pub fn read(kind: &str, value: &Value, reading: &mut Reading) -> Option<Self> {
                $(if kind == <$module::Spec as Kind>::NAME {
                    return crate::document::Read::read(value, reading).map(|spec| Self::$Variant(Box::new(spec)));
                })*
                None
            }
            /// The shape of each kind of node without its `type`, by the word for it.
            pub fn shapes(shapes: &mut Shapes) -> Vec<(&'static str, Shape)> {
                vec![$((<$module::Spec as Kind>::NAME, <$module::Spec as crate::document::Read>::shape(shapes))),*]
            }
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$Variant(_) => <$module::Spec as Kind>::NAME),* }
            }
            /// The verbs by which a node of this kind can be reached.
            pub fn accepts(&self) -> &'static [&'static str] {
                match self { $(Self::$Variant(_) => <$module::Spec as Kind>::VERBS),* }
            }
            /// What a request asks for that does not say.
            pub fn usual(&self) -> Option<(&'static str, Operation)> {
                match self { $(Self::$Variant(_) => <$module::Spec as Kind>::usual().map(|(verb, own)| (verb, Operation::$Variant(own)))),* }
            }
            /// The metrics that a threshold may name.
            pub fn metrics(&self) -> &'static [&'static str] {
                match self { $(Self::$Variant(_) => <$module::Spec as Kind>::METRICS),* }
            }
            /// What `faults` may do to it.
            pub fn faults(&self) -> &'static [&'static str] {
                match self { $(Self::$Variant(_) => <$module::Spec as Kind>::FAULTS),* }
            }
            pub fn references(&self) -> Vec<Reference> {
                match self { $(Self::$Variant(spec) => spec.references()),* }
            }
            pub fn operations(&self) -> Vec<(&Spanned<String>, &Operation)> {
                match self { $(Self::$Variant(spec) => spec.operations()),* }
            }
            /// Complains of an operation that a node of this kind can be asked, and this one not.
            pub fn check_operation(&self, name: &str, operation: &Operation, reading: &mut Reading) {
                match (self, operation) {
                    $((Self::$Variant(spec), Operation::$Variant(own)) => spec.check_operation(name, own, reading),)*
                    _ => {} // a wrong kind has its complaint
                }
            }
            pub fn attributes(&self) -> Vec<Spanned<String>> {
                match self { $(Self::$Variant(spec) => spec.attributes()),* }
            }
            pub fn routes(&self) -> Vec<&str> {
                match self { $(Self::$Variant(spec) => spec.routes()),* }
            }
            pub fn is_fifo(&self) -> bool {
                match self { $(Self::$Variant(spec) => spec.is_fifo()),* }
            }
            pub fn time_limit(&self) -> Option<Time> {
                match self { $(Self::$Variant(spec) => spec.time_limit()),* }
            }
            pub fn is_source(&self) -> bool {
                match self { $(Self::$Variant(spec) => spec.is_source()),* }
            }
            /// What AWS charges for a node of this name.
            pub fn charges(&self, name: &str, aws: &crate::platform::Platform) -> Charges {
                match self { $(Self::$Variant(spec) => spec.charges(name, aws)),* }
            }
            pub fn check(&self, name: &str, reading: &mut Reading) {
                match self { $(Self::$Variant(spec) => spec.check(name, reading)),* }
            }
            fn build(&self, node: NodeId, build: &mut Build) -> Node {
                match self { $(Self::$Variant(spec) => Node::$Variant(Box::new(spec.build(node, build)))),* }
            }
            fn bind(&self, node: &mut Node, operations: Vec<Operation>, build: &mut Build) {
                match (self, node) {
                    $((Self::$Variant(spec), Node::$Variant(service)) => {
                        let own = operations.into_iter().filter_map(|o| match o { Operation::$Variant(own) => Some(own), _ => None });
                        spec.bind(service, own.collect(), build)
                    })*
                    _ => unreachable!("a node is of its spec's kind"),
                }
            }
        }

        impl Operation {
            /// Every verb a handler may use, with the key that names its target.
            pub fn verbs() -> impl Iterator<Item = (&'static str, &'static str)> {
                [$((<$module::Spec as Kind>::VERBS, <$module::Spec as Kind>::TARGET)),*].into_iter().flat_map(|(verbs, target)| verbs.iter().map(move |v| (*v, target)))
            }
            /// Reads what follows a verb.
            pub fn read(verb: &str, value: &Value, reading: &mut Reading) -> Option<Self> {
                $(if let Some(verb) = <$module::Spec as Kind>::VERBS.iter().find(|v| **v == verb) {
                    return <$module::Spec as Kind>::read_operation(verb, value, reading).map(Self::$Variant);
                })*
                None
            }
            /// The shape of what follows each verb, in the order of [`verbs`](Self::verbs).
            pub fn shapes(shapes: &mut Shapes) -> Vec<Shape> {
                let mut of_verbs = Vec::new();
                $(of_verbs.extend(<$module::Spec as Kind>::VERBS.iter().map(|verb| <$module::Spec as Kind>::operation_shape(verb, shapes)));)*
                of_verbs
            }
            /// Names of attributes that this uses as keys.
            pub fn attributes(&self) -> Vec<Spanned<String>> {
                match self { $(Self::$Variant(own) => <$module::Spec as Kind>::operation_attributes(own)),* }
            }
            /// The kind of node of which this is asked.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$Variant(_) => <$module::Spec as Kind>::NAME),* }
            }
        }

        impl Node {
            #[inline]
            fn on(&mut self, world: &mut World, ix: Ix, signal: Signal) {
                match self { Self::Workload(w) => w.on(world, ix, signal), Self::Mapping(m) => m.on(world, ix, signal), Self::Scaler(s) => s.on(world, ix, signal), $(Self::$Variant(s) => s.on(world, ix, signal)),* }
            }
            fn each(&mut self) -> &mut dyn Service {
                match self { Self::Workload(w) => w.as_mut(), Self::Mapping(m) => m.as_mut(), Self::Scaler(s) => s.as_mut(), $(Self::$Variant(s) => s.as_mut()),* }
            }
            fn assert_sound(&self, world: &World) {
                match self { Self::Workload(w) => w.assert_sound(world), Self::Mapping(m) => m.assert_sound(world), Self::Scaler(s) => s.assert_sound(world), $(Self::$Variant(s) => s.assert_sound(world)),* }
            }
        }
    };
}

services! {
    ApiGateway = api_gateway,
    Lambda = lambda,
    DynamoDb = dynamodb,
    Server = server,
    Sqs = sqs,
    Sns = sns,
    FunctionUrl = function_url,
    CloudWatchAlarm = cloudwatch_alarm,
}

/// The nodes of a scenario: its workloads first, then its services, then the event source mappings of its functions, then what
/// scales them.
#[derive(Clone, Debug)]
pub struct NodeSet {
    nodes: Vec<Node>,
}

impl Nodes for NodeSet {
    #[inline]
    fn on(&mut self, world: &mut World, node: NodeId, frame: Ix, signal: Signal) {
        self.nodes[node as usize].on(world, frame, signal);
    }
    fn start(&mut self, world: &mut World) {
        self.nodes.iter_mut().for_each(|n| n.each().start(world));
    }
    fn settle(&mut self, world: &mut World) {
        self.nodes.iter_mut().for_each(|n| n.each().settle(world));
    }
    fn assert_sound(&self, world: &World) {
        self.nodes.iter().for_each(|n| n.assert_sound(world));
    }
}

/// A verb and what it asks, as a workload gives it that talks to a node directly: `operation: { get_item: { … } }`.
#[derive(Clone, Debug)]
pub struct Asked {
    pub verb: Spanned<String>,
    pub operation: Operation,
}

impl crate::document::Read for Asked {
    fn expected() -> String {
        "one verb and what it asks, such as `{ get_item: { size: 4 KB } }`".into()
    }
    fn shape(shapes: &mut Shapes) -> Shape {
        shapes.define("request", |shapes| {
            let asked = Operation::verbs().zip(Operation::shapes(shapes));
            asked.fold(Shape::object("one verb and what it asks").with_one_key(), |map, ((verb, _), shape)| map.with(verb, shape))
        })
    }
    fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
        let [entry] = reading.map(value, &Self::expected())? else { return reading.mismatch(value, &Self::expected()) };
        match Operation::verbs().find(|(verb, _)| *verb == entry.key) {
            Some((verb, _)) => Some(Self { verb: entry.name(), operation: Operation::read(verb, &entry.value, reading)? }),
            None => reading.mismatch(value, &Self::expected()),
        }
    }
}
