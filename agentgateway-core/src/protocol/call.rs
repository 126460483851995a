use std::fmt;

use bytes::Bytes;
use http::{Response, request};

use crate::{
    context::CallFacts,
    error::Error,
    rescue::{Dialect, Watch},
};

/// What one protocol brings to the shared engine.
pub trait Protocol: Clone + Send + Sync + 'static {
    /// The typed view of one request that policies and middleware read.
    type Call: CallFacts + Clone;
    /// How errors are said.
    type Dialect: Dialect;
    /// What looks at the answer of one call.
    type Watch: Watch;

    /// How errors are said.
    fn dialect(&self) -> &Self::Dialect;

    /// Whom an error concerns when the body was not read.
    fn stranger(&self, head: &request::Parts) -> <Self::Dialect as Dialect>::Subject;

    /// Whom an error concerns when the body was read and is no call. Default: as though it was not
    /// read.
    fn stranger_with(
        &self,
        head: &request::Parts,
        body: &Bytes,
    ) -> <Self::Dialect as Dialect>::Subject {
        let _ = body;
        self.stranger(head)
    }

    /// What this protocol answers by itself, before anything else is asked: a document of its own at a
    /// well-known path. Nobody inside sees the request. Default: nothing.
    fn answer(&self, head: &request::Parts) -> Option<Response<Bytes>> {
        let _ = head;
        None
    }

    /// Decides from the head alone what happens to the request.
    ///
    /// # Errors
    /// A request that this protocol refuses from its head is answered with the rejection.
    fn look(&self, head: &mut request::Parts) -> Result<Look<Self::Call>, Rejection>;

    /// Parses the whole body.
    ///
    /// # Errors
    /// A body that is not a request of this protocol is answered with the rejection.
    fn parse(&self, head: &mut request::Parts, body: &Bytes) -> Result<Self::Call, Rejection>;

    /// What an error answer to this call echoes.
    fn subject(&self, call: &Self::Call) -> <Self::Dialect as Dialect>::Subject;

    /// The call, which stands in the head's extensions now, goes inward: what looks at its answer. The call's
    /// span, if any, begins here.
    fn watch(&self, head: &request::Parts, call: &Self::Call) -> Self::Watch;

    /// Whether the call may go inward, when it has begun to be watched. Default: each may.
    ///
    /// # Errors
    /// The call is answered with the rejection, and its watch is told that it failed.
    fn admit(&self, head: &request::Parts, call: &Self::Call) -> Result<(), Rejection> {
        let _ = (head, call);
        Ok(())
    }

    /// The span in which the inner service runs.
    fn span(&self, watch: &Self::Watch) -> tracing::Span {
        let _ = watch;
        tracing::Span::none()
    }

    /// A request was refused by the protocol itself, or its client left before it was whole
    /// ([`Canceled`](crate::ErrorKind::Canceled)): there is no call and no watch.
    fn rejected(&self, head: &request::Parts, error: &Error) {
        let _ = (head, error);
    }
}

/// What happens to a request, decided from its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Look<C> {
    /// It is not this protocol's business: it passes untouched and without a call. Errors are
    /// answered all the same.
    Pass,
    /// The head says everything.
    Call(C),
    /// Read the body and parse it.
    Body {
        /// A longer body is refused with 413.
        limit_bytes: usize,
    },
}

/// A request that the protocol refuses, and how its answer says so.
pub struct Rejection(Box<Inner>);

struct Inner {
    error: Error,
    say: Say,
}

type Say = Box<dyn FnOnce(&Error) -> Response<Bytes> + Send>;

impl Rejection {
    /// Refuses with this error, which logs and spans read; `say` makes the answer of it.
    ///
    /// What `say` is given knows more than `error` does: the [id](Error::request_id) of the request.
    pub fn new(error: Error, say: impl FnOnce(&Error) -> Response<Bytes> + Send + 'static) -> Self {
        let say = Box::new(say);
        Self(Box::new(Inner { error, say }))
    }

    /// What was wrong.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.0.error
    }

    /// What was wrong with the request of this head, and the answer that says it.
    pub(super) fn answer(self, head: &request::Parts) -> (Error, Response<Bytes>) {
        let Inner { error, say } = *self.0;
        let error = error.of_request(&head.extensions);
        let response = say(&error);
        (error, response)
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejection").field(&self.0.error).finish()
    }
}
