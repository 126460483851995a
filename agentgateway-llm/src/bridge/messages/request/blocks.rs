use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        Refused,
        form::{
            Block, CacheMarker, Content, Media, MediaKind, MediaSource, Opaque, Reasoning, Sidecar,
            StateOwner, ToolCall, ToolResult,
        },
        read::{Object, elements, nth, string},
    },
    DIALECT,
};

/// What `content` and `system` hold: one text, or blocks.
pub(super) fn content(raw: Raw<'_>, place: &str) -> Result<Vec<Block>, Refused> {
    match json::type_of(raw) {
        JsonType::String => Ok(vec![Block::text(string(raw, place)?)]),
        JsonType::Array => blocks(raw, place),
        _ => Err(Refused::wrong_type(
            place,
            "text or an array of blocks",
            raw,
        )),
    }
}

/// The blocks of an array.
pub(in super::super) fn blocks(raw: Raw<'_>, place: &str) -> Result<Vec<Block>, Refused> {
    let mut found = Vec::new();
    for (at, raw) in elements(raw, place)?.into_iter().enumerate() {
        let block = block(raw, &nth(place, at))?;
        push(&mut found, block);
    }
    Ok(found)
}

/// Puts a block behind the others. State that stands before a call without a slot of its own goes into the call.
fn push(blocks: &mut Vec<Block>, mut block: Block) {
    if let Content::ToolCall(call) = &mut block.content {
        if blocks.last().is_some_and(is_state_of_call) {
            if let Some(Content::Reasoning(thought)) = blocks.pop().map(|last| last.content) {
                call.state = thought.state;
            }
        }
    }
    blocks.push(block);
}

/// Thoughts without text whose state is marked. OpenAI's own state is that of thoughts, whose text it may withhold.
fn is_state_of_call(block: &Block) -> bool {
    let Content::Reasoning(thought) = &block.content else {
        return false;
    };
    let of_call =
        |state: &Opaque<'_>| !matches!(state.owner, StateOwner::Anthropic | StateOwner::OpenAi);
    thought.text.is_empty() && !thought.redacted && thought.state.as_ref().is_some_and(of_call)
}

fn block(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut object = Object::of(raw, place)?;
    let kind = object.require_str("type")?;
    let mut sidecars = Vec::new();
    let content = match &*kind {
        "text" => {
            take_citations(&mut object, &mut sidecars)?;
            Some(Content::Text(object.require_str("text")?.into_owned()))
        }
        "thinking" => Some(Content::Reasoning(thinking(&mut object)?)),
        "redacted_thinking" => {
            let data = object.require_str("data")?;
            Some(Content::Reasoning(Reasoning {
                state: Some(Opaque::from_slot(StateOwner::Anthropic, data).into_owned()),
                redacted: true,
                ..Reasoning::default()
            }))
        }
        "image" => media(&mut object, MediaKind::Image)?,
        "document" => media(&mut object, MediaKind::Document)?,
        "tool_use" => Some(Content::ToolCall(tool_use(&mut object)?)),
        "tool_result" => Some(Content::ToolResult(tool_result(&mut object)?)),
        _ => None,
    };
    let Some(content) = content else {
        return Ok(Block::new(Content::Other(Sidecar::of(DIALECT, &kind, raw))));
    };
    let cache = take_cache(&mut object, &mut sidecars)?;
    sidecars.extend(object.into_sidecars(DIALECT));
    Ok(Block {
        content,
        cache,
        sidecars,
    })
}

/// Takes a marker of what to cache. One that is not known becomes a sidecar.
pub(super) fn take_cache(
    object: &mut Object<'_>,
    sidecars: &mut Vec<Sidecar>,
) -> Result<Option<CacheMarker>, Refused> {
    let path = object.path("cache_control");
    let Some(raw) = object.take("cache_control") else {
        return Ok(None);
    };
    let mut control = Object::of(raw, &path)?;
    let kind = control.take_str("type")?;
    let ttl = control.take_str("ttl")?;
    let more = !control.into_sidecars(DIALECT).is_empty();
    let marker = match (kind.as_deref(), ttl.as_deref()) {
        (Some("ephemeral"), None | Some("5m")) if !more => Some(CacheMarker::Short),
        (Some("ephemeral"), Some("1h")) if !more => Some(CacheMarker::Hour),
        _ => {
            sidecars.push(Sidecar::of(DIALECT, "cache_control", raw));
            None
        }
    };
    Ok(marker)
}

/// Each citation is a sidecar of its own, as it is in a stream.
pub(in super::super) fn take_citations(
    object: &mut Object<'_>,
    sidecars: &mut Vec<Sidecar>,
) -> Result<(), Refused> {
    let citations = object.take_array("citations")?.unwrap_or_default();
    let named = |raw| Sidecar::of(DIALECT, "citation", raw);
    sidecars.extend(citations.into_iter().map(named));
    Ok(())
}

fn thinking(object: &mut Object<'_>) -> Result<Reasoning, Refused> {
    let signature = object.take_str("signature")?;
    let signature = signature.filter(|signature| !signature.is_empty());
    Ok(Reasoning {
        text: object.require_str("thinking")?.into_owned(),
        state: signature
            .map(|signature| Opaque::from_slot(StateOwner::Anthropic, signature).into_owned()),
        ..Reasoning::default()
    })
}

/// `None` for a source that only this dialect knows, such as blocks.
fn media(object: &mut Object<'_>, kind: MediaKind) -> Result<Option<Content>, Refused> {
    let Some(mut source) = object.take_object("source")? else {
        return Ok(None);
    };
    let form = source.require_str("type")?;
    let media_type = source.take_str("media_type")?.map(Into::into);
    let from = match &*form {
        "base64" => MediaSource::Base64(source.require_str("data")?.into_owned()),
        "text" => MediaSource::Text(source.require_str("data")?.into_owned()),
        "url" => MediaSource::Url(source.require_str("url")?.into_owned()),
        "file" => MediaSource::File(source.require_str("file_id")?.into_owned()),
        _ => return Ok(None),
    };
    if !source.into_sidecars(DIALECT).is_empty() {
        return Ok(None);
    }
    let name = match kind {
        MediaKind::Document => object.take_str("title")?.map(Into::into),
        _ => None,
    };
    Ok(Some(Content::Media(Media {
        media_type,
        name,
        ..Media::new(kind, from)
    })))
}

fn tool_use(object: &mut Object<'_>) -> Result<ToolCall, Refused> {
    let id = object.require_str("id")?;
    let name = object.require_str("name")?;
    // As it is written.
    let input = object.take("input").map_or("", Raw::get);
    Ok(ToolCall::new(id, name, input))
}

fn tool_result(object: &mut Object<'_>) -> Result<ToolResult, Refused> {
    let path = object.path("content");
    let content = match object.take("content") {
        Some(raw) => content(raw, &path)?,
        None => Vec::new(),
    };
    let id = object.require_str("tool_use_id")?;
    Ok(ToolResult {
        is_error: object.take_bool("is_error")?.unwrap_or(false),
        ..ToolResult::new(id, content)
    })
}
