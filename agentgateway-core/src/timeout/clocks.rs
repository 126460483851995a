use std::time::Duration;

use http::Extensions;
use tokio::time::Instant;

use crate::context::Arrived;

/// How long an answer and its parts may take. `None` is for ever, and the default of each.
///
/// See the [module](crate::timeout) for what happens at each limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    head: Option<Duration>,
    stream_head: Option<Duration>,
    first: Option<Duration>,
    gap: Option<Duration>,
    request: Option<Duration>,
    attempt: Option<Duration>,
}

impl Clocks {
    /// No limit.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            head: None,
            stream_head: None,
            first: None,
            gap: None,
            request: None,
            attempt: None,
        }
    }

    /// From the sending of the request to the head of an answer in one piece. Such a head often comes
    /// when all the work is done.
    #[must_use]
    pub const fn head(mut self, limit: Option<Duration>) -> Self {
        self.head = limit;
        self
    }

    /// From the sending of the request to the head of a stream.
    #[must_use]
    pub const fn stream_head(mut self, limit: Option<Duration>) -> Self {
        self.stream_head = limit;
        self
    }

    /// From the sending of the request to the first byte of a stream's body: of its first event, or of
    /// a comment before it.
    ///
    /// A service may send the head at once and then think. It runs while a reader waits.
    #[must_use]
    pub const fn first_byte(mut self, limit: Option<Duration>) -> Self {
        self.first = limit;
        self
    }

    /// Between two pieces of a body, while a reader waits: see
    /// [`StallTimeout`](crate::body::StallTimeout).
    #[must_use]
    pub const fn gap(mut self, limit: Option<Duration>) -> Self {
        self.gap = limit;
        self
    }

    /// From the [arrival](Arrived) of the request, as its extensions tell, to the end of the answer.
    /// Where they do not tell, from the sending.
    #[must_use]
    pub const fn request(mut self, limit: Option<Duration>) -> Self {
        self.request = limit;
        self
    }

    /// From the sending of the request to the end of the answer. With retries outside it holds for
    /// each attempt.
    #[must_use]
    pub const fn attempt(mut self, limit: Option<Duration>) -> Self {
        self.attempt = limit;
        self
    }

    /// These two in the place of the limits to the head and to the first byte. Without either nothing
    /// is limited, gaps neither: who asks for as long as it likes gets it.
    #[must_use]
    pub fn to_the_end(self, request: Option<Duration>, attempt: Option<Duration>) -> Self {
        let is_limited = request.is_some() || attempt.is_some();
        Self {
            gap: self.gap.filter(|_| is_limited),
            request,
            attempt,
            ..Self::new()
        }
    }

    /// When all is to be over, of a request that is sent now.
    pub(super) fn end(&self, extensions: &Extensions, now: Instant) -> Option<Instant> {
        let arrived = extensions.get::<Arrived>();
        let arrived = arrived.map_or(now, |arrived| arrived.moment());
        let request = self.request.and_then(|limit| arrived.checked_add(limit));
        let attempt = self.attempt.and_then(|limit| now.checked_add(limit));
        earlier(request, attempt)
    }

    /// When the head is to be there, but for the end.
    pub(super) fn until_head(&self, streams: bool, now: Instant) -> Option<Instant> {
        let limit = if streams { self.stream_head } else { self.head };
        let head = limit.and_then(|limit| now.checked_add(limit));
        earlier(head, self.until_first_byte(streams, now))
    }

    pub(super) fn until_first_byte(&self, streams: bool, now: Instant) -> Option<Instant> {
        let limit = self.first.filter(|_| streams)?;
        now.checked_add(limit)
    }

    pub(super) const fn between_pieces(&self) -> Option<Duration> {
        self.gap
    }
}

pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    [one, other].into_iter().flatten().min()
}
