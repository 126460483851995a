//! What waits for the open call to be complete.

use std::collections::VecDeque;

use super::{
    super::super::{
        form::Opaque,
        stream::{BlockKind, CodecError},
    },
    choice::Slot,
};

/// The most bytes that wait.
const MAX_HELD_BYTES: usize = 2 * 1024 * 1024;
/// The most blocks that wait.
const MAX_ENTRIES: usize = 4096;

/// Pieces of blocks, in the order in which their blocks came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: VecDeque<Waiting>,
    held_bytes: usize,
}

#[derive(Debug)]
pub(super) enum Waiting {
    Piece {
        slot: Slot,
        text: String,
        state: Option<Opaque<'static>>,
    },
    Whole(BlockKind<'static>),
}

// === impl Queue ===

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the first piece belongs; `None` for a whole block, or nothing.
    pub(super) fn first_slot(&self) -> Option<Slot> {
        match self.entries.front() {
            Some(Waiting::Piece { slot, .. }) => Some(*slot),
            Some(Waiting::Whole(_)) | None => None,
        }
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let first = self.entries.pop_front();
        if self.entries.is_empty() {
            self.held_bytes = 0;
        }
        first
    }

    pub(super) fn piece(
        &mut self,
        slot: Slot,
        piece: &str,
        sign: Option<Opaque<'static>>,
    ) -> Result<(), CodecError> {
        let bytes = sign.as_ref().map_or(0, |state| state.data.len());
        self.keep(piece.len().saturating_add(bytes))?;
        match self.known(slot) {
            Some((text, state)) => {
                text.push_str(piece);
                *state = sign;
            }
            None => self.entries.push_back(Waiting::Piece {
                slot,
                text: piece.to_owned(),
                state: sign,
            }),
        }
        Ok(())
    }

    pub(super) fn whole(&mut self, block: BlockKind<'static>) -> Result<(), CodecError> {
        let bytes = match &block {
            BlockKind::Other(sidecar) => sidecar.raw.len(),
            BlockKind::Reasoning { redacted, .. } => {
                redacted.as_ref().map_or(0, |state| state.data.len())
            }
            _ => 0,
        };
        self.keep(bytes)?;
        self.entries.push_back(Waiting::Whole(block));
        Ok(())
    }

    /// The entry that a piece comes to: the last one, or, of a call, wherever it waits.
    fn known(&mut self, wanted: Slot) -> Option<(&mut String, &mut Option<Opaque<'static>>)> {
        let last = self.entries.len().saturating_sub(1);
        let entries = self.entries.iter_mut().enumerate().rev();
        entries
            .filter(|(at, _)| *at == last || matches!(wanted, Slot::Call(_)))
            .find_map(|(_, entry)| match entry {
                Waiting::Piece { slot, text, state } if *slot == wanted && state.is_none() => {
                    Some((text, state))
                }
                _ => None,
            })
    }

    fn keep(&mut self, bytes: usize) -> Result<(), CodecError> {
        // An entry takes memory of its own.
        self.held_bytes = self.held_bytes.saturating_add(bytes).saturating_add(64);
        if self.held_bytes > MAX_HELD_BYTES || self.entries.len() > MAX_ENTRIES {
            return Err(CodecError::TooLarge);
        }
        Ok(())
    }
}
