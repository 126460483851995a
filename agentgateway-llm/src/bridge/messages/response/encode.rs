use std::borrow::Cow;

use agentgateway_core::json::{self as scan, JsonType, Raw};
use bytes::BytesMut;

use super::{
    super::{
        super::{
            AnswerContext, EncodedResponse, Loss, LossReport, Summary,
            form::{
                Block, Choice, Content, MediaKind, Opaque, Reasoning, Response, Sidecar,
                StateOwner, ToolCall,
            },
        },
        DIALECT,
        json::{self, Elements, Members},
        lost::{Beside, foreign},
        request::block_members,
    },
    Stop, write_usage,
};

/// Writes an answer. Of several choices it is the first: the dialect has one.
pub(in super::super) fn encode(
    context: &AnswerContext,
    response: &Response,
    losses: &mut LossReport,
) -> EncodedResponse {
    let nothing = Choice::default();
    let mut choices = response.choices.iter();
    let choice = choices.next().unwrap_or(&nothing);
    if choices.next().is_some() {
        losses.add_at(Loss::Choices, "choices");
    }
    let (id, model) = head(context, &response.id, &response.model);
    let mut summary = Summary::new(&id, model);
    let mut body = BytesMut::with_capacity(1024);
    json::object(&mut body, |out| {
        write_head(out, &id, model);
        out.array("content", |content| {
            for block in &choice.blocks {
                write_block(content, block, losses);
            }
        });
        summary.finished(stop(choice).write(out, losses));
        out.object("usage", |out| {
            write_usage(out, &response.usage, losses);
            for sidecar in own(&response.sidecars) {
                if let Some(name) = sidecar.name.strip_prefix("usage.") {
                    out.raw(name, &sidecar.raw);
                }
            }
        });
        write_beside(out, response, choice, losses);
    });
    EncodedResponse::new(body).summary(summary)
}

/// The answer's id and model, where the provider told none too.
pub(in super::super) fn head<'a>(
    context: &'a AnswerContext,
    id: &'a str,
    model: &'a str,
) -> (Cow<'a, str>, &'a str) {
    let id = match id {
        "" => Cow::Owned(format!("msg_{}", context.seed)),
        id => Cow::Borrowed(id),
    };
    let model = match model {
        "" => &context.model,
        model => model,
    };
    (id, model)
}

/// Writes the members that the answer begins with.
pub(in super::super) fn write_head(out: &mut Members<'_>, id: &str, model: &str) {
    out.string("id", id);
    out.string("type", "message");
    out.string("role", "assistant");
    out.string("model", model);
}

fn own(sidecars: &[Sidecar]) -> impl Iterator<Item = &Sidecar> {
    sidecars.iter().filter(|sidecar| sidecar.dialect == DIALECT)
}

fn stop(choice: &Choice) -> Stop<'_> {
    let mut details = own(&choice.sidecars).filter(|sidecar| &*sidecar.name == "stop_details");
    let is_refusal = |block: &Block| matches!(block.content, Content::Refusal(_));
    Stop {
        reason: &choice.stop,
        refused: choice.blocks.iter().any(is_refusal),
        details: details.next().map(|sidecar| &*sidecar.raw),
    }
}

fn write_beside(
    out: &mut Members<'_>,
    response: &Response,
    choice: &Choice,
    losses: &mut LossReport,
) {
    for sidecar in response.sidecars.iter().chain(&choice.sidecars) {
        let name = &*sidecar.name;
        if sidecar.dialect != DIALECT {
            foreign(sidecar, Beside::Member, losses);
        } else if name != "stop_details" && !name.starts_with("usage.") {
            out.raw(name, &sidecar.raw);
        }
    }
}

fn write_block(content: &mut Elements<'_>, block: &Block, losses: &mut LossReport) {
    match &block.content {
        Content::ToolCall(call) => {
            if let Some(state) = state_of_call(call.state.as_ref(), losses) {
                content.object(|out| {
                    out.string("type", "thinking");
                    out.string("thinking", "");
                    out.string("signature", &state);
                });
            }
        }
        Content::Other(sidecar) if sidecar.dialect == DIALECT => {
            content.raw(&sidecar.raw);
            for left in &block.sidecars {
                foreign(left, Beside::Member, losses);
            }
            return;
        }
        _ => {}
    }
    content.object_if(|out| {
        let wrote = write_content(out, &block.content, losses);
        if wrote {
            block_members(out, &block.sidecars, losses);
        }
        wrote
    });
}

fn write_content(out: &mut Members<'_>, content: &Content, losses: &mut LossReport) -> bool {
    match content {
        Content::Text(text) => write_text(out, text),
        Content::Refusal(text) => {
            losses.add(Loss::Refusal);
            write_text(out, text);
        }
        Content::Reasoning(thought) => return write_thought(out, thought),
        Content::ToolCall(call) => write_call(out, call, losses),
        Content::Other(sidecar) => {
            foreign(sidecar, Beside::Block, losses);
            return false;
        }
        Content::Media(media) => {
            losses.add_at(
                match media.kind {
                    MediaKind::Image => Loss::Image,
                    MediaKind::Audio => Loss::Audio,
                    MediaKind::Video => Loss::Video,
                    MediaKind::Document => Loss::Document,
                },
                "content",
            );
            return false;
        }
        Content::ToolResult(_) => {
            losses.add_at(Loss::UnknownBlock, "content");
            return false;
        }
    }
    true
}

fn write_text(out: &mut Members<'_>, text: &str) {
    out.string("type", "text");
    out.string("text", text);
}

fn write_thought(out: &mut Members<'_>, thought: &Reasoning) -> bool {
    let state = thought.state.as_ref();
    let slot = state.map(|state| state.to_slot(StateOwner::Anthropic));
    match slot {
        Some(data) if thought.redacted => {
            out.string("type", "redacted_thinking");
            out.string("data", &data);
        }
        None if thought.redacted => return false,
        slot => {
            out.string("type", "thinking");
            out.string("thinking", &thought.text);
            // Required; empty where the provider wants nothing back.
            out.string("signature", &slot.unwrap_or_default());
        }
    }
    true
}

/// What stands in the signature of the empty thoughts before a call. State of Anthropic's own could not be told from
/// that of thoughts; its calls have none.
pub(in super::super) fn state_of_call<'a>(
    state: Option<&'a Opaque<'_>>,
    losses: &mut LossReport,
) -> Option<Cow<'a, str>> {
    let state = state?;
    if state.is_for(StateOwner::Anthropic) || state.is_for(StateOwner::OpenAi) {
        losses.add(Loss::ReasoningState);
        return None;
    }
    Some(state.to_slot(StateOwner::Anthropic))
}

/// Arguments that are no object stay what the model wrote, as a string: the client sees that they are none.
fn write_call(out: &mut Members<'_>, call: &ToolCall, losses: &mut LossReport) {
    out.string("type", "tool_use");
    out.string("id", &call.id);
    out.string("name", &call.name);
    let arguments = call.arguments.trim();
    let raw = Raw::parse(arguments.as_bytes());
    match raw {
        _ if arguments.is_empty() => out.raw("input", "{}"),
        Ok(raw) if scan::type_of(raw) == JsonType::Object => out.raw("input", raw.get()),
        _ => {
            losses.add_at(Loss::ToolArguments, "input");
            out.string("input", &call.arguments);
        }
    }
}
