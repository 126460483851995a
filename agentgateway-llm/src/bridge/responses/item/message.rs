use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        Refused,
        form::{Block, CacheMarker, Content, Role, Sidecar},
        read::{Object, elements, nth, owned, string},
    },
    ids, media,
};
use crate::LlmDialect::OpenAiResponses;

/// Reads a message's role and its parts.
pub(super) fn read(mut item: Object<'_>) -> Result<(Role, Vec<Block>), Refused> {
    let word = item.require_str("role")?;
    let role = match &*word {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" | "developer" => Role::System,
        _ => {
            return Err(Refused::at(
                item.path("role"),
                "must be \"user\", \"assistant\", \"system\" or \"developer\"",
            ));
        }
    };
    let content = item.take("content");
    let is_list = content.is_some_and(|raw| json::type_of(raw) == JsonType::Array);
    let mut blocks = match content {
        Some(raw) => parts(raw, &item.path("content"))?,
        None => Vec::new(),
    };
    let rest = rest_of(item);
    if let Some(first) = blocks.first_mut() {
        // The assistant's messages are one turn: where each begins is told by this mark.
        if rest != "{}" || (role == Role::Assistant && is_list) {
            mark(first, "message", &rest);
        }
        if role == Role::System {
            mark(first, "role", &json::quote(&word));
        }
    }
    Ok((role, blocks))
}

fn mark(block: &mut Block, name: &str, raw: &str) {
    let sidecar = Sidecar::new(OpenAiResponses, name, raw);
    block.sidecars.push(sidecar);
}

/// A string, or a list of parts.
pub(super) fn parts(content: Raw<'_>, place: &str) -> Result<Vec<Block>, Refused> {
    match json::type_of(content) {
        JsonType::String => Ok(vec![Block::text(string(content, place)?)]),
        JsonType::Array => (0..)
            .zip(elements(content, place)?)
            .map(|(at, raw): (usize, _)| part(raw, &nth(place, at)))
            .collect(),
        _ => Err(Refused::wrong_type(place, "a string or a list", content)),
    }
}

/// One part of a message or of a tool's output.
pub(super) fn part(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut part = Object::of(raw, place)?;
    let kind = part.require_str("type")?;
    let mut notes = Vec::new();
    let content = match &*kind {
        "input_text" | "output_text" | "text" => {
            for annotation in part.take_array("annotations")?.unwrap_or_default() {
                notes.push(Sidecar::of(OpenAiResponses, "annotation", annotation));
            }
            let logprobs = part.take_array("logprobs")?.unwrap_or_default();
            if !logprobs.is_empty() {
                let raw = list(&logprobs);
                notes.push(Sidecar::new(OpenAiResponses, "logprobs", &raw));
            }
            Some(Content::Text(part.require_str("text")?.into_owned()))
        }
        "refusal" => Some(Content::Refusal(part.require_str("refusal")?.into_owned())),
        "input_image" => media::image(&mut part)?.map(Content::Media),
        "input_file" => media::file(&mut part)?.map(Content::Media),
        _ => None,
    };
    let Some(content) = content else {
        let name = format!("content.{kind}");
        let other = Sidecar::of(OpenAiResponses, &name, raw);
        return Ok(Block::new(Content::Other(other)));
    };
    let mut block = Block::new(content);
    block.sidecars = notes;
    block.sidecars.extend(part.into_sidecars(OpenAiResponses));
    let cached = |one: &Sidecar| &*one.name == "prompt_cache_breakpoint";
    block.cache = block
        .sidecars
        .iter()
        .any(cached)
        .then_some(CacheMarker::Short);
    Ok(block)
}

/// The array of these elements.
pub(super) fn list(elements: &[Raw<'_>]) -> String {
    let inner: Vec<_> = elements.iter().map(|raw| raw.get()).collect();
    format!("[{}]", inner.join(","))
}

/// What nobody took, as an object; an id that was made here is left out.
pub(super) fn rest_of(item: Object<'_>) -> String {
    let mut rest = String::from("{");
    for one in item.into_sidecars(OpenAiResponses) {
        if &*one.name != "id" || is_told(&one.raw) {
            if rest.len() > 1 {
                rest.push(',');
            }
            rest.push_str(&json::quote(&one.name));
            rest.push(':');
            rest.push_str(&one.raw);
        }
    }
    rest.push('}');
    rest
}

/// Whether the provider gave this id, which is JSON.
pub(super) fn is_told(raw: &str) -> bool {
    let id = Raw::parse(raw.as_bytes()).ok();
    let id = id.and_then(json::string);
    id.is_none_or(|id| ids::told(&id).is_some())
}

/// The item as it is.
pub(super) fn other(kind: &str, raw: Raw<'_>) -> Block {
    let sidecar = Sidecar::new(OpenAiResponses, kind, &owned(raw));
    Block::new(Content::Other(sidecar))
}
