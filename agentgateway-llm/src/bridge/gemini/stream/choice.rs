use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::{
            form::Sidecar,
            stream::{CodecError, Delta, Event, EventSink},
        },
        read,
    },
    chunk::{told, unreadable},
    pieces::Pieces,
};
use crate::LlmDialect;

/// Where events go.
pub(super) type Out<'o> = dyn EventSink + 'o;

/// One candidate.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) index: u32,
    pub(super) open: Option<Open>,
    pub(super) called: bool,
    pub(super) reason: Option<String>,
    pub(super) pieces: Option<Pieces>,
}

/// A block that may go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    pub(super) index: u32,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Thought,
    /// A thought that has its state.
    Signed,
    Call,
}

/// Counts blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks(u32);

// === impl Choice ===

impl Choice {
    pub(super) const fn new(index: u32) -> Self {
        Self {
            index,
            open: None,
            called: false,
            reason: None,
            pieces: None,
        }
    }

    pub(super) fn close(&mut self, out: &mut Out<'_>) -> Result<(), CodecError> {
        match self.open.take() {
            Some(open) => out.event(Event::BlockStop { index: open.index }),
            None => Ok(()),
        }
    }

    pub(super) fn delta(&self, delta: Delta<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        match self.open {
            Some(open) => out.event(Event::Delta {
                index: open.index,
                delta,
            }),
            None => Ok(()),
        }
    }

    /// Tells the members that are not known to the block that is open.
    pub(super) fn notes(
        &self,
        raw: Raw<'_>,
        prefix: &str,
        is_known: fn(&str) -> bool,
        out: &mut Out<'_>,
    ) -> Result<(), CodecError> {
        let mut result = Ok(());
        let read = json::entries(raw, |name, value| {
            if result.is_ok() && !is_known(name) && told(value).is_some() {
                let name = format!("{prefix}{}", read::spelled(name));
                let sidecar = Sidecar::of(LlmDialect::Gemini, &name, value);
                result = self.delta(Delta::Other(sidecar), out);
            }
        });
        read.map_err(|error| unreadable(&error))?;
        result
    }

    /// The call that comes in pieces is complete.
    pub(super) fn end_call(&mut self, out: &mut Out<'_>) -> Result<(), CodecError> {
        let Some(pieces) = self.pieces.take() else {
            return Ok(());
        };
        out.event(Event::Delta {
            index: pieces.index,
            delta: Delta::Arguments(pieces.finish().into()),
        })?;
        self.close(out)
    }
}

// === impl Blocks ===

impl Blocks {
    pub(super) fn next(&mut self) -> Result<u32, CodecError> {
        let index = self.0;
        self.0 = index.checked_add(1).ok_or(CodecError::TooLarge)?;
        Ok(index)
    }
}
