//! Writing a stream for a client.

use bytes::{BufMut, BytesMut};

use super::{
    super::{
        super::{
            AnswerContext, Fault, LossReport,
            form::StopReason,
            stream::{BlockKind, CodecError, Delta, Event, Start, StreamEncoder, write_event},
        },
        fault,
        loss::{foreign, is_own},
        stop,
    },
    lines::{Detail, Lines},
};
use crate::{LlmDialect, LlmUsage};

/// The most bytes of one thought that are told again with its state.
const MAX_THOUGHT_BYTES: usize = 2 * 1024 * 1024;

/// Keeps what blocks are open, and how far each choice has come.
#[derive(Debug)]
pub(in super::super) struct Encoder {
    context: AnswerContext,
    lines: Lines,
    choices: Vec<Choice>,
    open: Vec<Open>,
    usage: Option<LlmUsage>,
    losses: LossReport,
}

#[derive(Debug)]
struct Choice {
    number: u32,
    calls: u32,
    thoughts: u32,
}

#[derive(Debug)]
struct Open {
    index: u32,
    choice: u32,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Text,
    Refusal,
    /// Its number, its id and its text so far, unless that is too long: state is told with the text that it signs.
    Reasoning(u32, Option<String>, Option<String>),
    /// Its number, whether it is of a custom tool, and whether arguments were written.
    Call(u32, bool, bool),
    Whole,
}

// === impl Encoder ===

impl Encoder {
    pub(in super::super) fn new(context: &AnswerContext) -> Self {
        Self {
            context: context.clone(),
            lines: Lines::default(),
            choices: Vec::new(),
            open: Vec::new(),
            usage: None,
            losses: LossReport::new(),
        }
    }

    fn start(&mut self, start: &Start<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        if self.lines.has_begun() {
            return Err(CodecError::malformed("a second start"));
        }
        self.lines.begin(&self.context, start);
        self.role(0, out);
        Ok(())
    }

    /// The first chunk of a choice tells the role.
    fn role(&mut self, choice: u32, out: &mut BytesMut) {
        self.choices.push(Choice {
            number: choice,
            calls: 0,
            thoughts: 0,
        });
        self.lines.role(choice, out);
    }

    /// The numbers of a choice's calls and thoughts.
    fn choice(&mut self, number: u32, out: &mut BytesMut) -> Result<&mut Choice, CodecError> {
        if !self.lines.has_begun() {
            return Err(CodecError::malformed("it does not begin with its start"));
        }
        if self.choices.iter().all(|choice| choice.number != number) {
            self.role(number, out);
        }
        let found = self
            .choices
            .iter_mut()
            .find(|choice| choice.number == number);
        found.ok_or(CodecError::malformed("it has a choice out of order"))
    }

    fn begin(
        &mut self,
        index: u32,
        choice: u32,
        block: &BlockKind<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let numbers = self.choice(choice, out)?;
        let kind = match block {
            BlockKind::Text => Kind::Text,
            BlockKind::Refusal => Kind::Refusal,
            BlockKind::Reasoning { id, redacted } => {
                let number = numbers.thoughts;
                numbers.thoughts += 1;
                let id = id.as_deref().map(ToOwned::to_owned);
                if let Some(state) = redacted {
                    let detail = Detail::Encrypted(state);
                    self.lines
                        .detail(choice, number, id.as_deref(), &detail, out);
                    Kind::Whole
                } else {
                    Kind::Reasoning(number, id, Some(String::new()))
                }
            }
            BlockKind::ToolCall {
                id,
                name,
                is_custom,
                state,
            } => {
                let number = numbers.calls;
                numbers.calls += 1;
                self.lines
                    .call(choice, number, (id, name, *is_custom), state.as_ref(), out);
                Kind::Call(number, *is_custom, false)
            }
            BlockKind::Other(sidecar) => {
                if is_own(sidecar, &mut self.losses) {
                    self.lines.own(choice, sidecar, out);
                }
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

    fn piece(
        &mut self,
        index: u32,
        piece: &Delta<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let at = self.open.iter().position(|open| open.index == index);
        let at = at.ok_or(CodecError::malformed("a delta of a block that is not open"))?;
        let mut open = self.open.swap_remove(at);
        let choice = open.choice;
        match (&mut open.kind, piece) {
            (Kind::Text, Delta::Text(text)) => {
                self.lines
                    .delta(choice, out, |delta| delta.string("content", text));
            }
            (Kind::Refusal, Delta::Text(text)) => {
                self.lines
                    .delta(choice, out, |delta| delta.string("refusal", text));
            }
            (Kind::Reasoning(_, _, told), Delta::Reasoning(text)) => {
                *told = told
                    .take()
                    .filter(|told| told.len() + text.len() <= MAX_THOUGHT_BYTES);
                if let Some(told) = told {
                    told.push_str(text);
                }
                self.lines
                    .delta(choice, out, |delta| delta.string("reasoning_content", text));
            }
            (Kind::Reasoning(number, id, told), Delta::State(state)) => {
                let detail = Detail::Signed(told.as_deref().unwrap_or_default(), state);
                self.lines
                    .detail(choice, *number, id.as_deref(), &detail, out);
            }
            (Kind::Call(number, is_custom, written), Delta::Arguments(text)) => {
                *written |= !text.trim().is_empty();
                self.lines.arguments(choice, *number, *is_custom, text, out);
            }
            (_, Delta::Other(sidecar)) if sidecar.dialect == LlmDialect::OpenAiChat => {
                self.lines.own(choice, sidecar, out);
            }
            (_, Delta::Other(sidecar)) => {
                foreign(std::slice::from_ref(sidecar), &mut self.losses);
            }
            _ => {
                return Err(CodecError::malformed(
                    "a delta of another kind than its block",
                ));
            }
        }
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self, index: u32, out: &mut BytesMut) -> Result<(), CodecError> {
        let at = self.open.iter().position(|open| open.index == index);
        let at = at.ok_or(CodecError::malformed(
            "the stop of a block that is not open",
        ))?;
        let open = self.open.swap_remove(at);
        if let Kind::Call(number, false, false) = open.kind {
            // Clients read them as JSON without looking.
            self.lines.arguments(open.choice, number, false, "{}", out);
        }
        Ok(())
    }

    fn stop(
        &mut self,
        number: u32,
        reason: &StopReason,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        self.choice(number, out)?;
        let word = stop::to_word(reason, &mut self.losses);
        self.lines.stop(number, word, out);
        Ok(())
    }

    /// What was used stands last, in a chunk without choices.
    fn end(&mut self, out: &mut BytesMut) {
        if let Some(usage) = self.usage {
            self.lines.usage(&usage, &mut self.losses, out);
        }
        write_event(out, None, |out| out.put_slice(b"[DONE]"));
    }
}

impl StreamEncoder for Encoder {
    fn encode(&mut self, event: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        match event {
            Event::Start(start) => self.start(start, out)?,
            Event::BlockStart {
                index,
                choice,
                block,
            } => self.begin(*index, *choice, block, out)?,
            Event::Delta { index, delta } => self.piece(*index, delta, out)?,
            Event::BlockStop { index } => self.close(*index, out)?,
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Stop { choice, reason } => self.stop(*choice, reason, out)?,
            // A comment: it keeps connections alive, and no client sees it.
            Event::Ping => out.put_slice(b": ping\n\n"),
            Event::Fault(fault) => self.fail(fault, out),
            Event::End => self.end(out),
        }
        Ok(())
    }

    fn fail(&mut self, fault: &Fault, out: &mut BytesMut) {
        let body = fault::body(fault);
        write_event(out, None, |out| out.put_slice(&body));
    }

    fn losses(&self) -> LossReport {
        self.losses.clone()
    }
}
