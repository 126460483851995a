use agentgateway_core::json::{self, JsonType, Raw};

use super::{
    super::super::{
        super::{
            Loss, LossReport,
            form::{
                Block, CacheMarker, Content, MediaKind, Reasoning, Role, Sidecar, StateOwner,
                ToolCall, ToolResult,
            },
        },
        DIALECT,
        json::Members,
        lost::{Beside, foreign},
        names::call_id,
    },
    beside, media,
};

/// Writes a block's members; false when it has no place, and what was written is void.
pub(super) fn write(
    out: &mut Members<'_>,
    role: Role,
    block: &Block,
    losses: &mut LossReport,
) -> bool {
    let wrote = match (&block.content, role) {
        (Content::Text(text), _) => write_text(out, text),
        (Content::Refusal(text), _) => {
            losses.add(Loss::Refusal);
            write_text(out, text)
        }
        (Content::Other(sidecar), _) => return other(out, sidecar, losses),
        (Content::Media(found), Role::User) => media::write(out, found, losses),
        (Content::Media(found), _) => {
            losses.add_at(media::loss(found.kind), "content");
            false
        }
        (Content::Reasoning(thought), Role::Assistant) => {
            if block.cache.is_some() {
                losses.add(Loss::CacheMarker);
            }
            // No marker there.
            return reasoning(out, thought, losses);
        }
        (Content::Reasoning(_), _) => {
            losses.add(Loss::ReasoningText);
            false
        }
        (Content::ToolCall(call), Role::Assistant) => {
            tool_call(out, call, losses);
            true
        }
        (Content::ToolResult(result), Role::User) => {
            tool_result(out, result, losses);
            true
        }
        (Content::ToolCall(_) | Content::ToolResult(_), _) => {
            losses.add_at(Loss::UnknownBlock, "content");
            false
        }
    };
    if !wrote {
        // A marker on nothing.
        if block.cache.is_some() {
            losses.add(Loss::CacheMarker);
        }
        return false;
    }
    write_cache(out, block.cache);
    block_members(out, &block.sidecars, losses);
    true
}

/// Writes what only this dialect knows of a block, and notes what only others know.
pub(in super::super::super) fn block_members(
    out: &mut Members<'_>,
    sidecars: &[Sidecar],
    losses: &mut LossReport,
) {
    if sidecars.is_empty() {
        return;
    }
    let is_citation =
        |sidecar: &&Sidecar| sidecar.dialect == DIALECT && &*sidecar.name == "citation";
    if sidecars.iter().any(|sidecar| is_citation(&sidecar)) {
        out.array("citations", |citations| {
            for citation in sidecars.iter().filter(is_citation) {
                citations.raw(&citation.raw);
            }
        });
    }
    for sidecar in sidecars.iter().filter(|sidecar| !is_citation(sidecar)) {
        beside::members(out, std::slice::from_ref(sidecar), losses);
    }
}

pub(super) fn write_cache(out: &mut Members<'_>, cache: Option<CacheMarker>) {
    if let Some(marker) = cache {
        out.object("cache_control", |control| {
            control.string("type", "ephemeral");
            if marker == CacheMarker::Hour {
                control.string("ttl", "1h");
            }
        });
    }
}

/// A text without a character that is no white space is a 400.
fn write_text(out: &mut Members<'_>, text: &str) -> bool {
    if text.trim().is_empty() {
        return false;
    }
    out.string("type", "text");
    out.string("text", text);
    true
}

/// A block that only one dialect knows: of this one, it is an object with all its members.
fn other(out: &mut Members<'_>, sidecar: &Sidecar, losses: &mut LossReport) -> bool {
    let own = (sidecar.dialect == DIALECT)
        .then(|| Raw::parse(sidecar.raw.as_bytes()).ok())
        .flatten();
    let Some(raw) = own else {
        foreign(sidecar, Beside::Block, losses);
        return false;
    };
    let copied = json::entries(raw, |name, value| out.raw(name, value.get()));
    copied.is_ok()
}

/// Thoughts go with Anthropic's own state alone: without it, or with another's, they are a 400.
fn reasoning(out: &mut Members<'_>, thought: &Reasoning, losses: &mut LossReport) -> bool {
    let own = |owner| owner == StateOwner::Anthropic;
    match &thought.state {
        Some(state) if own(state.owner) && thought.redacted => {
            out.string("type", "redacted_thinking");
            out.string("data", &state.data);
            true
        }
        Some(state) if own(state.owner) => {
            out.string("type", "thinking");
            out.string("thinking", &thought.text);
            out.string("signature", &state.data);
            true
        }
        state => {
            if state.is_some() {
                losses.add(Loss::ReasoningState);
            }
            if !thought.text.is_empty() {
                losses.add(Loss::ReasoningText);
            }
            false
        }
    }
}

fn tool_call(out: &mut Members<'_>, call: &ToolCall, losses: &mut LossReport) {
    if call.state.is_some() {
        losses.add(Loss::ReasoningState);
    }
    out.string("type", "tool_use");
    out.string("id", &call_id(&call.id));
    out.string("name", &call.name);
    match input(&call.arguments) {
        Some(input) => out.raw("input", input),
        None => {
            losses.add_at(Loss::ToolArguments, "input");
            out.raw("input", "{}");
        }
    }
}

/// Arguments as the object that they must be here.
fn input(arguments: &str) -> Option<&str> {
    let arguments = arguments.trim();
    if arguments.is_empty() {
        return Some("{}");
    }
    let raw = Raw::parse(arguments.as_bytes()).ok()?;
    (json::type_of(raw) == JsonType::Object).then(|| raw.get())
}

fn tool_result(out: &mut Members<'_>, result: &ToolResult, losses: &mut LossReport) {
    out.string("type", "tool_result");
    out.string("tool_use_id", &call_id(&result.call_id));
    if result.is_error {
        out.boolean("is_error", true);
    }
    if result.content.is_empty() {
        return;
    }
    out.array("content", |content| {
        for block in &result.content {
            let lost = match &block.content {
                Content::Media(media) => {
                    matches!(media.kind, MediaKind::Audio | MediaKind::Video)
                }
                Content::ToolCall(_) | Content::ToolResult(_) | Content::Reasoning(_) => {
                    losses.add_at(Loss::UnknownBlock, "tool_result");
                    continue;
                }
                _ => false,
            };
            if lost {
                losses.add_at(Loss::ToolResultMedia, "tool_result");
                continue;
            }
            content.object_if(|out| write(out, Role::User, block, losses));
        }
    });
}
