//! What the model said.

use super::{
    super::super::{
        super::{
            Loss, LossReport,
            form::{Block, Content, Reasoning, Role, StateOwner, ToolCall, Turn},
        },
        json::{Elements, Members},
        loss::{foreign, is_own, of_media},
        reasoning::{NATIVE, write_detail},
        sidecars::own,
    },
    write::{content, own_members, write_called, write_signature},
};

/// How many turns at the beginning are one message: nothing may stand between calls and their results, and
/// thoughts alone are no message.
pub(super) fn length(turns: &[Turn]) -> usize {
    let mut open = true;
    let mut count = 0;
    for turn in turns {
        if turn.role != Role::Assistant || !open {
            break;
        }
        count += 1;
        let calls = |block: &Block| matches!(block.content, Content::ToolCall(_));
        let thinks = |block: &Block| matches!(block.content, Content::Reasoning(_));
        open = turn.blocks.iter().any(calls)
            || (!turn.blocks.is_empty() && turn.blocks.iter().all(thinks));
    }
    count
}

/// The blocks of one message, by where they stand in it.
#[derive(Default)]
struct Sorted<'a> {
    said: Vec<&'a Block>,
    thoughts: Vec<(&'a Block, &'a Reasoning)>,
    calls: Vec<(&'a Block, &'a ToolCall)>,
    refusal: String,
    /// Raw elements of `tool_calls`.
    other_calls: Vec<&'a str>,
    /// Raw members of the message.
    members: Vec<(&'a str, &'a str)>,
}

/// Writes one message. `thinks`: thoughts that nobody signed are written too.
pub(super) fn write(
    list: &mut Elements<'_>,
    turns: &[Turn],
    thinks: bool,
    losses: &mut LossReport,
) {
    let blocks: Vec<_> = turns.iter().flat_map(|turn| &turn.blocks).collect();
    let sorted = sort(&blocks, thinks, losses);
    let calls = !sorted.calls.is_empty() || !sorted.other_calls.is_empty();
    list.object(|out| {
        out.string("role", "assistant");
        if sorted.said.is_empty() && (calls || !sorted.refusal.is_empty()) {
            out.null("content");
        } else {
            content(out, "content", &sorted.said, losses);
        }
        if !sorted.refusal.is_empty() {
            out.string("refusal", &sorted.refusal);
        }
        thoughts(out, &sorted.thoughts);
        if calls {
            out.array("tool_calls", |list| {
                for (block, call) in &sorted.calls {
                    list.object(|out| write_call(out, block, call, losses));
                }
                for raw in &sorted.other_calls {
                    list.raw(raw);
                }
            });
        }
        for (name, raw) in &sorted.members {
            out.raw(name, raw);
        }
        own_members(out, &blocks);
    });
}

fn sort<'a>(blocks: &[&'a Block], thinks: bool, losses: &mut LossReport) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    for &block in blocks {
        match &block.content {
            Content::Reasoning(thought) => {
                if is_kept(thought, thinks, losses) {
                    sorted.thoughts.push((block, thought));
                }
            }
            Content::ToolCall(call) => sorted.calls.push((block, call)),
            Content::Refusal(text) => {
                foreign(&block.sidecars, losses);
                sorted.refusal.push_str(text);
            }
            Content::Other(sidecar) => match &*sidecar.name {
                _ if !is_own(sidecar, losses) => {}
                name @ ("audio" | "images") => sorted.members.push((name, &sidecar.raw)),
                // Notes of an answer, which no request has.
                "annotations" | "reasoning_details" => {}
                name if name.starts_with("tool_calls.") => sorted.other_calls.push(&sidecar.raw),
                _ => sorted.said.push(block),
            },
            // What a model drew or spoke cannot be given back to it.
            Content::Media(media) => losses.add_at(of_media(media.kind), "messages"),
            Content::Text(_) | Content::ToolResult(_) => sorted.said.push(block),
        }
    }
    sorted
}

fn is_kept(thought: &Reasoning, thinks: bool, losses: &mut LossReport) -> bool {
    let kept = match &thought.state {
        Some(state) => {
            let ours = state.is_for(NATIVE);
            if !ours {
                losses.add(Loss::ReasoningState);
            }
            ours
        }
        None => thinks,
    };
    if !kept && !thought.text.is_empty() {
        losses.add(Loss::ReasoningText);
    }
    kept
}

fn thoughts(out: &mut Members<'_>, thoughts: &[(&Block, &Reasoning)]) {
    if thoughts.is_empty() {
        return;
    }
    if thoughts.iter().all(|(_, thought)| thought.state.is_none()) {
        let text: String = thoughts
            .iter()
            .map(|(_, thought)| thought.text.as_str())
            .collect();
        return out.string("reasoning_content", &text);
    }
    out.array("reasoning_details", |details| {
        for (index, (block, thought)) in (0_u32..).zip(thoughts) {
            write_detail(details, index, block, thought);
        }
    });
}

fn write_call(out: &mut Members<'_>, block: &Block, call: &ToolCall, losses: &mut LossReport) {
    foreign(&block.sidecars, losses);
    if block.cache.is_some() {
        losses.add(Loss::CacheMarker);
    }
    out.string("id", &call.id);
    write_called(out, block, call);
    match &call.state {
        Some(state) if state.is_for(StateOwner::Gemini) => {
            write_signature(out, &state.to_slot(StateOwner::Gemini));
        }
        Some(_) => losses.add(Loss::ReasoningState),
        None => {}
    }
    for sidecar in own(&block.sidecars) {
        if !sidecar.name.contains('.') {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
}
