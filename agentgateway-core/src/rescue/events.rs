use std::{collections::VecDeque, mem};

use bytes::Bytes;

use super::{Verdict, Watch};
use crate::{
    body::Gather,
    sse::{EventTooLarge, SseDecoder, SseFrame},
};

/// How many events are shown in one turn: a chunk may hold millions, and other tasks want to run.
const EVENTS_PER_TURN: usize = 256;

/// How many turns one chunk may have before the task itself gives way. A server takes what is ready
/// until its buffers are full, and a chunk of tiny events is ready for long.
const TURNS_PER_REST: usize = 64;

/// Lets whole events through and holds the beginning of an unfinished one.
#[derive(Debug)]
pub(super) struct Events {
    decoder: SseDecoder,
    /// What is still to be shown of the chunk that came last.
    unread: Bytes,
    /// The turns that this chunk has had.
    turns: usize,
    /// The bytes of the one unfinished block.
    held: Gather,
    torn: Torn,
}

/// Where the LF goes that may open the next chunk, when the last one ended a block with a CR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Torn {
    #[default]
    Not,
    OfKept,
    OfLeftOut,
}

/// Bytes before `sent` are queued or left out; those before `whole` belong to whole blocks.
struct Cut<'a> {
    chunk: &'a Bytes,
    sent: usize,
    whole: usize,
}

impl Cut<'_> {
    fn queue(&mut self, queue: &mut VecDeque<Bytes>) {
        if self.sent < self.whole {
            queue.push_back(self.chunk.slice(self.sent..self.whole));
            self.sent = self.whole;
        }
    }
}

impl Events {
    pub(super) fn new(max_event_bytes: usize) -> Self {
        Self {
            decoder: SseDecoder::new().with_max_event_bytes(max_event_bytes),
            unread: Bytes::new(),
            turns: 0,
            held: Gather::default(),
            torn: Torn::default(),
        }
    }

    /// Takes the next chunk. The last one must be [read](Self::is_read).
    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.unread = chunk;
        self.turns = 0;
    }

    /// Whether other tasks come first now: once for so many turns.
    pub(super) fn rests(&mut self) -> bool {
        self.turns += 1;
        self.turns % TURNS_PER_REST == 0
    }

    /// Whether all events of the last chunk were shown.
    pub(super) fn is_read(&self) -> bool {
        self.unread.is_empty()
    }

    /// Shows some events to the watch and queues what may be sent.
    ///
    /// Whole events that are all kept are queued as one slice of their chunk.
    pub(super) fn turn<W: Watch>(
        &mut self,
        watch: &mut W,
        queue: &mut VecDeque<Bytes>,
    ) -> Result<(), EventTooLarge> {
        let chunk = mem::take(&mut self.unread);
        if chunk.is_empty() {
            return Ok(());
        }
        let mut cut = self.join(&chunk);
        let shown = self.show(&mut cut, watch, queue);
        let is_left_out = cut.sent == cut.whole;
        cut.queue(queue);
        let rest = chunk.slice(cut.whole..);
        if rest.is_empty() && chunk.ends_with(b"\r") {
            self.torn = if is_left_out {
                Torn::OfLeftOut
            } else {
                Torn::OfKept
            };
        }
        if shown? {
            self.held.push(rest, 0);
        } else {
            self.unread = rest;
        }
        Ok(())
    }

    /// True when all of the chunk was shown, and what is left is no whole block.
    fn show<W: Watch>(
        &mut self,
        cut: &mut Cut<'_>,
        watch: &mut W,
        queue: &mut VecDeque<Bytes>,
    ) -> Result<bool, EventTooLarge> {
        let mut input = cut.chunk.as_ref();
        for _ in 0..EVENTS_PER_TURN {
            let Some(frame) = self.decoder.decode(&mut input)? else {
                return Ok(true);
            };
            let verdict = match frame {
                SseFrame::Event(event) => watch.event(&event),
                SseFrame::Quiet => Verdict::Keep,
            };
            let end = cut.chunk.len() - input.len();
            let held = self.held.take();
            match verdict {
                Verdict::Keep => queue.extend(Some(held).filter(|held| !held.is_empty())),
                Verdict::Drop => {
                    cut.queue(queue);
                    cut.sent = end;
                }
                Verdict::Replace(bytes) => {
                    cut.queue(queue);
                    queue.push_back(bytes);
                    cut.sent = end;
                }
            }
            cut.whole = end;
        }
        Ok(false)
    }

    /// The LF of a CRLF that was torn between two chunks goes where its CR went.
    fn join<'a>(&mut self, chunk: &'a Bytes) -> Cut<'a> {
        let torn = mem::take(&mut self.torn);
        let is_line_feed = torn != Torn::Not && chunk.starts_with(b"\n");
        Cut {
            chunk,
            sent: usize::from(is_line_feed && torn == Torn::OfLeftOut),
            whole: usize::from(is_line_feed),
        }
    }

    /// The body has ended: some providers leave the last event without its blank line.
    pub(super) fn finish<W: Watch>(&mut self, watch: &mut W) -> Option<Bytes> {
        let verdict = match self.decoder.finish() {
            Some(event) => watch.event(&event),
            None => Verdict::Keep,
        };
        match verdict {
            Verdict::Keep => Some(self.held.take()).filter(|held| !held.is_empty()),
            Verdict::Drop => None,
            Verdict::Replace(bytes) => Some(bytes),
        }
    }

    /// The unfinished block is given up: an error event takes its place.
    pub(super) fn give_up(&mut self) {
        self.held.take();
    }
}
