use std::borrow::Cow;

use bytes::{BufMut, BytesMut};

use super::{
    super::{
        super::{
            AnswerContext, Fault, Loss, LossReport,
            form::StopReason,
            stream::{CodecError, Delta, Event, Start, StreamEncoder},
        },
        fault,
        ids::Ids,
        response::{Answer, Ending, write_object},
    },
    open::{Message, Open},
    writer::{Growing, Numbered},
};
use crate::LlmUsage;

/// The most of an answer that is held for the last event, which repeats all of it, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Writes a client's stream.
#[derive(Debug)]
pub(in super::super) struct Encoder {
    context: AnswerContext,
    pub(super) ids: Ids,
    pub(super) numbered: Numbered,
    pub(super) losses: LossReport,
    id: String,
    model: String,
    created: u64,
    /// The items that are complete.
    pub(super) output: Growing,
    /// The message that texts are put to.
    pub(super) message: Option<Message>,
    /// The block that is open.
    pub(super) open: Option<(u32, Open)>,
    pub(super) has_refused: bool,
    usage: LlmUsage,
    ending: Ending,
    held_bytes: usize,
}

// === impl Encoder ===

impl Encoder {
    pub(in super::super) fn new(context: AnswerContext) -> Self {
        Self {
            ids: Ids::new(&context.seed),
            id: String::new(),
            model: context.model.clone(),
            created: context.now,
            context,
            numbered: Numbered::default(),
            losses: LossReport::new(),
            output: Growing::default(),
            message: None,
            open: None,
            has_refused: false,
            usage: LlmUsage::default(),
            ending: Ending::Completed,
            held_bytes: 0,
        }
    }

    fn start(&mut self, start: &Start<'_>, out: &mut BytesMut) {
        self.id = match &*start.id {
            "" => self.ids.make("resp"),
            id => id.to_owned(),
        };
        if !start.model.is_empty() {
            self.model = start.model.clone().into_owned();
        }
        self.created = start.created.unwrap_or(self.context.now);
        self.response("response.created", None, out);
        self.response("response.in_progress", None, out);
    }

    /// An event of the answer's life, with the whole response object.
    fn response(&mut self, name: &str, ending: Option<Ending>, out: &mut BytesMut) {
        let output = match ending {
            Some(_) => Cow::Owned(self.output.array().to_vec()),
            None => Cow::Borrowed(&b"[]"[..]),
        };
        let answer = Answer {
            id: &self.id,
            model: &self.model,
            created: self.created,
            ending,
            output: &output,
            usage: self.usage,
            sidecars: &[],
        };
        let losses = &mut self.losses;
        self.numbered.write(out, name, |event| {
            event.object("response", |out| write_object(&answer, losses, out));
        });
    }

    fn delta(
        &mut self,
        index: u32,
        delta: &Delta<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let size = match delta {
            Delta::Text(text) | Delta::Reasoning(text) | Delta::Arguments(text) => text.len(),
            Delta::Other(sidecar) => sidecar.raw.len(),
            Delta::State(state) => state.data.len(),
        };
        self.held_bytes = self.held_bytes.saturating_add(size);
        if self.held_bytes > MAX_ANSWER_BYTES {
            return Err(CodecError::TooLarge);
        }
        match &mut self.open {
            Some((open, _)) if *open == index => self.goes_on(delta, out),
            // Of a choice that is left out.
            _ => Ok(()),
        }
    }

    fn stop(&mut self, reason: &StopReason, out: &mut BytesMut) {
        self.ending = Ending::of(reason, self.has_refused, &mut self.losses);
        self.end_message(self.ending.item_status(), out);
    }

    fn end(&mut self, out: &mut BytesMut) {
        let name = match self.ending {
            Ending::Completed => "response.completed",
            Ending::Incomplete(_) => "response.incomplete",
            Ending::Failed => "response.failed",
        };
        self.response(name, Some(self.ending), out);
    }
}

impl StreamEncoder for Encoder {
    fn encode(&mut self, event: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        match event {
            Event::Start(start) => self.start(start, out),
            Event::BlockStart {
                index,
                choice: 0,
                block,
            } => return self.begins(*index, block, out),
            Event::Delta { index, delta } => return self.delta(*index, delta, out),
            Event::BlockStop { index } => match &self.open {
                Some((open, _)) if open == index => self.ends(out),
                _ => {}
            },
            Event::Usage(usage) => self.usage = *usage,
            Event::Stop { choice: 0, reason } => self.stop(reason, out),
            // The dialect has one answer.
            Event::BlockStart { .. } | Event::Stop { .. } => self.losses.add(Loss::Choices),
            // The dialect has no event for it: a comment keeps the connection.
            Event::Ping => out.put_slice(b": ping\n\n"),
            Event::Fault(fault) => self.fail(fault, out),
            Event::End => self.end(out),
        }
        Ok(())
    }

    /// Nested as it is recorded, with the flat members of the published specification beside it: the official
    /// clients look for the former.
    fn fail(&mut self, fault: &Fault, out: &mut BytesMut) {
        self.numbered.write(out, "error", |event| {
            event.string("code", fault::code(fault));
            event.string("message", &fault.message);
            event.string_or_null("param", fault.param.as_deref());
            event.object("error", |error| fault::members(fault, error));
        });
    }

    fn losses(&self) -> LossReport {
        self.losses.clone()
    }
}
