//! Finds what is secret in a document, by the schema of its kind.

use crate::config::object::kinds;
use crate::config::schema::{Others, Shape, Type, shape_of};
use crate::config::yaml::{Node, Value};

/// The annotation in which `kubectl apply` keeps the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Members of every object that say which one it is.
const IDENTITY: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// How much is known of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It is as its kind wants it.
    Valid,
    /// It may not be: what its kind does not know may be a secret under a wrong name.
    Doubtful,
}

/// Calls `found` with every scalar that is secret.
pub(super) fn visit(root: &mut Node, trust: Trust, found: &mut dyn FnMut(&mut Node)) {
    if root.get("kind").and_then(Node::as_str) == Some("List") {
        for entry in members(root) {
            if let ("items", Value::List(items)) = (&*entry.name, &mut entry.node.value) {
                items.iter_mut().for_each(|item| visit(item, trust, found));
            }
        }
        return;
    }
    let text = |name| root.get(name).and_then(Node::as_str);
    let kind = kinds::find(
        text("apiVersion").unwrap_or_default(),
        text("kind").unwrap_or_default(),
    );
    let mut walk = Walk { trust, found };
    match kind {
        Some(kind) => walk.value(shape_of(kind), root, false),
        None => walk.stranger(root),
    }
}

struct Walk<'a> {
    trust: Trust,
    found: &'a mut dyn FnMut(&mut Node),
}

impl Walk<'_> {
    fn value(&mut self, shape: &Shape, node: &mut Node, secret: bool) {
        let shown = shape.shown_when_valid && self.trust == Trust::Valid;
        if secret || (shape.secret && !shown) || self.is_misplaced(shape, node) {
            return self.all(node);
        }
        match &mut node.value {
            Value::List(items) => {
                for item in items {
                    match &shape.items {
                        Some(each) => self.value(each, item, false),
                        None => self.unknown(shape, item),
                    }
                }
            }
            Value::Object(entries) => {
                for entry in entries {
                    if entry.name == LAST_APPLIED {
                        self.all(&mut entry.node);
                        continue;
                    }
                    match (shape.members.get(&entry.name), &shape.others) {
                        (Some(member), _) => self.value(member, &mut entry.node, false),
                        (None, Others::Each(each)) => self.value(each, &mut entry.node, false),
                        (None, _) if shape.also.contains(&entry.name) => {}
                        (None, _) => self.unknown(shape, &mut entry.node),
                    }
                }
            }
            Value::String(text) if has_user(text) => (self.found)(node),
            _ => {}
        }
    }

    /// What the shape says nothing of: a secret under a wrong name, where secrets stand near.
    fn unknown(&mut self, shape: &Shape, node: &mut Node) {
        if self.trust == Trust::Doubtful && has_secrets(shape) {
            self.all(node);
        }
    }

    /// A list or an object in the place of something else.
    fn is_misplaced(&self, shape: &Shape, node: &Node) -> bool {
        let allows = |wanted: Type| shape.types.is_empty() || shape.types.contains(&wanted);
        let misplaced = match node.value {
            Value::List(_) => !allows(Type::List),
            Value::Object(_) => !allows(Type::Object),
            _ => false,
        };
        self.trust == Trust::Doubtful && misplaced && has_secrets(shape)
    }

    /// An object of which no schema is known: all but which one it is.
    fn stranger(&mut self, root: &mut Node) {
        for entry in members(root) {
            match entry.name.as_str() {
                "metadata" => {
                    for entry in members(&mut entry.node) {
                        if !matches!(&*entry.name, "name" | "namespace" | "labels") {
                            self.all(&mut entry.node);
                        }
                    }
                }
                name if IDENTITY.contains(&name) => {}
                _ => self.all(&mut entry.node),
            }
        }
    }

    /// Every scalar below.
    fn all(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::List(items) => items.iter_mut().for_each(|item| self.all(item)),
            Value::Object(entries) => {
                entries
                    .iter_mut()
                    .for_each(|entry| self.all(&mut entry.node));
            }
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) => (self.found)(node),
        }
    }
}

/// Whether a value of this shape holds secrets.
fn has_secrets(shape: &Shape) -> bool {
    let each = match &shape.others {
        Others::Each(each) => Some(&**each),
        Others::Ignored | Others::Refused => None,
    };
    let mut within = shape
        .members
        .values()
        .chain(shape.items.as_deref())
        .chain(each);
    shape.secret || within.any(has_secrets)
}

fn members(node: &mut Node) -> &mut [crate::config::yaml::Entry] {
    match &mut node.value {
        Value::Object(entries) => entries,
        _ => &mut [],
    }
}

/// `https://user:password@host/`.
fn has_user(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end)
        .is_some_and(|authority| authority.contains('@'))
}
