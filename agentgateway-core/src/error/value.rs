use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

use http::{
    Extensions, HeaderMap, HeaderValue, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::{ErrorKind, Origin, classify};
use crate::context::RequestId;

/// Any error that may cross a thread.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The one error that crosses rooms.
///
/// `Display` is [`message`](Self::message): it is sent to clients, so it holds no secret and no URL
/// with a query, nor where within a network something is. What only an operator may read is
/// [`detail`](Self::detail), and in `source()`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    origin: Origin,
    retry_after: Option<Duration>,
    unprocessed: bool,
    message: Cow<'static, str>,
    /// What few errors have.
    more: Option<Box<More>>,
    source: Option<BoxError>,
}

#[derive(Clone, Debug, Default)]
struct More {
    challenge: Option<HeaderValue>,
    decided_by: Option<Arc<str>>,
    detail: Option<Box<str>>,
    headers: HeaderMap,
    request_id: Option<RequestId>,
    type_name: Option<&'static str>,
}

impl Error {
    /// An error of this kind, with the words that the client will read.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            origin: kind.origin(),
            retry_after: None,
            unprocessed: false,
            message: message.into(),
            more: None,
            source: None,
        }
    }

    /// Finds out what a foreign error means, by walking its sources.
    ///
    /// An [`Error`] anywhere in the chain is taken as it is; tower's and tokio's
    /// `Elapsed` are a [`Timeout`](ErrorKind::Timeout), tower's `Overloaded` is
    /// [`Overloaded`](ErrorKind::Overloaded), a length limit is [`TooLarge`](ErrorKind::TooLarge),
    /// an I/O error says what its kind says. All else is [`Unavailable`](ErrorKind::Unavailable):
    /// the service failed, and its words are kept from the client as `source()`.
    #[must_use]
    pub fn from_boxed(error: BoxError) -> Self {
        classify::classify(error)
    }

    /// Says whose word it is. Default: what [`ErrorKind::origin`] says.
    #[must_use]
    pub const fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Tells the client when to try again. Default: nothing is told.
    #[must_use]
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Says that the service has done nothing of the request: there was no connection to send it on,
    /// not a byte of it was sent, or the service says that it has not looked at it. Default: it may
    /// have done all of it.
    ///
    /// Such a request may be sent again, whatever its method.
    ///
    /// # Source
    /// RFC 9110, section 9.2.2: "some means to detect that the original request was never applied".
    #[must_use]
    pub const fn with_unprocessed(mut self) -> Self {
        self.unprocessed = true;
        self
    }

    /// Tells the client how to authenticate: the value of `WWW-Authenticate` (RFC 9110, 11.6.1).
    /// Default: nothing is told.
    #[must_use]
    pub fn with_challenge(mut self, challenge: HeaderValue) -> Self {
        self.more.get_or_insert_default().challenge = Some(challenge);
        self
    }

    /// Names the policy, and in it the rule, that decided so: for logs and spans, never for the client.
    #[must_use]
    pub fn with_decided_by(mut self, rule: impl Into<Arc<str>>) -> Self {
        self.more.get_or_insert_default().decided_by = Some(rule.into());
        self
    }

    /// Says more to the operator than to the client, such as which service it was: for logs and spans, never for the
    /// client. No secret, and no URL with a query. Default: nothing more.
    #[must_use]
    pub fn with_detail(mut self, words: impl Into<Box<str>>) -> Self {
        self.more.get_or_insert_default().detail = Some(words.into());
        self
    }

    /// Adds fields to the head of the answer that says it. Default: none.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.more.get_or_insert_default().headers.extend(headers);
        self
    }

    /// Says which of several errors of its kind it is, for `error.type` in spans, logs and metrics: a short stable
    /// name. Default: the kind's.
    #[must_use]
    pub fn with_type_name(mut self, name: &'static str) -> Self {
        self.more.get_or_insert_default().type_name = Some(name);
        self
    }

    /// Tells the client the id of its request, where its protocol has a place for one. Default: none.
    ///
    /// The protocol layers and [`RescueLayer`](crate::rescue::RescueLayer) set it themselves.
    #[must_use]
    pub fn with_request_id(mut self, id: RequestId) -> Self {
        self.more.get_or_insert_default().request_id = Some(id);
        self
    }

    /// Takes the request's id from its extensions, if it has one.
    pub(crate) fn of_request(self, extensions: &Extensions) -> Self {
        match extensions.get::<RequestId>() {
            Some(id) => self.with_request_id(id.clone()),
            None => self,
        }
    }

    /// Keeps the cause, for logs.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whose word it is.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// How long the client should wait before it tries again.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the service has provably done nothing of the request. False where nobody knows.
    #[must_use]
    pub const fn is_unprocessed(&self) -> bool {
        self.unprocessed
    }

    /// How the client should authenticate.
    #[must_use]
    pub fn challenge(&self) -> Option<&HeaderValue> {
        self.more.as_ref()?.challenge.as_ref()
    }

    /// The policy, and in it the rule, that decided so.
    #[must_use]
    pub fn decided_by(&self) -> Option<&Arc<str>> {
        self.more.as_ref()?.decided_by.as_ref()
    }

    /// What the operator reads in the place of the [message](Self::message), where that is more.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.more.as_ref()?.detail.as_deref()
    }

    /// What `error.type` is in spans, logs and metrics.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        let own = self.more.as_ref().and_then(|more| more.type_name);
        own.unwrap_or(self.kind.as_str())
    }

    /// The id of the request that it is about.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.more.as_ref()?.request_id.as_ref()
    }

    /// Writes what an HTTP answer says of an error in its head: `Retry-After`, in whole seconds
    /// rounded up, `WWW-Authenticate`, and the [fields](Self::with_headers) that were added.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        if let Some(delay) = self.retry_after {
            let seconds = delay
                .as_secs()
                .saturating_add(u64::from(delay.subsec_nanos() > 0));
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, challenge.clone());
        }
        if let Some(more) = &self.more {
            headers.extend(more.headers.clone());
        }
    }

    /// The same error without its cause, as it is said again by who has only a reference.
    pub(crate) fn copy(&self) -> Self {
        Self {
            message: self.message.clone(),
            more: self.more.clone(),
            source: None,
            ..*self
        }
    }

    /// The words that the client reads.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status that says this error.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<BoxError> for Error {
    fn from(error: BoxError) -> Self {
        Self::from_boxed(error)
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
