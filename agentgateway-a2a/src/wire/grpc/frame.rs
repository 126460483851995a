use std::{error::Error as StdError, fmt};

use agentgateway_core::{Error, ErrorKind};
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// A flag and a length before each message.
const PREFIX_BYTES: usize = 5;

/// What a buffer is given at once; more comes as the bytes do, so that a length alone costs nothing.
const RESERVED_BYTES: usize = 64 * 1024;

/// A message as a body carries it, without compression.
///
/// # Errors
/// [`FrameErrorKind::TooLarge`] for a message of 4 GiB or more, which no frame can hold.
pub fn frame(message: &[u8]) -> Result<Bytes, FrameError> {
    let length = u32::try_from(message.len()).map_err(|_| FrameError {
        kind: FrameErrorKind::TooLarge,
        limit_bytes: u32::MAX as usize,
    })?;
    let mut framed = BytesMut::with_capacity(message.len().saturating_add(PREFIX_BYTES));
    framed.put_u8(0);
    framed.put_u32(length);
    framed.put_slice(message);
    Ok(framed.freeze())
}

/// Takes messages out of a body, whatever chunks it comes in.
///
/// A message that lies in one chunk is a slice of it; only what is split over chunks is copied.
/// Nothing is compressed: no encoding was offered, so a frame that says so is refused.
///
/// # Source
/// gRPC over HTTP2 (doc/PROTOCOL-HTTP2.md of grpc/grpc): "Length-Prefixed-Message".
///
/// # Example
/// ```
/// use agentgateway_a2a::wire::grpc::{FrameDecoder, frame};
///
/// let mut decoder = FrameDecoder::new(1024);
/// let mut chunk = frame(b"hello")?;
/// let mut rest = chunk.split_off(7);
/// assert_eq!(decoder.next_message(&mut chunk)?, None);
/// assert_eq!(decoder.next_message(&mut rest)?.as_deref(), Some(&b"hello"[..]));
/// decoder.finish()?;
/// # Ok::<_, agentgateway_a2a::wire::grpc::FrameError>(())
/// ```
#[derive(Debug)]
pub struct FrameDecoder {
    /// The beginning of a frame whose end is still to come.
    held: BytesMut,
    max_message_bytes: usize,
    failed: Option<FrameErrorKind>,
}

// === impl FrameDecoder ===

impl FrameDecoder {
    /// A decoder at the start of a body, which refuses messages of more than `max_message_bytes`.
    #[must_use]
    pub fn new(max_message_bytes: usize) -> Self {
        Self {
            held: BytesMut::new(),
            max_message_bytes,
            failed: None,
        }
    }

    /// Takes the next message out of the chunk; `None` when it holds no more, and is empty.
    ///
    /// # Errors
    /// [`FrameError`] when a frame says that it is compressed, or is longer than the limit; the
    /// length alone decides, so that such a message is never held. The decoder then fails for good.
    pub fn next_message(&mut self, chunk: &mut Bytes) -> Result<Option<Bytes>, FrameError> {
        if let Some(kind) = self.failed {
            return Err(self.fail(kind));
        }
        if !self.hold(chunk, PREFIX_BYTES, self.held.is_empty()) {
            return Ok(None);
        }
        let length = self.length(chunk)?;
        if self.held.is_empty() {
            if let Some(message) = whole(chunk, length) {
                return Ok(Some(message));
            }
        }
        if !self.hold(chunk, PREFIX_BYTES.saturating_add(length), false) {
            return Ok(None);
        }
        let mut message = self.held.split().freeze();
        message.advance(PREFIX_BYTES);
        Ok(Some(message))
    }

    /// Says whether the body ended where a message does.
    ///
    /// # Errors
    /// [`FrameErrorKind::Truncated`] when a message has begun and has not ended; and the error that
    /// the decoder failed with.
    pub fn finish(&self) -> Result<(), FrameError> {
        match self.failed {
            Some(kind) => Err(self.error(kind)),
            None if self.held.is_empty() => Ok(()),
            None => Err(self.error(FrameErrorKind::Truncated)),
        }
    }

    /// Takes from the chunk until `bytes` are held; whether they are. What lies whole in the chunk
    /// may stay there.
    fn hold(&mut self, chunk: &mut Bytes, bytes: usize, may_stay: bool) -> bool {
        if may_stay && chunk.len() >= bytes {
            return true;
        }
        let missing = bytes.saturating_sub(self.held.len());
        let taken = chunk.split_to(missing.min(chunk.len()));
        if self.held.is_empty() {
            self.held
                .reserve(bytes.min(RESERVED_BYTES).max(taken.len()));
        }
        self.held.extend_from_slice(&taken);
        self.held.len() >= bytes
    }

    /// The length of the message whose prefix is held, or begins the chunk.
    fn length(&mut self, chunk: &Bytes) -> Result<usize, FrameError> {
        let begun: &[u8] = if self.held.is_empty() {
            chunk
        } else {
            &self.held
        };
        let Some(&[flag, a, b, c, d]) = begun.first_chunk::<PREFIX_BYTES>() else {
            return Ok(0);
        };
        if flag != 0 {
            return Err(self.fail(FrameErrorKind::Compressed));
        }
        match usize::try_from(u32::from_be_bytes([a, b, c, d])) {
            Ok(length) if length <= self.max_message_bytes => Ok(length),
            _ => Err(self.fail(FrameErrorKind::TooLarge)),
        }
    }

    fn fail(&mut self, kind: FrameErrorKind) -> FrameError {
        self.failed = Some(kind);
        self.held = BytesMut::new();
        self.error(kind)
    }

    const fn error(&self, kind: FrameErrorKind) -> FrameError {
        FrameError {
            kind,
            limit_bytes: self.max_message_bytes,
        }
    }
}

/// The message of a frame that lies whole in the chunk.
fn whole(chunk: &mut Bytes, length: usize) -> Option<Bytes> {
    let end = PREFIX_BYTES.checked_add(length)?;
    if chunk.len() < end {
        return None;
    }
    let mut message = chunk.split_to(end);
    message.advance(PREFIX_BYTES);
    Some(message)
}

/// A body that is not one of messages that can be read here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError {
    kind: FrameErrorKind,
    limit_bytes: usize,
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FrameErrorKind {
    /// A message is compressed: gRPC says `UNIMPLEMENTED` to it.
    Compressed,
    /// A message is longer than the limit: `RESOURCE_EXHAUSTED`.
    TooLarge,
    /// The body ended within a message: `INTERNAL`.
    Truncated,
}

// === impl FrameError ===

impl FrameError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> FrameErrorKind {
        self.kind
    }

    /// The number that `grpc-status` has for it.
    #[must_use]
    pub const fn grpc_status(&self) -> u32 {
        match self.kind {
            FrameErrorKind::Compressed => 12,
            FrameErrorKind::TooLarge => 8,
            FrameErrorKind::Truncated => 13,
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            FrameErrorKind::Compressed => {
                f.write_str("the message is compressed; send it with the encoding identity")
            }
            FrameErrorKind::TooLarge => {
                write!(f, "the message is larger than {} bytes", self.limit_bytes)
            }
            FrameErrorKind::Truncated => f.write_str("the body ends within a message"),
        }
    }
}

impl StdError for FrameError {}

impl From<FrameError> for Error {
    fn from(error: FrameError) -> Self {
        let kind = match error.kind {
            FrameErrorKind::Compressed => ErrorKind::MethodNotAllowed,
            FrameErrorKind::TooLarge => ErrorKind::TooLarge,
            FrameErrorKind::Truncated => ErrorKind::InvalidRequest,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(
        chunks: impl IntoIterator<Item = Bytes>,
        limit: usize,
    ) -> Result<Vec<Bytes>, FrameError> {
        let mut decoder = FrameDecoder::new(limit);
        let mut messages = Vec::new();
        for mut chunk in chunks {
            while let Some(message) = decoder.next_message(&mut chunk)? {
                messages.push(message);
            }
            assert!(chunk.is_empty());
        }
        decoder.finish()?;
        Ok(messages)
    }

    #[test]
    fn a_whole_message_is_a_slice_of_its_chunk() {
        let chunk = frame(b"hello").unwrap();
        let messages = decode([chunk.clone()], 5).unwrap();
        assert_eq!(messages, [&b"hello"[..]]);
        assert_eq!(messages[0].as_ptr(), chunk[PREFIX_BYTES..].as_ptr());
    }

    #[test]
    fn refuses_what_is_compressed_too_long_or_cut_off() {
        for (body, kind) in [
            (&b"\x01\0\0\0\x01a"[..], FrameErrorKind::Compressed),
            (b"\0\0\0\0\x06abcdef", FrameErrorKind::TooLarge),
            (b"\0\xff\xff\xff\xff", FrameErrorKind::TooLarge),
            (b"\0\0\0\0", FrameErrorKind::Truncated),
            (b"\0\0\0\0\x02a", FrameErrorKind::Truncated),
        ] {
            let whole = decode([Bytes::from_static(body)], 5).unwrap_err();
            assert_eq!(whole.kind(), kind);
            let bytes = body.iter().map(|byte| Bytes::copy_from_slice(&[*byte]));
            assert_eq!(decode(bytes, 5).unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn stays_failed() {
        let mut decoder = FrameDecoder::new(5);
        for body in [&b"\x01\0\0\0\0"[..], b"\0\0\0\0\0"] {
            let error = decoder
                .next_message(&mut Bytes::from_static(body))
                .unwrap_err();
            assert_eq!(error.kind(), FrameErrorKind::Compressed);
        }
        assert_eq!(decoder.finish().unwrap_err().grpc_status(), 12);
    }

    #[test]
    fn a_length_alone_takes_no_memory() {
        let mut decoder = FrameDecoder::new(usize::MAX);
        let mut chunk = Bytes::from_static(b"\0\xff\xff\xff\xffabc");
        assert_eq!(decoder.next_message(&mut chunk).unwrap(), None);
        assert!(decoder.held.capacity() <= 2 * RESERVED_BYTES);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_messages(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6),
            cuts in proptest::collection::vec(0_usize..200, 0..12),
        ) {
            let mut body = BytesMut::new();
            for message in &messages {
                body.extend_from_slice(&frame(message).unwrap());
            }
            let mut body = body.freeze();
            let mut chunks = Vec::new();
            for cut in cuts {
                chunks.push(body.split_to(cut.min(body.len())));
            }
            chunks.push(body);
            prop_assert_eq!(decode(chunks, 40).unwrap(), messages);
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            chunks in proptest::collection::vec(proptest::collection::vec(0_u8..4, 0..20), 0..6),
        ) {
            let whole: Bytes = chunks.concat().into();
            let split = decode(chunks.into_iter().map(Bytes::from), 10);
            prop_assert_eq!(decode([whole], 10), split);
        }
    }
}
