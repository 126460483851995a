//! A value of a manifest that knows where it stands and whom to tell.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_yaml_ng::{Mapping, Value};

use crate::config::old::Problem;
use crate::config::old::model::Origin;
use crate::config::old::suggest::{did_you_mean, listed, quoted};

/// Collects the problems of one manifest.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) origin: Arc<Origin>,
    problems: RefCell<Vec<Problem>>,
}

impl Sink {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            origin: Arc::new(origin),
            problems: RefCell::default(),
        }
    }

    pub(super) fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A value and its path. Readers return `None` after they have told the sink why.
///
/// The readers' own problems name the type that was found and never the value, which may be secret.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    value: &'a Value,
    path: String,
    sink: &'a Sink,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value, sink: &'a Sink) -> Self {
        Self {
            value,
            path: String::new(),
            sink,
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn problem(&self, message: impl Into<String>) {
        self.sink
            .push(self.sink.origin.problem(self.path.as_str(), message));
    }

    pub(super) fn problem_with_hint(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.sink.push(
            self.sink
                .origin
                .problem(self.path.as_str(), message)
                .hint(hint),
        );
    }

    /// `<path> is not supported yet`, with what the matter is called.
    pub(super) fn unsupported(&self, what: &str) {
        self.problem(format!("{what} is not supported yet"));
    }

    fn wrong_type(&self, expected: &str) {
        self.problem(format!("must be {expected}, found {}", type_of(self.value)));
    }

    /// The fields of an object. Fields that are neither `known` nor `unsupported` are problems with
    /// a suggestion; `unsupported` ones are named as such. A field that is `null` is not there.
    pub(super) fn fields(&self, known: &[&str], unsupported: &[&str]) -> Option<Fields<'a>> {
        let fields = self.entries()?;
        for (name, node) in &fields.entries {
            if unsupported.contains(name) {
                node.unsupported(&format!("field \"{name}\""));
            } else if !known.contains(name) {
                let all = known.iter().chain(unsupported).copied();
                let message = format!("unknown field {}", quoted(name));
                match did_you_mean(name, all) {
                    Some(hint) => node.problem_with_hint(message, hint),
                    None => node.problem_with_hint(message, format!("known are {}", listed(known))),
                }
            }
        }
        Some(fields)
    }

    /// The fields of an object, whatever their names.
    pub(super) fn entries(&self) -> Option<Fields<'a>> {
        let Value::Mapping(mapping) = self.value else {
            self.wrong_type("an object");
            return None;
        };
        Some(Fields {
            entries: self.children(mapping),
            node: self.clone(),
        })
    }

    fn children(&self, mapping: &'a Mapping) -> BTreeMap<&'a str, Self> {
        let mut children = BTreeMap::new();
        for (key, value) in mapping {
            match key {
                Value::String(name) if !value.is_null() => {
                    children.insert(name.as_str(), self.at(value, step(&self.path, name)));
                }
                Value::String(_) => {}
                _ => self.problem_with_hint(
                    format!("a field name must be a string, found {}", type_of(key)),
                    "put it in quotes",
                ),
            }
        }
        children
    }

    fn at(&self, value: &'a Value, path: String) -> Self {
        Self {
            value,
            path,
            sink: self.sink,
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Option<Vec<Self>> {
        let Value::Sequence(items) = self.value else {
            self.wrong_type("a list");
            return None;
        };
        let path = |index| format!("{}[{index}]", self.path);
        Some(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| self.at(item, path(index)))
                .collect(),
        )
    }

    /// A string. One with a `${variable}` in it has not been rendered, and is a problem.
    pub(super) fn text(&self) -> Option<&'a str> {
        let Value::String(text) = self.value else {
            let message = format!("must be a string, found {}", type_of(self.value));
            match self.value {
                Value::Bool(_) | Value::Number(_) => {
                    self.problem_with_hint(message, "put it in quotes")
                }
                _ => self.problem(message),
            }
            return None;
        };
        if text.contains("${") {
            self.problem_with_hint(
                "holds a ${variable}, and substitution is not supported yet",
                "render the manifests first",
            );
            return None;
        }
        Some(text)
    }

    /// A string of 1 to `max_chars` characters.
    pub(super) fn filled(&self, max_chars: usize) -> Option<&'a str> {
        let text = self.text()?;
        let chars = text.chars().count();
        if chars == 0 || chars > max_chars {
            self.problem(format!(
                "must have 1 to {max_chars} characters, found {chars}"
            ));
            return None;
        }
        Some(text)
    }

    /// A whole number from `min` to `max`.
    pub(super) fn integer(&self, min: u64, max: u64) -> Option<u64> {
        let Value::Number(number) = self.value else {
            let message = format!("must be a whole number, found {}", type_of(self.value));
            match self.value {
                Value::String(_) => self.problem_with_hint(message, "write it without quotes"),
                _ => self.problem(message),
            }
            return None;
        };
        match number.as_u64() {
            Some(value) if (min..=max).contains(&value) => Some(value),
            _ => {
                self.problem(format!(
                    "must be a whole number from {min} to {max}, found {number}"
                ));
                None
            }
        }
    }

    /// A port number.
    pub(super) fn port(&self) -> Option<u16> {
        self.integer(1, 65_535)
            .and_then(|port| u16::try_from(port).ok())
    }

    /// One of some words. The words of `unsupported` are named as such. Not for secret values.
    pub(super) fn choice<T: Copy>(&self, known: &[(&str, T)], unsupported: &[&str]) -> Option<T> {
        let word = self.text()?;
        if let Some((_, found)) = known.iter().find(|(name, _)| *name == word) {
            return Some(*found);
        }
        if unsupported.contains(&word) {
            self.unsupported(&quoted(word));
            return None;
        }
        let all = || {
            known
                .iter()
                .map(|(name, _)| *name)
                .chain(unsupported.iter().copied())
        };
        let message = format!("{} is not one of {}", quoted(word), listed(all()));
        match did_you_mean(word, all()) {
            Some(hint) => self.problem_with_hint(message, hint),
            None => self.problem(message),
        }
        None
    }
}

/// The fields of an object that are there.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    entries: BTreeMap<&'a str, Node<'a>>,
    node: Node<'a>,
}

impl<'a> Fields<'a> {
    /// The object that these are the fields of.
    pub(super) fn node(&self) -> &Node<'a> {
        &self.node
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &Node<'a>)> {
        self.entries.iter().map(|(name, node)| (*name, node))
    }

    pub(super) fn optional(&self, name: &str) -> Option<&Node<'a>> {
        self.entries.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// A field that must be there.
    pub(super) fn required(&self, name: &str) -> Option<&Node<'a>> {
        let found = self.entries.get(name);
        if found.is_none() {
            self.node.problem(format!("field \"{name}\" is required"));
        }
        found
    }

    /// The one field of these that is there; none and several are problems.
    pub(super) fn exactly_one(&self, names: &[&'static str]) -> Option<(&'static str, &Node<'a>)> {
        let found: Vec<_> = names
            .iter()
            .filter_map(|name| Some((*name, self.optional(name)?)))
            .collect();
        if let [one] = found.as_slice() {
            return Some(*one);
        }
        let names = listed(names);
        self.node.problem(format!(
            "exactly one of {names} must be set, found {}",
            found.len()
        ));
        None
    }
}

/// The path of a field.
fn step(path: &str, name: &str) -> String {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match (path.is_empty(), plain && !name.is_empty()) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{}]", quoted(name)),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "an object",
        Value::Tagged(_) => "a tagged value",
    }
}
