use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::{
    HeaderMap,
    header::{EXPECT, HeaderValue},
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::progress::Progress;
use crate::{
    error::{Error, ErrorKind},
    server::{activity::Activity, unread::MAX_UNREAD},
};

/// The body of a request, as the connection brings it.
///
/// A body that is dropped before its end is read on and thrown away, up to 256 KiB, so that the
/// client can take its answer; behind a longer one the connection is closed.
///
/// # Errors
///
/// [`Canceled`](ErrorKind::Canceled) when the client broke off,
/// [`RequestTimeout`](ErrorKind::RequestTimeout) when it sends too slowly
/// ([`Config::body_timeout`](crate::server::Config::body_timeout)), and
/// [`InvalidRequest`](ErrorKind::InvalidRequest) when its framing is wrong. Behind an error the body
/// is over.
#[derive(Debug)]
pub struct RequestBody {
    state: State,
    activity: Option<Arc<Activity>>,
    progress: Option<Box<Progress>>,
}

#[derive(Debug)]
enum State {
    /// The client waits for leave to send.
    Expected(Incoming),
    Coming(Incoming),
    Over,
}

impl RequestBody {
    pub(in crate::server) fn new(
        inner: Incoming,
        headers: &HeaderMap,
        activity: &Arc<Activity>,
    ) -> Self {
        if inner.is_end_stream() {
            return Self {
                state: State::Over,
                activity: None,
                progress: None,
            };
        }
        let expected = headers.get(EXPECT).is_some_and(is_continue);
        Self {
            state: if expected {
                State::Expected(inner)
            } else {
                State::Coming(inner)
            },
            activity: Some(Arc::clone(activity)),
            progress: None,
        }
    }

    fn inner(&self) -> Option<&Incoming> {
        match &self.state {
            State::Expected(inner) | State::Coming(inner) => Some(inner),
            State::Over => None,
        }
    }

    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let Some(activity) = &self.activity else {
            return Poll::Pending;
        };
        let progress = self
            .progress
            .get_or_insert_with(|| Box::new(Progress::new(Instant::now())));
        progress.poll_late(cx, activity.config()).map(|()| {
            activity.make_last();
            self.state = State::Over;
            Error::new(
                ErrorKind::RequestTimeout,
                "the body of the request comes too slowly",
            )
        })
    }

    fn received(&mut self, frame: &Frame<Bytes>) {
        if let (Some(progress), Some(activity)) = (&mut self.progress, &self.activity) {
            let bytes = frame.data_ref().map_or(0, Buf::remaining);
            progress.received(bytes as u64, activity.config());
        }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        if let State::Expected(_) = this.state {
            if let State::Expected(inner) = std::mem::replace(&mut this.state, State::Over) {
                this.state = State::Coming(inner);
            }
        }
        let State::Coming(inner) = &mut this.state else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) else {
            return this.poll_late(cx).map(|error| Some(Err(error)));
        };
        match &frame {
            Some(Ok(frame)) => this.received(frame),
            None | Some(Err(_)) => this.state = State::Over,
        }
        Poll::Ready(frame.map(|frame| frame.map_err(client_failed)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner()
            .map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for RequestBody {
    /// HTTP/2 resets the stream by itself. HTTP/1 must come to the end of the body, or close.
    fn drop(&mut self) {
        let Some(activity) = self.activity.take() else {
            return;
        };
        match std::mem::replace(&mut self.state, State::Over) {
            State::Coming(inner) | State::Expected(inner)
                if inner.is_end_stream() || activity.is_http2() => {}
            State::Coming(inner) if inner.size_hint().lower() <= MAX_UNREAD => {
                activity.unread().leave(inner);
                activity.wake();
            }
            // To read it would say to the client that it may send.
            State::Expected(_) | State::Coming(_) => activity.make_last(),
            State::Over => {}
        }
    }
}

fn is_continue(value: &HeaderValue) -> bool {
    value.as_bytes().eq_ignore_ascii_case(b"100-continue")
}

fn client_failed(error: hyper::Error) -> Error {
    if error.is_parse() {
        Error::new(ErrorKind::InvalidRequest, "the body is not valid HTTP").with_source(error)
    } else {
        Error::new(ErrorKind::Canceled, "the client broke off its request").with_source(error)
    }
}
