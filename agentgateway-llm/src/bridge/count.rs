//! How many tokens a request would have, asked of one dialect and told in another.

use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, members, members_of};
use bytes::{Bytes, BytesMut};

use super::{Encoded, Refused, Unreadable, json as write, messages::encode_token_count};
use crate::LlmDialect;

/// Whether a provider of this dialect can count. OpenAI Chat and Ollama have nothing for it.
pub(crate) const fn counts(dialect: LlmDialect) -> bool {
    matches!(
        dialect,
        LlmDialect::OpenAiResponses
            | LlmDialect::AnthropicMessages
            | LlmDialect::Gemini
            | LlmDialect::BedrockConverse
    )
}

/// The members of a request that a count takes, where it does not take all.
///
/// # Source
/// OpenAI API, Get input token counts (`TokenCountsBody`); Anthropic API, Count tokens in a Message; Amazon Bedrock,
/// `CountTokens` (`ConverseTokensRequest`).
const fn taken(dialect: LlmDialect) -> &'static [&'static str] {
    match dialect {
        LlmDialect::OpenAiResponses => &[
            "model",
            "input",
            "instructions",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "reasoning",
            "text",
            "truncation",
        ],
        LlmDialect::AnthropicMessages => &[
            "model",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
        ],
        _ => &[
            "messages",
            "system",
            "toolConfig",
            "additionalModelRequestFields",
        ],
    }
}

/// Makes a turn that was written for a provider a question how many tokens it would have. `is_vertex`: Gemini's models
/// are asked at Vertex, which takes the members of the turn themselves.
///
/// # Source
/// Beside those of [`taken`]: Gemini API reference, `models.countTokens` (`generateContentRequest`); Vertex AI API
/// reference, `publishers.models.countTokens`.
pub(crate) fn ask(
    dialect: LlmDialect,
    turn: Encoded,
    model: &str,
    is_vertex: bool,
) -> Result<Encoded, Refused> {
    let unreadable = |error| Refused::unreadable(&error);
    let raw = Raw::parse(&turn.body).map_err(unreadable)?;
    let mut body = BytesMut::with_capacity(turn.body.len() + 64);
    let path = match dialect {
        LlmDialect::Gemini => {
            if is_vertex {
                write::raw(&mut body, raw.get());
            } else {
                within_gemini(&mut body, raw, model);
            }
            turn.path.replace(":generateContent", ":countTokens")
        }
        LlmDialect::BedrockConverse => {
            write::object(&mut body, |out| {
                out.object("input", |out| {
                    out.object("converse", |out| copy(raw, taken(dialect), out));
                });
            });
            let method = turn.path.rsplit_once('/');
            method.map_or_else(String::new, |(model, _)| format!("{model}/count-tokens"))
        }
        LlmDialect::AnthropicMessages => {
            write::object(&mut body, |out| copy(raw, taken(dialect), out));
            format!("{}/count_tokens", turn.path)
        }
        _ => {
            write::object(&mut body, |out| copy(raw, taken(dialect), out));
            format!("{}/input_tokens", turn.path)
        }
    };
    Ok(Encoded {
        path,
        body: body.freeze(),
        ..turn
    })
}

fn within_gemini(body: &mut BytesMut, raw: Raw<'_>, model: &str) {
    let resource = match model.contains('/') {
        true => Cow::Borrowed(model),
        false => Cow::Owned(format!("models/{model}")),
    };
    write::object(body, |out| {
        out.object("generateContentRequest", |out| {
            out.string("model", &resource);
            // It was written as an object.
            let _ = json::entries(raw, |name, value| out.raw(name, value.get()));
        });
    });
}

fn copy(raw: Raw<'_>, names: &[&str], out: &mut write::Members<'_>) {
    // It was written as an object.
    let _ = json::entries(raw, |name, value| {
        if names.contains(&name) {
            out.raw(name, value.get());
        }
    });
}

/// The turn that a client wants counted: Gemini's stands in a member of its own, where it is a whole one, and Bedrock's
/// always does.
///
/// # Errors
/// It is one of another API of Bedrock's (`InvokeModel`), or none.
pub(crate) fn turn_of(client: LlmDialect, body: &[u8]) -> Result<&[u8], Refused> {
    if client == LlmDialect::BedrockConverse {
        let [input] = members(body, ["input"]).map_err(|error| Refused::unreadable(&error))?;
        let turn = input.and_then(|input| members_of(input, ["converse"]).ok());
        let turn = turn.and_then(|[turn]| turn);
        let missing =
            "is missing: it must be an object, as the provider of this model takes no other form";
        let turn = turn.ok_or_else(|| Refused::at("input.converse", missing))?;
        return Ok(turn.get().as_bytes());
    }
    let names = ["generateContentRequest", "generate_content_request"];
    Ok(match (client, members(body, names)) {
        (LlmDialect::Gemini, Ok([Some(turn), _] | [None, Some(turn)])) => turn.get().as_bytes(),
        _ => body,
    })
}

/// What a provider counted.
pub(crate) fn read(dialect: LlmDialect, body: &[u8]) -> Result<u64, Unreadable> {
    let name = match dialect {
        LlmDialect::Gemini => "totalTokens",
        LlmDialect::BedrockConverse => "inputTokens",
        _ => "input_tokens",
    };
    let [count] = members(body, [name])?;
    // Vertex leaves a 0 out.
    match count {
        None if dialect == LlmDialect::Gemini => Ok(0),
        count => count
            .and_then(json::unsigned)
            .ok_or_else(|| Unreadable::new("it is no count of tokens")),
    }
}

/// The count, for a client.
pub(crate) fn tell(client: LlmDialect, tokens: u64) -> Bytes {
    if client == LlmDialect::AnthropicMessages {
        return encode_token_count(tokens);
    }
    let mut out = BytesMut::new();
    write::object(&mut out, |count| match client {
        LlmDialect::Gemini => count.number("totalTokens", tokens),
        LlmDialect::BedrockConverse => count.number("inputTokens", tokens),
        _ => {
            count.string("object", "response.input_tokens");
            count.number("input_tokens", tokens);
        }
    });
    out.freeze()
}
