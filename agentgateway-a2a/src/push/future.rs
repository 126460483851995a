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

#[cfg(feature = "relay")]
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
        Answered { answer: Option<Result<Response<Body>, Error>> },
        #[cfg(feature = "relay")]
        Read { future: Answering },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn inner(future: F) -> Self {
        Self {
            state: State::Inner { future },
        }
    }

    pub(super) const fn answered(answer: Result<Response<Body>, Error>) -> Self {
        Self {
            state: State::Answered {
                answer: Some(answer),
            },
        }
    }

    /// The answer is read on its way.
    #[cfg(feature = "relay")]
    pub(super) const fn read(future: Answering) -> Self {
        Self {
            state: State::Read { future },
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
        Poll::Ready(match self.project().state.project() {
            StateProj::Inner { future } => ready!(future.poll(cx))
                .map(|answer| answer.map(Body::new))
                .map_err(|error| Error::from_boxed(error.into())),
            StateProj::Answered { answer } => match answer.take() {
                Some(answer) => answer,
                None => return Poll::Pending,
            },
            #[cfg(feature = "relay")]
            StateProj::Read { future } => return future.as_mut().poll(cx),
        })
    }
}

impl<F> std::fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
