use std::fmt;

use memchr::memchr2;

use super::{EventTooLarge, SseEvent, SseFrame};

/// The most bytes that one event may have where nothing else is said: 2 MiB.
pub(crate) const DEFAULT_MAX_EVENT_BYTES: usize = 2 * 1024 * 1024;

/// What a buffer may keep between events.
const RETAINED_BYTES: usize = 64 * 1024;

const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Cuts an event stream into frames, whatever chunks it comes in.
///
/// See the [module](super) for the rules and an example. One decoder reads one stream;
/// [`finish`](Self::finish) makes it ready for the next.
pub struct SseDecoder {
    /// The bytes of the unfinished block that came in earlier chunks.
    block: Vec<u8>,
    /// Where the data lines of the last event were joined.
    joined: Vec<u8>,
    max_event_bytes: usize,
    /// How many bytes of the byte order mark were seen; all of it once the stream has begun.
    bom_seen: usize,
    /// The last byte seen was a CR: an LF that follows belongs to it.
    after_cr: bool,
    /// `block` is that of a frame which was handed out, and is to be cleared.
    dispatched: bool,
    failed: bool,
}

// === impl SseDecoder ===

impl SseDecoder {
    /// A decoder at the start of a stream, with the default limit of 2 MiB for one event.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            block: Vec::new(),
            joined: Vec::new(),
            max_event_bytes: DEFAULT_MAX_EVENT_BYTES,
            bom_seen: 0,
            after_cr: false,
            dispatched: false,
            failed: false,
        }
    }

    /// Sets the most bytes that one block may have, its last line end and blank line not counted.
    ///
    /// Default: 2 MiB. A block with more is [`EventTooLarge`], also when it comes whole. The
    /// decoder holds no more than twice this: the block, and its data lines joined.
    #[must_use]
    pub const fn with_max_event_bytes(mut self, limit: usize) -> Self {
        self.max_event_bytes = limit;
        self
    }

    /// Takes bytes from the front of `input` until one frame is complete.
    ///
    /// `Some`: the frame; `input` now starts behind its last byte. `None`: all of `input` was
    /// taken, and no frame ends in it; an empty chunk is fine. One call does the work of one frame,
    /// so the caller decides how many frames of a chunk to read before it yields.
    ///
    /// A frame that ends with a lone CR at the end of a chunk is given at once. When the next chunk
    /// starts with the LF of that CR, it is skipped and is part of no frame.
    ///
    /// # Errors
    ///
    /// [`EventTooLarge`] when the current block passes the
    /// [limit](Self::with_max_event_bytes). The frames before it were given. The decoder then
    /// fails for ever, until [`finish`](Self::finish), and what is left in `input` has no meaning.
    pub fn decode<'d, 'i: 'd>(
        &'d mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<SseFrame<'d>>, EventTooLarge> {
        if self.failed {
            return Err(self.fail());
        }
        self.clear_dispatched();
        self.skip_bom(input);
        self.skip_line_feed(input);
        let Some(end) = self.block_end(input)? else {
            self.keep(input);
            *input = &[];
            return Ok(None);
        };
        let (head, rest) = input.split_at_checked(end).unwrap_or((input, &[]));
        *input = rest;
        let block = if self.block.is_empty() {
            head
        } else {
            self.keep(head);
            self.dispatched = true;
            &self.block
        };
        let event = SseEvent::parse(block, &mut self.joined);
        Ok(Some(event.map_or(SseFrame::Quiet, SseFrame::Event)))
    }

    /// Whether no byte of an unfinished block was seen: an event of one's own may be written now.
    ///
    /// Stays true over the LF of a CRLF that was torn between two chunks; what is written between
    /// the two makes of the LF a blank line, which dispatches nothing.
    #[must_use]
    pub fn at_boundary(&self) -> bool {
        let within_bom = self.bom_seen != 0 && self.bom_seen != BOM.len();
        !self.failed && !within_bom && (self.dispatched || self.block.is_empty())
    }

    /// Ends the stream, and gives the event that lacks its blank line, if it has a `data` field.
    ///
    /// An `EventSource` would drop this event, and a stream that is cut may end in half a line. But
    /// some services leave out the last blank line, and what they say last is often worth reading
    /// (the usage), so look at it with care and forward nothing because of it.
    ///
    /// The decoder is then as new, with the same limit.
    pub fn finish(&mut self) -> Option<SseEvent<'_>> {
        self.clear_dispatched();
        self.bom_seen = 0;
        self.after_cr = false;
        self.failed = false;
        self.dispatched = true;
        SseEvent::parse(&self.block, &mut self.joined)
    }

    /// Where the current block ends in `input`; `None` when it goes on behind it.
    fn block_end(&mut self, input: &[u8]) -> Result<Option<usize>, EventTooLarge> {
        // A comment that starts a block is a frame of its own, or keep-alives would be stuck.
        let is_comment = self.block.first().or(input.first()) == Some(&b':');
        let mut within_line = self.block.last().is_some_and(|byte| !is_line_end(*byte));
        let mut start = 0;
        loop {
            let rest = input.get(start..).unwrap_or_default();
            let found = memchr2(b'\n', b'\r', rest);
            let length = found.unwrap_or(rest.len());
            let line_end = start.saturating_add(length);
            // Line ends are counted with the line that follows: whether a CR has an LF may not be
            // known yet, and the limit must not depend on how the stream is cut.
            if length > 0 && self.block.len().saturating_add(line_end) > self.max_event_bytes {
                return Err(self.fail());
            }
            if found.is_none() {
                return Ok(None);
            }
            start = self.behind_line_end(input, line_end);
            if is_comment || (length == 0 && !within_line) {
                return Ok(Some(start));
            }
            within_line = false;
        }
    }

    /// The place behind the LF, CR or CRLF at `line_end`.
    fn behind_line_end(&mut self, input: &[u8], line_end: usize) -> usize {
        let mut bytes = input.iter().skip(line_end);
        let is_cr = bytes.next() == Some(&b'\r');
        match bytes.next() {
            Some(b'\n') if is_cr => line_end.saturating_add(2),
            following => {
                self.after_cr = is_cr && following.is_none();
                line_end.saturating_add(1)
            }
        }
    }

    fn skip_bom(&mut self, input: &mut &[u8]) {
        while let Some(expected) = BOM.get(self.bom_seen) {
            let Some((first, rest)) = input.split_first() else {
                return;
            };
            if first == expected {
                self.bom_seen += 1;
                *input = rest;
            } else {
                // What looked like the mark is the start of the first line.
                self.keep(BOM.get(..self.bom_seen).unwrap_or_default());
                self.bom_seen = BOM.len();
            }
        }
    }

    /// Completes a CRLF that was torn between two chunks.
    fn skip_line_feed(&mut self, input: &mut &[u8]) {
        let Some((first, rest)) = input.split_first() else {
            return;
        };
        if self.after_cr && *first == b'\n' {
            *input = rest;
            if !self.block.is_empty() {
                self.keep(b"\n");
            }
        }
        self.after_cr = false;
    }

    /// Adds to the unfinished block. Grows by doubling, but not past the limit by that.
    fn keep(&mut self, bytes: &[u8]) {
        let needed = self.block.len().saturating_add(bytes.len());
        if needed > self.block.capacity() {
            let doubled = self.block.capacity().saturating_mul(2);
            let capacity = doubled.min(self.max_event_bytes).max(needed);
            self.block.reserve_exact(capacity - self.block.len());
        }
        self.block.extend_from_slice(bytes);
    }

    fn clear_dispatched(&mut self) {
        clear(&mut self.joined);
        if self.dispatched {
            self.dispatched = false;
            clear(&mut self.block);
        }
    }

    /// What the buffers take.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.block.capacity() + self.joined.capacity()
    }

    fn fail(&mut self) -> EventTooLarge {
        self.failed = true;
        self.block = Vec::new();
        self.joined = Vec::new();
        EventTooLarge {
            limit_bytes: self.max_event_bytes,
        }
    }
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SseDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseDecoder")
            .field("at_boundary", &self.at_boundary())
            .field("max_event_bytes", &self.max_event_bytes)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Empties a buffer, and gives memory back when a large event had grown it.
fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > RETAINED_BYTES {
        buffer.shrink_to(RETAINED_BYTES);
    }
}
