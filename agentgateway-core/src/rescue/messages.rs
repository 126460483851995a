use std::{collections::VecDeque, mem};

use bytes::Bytes;

use super::{Unfinished, Watch};
use crate::{body::Gather, error::Error};

/// How many bytes are shown in one turn: a chunk may hold many messages, and other tasks want to run.
const BYTES_PER_TURN: usize = 64 * 1024;

/// Lets whole messages through and holds the beginning of an unfinished one, where the watch knows where they end.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// What is still to be shown of the chunk that came last.
    unread: Bytes,
    /// The beginning of the one unfinished message.
    held: Gather,
}

impl Messages {
    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.unread = chunk;
    }

    pub(super) fn is_read(&self) -> bool {
        self.unread.is_empty()
    }

    /// Shows some bytes to the watch and queues what may be sent.
    pub(super) fn turn<W: Watch>(
        &mut self,
        watch: &mut W,
        queue: &mut VecDeque<Bytes>,
    ) -> Result<(), Error> {
        let len = self.unread.len().min(BYTES_PER_TURN);
        let piece = self.unread.split_to(len);
        if piece.is_empty() {
            return Ok(());
        }
        let Unfinished { bytes, error } = watch.messages(&piece);
        self.pass(piece, bytes, queue);
        error.map_or(Ok(()), Err)
    }

    /// Queues all but the last bytes of what is held and came.
    fn pass(&mut self, piece: Bytes, unfinished: usize, queue: &mut VecDeque<Bytes>) {
        let (whole, rest) = match piece.len().checked_sub(unfinished) {
            Some(whole) => {
                queue.extend(Some(self.held.take()).filter(|held| !held.is_empty()));
                (piece.slice(..whole), piece.slice(whole..))
            }
            None => {
                self.held.push(piece, 0);
                let all = self.held.take();
                let whole = all.len().saturating_sub(unfinished);
                (all.slice(..whole), all.slice(whole..))
            }
        };
        queue.extend(Some(whole).filter(|whole| !whole.is_empty()));
        self.held.push(rest, 0);
    }

    /// The body has ended with these bytes unfinished.
    pub(super) fn finish(&mut self) -> Option<Bytes> {
        Some(self.held.take()).filter(|held| !held.is_empty())
    }

    /// The unfinished message is given up: one that tells an error takes its place.
    pub(super) fn give_up(&mut self) {
        self.held.take();
        mem::take(&mut self.unread);
    }
}
