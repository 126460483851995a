//! Reading a provider's whole answer.

use agentgateway_core::json::{self, Raw};

use super::super::{
    super::{
        codec::{DecodeContext, Refused, Unreadable},
        form::{Choice, Content, Response},
        read::{Object, nth},
    },
    calls::Calls,
    fault::is_told,
    message::{assistant, attach, prefixed},
    stop,
};
use crate::{LlmDialect, wire::Counts};

/// What [`fault_in`](super::super::fault::fault_in) finds is no answer.
const AN_ERROR: &str = "it reports an error";

pub(in super::super) fn decode(
    context: &DecodeContext,
    body: &[u8],
) -> Result<Response, Unreadable> {
    let mut answer = Object::of_body(body)?;
    let object = answer.take("object").and_then(json::string);
    let is_error = object.as_deref() == Some("error");
    if is_error || answer.take("error").is_some_and(is_told) {
        return Err(Unreadable::new(AN_ERROR));
    }
    let id = answer.take_str("id")?.unwrap_or_default().into_owned();
    let mut calls = Calls::of_answer(&id);
    let found = answer
        .take_array("choices")?
        .ok_or_else(|| Unreadable::new("it has no member \"choices\""))?;
    let mut choices = Vec::with_capacity(found.len());
    for (at, raw) in found.into_iter().enumerate() {
        choices.push(choice(raw, at, &mut calls, context)?);
    }
    choices.sort_by_key(|(index, _)| *index);
    let mut counts = Counts::default();
    if let Some(usage) = answer.take("usage") {
        counts.chat(usage);
    }
    Ok(Response {
        id,
        model: answer.take_str("model")?.unwrap_or_default().into_owned(),
        // Some servers write a fraction.
        created: answer.take("created").and_then(seconds),
        choices: choices.into_iter().map(|(_, choice)| choice).collect(),
        usage: counts.usage(LlmDialect::OpenAiChat).unwrap_or_default(),
        sidecars: answer.into_sidecars(LlmDialect::OpenAiChat),
    })
}

fn seconds(raw: Raw<'_>) -> Option<u64> {
    json::unsigned(raw).or_else(|| raw.get().split('.').next()?.parse().ok())
}

fn choice(
    raw: Raw<'_>,
    at: usize,
    calls: &mut Calls,
    context: &DecodeContext,
) -> Result<(u64, Choice), Refused> {
    let mut choice = Object::of(raw, &nth("choices", at))?;
    if choice.take("error").is_some_and(is_told) {
        return Err(Refused::new(AN_ERROR));
    }
    let index = choice.take_u64("index")?.unwrap_or(at as u64);
    let mut message = choice.require_object("message")?;
    message.take("role");
    let mut blocks = assistant(&mut message, calls)?;
    let mut called = false;
    for block in &mut blocks {
        if let Content::ToolCall(call) = &mut block.content {
            call.name = context.tool_name(&call.name).to_owned();
            called = true;
        }
    }
    let word = choice.take_str("finish_reason")?;
    // vLLM names the stop sequence, or the number of a token.
    let sequence = choice.take("stop_reason").and_then(json::string);
    let stop = stop::of_word(word.as_deref(), sequence.as_deref(), called);
    let mut sidecars = choice.into_sidecars(LlmDialect::OpenAiChat);
    let left = prefixed("message.", message);
    if blocks.is_empty() {
        sidecars.extend(left);
    } else {
        attach(&mut blocks, left);
    }
    let choice = Choice {
        blocks,
        stop,
        sidecars,
    };
    Ok((index, choice))
}
