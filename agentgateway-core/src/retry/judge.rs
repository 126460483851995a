use std::{fmt, sync::Arc};

use http::{StatusCode, request, response};

use crate::{
    context::CallView,
    error::{Error, ErrorKind, Origin},
    upstream::Idempotent,
};

/// Decides what is worth another attempt, and what may have one.
pub trait Judge {
    /// Whether this request has more than one attempt at all. Where not, nothing of it is kept.
    fn applies(&self, request: &request::Parts) -> bool {
        let _ = request;
        true
    }

    /// Whether the request may be sent again though nobody knows what became of the first attempt.
    /// Default: [`is_safe`].
    ///
    /// What was provably [not processed](Error::is_unprocessed) is sent again without asking this.
    fn is_safe(&self, request: &request::Parts) -> bool {
        is_safe(request)
    }

    /// The head of an answer has come.
    fn answer(&self, request: &request::Parts, answer: &response::Parts) -> Verdict;

    /// There was no answer.
    fn error(&self, request: &request::Parts, error: &Error) -> Verdict;
}

/// What a [`Judge`] says of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// This is the answer.
    Keep,
    /// Another attempt may do better.
    Again,
    /// Another attempt may do better, if the service says when: by `Retry-After`.
    WhenTold,
}

/// Whether sending a request twice does no more than sending it once: its method is idempotent, its
/// protocol says so of the call ([`CallFacts::is_safe`](crate::context::CallFacts::is_safe)), or who
/// sends it does ([`Idempotent`]).
///
/// # Source
/// RFC 9110, section 9.2.2 (Idempotent Methods).
#[must_use]
pub fn is_safe(request: &request::Parts) -> bool {
    let extensions = &request.extensions;
    let call = extensions.get::<CallView>();
    request.method.is_idempotent()
        || extensions.get::<Idempotent>().is_some()
        || call.is_some_and(|call| call.is_safe(extensions))
}

/// The default: faults that another attempt may not meet.
///
/// | what came | verdict |
/// |---|---|
/// | 502, 503, 504 ([`statuses`](Self::statuses)) | again |
/// | 429 | again, if it says when |
/// | `Unavailable` or `Timeout` of the upstream's origin: no connection, a broken one, too late | again |
/// | `RateLimited` or `Overloaded` of the upstream's origin | again, if it says when |
/// | all else | that is the answer |
///
/// # Source
/// RFC 9110, section 15.6 (502, 503, 504); RFC 6585, section 4 (429).
#[derive(Clone)]
pub struct Transient {
    statuses: Vec<StatusCode>,
    when: Option<Arc<OnAnswer>>,
    only: Option<Arc<OnRequest>>,
    any_method: bool,
}

type OnAnswer = dyn Fn(&request::Parts, &response::Parts) -> bool + Send + Sync;
type OnRequest = dyn Fn(&request::Parts) -> bool + Send + Sync;

impl Transient {
    /// The defaults of the table.
    #[must_use]
    pub fn new() -> Self {
        Self {
            statuses: vec![
                StatusCode::BAD_GATEWAY,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::GATEWAY_TIMEOUT,
            ],
            when: None,
            only: None,
            any_method: false,
        }
    }

    /// These statuses in the place of 502, 503 and 504. One of 429 is then tried again also when it
    /// does not say when.
    #[must_use]
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.statuses = statuses.into_iter().collect();
        self
    }

    /// Tries again also what this is true for. Default: nothing.
    #[must_use]
    pub fn or_when(
        mut self,
        is_transient: impl Fn(&request::Parts, &response::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.when = Some(Arc::new(is_transient));
        self
    }

    /// Only the requests for which this is true have more than one attempt. Default: all.
    #[must_use]
    pub fn only(
        mut self,
        condition: impl Fn(&request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.only = Some(Arc::new(condition));
        self
    }

    /// Takes requests for safe whatever their method, where no protocol says more of them. Default:
    /// idempotent methods alone.
    ///
    /// A typed call stays what its protocol says of it: a tool is never run twice, a message to an
    /// agent never sent twice.
    #[must_use]
    pub const fn any_method(mut self) -> Self {
        self.any_method = true;
        self
    }
}

impl Default for Transient {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Transient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transient")
            .field("statuses", &self.statuses)
            .field("any_method", &self.any_method)
            .finish_non_exhaustive()
    }
}

impl Judge for Transient {
    fn applies(&self, request: &request::Parts) -> bool {
        self.only.as_ref().is_none_or(|only| only(request))
    }

    fn is_safe(&self, request: &request::Parts) -> bool {
        let is_call = request.extensions.get::<CallView>().is_some();
        is_safe(request) || (self.any_method && !is_call)
    }

    fn answer(&self, request: &request::Parts, answer: &response::Parts) -> Verdict {
        let named = self.statuses.contains(&answer.status);
        if named || self.when.as_ref().is_some_and(|when| when(request, answer)) {
            Verdict::Again
        } else if answer.status == StatusCode::TOO_MANY_REQUESTS {
            Verdict::WhenTold
        } else {
            Verdict::Keep
        }
    }

    fn error(&self, _: &request::Parts, error: &Error) -> Verdict {
        if error.origin() != Origin::Upstream {
            return Verdict::Keep;
        }
        match error.kind() {
            ErrorKind::Unavailable | ErrorKind::Timeout => Verdict::Again,
            ErrorKind::RateLimited | ErrorKind::Overloaded => Verdict::WhenTold,
            _ => Verdict::Keep,
        }
    }
}
