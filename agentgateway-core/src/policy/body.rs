use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::Followers;
use crate::{
    body::End,
    error::{BoxError, Error},
};

pin_project_lite::pin_project! {
    /// The body of an answer that passed policies: forwarded, or a policy's own.
    ///
    /// Those who follow are told its end with its last byte, in `drop` at the latest.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: Option<B>,
        own: Option<Bytes>,
        followers: Followers,
    }
}

impl<B> ResponseBody<B> {
    pub(super) const fn forward(inner: B) -> Self {
        Self {
            inner: Some(inner),
            own: None,
            followers: Followers::none(),
        }
    }

    pub(super) fn own(bytes: Bytes) -> Self {
        Self {
            inner: None,
            own: Some(bytes).filter(|bytes| !bytes.is_empty()),
            followers: Followers::none(),
        }
    }

    pub(super) fn followed_by(mut self, followers: Followers) -> Self
    where
        B: HttpBody,
    {
        self.followers = followers;
        if self.is_whole() {
            self.followers.end(End::Complete);
        }
        self
    }

    fn is_whole(&self) -> bool
    where
        B: HttpBody,
    {
        self.own.is_none() && self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }
}

/// One without a byte, that nobody follows.
impl<B> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::own(Bytes::new())
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
        let mut this = self.project();
        if let Some(bytes) = this.own.take() {
            this.followers.end(End::Complete);
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let Some(mut inner) = this.inner.as_mut().as_pin_mut() else {
            this.followers.end(End::Complete);
            return Poll::Ready(None);
        };
        let frame = match ready!(inner.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(error)) => {
                let error = Error::from_boxed(error.into());
                this.followers.end(End::Failed(&error));
                Some(Err(error))
            }
            None => None,
        };
        if frame.is_none() || inner.is_end_stream() {
            this.followers.end(End::Complete);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.is_whole()
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.own, &self.inner) {
            (Some(bytes), _) => SizeHint::with_exact(bytes.len() as u64),
            (None, Some(inner)) => inner.size_hint(),
            (None, None) => SizeHint::with_exact(0),
        }
    }
}
