use bytes::BytesMut;

use super::json::{self, Elements};

/// The type of the part that stands where something is left out.
pub(super) const TRUNCATED: &str = "truncated";

/// The least limit: below it, nothing sensible could be said.
pub(super) const MIN_BYTES: usize = 512;
/// What a message takes beside its words.
const FRAME_BYTES: usize = 42;
/// What a message takes beside its parts, at most.
const MAX_FRAME_BYTES: usize = 128;
/// What the list's brackets and the last part take, at most.
const END_BYTES: usize = 64;

/// How much may still be written into one list.
#[derive(Debug)]
pub(super) struct Room {
    left: usize,
    is_full: bool,
}

impl Room {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self::within(max_bytes.max(MIN_BYTES) - MAX_FRAME_BYTES)
    }

    /// Of a list within a part.
    pub(super) const fn within(max_bytes: usize) -> Self {
        Self {
            left: max_bytes.saturating_sub(END_BYTES),
            is_full: false,
        }
    }

    /// Something is left out, and nothing more is written.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// A message begins in this list of parts, which has words of this length beside them. One that does not fit
    /// stands in what was kept for it.
    pub(super) fn message(&mut self, parts: &mut Elements<'_>, word_bytes: usize) {
        match self.left.checked_sub(FRAME_BYTES + word_bytes) {
            Some(left) => self.left = left,
            None => self.end(parts),
        }
    }

    /// Writes an element by `write`, which is told how long it may be, and answers whether it is whole.
    pub(super) fn element(
        &mut self,
        list: &mut Elements<'_>,
        write: impl FnOnce(&mut BytesMut, usize) -> bool,
    ) {
        if self.is_full {
            return;
        }
        let mut own = BytesMut::new();
        let is_whole = write(&mut own, self.left);
        match self.left.checked_sub(own.len() + 1) {
            Some(left) => {
                self.left = left;
                list.written(&own);
                if !is_whole {
                    self.end(list);
                }
            }
            None => self.end(list),
        }
    }

    /// A tool must have a name.
    fn end(&mut self, list: &mut Elements<'_>) {
        self.is_full = true;
        list.object(|part| {
            part.string("type", TRUNCATED);
            part.string("name", TRUNCATED);
        });
    }
}

/// Writes a string as the last member of an object, which may be `max_bytes` long. Answers whether it is whole.
pub(super) fn string_within(out: &mut BytesMut, text: &str, max_bytes: usize) -> bool {
    // Two quotes, the object's end, and what separates it from the next one.
    let kept = fitting(text, max_bytes.saturating_sub(out.len() + 4));
    json::string(out, kept);
    kept.len() == text.len()
}

/// The same, of what may be JSON: it is written as it is when it fits, and as a string when it does not.
pub(super) fn value_within(out: &mut BytesMut, text: &str, max_bytes: usize) -> bool {
    let fits = out.len() + text.len() + 2 <= max_bytes;
    if fits && agentgateway_core::json::Raw::parse(text.as_bytes()).is_ok() {
        json::raw(out, text);
        return true;
    }
    string_within(out, text, max_bytes)
}

/// The longest beginning that takes no more than so many bytes within a JSON string.
pub(super) fn fitting(text: &str, max_bytes: usize) -> &str {
    let mut left = max_bytes;
    let end = text.char_indices().find_map(|(at, letter)| {
        let bytes = match letter {
            '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => 2,
            '\0'..='\u{1f}' => 6,
            _ => letter.len_utf8(),
        };
        match left.checked_sub(bytes) {
            Some(rest) => {
                left = rest;
                None
            }
            None => Some(at),
        }
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}
