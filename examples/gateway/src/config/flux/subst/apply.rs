//! The substitution of whole documents.

use std::collections::HashSet;

use super::eval::Evaluator;
use super::places::Places;
use super::scalar::{ScalarError, Slot, Substituted, substitute_scalar, touches};
use super::{SubstituteErrorKind, Variables};
use crate::config::Problem;
use crate::config::flux::object::{kind, object_name};
use crate::config::redact::Hidden;
use crate::config::suggest::{did_you_mean, quoted};
use crate::config::yaml::{Document, Entry, Node, Position, Value};

/// The label or annotation that excepts an object, when it is `disabled`.
const SWITCH: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// How many bytes all substitutions together may write.
const MAX_WORK: usize = 64 << 20;

/// How many problems are told, so that a manifest full of them does not fill the memory.
const MAX_PROBLEMS: usize = 1_000;

/// What came of a substitution, beside the documents.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Substitution {
    /// What could not be substituted.
    pub problems: Vec<Problem>,
    /// What is never shown from now on: values of secret variables, and what they are part of.
    pub hidden: Hidden,
    pub(in crate::config::flux) places: Places,
}

/// Substitutes the variables in every value and name of the documents, save in objects with the
/// label or annotation `kustomize.toolkit.fluxcd.io/substitute: disabled`.
///
/// What was written without quotes is read again, so that `${port}` becomes a number and what is
/// empty becomes nothing; see [`substitute`](super::substitute) for `strict`. Each value keeps its place. The
/// first 1000 problems name the variable and the place, never a value. What values of secret variables
/// have become part of is hidden from now on.
#[must_use]
pub fn substitute_documents(
    documents: Vec<Document>,
    variables: &Variables,
    strict: bool,
) -> (Vec<Document>, Substitution) {
    substitute_within(documents, variables, strict, MAX_WORK)
}

/// The same with another limit of what may be written.
pub(super) fn substitute_within(
    documents: Vec<Document>,
    variables: &Variables,
    strict: bool,
    mut work: usize,
) -> (Vec<Document>, Substitution) {
    let mut came = Substitution {
        hidden: variables.hidden(),
        ..Substitution::default()
    };
    let substituted = documents.into_iter().map(|mut document| {
        if excepted(&document.root) {
            return document;
        }
        let mut walk = Walk {
            evaluator: Evaluator {
                variables,
                strict,
                work: &mut work,
            },
            file: document.file.clone(),
            object: object_name(&document.root),
            secret: kind(&document.root) == "Secret",
            path: Vec::new(),
            came: &mut came,
        };
        walk.node(&mut document.root, Slot::Field);
        document
    });
    let substituted = substituted.collect();
    (substituted, came)
}

/// Where substitutions stand in a tree.
pub(in crate::config::flux) fn places(root: &Node) -> Vec<Position> {
    let (mut found, mut waiting) = (Vec::new(), vec![root]);
    while let Some(node) = waiting.pop() {
        match &node.value {
            Value::String(text) if text.contains("${") => found.push(node.at),
            Value::List(items) => waiting.extend(items),
            Value::Object(entries) => waiting.extend(entries.iter().map(|entry| &entry.node)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found.sort();
    found
}

fn excepted(root: &Node) -> bool {
    ["labels", "annotations"].iter().any(|field| {
        let switch = root.path(&["metadata", field, SWITCH]);
        switch.and_then(Node::as_str) == Some("disabled")
    })
}

/// One document on its way.
struct Walk<'a> {
    evaluator: Evaluator<'a>,
    file: String,
    object: String,
    secret: bool,
    path: Vec<Step>,
    came: &'a mut Substitution,
}

enum Step {
    Name(String),
    Item(usize),
}

impl Walk<'_> {
    /// A value and all within; a tree is as deep as the parser lets it be.
    fn node(&mut self, node: &mut Node, slot: Slot) {
        match &mut node.value {
            Value::String(text) if touches(text) => {
                match substitute_scalar(text, slot, &mut self.evaluator) {
                    Ok(found) => {
                        node.value = self.shown(found);
                        if !matches!(node.value, Value::String(_)) {
                            self.came.places.reread(&self.file, node.at);
                        }
                    }
                    Err(error) => self.tell(&error, node.at),
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.path.push(Step::Item(index));
                    self.node(item, Slot::Item);
                    self.path.pop();
                }
            }
            Value::Object(entries) => self.entries(entries),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn entries(&mut self, entries: &mut [Entry]) {
        let mut renamed = false;
        for entry in entries.iter_mut() {
            self.path.push(Step::Name(entry.name.clone()));
            if touches(&entry.name) {
                renamed = true;
                self.name(entry);
            }
            self.node(&mut entry.node, Slot::Field);
            self.path.pop();
        }
        if renamed {
            self.tell_duplicates(entries);
        }
    }

    fn name(&mut self, entry: &mut Entry) {
        let found = substitute_scalar(&entry.name, Slot::Name, &mut self.evaluator);
        match found.map(|found| self.shown(found)) {
            Ok(Value::String(name)) => entry.name = name,
            Ok(Value::Bool(value)) => entry.name = value.to_string(),
            Ok(Value::Number(value)) => entry.name = value.to_string(),
            Ok(Value::Null | Value::List(_) | Value::Object(_)) => {}
            Err(error) => self.tell(&error, entry.at),
        }
    }

    /// The value; where it holds a secret, it is hidden.
    fn shown(&mut self, found: Substituted) -> Value {
        match &found.value {
            Value::String(text) if found.secret => self.came.hidden.add(text),
            Value::Number(number) if found.secret => self.came.hidden.add(&number.to_string()),
            _ => {}
        }
        found.value
    }

    fn tell_duplicates(&mut self, entries: &[Entry]) {
        let mut names = HashSet::new();
        for entry in entries {
            if !names.insert(&entry.name) {
                let message = "the name of this field is given twice once variables are put in";
                self.problem(message.to_owned(), None, entry.at);
            }
        }
    }

    fn tell(&mut self, error: &ScalarError, at: Position) {
        let hint = match error {
            ScalarError::Text(error) if error.kind == SubstituteErrorKind::NotSet => {
                let known = self.evaluator.variables.names();
                let guess = did_you_mean(&error.variable, known);
                Some(guess.unwrap_or_else(|| {
                    format!(
                        "set it in postBuild, or give a default as in ${{{}:=value}}",
                        error.variable
                    )
                }))
            }
            error => error.hint().map(str::to_owned),
        };
        self.came.places.fail(&self.file, at);
        self.problem(error.message(self.secret), hint, at);
    }

    fn problem(&mut self, message: String, hint: Option<String>, at: Position) {
        if self.came.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let mut problem = Problem::of_file(self.file.clone(), message).at(at);
        problem.object.clone_from(&self.object);
        problem.path = shown(&self.path);
        problem.hint = hint;
        self.came.problems.push(problem);
    }
}

/// A path as in `spec.rules[0].name`.
fn shown(path: &[Step]) -> String {
    let mut shown = String::new();
    for step in path {
        match step {
            Step::Item(index) => shown.push_str(&format!("[{index}]")),
            Step::Name(name) => {
                if !shown.is_empty() {
                    shown.push('.');
                }
                if name.contains(['.', '/', '$', ' ']) {
                    shown.push_str(&quoted(name));
                } else {
                    shown.push_str(name);
                }
            }
        }
    }
    shown
}
