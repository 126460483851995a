//! Conditions on an object: JSON Schema of few keywords, which says where it fails.

use regex::Regex;
use serde_json::{Map, Value};

use super::shape::compiled;
use crate::config::object::field::{item, member};
use crate::config::yaml::Node;

/// A choice between fields.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) of: Vec<String>,
    pub(crate) least: usize,
    pub(crate) most: usize,
}

/// What must hold of an object, and what is told where it does not.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) message: String,
    /// The field that is told of, in the place of where the condition fails; empty for the object.
    pub(crate) at: Option<String>,
    pub(crate) condition: Condition,
}

/// A condition on a value. A member that says nothing counts as absent.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// One of these values.
    Values(Vec<Value>),
    Pattern(Regex),
    /// These members are there.
    Required(Vec<String>),
    /// It has at most so many items.
    MaxItems(u64),
    /// Members that are there are so.
    Members(Vec<(String, Self)>),
    /// All items are so.
    Items(Box<Self>),
    Not(Box<Self>),
    Any(Vec<Self>),
    All(Vec<Self>),
    /// Where the first holds, the second does.
    When(Box<Self>, Box<Self>),
}

impl Choice {
    pub(super) fn read(choice: &Value) -> Self {
        let of = choice.get("of").and_then(Value::as_array);
        let of = of.into_iter().flatten().filter_map(Value::as_str);
        let number = |name: &str| {
            let number = choice.get(name).and_then(Value::as_u64);
            number.and_then(|number| usize::try_from(number).ok())
        };
        Self {
            of: of.map(str::to_owned).collect(),
            least: number("least").unwrap_or_default(),
            most: number("most").unwrap_or(usize::MAX),
        }
    }

    /// The fields of the choice that an object gives.
    pub(super) fn given<'a>(&'a self, node: &Node) -> Vec<&'a str> {
        let of = self.of.iter().map(String::as_str);
        of.filter(|name| is_given(node, name)).collect()
    }

    /// What is to be told of it: `exactly one of the fields in [a b] must be set`.
    pub(super) fn message(&self) -> String {
        let (count, verb) = match (self.least, self.most) {
            (1, 1) => ("exactly one", "must"),
            (0, _) => ("at most one", "may"),
            _ => ("at least one", "must"),
        };
        let of = self.of.join(" ");
        format!("{count} of the fields in [{of}] {verb} be set")
    }
}

impl Rule {
    pub(super) fn read(rule: &Value) -> Self {
        let text = |name: &str| rule.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            message: text("message").unwrap_or_default(),
            at: text("at"),
            condition: Condition::read(rule.get("schema").unwrap_or(&Value::Null)),
        }
    }

    /// The field of which the fault is to be told, where the rule is broken.
    pub(super) fn broken(&self, node: &Node, path: &str) -> Option<String> {
        let fault = self.condition.fails(node, path)?;
        Some(match &self.at {
            Some(at) if at.is_empty() => path.to_owned(),
            Some(at) if path.is_empty() => at.clone(),
            Some(at) => format!("{path}.{at}"),
            None => fault,
        })
    }
}

impl Condition {
    pub(super) fn read(schema: &Value) -> Self {
        let Value::Object(schema) = schema else {
            return Self::All(Vec::new());
        };
        let mut all = Vec::new();
        let boxed = |schema: &Value| Box::new(Self::read(schema));
        for (keyword, value) in schema {
            all.push(match keyword.as_str() {
                "const" => Self::Values(vec![value.clone()]),
                "enum" => Self::Values(value.as_array().cloned().unwrap_or_default()),
                "required" => Self::Required(texts(value)),
                "maxItems" => Self::MaxItems(value.as_u64().unwrap_or(u64::MAX)),
                "properties" => Self::Members(members(value)),
                "items" => Self::Items(boxed(value)),
                "not" => Self::Not(boxed(value)),
                "anyOf" => Self::Any(list(value)),
                "allOf" => Self::All(list(value)),
                "if" => Self::When(boxed(value), boxed(then(schema))),
                "pattern" => match value.as_str().and_then(compiled) {
                    Some(pattern) => Self::Pattern(pattern),
                    None => continue,
                },
                _ => continue,
            });
        }
        Self::All(all)
    }

    /// Where it does not hold; `None` where it does.
    fn fails(&self, node: &Node, path: &str) -> Option<String> {
        let here = |holds: bool| (!holds).then(|| path.to_owned());
        match self {
            Self::Values(values) => here(values.contains(&node.to_json())),
            Self::Pattern(pattern) => here(node.as_str().is_none_or(|text| pattern.is_match(text))),
            Self::Required(names) => here(names.iter().all(|name| is_given(node, name))),
            Self::MaxItems(most) => here(node.items().len() as u64 <= *most),
            Self::Members(members) => members.iter().find_map(|(name, condition)| {
                let found = node.get(name).filter(|node| !node.is_null())?;
                condition.fails(found, &member(path, name))
            }),
            Self::Items(each) => {
                let mut items = node.items().iter().enumerate();
                items.find_map(|(index, node)| each.fails(node, &item(path, index)))
            }
            Self::Not(condition) => here(condition.fails(node, path).is_some()),
            Self::Any(choices) => here(choices.iter().any(|one| one.fails(node, path).is_none())),
            Self::All(all) => all.iter().find_map(|one| one.fails(node, path)),
            Self::When(condition, then) => match condition.fails(node, path) {
                None => then.fails(node, path),
                Some(_) => None,
            },
        }
    }
}

fn is_given(node: &Node, name: &str) -> bool {
    node.get(name).is_some_and(|node| !node.is_null())
}

fn then(schema: &Map<String, Value>) -> &Value {
    schema.get("then").unwrap_or(&Value::Null)
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten();
    let texts = texts.filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn list(value: &Value) -> Vec<Condition> {
    let all = value.as_array().into_iter().flatten();
    all.map(Condition::read).collect()
}

fn members(value: &Value) -> Vec<(String, Condition)> {
    let members = value.as_object().into_iter().flatten();
    let members = members.map(|(name, schema)| (name.clone(), Condition::read(schema)));
    members.collect()
}
