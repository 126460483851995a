use std::{fmt, sync::Arc, time::Duration};

use http::StatusCode;
use tokio::time::Instant;

use crate::{body::End, error::Error};

/// One finished exchange, as it is told to [`OnFinished`].
///
/// Metrics, access logs, budgets and breakers read this one value.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished<'a, C, R> {
    /// The call, or `None` when the request was refused before it was one.
    pub call: Option<&'a C>,
    /// What the answer told: usage, error code, task state.
    pub report: &'a R,
    /// How the answer ended.
    pub end: End<'a>,
    /// The answer's status, when a head came.
    pub status: Option<StatusCode>,
    /// From the parsed request to the end of the answer.
    pub elapsed: Duration,
    /// From the parsed request to the first event of a stream.
    pub first_event: Option<Duration>,
    /// The call's span; disabled when nobody listens.
    pub span: &'a tracing::Span,
}

/// A callback that is told of each finished exchange, exactly once each.
///
/// It runs where the exchange ends, in a `poll` or a `drop`: it must not block.
pub struct OnFinished<C, R>(Option<Arc<dyn Fn(&Finished<'_, C, R>) + Send + Sync>>);

impl<C, R> OnFinished<C, R> {
    /// Calls `callback` for each exchange.
    pub fn new(callback: impl Fn(&Finished<'_, C, R>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    /// Whether there is somebody to tell.
    #[must_use]
    pub const fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    /// Tells of one exchange.
    pub fn tell(&self, finished: &Finished<'_, C, R>) {
        if let Some(callback) = &self.0 {
            callback(finished);
        }
    }

    /// Tells of a request that was refused before it was a call.
    pub fn tell_rejected(&self, report: &R, error: &Error) {
        self.tell(&Finished {
            call: None,
            report,
            end: End::Failed(error),
            status: Some(error.status()),
            elapsed: Duration::ZERO,
            first_event: None,
            span: &tracing::Span::none(),
        });
    }
}

impl<C, R> Default for OnFinished<C, R> {
    fn default() -> Self {
        Self(None)
    }
}

impl<C, R> Clone for OnFinished<C, R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C, R> fmt::Debug for OnFinished<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnFinished")
            .field(&self.0.is_some())
            .finish()
    }
}

/// The exchange of this answer is told to [`OnFinished`], in the answer's extensions.
///
/// Without it a layer has let the request pass: whoever keeps books outside counts it as plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Told;

/// The facts of one exchange that every protocol's watch keeps alike.
#[derive(Clone, Debug)]
pub struct Clock {
    begun: Instant,
    first_event: Option<Duration>,
    status: Option<StatusCode>,
}

impl Clock {
    /// The exchange begins now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            first_event: None,
            status: None,
        }
    }

    /// The answer's head has come.
    pub const fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// An event has come; the first one is remembered.
    pub fn event(&mut self) {
        if self.first_event.is_none() {
            self.first_event = Some(self.begun.elapsed());
        }
    }

    /// How long the first event took, when one came.
    #[must_use]
    pub const fn first_event(&self) -> Option<Duration> {
        self.first_event
    }

    /// The answer's status, when a head came.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// The finished exchange, ready to be told.
    pub fn finished<'a, C, R>(
        &self,
        call: &'a C,
        report: &'a R,
        end: End<'a>,
        span: &'a tracing::Span,
    ) -> Finished<'a, C, R> {
        Finished {
            call: Some(call),
            report,
            end,
            status: self.status,
            elapsed: self.begun.elapsed(),
            first_event: self.first_event,
            span,
        }
    }
}
