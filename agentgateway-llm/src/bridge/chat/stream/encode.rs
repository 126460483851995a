//! Writing a stream for a client.

use bytes::{BufMut, BytesMut};

use super::super::{
    super::{
        AnswerContext, Fault, LossReport,
        form::{Opaque, Sidecar, StateOwner, StopReason},
        stream::{BlockKind, CodecError, Delta, Event, Start, StreamEncoder, write_event},
    },
    fault,
    json::{ObjectWriter, object, value},
    loss::{foreign, is_own},
    reasoning::NATIVE,
    request::write_signature,
    response::write_usage,
    stop,
};
use crate::{LlmDialect, LlmUsage};

/// The most bytes of one thought that are told again with its state.
const MAX_THOUGHT_BYTES: usize = 2 * 1024 * 1024;

/// Writes chunks, each with the id, the model and the time of the first.
#[derive(Debug)]
pub(in super::super) struct Encoder {
    context: AnswerContext,
    /// What all chunks begin with, up to their choices.
    head: Vec<u8>,
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
    /// Its number, its id and its text so far: state is told with the text that it signs.
    Reasoning(u32, Option<String>, String),
    /// Its number, and whether arguments were written.
    Call(u32, bool),
    Whole,
}

// === impl Encoder ===

impl Encoder {
    pub(in super::super) fn new(context: &AnswerContext) -> Self {
        Self {
            context: context.clone(),
            head: Vec::new(),
            choices: Vec::new(),
            open: Vec::new(),
            usage: None,
            losses: LossReport::new(),
        }
    }

    fn start(&mut self, start: &Start<'_>, out: &mut BytesMut) {
        let model = match &*start.model {
            "" => &*self.context.model,
            model => model,
        };
        let id = match &*start.id {
            "" => format!("chatcmpl-{}", self.context.seed),
            id => id.to_owned(),
        };
        let mut head = BytesMut::with_capacity(128);
        object(&mut head, |head| {
            head.string("id", &id);
            head.string("object", "chat.completion.chunk");
            head.number("created", start.created.unwrap_or(self.context.now));
            head.string("model", model);
            head.array("choices", |_| {});
        });
        // The choices are written anew each time.
        head.truncate(head.len() - "]}".len());
        self.head = head.into();
        self.role(0, out);
    }

    /// The first chunk of a choice tells the role.
    fn role(&mut self, choice: u32, out: &mut BytesMut) {
        self.choices.push(Choice {
            number: choice,
            calls: 0,
            thoughts: 0,
        });
        self.delta(choice, out, |delta| {
            delta.string("role", "assistant");
            delta.string("content", "");
            delta.raw("refusal", "null");
        });
    }

    /// The numbers of a choice's calls and thoughts.
    fn choice(&mut self, number: u32, out: &mut BytesMut) -> Result<&mut Choice, CodecError> {
        if self.head.is_empty() {
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
                    self.detail(choice, number, id.as_deref(), &detail, out);
                    Kind::Whole
                } else {
                    Kind::Reasoning(number, id, String::new())
                }
            }
            BlockKind::ToolCall { id, name, state } => {
                let number = numbers.calls;
                numbers.calls += 1;
                self.call(choice, number, (id, name), state.as_ref(), out);
                Kind::Call(number, false)
            }
            BlockKind::Other(sidecar) => {
                if is_own(sidecar, &mut self.losses) {
                    self.own(choice, sidecar, out);
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

    fn call(
        &self,
        choice: u32,
        number: u32,
        (id, name): (&str, &str),
        state: Option<&Opaque<'_>>,
        out: &mut BytesMut,
    ) {
        self.delta(choice, out, |delta| {
            delta.array("tool_calls", |calls| {
                calls.object(|call| {
                    call.number("index", number.into());
                    call.string("id", id);
                    call.string("type", "function");
                    call.object("function", |function| {
                        function.string("name", name);
                        function.string("arguments", "");
                    });
                    if let Some(state) = state {
                        write_signature(call, &state.to_slot(StateOwner::Gemini));
                    }
                });
            });
        });
    }

    fn arguments(&self, choice: u32, number: u32, piece: &str, out: &mut BytesMut) {
        self.delta(choice, out, |delta| {
            delta.array("tool_calls", |calls| {
                calls.object(|call| {
                    call.number("index", number.into());
                    call.object("function", |function| function.string("arguments", piece));
                });
            });
        });
    }

    fn detail(
        &self,
        choice: u32,
        number: u32,
        id: Option<&str>,
        detail: &Detail<'_>,
        out: &mut BytesMut,
    ) {
        self.delta(choice, out, |delta| {
            delta.array("reasoning_details", |details| {
                details.object(|out| {
                    match detail {
                        Detail::Encrypted(state) => {
                            out.string("type", "reasoning.encrypted");
                            out.string("data", &state.to_slot(NATIVE));
                        }
                        Detail::Signed(text, state) => {
                            out.string("type", "reasoning.text");
                            out.string("text", text);
                            out.string("signature", &state.to_slot(NATIVE));
                        }
                    }
                    if let Some(id) = id {
                        out.string("id", id);
                    }
                    out.number("index", number.into());
                });
            });
        });
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
                self.delta(choice, out, |delta| delta.string("content", text));
            }
            (Kind::Refusal, Delta::Text(text)) => {
                self.delta(choice, out, |delta| delta.string("refusal", text));
            }
            (Kind::Reasoning(_, _, told), Delta::Reasoning(text)) => {
                if told.len().saturating_add(text.len()) <= MAX_THOUGHT_BYTES {
                    told.push_str(text);
                }
                self.delta(choice, out, |delta| delta.string("reasoning_content", text));
            }
            (Kind::Reasoning(number, id, told), Delta::State(state)) => {
                let detail = Detail::Signed(told, state);
                self.detail(choice, *number, id.as_deref(), &detail, out);
            }
            (Kind::Call(number, written), Delta::Arguments(text)) => {
                *written |= !text.trim().is_empty();
                self.arguments(choice, *number, text, out);
            }
            (_, Delta::Other(sidecar)) if sidecar.dialect == LlmDialect::OpenAiChat => {
                self.own(choice, sidecar, out);
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
        if let Kind::Call(number, false) = open.kind {
            // Clients read them as JSON without looking.
            self.arguments(open.choice, number, "{}", out);
        }
        Ok(())
    }

    /// A member that only this dialect has, in its place.
    fn own(&self, choice: u32, sidecar: &Sidecar, out: &mut BytesMut) {
        match &*sidecar.name {
            "logprobs" => self.chunk(out, |list| {
                object(list, |entry| {
                    entry.number("index", choice.into());
                    entry.object("delta", |_| {});
                    entry.raw("logprobs", &sidecar.raw);
                    entry.raw("finish_reason", "null");
                });
            }),
            "reasoning_details" | "tool_calls.custom" => {
                let name = sidecar.name.split('.').next().unwrap_or_default();
                self.delta(choice, out, |delta| {
                    delta.array(name, |list| list.raw(&sidecar.raw));
                });
            }
            name => self.delta(choice, out, |delta| delta.raw(name, &sidecar.raw)),
        }
    }

    /// A chunk with one delta.
    fn delta(&self, choice: u32, out: &mut BytesMut, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.chunk(out, |list| {
            object(list, |entry| {
                entry.number("index", choice.into());
                entry.object("delta", write);
                entry.raw("finish_reason", "null");
            });
        });
    }

    fn chunk(&self, out: &mut BytesMut, choices: impl FnOnce(&mut BytesMut)) {
        write_event(out, None, |out| {
            out.put_slice(&self.head);
            choices(out);
            out.put_slice(b"]}");
        });
    }

    fn stop(
        &mut self,
        number: u32,
        reason: &StopReason,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        self.choice(number, out)?;
        let word = stop::to_word(reason, &mut self.losses);
        self.chunk(out, |list| {
            object(list, |entry| {
                entry.number("index", number.into());
                entry.object("delta", |_| {});
                entry.string("finish_reason", word);
            });
        });
        Ok(())
    }

    /// What was used stands last, in a chunk without choices.
    fn end(&mut self, out: &mut BytesMut) {
        if let Some(usage) = self.usage {
            write_event(out, None, |out| {
                out.put_slice(&self.head);
                out.put_slice(b"],");
                value(out, "usage");
                out.put_u8(b':');
                object(out, |members| {
                    write_usage(members, &usage, &mut self.losses)
                });
                out.put_u8(b'}');
            });
        }
        write_event(out, None, |out| out.put_slice(b"[DONE]"));
    }
}

/// An element of `reasoning_details`.
enum Detail<'a> {
    Encrypted(&'a Opaque<'a>),
    Signed(&'a str, &'a Opaque<'a>),
}

impl StreamEncoder for Encoder {
    fn encode(&mut self, event: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        match event {
            Event::Start(start) => self.start(start, out),
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
