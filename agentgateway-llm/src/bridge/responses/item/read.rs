use agentgateway_core::json::Raw;

use super::{
    super::super::{
        DecodeContext, Refused,
        form::{Block, Content, Opaque, Role, StateOwner, ToolCall, ToolResult},
        read::{Object, nth},
    },
    message::{self, is_told},
    reasoning,
    write::arguments_of,
};
use crate::LlmDialect::OpenAiResponses;

/// One item, read.
#[derive(Debug)]
pub(in super::super) struct Item {
    pub(in super::super) role: Role,
    pub(in super::super) blocks: Vec<Block>,
    /// It is a message.
    pub(in super::super) is_message: bool,
}

/// Reads an item of `input` or `output`.
pub(in super::super) fn read(
    raw: Raw<'_>,
    place: &str,
    context: &DecodeContext,
) -> Result<Item, Refused> {
    let mut item = Object::of(raw, place)?;
    let told = item.take_str("type")?;
    let kind = match told.as_deref() {
        Some(kind) => kind,
        // The type may be left out of a message of few words, and of a reference, which has an id alone.
        None if item.has("role") => "message",
        None => "item_reference",
    };
    let one = |role, block| Item {
        role,
        blocks: vec![block],
        is_message: false,
    };
    Ok(match kind {
        "message" => {
            let (role, blocks) = message::read(item)?;
            Item {
                role,
                blocks,
                is_message: true,
            }
        }
        "reasoning" => one(Role::Assistant, reasoning::read(item)?),
        "function_call" | "custom_tool_call" => one(
            Role::Assistant,
            call(item, kind != "function_call", context)?,
        ),
        "function_call_output" | "custom_tool_call_output" => {
            let is_custom = kind != "function_call_output";
            one(Role::User, result(item, is_custom, place)?)
        }
        kind => one(side_of(kind, &mut item)?, message::other(kind, raw)),
    })
}

/// Reads the items of an answer. A message's role is the assistant's.
pub(in super::super) fn read_all(
    items: Vec<Raw<'_>>,
    place: &str,
    context: &DecodeContext,
) -> Result<Vec<Block>, Refused> {
    let mut blocks = Vec::new();
    for (at, raw) in items.into_iter().enumerate() {
        blocks.extend(read(raw, &nth(place, at), context)?.blocks);
    }
    Ok(carry_states(blocks))
}

/// Puts the state of a call, which stands before it in an item of its own, to the call.
pub(in super::super) fn carry_states(blocks: Vec<Block>) -> Vec<Block> {
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for mut block in blocks {
        let before = kept.last().and_then(|last| call_state(&last.content));
        if let (Content::ToolCall(call), Some(state)) = (&mut block.content, before) {
            call.state = Some(state);
            kept.pop();
        }
        kept.push(block);
    }
    kept
}

/// The state of a call that this reasoning is: Gemini alone has such, and its thoughts have a text.
pub(in super::super) fn call_state(content: &Content) -> Option<Opaque<'static>> {
    match content {
        Content::Reasoning(own) if own.text.is_empty() => own
            .state
            .clone()
            .filter(|state| state.is_for(StateOwner::Gemini)),
        _ => None,
    }
}

fn call(mut item: Object<'_>, is_custom: bool, context: &DecodeContext) -> Result<Block, Refused> {
    let name = item.require_str("name")?;
    let arguments = item.take_str(arguments_of(is_custom))?.unwrap_or_default();
    let call_id = item.take_str("call_id")?;
    let id = match call_id.filter(|id| !id.is_empty()) {
        Some(id) => id.into_owned(),
        None => item.require_str("id")?.into_owned(),
    };
    let mut call = ToolCall::new(id, context.tool_name(&name), arguments);
    call.is_custom = is_custom;
    Ok(with_rest(Content::ToolCall(call), item))
}

fn result(mut item: Object<'_>, is_custom: bool, place: &str) -> Result<Block, Refused> {
    let call_id = item.require_str("call_id")?;
    let content = match item.take("output") {
        Some(raw) => message::parts(raw, &format!("{place}.output"))?,
        None => Vec::new(),
    };
    let mut result = ToolResult::new(call_id, content);
    result.is_custom = is_custom;
    Ok(with_rest(Content::ToolResult(result), item))
}

fn with_rest(content: Content, item: Object<'_>) -> Block {
    let mut block = Block::new(content);
    let rest = item.into_sidecars(OpenAiResponses).into_iter();
    block.sidecars = rest
        .filter(|one| &*one.name != "id" || is_told(&one.raw))
        .collect();
    block
}

/// Who says an item of a kind that only this dialect knows.
fn side_of(kind: &str, item: &mut Object<'_>) -> Result<Role, Refused> {
    let role = item.take_str("role")?;
    Ok(match role.as_deref() {
        Some("developer" | "system") => Role::System,
        Some("user") => Role::User,
        _ if kind.ends_with("_output") || kind == "mcp_approval_response" => Role::User,
        _ => Role::Assistant,
    })
}
