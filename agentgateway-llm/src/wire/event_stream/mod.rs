//! The binary framing of Amazon's event streams, `application/vnd.amazon.eventstream`. Sans-IO.
//!
//! All numbers are big-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of the frame, with everything |
//! | 4 | length of the headers |
//! | 4 | CRC-32 of the eight bytes before |
//! | … | headers: length of the name (1), name, type (1), value; those of varying length behind their length (2) |
//! | … | payload |
//! | 4 | CRC-32 of all bytes before |
//!
//! A frame is shown when it is whole and both sums are right: nothing of a torn one is ever read.
//!
//! # Source
//! Smithy specification, Event stream specification, `application/vnd.amazon.eventstream`; limits: botocore,
//! `eventstream.py`.

mod decoder;
mod encoder;
mod error;
mod frame;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    decoder::FrameDecoder,
    encoder::{write_event, write_exception},
    error::FrameError,
    frame::Frame,
};

/// The longest frame, in bytes.
pub(crate) const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes that the headers of a frame may have.
pub(crate) const MAX_HEADERS_BYTES: usize = 128 * 1024;

/// The lengths and their sum, in bytes.
const PRELUDE_BYTES: usize = 12;
/// The sum at the end, in bytes.
const SUM_BYTES: usize = 4;

/// The media type of such a stream.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";
/// What an event is: the name of its member in the union of events.
pub(crate) const EVENT_TYPE: &str = ":event-type";
/// What an exception is.
pub(crate) const EXCEPTION_TYPE: &str = ":exception-type";
/// `event`, `exception` or `error`.
pub(crate) const MESSAGE_TYPE: &str = ":message-type";
/// The media type of the payload.
pub(crate) const CONTENT_TYPE: &str = ":content-type";
/// The code of an error that the service did not model.
pub(crate) const ERROR_CODE: &str = ":error-code";
/// Its words.
pub(crate) const ERROR_MESSAGE: &str = ":error-message";
