use std::borrow::Cow;

use super::Shape;
use crate::bridge::Loss;

/// A message of the protocol: its members by their names in each shape.
pub(super) struct Table {
    /// The name of v1.0, for errors.
    pub(super) name: &'static str,
    /// The value of `kind` in v0.3 over JSON-RPC.
    pub(super) kind: Option<&'static str>,
    pub(super) fields: &'static [Field],
}

/// A member that is known.
pub(super) struct Field {
    /// Its names in v1.0, in v0.3 over JSON-RPC, and in the v0.3 protobuf; empty where it has no place.
    names: [&'static str; 3],
    /// Another name of the v0.3 protobuf: its field, where that is not the JSON name.
    alias: &'static str,
    pub(super) rule: Rule,
    /// What is told where it has no place; `None` where nothing is lost without it.
    pub(super) loss: Option<Loss>,
    /// What v0.3 over JSON-RPC, which must have the member, gets where v1.0 has none.
    pub(super) required: Option<&'static str>,
}

/// How the value of a member is converted.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Copied as it is written.
    Copy,
    /// A message.
    Object(&'static Table),
    /// A list of messages.
    Array(&'static Table),
    /// A list of parts.
    Parts,
    State,
    Role,
    Timestamp,
    /// A count of messages, of which 0 is all of them in v0.3 and none in v1.0.
    HistoryLength,
    /// `blocking` of v0.3, `returnImmediately` of v1.0.
    Blocking,
    /// Several authentication schemes in v0.3, one in v1.0.
    Schemes,
    /// The id of a task, `tasks/{id}` in the v0.3 protobuf.
    TaskName,
}

/// What a name is in a table.
pub(super) enum Found {
    Field(usize, &'static Field),
    Kind,
    Unknown,
}

// === impl Field ===

impl Field {
    /// Of the same name in each shape.
    pub(super) const fn same(name: &'static str, rule: Rule) -> Self {
        Self::named([name; 3], rule)
    }

    pub(super) const fn named(names: [&'static str; 3], rule: Rule) -> Self {
        Self {
            names,
            alias: "",
            rule,
            loss: None,
            required: None,
        }
    }

    pub(super) const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = alias;
        self
    }

    pub(super) const fn loss(mut self, loss: Loss) -> Self {
        self.loss = Some(loss);
        self
    }

    pub(super) const fn required(mut self, json: &'static str) -> Self {
        self.required = Some(json);
        self
    }

    /// Its name in a shape; empty where it has no place.
    pub(super) const fn name(&self, shape: Shape) -> &'static str {
        let [v1_0, rpc, proto] = self.names;
        match shape {
            Shape::V1_0 => v1_0,
            Shape::V0_3JsonRpc => rpc,
            Shape::V0_3Proto => proto,
        }
    }

    /// The name to tell in an error.
    pub(super) const fn told(&self, shape: Shape) -> &'static str {
        let name = self.name(shape);
        if name.is_empty() {
            self.name(Shape::V1_0)
        } else {
            name
        }
    }

    fn is_called(&self, shape: Shape, name: &str) -> bool {
        !name.is_empty()
            && (self.name(shape) == name
                || (matches!(shape, Shape::V0_3Proto) && self.alias == name))
    }
}

// === impl Table ===

impl Table {
    /// What this name is in this shape, in whatever spelling the shape allows.
    pub(super) fn find(&self, shape: Shape, name: &str) -> Found {
        let name = spelled(shape, name);
        let field = self
            .fields
            .iter()
            .enumerate()
            .find(|(_, field)| field.is_called(shape, &name));
        match field {
            Some((at, field)) => Found::Field(at, field),
            None if shape == Shape::V0_3JsonRpc && self.kind.is_some() && name == "kind" => {
                Found::Kind
            }
            None => Found::Unknown,
        }
    }

    /// Whether a name that is unknown in one shape means something in this one.
    pub(super) fn takes(&self, shape: Shape, name: &str) -> bool {
        !matches!(self.find(shape, name), Found::Unknown)
    }
}

/// A name as the JSON form of protobuf has it, where the shape is one: `task_id` is `taskId`.
pub(super) fn spelled(shape: Shape, name: &str) -> Cow<'_, str> {
    if !shape.is_proto() || !name.contains('_') {
        return Cow::Borrowed(name);
    }
    let mut camel = String::with_capacity(name.len());
    let mut is_start = false;
    for letter in name.chars() {
        match letter {
            '_' => is_start = true,
            letter if is_start => {
                camel.push(letter.to_ascii_uppercase());
                is_start = false;
            }
            letter => camel.push(letter),
        }
    }
    Cow::Owned(camel)
}
