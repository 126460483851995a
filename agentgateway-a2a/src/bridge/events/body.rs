use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{Body, Error, ErrorKind, error::Origin};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Sleep, sleep};

use super::{
    super::{EventsFromV1, EventsToV1, Fault, LossReport, Shape, Speech, StreamLosses, answers},
    Reader, Writer,
    reader::Next,
};
use crate::{
    layer::Progress,
    wire::{A2aBinding, A2aVersion, Answer, TaskState, read_answer},
};

/// How long an event that may be the last one is held back.
const HELD: Duration = Duration::from_millis(200);
/// How long an agent has to end a stream behind its last word.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);
/// How much leaves in one frame, in bytes.
const FRAME_BYTES: usize = 16 * 1024;

/// The body of a stream that is translated.
pub(in crate::bridge) struct Translated {
    inner: Body,
    input: Bytes,
    reader: Reader,
    /// `None` where the agent's events are those of v1.0.
    inward: Option<EventsToV1>,
    /// `None` where the client's are.
    outward: Option<EventsFromV1>,
    writer: Writer,
    out: BytesMut,
    progress: Progress,
    loss: LossReport,
    losses: StreamLosses,
    stage: Stage,
    /// A client of gRPC has been told the last word.
    closed: bool,
    /// Something has gone out to the client.
    begun: bool,
    /// The error that the stream began with.
    early: Option<Fault>,
    /// Runs while an event is held back that may be the last one.
    holding: Option<Pin<Box<Sleep>>>,
    /// Runs from the last word.
    closing: Option<Pin<Box<Sleep>>>,
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
        losses: StreamLosses,
    ) -> Self {
        Self {
            inner,
            input: Bytes::new(),
            reader,
            inward: (agent.shape() != Shape::V1_0).then(|| EventsToV1::new(agent.shape())),
            outward: (client.shape() != Shape::V1_0).then(|| EventsFromV1::new(client.shape())),
            writer,
            out: BytesMut::new(),
            progress: Progress::Open,
            loss: LossReport::default(),
            losses,
            stage: Stage::Open,
            closed: false,
            begun: false,
            early: None,
            holding: None,
            closing: None,
        }
    }

    /// Waits for what the stream begins with. An error that it begins with, or a failure, can be said better
    /// than by an event.
    pub(in crate::bridge) fn poll_first(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Fault>, Error>> {
        loop {
            self.digest_all();
            if let Some(fault) = self.early.take() {
                return Poll::Ready(Ok(Some(fault)));
            }
            if !self.out.is_empty() {
                return Poll::Ready(Ok(None));
            }
            if let Stage::Ending(_, error) = &mut self.stage {
                return Poll::Ready(Err(error.take().unwrap_or_else(truncated)));
            }
            ready!(self.poll_read(cx));
        }
    }

    fn digest_all(&mut self) {
        if let Err(error) = self.digest() {
            self.broken(error);
        }
    }

    /// Reads one frame of the agent's.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let read = match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    self.input = data;
                    Ok(())
                }
                Err(frame) => self.ended(frame.into_trailers().ok().as_ref()),
            },
            Some(Err(error)) => Err(error),
            None => self.ended(None),
        };
        if let Err(error) = read {
            self.broken(error);
        }
        Poll::Ready(())
    }

    /// What is written, as a frame.
    fn take_frame(&mut self) -> Frame<Bytes> {
        self.begun = true;
        Frame::data(self.out.split().freeze())
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
            return self.pass(event);
        };
        let events = inward.event(event).map_err(answers::unreadable)?;
        self.losses.merge(inward.loss());
        events.iter().try_for_each(|event| self.pass(event))
    }

    /// An event in the JSON of v1.0 goes on to the client.
    fn pass(&mut self, event: &Bytes) -> Result<(), Error> {
        // Otherwise the layer outside reads it.
        if self.writer.has_trailers() {
            if self.closed {
                return Ok(());
            }
            let answer = read_answer(event, A2aBinding::HttpJson);
            self.progress.take(&answer);
            self.closed = self.writer.version() != A2aVersion::V0_3 && is_terminal(&answer);
        }
        let Some(outward) = &mut self.outward else {
            return self.write(std::slice::from_ref(event));
        };
        let events = outward.event(event).map_err(answers::unreadable)?;
        self.losses.merge(outward.loss());
        // Another one is held now, if any.
        self.holding = None;
        self.write(&events)
    }

    fn write(&mut self, events: &[Bytes]) -> Result<(), Error> {
        for event in events {
            self.writer.event(event, &mut self.out, &mut self.loss)?;
        }
        self.losses.merge(self.loss);
        Ok(())
    }

    fn fail(&mut self, fault: &Fault) -> Result<(), Error> {
        self.flush(false)?;
        if !self.begun && self.out.is_empty() {
            self.early = Some(fault.clone());
        }
        let trailers = self.writer.fault(fault, &mut self.out);
        self.stage = Stage::Ending(trailers, None);
        Ok(())
    }

    /// What the translations have held back.
    fn flush(&mut self, at_end: bool) -> Result<(), Error> {
        if let Some(inward) = self.inward.take() {
            let events = inward.finish();
            events.iter().try_for_each(|event| self.pass(event))?;
        }
        if let Some(mut outward) = self.outward.take() {
            self.losses.merge(outward.loss());
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
        // What stands at the end of half an event is not the last word.
        let at_boundary = self.reader.at_boundary();
        self.flush(at_boundary)?;
        if !at_boundary {
            return Err(truncated());
        }
        let is_whole = self.progress != Progress::Open;
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

    /// An event that is held back waits for the next one, and for this long: what the client is asked for must
    /// not wait for a stream that stays open.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        let is_holding = |outward: &EventsFromV1| outward.is_holding();
        if !self.outward.as_ref().is_some_and(is_holding) {
            self.holding = None;
            return Ok(());
        }
        let holding = self.holding.get_or_insert_with(|| Box::pin(sleep(HELD)));
        if holding.as_mut().poll(cx).is_ready() {
            self.holding = None;
            let held = self.outward.as_mut().and_then(EventsFromV1::flush);
            return self.write(held.as_slice());
        }
        Ok(())
    }

    /// An agent that leaves its stream open behind the last word does not keep the client.
    fn poll_closed(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        if !self.closed || !matches!(self.stage, Stage::Open) {
            return Ok(());
        }
        let closing = || Box::pin(sleep(CLOSES_WITHIN));
        let closing = self.closing.get_or_insert_with(closing);
        if closing.as_mut().poll(cx).is_ready() {
            self.flush(true)?;
            self.stage = Stage::Ending(self.writer.end(), None);
        }
        Ok(())
    }

    /// What stands behind the last event.
    fn last(&mut self) -> Option<Result<Frame<Bytes>, Error>> {
        let Stage::Ending(trailers, error) = std::mem::replace(&mut self.stage, Stage::Over) else {
            return None;
        };
        match (trailers, error) {
            (Some(trailers), _) => Some(Ok(Frame::trailers(trailers))),
            (None, Some(error)) => Some(Err(error)),
            (None, None) => None,
        }
    }

    /// A failure leaves behind what was written before it. The layer outside says it, where it can.
    fn broken(&mut self, error: Error) {
        // Before the first event the answer's head says it.
        let has_begun = self.begun || !self.out.is_empty();
        self.stage = if self.writer.has_trailers() && has_begun {
            let fault = Fault::of_error(&error);
            Stage::Ending(self.writer.fault(&fault, &mut self.out), None)
        } else {
            Stage::Ending(None, Some(error))
        };
    }
}

fn is_terminal(answer: &Answer) -> bool {
    let Answer::Result(item) = answer else {
        return false;
    };
    item.state.is_some_and(TaskState::is_terminal)
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
            this.digest_all();
            let is_open = matches!(this.stage, Stage::Open);
            if this.out.len() >= FRAME_BYTES || (!is_open && !this.out.is_empty()) {
                return Poll::Ready(Some(Ok(this.take_frame())));
            }
            if !is_open {
                return Poll::Ready(this.last());
            }
            if this.poll_read(cx).is_pending() {
                let waited = this.poll_held(cx).and_then(|()| this.poll_closed(cx));
                if let Err(error) = waited {
                    this.broken(error);
                    continue;
                }
                if this.out.is_empty() {
                    if matches!(this.stage, Stage::Open) {
                        return Poll::Pending;
                    }
                    continue;
                }
                return Poll::Ready(Some(Ok(this.take_frame())));
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
