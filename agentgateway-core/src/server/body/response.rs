use std::{
    mem::take,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::{
    error::{BoxError, Error},
    server::{activity::InFlight, stream::Flow},
};

/// What is given to an HTTP/2 stream at a time: what its window does not take stays here.
const PIECE: usize = 16 * 1024;

pin_project! {
    /// The answer's body; its request is in flight until this is dropped.
    pub(in crate::server) struct ResponseBody<B> {
        #[pin]
        body: Kind<B>,
        // Of a frame that is given in pieces; of HTTP/2 alone.
        rest: Bytes,
        flow: Option<Arc<Flow>>,
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
    pub(in crate::server) const fn new(
        body: B,
        in_flight: InFlight,
        flow: Option<Arc<Flow>>,
    ) -> Self {
        Self {
            body: Kind::Service { body },
            rest: Bytes::new(),
            flow,
            in_flight,
        }
    }

    /// An answer in plain text.
    pub(in crate::server) fn words(
        status: StatusCode,
        words: Bytes,
        in_flight: InFlight,
    ) -> Response<Self> {
        let mut response = Response::new(Self {
            body: Kind::Words {
                bytes: Some(words).filter(|words| !words.is_empty()),
            },
            rest: Bytes::new(),
            flow: None,
            in_flight,
        });
        *response.status_mut() = status;
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
        let this = self.project();
        let Some(flow) = this.flow else {
            return this.body.poll_frame(cx);
        };
        flow.asked();
        let mut piece = take(this.rest);
        if piece.is_empty() {
            match ready!(this.body.poll_frame(cx)?).map(Frame::into_data) {
                Some(Ok(data)) => piece = data,
                Some(Err(other)) => return Poll::Ready(Some(Ok(other))),
                None => return Poll::Ready(None),
            }
        }
        if piece.len() > PIECE {
            *this.rest = piece.split_off(PIECE);
        }
        flow.gave();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

// === impl Kind ===

impl<B> Kind<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(match self.project() {
            KindProj::Words { bytes } => bytes.take().map(|bytes| Ok(Frame::data(bytes))),
            KindProj::Service { body } => ready!(body.poll_frame(cx))
                .map(|frame| frame.map_err(|error| Error::from_boxed(error.into()))),
        })
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Service { body } => body.is_end_stream(),
            Self::Words { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Service { body } => body.size_hint(),
            Self::Words { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
        }
    }
}
