use bytes::BytesMut;

use super::super::{
    super::{
        Loss, LossReport,
        form::{
            Block, CacheMarker, Content, Reasoning, Request, Role, Sidecar, StateOwner, ToolCall,
            ToolResult, Turn,
        },
    },
    item::{Call, Message, Thought, part, write_call, write_kept, write_message, write_thought},
    json::{Elements, Members, array},
    loss::{foreign, foreign_block, is_own, own},
    media,
};

/// Writes `instructions` and `input`.
pub(super) fn write(request: &Request, losses: &mut LossReport, out: &mut Members<'_>) {
    let has_role = |block: &Block| own(&block.sidecars, "role").is_some();
    // A message of the client's begins with the block that says its role.
    let at = request.system.iter().position(has_role);
    let (told, messages) = request
        .system
        .split_at_checked(at.unwrap_or(request.system.len()))
        .unwrap_or_default();
    let is_text = |block: &Block| matches!(block.content, Content::Text(_));
    let (texts, rest): (Vec<_>, Vec<_>) = told.iter().partition(|block| is_text(block));
    instructions(&texts, losses, out);
    out.array("input", |items| {
        given(Role::System, &rest, losses, items);
        for message in messages.chunk_by(|_, next| !has_role(next)) {
            let blocks: Vec<_> = message.iter().collect();
            given(Role::System, &blocks, losses, items);
        }
        for turn in &request.turns {
            write_turn(turn, losses, items);
        }
    });
}

fn instructions(texts: &[&Block], losses: &mut LossReport, out: &mut Members<'_>) {
    let mut words = Vec::new();
    for block in texts {
        note(block, losses);
        if let Content::Text(text) = &block.content {
            if !text.is_empty() {
                words.push(text.as_str());
            }
        }
    }
    if !words.is_empty() {
        out.string("instructions", &words.join("\n\n"));
    }
}

/// Notes what is lost beside a block.
fn note(block: &Block, losses: &mut LossReport) {
    foreign(&block.sidecars, losses);
    let own = own(&block.sidecars, "prompt_cache_breakpoint");
    // Everything is cached without a marker, and a marker is refused by most who speak this dialect.
    if block.cache == Some(CacheMarker::Hour) || (block.cache.is_some() && own.is_none()) {
        losses.add(Loss::CacheMarker);
    }
}

fn write_turn(turn: &Turn, losses: &mut LossReport, items: &mut Elements<'_>) {
    let mut run: Vec<&Block> = Vec::new();
    for block in &turn.blocks {
        let is_part = match &block.content {
            Content::Text(_) | Content::Refusal(_) | Content::Media(_) => true,
            Content::Other(sidecar) => sidecar.name.starts_with("content."),
            _ => false,
        };
        if is_part {
            run.push(block);
            continue;
        }
        message(turn.role, &run, losses, items);
        run.clear();
        write_item(block, losses, items);
    }
    message(turn.role, &run, losses, items);
}

fn message(role: Role, run: &[&Block], losses: &mut LossReport, items: &mut Elements<'_>) {
    match role {
        Role::Assistant => said(run, losses, items),
        _ => given(role, run, losses, items),
    }
}

/// What the user, or the system, says: one message.
fn given(role: Role, run: &[&Block], losses: &mut LossReport, items: &mut Elements<'_>) {
    let mut parts = BytesMut::new();
    let mut count = 0;
    array(&mut parts, |all| {
        for block in run {
            count += usize::from(given_part(block, losses, all));
        }
    });
    if count == 0 {
        return;
    }
    let plain = match run {
        [block] => plain_text(block),
        _ => None,
    };
    let first = run.first().map(|block| &block.sidecars);
    let mark = |name| first.and_then(|sidecars| own(sidecars, name));
    items.object(|out| {
        match (role, mark("role")) {
            (Role::System, Some(word)) => out.raw("role", &word.raw),
            (Role::System, None) => out.string("role", "system"),
            _ => out.string("role", "user"),
        }
        if let Some(more) = mark("message") {
            write_kept(more, out);
        }
        match plain {
            Some(text) => out.string("content", text),
            None => out.written("content", &parts),
        }
    });
}

/// A part of such a message, or of a tool's output; tells whether it was written.
fn given_part(block: &Block, losses: &mut LossReport, all: &mut Elements<'_>) -> bool {
    note(block, losses);
    match &block.content {
        Content::Text(text) | Content::Refusal(text) => all.object(|out| {
            out.string("type", "input_text");
            out.string("text", text);
            breakpoint(block, out);
        }),
        Content::Media(found) => {
            if !media::fits(found, losses) {
                return false;
            }
            all.object(|out| {
                media::write(found, losses, out);
                breakpoint(block, out);
            });
        }
        Content::Other(sidecar) if is_own(sidecar) => all.raw(&sidecar.raw),
        Content::Other(sidecar) => {
            foreign_block(sidecar, losses);
            return false;
        }
        _ => {
            losses.add(Loss::UnknownBlock);
            return false;
        }
    }
    true
}

fn breakpoint(block: &Block, out: &mut Members<'_>) {
    for sidecar in block.sidecars.iter().filter(|one| is_own(one)) {
        if !matches!(
            &*sidecar.name,
            "message" | "role" | "annotation" | "logprobs"
        ) {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    }
}

/// What the model said: a message for each that the client's dialect had, else one for each text.
fn said(run: &[&Block], losses: &mut LossReport, items: &mut Elements<'_>) {
    let mut rest = run.iter().copied().peekable();
    while let Some(block) = rest.next() {
        note(block, losses);
        let more = own(&block.sidecars, "message");
        match (&block.content, more) {
            (Content::Text(text), None) => {
                if !text.is_empty() {
                    items.object(|out| {
                        out.string("role", "assistant");
                        out.string("content", text);
                    });
                }
                continue;
            }
            (Content::Media(found), _) => {
                // A message of the model's has texts alone.
                losses.add(media::loss(found.kind));
                continue;
            }
            _ => {}
        }
        let mut parts = BytesMut::new();
        array(&mut parts, |all| {
            said_part(block, losses, all);
            while let Some(next) = rest.next_if(|next| {
                own(&next.sidecars, "message").is_none()
                    && !matches!(next.content, Content::Media(_))
            }) {
                said_part(next, losses, all);
            }
        });
        if &*parts != b"[]" {
            items.object(|out| {
                write_message(
                    &Message {
                        id: None,
                        status: None,
                        more,
                        content: &parts,
                    },
                    out,
                );
            });
        }
    }
}

fn said_part(block: &Block, losses: &mut LossReport, all: &mut Elements<'_>) {
    match &block.content {
        Content::Other(sidecar) if is_own(sidecar) => all.raw(&sidecar.raw),
        Content::Other(sidecar) => foreign_block(sidecar, losses),
        _ => all.object(|out| part(block, losses, out)),
    }
}

/// A block that is an item of its own.
fn write_item(block: &Block, losses: &mut LossReport, items: &mut Elements<'_>) {
    note(block, losses);
    match &block.content {
        Content::Reasoning(own) => write_reasoning(block, own, losses, items),
        Content::ToolCall(own) => write_tool_call(block, own, losses, items),
        Content::ToolResult(own) => write_result(block, own, losses, items),
        Content::Other(sidecar) if is_own(sidecar) => items.raw(&sidecar.raw),
        Content::Other(sidecar) => foreign_block(sidecar, losses),
        _ => losses.add(Loss::UnknownBlock),
    }
}

/// The provider takes back what it gave: its own state, or an item that it keeps, by the id.
fn write_reasoning(
    block: &Block,
    thought: &Reasoning,
    losses: &mut LossReport,
    items: &mut Elements<'_>,
) {
    let state = thought.state.as_ref();
    let is_ours = match state {
        Some(state) => state.is_for(StateOwner::OpenAi),
        None => thought.id.is_some(),
    };
    if !is_ours {
        if state.is_some() {
            losses.add(Loss::ReasoningState);
        }
        if !thought.text.is_empty() {
            losses.add(Loss::ReasoningText);
        }
        return;
    }
    items.object(|out| {
        write_thought(
            &Thought {
                id: thought.id.as_deref(),
                text: &thought.text,
                state,
                sidecars: &block.sidecars,
            },
            out,
        );
    });
}

fn write_tool_call(
    block: &Block,
    call: &ToolCall,
    losses: &mut LossReport,
    items: &mut Elements<'_>,
) {
    // A call has no state here.
    if call.state.is_some() {
        losses.add(Loss::ReasoningState);
    }
    items.object(|out| {
        write_call(
            &Call {
                id: None,
                status: None,
                call_id: &call.id,
                name: &call.name,
                is_custom: call.is_custom,
                arguments: arguments(&call.arguments, call.is_custom),
                sidecars: &block.sidecars,
            },
            out,
        );
    });
}

/// Arguments are text here, whatever it is; of a function none are an empty object.
pub(in super::super) const fn arguments(text: &str, is_custom: bool) -> &str {
    if text.is_empty() && !is_custom {
        "{}"
    } else {
        text
    }
}

fn write_result(
    block: &Block,
    result: &ToolResult,
    losses: &mut LossReport,
    items: &mut Elements<'_>,
) {
    if result.is_error {
        losses.add(Loss::ToolResultError);
    }
    let plain = match &*result.content {
        [] => Some(""),
        [block] => plain_text(block),
        _ => None,
    };
    let mut parts = BytesMut::new();
    array(&mut parts, |all| {
        for block in &result.content {
            given_part(block, losses, all);
        }
    });
    items.object(|out| {
        let kind = match result.is_custom {
            true => "custom_tool_call_output",
            false => "function_call_output",
        };
        out.string("type", kind);
        out.string("call_id", &result.call_id);
        match plain {
            Some(text) => out.string("output", text),
            None => out.written("output", &parts),
        }
        for sidecar in block.sidecars.iter().filter(|one| is_own(one)) {
            out.raw(&sidecar.name, &sidecar.raw);
        }
    });
}

/// The text of a block that is nothing but a text.
fn plain_text(block: &Block) -> Option<&str> {
    let is_mark = |name: &str| matches!(name, "message" | "role");
    let is_plain = |one: &Sidecar| is_mark(&one.name) || !is_own(one);
    match &block.content {
        Content::Text(text) if block.sidecars.iter().all(is_plain) => Some(text),
        _ => None,
    }
}
