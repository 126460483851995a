use std::collections::VecDeque;

use bytes::Bytes;

use super::{Watch, events::Events, messages::Messages};
use crate::error::Error;

/// What a stream is made of: whatever is whole passes, and the beginning of the next is held.
pub(super) enum Units {
    Events(Box<Events>),
    Messages(Box<Messages>),
}

impl Units {
    /// Takes the next chunk. The last one must be [read](Self::is_read).
    pub(super) fn feed(&mut self, chunk: Bytes) {
        match self {
            Self::Events(events) => events.feed(chunk),
            Self::Messages(messages) => messages.feed(chunk),
        }
    }

    /// Whether other tasks come first now.
    pub(super) fn rests(&mut self) -> bool {
        match self {
            Self::Events(events) => events.rests(),
            Self::Messages(_) => false,
        }
    }

    /// Whether all of the last chunk was shown.
    pub(super) fn is_read(&self) -> bool {
        match self {
            Self::Events(events) => events.is_read(),
            Self::Messages(messages) => messages.is_read(),
        }
    }

    /// Shows some of the chunk to the watch and queues what may be sent.
    pub(super) fn turn<W: Watch>(
        &mut self,
        watch: &mut W,
        queue: &mut VecDeque<Bytes>,
    ) -> Result<(), Error> {
        match self {
            Self::Events(events) => events.turn(watch, queue).map_err(Error::from),
            Self::Messages(messages) => messages.turn(watch, queue),
        }
    }

    /// The body has ended.
    pub(super) fn finish<W: Watch>(&mut self, watch: &mut W) -> Option<Bytes> {
        match self {
            Self::Events(events) => events.finish(watch),
            Self::Messages(messages) => messages.finish(),
        }
    }

    /// What is unfinished is given up: an error takes its place.
    pub(super) fn give_up(&mut self) {
        match self {
            Self::Events(events) => events.give_up(),
            Self::Messages(messages) => messages.give_up(),
        }
    }

    /// The bytes that tell an error in the stream.
    pub(super) fn say<W: Watch>(&self, watch: &W, error: &Error) -> Option<Bytes> {
        match self {
            Self::Events(_) => watch.error_event(error).map(|event| event.encode()),
            Self::Messages(_) => watch.error_message(error),
        }
    }
}
