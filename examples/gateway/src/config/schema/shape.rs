//! The subset of JSON Schema that the types generate, made ready to validate with.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use regex::Regex;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::condition::{Choice, Rule};
use crate::config::object::kinds::{Body, KINDS, Kind};
use crate::config::resource::ObjectMeta;

/// What a value may be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// The types that it may have; any when there are none.
    pub(crate) types: Vec<Type>,
    pub(crate) description: String,
    pub(crate) default: Option<Value>,
    /// The only values that it may have, unless there are none.
    pub(crate) values: Vec<Value>,
    /// The fewest and the most characters.
    pub(crate) length: Bounds,
    pub(crate) pattern: Option<Regex>,
    /// What the pattern means, in words.
    pub(crate) meaning: Option<String>,
    pub(crate) range: Bounds,
    /// The fewest and the most items or members.
    pub(crate) count: Bounds,
    pub(crate) items: Option<Box<Self>>,
    /// Members by which the items of a list are told apart.
    pub(crate) keys: Vec<String>,
    /// Whether no item of a list may stand in it twice.
    pub(crate) set: bool,
    pub(crate) members: BTreeMap<String, Self>,
    pub(crate) required: Vec<String>,
    pub(crate) others: Others,
    /// Names that the members of the specification have which are not read here.
    pub(crate) also: Vec<String>,
    /// Why members are missing that one would look for, by their names.
    pub(crate) absent: BTreeMap<String, String>,
    /// Choices between members.
    pub(crate) choices: Vec<Choice>,
    /// What else must hold between members.
    pub(crate) rules: Vec<Rule>,
    /// Whether it is known and not implemented.
    pub(crate) unimplemented: bool,
    /// Values that are known and not implemented.
    pub(crate) idle_values: Vec<Value>,
    /// Whether it is the gateway's own, and none of the CRD's.
    #[cfg(test)]
    pub(crate) extension: bool,
    /// Whether it guards access.
    pub(crate) guards: bool,
    /// Whether its value is never shown.
    pub(crate) secret: bool,
    /// Whether it is secret only where it is not as it should be.
    pub(crate) shown_when_valid: bool,
}

/// The least and the greatest, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) min: Option<i128>,
    pub(crate) max: Option<i128>,
}

/// Members that an object names none of.
#[derive(Clone, Debug, Default)]
pub(crate) enum Others {
    /// They may be anything, of which nothing is read.
    #[default]
    Ignored,
    /// There are none.
    Refused,
    /// They are all like this.
    Each(Box<Shape>),
}

/// A type of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Integer,
    Number,
    String,
    List,
    Object,
}

/// The shape of all objects of a kind.
pub(crate) fn shape_of(kind: &Kind) -> &'static Shape {
    static SHAPES: LazyLock<Vec<OnceLock<Shape>>> =
        LazyLock::new(|| KINDS.iter().map(|_| OnceLock::new()).collect());
    static NONE: LazyLock<Shape> = LazyLock::new(Shape::default);
    let mut kinds = KINDS.iter().zip(SHAPES.iter());
    let found = kinds.find(|(known, _)| known.name == kind.name && known.group == kind.group);
    found.map_or_else(|| &*NONE, |(_, shape)| shape.get_or_init(|| whole(kind)))
}

/// A whole object: what all kinds share, and what this kind has.
fn whole(kind: &Kind) -> Shape {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let body = Shape::read(kind.schema(&mut generator).as_value());
    let metadata = Shape::read(generator.subschema_for::<ObjectMeta>().as_value());
    let mut shape = match kind.body {
        Body::Top => body,
        Body::Spec | Body::OptionalSpec => Shape {
            types: vec![Type::Object],
            members: BTreeMap::from([("spec".to_owned(), body)]),
            others: Others::Refused,
            ..Shape::default()
        },
    };
    if kind.body == Body::Spec {
        shape.required.push("spec".to_owned());
    }
    let text = || Shape {
        types: vec![Type::String],
        ..Shape::default()
    };
    shape.members.extend([
        ("apiVersion".to_owned(), text()),
        ("kind".to_owned(), text()),
        ("metadata".to_owned(), metadata),
        ("status".to_owned(), Shape::default()),
    ]);
    shape.required.push("metadata".to_owned());
    shape
}

impl Shape {
    /// Reads a schema without references.
    pub(crate) fn read(schema: &Value) -> Self {
        let Value::Object(schema) = schema else {
            return Self::default();
        };
        let mut shape = Self::alternatives(schema);
        shape.take(schema);
        shape
    }

    /// What `anyOf` and `oneOf` say: one shape that may be absent, one of several values, or one
    /// of several types.
    fn alternatives(schema: &Map<String, Value>) -> Self {
        let of = |name: &str| schema.get(name).and_then(Value::as_array);
        let choices = of("anyOf").or_else(|| of("oneOf"));
        let choices = choices.into_iter().flatten();
        let choices = choices.filter(|choice| choice.get("type") != Some(&"null".into()));
        choices
            .map(Self::read)
            .fold(Self::default(), |mut all, one| {
                if all.types.is_empty() && all.values.is_empty() {
                    return one;
                }
                // Limits are of one type each, so those of several types stand side by side.
                all.types.extend(one.types);
                all.types.dedup();
                all.values.extend(one.values);
                all.length = all.length.or(one.length);
                all.range = all.range.or(one.range);
                all.pattern = all.pattern.take().or(one.pattern);
                all.meaning = all.meaning.take().or(one.meaning);
                all
            })
    }

    fn take(&mut self, schema: &Map<String, Value>) {
        let text = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| schema.get(name).and_then(Value::as_bool);
        if let Some(types) = schema.get("type") {
            self.types = types_of(types);
        }
        if let Some(description) = text("description") {
            self.description = description;
        }
        self.default = schema.get("default").cloned();
        self.values.extend(schema.get("const").cloned());
        self.values.extend(list(schema, "enum").cloned());
        self.values.retain(|value| !value.is_null());
        self.meaning = text("x-meaning").or_else(|| self.meaning.take());
        self.unimplemented |= flag("x-not-implemented").unwrap_or_default();
        self.idle_values
            .extend(list(schema, "x-not-implemented").cloned());
        #[cfg(test)]
        {
            self.extension |= flag("x-extension").unwrap_or_default();
        }
        self.guards |= flag("x-guards-access").unwrap_or_default();
        self.secret |= flag("x-secret").unwrap_or_default();
        self.shown_when_valid |= flag("x-shown-when-valid").unwrap_or_default();
        self.take_limits(schema);
        self.take_members(schema);
    }

    fn take_limits(&mut self, schema: &Map<String, Value>) {
        let number = |name: &str| schema.get(name).and_then(integer);
        let bounds = |min: &str, max: &str| Bounds {
            min: number(min),
            max: number(max),
        };
        self.length = self.length.or(bounds("minLength", "maxLength"));
        self.count = self.count.or(bounds("minItems", "maxItems"));
        self.count = self.count.or(bounds("minProperties", "maxProperties"));
        self.range = self.range.or(bounds("minimum", "maximum"));
        let format = schema.get("format").and_then(Value::as_str);
        self.range = self.range.or(format.map(of_format).unwrap_or_default());
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            self.pattern = compiled(pattern);
        }
    }

    fn take_members(&mut self, schema: &Map<String, Value>) {
        if let Some(items) = schema.get("items") {
            self.items = Some(Box::new(Self::read(items)));
        }
        self.keys
            .extend(texts(schema, "x-kubernetes-list-map-keys"));
        self.set |= schema.get("x-kubernetes-list-type") == Some(&"set".into());
        self.required.extend(texts(schema, "required"));
        self.choices
            .extend(list(schema, "x-choices").map(Choice::read));
        self.rules.extend(list(schema, "x-rules").map(Rule::read));
        self.also.extend(texts(schema, "x-also"));
        if let Some(Value::Object(members)) = schema.get("properties") {
            let members = members.iter();
            let members = members.map(|(name, schema)| (name.clone(), Self::read(schema)));
            self.members.extend(members);
        }
        if let Some(Value::Object(absent)) = schema.get("x-absent") {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let reasons = absent.iter();
            let reasons = reasons.filter_map(|(name, why)| Some((name.clone(), text(why)?)));
            self.absent.extend(reasons);
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => self.others = Others::Refused,
            Some(each @ Value::Object(_)) => self.others = Others::Each(Box::new(Self::read(each))),
            _ => {}
        }
    }
}

impl Bounds {
    /// These bounds, with those of the others where there is none.
    fn or(self, other: Self) -> Self {
        Self {
            min: self.min.or(other.min),
            max: self.max.or(other.max),
        }
    }

    pub(crate) fn hold(self, value: i128) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

/// The expression, made once: the same few stand in many places.
pub(super) fn compiled(pattern: &str) -> Option<Regex> {
    static PATTERNS: LazyLock<Mutex<BTreeMap<String, Option<Regex>>>> =
        LazyLock::new(Mutex::default);
    let mut known = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let found = known.entry(pattern.to_owned());
    found.or_insert_with(|| Regex::new(pattern).ok()).clone()
}

fn list<'a>(schema: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    let items = schema.get(name).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn texts(schema: &Map<String, Value>, name: &str) -> Vec<String> {
    let texts = list(schema, name).filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn integer(value: &Value) -> Option<i128> {
    let whole = value.as_i64().map(i128::from);
    whole.or_else(|| value.as_u64().map(i128::from))
}

fn types_of(types: &Value) -> Vec<Type> {
    let names = match types {
        Value::Array(names) => names.as_slice(),
        one => std::slice::from_ref(one),
    };
    let names = names.iter().filter_map(Value::as_str);
    names
        .filter_map(|name| match name {
            "boolean" => Some(Type::Bool),
            "integer" => Some(Type::Integer),
            "number" => Some(Type::Number),
            "string" => Some(Type::String),
            "array" => Some(Type::List),
            "object" => Some(Type::Object),
            _ => None,
        })
        .collect()
}

/// The numbers that a format of schemars can hold.
fn of_format(format: &str) -> Bounds {
    let (min, max) = match format {
        "uint16" => (0, i128::from(u16::MAX)),
        "uint32" => (0, i128::from(u32::MAX)),
        "uint64" => (0, i128::from(u64::MAX)),
        "int32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
        "int64" => (i128::from(i64::MIN), i128::from(i64::MAX)),
        _ => return Bounds::default(),
    };
    Bounds {
        min: Some(min),
        max: Some(max),
    }
}
