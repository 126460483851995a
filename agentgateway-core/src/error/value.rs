use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use http::StatusCode;

use super::{ErrorKind, Origin, classify};

/// Any error that may cross a thread.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The one error that crosses rooms.
///
/// `Display` is [`message`](Self::message): it is sent to clients, so it holds no secret and no URL
/// with a query. What only an operator may read is in `source()`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    origin: Origin,
    retry_after: Option<Duration>,
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

impl Error {
    /// An error of this kind, with the words that the client will read.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            origin: kind.origin(),
            retry_after: None,
            message: message.into(),
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
