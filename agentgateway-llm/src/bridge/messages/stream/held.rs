use agentgateway_core::json::{self as scan, Raw};
use bytes::BytesMut;

use super::super::{
    super::{form::Sidecar, stream::CodecError},
    DIALECT, json,
};

/// The most bytes of a block that are held until it is complete.
const MAX_HELD_BYTES: usize = 2 * 1024 * 1024;

/// A block that only this dialect knows, until it is complete.
#[derive(Debug)]
pub(super) struct Held {
    name: Box<str>,
    block: Box<str>,
    input: String,
    /// A delta whose members take the places of the block's own.
    members: Option<Box<str>>,
    deltas: Vec<Sidecar>,
    bytes: usize,
}

// === impl Held ===

impl Held {
    pub(super) fn new(name: &str, block: Raw<'_>) -> Self {
        Self {
            name: name.into(),
            block: block.get().into(),
            input: String::new(),
            members: None,
            deltas: Vec::new(),
            bytes: 0,
        }
    }

    /// A piece of its input.
    pub(super) fn push_input(&mut self, piece: &str) -> Result<(), CodecError> {
        self.grow(piece.len())?;
        self.input.push_str(piece);
        Ok(())
    }

    /// Something else that came to it.
    pub(super) fn push(&mut self, kind: &str, delta: Raw<'_>) -> Result<(), CodecError> {
        self.grow(delta.get().len() + size_of::<Sidecar>())?;
        if kind == "compaction_delta" {
            self.members = Some(delta.get().into());
        } else {
            self.deltas.push(Sidecar::of(DIALECT, kind, delta));
        }
        Ok(())
    }

    const fn grow(&mut self, bytes: usize) -> Result<(), CodecError> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_HELD_BYTES {
            return Err(CodecError::TooLarge);
        }
        Ok(())
    }

    /// The whole block, and what came to it that has no place in it.
    pub(super) fn finish(self) -> Result<(Sidecar, Vec<Sidecar>), CodecError> {
        if self.input.is_empty() && self.members.is_none() {
            return Ok((Sidecar::new(DIALECT, &self.name, &self.block), self.deltas));
        }
        let whole = self
            .merged()
            .ok_or(CodecError::malformed("what came to a block is no JSON"))?;
        Ok((Sidecar::new(DIALECT, &self.name, &whole), self.deltas))
    }

    fn merged(&self) -> Option<String> {
        let mut later: Vec<(String, Raw<'_>)> = Vec::new();
        if !self.input.is_empty() {
            let input = Raw::parse(self.input.as_bytes()).ok()?;
            later.push(("input".to_owned(), input));
        }
        if let Some(members) = &self.members {
            let members = Raw::parse(members.as_bytes()).ok()?;
            scan::entries(members, |name, value| {
                if name != "type" {
                    later.push((name.to_owned(), value));
                }
            })
            .ok()?;
        }
        let block = Raw::parse(self.block.as_bytes()).ok()?;
        let mut whole = BytesMut::new();
        let mut copied = Ok(());
        json::object(&mut whole, |out| {
            copied = scan::entries(block, |name, value| {
                if later.iter().all(|(known, _)| known != name) {
                    out.raw(name, value.get());
                }
            });
            for (name, value) in &later {
                out.raw(name, value.get());
            }
        });
        copied.ok()?;
        String::from_utf8(whole.into()).ok()
    }
}
