use std::{
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response};

use crate::{
    body::End,
    error::Error,
    sse::{DEFAULT_MAX_EVENT_BYTES, SseEvent, SseMessage},
};

/// What is done with the body of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handling {
    /// Forward it; look at nothing but its end.
    Pass,
    /// Forward it, and show it to [`Watch::whole`] when it has ended.
    Whole {
        /// Over this size it is forwarded without being shown.
        limit_bytes: usize,
    },
    /// Forward it, and show each frame as it passes to [`Watch::data`] and [`Watch::trailers`]: for what is no
    /// event stream, such as gRPC.
    Frames,
    /// It is an event stream: show each event to [`Watch::event`].
    Events,
    /// It is a stream of messages in a framing of their own: show each piece to [`Watch::messages`]. What is not
    /// whole waits, so that an error can be told between two messages.
    Messages,
    /// Hold it, and send what [`Watch::rewrite`] makes of it.
    Rewrite {
        /// Over this size it is refused, or what [`Watch::over_limit`] says is sent.
        limit_bytes: usize,
    },
}

/// What is done with one event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Forward its bytes as they came.
    Keep,
    /// Leave it out.
    Drop,
    /// Send these bytes (a whole event, with its blank line) in its place.
    Replace(Bytes),
}

/// What of a stream of messages cannot be handed on, as the last message is not whole.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Unfinished {
    /// How many of the last bytes that came, in this piece and before, belong to no whole message. They wait for
    /// the next piece.
    pub bytes: usize,
    /// These bytes can never become a message: the stream ends with this error in their place.
    pub error: Option<Error>,
}

impl Unfinished {
    /// So many bytes wait.
    #[must_use]
    pub const fn waits(bytes: usize) -> Self {
        Self { bytes, error: None }
    }

    /// So many bytes are given up.
    #[must_use]
    pub const fn broken(bytes: usize, error: Error) -> Self {
        Self {
            bytes,
            error: Some(error),
        }
    }
}

/// How a stream stands when its body ends without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the rescue body acts on each")]
pub enum Ending {
    /// The end marker was seen.
    Complete,
    /// This stream has no end marker: it ends when the service ends it.
    Endless,
    /// The marker is missing: tell the client with an error event.
    Truncated,
    /// The marker is missing, and the protocol lets the client take the stream up again: pass the
    /// clean end on, and count it as truncated.
    Resumable,
}

/// What is done about a service that has nothing to send.
#[derive(Debug)]
#[non_exhaustive]
pub enum Silence {
    /// Send these bytes, which are whole by themselves: an event, or a comment. They stand between what the service
    /// has sent, never within.
    Break(Bytes),
    /// It has lasted too long: the stream ends with this error, as if its service had failed.
    Fail(Error),
}

/// Looks at one answer while it passes.
pub trait Watch: Send + 'static {
    /// The head has come. It may be changed; the default passes the body.
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        let _ = head;
        Handling::Pass
    }

    /// The whole body has passed ([`Handling::Whole`]).
    fn whole(&mut self, body: &[u8]) {
        let _ = body;
    }

    /// A piece of the body passes ([`Handling::Frames`]), cut as it came.
    fn data(&mut self, data: &Bytes) {
        let _ = data;
    }

    /// The trailers pass ([`Handling::Frames`]).
    fn trailers(&mut self, trailers: &HeaderMap) {
        let _ = trailers;
    }

    /// A piece of a stream of messages has come ([`Handling::Messages`]), cut anywhere. Answers what cannot be
    /// handed on yet; it is held, so the watch bounds the length of a message.
    fn messages(&mut self, data: &Bytes) -> Unfinished {
        let _ = data;
        Unfinished::default()
    }

    /// One event has come ([`Handling::Events`]).
    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        let _ = event;
        Verdict::Keep
    }

    /// The longest event that is let through, in bytes. Default: 2 MiB.
    ///
    /// Asked once, behind [`head`](Self::head). A longer event ends the stream with an error. While
    /// an event comes it is held, so this bounds the memory that a stream takes.
    fn max_event_bytes(&self) -> usize {
        DEFAULT_MAX_EVENT_BYTES
    }

    /// The whole body has come and waits ([`Handling::Rewrite`]): what shall be sent?
    ///
    /// # Errors
    /// The error becomes the answer, in the dialect's form.
    fn rewrite(&mut self, head: &mut response::Parts, body: Bytes) -> Result<Bytes, Error> {
        let _ = head;
        Ok(body)
    }

    /// The body that waits is over the limit of [`Handling::Rewrite`]: what shall be sent in its place? The
    /// rest of it is not read. Default: the error.
    ///
    /// # Errors
    /// The error becomes the answer, in the dialect's form.
    fn over_limit(&mut self, head: &mut response::Parts, error: Error) -> Result<Bytes, Error> {
        let _ = head;
        Err(error)
    }

    /// How the stream would stand if it ended now: was its end marker seen?
    fn ending(&self) -> Ending {
        Ending::Endless
    }

    /// The last word was said: how long the service has from now to end the event stream by itself. Then it is
    /// ended, as if the service had. Default: `None`, it goes on for as long as the service likes.
    ///
    /// Asked while the service has nothing to send. It needs a tokio runtime with a clock.
    fn closes_within(&self) -> Option<Duration> {
        None
    }

    /// The service has nothing to send ([`Handling::Events`], [`Handling::Messages`]): what is done about it, and when.
    /// Default: nothing, ever.
    ///
    /// Polled with the body while a reader waits, so that an alarm of its own wakes it.
    fn poll_silent(&mut self, cx: &mut Context<'_>) -> Poll<Silence> {
        let _ = cx;
        Poll::Pending
    }

    /// The event that tells this error inside the stream. `None` aborts the body.
    fn error_event(&self, error: &Error) -> Option<SseMessage>;

    /// The message that tells this error inside the stream ([`Handling::Messages`]). `None`, the default, aborts the
    /// body.
    fn error_message(&self, error: &Error) -> Option<Bytes> {
        let _ = error;
        None
    }

    /// The answer has ended. Called exactly once.
    fn end(&mut self, end: End<'_>) {
        let _ = end;
    }
}

/// Whether an answer of this status, or to a `HEAD` request, cannot have a body: whatever its head
/// says of one, nothing is to be looked for, and no error event may be written.
///
/// # Source
/// RFC 9112, section 6.3.
pub(crate) fn has_no_body(is_head: bool, status: StatusCode) -> bool {
    let bare = matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    );
    is_head || bare || status.is_informational()
}
