use bytes::BytesMut;

use super::{
    super::{
        super::form::{Block, Content, Opaque},
        item::{self, Call, part, write_call, write_message, write_thought},
        json::object,
        request::arguments,
    },
    encode::Encoder,
    open::{Open, message, summary, thought},
};

/// The end of a block, and of the message that it is in.
impl Encoder {
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
                is_custom,
                arguments,
                sidecars,
            }) => {
                let call = Call {
                    id: Some(&id),
                    status: Some("completed"),
                    call_id: &call_id,
                    name: &name,
                    is_custom,
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
                event.string("item_id", &message.id);
                event.number("output_index", at);
                event.number("content_index", message.parts.count());
                event.string(whole, text);
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
                    event.string("text", text);
                });
            self.numbered
                .write(out, "response.reasoning_summary_part.done", |event| {
                    summary(id, at, event);
                    event.object("part", |part| {
                        part.string("type", "summary_text");
                        part.string("text", text);
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
        let whole = arguments(call.arguments, call.is_custom);
        if call.arguments.is_empty() && !call.is_custom {
            self.numbered
                .write(out, "response.function_call_arguments.delta", |event| {
                    event.string("item_id", id);
                    event.number("output_index", at);
                    event.string("delta", whole);
                });
        }
        let done = match call.is_custom {
            true => "response.custom_tool_call_input.done",
            false => "response.function_call_arguments.done",
        };
        self.numbered.write(out, done, |event| {
            event.string("item_id", id);
            event.number("output_index", at);
            if !call.is_custom {
                event.string("name", call.name);
            }
            event.string(item::arguments_of(call.is_custom), whole);
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
}
