use agentgateway_core::json::{self as scan, JsonType, Raw};
use bytes::BytesMut;

use super::super::{
    super::{
        Fault, Loss, LossReport,
        form::{Opaque, Sidecar, StateOwner},
        stream::{BlockKind, CodecError, Delta, Event, StreamEncoder},
    },
    DIALECT, fault,
    json::{Members, object},
    loss::{Beside, foreign},
    response::{write_stop, write_usage},
    state,
};
use crate::{LlmUsage, wire::event_stream::write_event};

/// Writes a stream of Bedrock Converse: its first choice.
#[derive(Debug, Default)]
pub(in super::super) struct Encoder {
    losses: LossReport,
    usage: LlmUsage,
    /// The index of the next block that is written.
    next: u64,
    open: Option<Open>,
    /// Why the model stopped, once it has.
    stop: Option<&'static str>,
}

#[derive(Debug)]
struct Open {
    index: u32,
    /// The index that it is written with: a text without a piece is not written at all.
    theirs: Option<u64>,
}

// === impl Encoder ===

impl Encoder {
    pub(in super::super) fn new() -> Self {
        Self::default()
    }

    fn begin(
        &mut self,
        index: u32,
        block: &BlockKind<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let theirs = match block {
            BlockKind::Text | BlockKind::Reasoning { redacted: None, .. } => None,
            BlockKind::Refusal => {
                self.losses.add(Loss::Refusal);
                None
            }
            BlockKind::Reasoning {
                redacted: Some(state),
                ..
            } => Some(self.redacted(state, out)?),
            BlockKind::ToolCall {
                id, name, state, ..
            } => {
                if let Some(state) = state {
                    self.state_of_call(state, out)?;
                }
                let theirs = self.take_index();
                start(out, theirs, |out| {
                    out.object("toolUse", |out| {
                        out.string("toolUseId", id);
                        out.string("name", name);
                    });
                })?;
                Some(theirs)
            }
            BlockKind::Other(own) if own.dialect == DIALECT => self.other(own, out)?,
            BlockKind::Other(other) => {
                foreign(other, Beside::Block, &mut self.losses);
                None
            }
        };
        self.open = Some(Open { index, theirs });
        Ok(())
    }

    const fn take_index(&mut self) -> u64 {
        let index = self.next;
        self.next += 1;
        index
    }

    fn redacted(&mut self, state: &Opaque<'_>, out: &mut BytesMut) -> Result<u64, CodecError> {
        let theirs = self.take_index();
        delta(out, theirs, |out| {
            out.object("reasoningContent", |out| {
                out.string("redactedContent", &state::to_redacted(state));
            });
        })?;
        Ok(theirs)
    }

    /// The state of a call stands in thoughts before it.
    fn state_of_call(&mut self, state: &Opaque<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        let theirs = self.take_index();
        signature(out, theirs, state)?;
        stop(out, theirs)
    }

    /// A block that only this dialect knows: what it begins with, and the rest as one piece.
    fn other(&mut self, own: &Sidecar, out: &mut BytesMut) -> Result<Option<u64>, CodecError> {
        let (kind, parts) = match &*own.name {
            "toolUse" => ("toolUse", ["input"]),
            "toolResult" => ("toolResult", ["content"]),
            "image" => ("image", ["source"]),
            _ => {
                foreign(own, Beside::Block, &mut self.losses);
                return Ok(None);
            }
        };
        let unreadable = |_| CodecError::malformed("a block that is no JSON");
        let raw = Raw::parse(own.raw.as_bytes()).map_err(unreadable)?;
        let [rest] = scan::members_of(raw, parts).map_err(unreadable)?;
        let theirs = self.take_index();
        start(out, theirs, |out| {
            out.object(kind, |out| {
                let _ = scan::entries(raw, |name, value| {
                    if !parts.contains(&name) {
                        out.raw(name, value.get());
                    }
                });
            });
        })?;
        if let Some(rest) = rest {
            delta(out, theirs, |out| match &*own.name {
                "toolUse" => out.object("toolUse", |out| match scan::type_of(rest) {
                    JsonType::String => out.raw("input", rest.get()),
                    _ => out.string("input", rest.get()),
                }),
                "toolResult" => out.raw("toolResult", rest.get()),
                _ => out.object("image", |out| out.raw("source", rest.get())),
            })?;
        }
        Ok(Some(theirs))
    }

    fn piece(&mut self, piece: &Delta<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        let is_empty = match piece {
            Delta::Text(text) | Delta::Reasoning(text) | Delta::Arguments(text) => text.is_empty(),
            Delta::Other(other) if other.dialect != DIALECT || &*other.name != "citation" => {
                let citation = other.name.contains("citation") || other.name.contains("annotation");
                if citation {
                    self.losses.add(Loss::Citations);
                } else {
                    foreign(other, Beside::Member, &mut self.losses);
                }
                true
            }
            Delta::State(_) | Delta::Other(_) => false,
        };
        let Some(open) = self.open.as_mut().filter(|_| !is_empty) else {
            return Ok(());
        };
        let theirs = *open.theirs.get_or_insert_with(|| {
            let index = self.next;
            self.next += 1;
            index
        });
        match piece {
            Delta::State(state) => signature(out, theirs, state),
            piece => delta(out, theirs, |out| match piece {
                Delta::Text(text) => out.string("text", text),
                Delta::Reasoning(text) => {
                    out.object("reasoningContent", |out| out.string("text", text));
                }
                Delta::Arguments(text) => {
                    out.object("toolUse", |out| out.string("input", text));
                }
                Delta::Other(own) => out.raw("citation", &own.raw),
                Delta::State(_) => {}
            }),
        }
    }

    fn end(&mut self, out: &mut BytesMut) -> Result<(), CodecError> {
        if let Some(reason) = self.stop.take() {
            event(out, "messageStop", |out| out.string("stopReason", reason))?;
        }
        let (usage, losses) = (self.usage, &mut self.losses);
        event(out, "metadata", |out| {
            out.object("usage", |out| write_usage(out, &usage, losses));
            // It must be there, and nobody measured it.
            out.object("metrics", |out| out.number("latencyMs", 0));
        })
    }

    fn is_open(&self, index: u32) -> bool {
        self.open.as_ref().is_some_and(|open| open.index == index)
    }
}

impl StreamEncoder for Encoder {
    fn encode(&mut self, told: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        match told {
            Event::Start(_) => event(out, "messageStart", |out| out.string("role", "assistant")),
            Event::BlockStart { choice, .. } | Event::Stop { choice, .. } if *choice > 0 => {
                self.losses.add(Loss::Choices);
                Ok(())
            }
            Event::BlockStart { index, block, .. } => self.begin(*index, block, out),
            Event::Delta { index, delta } if self.is_open(*index) => self.piece(delta, out),
            Event::BlockStop { index } if self.is_open(*index) => {
                match self.open.take().and_then(|open| open.theirs) {
                    Some(theirs) => stop(out, theirs),
                    None => Ok(()),
                }
            }
            // Of another choice.
            Event::Delta { .. } | Event::BlockStop { .. } if self.losses.has(Loss::Choices) => {
                Ok(())
            }
            Event::Delta { .. } | Event::BlockStop { .. } => Err(CodecError::malformed(
                "an event of a block that is not open",
            )),
            Event::Usage(usage) => {
                self.usage = *usage;
                Ok(())
            }
            // Clients take it for the end: it waits until the end was seen.
            Event::Stop { reason, .. } => {
                self.stop = Some(write_stop(reason, &mut self.losses));
                Ok(())
            }
            // The dialect has no event for it.
            Event::Ping => Ok(()),
            Event::Fault(fault) => {
                self.fail(fault, out);
                Ok(())
            }
            Event::End => self.end(out),
        }
    }

    fn fail(&mut self, fault: &Fault, out: &mut BytesMut) {
        fault::write_frame(out, fault);
    }

    fn losses(&self) -> LossReport {
        self.losses.clone()
    }
}

fn event(
    out: &mut BytesMut,
    name: &str,
    write: impl FnOnce(&mut Members<'_>),
) -> Result<(), CodecError> {
    write_event(out, name, |out| object(out, write)).map_err(CodecError::from)
}

fn start(
    out: &mut BytesMut,
    theirs: u64,
    write: impl FnOnce(&mut Members<'_>),
) -> Result<(), CodecError> {
    event(out, "contentBlockStart", |out| {
        out.object("start", write);
        out.number("contentBlockIndex", theirs);
    })
}

fn delta(
    out: &mut BytesMut,
    theirs: u64,
    write: impl FnOnce(&mut Members<'_>),
) -> Result<(), CodecError> {
    event(out, "contentBlockDelta", |out| {
        out.object("delta", write);
        out.number("contentBlockIndex", theirs);
    })
}

fn signature(out: &mut BytesMut, theirs: u64, state: &Opaque<'_>) -> Result<(), CodecError> {
    delta(out, theirs, |out| {
        out.object("reasoningContent", |out| {
            out.string("signature", &state.to_slot(StateOwner::Anthropic));
        });
    })
}

fn stop(out: &mut BytesMut, theirs: u64) -> Result<(), CodecError> {
    event(out, "contentBlockStop", |out| {
        out.number("contentBlockIndex", theirs)
    })
}
