//! What a message holds: parts, calls, refusals. Requests and answers have the same.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonType, Raw, members_of};

use super::{
    super::{
        codec::Refused,
        form::{
            Block, CacheMarker, Content, Media, MediaKind, MediaSource, Opaque, Sidecar, Sidecars,
            StateOwner, ToolCall,
        },
        read::{Object, elements, nth},
    },
    calls::Calls,
    reasoning,
};
use crate::LlmDialect;

/// What only this dialect knows.
pub(super) fn other(name: &str, raw: Raw<'_>) -> Sidecar {
    Sidecar::of(LlmDialect::OpenAiChat, name, raw)
}

/// Takes `content`: a string, an array of parts, or nothing.
pub(super) fn content(message: &mut Object<'_>) -> Result<Vec<Block>, Refused> {
    let Some(raw) = message.take("content") else {
        return Ok(Vec::new());
    };
    match (json::string(raw), json::type_of(raw)) {
        (Some(text), _) => Ok(match text.is_empty() {
            true => Vec::new(),
            false => vec![Block::text(text)],
        }),
        (None, JsonType::Array) => {
            let place = message.path("content");
            let parts = elements(raw, &place)?.into_iter().enumerate();
            parts.map(|(at, raw)| part(raw, &nth(&place, at))).collect()
        }
        (None, _) => {
            let place = message.path("content");
            Err(Refused::wrong_type(&place, "a string or an array", raw))
        }
    }
}

fn part(raw: Raw<'_>, place: &str) -> Result<Block, Refused> {
    let mut part = Object::of(raw, place)?;
    let kind = part.require_str("type")?;
    let content = match &*kind {
        // The Responses spelling comes from clients that mix the two.
        "text" | "input_text" | "output_text" => {
            Content::Text(part.require_str("text")?.into_owned())
        }
        "refusal" => Content::Refusal(part.require_str("refusal")?.into_owned()),
        "image_url" => Content::Media(linked(&mut part, "image_url", MediaKind::Image)?),
        // Of vLLM, OpenRouter and Qwen.
        "video_url" => Content::Media(linked(&mut part, "video_url", MediaKind::Video)?),
        "audio_url" => Content::Media(linked(&mut part, "audio_url", MediaKind::Audio)?),
        "input_audio" => Content::Media(audio(&mut part)?),
        "file" => Content::Media(file(&mut part)?),
        "thinking" => return reasoning::part(raw, place),
        kind => return Ok(Block::new(Content::Other(other(kind, raw)))),
    };
    let mut block = Block::new(content);
    block.sidecars = part.into_sidecars(LlmDialect::OpenAiChat);
    block.cache = cache(&block.sidecars);
    Ok(block)
}

/// The marker that stands beside a part or a tool: OpenAI's own, or Anthropic's as OpenRouter and others take it.
pub(super) fn cache(sidecars: &Sidecars) -> Option<CacheMarker> {
    sidecars.iter().find_map(|sidecar| match &*sidecar.name {
        "prompt_cache_breakpoint" => Some(CacheMarker::Short),
        "cache_control" if sidecar.raw.contains("\"1h\"") => Some(CacheMarker::Hour),
        "cache_control" => Some(CacheMarker::Short),
        _ => None,
    })
}

/// `{"url": …}`, or the URL alone as Mistral writes it.
fn linked(part: &mut Object<'_>, name: &str, kind: MediaKind) -> Result<Media, Refused> {
    let place = part.path(name);
    let Some(raw) = part.take(name) else {
        return Err(Refused::at(place, "is missing: it must be an object"));
    };
    if json::type_of(raw) == JsonType::String {
        let url = super::super::read::string(raw, &place)?;
        return Ok(behind(&url, kind));
    }
    let mut link = Object::of(raw, &place)?;
    let url = link.require_str("url")?;
    let mut media = behind(&url, kind);
    media.detail = link.take_str("detail")?.map(Cow::into_owned);
    Ok(media)
}

/// What a URL leads to; a `data:` URL holds it.
fn behind(url: &str, kind: MediaKind) -> Media {
    match data_of(url) {
        Some((media_type, data)) => {
            let mut media = Media::new(kind, MediaSource::Base64(data.to_owned()));
            media.media_type = (!media_type.is_empty()).then(|| media_type.to_owned());
            media
        }
        None => Media::new(kind, MediaSource::Url(url.to_owned())),
    }
}

/// The type and the base64 of a `data:` URL.
///
/// # Source
/// RFC 2397, section 3.
fn data_of(url: &str) -> Option<(&str, &str)> {
    let rest = url
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("data:"));
    let (head, data) = rest.and_then(|_| url.get(5..))?.split_once(',')?;
    let (media_type, coding) = head.rsplit_once(';')?;
    coding
        .eq_ignore_ascii_case("base64")
        .then(|| (media_type.split(';').next().unwrap_or_default(), data))
}

fn audio(part: &mut Object<'_>) -> Result<Media, Refused> {
    let mut audio = part.require_object("input_audio")?;
    let data = audio.require_str("data")?;
    let format = audio.take_str("format")?;
    let mut media = behind(&data, MediaKind::Audio);
    if let MediaSource::Url(_) = media.source {
        let is_link = data.starts_with("https://") || data.starts_with("http://");
        if !is_link {
            media.source = MediaSource::Base64(data.into_owned());
        }
    }
    if let Some(format) = format.as_deref() {
        media.media_type = Some(match format {
            "mp3" => "audio/mpeg".to_owned(),
            format => format!("audio/{format}"),
        });
    }
    Ok(media)
}

fn file(part: &mut Object<'_>) -> Result<Media, Refused> {
    let place = part.path("file");
    let mut file = part
        .take_object("file")?
        .ok_or_else(|| Refused::at(place.as_str(), "is missing: it must be an object"))?;
    let name = file.take_str("filename")?;
    let mut media = match (file.take_str("file_data")?, file.take_str("file_id")?) {
        (Some(data), _) => {
            let mut media = behind(&data, MediaKind::Document);
            let is_link = data.starts_with("https://") || data.starts_with("http://");
            if !is_link && matches!(media.source, MediaSource::Url(_)) {
                media.source = MediaSource::Base64(data.into_owned());
            }
            media
        }
        (None, Some(id)) => Media::new(MediaKind::Document, MediaSource::File(id.into_owned())),
        (None, None) => {
            return Err(Refused::at(
                place,
                "must have the member \"file_data\" or \"file_id\"",
            ));
        }
    };
    let is_pdf = name.as_ref().is_some_and(|name| {
        name.rsplit('.')
            .next()
            .is_some_and(|end| end.eq_ignore_ascii_case("pdf"))
    });
    if media.media_type.is_none() && is_pdf && matches!(media.source, MediaSource::Base64(_)) {
        media.media_type = Some("application/pdf".to_owned());
    }
    media.name = name.map(Cow::into_owned);
    Ok(media)
}

/// Takes what a model said: thoughts, content, a refusal, calls, sound.
pub(super) fn assistant(
    message: &mut Object<'_>,
    calls: &mut Calls,
) -> Result<Vec<Block>, Refused> {
    let mut blocks = reasoning::take(message)?;
    blocks.extend(content(message)?);
    if let Some(annotations) = message.take("annotations").filter(|raw| !is_empty(*raw)) {
        let text = blocks
            .iter_mut()
            .find(|block| matches!(block.content, Content::Text(_)));
        let sidecar = other("annotations", annotations);
        match text {
            Some(text) => text.sidecars.push(sidecar),
            None => blocks.push(Block::new(Content::Other(sidecar))),
        }
    }
    let refusal = message.take_str("refusal")?;
    if let Some(refusal) = refusal.filter(|refusal| !refusal.is_empty()) {
        blocks.push(Block::new(Content::Refusal(refusal.into_owned())));
    }
    for name in ["audio", "images"] {
        if let Some(raw) = message.take(name).filter(|raw| !is_empty(*raw)) {
            blocks.push(Block::new(Content::Other(other(name, raw))));
        }
    }
    if let Some(asked) = message.take_array("tool_calls")? {
        let place = message.path("tool_calls");
        for (at, raw) in asked.into_iter().enumerate() {
            blocks.push(tool_call(raw, &nth(&place, at), calls)?);
        }
    }
    if let Some(mut function) = message.take_object("function_call")? {
        let id = calls.id(None);
        let call = called(&mut function, false, id)?;
        calls.asked(&call.id, &call.name);
        blocks.push(Block::new(Content::ToolCall(call)));
    }
    Ok(blocks)
}

fn tool_call(raw: Raw<'_>, place: &str, calls: &mut Calls) -> Result<Block, Refused> {
    let mut call = Object::of(raw, place)?;
    let kind = call.take_str("type")?;
    let told = call.take_str("id")?;
    let kind = kind.as_deref().unwrap_or("function");
    let is_custom = kind == "custom";
    if !matches!(kind, "function" | "") && !is_custom {
        calls.asked(told.as_deref().unwrap_or_default(), "");
        let sidecar = other(&format!("tool_calls.{kind}"), raw);
        return Ok(Block::new(Content::Other(sidecar)));
    }
    // Noise of a few servers.
    call.take("index");
    let mut function = call.require_object(kind_of(is_custom))?;
    let id = calls.id(told.as_deref());
    let mut asked = called(&mut function, is_custom, id)?;
    calls.asked(&asked.id, &asked.name);
    let extra = call.take("extra_content");
    asked.state = extra.and_then(signature);
    let mut sidecars = call.into_sidecars(LlmDialect::OpenAiChat);
    if asked.state.is_none() {
        sidecars.extend(extra.map(|raw| other("extra_content", raw)));
    }
    sidecars.extend(prefixed(&format!("{}.", kind_of(is_custom)), function));
    let mut block = Block::new(Content::ToolCall(asked));
    block.sidecars = sidecars;
    Ok(block)
}

/// A tool's type, which is also the member that says more of it.
pub(super) const fn kind_of(is_custom: bool) -> &'static str {
    if is_custom { "custom" } else { "function" }
}

/// The member of a call that says what the tool is given.
pub(super) const fn arguments_of(is_custom: bool) -> &'static str {
    if is_custom { "input" } else { "arguments" }
}

fn called(function: &mut Object<'_>, is_custom: bool, id: String) -> Result<ToolCall, Refused> {
    let name = function.require_str("name")?.into_owned();
    let member = arguments_of(is_custom);
    let arguments = match function.take(member) {
        Some(raw) => arguments(raw)
            .ok_or_else(|| Refused::wrong_type(&function.path(member), "a string", raw))?,
        None => Cow::Borrowed(""),
    };
    let mut call = ToolCall::new(id, name, arguments);
    call.is_custom = is_custom;
    Ok(call)
}

/// Arguments as text: some servers write the object itself.
pub(super) fn arguments(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    match json::type_of(raw) {
        JsonType::String => json::string(raw),
        JsonType::Object => Some(Cow::Borrowed(raw.get())),
        JsonType::Null => Some(Cow::Borrowed("")),
        JsonType::Array | JsonType::Number | JsonType::Boolean => None,
    }
}

/// `google.thought_signature` of a call's `extra_content`.
///
/// # Source
/// Gemini API, OpenAI compatibility, Thought signatures.
pub(super) fn signature(extra: Raw<'_>) -> Option<Opaque<'static>> {
    let [google] = members_of(extra, ["google"]).ok()?;
    let [signature] = members_of(google?, ["thought_signature"]).ok()?;
    let text = json::string(signature?).filter(|text| !text.is_empty())?;
    Some(Opaque::from_slot(StateOwner::Gemini, text).into_owned())
}

/// What is left of an object, as sidecars of a node that is not the object itself.
pub(super) fn prefixed(prefix: &str, object: Object<'_>) -> Sidecars {
    let mut left = object.into_sidecars(LlmDialect::OpenAiChat);
    for sidecar in &mut left {
        sidecar.name = format!("{prefix}{}", sidecar.name).into();
    }
    left
}

/// Gives what is left of a message to its first block.
pub(super) fn attach(blocks: &mut Vec<Block>, left: Sidecars) {
    if left.is_empty() {
        return;
    }
    if blocks.is_empty() {
        blocks.push(Block::text(""));
    }
    if let Some(first) = blocks.first_mut() {
        first.sidecars.splice(0..0, left);
    }
}

fn is_empty(raw: Raw<'_>) -> bool {
    let inner = raw.get().strip_prefix('[');
    inner
        .and_then(|inner| inner.strip_suffix(']'))
        .is_some_and(|inner| inner.trim().is_empty())
}
