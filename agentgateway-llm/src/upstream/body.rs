use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, Error};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::bridge::{Machines, Translated};

pin_project_lite::pin_project! {
    /// The body of an answer of [`LlmUpstream`](super::LlmUpstream): the provider's as it came, or translated.
    pub struct ResponseBody<RB> {
        #[pin]
        state: State<RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<RB> {
        Passed { #[pin] body: RB },
        // Boxed: most answers pass, and their bodies are moved often.
        Translated { body: Box<Translated<RB>> },
        Own { bytes: Option<Bytes> },
    }
}

impl<RB> ResponseBody<RB> {
    pub(super) const fn passed(body: RB) -> Self {
        Self {
            state: State::Passed { body },
        }
    }

    pub(super) fn translated(body: RB, machines: Machines) -> Self {
        Self {
            state: State::Translated {
                body: Box::new(Translated::new(body, machines)),
            },
        }
    }

    pub(super) fn own(bytes: Bytes) -> Self {
        Self {
            state: State::Own {
                bytes: Some(bytes).filter(|bytes| !bytes.is_empty()),
            },
        }
    }
}

impl<RB> Default for ResponseBody<RB> {
    fn default() -> Self {
        Self::own(Bytes::new())
    }
}

impl<RB> fmt::Debug for ResponseBody<RB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

impl<RB> HttpBody for ResponseBody<RB>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.project().state.project() {
            StateProj::Passed { body } => body
                .poll_frame(cx)
                .map_err(|error| Error::from_boxed(error.into())),
            StateProj::Translated { body } => Pin::new(&mut **body).poll_frame(cx),
            StateProj::Own { bytes } => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.state {
            State::Passed { body } => body.is_end_stream(),
            State::Translated { body } => body.is_end_stream(),
            State::Own { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.state {
            State::Passed { body } => body.size_hint(),
            State::Translated { .. } => SizeHint::default(),
            State::Own { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
        }
    }
}
