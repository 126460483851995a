use agentgateway_core::{
    Error,
    json::{self, Raw},
};
use bytes::{BufMut, Bytes, BytesMut};
use http::Extensions;

use super::{edits::Edits, hub::Hub, reply};
use crate::{policy::ItemKind, wire::ParamHeaders};

/// The most items that an answer names as left out.
const MOST_NAMED: usize = 64;

/// The items of a list, as clients are told of them.
#[derive(Debug, Default)]
pub(super) struct Items {
    text: BytesMut,
    omitted: Vec<Bytes>,
}

/// What becomes of one item.
pub(super) enum Told {
    As {
        text: Bytes,
        inner: String,
        outer: String,
    },
    /// The caller is not told that it is there.
    Denied,
    /// It cannot be offered: its name, and why.
    Omitted(String, &'static str),
}

impl Items {
    pub(super) fn push(&mut self, text: &[u8]) {
        if !self.text.is_empty() {
            self.text.put_u8(b',');
        }
        self.text.put_slice(text);
    }

    pub(super) fn omit(&mut self, target: &str, name: &str, reason: &str) {
        if self.omitted.len() < MOST_NAMED {
            let [target, name, reason] = [target, name, reason].map(json::quote);
            let text = format!(r#"{{"target":{target},"name":{name},"reason":{reason}}}"#);
            self.omitted.push(text.into());
        }
    }

    /// The array.
    pub(super) fn array(&self) -> Bytes {
        [b"[", &self.text[..], b"]"].concat().into()
    }

    /// What was left out, an array; `None` where nothing was.
    pub(super) fn omitted(&self) -> Option<Bytes> {
        let joined = [b"[", &self.omitted.join(&b","[..])[..], b"]"].concat();
        (!self.omitted.is_empty()).then(|| joined.into())
    }
}

impl Hub {
    /// How clients are told of an item of a target's list.
    pub(super) fn told(
        &self,
        caller: &Extensions,
        at: usize,
        kind: ItemKind,
        item: &Bytes,
    ) -> Result<Told, Error> {
        let omitted = |name: &str, reason| Ok(Told::Omitted(reply::shown(name), reason));
        let Some(target) = self.targets.get(at) else {
            return Ok(Told::Denied);
        };
        let keys = [kind.name_key(), "description", "_meta", "inputSchema"];
        let Ok([Some(name), description, meta, schema]) = json::members(item, keys) else {
            return omitted("", "malformed");
        };
        let Some(inner) = json::string(name) else {
            return omitted("", "malformed");
        };
        if !self.allows(caller, target, kind, &inner) {
            return Ok(Told::Denied);
        }
        let mut edits = Edits::new(item, self.naming, &target.name);
        let outer = match kind {
            ItemKind::Resource | ItemKind::Template => Some(self.naming.uri(&target.name, &inner)),
            ItemKind::Prompt => self.naming.name(&target.name, &inner),
            ItemKind::Tool => {
                if let Err(reason) = schema.map_or(Ok(()), headers_are_valid) {
                    return omitted(&inner, reason);
                }
                let Some(name) = target.outer_tool(&inner) else {
                    return omitted(&inner, "name_taken");
                };
                if let Some(with) = target.description(&inner) {
                    match description {
                        Some(value) => edits.replace(value, json::quote(with)),
                        None => edits.add("description", json::quote(with)),
                    }
                }
                self.naming.name(&target.name, name)
            }
        };
        let Some(outer) = outer else {
            return omitted(&inner, "name_too_long");
        };
        if outer != inner {
            edits.replace(name, json::quote(&outer));
        }
        if edits.meta(meta).is_err() {
            return omitted(&inner, "malformed");
        }
        let inner = inner.into_owned();
        let text = edits.finish()?;
        Ok(Told::As { text, inner, outer })
    }
}

/// Whether the headers that a tool's schema asks for can be sent: the place where their parser is asked.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP, Custom headers from tool parameters.
fn headers_are_valid(schema: Raw<'_>) -> Result<(), &'static str> {
    ParamHeaders::of(schema).map(drop)
}
