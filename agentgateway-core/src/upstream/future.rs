use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use pin_project_lite::pin_project;

use super::{
    body::Failure,
    failure::{Target, broken_body},
    hop::strip_hop_headers,
};
use crate::{
    body::Body,
    error::{Error, ErrorKind},
};

pin_project! {
    /// The answer to one request of a [`Client`](super::Client), up to its head.
    ///
    /// # Cancel safety
    ///
    /// Dropping it ends the exchange upstream.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture {
        #[pin]
        state: State,
    }
}

pin_project! {
    #[project = StateProj]
    enum State {
        Failed { error: Option<Error> },
        Sending {
            #[pin]
            response: legacy::ResponseFuture,
            target: Target,
            failure: Option<Failure>,
        },
    }
}

impl ResponseFuture {
    pub(super) const fn failed(error: Error) -> Self {
        Self {
            state: State::Failed { error: Some(error) },
        }
    }

    pub(super) const fn sending(
        response: legacy::ResponseFuture,
        target: Target,
        failure: Option<Failure>,
    ) -> Self {
        Self {
            state: State::Sending {
                response,
                target,
                failure,
            },
        }
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Failed { error } => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                None => Poll::Pending,
            },
            StateProj::Sending {
                response,
                target,
                failure,
            } => {
                let answer = match ready!(response.poll(cx)) {
                    Ok(response) => forwarded(response, target),
                    Err(error) => {
                        // What the request's own body said comes before what followed from it.
                        let own = failure.as_ref().and_then(Failure::take);
                        Err(own.unwrap_or_else(|| target.failed(error)))
                    }
                };
                Poll::Ready(answer)
            }
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

fn forwarded(mut response: Response<Incoming>, target: &Target) -> Result<Response<Body>, Error> {
    // `Upgrade` was not sent, so nobody asked for another protocol.
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(Error::new(
            ErrorKind::BadAnswer,
            format!("{target} switched to a protocol that was not asked for"),
        ));
    }
    strip_hop_headers(response.headers_mut());
    Ok(response.map(|body| Body::new(body.map_err(broken_body))))
}
