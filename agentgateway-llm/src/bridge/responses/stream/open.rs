use bytes::BytesMut;

use super::{
    super::{
        super::{
            form::{Block, Content, Opaque, Sidecar, StateOwner},
            stream::{BlockKind, CodecError},
        },
        ids::{REDACTED, of_call},
        item::{self, Call, Thought, part, write_call, write_message, write_thought},
        json::{Members, object},
        loss::{foreign_block, is_own},
    },
    encode::Encoder,
    writer::Growing,
};

/// The message that texts are put to.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    /// The parts that are complete.
    pub(super) parts: Growing,
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
        is_custom: bool,
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
            BlockKind::ToolCall {
                id,
                name,
                is_custom,
                state,
            } => self.begin_call((id, name, *is_custom), state.as_ref(), out),
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
    pub(super) fn part_event(&mut self, name: &str, block: &Block, out: &mut BytesMut) {
        let at = self.output.count();
        let losses = &mut self.losses;
        if let Some(message) = &self.message {
            self.numbered.write(out, name, |event| {
                event.string("item_id", &message.id);
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
        (call_id, name, is_custom): (&str, &str, bool),
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
        let id = self.ids.make(of_call(is_custom));
        let mut item = BytesMut::new();
        object(&mut item, |out| {
            let call = Call {
                id: Some(&id),
                status: Some("in_progress"),
                call_id,
                name,
                is_custom,
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
            is_custom,
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

    pub(super) fn item_added(&mut self, item: &[u8], out: &mut BytesMut) {
        let at = self.output.count();
        self.numbered
            .write(out, "response.output_item.added", |event| {
                event.number("output_index", at);
                event.written("item", item);
            });
    }

    pub(super) fn item_done(&mut self, item: &[u8], out: &mut BytesMut) {
        let at = self.output.count();
        self.numbered
            .write(out, "response.output_item.done", |event| {
                event.number("output_index", at);
                event.written("item", item);
            });
        self.output.push(item);
    }
}

pub(super) fn summary(id: &str, at: u64, event: &mut Members<'_>) {
    event.string("item_id", id);
    event.number("output_index", at);
    event.number("summary_index", 0);
}

pub(super) const fn message<'a>(
    id: &'a str,
    status: &'static str,
    content: &'a [u8],
) -> item::Message<'a> {
    item::Message {
        id: Some(id),
        status: Some(status),
        more: None,
        content,
    }
}

pub(super) const fn thought<'a>(
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
