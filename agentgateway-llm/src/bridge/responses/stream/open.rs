use bytes::BytesMut;

use super::{
    super::{
        super::{
            form::{Block, Content, Opaque, Sidecar, StateOwner},
            stream::{BlockKind, CodecError, Delta},
        },
        ids::REDACTED,
        item::{self, Call, Thought, part, write_call, write_message, write_thought},
        json::object,
        loss::{foreign, foreign_block, is_own},
        request::arguments,
    },
    encode::Encoder,
    writer::Growing,
};

/// The message that texts are put to.
#[derive(Debug)]
pub(super) struct Message {
    id: String,
    /// The parts that are complete.
    parts: Growing,
}

/// A block that is open.
#[derive(Debug)]
pub(super) enum Open {
    /// A text or a refusal: the block as far as it is known, and how many notes it has.
    Part(Block, u64),
    Thought {
        id: String,
        text: String,
        state: Option<Opaque<'static>>,
    },
    Call {
        id: String,
        call_id: String,
        name: String,
        arguments: String,
        sidecars: Vec<Sidecar>,
    },
    /// An item of this dialect's that was written whole, or one of another that is left out.
    Other,
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn begins(
        &mut self,
        index: u32,
        block: &BlockKind<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        if self.open.is_some() {
            return Err(CodecError::malformed("a block begins inside of another"));
        }
        let open = match block {
            BlockKind::Text => self.begin_part(Block::text(""), out),
            BlockKind::Refusal => {
                self.has_refused = true;
                self.begin_part(Block::new(Content::Refusal(String::new())), out)
            }
            BlockKind::Reasoning { id, redacted } => {
                let state = redacted.clone().map(Opaque::into_owned);
                self.begin_thought(id.as_deref(), state, out)
            }
            BlockKind::ToolCall { id, name, state } => {
                self.begin_call(id, name, state.as_ref(), out)
            }
            BlockKind::Other(sidecar) => {
                self.write_other(sidecar, out);
                Open::Other
            }
        };
        self.open = Some((index, open));
        Ok(())
    }

    fn begin_part(&mut self, block: Block, out: &mut BytesMut) -> Open {
        if self.message.is_none() {
            let id = self.ids.make("msg");
            let mut item = BytesMut::new();
            object(&mut item, |out| {
                write_message(&message(&id, "in_progress", b"[]"), out);
            });
            self.item_added(&item, out);
            self.message = Some(Message {
                id,
                parts: Growing::default(),
            });
        }
        self.part_event("response.content_part.added", &block, out);
        Open::Part(block, 0)
    }

    /// An event with the whole part.
    fn part_event(&mut self, name: &str, block: &Block, out: &mut BytesMut) {
        let at = self.output.count();
        let losses = &mut self.losses;
        if let Some(message) = &self.message {
            self.numbered.write(out, name, |event| {
                event.str("item_id", &message.id);
                event.number("output_index", at);
                event.number("content_index", message.parts.count());
                event.object("part", |out| part(block, losses, out));
            });
        }
    }

    fn begin_thought(
        &mut self,
        id: Option<&str>,
        state: Option<Opaque<'static>>,
        out: &mut BytesMut,
    ) -> Open {
        self.end_message("completed", out);
        let withheld = state
            .as_ref()
            .is_some_and(|state| !state.is_for(StateOwner::OpenAi));
        let id = match id {
            Some(id) => id.to_owned(),
            None => self.ids.make(if withheld { REDACTED } else { "rs" }),
        };
        self.thought_added(&id, out);
        Open::Thought {
            id,
            text: String::new(),
            state,
        }
    }

    fn thought_added(&mut self, id: &str, out: &mut BytesMut) {
        let mut item = BytesMut::new();
        object(&mut item, |out| write_thought(&thought(id, "", None), out));
        self.item_added(&item, out);
    }

    fn begin_call(
        &mut self,
        call_id: &str,
        name: &str,
        state: Option<&Opaque<'_>>,
        out: &mut BytesMut,
    ) -> Open {
        self.end_message("completed", out);
        if let Some(state) = state {
            let state = state.clone().into_owned();
            let id = self.ids.make("rs");
            self.thought_added(&id, out);
            let mut item = BytesMut::new();
            object(&mut item, |out| {
                write_thought(&thought(&id, "", Some(&state)), out);
            });
            self.item_done(&item, out);
        }
        let id = self.ids.make("fc");
        let mut item = BytesMut::new();
        object(&mut item, |out| {
            let call = Call {
                id: Some(&id),
                status: Some("in_progress"),
                call_id,
                name,
                arguments: "",
                sidecars: &[],
            };
            write_call(&call, out);
        });
        self.item_added(&item, out);
        Open::Call {
            id,
            call_id: call_id.to_owned(),
            name: name.to_owned(),
            arguments: String::new(),
            sidecars: Vec::new(),
        }
    }

    fn write_other(&mut self, sidecar: &Sidecar, out: &mut BytesMut) {
        // A part of a message has no place in a stream, since nothing tells it piece by piece.
        if !is_own(sidecar) || sidecar.name.starts_with("content.") {
            foreign_block(sidecar, &mut self.losses);
            return;
        }
        self.end_message("completed", out);
        let raw = sidecar.raw.as_bytes();
        self.item_added(raw, out);
        self.item_done(raw, out);
    }

    pub(super) fn goes_on(
        &mut self,
        delta: &Delta<'_>,
        out: &mut BytesMut,
    ) -> Result<(), CodecError> {
        let at = self.output.count();
        let numbered = &mut self.numbered;
        match (self.open.as_mut().map(|(_, open)| open), delta) {
            (Some(Open::Part(block, _)), Delta::Text(text)) => {
                let Some(message) = &self.message else {
                    return Ok(());
                };
                let (name, is_text) = match &mut block.content {
                    Content::Refusal(own) => {
                        own.push_str(text);
                        ("response.refusal.delta", false)
                    }
                    Content::Text(own) => {
                        own.push_str(text);
                        ("response.output_text.delta", true)
                    }
                    _ => return Ok(()),
                };
                numbered.write(out, name, |event| {
                    event.str("item_id", &message.id);
                    event.number("output_index", at);
                    event.number("content_index", message.parts.count());
                    event.str("delta", text);
                    if is_text {
                        event.raw("logprobs", "[]");
                    }
                });
            }
            (Some(Open::Thought { id, text: own, .. }), Delta::Reasoning(text)) => {
                if own.is_empty() {
                    numbered.write(out, "response.reasoning_summary_part.added", |event| {
                        summary(id, at, event);
                        event.raw("part", r#"{"type":"summary_text","text":""}"#);
                    });
                }
                own.push_str(text);
                numbered.write(out, "response.reasoning_summary_text.delta", |event| {
                    summary(id, at, event);
                    event.str("delta", text);
                });
            }
            (Some(Open::Thought { state, .. }), Delta::State(new)) => {
                *state = Some(new.clone().into_owned());
            }
            (
                Some(Open::Call {
                    id, arguments: own, ..
                }),
                Delta::Arguments(text),
            ) => {
                own.push_str(text);
                numbered.write(out, "response.function_call_arguments.delta", |event| {
                    event.str("item_id", id);
                    event.number("output_index", at);
                    event.str("delta", text);
                });
            }
            (Some(_), Delta::Other(sidecar)) => self.noted(sidecar, out),
            _ => {
                return Err(CodecError::malformed(
                    "a delta of another kind than its block",
                ));
            }
        }
        Ok(())
    }

    /// What only one dialect knows of the open block.
    fn noted(&mut self, sidecar: &Sidecar, out: &mut BytesMut) {
        if !is_own(sidecar) {
            foreign(&vec![sidecar.clone()], &mut self.losses);
            return;
        }
        let at = self.output.count();
        match (self.open.as_mut(), &self.message) {
            (Some((_, Open::Part(block, notes))), Some(message)) => {
                let numbered = &mut self.numbered;
                let mut note = |name: &str, count: Option<u64>| {
                    numbered.write(out, name, |event| {
                        event.str("item_id", &message.id);
                        event.number("output_index", at);
                        event.number("content_index", message.parts.count());
                        match count {
                            Some(count) => {
                                event.number("annotation_index", count);
                                event.raw("annotation", &sidecar.raw);
                            }
                            None => {
                                event.str("delta", "");
                                event.raw("logprobs", &sidecar.raw);
                            }
                        }
                    });
                };
                match &*sidecar.name {
                    "annotation" => {
                        note("response.output_text.annotation.added", Some(*notes));
                        *notes = notes.saturating_add(1);
                    }
                    "logprobs" => note("response.output_text.delta", None),
                    // The id and the like: they came too late, and the item has its own.
                    _ => return,
                }
                block.sidecars.push(sidecar.clone());
            }
            (Some((_, Open::Call { sidecars, .. })), _)
                if !matches!(&*sidecar.name, "id" | "status") =>
            {
                sidecars.push(sidecar.clone());
            }
            _ => {}
        }
    }

    pub(super) fn ends(&mut self, out: &mut BytesMut) {
        match self.open.take().map(|(_, open)| open) {
            Some(Open::Part(block, _)) => self.end_part(&block, out),
            Some(Open::Thought { id, text, state }) => {
                self.end_thought(&id, &text, state.as_ref(), out);
            }
            Some(Open::Call {
                id,
                call_id,
                name,
                arguments,
                sidecars,
            }) => {
                let call = Call {
                    id: Some(&id),
                    status: Some("completed"),
                    call_id: &call_id,
                    name: &name,
                    arguments: &arguments,
                    sidecars: &sidecars,
                };
                self.end_call(call, &id, out);
            }
            Some(Open::Other) | None => {}
        }
    }

    fn end_part(&mut self, block: &Block, out: &mut BytesMut) {
        let at = self.output.count();
        if let Some(message) = &self.message {
            let (name, whole, text) = match &block.content {
                Content::Refusal(text) => ("response.refusal.done", "refusal", text),
                Content::Text(text) => ("response.output_text.done", "text", text),
                _ => return,
            };
            self.numbered.write(out, name, |event| {
                event.str("item_id", &message.id);
                event.number("output_index", at);
                event.number("content_index", message.parts.count());
                event.str(whole, text);
                if whole == "text" {
                    event.raw("logprobs", &item::logprobs(&block.sidecars));
                }
            });
        }
        self.part_event("response.content_part.done", block, out);
        let mut json = BytesMut::new();
        let losses = &mut self.losses;
        object(&mut json, |out| part(block, losses, out));
        if let Some(message) = &mut self.message {
            message.parts.push(&json);
        }
    }

    fn end_thought(
        &mut self,
        id: &str,
        text: &str,
        state: Option<&Opaque<'static>>,
        out: &mut BytesMut,
    ) {
        let at = self.output.count();
        if !text.is_empty() {
            self.numbered
                .write(out, "response.reasoning_summary_text.done", |event| {
                    summary(id, at, event);
                    event.str("text", text);
                });
            self.numbered
                .write(out, "response.reasoning_summary_part.done", |event| {
                    summary(id, at, event);
                    event.object("part", |part| {
                        part.str("type", "summary_text");
                        part.str("text", text);
                    });
                });
        }
        let mut item = BytesMut::new();
        object(&mut item, |out| {
            write_thought(&thought(id, text, state), out)
        });
        self.item_done(&item, out);
    }

    fn end_call(&mut self, call: Call<'_>, id: &str, out: &mut BytesMut) {
        let at = self.output.count();
        let whole = arguments(call.arguments);
        if call.arguments.is_empty() {
            self.numbered
                .write(out, "response.function_call_arguments.delta", |event| {
                    event.str("item_id", id);
                    event.number("output_index", at);
                    event.str("delta", whole);
                });
        }
        self.numbered
            .write(out, "response.function_call_arguments.done", |event| {
                event.str("item_id", id);
                event.number("output_index", at);
                event.str("name", call.name);
                event.str("arguments", whole);
            });
        let call = Call {
            arguments: whole,
            ..call
        };
        let mut item = BytesMut::new();
        object(&mut item, |out| write_call(&call, out));
        self.item_done(&item, out);
    }

    /// Ends the message that is open, if any.
    pub(super) fn end_message(&mut self, status: &'static str, out: &mut BytesMut) {
        if let Some(open) = self.message.take() {
            let mut item = BytesMut::new();
            let content = open.parts.array();
            object(&mut item, |out| {
                write_message(&message(&open.id, status, &content), out);
            });
            self.item_done(&item, out);
        }
    }

    fn item_added(&mut self, item: &[u8], out: &mut BytesMut) {
        let at = self.output.count();
        self.numbered
            .write(out, "response.output_item.added", |event| {
                event.number("output_index", at);
                event.bytes("item", item);
            });
    }

    fn item_done(&mut self, item: &[u8], out: &mut BytesMut) {
        let at = self.output.count();
        self.numbered
            .write(out, "response.output_item.done", |event| {
                event.number("output_index", at);
                event.bytes("item", item);
            });
        self.output.push(item);
    }
}

fn summary(id: &str, at: u64, event: &mut super::super::json::Members<'_>) {
    event.str("item_id", id);
    event.number("output_index", at);
    event.number("summary_index", 0);
}

const fn message<'a>(id: &'a str, status: &'static str, content: &'a [u8]) -> item::Message<'a> {
    item::Message {
        id: Some(id),
        status: Some(status),
        more: None,
        content,
    }
}

const fn thought<'a>(
    id: &'a str,
    text: &'a str,
    state: Option<&'a Opaque<'static>>,
) -> Thought<'a> {
    Thought {
        id: Some(id),
        text,
        state,
        sidecars: &[],
    }
}
