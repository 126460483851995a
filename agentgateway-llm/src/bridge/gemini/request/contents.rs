use std::collections::HashMap;

use bytes::BytesMut;

use super::super::{
    super::{
        codec::Refused,
        form::{Block, Content, Request, Role},
        loss::{Loss, LossReport},
    },
    model,
    part::Parts,
    write,
};

/// The contents of a request, and its system instruction.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) system: Vec<BytesMut>,
    pub(super) contents: Vec<BytesMut>,
}

/// Writes turns: adjacent ones of one role are joined, and instructions among them go to the beginning.
pub(super) fn encode(request: &Request, losses: &mut LossReport) -> Result<Contents, Refused> {
    let mut system = Parts::default();
    for block in &request.system {
        instruction(&mut system, block);
    }
    let third = model::is_third_generation(&request.model);
    let mut called: HashMap<&str, &str> = HashMap::new();
    let mut contents = Vec::new();
    let mut open: Option<(Role, Parts)> = None;
    for (at, turn) in request.turns.iter().enumerate() {
        if turn.role == Role::System {
            if open.is_some() {
                losses.add(Loss::SystemTurn);
            }
            turn.blocks
                .iter()
                .for_each(|block| instruction(&mut system, block));
            continue;
        }
        let (_, parts) = match &mut open {
            Some(open) if open.0 == turn.role => open,
            other => {
                close(other.take(), &mut contents, losses);
                let parts = Parts::of_request(third);
                other.insert((turn.role, parts))
            }
        };
        for block in &turn.blocks {
            let name = function(block, at, &mut called)?;
            parts.block(block, name);
        }
    }
    close(open, &mut contents, losses);
    let mut found = Contents {
        system: system.finish(),
        contents,
    };
    losses.merge(system.losses);
    if found.contents.is_empty() && !found.system.is_empty() {
        // A conversation must have a content.
        losses.add(Loss::SystemTurn);
        let parts = std::mem::take(&mut found.system);
        found.contents.push(content(Role::User, &parts));
    }
    Ok(found)
}

/// Gemini takes texts alone here.
fn instruction(system: &mut Parts, block: &Block) {
    match &block.content {
        Content::ToolCall(_) | Content::ToolResult(_) => system.losses.add(Loss::UnknownBlock),
        _ => system.block(block, ""),
    }
}

/// The name of the function that a block is about: of the call that a result answers, where it tells none.
fn function<'r>(
    block: &'r Block,
    turn: usize,
    called: &mut HashMap<&'r str, &'r str>,
) -> Result<&'r str, Refused> {
    match &block.content {
        Content::ToolCall(call) => {
            called.insert(&call.id, &call.name);
            Ok(&call.name)
        }
        Content::ToolResult(result) => {
            let known = called.get(result.call_id.as_str()).copied();
            known.or(result.name.as_deref()).ok_or_else(|| {
                let place = format!("turns[{turn}]");
                Refused::at(
                    place,
                    "has the result of a tool that was not called before it",
                )
            })
        }
        _ => Ok(""),
    }
}

fn close(open: Option<(Role, Parts)>, contents: &mut Vec<BytesMut>, losses: &mut LossReport) {
    let Some((role, mut parts)) = open else {
        return;
    };
    let written = parts.finish();
    if !written.is_empty() {
        contents.push(content(role, &written));
    }
    losses.merge(parts.losses);
}

fn content(role: Role, parts: &[BytesMut]) -> BytesMut {
    let length: usize = parts.iter().map(|part| part.len() + 1).sum();
    let mut out = BytesMut::with_capacity(length + 32);
    write::object(&mut out, |content| {
        let role = if role == Role::Assistant {
            "model"
        } else {
            "user"
        };
        content.string("role", role);
        content.array_of("parts", parts);
    });
    out
}
