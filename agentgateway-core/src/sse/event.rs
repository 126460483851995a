use std::{fmt, iter, str, time::Duration};

use memchr::{memchr, memchr2};

/// One piece of an event stream that can be forwarded, held back or replaced as a whole.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum SseFrame<'a> {
    /// A block with a `data` field, up to and with its blank line.
    Event(SseEvent<'a>),
    /// Bytes that dispatch nothing: a comment line that stands before any field of its block, a
    /// blank line of its own, or a block without a `data` field.
    Quiet,
}

/// An event, borrowed from the chunk it came in or from the decoder's buffer.
///
/// `Debug` tells the length of the data, not the data: it may be what a user wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseEvent<'a> {
    event: &'a [u8],
    data: &'a [u8],
    id: Option<&'a [u8]>,
    retry: Option<Duration>,
}

// === impl SseEvent ===

impl<'a> SseEvent<'a> {
    /// The value of the last `event` field; empty when there is none, or when it is not UTF-8.
    ///
    /// An `EventSource` takes the empty name for `message`; here the two are told apart, so a
    /// reader for whom they are the same must match both.
    #[must_use]
    pub fn event(&self) -> &'a str {
        str::from_utf8(self.event).unwrap_or_default()
    }

    /// The values of all `data` fields, joined with a line feed.
    ///
    /// May be empty: a lone `data` line is an event with empty data.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The value of the last `id` field of this block; ids with a NUL are ignored.
    ///
    /// Not the last id of the stream: an event without an `id` field has none here. The empty id,
    /// which tells a client to forget the last one, is `Some`.
    #[must_use]
    pub const fn id(&self) -> Option<&'a [u8]> {
        self.id
    }

    /// How long a client should wait before it connects again, in whole milliseconds.
    ///
    /// Values that are not all digits are ignored. What is over `u32::MAX` milliseconds (49 days)
    /// is taken as that, so that it can be added to a clock.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Reads the fields of one block; `None` when it has no `data` field.
    ///
    /// `joined` is where several data lines come together; it must be empty.
    pub(super) fn parse(block: &'a [u8], joined: &'a mut Vec<u8>) -> Option<Self> {
        let mut event: &[u8] = b"";
        let mut data = None;
        let mut id = None;
        let mut retry = None;
        let mut is_joined = false;
        for line in lines(block) {
            match field(line) {
                (b"data", value) => match data {
                    None => data = Some(value),
                    Some(first) => {
                        if !is_joined {
                            is_joined = true;
                            // Never more than the block holds, so one allocation is enough.
                            joined.reserve_exact(block.len());
                            joined.extend_from_slice(first);
                        }
                        joined.push(b'\n');
                        joined.extend_from_slice(value);
                    }
                },
                (b"event", value) => event = value,
                (b"id", value) if memchr(0, value).is_none() => id = Some(value),
                (b"retry", value) => retry = milliseconds(value).or(retry),
                _ => {}
            }
        }
        let first = data?;
        Some(Self {
            event,
            data: if is_joined { joined } else { first },
            id,
            retry,
        })
    }
}

impl fmt::Debug for SseEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseEvent")
            .field("event", &self.event())
            .field("data_bytes", &self.data.len())
            .field("has_id", &self.id.is_some())
            .field("retry", &self.retry)
            .finish()
    }
}

/// The lines of a block. A CRLF gives an empty line more, which is no field and does no harm.
fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at_checked(end)?;
        rest = tail.get(1..).unwrap_or_default();
        Some(line)
    })
}

/// Name and value of a line. A comment has an empty name; a line without a colon is all name.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = memchr(b':', line).unwrap_or(line.len());
    let (name, tail) = line.split_at_checked(colon).unwrap_or((line, b""));
    let value = tail.get(1..).unwrap_or_default();
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

fn milliseconds(value: &[u8]) -> Option<Duration> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = value.iter().fold(0_u32, |count, digit| {
        count
            .saturating_mul(10)
            .saturating_add(u32::from(digit - b'0'))
    });
    Some(Duration::from_millis(u64::from(count)))
}
