use std::{
    pin::Pin,
    task::{Context, Poll},
};

use agentgateway_core::{Body, Error, ErrorKind, error::Origin};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};

use super::{
    super::{EventsFromV1, EventsToV1, Fault, LossReport, Speech, answers},
    Reader, Writer,
    reader::Next,
};
use crate::{
    layer::Progress,
    wire::{A2aBinding, read_answer},
};

/// How much leaves in one frame, in bytes.
const FRAME_BYTES: usize = 16 * 1024;

/// The body of a stream that is translated.
pub(in crate::bridge) struct Translated {
    inner: Body,
    input: Bytes,
    reader: Reader,
    inward: Option<EventsToV1>,
    outward: Option<EventsFromV1>,
    writer: Writer,
    out: BytesMut,
    progress: Progress,
    loss: LossReport,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Open,
    /// What is written leaves, then these trailers, then an error.
    Ending(Option<HeaderMap>, Option<Error>),
    Over,
}

impl Translated {
    pub(in crate::bridge) fn new(
        inner: Body,
        (agent, client): (Speech, Speech),
        (reader, writer): (Reader, Writer),
    ) -> Self {
        Self {
            inner,
            input: Bytes::new(),
            reader,
            inward: Some(EventsToV1::new(agent.shape())),
            outward: Some(EventsFromV1::new(client.shape())),
            writer,
            out: BytesMut::new(),
            progress: Progress::Open,
            loss: LossReport::default(),
            stage: Stage::Open,
        }
    }

    /// Reads what has come until a frame is full; whether more of it is left.
    fn digest(&mut self) -> Result<(), Error> {
        // A comment and the blank line behind it are two.
        let mut quiet = false;
        while self.out.len() < FRAME_BYTES && matches!(self.stage, Stage::Open) {
            match self.reader.next(&mut self.input)? {
                Next::More => return Ok(()),
                Next::Quiet if quiet => {}
                Next::Quiet => {
                    quiet = true;
                    self.writer.quiet(&mut self.out);
                }
                Next::Event(Ok(event)) => self.take(&event)?,
                Next::Event(Err(fault)) => self.fail(&fault)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, event: &Bytes) -> Result<(), Error> {
        let Some(inward) = &mut self.inward else {
            return Ok(());
        };
        let events = inward.event(event).map_err(answers::unreadable)?;
        events.iter().try_for_each(|event| self.pass(event))
    }

    /// An event in the JSON of v1.0 goes on to the client.
    fn pass(&mut self, event: &Bytes) -> Result<(), Error> {
        self.progress
            .take(&read_answer(event, A2aBinding::HttpJson));
        let Some(outward) = &mut self.outward else {
            return Ok(());
        };
        let events = outward.event(event).map_err(answers::unreadable)?;
        self.write(&events)
    }

    fn write(&mut self, events: &[Bytes]) -> Result<(), Error> {
        for event in events {
            self.writer.event(event, &mut self.out, &mut self.loss)?;
        }
        Ok(())
    }

    fn fail(&mut self, fault: &Fault) -> Result<(), Error> {
        self.flush(false)?;
        let trailers = self.writer.fault(fault, &mut self.out);
        self.stage = Stage::Ending(trailers, None);
        Ok(())
    }

    /// What the translations have held back.
    fn flush(&mut self, at_end: bool) -> Result<(), Error> {
        if let Some(inward) = self.inward.take() {
            self.loss.merge(inward.loss());
            let events = inward.finish();
            events.iter().try_for_each(|event| self.pass(event))?;
        }
        if let Some(mut outward) = self.outward.take() {
            self.loss.merge(outward.loss());
            let events = if at_end {
                outward.finish()
            } else {
                outward.flush().into_iter().collect()
            };
            self.write(&events)?;
        }
        Ok(())
    }

    /// The agent's stream has ended, by these trailers if there are any.
    fn ended(&mut self, trailers: Option<&HeaderMap>) -> Result<(), Error> {
        if let Some(fault) = self.told_fault(trailers)? {
            return self.fail(&fault);
        }
        self.flush(true)?;
        let is_whole = self.progress != Progress::Open && self.reader.at_boundary();
        if self.writer.has_trailers() && !is_whole {
            return Err(truncated());
        }
        self.stage = Stage::Ending(self.writer.end(), None);
        Ok(())
    }

    /// What stands in the trailers of an agent of gRPC.
    fn told_fault(&self, trailers: Option<&HeaderMap>) -> Result<Option<Fault>, Error> {
        #[cfg(feature = "grpc")]
        if matches!(self.reader, Reader::Grpc(..)) {
            let none = HeaderMap::new();
            return answers::fault_grpc(http::StatusCode::OK, &none, trailers, &[]);
        }
        let _ = trailers;
        Ok(None)
    }

    /// A failure leaves behind what was written before it. The layer outside says it, where it can.
    fn broken(&mut self, error: Error) {
        self.stage = if self.writer.has_trailers() {
            let fault = Fault::of_error(&error);
            Stage::Ending(self.writer.fault(&fault, &mut self.out), None)
        } else {
            Stage::Ending(None, Some(error))
        };
    }
}

fn truncated() -> Error {
    let message = "the agent's stream broke off before its task had come to an end";
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}

impl HttpBody for Translated {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        loop {
            if let Err(error) = this.digest() {
                this.broken(error);
            }
            let is_full = this.out.len() >= FRAME_BYTES;
            let is_open = matches!(this.stage, Stage::Open);
            if is_full || (!is_open && !this.out.is_empty()) {
                return Poll::Ready(Some(Ok(Frame::data(this.out.split().freeze()))));
            }
            match &mut this.stage {
                Stage::Open => {}
                Stage::Ending(trailers, error) => {
                    let last = match (trailers.take(), error.take()) {
                        (Some(trailers), _) => Some(Ok(Frame::trailers(trailers))),
                        (None, Some(error)) => Some(Err(error)),
                        (None, None) => None,
                    };
                    this.stage = Stage::Over;
                    return Poll::Ready(last);
                }
                Stage::Over => return Poll::Ready(None),
            }
            let ended = match Pin::new(&mut this.inner).poll_frame(cx) {
                Poll::Pending if this.out.is_empty() => return Poll::Pending,
                Poll::Pending => {
                    return Poll::Ready(Some(Ok(Frame::data(this.out.split().freeze()))));
                }
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        this.input = data;
                        Ok(())
                    }
                    Err(frame) => this.ended(frame.into_trailers().ok().as_ref()),
                },
                Poll::Ready(Some(Err(error))) => Err(error),
                Poll::Ready(None) => this.ended(None),
            };
            if let Err(error) = ended {
                this.broken(error);
            }
        }
    }
}

impl std::fmt::Debug for Translated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Translated")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
