use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{BoxError, Error, ErrorKind, error::Origin};
use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame};

use super::{
    exchange::Machines,
    stream::{CodecError, Event, StreamEncoder},
};
use crate::{LlmUsage, told::Facts};

/// How many frames in sequence may bring nothing to be sent before other tasks have their turn.
const FRAMES_PER_TURN: usize = 128;

/// The body of a stream that is translated: what one read of the provider's brought leaves in one frame.
///
/// It ends without the client's end marker, and without an error, when the provider's marker was missing: the
/// layer that knows the client tells it so.
pub(crate) struct Translated<B> {
    inner: Pin<Box<B>>,
    machines: Machines,
    out: BytesMut,
    seen: Seen,
    stage: Stage,
}

/// What has come of the provider.
#[derive(Debug, Default)]
struct Seen {
    /// A fault: nothing more is written.
    failed: bool,
    /// The end marker.
    ended: bool,
    usage: LlmUsage,
}

#[derive(Debug)]
enum Stage {
    Open,
    /// What is written leaves, then this error, if any.
    Ending(Option<Error>),
}

impl<B> Translated<B> {
    pub(crate) fn new(inner: B, machines: Machines) -> Self {
        Self {
            inner: Box::pin(inner),
            machines,
            out: BytesMut::new(),
            seen: Seen::default(),
            stage: Stage::Open,
        }
    }

    /// Reads a piece of the provider's.
    fn feed(&mut self, chunk: &[u8]) {
        let Self {
            machines,
            out,
            seen,
            ..
        } = self;
        let Machines {
            decoder,
            encoder,
            told,
        } = machines;
        let fed = decoder.feed(chunk, &mut |event: Event<'_>| {
            if event.is_content() {
                told.says();
            }
            write(&event, encoder.as_mut(), out, seen)
        });
        // Who has the end marker may read no further.
        if self.seen.ended {
            self.tell();
        }
        self.after(fed);
    }

    /// The provider's body has ended.
    fn finish(&mut self) {
        let Self {
            machines,
            out,
            seen,
            ..
        } = self;
        let Machines {
            decoder, encoder, ..
        } = machines;
        let finished =
            decoder.finish(&mut |event: Event<'_>| write(&event, encoder.as_mut(), out, seen));
        self.end(None);
        match finished {
            // Whoever reads the client's dialect outside misses the marker.
            Err(CodecError::Truncated) => {}
            other => self.after(other),
        }
    }

    fn after(&mut self, done: Result<(), CodecError>) {
        if self.seen.failed {
            self.end(None);
        } else if let Err(error) = done {
            let error = Error::new(ErrorKind::BadAnswer, error.to_string());
            self.end(Some(error.with_origin(Origin::Upstream)));
        }
    }

    fn end(&mut self, error: Option<Error>) {
        self.tell();
        self.stage = Stage::Ending(error);
    }

    /// Counts that came early are less than the whole: they are told with the end marker alone.
    fn tell(&self) {
        self.machines.told.tell(Facts {
            usage: self.seen.ended.then_some(self.seen.usage),
            losses: self.machines.encoder.losses(),
            summary: None,
        });
    }
}

/// Writes one event. A fault is told in the client's form, and ends the stream.
fn write(
    event: &Event<'_>,
    encoder: &mut dyn StreamEncoder,
    out: &mut BytesMut,
    seen: &mut Seen,
) -> Result<(), CodecError> {
    match event {
        _ if seen.failed => return Ok(()),
        Event::Fault(fault) => {
            seen.failed = true;
            encoder.fail(fault, out);
            return Ok(());
        }
        Event::Usage(usage) => seen.usage = *usage,
        Event::End => seen.ended = true,
        _ => {}
    }
    encoder.encode(event, out)
}

impl<B> HttpBody for Translated<B>
where
    B: HttpBody<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        for _ in 0..FRAMES_PER_TURN {
            if !self.out.is_empty() {
                let frame = Frame::data(self.out.split().freeze());
                return Poll::Ready(Some(Ok(frame)));
            }
            if let Stage::Ending(error) = &mut self.stage {
                return Poll::Ready(error.take().map(Err));
            }
            match ready!(self.inner.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.feed(&data);
                    }
                }
                Some(Err(error)) => {
                    self.end(Some(Error::from_boxed(error.into())));
                }
                None => self.finish(),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.out.is_empty() && matches!(self.stage, Stage::Ending(None))
    }
}

impl<B> fmt::Debug for Translated<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Translated")
            .field("machines", &self.machines)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
