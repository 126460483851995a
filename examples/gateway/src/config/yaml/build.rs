//! Builds a tree of the parser's events, without recursion.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::{Entry, Node, Position, Value, resolve};

/// How deep a tree may be, aliases followed.
const MAX_DEPTH: usize = 64;

/// How many values a file may have, those counted again that aliases repeat.
const MAX_NODES: usize = 1_000_000;

type Fault = (String, Position);

#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Whole>,
    nodes: usize,
    duplicates: Vec<(String, Position)>,
}

/// A value that is complete.
#[derive(Clone, Debug)]
struct Whole {
    node: Node,
    /// How many values are to be counted for it.
    size: usize,
    /// How many lists and objects stand in one another at most.
    depth: usize,
}

/// A list or object whose end has not come.
#[derive(Debug)]
struct Open {
    at: Position,
    anchor: usize,
    began: usize,
    /// That of what is in it.
    depth: usize,
    items: Items,
}

#[derive(Debug)]
enum Items {
    List(Vec<Node>),
    Object {
        entries: Vec<Entry>,
        names: HashSet<String>,
        name: Option<(String, Position)>,
    },
}

impl Builder {
    /// Takes an event of a document's inside.
    pub(super) fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_ref());
                let node = Node { value, at };
                let (size, depth) = (1, 0);
                self.complete(Whole { node, size, depth }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(Items::List(Vec::new()), anchor, at),
            Event::MappingStart(anchor, _) => {
                let items = Items::Object {
                    entries: Vec::new(),
                    names: HashSet::new(),
                    name: None,
                };
                self.open(items, anchor, at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(mut whole) => {
                    whole.node.at = at;
                    self.complete(whole, 0)
                }
                None => Err(("an alias stands within its own anchor".to_owned(), at)),
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    /// The document that has ended; `None` when it was empty.
    pub(super) fn finish(&mut self) -> Option<Node> {
        self.anchors.clear();
        self.root.take()
    }

    /// The names that were given twice.
    pub(super) fn duplicates(self) -> impl Iterator<Item = Fault> {
        self.duplicates.into_iter()
    }

    fn open(&mut self, items: Items, anchor: usize, at: Position) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.open.push(Open {
            at,
            anchor,
            began: self.nodes,
            depth: 0,
            items,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.items {
            Items::List(items) => Value::List(items),
            Items::Object { entries, .. } => Value::Object(merged(entries)),
        };
        let whole = Whole {
            node: Node { value, at: open.at },
            size: self.nodes - open.began + 1,
            depth: open.depth + 1,
        };
        if open.anchor > 0 {
            self.anchors.insert(open.anchor, whole.clone());
        }
        // What is in it is counted already.
        self.complete(Whole { size: 1, ..whole }, 0)
    }

    /// Puts a whole value where it belongs.
    fn complete(&mut self, whole: Whole, anchor: usize) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(whole.size);
        if self.nodes > MAX_NODES {
            let message = format!("has over {MAX_NODES} values, aliases followed");
            return Err((message, whole.node.at));
        }
        if self.open.len() + whole.depth > MAX_DEPTH {
            return Err(too_deep(whole.node.at));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, whole.clone());
        }
        let Whole { node, depth, .. } = whole;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.depth = open.depth.max(depth);
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Object {
                entries,
                names,
                name,
            } => match name.take() {
                None => *name = Some((key(&node)?, node.at)),
                Some((name, at)) => {
                    if names.insert(name.clone()) {
                        entries.push(Entry { name, at, node });
                    } else {
                        self.duplicates.push((name, at));
                    }
                }
            },
        }
        Ok(())
    }
}

fn too_deep(at: Position) -> Fault {
    let message = format!("is nested over {MAX_DEPTH} levels deep, aliases followed");
    (message, at)
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Value {
    let string = tag.is_some_and(|tag| tag.suffix == "str" || tag.suffix == "binary");
    if style == ScalarStyle::Plain && !string {
        resolve(text)
    } else {
        Value::String(text.to_owned())
    }
}

/// The name of a member, which JSON wants to be a string.
fn key(node: &Node) -> Result<String, Fault> {
    match &node.value {
        Value::String(name) => Ok(name.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) => Ok(value.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => {
            let found = node.type_name();
            Err((
                format!("the name of a field must be a string, found {found}"),
                node.at,
            ))
        }
    }
}

/// The members with those of a merge key (`<<`), which those of the object itself beat.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let (merges, mut own): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.name == "<<");
    for merge in merges {
        let sources = match merge.node.value {
            Value::List(items) => items,
            _ => vec![merge.node],
        };
        for source in sources {
            if let Value::Object(entries) = source.value {
                for entry in entries {
                    if !own.iter().any(|held| held.name == entry.name) {
                        own.push(entry);
                    }
                }
            }
        }
    }
    own
}
