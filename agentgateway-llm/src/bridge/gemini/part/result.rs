//! `functionResponse`.

use agentgateway_core::json::{self, Raw};
use bytes::BytesMut;

use super::{
    super::{
        super::{
            codec::Refused,
            form::{Block, Content, Sidecar, ToolResult},
            loss::{Loss, LossReport},
            read::Object,
        },
        loss,
        names::Calls,
        read, write,
    },
    encode::is_object,
    media,
};
use crate::LlmDialect;

pub(super) fn decode(mut response: Object<'_>, calls: &mut Calls) -> Result<Block, Refused> {
    let name = response.require_str("name")?.into_owned();
    let id = response.take_str("id")?;
    let id = calls.answered(id.as_deref(), &name);
    let mut found = ToolResult::new(id, Vec::new());
    found.name = Some(name);
    let place = response.path("response");
    if let Some(raw) = response.take("response") {
        object(raw, &place, &mut found)?;
    }
    let place = response.path("parts");
    for raw in response.take_array("parts")?.unwrap_or_default() {
        found.content.push(inner(raw, &place)?);
    }
    let mut sidecars = Vec::new();
    read::keep_rest(response, "functionResponse.", &mut sidecars);
    Ok(Block {
        sidecars,
        ..Block::new(Content::ToolResult(found))
    })
}

/// Reads the object of a result: `result` and `error` alone, with a string, are a text.
///
/// # Source
/// google-genai 3.6, automatic function calling; Gemini API reference, `FunctionResponse.response`.
fn object(raw: Raw<'_>, place: &str, found: &mut ToolResult) -> Result<(), Refused> {
    let mut only = Object::of(raw, place)?;
    let result = only.take("result").and_then(json::string);
    let error = only.take("error");
    let failure = error.and_then(json::string);
    let nothing_else = only.into_sidecars(LlmDialect::Gemini).is_empty();
    found.is_error = error.is_some();
    match (result, failure) {
        (Some(text), None) | (None, Some(text)) if nothing_else && is_alone(raw) => {
            found.content.push(Block::text(text));
        }
        _ => {
            found.content.push(Block::text(raw.get()));
            found.is_json = true;
        }
    }
    Ok(())
}

/// Whether an object has one member, `null` or not.
fn is_alone(raw: Raw<'_>) -> bool {
    let mut count = 0_usize;
    json::entries(raw, |_, _| count += 1).is_ok() && count == 1
}

fn inner(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut part = read::object(raw, place)?;
    for name in ["inlineData", "fileData"] {
        if let Some(data) = read::take_object(&mut part, name)? {
            let mut block = media::decode(name, data)?;
            read::keep_rest(part, "", &mut block.sidecars);
            return Ok(block);
        }
    }
    let sidecar = Sidecar::of(LlmDialect::Gemini, "parts.functionResponse", raw);
    Ok(Block::new(Content::Other(sidecar)))
}

/// A result that was written, and the media that have no place in it.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) part: BytesMut,
    pub(super) beside: Vec<BytesMut>,
}

/// Writes a result. Models before the third generation take media beside it only.
pub(super) fn encode(
    result: &ToolResult,
    name: &str,
    sidecars: &[Sidecar],
    takes_media: bool,
    losses: &mut LossReport,
) -> Written {
    let mut texts: Vec<&str> = Vec::new();
    let mut parts = Vec::new();
    for block in &result.content {
        if block.cache.is_some() {
            losses.add(Loss::CacheMarker);
        }
        loss::foreign_all(&block.sidecars, losses);
        match &block.content {
            Content::Text(text) | Content::Refusal(text) => texts.push(text),
            Content::Media(media) => parts.extend(media::encode(media, &block.sidecars, losses)),
            Content::Other(own) if own.dialect == LlmDialect::Gemini => {
                let mut part = BytesMut::new();
                write::raw(&mut part, &own.raw);
                parts.push(part);
            }
            Content::Other(other) => loss::foreign_block(other, losses),
            Content::Reasoning(_) => losses.add(Loss::ReasoningText),
            Content::ToolCall(_) | Content::ToolResult(_) => losses.add(Loss::UnknownBlock),
        }
    }
    let (inside, beside) = if takes_media {
        (parts, Vec::new())
    } else {
        (Vec::new(), parts)
    };
    let mut part = BytesMut::new();
    write::object(&mut part, |part| {
        part.object("functionResponse", |response| {
            response.string("id", &result.call_id);
            response.string("name", name);
            match texts.as_slice() {
                [json] if result.is_json && is_object(json) => response.raw("response", json),
                texts => response.object("response", |object| {
                    let member = if result.is_error { "error" } else { "result" };
                    if !texts.is_empty() || result.is_error {
                        object.string(member, &texts.join("\n"));
                    }
                }),
            }
            if !inside.is_empty() {
                response.array_of("parts", &inside);
            }
            response.raws(read::own(sidecars, "functionResponse."));
        });
        part.raws(read::own(sidecars, ""));
    });
    Written { part, beside }
}
