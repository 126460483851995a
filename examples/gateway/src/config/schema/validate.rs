//! Finds all that a document says which its kind does not allow, with the place of each.

use super::shape::{Others, Shape, Type};
use super::words::{self, Words};
use crate::config::Problem;
use crate::config::object::{NotImplemented, Place, field};
use crate::config::suggest::{is_misspelled, nearest, quoted};
use crate::config::yaml::{Entry, Node, Position, Value};

/// How many faults of one object are told; more are of no help.
const MAX_PROBLEMS: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Validated {
    /// All that is wrong, in the order of the document.
    pub(crate) problems: Vec<Problem>,
    /// Fields that are not implemented; of those within each other the outer one.
    pub(crate) unimplemented: Vec<NotImplemented>,
}

/// Holds a document against the shape of its kind.
pub(crate) fn validate(shape: &Shape, place: &Place, object: &str) -> Validated {
    let mut walk = Walk {
        place,
        object,
        whole: shape,
        found: Validated::default(),
    };
    walk.value(shape, place.root(), "", Above::default());
    walk.found
}

/// What the values around say of one.
#[derive(Clone, Copy, Debug, Default)]
struct Above {
    /// It is never shown.
    hidden: bool,
    /// It is part of what is not implemented.
    idle: bool,
}

#[derive(Debug)]
struct Walk<'a> {
    place: &'a Place,
    object: &'a str,
    whole: &'a Shape,
    found: Validated,
}

impl Walk<'_> {
    fn tell(&mut self, path: &str, at: Position, (message, hint): Words) {
        if self.found.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let mut problem = self.place.problem(self.object, path, message).at(at);
        problem.hint = hint;
        self.found.problems.push(problem);
    }

    fn value(&mut self, shape: &Shape, node: &Node, path: &str, above: Above) {
        let hidden = above.hidden || shape.secret;
        let above = Above { hidden, ..above };
        if !shape.types.is_empty() && !shape.types.iter().any(|wanted| is(*wanted, node)) {
            self.tell(path, node.at, words::wrong_type(shape, node, hidden));
            return;
        }
        if !shape.values.is_empty() && !shape.values.contains(&node.to_json()) {
            self.tell(path, node.at, words::not_among(shape, node, hidden));
            return;
        }
        match &node.value {
            Value::String(text) => self.text(shape, text, node, path, hidden),
            Value::Number(_) => self.number(shape, node, path, hidden),
            Value::List(items) => self.list(shape, items, node, path, above),
            Value::Object(entries) => self.object(shape, entries, node, path, above),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, shape: &Shape, text: &str, node: &Node, path: &str, hidden: bool) {
        let count = text.chars().count();
        if !holds(shape.length, count) {
            self.tell(
                path,
                node.at,
                words::bad_count(shape.length, count, "character"),
            );
        } else if shape
            .pattern
            .as_ref()
            .is_some_and(|pattern| !pattern.is_match(text))
        {
            self.tell(path, node.at, words::no_match(shape, text, hidden));
        }
    }

    fn number(&mut self, shape: &Shape, node: &Node, path: &str, hidden: bool) {
        let Value::Number(number) = &node.value else {
            return;
        };
        let whole = number.as_i64().map(i128::from);
        let whole = whole.or_else(|| number.as_u64().map(i128::from));
        if whole.is_some_and(|whole| !shape.range.hold(whole)) {
            self.tell(
                path,
                node.at,
                words::out_of_range(shape.range, node, hidden),
            );
        }
    }

    fn list(&mut self, shape: &Shape, items: &[Node], node: &Node, path: &str, above: Above) {
        if !holds(shape.count, items.len()) {
            self.tell(
                path,
                node.at,
                words::bad_count(shape.count, items.len(), "item"),
            );
        }
        let Some(each) = &shape.items else {
            return;
        };
        for (index, item) in items.iter().enumerate() {
            self.value(each, item, &field::item(path, index), above);
        }
        if !shape.keys.is_empty() || shape.set {
            self.distinct(shape, items, path, above.hidden);
        }
    }

    /// No two items with the same keys, and in a set no two that are the same.
    fn distinct(&mut self, shape: &Shape, items: &[Node], path: &str, hidden: bool) {
        let mut seen = std::collections::BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let keys: Vec<_> = shape.keys.iter().filter_map(|key| item.get(key)).collect();
            if keys.is_empty() && !shape.set {
                continue;
            }
            let told = if shape.set { vec![item] } else { keys };
            let identity: Vec<_> = told.iter().map(|node| node.to_json().to_string()).collect();
            let path = field::item(path, index);
            match seen.get(&identity) {
                None => {
                    seen.insert(identity, item.at.line);
                }
                Some(line) => {
                    let names: Vec<_> = told.iter().map(|node| words::value(node)).collect();
                    let what = match (hidden, shape.keys.as_slice()) {
                        (true, _) => "is".to_owned(),
                        (false, []) => format!("{} is", names.join(" ")),
                        (false, keys) => {
                            format!("{} {} is", keys.join(" and "), names.join(" and "))
                        }
                    };
                    let message = format!("{what} given twice, first in line {line}");
                    self.tell(&path, item.at, (message, None));
                }
            }
        }
    }

    fn object(&mut self, shape: &Shape, entries: &[Entry], node: &Node, path: &str, above: Above) {
        if !holds(shape.count, entries.len()) {
            self.tell(
                path,
                node.at,
                words::bad_count(shape.count, entries.len(), "member"),
            );
        }
        let before = self.found.problems.len();
        let mut meant = Vec::new();
        for entry in entries {
            let path = field::member(path, &entry.name);
            match (shape.members.get(&entry.name), &shape.others) {
                (Some(_) | None, _) if entry.node.is_null() && shape.knows(&entry.name) => {}
                (Some(member), _) => {
                    let above = self.idle(member, entry, &path, above);
                    self.value(member, &entry.node, &path, above);
                }
                (None, Others::Each(each)) if shape.is_slip(each, &entry.name) => {
                    meant.extend(self.stranger(shape, entry, &path));
                }
                (None, Others::Each(each)) => {
                    let above = self.idle(each, entry, &path, above);
                    self.value(each, &entry.node, &path, above);
                }
                (None, _) => meant.extend(self.stranger(shape, entry, &path)),
            }
        }
        for name in &shape.required {
            let given = node.get(name).is_some_and(|node| !node.is_null());
            if !given && !meant.contains(name) {
                let at = if path.is_empty() {
                    node.at
                } else {
                    self.place.at(path)
                };
                let path = field::member(path, name);
                self.tell(&path, at, words::missing(shape.members.get(name)));
            }
        }
        // What is between members is told where each of them is right by itself.
        if self.found.problems.len() == before {
            self.choices(shape, node, path);
            self.rules(shape, node, path);
        }
    }

    /// Takes down a member that has no effect, and says so of what is below it.
    fn idle(&mut self, member: &Shape, entry: &Entry, path: &str, above: Above) -> Above {
        let idle = member.unimplemented || member.idles(&entry.node);
        if idle && !above.idle {
            self.found.unimplemented.push(NotImplemented {
                path: path.to_owned(),
                at: entry.at,
                guards: member.guards,
            });
        }
        let idle = above.idle || idle;
        Above { idle, ..above }
    }

    /// A fault stands at the first field that is one too many, else at the object.
    fn choices(&mut self, shape: &Shape, node: &Node, path: &str) {
        for choice in &shape.choices {
            let given = choice.given(node);
            if (choice.least..=choice.most).contains(&given.len()) {
                continue;
            }
            let (path, hint) = match given.get(1) {
                Some(second) => (
                    field::member(path, second),
                    Some(format!("found {}", given.join(" and "))),
                ),
                None => (path.to_owned(), None),
            };
            self.tell(&path, self.place.at(&path), (choice.message(), hint));
        }
    }

    fn rules(&mut self, shape: &Shape, node: &Node, path: &str) {
        for rule in &shape.rules {
            if let Some(path) = rule.broken(node, path) {
                self.tell(&path, self.place.at(&path), (rule.message.clone(), None));
            }
        }
    }

    /// A member that the shape does not know; returns the name that was probably meant.
    fn stranger(&mut self, shape: &Shape, entry: &Entry, path: &str) -> Option<String> {
        let name = entry.name.as_str();
        if shape.knows(name) {
            return None;
        }
        let known = shape.members.keys().map(String::as_str);
        let meant = nearest(name, known.clone());
        // Where not all fields are known, a name that merely holds a known one is one of the others.
        if matches!(shape.others, Others::Ignored) && !is_misspelled(name, known.clone()) {
            return None;
        }
        let hint = match (shape.absent.get(name), meant) {
            (Some(why), _) => why.clone(),
            (None, Some(meant)) => format!("did you mean \"{meant}\"?"),
            (None, None) => match self.whole.holders(name).as_slice() {
                [] => format!("known here: {}", words::names(known)),
                holders => format!("it is a field of {}", holders.join(" and of ")),
            },
        };
        let message = format!("unknown field {}", quoted(name));
        self.tell(path, entry.at, (message, Some(hint)));
        meant.map(str::to_owned)
    }
}

impl Shape {
    /// Whether a member of this name exists, read or not.
    fn knows(&self, name: &str) -> bool {
        self.members.contains_key(name) || self.also.iter().any(|also| also == name)
    }

    /// Whether a member of this name is one of these with a slip in it, where all others have no effect.
    fn is_slip(&self, each: &Self, name: &str) -> bool {
        each.unimplemented && is_misspelled(name, self.members.keys().map(String::as_str))
    }

    /// Whether a value, or one of a list of them, is one of those that are not implemented.
    fn idles(&self, node: &Node) -> bool {
        let idles = |node: &Node| self.idle_values.contains(&node.to_json());
        match &node.value {
            _ if self.idle_values.is_empty() => false,
            Value::List(items) => items.iter().any(idles),
            _ => idles(node),
        }
    }

    /// Where in this shape a member of this name is: the two places that are nearest to its top.
    fn holders(&self, name: &str) -> Vec<String> {
        let (mut found, mut level) = (Vec::new(), vec![(String::new(), self)]);
        while !level.is_empty() && found.is_empty() {
            let mut next = Vec::new();
            for (path, shape) in level {
                if shape.members.contains_key(name) && !path.is_empty() {
                    found.push(path.clone());
                }
                if let Some(items) = &shape.items {
                    next.push((format!("{path}[]"), &**items));
                }
                let members = shape.members.iter();
                next.extend(members.map(|(name, shape)| (field::member(&path, name), shape)));
            }
            level = next;
        }
        found.truncate(2);
        found
    }
}

fn holds(bounds: super::shape::Bounds, count: usize) -> bool {
    i128::try_from(count).is_ok_and(|count| bounds.hold(count))
}

fn is(wanted: Type, node: &Node) -> bool {
    match (wanted, &node.value) {
        (Type::Integer, Value::Number(number)) => !number.is_f64(),
        (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::String, Value::String(_))
        | (Type::List, Value::List(_))
        | (Type::Object, Value::Object(_)) => true,
        _ => false,
    }
}
