//! Writing a whole answer for a client.

use std::{borrow::Cow, collections::HashSet};

use bytes::BytesMut;

use super::{
    super::{
        super::{
            EncodedResponse, Loss, LossReport, Summary,
            codec::AnswerContext,
            form::{Block, Choice, Content, Reasoning, Response, StateOwner, ToolCall},
        },
        json::{Members, object},
        loss::{foreign, is_own, of_media},
        reasoning::write_detail,
        request::{write_called, write_signature},
        sidecars::{self, own},
        stop,
    },
    usage,
};

pub(in super::super) fn encode(
    context: &AnswerContext,
    response: &Response,
    losses: &mut LossReport,
) -> EncodedResponse {
    let mut out = BytesMut::with_capacity(1024);
    let id = match &*response.id {
        "" => Cow::Owned(format!("chatcmpl-{}", context.seed)),
        id => Cow::Borrowed(id),
    };
    let model = match &*response.model {
        "" => &context.model,
        model => model,
    };
    let mut summary = Summary::new(&id, model);
    object(&mut out, |out| {
        out.string("id", &id);
        out.string("object", "chat.completion");
        out.number("created", response.created.unwrap_or(context.now));
        out.string("model", model);
        out.array("choices", |choices| {
            for (index, choice) in (0_u64..).zip(&response.choices) {
                let finish_reason = stop::to_word(&choice.stop, losses);
                summary.finished(finish_reason);
                choices.object(|out| write_choice(out, (index, finish_reason), choice, losses));
            }
        });
        if !response.usage.is_empty() {
            out.object("usage", |out| usage::write(out, &response.usage, losses));
        }
        foreign(&response.sidecars, losses);
        for sidecar in own(&response.sidecars) {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    });
    EncodedResponse::new(out).summary(summary)
}

/// The blocks of an answer, by where they stand in its message.
#[derive(Default)]
struct Sorted<'a> {
    text: String,
    refusal: String,
    thoughts: Vec<(&'a Block, &'a Reasoning)>,
    calls: Vec<(&'a Block, &'a ToolCall)>,
    other_calls: Vec<&'a str>,
    members: Vec<(&'a str, &'a str)>,
}

fn write_choice(
    out: &mut Members<'_>,
    (index, finish_reason): (u64, &str),
    choice: &Choice,
    losses: &mut LossReport,
) {
    let sorted = sort(&choice.blocks, losses);
    let calls = !sorted.calls.is_empty() || !sorted.other_calls.is_empty();
    out.number("index", index);
    out.object("message", |message| {
        message.string("role", "assistant");
        let says_else = calls || !sorted.refusal.is_empty();
        let text = Some(sorted.text.as_str()).filter(|text| !(text.is_empty() && says_else));
        message.string_or_null("content", text);
        let refusal = Some(sorted.refusal.as_str()).filter(|text| !text.is_empty());
        message.string_or_null("refusal", refusal);
        thoughts(message, &sorted.thoughts);
        if calls {
            message.array("tool_calls", |list| {
                for (block, call) in &sorted.calls {
                    list.object(|out| write_call(out, block, call));
                }
                for raw in &sorted.other_calls {
                    list.raw(raw);
                }
            });
        }
        // Two blocks may bring the same member, and the first one stands.
        let mut written = HashSet::new();
        sidecars::write(message, &choice.sidecars, "message.");
        for (name, raw) in &sorted.members {
            if written.insert(*name) {
                message.raw(name, raw);
            }
        }
    });
    foreign(&choice.sidecars, losses);
    if !own(&choice.sidecars).any(|sidecar| &*sidecar.name == "logprobs") {
        out.null("logprobs");
    }
    out.string("finish_reason", finish_reason);
    for sidecar in own(&choice.sidecars) {
        if !sidecar.name.starts_with("message.") {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
}

fn sort<'a>(blocks: &'a [Block], losses: &mut LossReport) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    for block in blocks {
        foreign(&block.sidecars, losses);
        for sidecar in own(&block.sidecars) {
            match sidecar.name.strip_prefix("message.") {
                Some(name) => sorted.members.push((name, &sidecar.raw)),
                None if &*sidecar.name == "annotations" => {
                    sorted.members.push(("annotations", &sidecar.raw));
                }
                None => {}
            }
        }
        match &block.content {
            Content::Text(text) => sorted.text.push_str(text),
            Content::Refusal(text) => sorted.refusal.push_str(text),
            Content::Reasoning(thought) => sorted.thoughts.push((block, thought)),
            Content::ToolCall(call) => sorted.calls.push((block, call)),
            Content::Other(sidecar) if is_own(sidecar, losses) => {
                if sidecar.name.starts_with("tool_calls.") {
                    sorted.other_calls.push(&sidecar.raw);
                } else if matches!(&*sidecar.name, "audio" | "images" | "annotations") {
                    sorted.members.push((&sidecar.name, &sidecar.raw));
                } else {
                    losses.add_at(Loss::UnknownBlock, &*sidecar.name);
                }
            }
            Content::Other(_) => {}
            Content::Media(media) => losses.add(of_media(media.kind)),
            Content::ToolResult(_) => losses.add(Loss::UnknownBlock),
        }
    }
    sorted
}

/// The text where most clients look for it; and, where one of them has state, each thought with its own.
fn thoughts(message: &mut Members<'_>, thoughts: &[(&Block, &Reasoning)]) {
    let text: String = thoughts
        .iter()
        .map(|(_, thought)| thought.text.as_str())
        .collect();
    if !text.is_empty() {
        message.string("reasoning_content", &text);
    }
    let has_more = |(block, thought): &(&Block, &Reasoning)| {
        thought.state.is_some() || thought.id.is_some() || own(&block.sidecars).next().is_some()
    };
    if thoughts.iter().any(has_more) {
        message.array("reasoning_details", |details| {
            for (index, (block, thought)) in (0_u32..).zip(thoughts) {
                write_detail(details, index, block, thought);
            }
        });
    }
}

fn write_call(out: &mut Members<'_>, block: &Block, call: &ToolCall) {
    out.string("id", &call.id);
    write_called(out, block, call);
    if let Some(state) = &call.state {
        write_signature(out, &state.to_slot(StateOwner::Gemini));
    }
    for sidecar in own(&block.sidecars) {
        if !sidecar.name.contains('.') {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
}
