//! Writing parts of a content.

use super::super::{
    super::{
        Loss, LossReport,
        form::{Block, Content, Media, MediaKind, MediaSource},
    },
    json::{Elements, Members},
    loss::{foreign, is_own, of_media},
    message::cache,
    sidecars::own,
};
use super::conversation::OF_MESSAGE;

/// Ids of OpenAI's store of files start so; Anthropic's start with `file_`.
const FILE_ID: &str = "file-";

/// What a part is written as.
pub(super) enum Part<'a> {
    Text(&'a str),
    Image {
        url: String,
        detail: Option<&'a str>,
    },
    Audio {
        data: &'a str,
        format: &'static str,
    },
    FileData {
        data: String,
        name: String,
    },
    FileId {
        id: &'a str,
        name: Option<&'a str>,
    },
    Raw(&'a str),
}

/// The part that a block is; `None` where there is none, which is noted.
pub(super) fn part<'a>(block: &'a Block, losses: &mut LossReport) -> Option<Part<'a>> {
    if block.cache.is_some() && cache(&block.sidecars).is_none() {
        losses.add(Loss::CacheMarker);
    }
    foreign(&block.sidecars, losses);
    match &block.content {
        Content::Text(text) | Content::Refusal(text) => Some(Part::Text(text)),
        Content::Media(media) => media_part(media, losses),
        Content::Other(sidecar) => is_own(sidecar, losses).then_some(Part::Raw(&sidecar.raw)),
        Content::Reasoning(_) => {
            losses.add(Loss::ReasoningText);
            None
        }
        Content::ToolCall(_) | Content::ToolResult(_) => {
            losses.add_at(Loss::UnknownBlock, "messages");
            None
        }
    }
}

fn media_part<'a>(media: &'a Media, losses: &mut LossReport) -> Option<Part<'a>> {
    let kind = of_media(media.kind);
    let part = match (media.kind, &media.source) {
        (MediaKind::Image, MediaSource::Base64(data)) => Ok(Part::Image {
            url: data_url(media.media_type.as_deref().unwrap_or("image/png"), data),
            detail: media.detail.as_deref(),
        }),
        (MediaKind::Image, MediaSource::Url(url)) => Ok(Part::Image {
            url: url.clone(),
            detail: media.detail.as_deref(),
        }),
        (MediaKind::Audio, MediaSource::Base64(data)) => format_of(media)
            .map(|format| Part::Audio { data, format })
            .ok_or(kind),
        (MediaKind::Document, MediaSource::Base64(data)) => {
            let media_type = media.media_type.as_deref().unwrap_or("application/pdf");
            Ok(Part::FileData {
                data: data_url(media_type, data),
                name: name_of(media, media_type),
            })
        }
        (MediaKind::Document, MediaSource::File(id)) if id.starts_with(FILE_ID) => {
            Ok(Part::FileId {
                id,
                name: media.name.as_deref(),
            })
        }
        (MediaKind::Document, MediaSource::Text(text)) => {
            if media.name.is_some() {
                losses.add(Loss::MediaName);
            }
            Ok(Part::Text(text))
        }
        (MediaKind::Audio | MediaKind::Document, MediaSource::Url(_)) => Err(Loss::RemoteMedia),
        (MediaKind::Image | MediaKind::Audio | MediaKind::Document, MediaSource::File(_)) => {
            Err(Loss::StoredMedia)
        }
        _ => Err(kind),
    };
    match part {
        Ok(part) => {
            let named = matches!(
                part,
                Part::FileData { .. } | Part::FileId { .. } | Part::Text(_)
            );
            if media.name.is_some() && !named {
                losses.add(Loss::MediaName);
            }
            Some(part)
        }
        Err(loss) => {
            losses.add_at(loss, "messages");
            None
        }
    }
}

fn data_url(media_type: &str, data: &str) -> String {
    format!("data:{media_type};base64,{data}")
}

/// OpenAI takes two.
fn format_of(media: &Media) -> Option<&'static str> {
    match media.media_type.as_deref()? {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    }
}

/// A file that is sent must have a name; by its end OpenAI knows what it is.
fn name_of(media: &Media, media_type: &str) -> String {
    if let Some(name) = &media.name {
        return name.clone();
    }
    let end = match media_type {
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/markdown" => "md",
        "text/html" => "html",
        "text/csv" => "csv",
        "application/json" => "json",
        _ => "bin",
    };
    format!("file.{end}")
}

/// Writes a part, with what only this dialect knows of it.
pub(super) fn write(list: &mut Elements<'_>, part: &Part<'_>, block: &Block) {
    if let Part::Raw(raw) = part {
        return list.raw(raw);
    }
    list.object(|out| {
        members(out, part);
        for sidecar in own(&block.sidecars) {
            let is_plain = !sidecar.name.starts_with(OF_MESSAGE);
            // An answer's notes on its text are no part of a request.
            if is_plain && !matches!(&*sidecar.name, "annotations" | "logprobs") {
                out.raw(&sidecar.name, &sidecar.raw);
            }
        }
    });
}

fn members(out: &mut Members<'_>, part: &Part<'_>) {
    match part {
        Part::Text(text) => {
            out.string("type", "text");
            out.string("text", text);
        }
        Part::Image { url, detail } => {
            out.string("type", "image_url");
            out.object("image_url", |image| {
                image.string("url", url);
                if let Some(detail) = detail {
                    image.string("detail", detail);
                }
            });
        }
        Part::Audio { data, format } => {
            out.string("type", "input_audio");
            out.object("input_audio", |audio| {
                audio.string("data", data);
                audio.string("format", format);
            });
        }
        Part::FileData { data, name } => {
            out.string("type", "file");
            out.object("file", |file| {
                file.string("filename", name);
                file.string("file_data", data);
            });
        }
        Part::FileId { id, name } => {
            out.string("type", "file");
            out.object("file", |file| {
                file.string("file_id", id);
                if let Some(name) = name {
                    file.string("filename", name);
                }
            });
        }
        Part::Raw(_) => {}
    }
}
