use std::{error::Error as StdError, fmt};

use crate::error::{Error, ErrorKind, Origin};

/// An event of the stream is over the decoder's limit.
///
/// See [`SseDecoder::with_max_event_bytes`](super::SseDecoder::with_max_event_bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventTooLarge {
    /// The limit that was passed, in bytes.
    pub limit_bytes: usize,
}

impl fmt::Display for EventTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an event of the stream is over the limit of {} bytes",
            self.limit_bytes
        )
    }
}

impl StdError for EventTooLarge {}

impl From<EventTooLarge> for Error {
    fn from(error: EventTooLarge) -> Self {
        Self::new(ErrorKind::TooLarge, error.to_string())
            .with_origin(Origin::Upstream)
            .with_source(error)
    }
}
