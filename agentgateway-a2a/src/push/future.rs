use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{Body, BoxError, Error};
use bytes::Bytes;
use http::Response;
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;

use crate::upstream::Answering;

pin_project! {
    /// The answer of [`PushGuarded`](super::PushGuarded), or of a relay's layer.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Inner { #[pin] future: F },
        Own { future: Answering },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn inner(future: F) -> Self {
        Self {
            state: State::Inner { future },
        }
    }

    /// This is the answer.
    pub(super) fn answered(answer: Result<Response<Body>, Error>) -> Self {
        Self::own(Box::pin(std::future::ready(answer)))
    }

    /// What gives the answer is the layer's own.
    pub(super) const fn own(future: Answering) -> Self {
        Self {
            state: State::Own { future },
        }
    }
}

impl<F, E, RB> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<Body>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Inner { future } => Poll::Ready(
                ready!(future.poll(cx))
                    .map(|answer| answer.map(Body::new))
                    .map_err(|error| Error::from_boxed(error.into())),
            ),
            StateProj::Own { future } => future.as_mut().poll(cx),
        }
    }
}

impl<F> std::fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
