//! Server-sent events, as a codec that does no I/O.
//!
//! [`SseDecoder`] cuts a byte stream into frames, [`SseMessage`] writes one event.
//!
//! # Behaviour
//!
//! The decoder follows the event stream rules of WHATWG HTML: LF, CR and CRLF all end a line, also
//! mixed and also torn between two chunks; a byte order mark may stand at the start of the stream;
//! several `data` lines are joined with a line feed; comments and unknown fields are skipped. It
//! differs in what it is for. A gateway forwards the bytes it was given and only looks at the
//! events in them, so
//!
//! * what a frame holds are bytes, not text: nothing is replaced when it is not UTF-8;
//! * blocks that dispatch nothing are frames too ([`SseFrame::Quiet`]), because they are forwarded;
//! * the input slice tells where each frame ends, and [`SseDecoder::at_boundary`] tells whether an
//!   event of the gateway's own may be written now;
//! * there is a limit on the bytes of one block, and an error ([`EventTooLarge`]) when it is passed.
//!
//! However a stream is cut into chunks, its frames are the same, and so are the places where they
//! end. The one exception is a CRLF whose LF comes in a later chunk: the frame then ends behind the
//! CR, since nobody can know that an LF will follow, and the LF belongs to no frame.
//!
//! # Cost
//!
//! Each byte is looked at twice, both times by a vectorised search. An event that lies in one chunk
//! and has one `data` line is borrowed from the chunk: no copy, no allocation. An event that is
//! torn between chunks is gathered in one buffer, several `data` lines are joined in another; both
//! are kept for the next event, and given back when an event made them large.
//!
//! # Errors
//!
//! [`EventTooLarge`] is the only one: any bytes are a valid event stream.
//!
//! # Example
//!
//! ```
//! use agentgateway_core::sse::{SseDecoder, SseFrame};
//!
//! let mut decoder = SseDecoder::new();
//! let mut seen = Vec::new();
//! for chunk in ["event: greeting\nda", "ta: hello\n\n: still here\n"] {
//!     let mut input = chunk.as_bytes();
//!     while let Some(frame) = decoder.decode(&mut input)? {
//!         if let SseFrame::Event(event) = frame {
//!             seen.push((event.event().to_owned(), event.data().to_vec()));
//!         }
//!     }
//! }
//! assert_eq!(seen, [("greeting".to_owned(), b"hello".to_vec())]);
//! assert!(decoder.at_boundary());
//! # Ok::<(), agentgateway_core::sse::EventTooLarge>(())
//! ```
//!
//! # Source
//!
//! WHATWG HTML, Server-sent events, "Parsing an event stream" and "Interpreting an event stream".

mod decoder;
mod error;
mod event;
mod message;

#[cfg(test)]
mod tests;

pub(crate) use self::decoder::DEFAULT_MAX_EVENT_BYTES;
pub use self::{
    decoder::SseDecoder,
    error::EventTooLarge,
    event::{SseEvent, SseFrame},
    message::{KEEP_ALIVE, SseMessage},
};
