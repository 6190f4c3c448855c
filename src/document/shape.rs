//! The shape of what can be read, as a JSON Schema (draft-07): what editors complete, explain and underline with.
//!
//! ```text
//! spec! ─┬─▶ Read::read     what is accepted
//!        └─▶ Read::shape    the same, said to an editor           accepted by read ⇒ accepted by shape
//! ```
//!
//! A shape may accept more than the reader, which also knows names, sums and limits; never less. A keyword of numbers says nothing about text and the other way
//! round, so that one flat shape serves a scalar that YAML takes for either. Left out: every keyword of JSON Schema that nothing here needs.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Number, Value as Json};

use super::Field;

/// A JSON Schema, or a part of one. Keywords come out in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// The dialect; of the whole only.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub dialect: Option<&'static str>,
    /// The name of the whole.
    #[serde(rename = "$id", skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
    /// A definition that holds here: `#/definitions/…`. The words beside it are for editors, which show them in place of the definition's.
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The description once more, where there is anything to render in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown_description: Option<String>,
    /// What JSON calls its type; one of these.
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty", serialize_with = "one_or_many")]
    pub types: Vec<&'static str>,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub constant: Option<Json>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// What each of the words means; no keyword of the standard, but what editors show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub markdown_enum_descriptions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Json>,
    /// What an editor offers; no keyword of the standard.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_snippets: Vec<Snippet>,
    /// A regular expression of ECMAScript that text must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Shape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_properties: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_properties: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "in_order")]
    pub properties: Vec<(String, Shape)>,
    /// What properties must be whose names match a pattern.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "in_order")]
    pub pattern_properties: Vec<(String, Shape)>,
    /// What other properties must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_properties: Option<Others>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Shape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all_of: Vec<Shape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Shape>>,
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Box<Shape>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Shape>>,
    #[serde(rename = "else", skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Box<Shape>>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "in_order")]
    pub definitions: Vec<(String, Shape)>,
}

/// A value that an editor offers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Snippet {
    pub label: String,
    pub body: String,
}

/// What properties beyond the named ones must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Others {
    /// There must be none.
    Refused,
    Each(Box<Shape>),
}

impl Serialize for Others {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Refused => to.serialize_bool(false),
            Self::Each(shape) => shape.serialize(to),
        }
    }
}

fn one_or_many<S: Serializer>(types: &[&'static str], to: S) -> Result<S::Ok, S::Error> {
    if let [only] = types { to.serialize_str(only) } else { types.serialize(to) }
}

fn in_order<S: Serializer>(entries: &[(String, Shape)], to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(entries.len()))?;
    entries.iter().try_for_each(|(name, shape)| map.serialize_entry(name, shape))?;
    map.end()
}

impl Shape {
    fn of(types: &[&'static str]) -> Self {
        Self { types: types.to_vec(), ..Self::default() }
    }

    /// Any plain value: a name may look like a number. It may look like `true` as well, which is said in a way that makes no editor offer it.
    pub fn scalar() -> Self {
        let other = Self { not: Some(Box::new(Self::of(&["object", "array", "null"]))), ..Self::default() };
        Self::any(vec![Self::of(&["string", "number"]), other])
    }

    /// Text that matches a pattern.
    pub fn text(pattern: impl Into<String>) -> Self {
        Self { pattern: Some(pattern.into()), ..Self::of(&["string"]) }
    }

    /// Text that matches a pattern, or a number between these two.
    pub fn number(pattern: impl Into<String>, least: impl Into<Number>, most: impl Into<Number>) -> Self {
        let (minimum, maximum) = (Some(least.into()), Some(most.into()));
        Self { pattern: Some(pattern.into()), minimum, maximum, ..Self::of(&["string", "number"]) }
    }

    /// One of these words, each with its meaning.
    pub fn words(words: &[&str], meanings: &[&str]) -> Self {
        let meaning = |text: &&str| on_one_line(text);
        Self {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            markdown_enum_descriptions: meanings.iter().map(meaning).collect(),
            ..Self::of(&["string"])
        }
    }

    /// Just this word.
    pub fn word(word: &str) -> Self {
        Self { constant: Some(word.into()), ..Self::default() }
    }

    /// A list, each item of this shape.
    pub fn list(item: Shape) -> Self {
        Self { items: Some(Box::new(item)), ..Self::of(&["array"]) }
    }

    /// A map with names of the user's choice, each value of this shape.
    pub fn map(value: Shape) -> Self {
        Self { additional_properties: Some(Others::Each(Box::new(value))), ..Self::of(&["object"]) }
    }

    /// A map that has no keys but those that [`with`](Self::with) gives it; `what` it is.
    pub fn object(what: &str) -> Self {
        Self { title: Some(what.to_owned()), additional_properties: Some(Others::Refused), ..Self::of(&["object"]) }
    }

    /// One of these.
    pub fn any(shapes: Vec<Shape>) -> Self {
        Self { any_of: shapes, ..Self::default() }
    }

    /// Where it is like `condition`, it must be like `then` too.
    pub fn when(condition: Shape, then: Shape) -> Self {
        Self { condition: Some(Box::new(condition)), then: Some(Box::new(then)), ..Self::default() }
    }

    /// Where it is not like `condition`, it must be like `otherwise`.
    pub fn unless(condition: Shape, otherwise: Shape) -> Self {
        Self { condition: Some(Box::new(condition)), otherwise: Some(Box::new(otherwise)), ..Self::default() }
    }

    /// A map, in so far as it has this key with such a value.
    pub fn having(key: &str, value: Shape) -> Self {
        Self::default().with(key, value).needing(key)
    }

    /// With one key more.
    pub fn with(mut self, key: &str, shape: Shape) -> Self {
        self.properties.push((key.to_owned(), shape));
        self
    }

    /// With a key that must be there.
    pub fn needing(mut self, key: &str) -> Self {
        self.required.push(key.to_owned());
        self
    }

    /// With just one of its keys.
    pub fn with_one_key(self) -> Self {
        Self { min_properties: Some(1), max_properties: Some(1), ..self }
    }

    /// With an example.
    pub fn like(mut self, example: &str) -> Self {
        self.examples.push(example.into());
        self
    }

    /// With values for editors to offer.
    pub fn offering<'e>(mut self, values: impl IntoIterator<Item = &'e str>) -> Self {
        self.default_snippets.extend(values.into_iter().map(|value| Snippet { label: value.to_owned(), body: value.to_owned() }));
        self
    }

    /// This, or nothing: `null`.
    pub fn or_nothing(mut self, shapes: &mut Shapes) -> Self {
        let nothing = Self::of(&["null"]);
        if let Some(not) = self.any_of.iter_mut().find_map(|shape| shape.not.as_mut()) {
            not.types.retain(|of| *of != "null");
        } else if !self.any_of.is_empty() {
            self.any_of.push(nothing);
        } else if self.types.is_empty() || !self.words.is_empty() {
            let types = shapes.resolved(&self).types;
            let types = if types.is_empty() { types } else { [types, nothing.types.clone()].concat() };
            return Self { types, ..Self::any(vec![self, nothing]) };
        } else {
            self.types.push("null");
        }
        self
    }

    /// With the words of a field of `what`: its meaning, what is expected, its default.
    pub fn explained(self, field: &Field, what: &str) -> Self {
        let given = match (&field.default, field.required) {
            (_, true) => "; must be given".to_owned(),
            (Some(default), _) => format!("; default `{default}`"),
            (None, _) => String::new(),
        };
        let text = format!("{}\n\n{}{given}.", on_one_line(field.doc), sentence(&field.expected));
        let default = field.default.as_ref().map(|default| self.in_json(default));
        Self { default, title: Some(format!("{} of {what}", field.name)), ..self.described(&text) }
    }

    /// With this description.
    pub fn described(self, text: &str) -> Self {
        let markdown_description = text.contains('`').then(|| text.to_owned());
        Self { description: Some(text.to_owned()), markdown_description, ..self }
    }

    /// The schema as a text of JSON, with a line end.
    pub fn pretty(&self) -> String {
        // Plain data with text for keys: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What is written so, as JSON has it: a number only where this may be one.
    fn in_json(&self, written: &str) -> Json {
        let plain = ["number", "integer", "boolean"].iter().any(|of| self.types.contains(of));
        let value = serde_json::from_str(written).ok().filter(|_| plain);
        value.unwrap_or_else(|| written.into())
    }

    /// The name of the definition that this refers to.
    pub fn referred(&self) -> Option<&str> {
        self.reference.as_deref()?.strip_prefix(DEFINITIONS)
    }

    /// The shape of a key, if there is one.
    pub fn property(&mut self, key: &str) -> Option<&mut Shape> {
        self.properties.iter_mut().find(|(name, _)| name == key).map(|(_, shape)| shape)
    }
}

const DEFINITIONS: &str = "#/definitions/";

/// The definitions of one schema, each made once.
#[derive(Debug, Default)]
pub struct Shapes(Vec<(String, Shape)>);

impl Shapes {
    /// A reference to the definition `name`, which is made where there is none yet. It may refer to itself.
    pub fn define(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Shape) -> Shape {
        if self.get(name).is_none() {
            let at = self.0.len();
            self.0.push((name.to_owned(), Shape::default()));
            self.0[at].1 = make(self);
        }
        Shape { reference: Some(format!("{DEFINITIONS}{name}")), ..Shape::default() }
    }

    /// The definition of this name.
    pub fn get(&mut self, name: &str) -> Option<&mut Shape> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, shape)| shape)
    }

    /// What a shape says, where it refers to a definition that definition's.
    pub fn resolved(&mut self, shape: &Shape) -> Shape {
        shape.referred().and_then(|name| self.get(name).cloned()).unwrap_or_else(|| shape.clone())
    }

    /// References to the keys of what `shape` refers to, for another map that has them too; the keys themselves, where it refers to nothing.
    pub fn keys(&mut self, shape: &Shape) -> Vec<(String, Shape)> {
        let Some(name) = shape.referred() else { return shape.properties.clone() };
        let to = |key: &str| Shape { reference: Some(format!("{DEFINITIONS}{name}/properties/{key}")), ..Shape::default() };
        self.resolved(shape).properties.into_iter().map(|(key, _)| (key.clone(), to(&key))).collect()
    }

    /// Every definition, by name.
    pub fn into_definitions(mut self) -> Vec<(String, Shape)> {
        self.0.sort_by(|a, b| a.0.cmp(&b.0));
        self.0
    }
}

/// The name of the definition of a type in a module: `coldfront::service::sqs::spec` and `Fifo` make `sqs.Fifo`, a kind's own `Spec` is just `sqs`.
pub fn definition(module: &str, name: &str) -> String {
    let inner = module.split("::").skip(2).filter(|part| *part != "spec");
    let parts: Vec<&str> = inner.chain((name != "Spec").then_some(name)).collect();
    parts.join(".")
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_shape_is_written_as_a_schema() {
        let shapes = &mut Shapes::default();
        let number = Shape::number("[0-9]", 0, 9).or_nothing(shapes);
        let shape = Shape::object("a thing").with("b", number).with("a", Shape::word("x").or_nothing(shapes)).needing("b");
        let text = serde_json::to_string(&shape).expect("it is plain data");
        let expected = r#"{"title":"a thing","type":"object","required":["b"],"properties":{"b":{"type":["string","number","null"],"pattern":"[0-9]","minimum":0,"maximum":9},"a":{"anyOf":[{"const":"x"},{"type":"null"}]}},"additionalProperties":false}"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_definition_is_made_once_and_may_hold_itself() {
        let mut shapes = Shapes::default();
        let step = |shapes: &mut Shapes| {
            let inner = shapes.define("step", |_| unreachable!("it is being made"));
            Shape::object("a step").with("do", Shape::list(inner))
        };
        let first = shapes.define("step", step);
        let keys = shapes.keys(&first);
        assert_eq!(shapes.define("step", |_| unreachable!("it is there")), first);
        assert_eq!(json!(keys[0].1), json!({ "$ref": "#/definitions/step/properties/do" }));
    }

    #[test]
    fn definitions_are_named_after_their_place() {
        let names =
            [("service::sqs::spec", "Fifo"), ("service::sqs::spec", "Spec"), ("service::lambda::steps", "Arm"), ("service::retry", "RetrySpec")];
        let named = names.map(|(module, name)| definition(&format!("coldfront::{module}"), name));
        assert_eq!(named, ["sqs.Fifo", "sqs", "lambda.steps.Arm", "retry.RetrySpec"]);
    }
}
