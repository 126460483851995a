use std::{borrow::Cow, error::Error as StdError, fmt};

use bytes::BytesMut;

use super::{
    super::{Fault, LossReport},
    Event,
};

/// Reads one provider's stream. It keeps the [grammar](super), and holds no more than one unfinished event of the
/// provider's.
pub trait StreamDecoder: fmt::Debug + Send {
    /// Reads a chunk, cut anywhere, and hands on what is complete.
    ///
    /// # Errors
    /// The stream cannot be read. Nothing more may be fed.
    fn feed(&mut self, chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError>;

    /// The body has ended.
    ///
    /// # Errors
    /// [`CodecError::Truncated`] when the end marker was not seen, and no fault was told.
    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError>;
}

/// Writes one client's stream.
pub trait StreamEncoder: fmt::Debug + Send {
    /// Writes an event behind what `out` holds.
    ///
    /// # Errors
    /// The event cannot be written, or breaks the grammar.
    fn encode(&mut self, event: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError>;

    /// Writes an error of the gateway's own, or the provider's, as the dialect's error event. The stream ends
    /// behind it without its end marker.
    fn fail(&mut self, fault: &Fault, out: &mut BytesMut);

    /// What had no place, so far.
    fn losses(&self) -> LossReport;
}

/// Takes events one by one.
pub trait EventSink {
    /// Takes one.
    ///
    /// # Errors
    /// It cannot be taken; reading stops.
    fn event(&mut self, event: Event<'_>) -> Result<(), CodecError>;
}

impl EventSink for Vec<Event<'static>> {
    fn event(&mut self, event: Event<'_>) -> Result<(), CodecError> {
        self.push(event.into_owned());
        Ok(())
    }
}

impl<F> EventSink for F
where
    F: FnMut(Event<'_>) -> Result<(), CodecError>,
{
    fn event(&mut self, event: Event<'_>) -> Result<(), CodecError> {
        self(event)
    }
}

/// Why a stream cannot be read or written. Nothing of it is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// It ended without its end marker.
    Truncated,
    /// An event is over its limit.
    TooLarge,
    /// It is none of its dialect, for this reason.
    Malformed(Cow<'static, str>),
}

// === impl CodecError ===

impl CodecError {
    /// It is none of its dialect.
    #[must_use]
    pub fn malformed(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(reason.into())
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the provider's stream ended without its end marker"),
            Self::TooLarge => f.write_str("an event of the provider's stream is too large"),
            Self::Malformed(reason) => write!(f, "the provider's stream cannot be read: {reason}"),
        }
    }
}

impl StdError for CodecError {}

impl From<super::super::Refused> for CodecError {
    fn from(refused: super::super::Refused) -> Self {
        Self::Malformed(refused.message().to_owned().into())
    }
}
