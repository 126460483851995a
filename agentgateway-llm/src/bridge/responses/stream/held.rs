use std::collections::VecDeque;

use super::super::super::stream::CodecError;

/// The most that waits for the end of an open call, in bytes.
const MAX_HELD_BYTES: usize = 2 * 1024 * 1024;

/// Events that came while a call was open, and belong to other items.
#[derive(Debug, Default)]
pub(super) struct Held {
    events: VecDeque<Event>,
    bytes: usize,
    /// Events before this place wait for another call than the open one.
    passed: usize,
    open: Option<u64>,
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: Box<str>,
    pub(super) data: Box<[u8]>,
    /// The item that it is about.
    at: u64,
}

// === impl Held ===

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Keeps an event that is about the item `at`.
    pub(super) fn hold(&mut self, name: &str, data: &[u8], at: u64) -> Result<(), CodecError> {
        self.bytes = self
            .bytes
            .saturating_add(data.len())
            .saturating_add(name.len());
        if self.bytes > MAX_HELD_BYTES {
            return Err(CodecError::TooLarge);
        }
        self.events.push_back(Event {
            name: name.into(),
            data: data.into(),
            at,
        });
        Ok(())
    }

    /// The next event that need not wait: any, or one of the open call.
    pub(super) fn next(&mut self, open: Option<u64>) -> Option<Event> {
        if self.open != open {
            self.open = open;
            self.passed = 0;
        }
        let free = |event: &Event| open.is_none_or(|open| open == event.at);
        let more = self.events.iter().skip(self.passed).position(free)?;
        self.passed = self.passed.saturating_add(more);
        let event = self.events.remove(self.passed)?;
        let size = event.data.len().saturating_add(event.name.len());
        self.bytes = self.bytes.saturating_sub(size);
        Some(event)
    }
}
