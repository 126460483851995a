use std::borrow::Cow;

use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        DecodeContext, Refused,
        form::{
            Block, CacheMarker, Content, Opaque, Reasoning, Role, Sidecar, StateOwner, ToolCall,
            ToolResult,
        },
        read::{self, Object, nth},
    },
    DIALECT, media, state,
};

/// Reads the blocks of a message, or of what stands before the conversation. A point of the cache marks the block
/// before it.
pub(in super::super) fn read_blocks(
    elements: Vec<Raw<'_>>,
    place: &str,
    role: Role,
    context: &DecodeContext,
) -> Result<Vec<Block>, Refused> {
    let mut blocks: Vec<Block> = Vec::new();
    for (at, element) in elements.into_iter().enumerate() {
        let place = nth(place, at);
        let (name, value) = union(element, &place)?;
        let place = [&place, ".", &*name].concat();
        if name == "cachePoint" {
            if let Some(block) = blocks.last_mut().filter(|block| block.cache.is_none()) {
                if let Some(marker) = read_cache(value, &place)? {
                    block.cache = Some(marker);
                    continue;
                }
            }
        }
        state::push(
            &mut blocks,
            read_block(&name, value, &place, role, context)?,
        );
    }
    Ok(blocks)
}

/// The one member of a union. Members that are `null` say nothing.
fn union<'a>(raw: Raw<'a>, place: &str) -> Result<(String, Raw<'a>), Refused> {
    let mut found = None;
    let mut several = false;
    json::entries(raw, |name, value| {
        if !json::is_null(value) {
            several |= found.is_some();
            found = Some((name.to_owned(), value));
        }
    })
    .map_err(|error| Refused::of_type(place, "an object", json::type_of(raw), &error))?;
    if several {
        return Err(Refused::at(place, "must have one member, found several"));
    }
    found.ok_or_else(|| Refused::at(place, "must have one member, found none"))
}

/// `None`: it says more than is known.
pub(in super::super) fn read_cache(
    raw: Raw<'_>,
    place: &str,
) -> Result<Option<CacheMarker>, Refused> {
    let mut read = Object::of(raw, place)?;
    let kind = read.take_str("type")?;
    let ttl = read.take_str("ttl")?;
    let marker = match (kind.as_deref(), ttl.as_deref()) {
        (Some("default") | None, Some("5m") | None) => CacheMarker::Short,
        (Some("default") | None, Some("1h")) => CacheMarker::Hour,
        _ => return Ok(None),
    };
    Ok(read.into_sidecars(DIALECT).is_empty().then_some(marker))
}

fn read_block(
    name: &str,
    raw: Raw<'_>,
    place: &str,
    role: Role,
    context: &DecodeContext,
) -> Result<Block, Refused> {
    let unknown = || Block::new(Content::Other(Sidecar::of(DIALECT, name, raw)));
    // What tools that the provider runs brought, and images that a model made: no other dialect has them there.
    let is_made = name == "toolResult" || media::kind_of(name).is_some();
    if is_made && role == Role::Assistant {
        return Ok(unknown());
    }
    if let Some(kind) = media::kind_of(name) {
        return Ok(media::read(kind, raw, place)?.unwrap_or_else(unknown));
    }
    Ok(match name {
        "text" => Block::text(read::string(raw, place)?),
        "toolUse" => tool_use(raw, place, context)?.unwrap_or_else(unknown),
        "toolResult" => tool_result(raw, place, context)?,
        "reasoningContent" => reasoning(raw, place)?.unwrap_or_else(unknown),
        "citationsContent" => cited(raw, place)?,
        "guardContent" => guarded(raw, place)?.unwrap_or_else(unknown),
        _ => unknown(),
    })
}

/// `None`: a call of a tool that the provider runs itself.
fn tool_use(raw: Raw<'_>, place: &str, context: &DecodeContext) -> Result<Option<Block>, Refused> {
    let mut read = Object::of(raw, place)?;
    let id = read.require_str("toolUseId")?;
    if id.is_empty() {
        return Err(Refused::at(read.path("toolUseId"), "must not be empty"));
    }
    let name = read.require_str("name")?;
    // Arguments that are no JSON are told as a string.
    let input = read.take("input").map_or(Cow::default(), |raw| {
        json::string(raw).unwrap_or(Cow::Borrowed(raw.get()))
    });
    // What providers write for a call of the client's own says nothing.
    let kind = read.take_str("type")?;
    if kind.is_some_and(|kind| kind != "tool_use") {
        return Ok(None);
    }
    let call = ToolCall::new(id, context.tool_name(&name), input);
    let mut block = Block::new(Content::ToolCall(call));
    block.sidecars = read.into_sidecars(DIALECT);
    Ok(Some(block))
}

fn tool_result(raw: Raw<'_>, place: &str, context: &DecodeContext) -> Result<Block, Refused> {
    let mut read = Object::of(raw, place)?;
    let id = read.require_str("toolUseId")?;
    let status = read.take_str("status")?;
    let content_place = read.path("content");
    let elements = read.take_array("content")?.unwrap_or_default();
    let mut result = ToolResult::new(id, Vec::new());
    result.is_error = status.as_deref() == Some("error");
    result.is_json = whole_json(&elements);
    for (at, element) in elements.into_iter().enumerate() {
        let place = format!("{content_place}[{at}]");
        let (name, value) = union(element, &place)?;
        let block = match &*name {
            "json" if result.is_json => Block::text(value.get()),
            // The mark alone is beside it: every dialect has the text.
            "json" => {
                let mut block = Block::text(value.get());
                block.sidecars.push(Sidecar::new(DIALECT, "json", "true"));
                block
            }
            _ => read_block(&name, value, &place, Role::User, context)?,
        };
        result.content.push(block);
    }
    let mut block = Block::new(Content::ToolResult(result));
    block.sidecars = read.into_sidecars(DIALECT);
    Ok(block)
}

/// One piece of JSON that is an object is all of the result.
fn whole_json(elements: &[Raw<'_>]) -> bool {
    let [only] = elements else { return false };
    let found = json::members_of(*only, ["json"]);
    matches!(found, Ok([Some(value)]) if json::type_of(value) == JsonType::Object)
}

fn reasoning(raw: Raw<'_>, place: &str) -> Result<Option<Block>, Refused> {
    let mut read = Object::of(raw, place)?;
    let mut thought = Reasoning::default();
    let mut beside = Vec::new();
    if let Some(mut text) = read.take_object("reasoningText")? {
        thought.text = text.take_str("text")?.unwrap_or_default().into_owned();
        let signature = text.take_str("signature")?;
        thought.state = signature
            .filter(|signature| !signature.is_empty())
            .map(|signature| Opaque::from_slot(StateOwner::Anthropic, signature).into_owned());
        beside = text.into_sidecars(DIALECT);
    } else if let Some(data) = read.take_str("redactedContent")? {
        thought.state = Some(state::of_redacted(&data));
        thought.redacted = true;
    } else {
        return Ok(None);
    }
    let mut block = Block::new(Content::Reasoning(thought));
    block.sidecars = beside;
    block.sidecars.extend(read.into_sidecars(DIALECT));
    Ok(Some(block))
}

/// A text and what it was taken from.
fn cited(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut read = Object::of(raw, place)?;
    let mut text = String::new();
    let place = read.path("content");
    for element in read.take_array("content")?.unwrap_or_default() {
        text.push_str(
            &Object::of(element, &place)?
                .take_str("text")?
                .unwrap_or_default(),
        );
    }
    let mut block = Block::text(text);
    let citations = read.take_array("citations")?.unwrap_or_default();
    let citation = |raw| Sidecar::of(DIALECT, "citation", raw);
    block.sidecars = citations.into_iter().map(citation).collect();
    Ok(block)
}

/// A text that a guardrail looks at: the text for every dialect, and the whole for this one.
fn guarded(raw: Raw<'_>, place: &str) -> Result<Option<Block>, Refused> {
    let Some(mut text) = Object::of(raw, place)?.take_object("text")? else {
        return Ok(None);
    };
    let mut block = Block::text(text.require_str("text")?);
    block
        .sidecars
        .push(Sidecar::of(DIALECT, "guardContent", raw));
    Ok(Some(block))
}
