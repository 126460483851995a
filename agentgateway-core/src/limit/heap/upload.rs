use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Request;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::Heap;
use crate::{
    body::GivenUp,
    error::{BoxError, Error},
};

pin_project_lite::pin_project! {
    /// The body of a request that is going to be held in memory; see [`Heap::upload`].
    pub struct Upload<B> {
        #[pin]
        body: B,
        heap: Heap,
        read_bytes: u64,
        given_up: GivenUp,
        failed: bool,
    }
}

impl Heap {
    /// Fails the body of a request when memory has no room for it, with
    /// [`Overloaded`](crate::ErrorKind::Overloaded), which layers of protocols then answer.
    ///
    /// It is for bodies that are read whole before anything else is done. Each piece claims as much of the
    /// room below the [second degree](super::Pressure::Closing) as has come of its body, since a buffer
    /// that grows is for a moment there twice; when all is claimed the memory is looked at anew. So large
    /// bodies fail first, and what they held is there for small ones.
    pub fn upload<B>(&self, mut request: Request<B>) -> Request<Upload<B>> {
        let given_up = GivenUp::default();
        request.extensions_mut().insert(given_up.clone());
        request.map(|body| Upload {
            body,
            heap: self.clone(),
            read_bytes: 0,
            given_up,
            failed: false,
        })
    }
}

impl<B> fmt::Debug for Upload<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("read_bytes", &self.read_bytes)
            .finish_non_exhaustive()
    }
}

impl<B> HttpBody for Upload<B>
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
        if *this.failed {
            return Poll::Ready(None);
        }
        let frame = ready!(this.body.poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            *this.read_bytes = this.read_bytes.saturating_add(data.len() as u64);
            if !this.heap.takes(*this.read_bytes) {
                *this.failed = true;
                return Poll::Ready(Some(Err(this.given_up.now())));
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(|error| Error::from_boxed(error.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.failed {
            true => SizeHint::with_exact(0),
            false => self.body.size_hint(),
        }
    }
}
