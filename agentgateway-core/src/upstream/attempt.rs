use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;

use crate::{
    error::{BoxError, Error, ErrorKind},
    media,
};

pin_project_lite::pin_project! {
    /// The future of a service that makes a request fit for an upstream, and sends or refuses it.
    ///
    /// # Cancel safety
    /// Dropping it drops the client's future.
    pub struct AttemptFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F> {
        Refused { error: Option<Error> },
        Sent { #[pin] future: F, refuses_pages: bool },
    }
}

impl<F> AttemptFuture<F> {
    /// The request does not go out.
    #[must_use]
    pub const fn refused(error: Error) -> Self {
        Self {
            state: State::Refused { error: Some(error) },
        }
    }

    /// The request is the client's now.
    pub const fn sent(future: F) -> Self {
        Self {
            state: State::Sent {
                future,
                refuses_pages: false,
            },
        }
    }

    /// The request is the client's now, and its answer is JSON or an event stream: an HTML page
    /// with a status of success (a captive portal, a firewall) is a
    /// [`BadAnswer`](ErrorKind::BadAnswer). A page that reports failure passes.
    pub const fn sent_for_data(future: F) -> Self {
        Self {
            state: State::Sent {
                future,
                refuses_pages: true,
            },
        }
    }
}

impl<F> fmt::Debug for AttemptFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptFuture").finish_non_exhaustive()
    }
}

impl<F, RB, E> Future for AttemptFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<RB>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            // Polled again after it was ready, which a future's contract forbids.
            StateProj::Refused { error } => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            StateProj::Sent {
                future,
                refuses_pages,
            } => Poll::Ready(match ready!(future.poll(cx)) {
                Ok(response) if *refuses_pages && is_page(&response) => Err(Error::new(
                    ErrorKind::BadAnswer,
                    "the service answered with an HTML page where JSON or an event stream was \
                     expected",
                )),
                Ok(response) => Ok(response),
                Err(error) => Err(Error::from_boxed(error.into())),
            }),
        }
    }
}

fn is_page<RB>(response: &Response<RB>) -> bool {
    response.status().is_success() && media::is_html(response.headers())
}
