use std::borrow::Cow;

use bytes::BytesMut;

use super::{
    super::{
        super::{
            AnswerContext, EncodedResponse, Loss, LossReport, Summary,
            form::{Block, Choice, Content, Reasoning, Response, StateOwner, ToolCall},
        },
        ids::{Ids, REDACTED, of_call},
        item::{Call, Message, Thought, part, write_call, write_message, write_thought},
        json::{Elements, array, object},
        loss::{foreign, foreign_block, is_own, own},
        request::arguments,
    },
    object::{self, Answer},
    stop::Ending,
};

/// Writes a whole answer for a client.
pub(in super::super) fn encode(
    context: &AnswerContext,
    response: &Response,
    losses: &mut LossReport,
) -> EncodedResponse {
    let nothing = Choice::default();
    // The dialect has one answer.
    let choice = match &*response.choices {
        [] => &nothing,
        [choice] => choice,
        [choice, ..] => {
            losses.add(Loss::Choices);
            choice
        }
    };
    foreign(&response.sidecars, losses);
    foreign(&choice.sidecars, losses);
    let refused = |block: &Block| matches!(block.content, Content::Refusal(_));
    let ending = Ending::of(&choice.stop, choice.blocks.iter().any(refused), losses);
    let mut ids = Ids::new(&context.seed);
    let id = match &*response.id {
        "" => Cow::Owned(ids.make("resp")),
        id => Cow::Borrowed(id),
    };
    let mut output = BytesMut::with_capacity(1024);
    array(&mut output, |items| {
        let mut writer = Writer {
            ids,
            ending,
            losses,
            items,
        };
        writer.blocks(&choice.blocks);
    });
    let model = match &*response.model {
        "" => &context.model,
        model => model,
    };
    let answer = Answer {
        id: &id,
        model,
        created: response.created.unwrap_or(context.now),
        ending: Some(ending),
        output: &output,
        usage: response.usage,
        sidecars: &response.sidecars,
    };
    let mut body = BytesMut::with_capacity(output.len() + 1024);
    object(&mut body, |out| object::write(&answer, losses, out));
    let written = EncodedResponse::new(body);
    match ending.finish_reason() {
        Some(reason) => {
            let mut summary = Summary::new(&id, model);
            summary.finished(reason);
            written.summary(summary)
        }
        None => written,
    }
}

struct Writer<'w, 'o> {
    ids: Ids,
    ending: Ending,
    losses: &'w mut LossReport,
    items: &'w mut Elements<'o>,
}

// === impl Writer ===

impl Writer<'_, '_> {
    fn blocks(&mut self, blocks: &[Block]) {
        // Texts one behind the other are one message, unless the provider began another.
        let joins = |_: &Block, next: &Block| {
            is_part(&next.content) && own(&next.sidecars, "message").is_none()
        };
        let mut chunks = blocks.chunk_by(joins).peekable();
        while let Some(chunk) = chunks.next() {
            let is_last = chunks.peek().is_none();
            // What begins with an item of its own may have a message behind it.
            let at = chunk.iter().position(|block| is_part(&block.content));
            let (items, message) = chunk
                .split_at_checked(at.unwrap_or(chunk.len()))
                .unwrap_or_default();
            for (n, block) in (1..).zip(items) {
                self.item(block, is_last && message.is_empty() && n == items.len());
            }
            if !message.is_empty() {
                self.message(message, is_last);
            }
        }
    }

    fn status(&self, is_last: bool) -> &'static str {
        if is_last {
            self.ending.item_status()
        } else {
            "completed"
        }
    }

    fn message(&mut self, blocks: &[Block], is_last: bool) {
        let mut content = BytesMut::new();
        array(&mut content, |parts| {
            for block in blocks {
                match &block.content {
                    Content::Other(sidecar) => parts.raw(&sidecar.raw),
                    _ => parts.object(|out| part(block, self.losses, out)),
                }
            }
        });
        let id = self.ids.make("msg");
        let first = blocks.first().map(|block| &block.sidecars);
        let message = Message {
            id: Some(&id),
            status: Some(self.status(is_last)),
            more: first.and_then(|sidecars| own(sidecars, "message")),
            content: &content,
        };
        self.items.object(|out| write_message(&message, out));
    }

    fn item(&mut self, block: &Block, is_last: bool) {
        foreign(&block.sidecars, self.losses);
        match &block.content {
            Content::Reasoning(thought) => self.thought(thought, block),
            Content::ToolCall(call) => self.call(call, block, is_last),
            Content::Other(sidecar) if is_own(sidecar) => self.items.raw(&sidecar.raw),
            Content::Other(sidecar) => foreign_block(sidecar, self.losses),
            // An answer of a model's has none of these here.
            _ => self.losses.add(Loss::UnknownBlock),
        }
    }

    fn thought(&mut self, thought: &Reasoning, block: &Block) {
        let id = match &thought.id {
            Some(id) => id.clone(),
            None => self.ids.make(kind_of(thought)),
        };
        let thought = Thought {
            id: Some(&id),
            text: &thought.text,
            state: thought.state.as_ref(),
            sidecars: &block.sidecars,
        };
        self.items.object(|out| write_thought(&thought, out));
    }

    fn call(&mut self, call: &ToolCall, block: &Block, is_last: bool) {
        if let Some(state) = &call.state {
            let id = self.ids.make("rs");
            let carrier = Thought {
                id: Some(&id),
                text: "",
                state: Some(state),
                sidecars: &[],
            };
            self.items.object(|out| write_thought(&carrier, out));
        }
        let id = self.ids.make(of_call(call.is_custom));
        let call = Call {
            id: Some(&id),
            status: Some(self.status(is_last)),
            call_id: &call.id,
            name: &call.name,
            is_custom: call.is_custom,
            arguments: arguments(&call.arguments, call.is_custom),
            sidecars: &block.sidecars,
        };
        self.items.object(|out| write_call(&call, out));
    }
}

/// The kind of id that a reasoning item of another provider's is given.
fn kind_of(thought: &Reasoning) -> &'static str {
    let withheld = thought
        .state
        .as_ref()
        .is_some_and(|state| thought.redacted && !state.is_for(StateOwner::OpenAi));
    if withheld { REDACTED } else { "rs" }
}

/// Whether it is a part of a message.
fn is_part(content: &Content) -> bool {
    match content {
        Content::Text(_) | Content::Refusal(_) => true,
        Content::Other(sidecar) => is_own(sidecar) && sidecar.name.starts_with("content."),
        _ => false,
    }
}
