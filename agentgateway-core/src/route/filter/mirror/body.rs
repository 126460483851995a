use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{exchange::Mirrored, recording::Recording};

pin_project! {
    /// A request's body that is copied while it is read: frames, errors and hints are the body's own.
    pub struct MirrorBody<B> {
        #[pin]
        body: B,
        recording: Option<Recording>,
    }
}

impl<B> MirrorBody<B> {
    pub(super) fn new(body: B, recording: Option<Recording>) -> Self {
        Self { body, recording }
    }
}

impl<B> Body for MirrorBody<B>
where
    B: Body<Data = Bytes>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.body.as_mut().poll_frame(cx));
        if let Some(recording) = this.recording {
            match &frame {
                Some(Ok(frame)) => {
                    recording.keep(frame);
                    if this.body.is_end_stream() {
                        recording.finish();
                    }
                }
                Some(Err(_)) => recording.end(Mirrored::Unfinished),
                None => recording.finish(),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> fmt::Debug for MirrorBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorBody").finish_non_exhaustive()
    }
}
