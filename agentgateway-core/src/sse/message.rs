use std::{borrow::Cow, fmt, iter};

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memchr2;

/// A comment, and a blank line for readers that wait for one: keeps an idle connection open.
///
/// Write it only where [`SseDecoder::at_boundary`](super::SseDecoder::at_boundary) is true.
pub const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// An event to be written.
///
/// ```
/// use agentgateway_core::sse::SseMessage;
///
/// let bytes = SseMessage::new("one\ntwo").with_event("note").encode();
/// assert_eq!(bytes, "event: note\ndata: one\ndata: two\n\n");
/// ```
///
/// `Debug` tells the length of the data, not the data: it may be what a user wrote.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SseMessage {
    event: Option<Cow<'static, str>>,
    data: Bytes,
    id: Option<Cow<'static, str>>,
}

// === impl SseMessage ===

impl SseMessage {
    /// An event with this data, no name and no id.
    ///
    /// Any bytes are fine, but readers expect UTF-8. A line end in it (LF, CR or CRLF) becomes the
    /// line feed between two `data` lines.
    #[must_use]
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self {
            event: None,
            data: data.into(),
            id: None,
        }
    }

    /// Sets the event's name. Default: none, which readers take for `message`.
    ///
    /// CR and LF are left out: a name cannot hold them, and must not smuggle in a field.
    #[must_use]
    pub fn with_event(mut self, event: impl Into<Cow<'static, str>>) -> Self {
        self.event = Some(without(event.into(), &['\n', '\r']));
        self
    }

    /// Sets the event's id. Default: none.
    ///
    /// CR, LF and NUL are left out: an id cannot hold them.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.id = Some(without(id.into(), &['\n', '\r', '\0']));
        self
    }

    /// The event as it stands on the wire, with its blank line.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let lines = data_lines(&self.data).count();
        let names: usize = [&self.id, &self.event]
            .into_iter()
            .flatten()
            .map(|value| value.len() + "event: \n".len())
            .sum();
        let mut out =
            BytesMut::with_capacity(names + self.data.len() + lines * "data: \n".len() + 1);
        if let Some(id) = &self.id {
            put_field(&mut out, "id: ", id.as_bytes());
        }
        if let Some(event) = &self.event {
            put_field(&mut out, "event: ", event.as_bytes());
        }
        for line in data_lines(&self.data) {
            put_field(&mut out, "data: ", line);
        }
        out.put_u8(b'\n');
        out.freeze()
    }
}

impl fmt::Debug for SseMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseMessage")
            .field("event", &self.event)
            .field("data_bytes", &self.data.len())
            .field("has_id", &self.id.is_some())
            .finish()
    }
}

fn put_field(out: &mut BytesMut, name: &str, value: &[u8]) {
    out.put_slice(name.as_bytes());
    out.put_slice(value);
    out.put_u8(b'\n');
}

/// The lines between LF, CR and CRLF: one more than there are line ends.
fn data_lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(data);
    iter::from_fn(move || {
        let text = rest.take()?;
        let Some((line, tail)) =
            memchr2(b'\n', b'\r', text).and_then(|end| text.split_at_checked(end))
        else {
            return Some(text);
        };
        let tail = tail.strip_prefix(b"\r\n").or_else(|| tail.get(1..));
        rest = tail;
        Some(line)
    })
}

fn without(value: Cow<'static, str>, unwanted: &[char]) -> Cow<'static, str> {
    if value.contains(unwanted) {
        Cow::Owned(value.replace(unwanted, ""))
    } else {
        value
    }
}
