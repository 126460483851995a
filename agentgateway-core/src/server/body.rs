use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Response, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;

use super::clock::InFlight;
use crate::error::{BoxError, Error, ErrorKind};

/// The body of a request, as the connection brings it.
///
/// # Errors
///
/// [`Canceled`](ErrorKind::Canceled) when the client broke off, and
/// [`InvalidRequest`](ErrorKind::InvalidRequest) when its framing is wrong.
#[derive(Debug)]
pub struct RequestBody {
    inner: Incoming,
}

impl RequestBody {
    pub(super) const fn new(inner: Incoming) -> Self {
        Self { inner }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.inner)
            .poll_frame(cx)
            .map_err(client_failed)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn client_failed(error: hyper::Error) -> Error {
    if error.is_parse() {
        Error::new(ErrorKind::InvalidRequest, "the body is not valid HTTP").with_source(error)
    } else {
        Error::new(ErrorKind::Canceled, "the client broke off its request").with_source(error)
    }
}

// === impl ResponseBody ===

pin_project! {
    /// The answer's body; its request is in flight until this is dropped.
    pub(super) struct ResponseBody<B> {
        #[pin]
        body: Kind<B>,
        in_flight: InFlight,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<B> {
        Service { #[pin] body: B },
        Words { bytes: Option<Bytes> },
    }
}

impl<B> ResponseBody<B> {
    pub(super) const fn new(body: B, in_flight: InFlight) -> Self {
        Self {
            body: Kind::Service { body },
            in_flight,
        }
    }

    /// The answer for a service that failed.
    pub(super) fn words(error: &Error, in_flight: InFlight) -> Response<Self> {
        let bytes = Bytes::from(error.message().to_owned());
        let mut response = Response::new(Self {
            body: Kind::Words {
                bytes: Some(bytes).filter(|bytes| !bytes.is_empty()),
            },
            in_flight,
        });
        *response.status_mut() = error.status();
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response
    }
}

impl<B> HttpBody for ResponseBody<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(match self.project().body.project() {
            KindProj::Words { bytes } => bytes.take().map(|bytes| Ok(Frame::data(bytes))),
            KindProj::Service { body } => ready!(body.poll_frame(cx))
                .map(|frame| frame.map_err(|error| Error::from_boxed(error.into()))),
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Kind::Service { body } => body.is_end_stream(),
            Kind::Words { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Kind::Service { body } => body.size_hint(),
            Kind::Words { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
        }
    }
}
