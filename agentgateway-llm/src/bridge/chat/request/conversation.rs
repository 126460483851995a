//! Reading `messages`.

use std::collections::HashSet;

use agentgateway_core::json::{Raw, quote};

use super::super::{
    super::{
        codec::Refused,
        form::{Block, Content, Request, Role, Sidecar, ToolResult, Turn},
        read::{Object, nth},
    },
    calls::Calls,
    message::{assistant, attach, content, prefixed},
};
use crate::LlmDialect;

/// The prefix of sidecars of a message itself.
pub(super) const OF_MESSAGE: &str = "message.";

pub(super) fn read(
    messages: Vec<Raw<'_>>,
    mut calls: Calls,
    request: &mut Request,
) -> Result<(), Refused> {
    for (at, raw) in messages.into_iter().enumerate() {
        let mut message = Object::of(raw, &nth("messages", at))?;
        let role = message.require_str("role")?;
        match &*role {
            "system" | "developer" => instruct(message, &role, request)?,
            "user" => {
                let mut blocks = content(&mut message)?;
                attach(&mut blocks, prefixed(OF_MESSAGE, message));
                request.turns.push(Turn::new(Role::User, blocks));
            }
            "assistant" => {
                let mut blocks = assistant(&mut message, &mut calls)?;
                attach(&mut blocks, prefixed(OF_MESSAGE, message));
                request.turns.push(Turn::new(Role::Assistant, blocks));
            }
            "tool" | "function" => {
                let result = result(message, &mut calls)?;
                answer(result, &mut request.turns);
            }
            _ => {
                return Err(Refused::at(
                    message.path("role"),
                    "must be one of \"system\", \"developer\", \"user\", \"assistant\", \"tool\" and \"function\"",
                ));
            }
        }
    }
    mark_results(&mut request.turns);
    Ok(())
}

/// A result does not say of what kind of a tool it is: its call does.
fn mark_results(turns: &mut [Turn]) {
    let mut custom = HashSet::new();
    for block in turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
        match &mut block.content {
            Content::ToolCall(call) if call.is_custom => drop(custom.insert(call.id.clone())),
            Content::ToolResult(result) => result.is_custom = custom.contains(&result.call_id),
            _ => {}
        }
    }
}

/// Instructions: before the conversation, or in the middle of it. Where one message ends and the next begins, and
/// which word it used, stays beside its first block.
fn instruct(mut message: Object<'_>, role: &str, request: &mut Request) -> Result<(), Refused> {
    let mut blocks = content(&mut message)?;
    let mut left = prefixed(OF_MESSAGE, message);
    let leads = request.turns.is_empty();
    let follows = leads && !request.system.is_empty();
    if !blocks.is_empty() && (role != "system" || follows) {
        let name = "message.role";
        left.push(Sidecar::new(LlmDialect::OpenAiChat, name, &quote(role)));
    }
    attach(&mut blocks, left);
    if leads {
        request.system.extend(blocks);
    } else {
        request.turns.push(Turn::new(Role::System, blocks));
    }
    Ok(())
}

fn result(mut message: Object<'_>, calls: &mut Calls) -> Result<Block, Refused> {
    let place = message.path("tool_call_id");
    let told = message.take_str("tool_call_id")?;
    let name = message.take_str("name")?;
    let id = calls.answered(told.as_deref(), name.as_deref());
    let Some(id) = id else {
        return Err(Refused::at(
            place,
            "is missing: it must be the id of a call in the message of the assistant before",
        ));
    };
    let mut result = ToolResult::new(id, content(&mut message)?);
    result.name = name.map(Into::into);
    let mut sidecars = prefixed(OF_MESSAGE, message);
    // A message `function` has its name for an id.
    if let Some(name) = result.name.as_deref().filter(|_| told.is_some()) {
        let kept = Sidecar::new(LlmDialect::OpenAiChat, "message.tool_name", &quote(name));
        sidecars.push(kept);
    }
    let mut block = Block::new(Content::ToolResult(result));
    block.sidecars = sidecars;
    Ok(block)
}

/// Results that follow each other are one turn.
fn answer(result: Block, turns: &mut Vec<Turn>) {
    let is_result = |block: &Block| matches!(block.content, Content::ToolResult(_));
    match turns.last_mut() {
        Some(last) if last.role == Role::User && last.blocks.last().is_some_and(is_result) => {
            last.blocks.push(result);
        }
        _ => turns.push(Turn::new(Role::User, vec![result])),
    }
}
