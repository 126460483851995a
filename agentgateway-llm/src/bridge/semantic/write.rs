use bytes::BytesMut;

use super::{
    json::{self, Elements},
    part,
    room::{Room, fitting},
};
use crate::bridge::form::{Block, Content, Request, Role, StopReason};

/// The longest word for why a model stopped, in bytes with its escapes.
const MAX_WORD_BYTES: usize = 64;

/// The turns of a request; `None` where it has none.
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
    write_messages(messages, max_bytes)
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
    write_messages(messages, max_bytes)
}

struct Message<'a> {
    role: &'static str,
    blocks: &'a [Block],
    stop: Option<&'a StopReason>,
}

fn write_messages<'a>(
    messages: impl Iterator<Item = Message<'a>>,
    max_bytes: usize,
) -> Option<String> {
    list(max_bytes, |list, room| {
        for message in messages {
            if room.is_full() {
                break;
            }
            let stop = message.stop.map(word);
            let word_bytes = message.role.len() + stop.map_or(0, |_| MAX_WORD_BYTES);
            list.object(|own| {
                own.string("role", message.role);
                own.array("parts", |parts| {
                    room.message(parts, word_bytes);
                    part::write_all(parts, message.blocks, room);
                });
                own.some_string("finish_reason", stop);
            });
        }
    })
}

/// An array, unless nothing is written into it.
fn list(max_bytes: usize, write: impl FnOnce(&mut Elements<'_>, &mut Room)) -> Option<String> {
    let mut out = BytesMut::new();
    json::array(&mut out, |list| write(list, &mut Room::new(max_bytes)));
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
