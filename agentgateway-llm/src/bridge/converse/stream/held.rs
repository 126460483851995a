use agentgateway_core::json::{self, JsonType, Raw};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;

use super::super::{
    super::{form::Sidecar, stream::CodecError},
    DIALECT, json as write, state,
};
use crate::bridge::form::Opaque;

/// How much of a block is held that is told when it is whole, in bytes: an image is one.
const MAX_HELD_BYTES: usize = 16 * 1024 * 1024;

/// A block that is told when it is whole.
#[derive(Debug)]
pub(super) enum Held {
    /// Thoughts that the provider withholds, in base64.
    Redacted(String),
    /// A block that only this dialect knows.
    Other(Other),
}

#[derive(Debug)]
pub(super) struct Other {
    name: String,
    /// The object that it began with.
    start: Option<Box<str>>,
    /// The arguments of a call that the provider runs.
    input: String,
    pieces: Vec<Box<str>>,
    bytes: usize,
}

// === impl Held ===

impl Held {
    /// What the provider withholds. It comes in one piece, or in several that are one in bytes.
    pub(super) fn push_redacted(held: &mut String, piece: &str) -> Result<(), CodecError> {
        if held.is_empty() {
            held.push_str(piece);
        } else if let (Ok(mut bytes), Ok(more)) = (STANDARD.decode(&held), STANDARD.decode(piece)) {
            bytes.extend(more);
            *held = STANDARD.encode(bytes);
        } else {
            return Err(CodecError::malformed(
                "withheld thoughts that are no base64",
            ));
        }
        bounded(held.len())
    }

    pub(super) fn redacted(held: &str) -> Opaque<'static> {
        state::of_redacted(held)
    }
}

// === impl Other ===

impl Other {
    pub(super) fn new(name: &str, start: Option<Raw<'_>>) -> Self {
        Self {
            name: name.to_owned(),
            start: start.map(|raw| raw.get().into()),
            input: String::new(),
            pieces: Vec::new(),
            bytes: start.map_or(0, |raw| raw.get().len()),
        }
    }

    pub(super) fn push(&mut self, piece: Raw<'_>) -> Result<(), CodecError> {
        if self.name == "toolUse" {
            let input = json::members_of(piece, ["input"]).ok();
            if let Some(input) = input.and_then(|[input]| json::string(input?)) {
                self.input.push_str(&input);
                return bounded(self.input.len());
            }
        }
        // A box has a cost of its own.
        self.bytes += piece.get().len() + 16;
        self.pieces.push(piece.get().into());
        bounded(self.bytes)
    }

    /// The block as a whole answer has it.
    pub(super) fn into_sidecar(self) -> Sidecar {
        if let ([only], None) = (&self.pieces[..], &self.start) {
            return Sidecar::new(DIALECT, &self.name, only);
        }
        let mut out = BytesMut::new();
        write::object(&mut out, |out| {
            let pieces = || {
                self.pieces
                    .iter()
                    .filter_map(|piece| Raw::parse(piece.as_bytes()).ok())
            };
            let start = self
                .start
                .iter()
                .filter_map(|start| Raw::parse(start.as_bytes()).ok());
            for object in
                start.chain(pieces().filter(|raw| json::type_of(*raw) == JsonType::Object))
            {
                // Objects alone are read here.
                let _ = json::entries(object, |name, value| out.raw(name, value.get()));
            }
            if self.name == "toolUse" {
                match Raw::parse(self.input.as_bytes()) {
                    Ok(raw) => out.raw("input", raw.get()),
                    Err(_) if self.input.is_empty() => out.raw("input", "{}"),
                    Err(_) => out.string("input", &self.input),
                }
            }
            out.array_if_any("content", |content| {
                for array in pieces().filter(|raw| json::type_of(*raw) == JsonType::Array) {
                    let _ = json::elements(array, |element| content.raw(element.get()));
                }
            });
        });
        Sidecar::new(DIALECT, &self.name, &String::from_utf8_lossy(&out))
    }
}

fn bounded(bytes: usize) -> Result<(), CodecError> {
    if bytes > MAX_HELD_BYTES {
        return Err(CodecError::TooLarge);
    }
    Ok(())
}
