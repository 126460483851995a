use bytes::BytesMut;

use super::{
    json::{self, Elements},
    part,
    room::{Room, fitting},
};
use crate::bridge::form::{Block, Content, Request, Role, StopReason};

/// The longest word for why a model stopped, in bytes with its escapes.
const MAX_WORD_BYTES: usize = 64;

/// The turns of a request; `None` where it has none. Where not all fit the latest stand, as they are asked about.
pub(crate) fn input_messages(request: &Request, max_bytes: usize) -> Option<String> {
    // What tools answer stands in messages of their own.
    let messages = request.turns.iter().flat_map(|turn| {
        let runs = turn
            .blocks
            .chunk_by(|one, next| is_result(one) == is_result(next));
        runs.map(|blocks| Message {
            role: match turn.role {
                _ if blocks.iter().all(is_result) => "tool",
                Role::User => "user",
                Role::Assistant => "assistant",
                Role::System => "system",
            },
            blocks,
            stop: None,
        })
    });
    let mut written = messages_of(messages.rev(), max_bytes);
    written.reverse();
    written_list(&written)
}

/// What the model is told before the conversation.
pub(crate) fn system_instructions(request: &Request, max_bytes: usize) -> Option<String> {
    list(max_bytes, |list, room| {
        part::write_all(list, &request.system, room);
    })
}

/// The client's tools.
pub(crate) fn tool_definitions(request: &Request, max_bytes: usize) -> Option<String> {
    list(max_bytes, |list, room| {
        for tool in &request.tools {
            // One that does not fit is not cut.
            room.element(list, |out, _| {
                part::tool(out, tool);
                true
            });
        }
    })
}

/// The choices of an answer: what each says, and why it stopped where that is known.
pub(crate) fn output_messages<'a>(
    choices: impl Iterator<Item = (&'a [Block], Option<&'a StopReason>)>,
    max_bytes: usize,
) -> Option<String> {
    let messages = choices.map(|(blocks, stop)| Message {
        role: "assistant",
        blocks,
        stop,
    });
    written_list(&messages_of(messages, max_bytes))
}

struct Message<'a> {
    role: &'static str,
    blocks: &'a [Block],
    stop: Option<&'a StopReason>,
}

/// Messages, as far as there is room.
fn messages_of<'a>(messages: impl Iterator<Item = Message<'a>>, max_bytes: usize) -> Vec<BytesMut> {
    let mut room = Room::new(max_bytes);
    let mut written = Vec::new();
    for message in messages {
        if room.is_full() {
            break;
        }
        let stop = message.stop.map(word);
        let word_bytes = message.role.len() + stop.map_or(0, |_| MAX_WORD_BYTES);
        let mut out = BytesMut::new();
        json::object(&mut out, |own| {
            own.string("role", message.role);
            own.array("parts", |parts| {
                room.message(parts, word_bytes);
                part::write_all(parts, message.blocks, &mut room);
            });
            own.some_string("finish_reason", stop);
        });
        written.push(out);
    }
    written
}

fn written_list(elements: &[BytesMut]) -> Option<String> {
    let mut out = BytesMut::new();
    json::array(&mut out, |list| {
        elements.iter().for_each(|one| list.written(one))
    });
    text(out)
}

/// An array, unless nothing is written into it.
fn list(max_bytes: usize, write: impl FnOnce(&mut Elements<'_>, &mut Room)) -> Option<String> {
    let mut out = BytesMut::new();
    json::array(&mut out, |list| write(list, &mut Room::new(max_bytes)));
    text(out)
}

fn text(out: BytesMut) -> Option<String> {
    // What is written is UTF-8.
    let text = String::from_utf8(out.into()).ok();
    text.filter(|text| text != "[]")
}

const fn is_result(block: &Block) -> bool {
    matches!(block.content, Content::ToolResult(_))
}

/// The conventions' word for why a model stopped; the provider's where they have none.
fn word(stop: &StopReason) -> &str {
    match stop {
        StopReason::EndTurn | StopReason::StopSequence(_) => "stop",
        StopReason::MaxTokens | StopReason::ContextFull => "length",
        StopReason::ToolUse => "tool_call",
        StopReason::Filtered(_) => "content_filter",
        StopReason::Malformed(_) => "error",
        StopReason::Pause => "pause",
        StopReason::Other(word) => fitting(word, MAX_WORD_BYTES),
    }
}
