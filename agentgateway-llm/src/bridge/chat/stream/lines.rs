//! The lines of a stream: chunks, each with the id, the model and the time of the first.

use bytes::{BufMut, BytesMut};

use super::super::{
    super::{
        AnswerContext, LossReport,
        form::{Opaque, Sidecar, StateOwner},
        stream::{Start, write_event},
    },
    json::{Members, object, string},
    message::{arguments_of, kind_of},
    reasoning::NATIVE,
    request::write_signature,
    response::write_usage,
};
use crate::LlmUsage;

/// Writes chunks.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// What all chunks begin with, up to their choices; empty before the start.
    head: Vec<u8>,
}

/// An element of `reasoning_details`.
pub(super) enum Detail<'a> {
    Encrypted(&'a Opaque<'a>),
    Signed(&'a str, &'a Opaque<'a>),
}

// === impl Lines ===

impl Lines {
    pub(super) fn has_begun(&self) -> bool {
        !self.head.is_empty()
    }

    pub(super) fn begin(&mut self, context: &AnswerContext, start: &Start<'_>) {
        let model = match &*start.model {
            "" => &*context.model,
            model => model,
        };
        let id = match &*start.id {
            "" => format!("chatcmpl-{}", context.seed),
            id => id.to_owned(),
        };
        let mut head = BytesMut::with_capacity(128);
        object(&mut head, |head| {
            head.string("id", &id);
            head.string("object", "chat.completion.chunk");
            head.number("created", start.created.unwrap_or(context.now));
            head.string("model", model);
            head.array("choices", |_| {});
        });
        // The choices are written anew each time.
        head.truncate(head.len() - "]}".len());
        self.head = head.into();
    }

    pub(super) fn role(&self, choice: u32, out: &mut BytesMut) {
        self.delta(choice, out, |delta| {
            delta.string("role", "assistant");
            delta.string("content", "");
            delta.null("refusal");
        });
    }

    pub(super) fn call(
        &self,
        choice: u32,
        number: u32,
        (id, name, is_custom): (&str, &str, bool),
        state: Option<&Opaque<'_>>,
        out: &mut BytesMut,
    ) {
        self.delta(choice, out, |delta| {
            delta.array("tool_calls", |calls| {
                calls.object(|call| {
                    call.number("index", number);
                    call.string("id", id);
                    call.string("type", kind_of(is_custom));
                    call.object(kind_of(is_custom), |called| {
                        called.string("name", name);
                        called.string(arguments_of(is_custom), "");
                    });
                    if let Some(state) = state {
                        write_signature(call, &state.to_slot(StateOwner::Gemini));
                    }
                });
            });
        });
    }

    pub(super) fn arguments(
        &self,
        choice: u32,
        number: u32,
        is_custom: bool,
        piece: &str,
        out: &mut BytesMut,
    ) {
        self.delta(choice, out, |delta| {
            delta.array("tool_calls", |calls| {
                calls.object(|call| {
                    call.number("index", number);
                    call.object(kind_of(is_custom), |called| {
                        called.string(arguments_of(is_custom), piece);
                    });
                });
            });
        });
    }

    pub(super) fn detail(
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
                    out.number("index", number);
                });
            });
        });
    }

    /// A member that only this dialect has, in its place.
    pub(super) fn own(&self, choice: u32, sidecar: &Sidecar, out: &mut BytesMut) {
        match &*sidecar.name {
            "logprobs" => self.chunk(out, |list| {
                object(list, |entry| {
                    entry.number("index", choice);
                    entry.object("delta", |_| {});
                    entry.raw("logprobs", &sidecar.raw);
                    entry.null("finish_reason");
                });
            }),
            "reasoning_details" => self.delta(choice, out, |delta| {
                delta.array("reasoning_details", |list| list.raw(&sidecar.raw));
            }),
            name => self.delta(choice, out, |delta| delta.raw(name, &sidecar.raw)),
        }
    }

    /// A chunk with one delta.
    pub(super) fn delta(
        &self,
        choice: u32,
        out: &mut BytesMut,
        write: impl FnOnce(&mut Members<'_>),
    ) {
        self.chunk(out, |list| {
            object(list, |entry| {
                entry.number("index", choice);
                entry.object("delta", write);
                entry.null("finish_reason");
            });
        });
    }

    pub(super) fn stop(&self, choice: u32, word: &str, out: &mut BytesMut) {
        self.chunk(out, |list| {
            object(list, |entry| {
                entry.number("index", choice);
                entry.object("delta", |_| {});
                entry.string("finish_reason", word);
            });
        });
    }

    /// A chunk without choices.
    pub(super) fn usage(&self, usage: &LlmUsage, losses: &mut LossReport, out: &mut BytesMut) {
        write_event(out, None, |out| {
            out.put_slice(&self.head);
            out.put_slice(b"],");
            string(out, "usage");
            out.put_u8(b':');
            object(out, |members| write_usage(members, usage, losses));
            out.put_u8(b'}');
        });
    }

    fn chunk(&self, out: &mut BytesMut, choices: impl FnOnce(&mut BytesMut)) {
        write_event(out, None, |out| {
            out.put_slice(&self.head);
            choices(out);
            out.put_slice(b"]}");
        });
    }
}
