use bytes::{BufMut, BytesMut};

use super::super::{
    super::{
        AnswerContext, Fault, Loss, LossReport,
        form::{Opaque, Sidecar, StateOwner, StopReason},
        stream::{BlockKind, CodecError, Delta, Event, StreamEncoder, write_event},
    },
    DIALECT, fault,
    json::{self, Members},
    lost::{Beside, foreign},
    response::{Stop, head, state_of_call, write_head, write_usage},
};
use crate::LlmUsage;

/// Writes a stream of Anthropic Messages.
#[derive(Debug)]
pub(in super::super) struct Encoder {
    context: AnswerContext,
    /// The id and the model, until `message_start` is written: it tells the usage that is known by then.
    start: Option<(String, String)>,
    usage: LlmUsage,
    /// The index of the next block here.
    next: u32,
    open: Vec<Open>,
    stop: Option<StopReason>,
    refused: bool,
    losses: LossReport,
}

/// A block that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Its index in the canonical form.
    index: u32,
    /// Its index here; `None` when it is not written.
    ours: Option<u32>,
    /// It is one that only this dialect knows.
    own: bool,
}

// === impl Encoder ===

impl Encoder {
    pub(in super::super) fn new(context: AnswerContext) -> Self {
        Self {
            context,
            start: None,
            usage: LlmUsage::default(),
            next: 0,
            open: Vec::new(),
            stop: None,
            refused: false,
            losses: LossReport::new(),
        }
    }

    fn write_start(&mut self, out: &mut BytesMut) {
        let Some((id, model)) = self.start.take() else {
            return;
        };
        let (usage, losses) = (&self.usage, &mut self.losses);
        let (id, model) = head(&self.context, &id, &model);
        write_event(out, Some("message_start"), |out| {
            json::object(out, |out| {
                out.string("type", "message_start");
                out.object("message", |out| {
                    write_head(out, &id, model);
                    out.array("content", |_| {});
                    out.null("stop_reason");
                    out.null("stop_sequence");
                    out.object("usage", |out| write_usage(out, usage, losses));
                });
            });
        });
    }

    fn block_start(&mut self, index: u32, choice: u32, block: &BlockKind<'_>, out: &mut BytesMut) {
        let mut own = false;
        let ours = match block {
            _ if choice != 0 => {
                self.losses.add_at(Loss::Choices, "choices");
                None
            }
            BlockKind::Text => Some(self.begin(out, write_text)),
            BlockKind::Refusal => {
                self.refused = true;
                self.losses.add(Loss::Refusal);
                Some(self.begin(out, write_text))
            }
            BlockKind::Reasoning { redacted, .. } => {
                let redacted = redacted.as_ref();
                Some(self.begin(out, |out| write_thoughts(out, redacted)))
            }
            BlockKind::ToolCall {
                id, name, state, ..
            } => {
                self.state_of_call(state.as_ref(), out);
                Some(self.begin(out, |out| {
                    out.string("type", "tool_use");
                    out.string("id", id);
                    out.string("name", name);
                    out.raw("input", "{}");
                }))
            }
            BlockKind::Other(sidecar) if sidecar.dialect == DIALECT => {
                own = true;
                Some(self.begin_with(out, |out| json::raw(out, &sidecar.raw)))
            }
            BlockKind::Other(sidecar) => {
                foreign(sidecar, Beside::Block, &mut self.losses);
                None
            }
        };
        self.open.push(Open { index, ours, own });
    }

    fn begin(&mut self, out: &mut BytesMut, block: impl FnOnce(&mut Members<'_>)) -> u32 {
        self.begin_with(out, |out| json::object(out, block))
    }

    fn begin_with(&mut self, out: &mut BytesMut, block: impl FnOnce(&mut BytesMut)) -> u32 {
        let index = self.next;
        self.next = index.saturating_add(1);
        write_event(out, Some("content_block_start"), |out| {
            out.put_slice(br#"{"type":"content_block_start","index":"#);
            json::number(out, index);
            out.put_slice(br#","content_block":"#);
            block(out);
            out.put_u8(b'}');
        });
        index
    }

    fn state_of_call(&mut self, state: Option<&Opaque<'_>>, out: &mut BytesMut) {
        if let Some(state) = state_of_call(state, &mut self.losses) {
            let index = self.begin(out, |out| write_thoughts(out, None));
            write_delta(out, index, "signature_delta", "signature", |out| {
                json::string(out, &state);
            });
            write_block_stop(out, index);
        }
    }

    fn delta(
        &mut self,
        index: u32,
        delta: &Delta<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let open = self.open.iter().find(|open| open.index == index);
        let open = open.ok_or(CodecError::malformed("a delta of a block that is not open"))?;
        let Some(ours) = open.ours else { return Ok(()) };
        let (kind, name, text) = match delta {
            Delta::Text(text) => ("text_delta", "text", text),
            Delta::Reasoning(text) => ("thinking_delta", "thinking", text),
            Delta::Arguments(text) => ("input_json_delta", "partial_json", text),
            Delta::State(state) => {
                let slot = state.to_slot(StateOwner::Anthropic);
                let write = |out: &mut BytesMut| json::string(out, &slot);
                write_delta(out, ours, "signature_delta", "signature", write);
                return Ok(());
            }
            Delta::Other(sidecar) => {
                let own = open.own;
                self.other(ours, own, sidecar, out);
                return Ok(());
            }
        };
        write_delta(out, ours, kind, name, |out| json::string(out, text));
        Ok(())
    }

    fn other(&mut self, ours: u32, own: bool, sidecar: &Sidecar, out: &mut BytesMut) {
        if sidecar.dialect == DIALECT && &*sidecar.name == "citation" {
            let write = |out: &mut BytesMut| json::raw(out, &sidecar.raw);
            write_delta(out, ours, "citations_delta", "citation", write);
        } else if sidecar.dialect == DIALECT && own {
            write_event(out, Some("content_block_delta"), |out| {
                json::object(out, |out| {
                    out.string("type", "content_block_delta");
                    out.number("index", ours);
                    out.raw("delta", &sidecar.raw);
                });
            });
        } else {
            // Its place would have been in the start of its block, which is written.
            foreign(sidecar, Beside::Member, &mut self.losses);
        }
    }

    fn block_stop(&mut self, index: u32, out: &mut BytesMut) -> Result<(), CodecError> {
        let at = self.open.iter().position(|open| open.index == index);
        let at = at.ok_or(CodecError::malformed(
            "the stop of a block that is not open",
        ))?;
        if let Some(ours) = self.open.swap_remove(at).ours {
            write_block_stop(out, ours);
        }
        Ok(())
    }

    /// The stop waits for the usage, which other dialects tell behind it.
    fn end(&mut self, out: &mut BytesMut) {
        let reason = self.stop.take().unwrap_or_default();
        let stop = Stop {
            reason: &reason,
            refused: self.refused,
            details: None,
        };
        let (usage, losses) = (&self.usage, &mut self.losses);
        write_event(out, Some("message_delta"), |out| {
            json::object(out, |out| {
                out.string("type", "message_delta");
                out.object("delta", |out| {
                    stop.write(out, losses);
                });
                out.object("usage", |out| write_usage(out, usage, losses));
            });
        });
        write_event(out, Some("message_stop"), |out| {
            out.put_slice(br#"{"type":"message_stop"}"#);
        });
    }
}

impl StreamEncoder for Encoder {
    fn encode(&mut self, event: &Event<'_>, out: &mut BytesMut) -> Result<(), CodecError> {
        match event {
            Event::Start(start) => {
                self.start = Some((start.id.to_string(), start.model.to_string()));
                return Ok(());
            }
            Event::Usage(usage) => {
                self.usage = *usage;
                return Ok(());
            }
            Event::Fault(fault) => {
                self.fail(fault, out);
                return Ok(());
            }
            _ => self.write_start(out),
        }
        match event {
            Event::BlockStart {
                index,
                choice,
                block,
            } => self.block_start(*index, *choice, block, out),
            Event::Delta { index, delta } => return self.delta(*index, delta, out),
            Event::BlockStop { index } => return self.block_stop(*index, out),
            Event::Stop { choice: 0, reason } => self.stop = Some(reason.clone()),
            Event::Ping => write_event(out, Some("ping"), |out| {
                out.put_slice(br#"{"type":"ping"}"#);
            }),
            Event::End => self.end(out),
            _ => {}
        }
        Ok(())
    }

    fn fail(&mut self, told: &Fault, out: &mut BytesMut) {
        write_event(out, Some("error"), |out| {
            json::object(out, |out| fault::write(out, told));
        });
    }

    fn losses(&self) -> LossReport {
        self.losses.clone()
    }
}

fn write_text(out: &mut Members<'_>) {
    out.string("type", "text");
    out.string("text", "");
}

fn write_thoughts(out: &mut Members<'_>, redacted: Option<&Opaque<'_>>) {
    match redacted {
        Some(state) => {
            out.string("type", "redacted_thinking");
            out.string("data", &state.to_slot(StateOwner::Anthropic));
        }
        None => {
            out.string("type", "thinking");
            out.string("thinking", "");
            out.string("signature", "");
        }
    }
}

fn write_delta(
    out: &mut BytesMut,
    index: u32,
    kind: &str,
    name: &str,
    value: impl FnOnce(&mut BytesMut),
) {
    write_event(out, Some("content_block_delta"), |out| {
        out.put_slice(br#"{"type":"content_block_delta","index":"#);
        json::number(out, index);
        out.put_slice(br#","delta":{"type":""#);
        out.put_slice(kind.as_bytes());
        out.put_slice(br#"",""#);
        out.put_slice(name.as_bytes());
        out.put_slice(br#"":"#);
        value(out);
        out.put_slice(b"}}");
    });
}

fn write_block_stop(out: &mut BytesMut, index: u32) {
    write_event(out, Some("content_block_stop"), |out| {
        out.put_slice(br#"{"type":"content_block_stop","index":"#);
        json::number(out, index);
        out.put_u8(b'}');
    });
}
