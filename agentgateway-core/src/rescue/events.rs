use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::{Verdict, Watch};
use crate::sse::{EventTooLarge, SseDecoder, SseFrame};

/// Lets whole events through and holds the beginning of an unfinished one.
#[derive(Debug, Default)]
pub(super) struct Events {
    decoder: SseDecoder,
    held: Held,
}

/// The bytes of the one unfinished block.
///
/// One piece is a slice of the chunk that it came in; more pieces are gathered, so that a peer that
/// sends byte by byte cannot make each byte keep a read buffer alive.
#[derive(Debug, Default)]
enum Held {
    #[default]
    Nothing,
    Slice(Bytes),
    Gathered(BytesMut),
}

impl Held {
    fn push(&mut self, piece: Bytes) {
        match self {
            Self::Nothing => *self = Self::Slice(piece),
            Self::Slice(first) => {
                let mut gathered = BytesMut::with_capacity(2 * (first.len() + piece.len()));
                gathered.extend_from_slice(first);
                gathered.extend_from_slice(&piece);
                *self = Self::Gathered(gathered);
            }
            Self::Gathered(gathered) => gathered.extend_from_slice(&piece),
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        match std::mem::take(self) {
            Self::Nothing => None,
            Self::Slice(bytes) => Some(bytes),
            Self::Gathered(bytes) => Some(bytes.freeze()),
        }
    }
}

impl Events {
    /// Shows the events of `chunk` to the watch and queues what may be sent.
    ///
    /// A chunk of whole events that are all kept is queued as it is.
    pub(super) fn feed<W: Watch>(
        &mut self,
        chunk: &Bytes,
        watch: &mut W,
        queue: &mut VecDeque<Bytes>,
    ) -> Result<(), EventTooLarge> {
        let mut input = chunk.as_ref();
        // Bytes before `sent` are queued or dropped; those before `whole` belong to whole blocks.
        let (mut sent, mut whole) = (0, 0);
        loop {
            let frame = match self.decoder.decode(&mut input) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    queue_slice(chunk, sent, whole, queue);
                    return Err(error);
                }
            };
            let verdict = match frame {
                SseFrame::Event(event) => watch.event(&event),
                SseFrame::Quiet => Verdict::Keep,
            };
            let end = chunk.len() - input.len();
            match verdict {
                Verdict::Keep => queue.extend(self.held.take()),
                Verdict::Drop => {
                    self.held.take();
                    queue_slice(chunk, sent, whole, queue);
                    sent = end;
                }
                Verdict::Replace(bytes) => {
                    self.held.take();
                    queue_slice(chunk, sent, whole, queue);
                    queue.push_back(bytes);
                    sent = end;
                }
            }
            whole = end;
        }
        queue_slice(chunk, sent, whole, queue);
        if whole < chunk.len() {
            self.held.push(chunk.slice(whole..));
        }
        Ok(())
    }

    /// The body has ended: some providers leave the last event without its blank line.
    pub(super) fn finish<W: Watch>(&mut self, watch: &mut W) -> Option<Bytes> {
        let verdict = match self.decoder.finish() {
            Some(event) => watch.event(&event),
            None => Verdict::Keep,
        };
        match verdict {
            Verdict::Keep => self.held.take(),
            Verdict::Drop => None,
            Verdict::Replace(bytes) => Some(bytes),
        }
    }

    /// The unfinished block is given up: an error event takes its place.
    pub(super) fn give_up(&mut self) {
        self.held.take();
    }
}

fn queue_slice(chunk: &Bytes, from: usize, to: usize, queue: &mut VecDeque<Bytes>) {
    if from < to {
        queue.push_back(chunk.slice(from..to));
    }
}
