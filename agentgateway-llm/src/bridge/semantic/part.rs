use std::borrow::Cow;

use bytes::BytesMut;

use super::{
    json::{self, Elements, Members},
    room::{Room, string_within, value_within},
};
use crate::bridge::form::{Block, Content, Media, MediaKind, MediaSource, Tool, ToolResult};

/// Writes the parts of a list, as far as there is room.
pub(super) fn write_all(list: &mut Elements<'_>, blocks: &[Block], room: &mut Room) {
    for block in blocks {
        room.element(list, |out, max_bytes| part(out, &block.content, max_bytes));
    }
}

/// Writes a part of `max_bytes` at most where its text can be cut. Answers whether it is whole.
fn part(out: &mut BytesMut, content: &Content, max_bytes: usize) -> bool {
    let mut is_whole = true;
    json::object(out, |part| {
        is_whole = match content {
            Content::Text(said) => text(part, "text", said, max_bytes),
            Content::Refusal(said) => text(part, "refusal", said, max_bytes),
            Content::Reasoning(thought) => text(part, "reasoning", &thought.text, max_bytes),
            Content::Media(own) => {
                media(part, own);
                true
            }
            Content::ToolCall(call) => {
                part.string("type", "tool_call");
                part.string("id", &call.id);
                part.string("name", &call.name);
                let arguments = part.name("arguments");
                match call.arguments.as_str() {
                    text if call.is_custom => string_within(arguments, text, max_bytes),
                    "" => value_within(arguments, "{}", max_bytes),
                    some => value_within(arguments, some, max_bytes),
                }
            }
            Content::ToolResult(result) => response(part, result, max_bytes),
            // What it holds may be media.
            Content::Other(sidecar) => {
                part.string("type", &sidecar.name);
                true
            }
        };
    });
    is_whole
}

fn text(part: &mut Members<'_>, kind: &str, text: &str, max_bytes: usize) -> bool {
    part.string("type", kind);
    string_within(part.name("content"), text, max_bytes)
}

fn response(part: &mut Members<'_>, result: &ToolResult, max_bytes: usize) -> bool {
    part.string("type", "tool_call_response");
    part.string("id", &result.call_id);
    let out = part.name("response");
    let said = match result.content.as_slice() {
        [] => "",
        [only] => match &only.content {
            Content::Text(text) if result.is_json => return value_within(out, text, max_bytes),
            Content::Text(text) => text,
            _ => return parts(out, &result.content, max_bytes),
        },
        several => return parts(out, several, max_bytes),
    };
    string_within(out, said, max_bytes)
}

/// What a tool answers is no answer of a tool again: this comes back here once.
fn parts(out: &mut BytesMut, blocks: &[Block], max_bytes: usize) -> bool {
    let mut room = Room::within(max_bytes.saturating_sub(out.len()));
    json::array(out, |list| write_all(list, blocks, &mut room));
    !room.is_full()
}

fn media(part: &mut Members<'_>, media: &Media) {
    let kind = match media.source {
        MediaSource::Base64(_) | MediaSource::Text(_) => "blob",
        MediaSource::Url(_) => "uri",
        MediaSource::File(_) => "file",
    };
    part.string("type", kind);
    let modality = match media.kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Document => "document",
    };
    part.string("modality", modality);
    part.some_string("mime_type", media.media_type.as_deref());
    match &media.source {
        MediaSource::Base64(data) => part.number("bytes", decoded_bytes(data)),
        MediaSource::Text(text) => part.number("bytes", text.len()),
        MediaSource::Url(url) => part.string("uri", &address(url)),
        MediaSource::File(id) => part.string("file_id", id),
    }
}

fn decoded_bytes(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

/// Where a URL leads, without what may be a secret (its user, its query) or, of a `data:` URL, the media themselves.
fn address(url: &str) -> Cow<'_, str> {
    let url = url.trim_start();
    if url
        .get(..5)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
    {
        return Cow::Borrowed(url.split_once(',').map_or("data:", |(head, _)| head));
    }
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return Cow::Borrowed(url);
    };
    let end = rest.find(['/', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    match authority.rsplit_once('@') {
        Some((_, host)) => Cow::Owned([scheme, "://", host, path].concat()),
        None => Cow::Borrowed(url),
    }
}

/// Writes the definition of a tool.
pub(super) fn tool(out: &mut BytesMut, tool: &Tool) {
    json::object(out, |own| {
        let is_custom = tool.custom.is_some();
        own.string("type", if is_custom { "custom" } else { "function" });
        own.string("name", &tool.name);
        own.some_string("description", tool.description.as_deref());
        if let Some(schema) = &tool.schema {
            own.raw("parameters", schema);
        }
    });
}
