use agentgateway_core::json::{self, JsonType};

use super::{
    super::{
        super::{
            DecodeContext, Refused,
            form::{Block, Content, Request, Role, Sampling, Sidecar, Turn},
            read::{Object, elements, nth, string},
        },
        item::{self, Item},
    },
    options, tools,
};
use crate::LlmDialect::OpenAiResponses;

/// Reads a client's request.
pub(in super::super) fn decode(body: &[u8]) -> Result<Request, Refused> {
    let mut object = Object::of_body(body)?;
    let mut request = Request {
        model: model(&mut object)?,
        stream: object.take_bool("stream")?.unwrap_or_default(),
        sampling: sampling(&mut object)?,
        parallel_tool_calls: object.take_bool("parallel_tool_calls")?,
        ..Request::default()
    };
    if let Some(text) = object.take_str("instructions")? {
        request.system.push(Block::text(text));
    }
    input(&mut object, &mut request)?;
    tools::read(&mut object, &mut request)?;
    options::read(&mut object, &mut request)?;
    request
        .sidecars
        .extend(object.into_sidecars(OpenAiResponses));
    // Left out, it is true here and false for everybody else.
    if super::super::loss::own(&request.sidecars, "store").is_none() {
        let store = Sidecar::new(OpenAiResponses, "store", "true");
        request.sidecars.push(store);
    }
    Ok(request)
}

fn model(object: &mut Object<'_>) -> Result<String, Refused> {
    let model = object.require_str("model")?.into_owned();
    if model.is_empty() {
        return Err(Refused::at("model", "must not be empty"));
    }
    Ok(model)
}

fn sampling(object: &mut Object<'_>) -> Result<Sampling, Refused> {
    Ok(Sampling {
        max_tokens: object.take_u64("max_output_tokens")?,
        temperature: object.take_f64("temperature")?,
        top_p: object.take_f64("top_p")?,
        top_logprobs: object.take_u64("top_logprobs")?,
        ..Sampling::default()
    })
}

fn input(object: &mut Object<'_>, request: &mut Request) -> Result<(), Refused> {
    let Some(raw) = object.take("input") else {
        return Ok(());
    };
    match json::type_of(raw) {
        JsonType::String => {
            let text = Block::text(string(raw, "input")?);
            request.turns.push(Turn::new(Role::User, vec![text]));
        }
        JsonType::Array => {
            let context = DecodeContext::default();
            for (at, raw) in elements(raw, "input")?.into_iter().enumerate() {
                push(item::read(raw, &nth("input", at), &context)?, request);
            }
        }
        _ => return Err(Refused::wrong_type("input", "a string or a list", raw)),
    }
    for turn in &mut request.turns {
        if turn.role == Role::Assistant {
            turn.blocks = item::carry_states(std::mem::take(&mut turn.blocks));
        }
    }
    Ok(())
}

/// Puts an item to the turn that it belongs to.
fn push(item: Item, request: &mut Request) {
    if item.blocks.is_empty() {
        return;
    }
    // Instructions at the beginning are what the model is told before the conversation.
    if item.role == Role::System && item.is_message && request.turns.is_empty() {
        request.system.extend(item.blocks);
        return;
    }
    let last = request.turns.last_mut();
    match last.filter(|turn| joins(turn, &item)) {
        Some(turn) => turn.blocks.extend(item.blocks),
        None => request.turns.push(Turn::new(item.role, item.blocks)),
    }
}

fn joins(turn: &Turn, item: &Item) -> bool {
    let is_result = |block: &Block| matches!(block.content, Content::ToolResult(_));
    match item.role {
        Role::Assistant => turn.role == Role::Assistant,
        Role::User => {
            turn.role == Role::User && turn.blocks.iter().chain(&item.blocks).all(is_result)
        }
        Role::System => false,
    }
}
