use bytes::{BufMut, BytesMut};

use super::{
    super::{
        super::{
            codec::AnswerContext,
            fault::Fault,
            form::{Opaque, Sidecar, StateOwner, StopReason, ToolCall},
            loss::{Loss, LossReport},
            stream::{BlockKind, CodecError, Delta, Event, StreamEncoder},
        },
        loss,
        part::{self, is_object},
        response::{finish_message, response_id},
        state, stop, usage,
        write::{self, Members},
    },
    frames::Frames,
};
use crate::{LlmDialect, LlmUsage};

/// The longest arguments of a call that are held: Gemini's calls are whole.
const MAX_ARGUMENTS_BYTES: usize = 2 * 1024 * 1024;

/// Writes a stream of Gemini's: events, or an array.
#[derive(Debug)]
pub(in super::super) struct Encoder {
    context: AnswerContext,
    frames: Frames,
    usage: LlmUsage,
    open: Vec<Open>,
    choices: Vec<Choice>,
    losses: LossReport,
    over: bool,
}

/// A block that is open.
#[derive(Debug)]
struct Open {
    index: u32,
    choice: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text,
    Thought(Option<Opaque<'static>>),
    Call(ToolCall),
    Whole,
}

/// What is held of a choice until its next part, or its end.
#[derive(Debug)]
struct Choice {
    index: u32,
    /// Gemini's own state, for the part that comes next.
    pending: Option<String>,
    malformed: Option<String>,
    stop: Option<StopReason>,
}

// === impl Encoder ===

impl Encoder {
    pub(in super::super) fn new(context: &AnswerContext) -> Self {
        Self {
            context: context.clone(),
            frames: Frames::new(context.as_array),
            usage: LlmUsage::default(),
            open: Vec::new(),
            choices: Vec::new(),
            losses: LossReport::new(),
            over: false,
        }
    }

    fn start(&mut self, id: &str, model: &str) {
        let model = if model.is_empty() {
            &self.context.model
        } else {
            model
        };
        let id = response_id(&self.context, id);
        self.frames.start(&id, model);
    }

    fn begin(
        &mut self,
        (index, choice): (u32, u32),
        block: &BlockKind<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        self.see(choice);
        let kind = match block {
            BlockKind::Text => Kind::Text,
            BlockKind::Refusal => {
                self.losses.add(Loss::Refusal);
                Kind::Text
            }
            BlockKind::Reasoning { redacted, .. } => {
                self.flush(choice, out)?;
                if let Some(state) = redacted {
                    self.state(choice, state, true, out)?;
                }
                Kind::Thought(None)
            }
            BlockKind::ToolCall {
                id, name, state, ..
            } => Kind::Call(ToolCall {
                state: state.clone().map(Opaque::into_owned),
                ..ToolCall::new(id.clone(), name.clone(), "")
            }),
            BlockKind::Other(own) if own.dialect == LlmDialect::Gemini => {
                self.flush(choice, out)?;
                self.frames
                    .part(choice, out, |part| write::raw(part, &own.raw));
                Kind::Whole
            }
            BlockKind::Other(other) => {
                loss::foreign_block(other, &mut self.losses);
                Kind::Whole
            }
        };
        self.open.push(Open {
            index,
            choice,
            kind,
        });
        Ok(())
    }

    fn delta(
        &mut self,
        index: u32,
        delta: &Delta<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let open = self.open.iter_mut().find(|open| open.index == index);
        let open = open.ok_or(CodecError::malformed("a delta of a block that is not open"))?;
        let choice = open.choice;
        match (&mut open.kind, delta) {
            (Kind::Text, Delta::Text(text)) => {
                let pending = self.pending(choice);
                self.frames.part(choice, out, |part| {
                    part::text(part, text, false, pending.as_deref(), &[]);
                });
            }
            (Kind::Thought(_), Delta::Reasoning(text)) => {
                self.frames
                    .part(choice, out, |part| part::text(part, text, true, None, &[]));
            }
            (Kind::Thought(held), Delta::State(state)) => *held = Some(state.clone().into_owned()),
            (Kind::Call(call), Delta::Arguments(text)) => {
                if call.arguments.len() + text.len() > MAX_ARGUMENTS_BYTES {
                    return Err(CodecError::TooLarge);
                }
                call.arguments.push_str(text);
            }
            (_, Delta::Other(note)) => self.note(choice, note, out),
            _ => {
                return Err(CodecError::malformed(
                    "a delta of another kind than its block",
                ));
            }
        }
        Ok(())
    }

    fn stop_block(&mut self, index: u32, out: &mut BytesMut) -> Result<(), CodecError> {
        let at = self.open.iter().position(|open| open.index == index);
        let at = at.ok_or(CodecError::malformed(
            "the stop of a block that is not open",
        ))?;
        let open = self.open.remove(at);
        match open.kind {
            Kind::Text | Kind::Whole | Kind::Thought(None) => Ok(()),
            Kind::Thought(Some(state)) => self.state(open.choice, &state, false, out),
            Kind::Call(call) => self.call(open.choice, &call, out),
        }
    }

    /// Gemini's own state waits for the next part, another's stands on a thought.
    fn state(
        &mut self,
        choice: u32,
        state: &Opaque<'_>,
        redacted: bool,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        if state.is_for(StateOwner::Gemini) {
            self.choice(choice)?.pending = Some(state.data.clone().into_owned());
        } else {
            let signature = state::write(state, redacted);
            self.frames.part(choice, out, |part| {
                part::text(part, "", true, Some(&signature), &[]);
            });
        }
        Ok(())
    }

    fn call(&mut self, choice: u32, call: &ToolCall, out: &mut BytesMut) -> Result<(), CodecError> {
        if !call.arguments.is_empty() && !is_object(&call.arguments) {
            self.losses.add_at(Loss::ToolArguments, "functionCall.args");
            let message = finish_message(&call.name, &call.arguments);
            self.choice(choice)?.malformed = Some(message);
            return Ok(());
        }
        if call.state.is_some() {
            self.flush(choice, out)?;
        }
        let own = call.state.as_ref().map(|state| state::write(state, false));
        let pending = self.pending(choice);
        let signature = own.as_deref().or(pending.as_deref());
        self.frames.part(choice, out, |part| {
            let found = (
                call.id.as_str(),
                call.name.as_str(),
                call.arguments.as_str(),
            );
            part::call(part, found, signature, &[]);
        });
        Ok(())
    }

    fn note(&mut self, choice: u32, note: &Sidecar, out: &mut BytesMut) {
        if note.dialect != LlmDialect::Gemini {
            return loss::foreign(note, &mut self.losses);
        }
        let Some(name) = note.name.strip_prefix("candidates.") else {
            // It is about a part that was written already.
            if let Some(loss) = loss::loss_of(note) {
                self.losses.add(loss);
            }
            return;
        };
        self.frames.chunk(out, |out| {
            out.put_slice(b"\"candidates\":[");
            write::object(out, |candidate| {
                nothing(candidate, None);
                candidate.number("index", choice);
                candidate.raw(name, &note.raw);
            });
            out.put_u8(b']');
        });
    }

    /// State that no part came for stands on an empty text.
    fn flush(&mut self, choice: u32, out: &mut BytesMut) -> Result<(), CodecError> {
        if let Some(signature) = self.pending(choice) {
            self.frames.part(choice, out, |part| {
                part::text(part, "", false, Some(&signature), &[]);
            });
        }
        Ok(())
    }

    fn see(&mut self, choice: u32) {
        if self.choices.iter().all(|known| known.index != choice) {
            self.choices.push(Choice {
                index: choice,
                pending: None,
                malformed: None,
                stop: None,
            });
        }
    }

    fn pending(&mut self, choice: u32) -> Option<String> {
        let known = self.choices.iter_mut().find(|known| known.index == choice);
        known?.pending.take()
    }

    fn choice(&mut self, choice: u32) -> Result<&mut Choice, CodecError> {
        let known = self.choices.iter_mut().find(|known| known.index == choice);
        known.ok_or(CodecError::malformed("a choice that has not begun"))
    }

    /// The last chunk tells why each candidate stopped, and what it all used.
    fn end(&mut self, out: &mut BytesMut) {
        let mut losses = std::mem::take(&mut self.losses);
        let choices = std::mem::take(&mut self.choices);
        let told: Vec<BytesMut> = choices
            .iter()
            .map(|choice| last(choice, &mut losses))
            .collect();
        let usage = self.usage;
        self.frames.chunk(out, |out| {
            let mut members = BytesMut::new();
            write::object(&mut members, |chunk| {
                chunk.array_of("candidates", &told);
                if !usage.is_empty() {
                    usage::encode(chunk.name("usageMetadata"), &usage, &mut losses);
                }
            });
            let inner = members.get(1..members.len().saturating_sub(1));
            out.put_slice(inner.unwrap_or_default());
        });
        self.frames.end(out);
        self.losses = losses;
        self.over = true;
    }
}

fn last(choice: &Choice, losses: &mut LossReport) -> BytesMut {
    let mut out = BytesMut::new();
    write::object(&mut out, |candidate: &mut Members<'_>| {
        nothing(candidate, choice.pending.as_deref());
        match (&choice.malformed, &choice.stop) {
            (Some(message), _) => {
                candidate.string("finishReason", stop::MALFORMED_CALL);
                candidate.string("finishMessage", message);
            }
            (None, Some(reason)) => candidate.string("finishReason", &stop::word(reason, losses)),
            (None, None) => candidate.string("finishReason", stop::UNSPECIFIED),
        }
        candidate.number("index", choice.index);
    });
    out
}

/// The content of a chunk that has none, as Gemini tells it. The official client of Python takes an answer with a
/// chunk without a part for invalid, and leaves it out of its history.
fn nothing(candidate: &mut Members<'_>, signature: Option<&str>) {
    let mut part = BytesMut::new();
    part::text(&mut part, "", false, signature, &[]);
    candidate.object("content", |content| {
        content.array_of("parts", &[part]);
        content.string("role", "model");
    });
}

impl StreamEncoder for Encoder {
    fn encode(&mut self, event: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        if self.over {
            return Err(CodecError::malformed("something follows the end"));
        }
        match event {
            Event::Start(start) => self.start(&start.id, &start.model),
            Event::BlockStart {
                index,
                choice,
                block,
            } => self.begin((*index, *choice), block, out)?,
            Event::Delta { index, delta } => self.delta(*index, delta, out)?,
            Event::BlockStop { index } => self.stop_block(*index, out)?,
            Event::Usage(usage) => self.usage = *usage,
            Event::Stop { choice, reason } => {
                self.see(*choice);
                self.choice(*choice)?.stop = Some(reason.clone());
            }
            Event::Ping => {}
            Event::Fault(fault) => self.fail(fault, out),
            Event::End => self.end(out),
        }
        Ok(())
    }

    fn fail(&mut self, fault: &Fault, out: &mut BytesMut) {
        if self.over {
            return;
        }
        self.frames.fault(fault, out);
        self.over = true;
    }

    fn losses(&self) -> LossReport {
        self.losses.clone()
    }
}
