use agentgateway_core::json::Raw;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    super::{
        Loss, LossReport, Refused,
        form::{Block, Content, Media, MediaKind, MediaSource},
        read::Object,
    },
    DIALECT,
    json::Members,
};

/// The formats of each kind and their media types. Of several for one type the first is written.
const FORMATS: &[(MediaKind, &str, &str)] = &[
    (MediaKind::Image, "png", "image/png"),
    (MediaKind::Image, "jpeg", "image/jpeg"),
    (MediaKind::Image, "jpeg", "image/jpg"),
    (MediaKind::Image, "gif", "image/gif"),
    (MediaKind::Image, "webp", "image/webp"),
    (MediaKind::Document, "pdf", "application/pdf"),
    (MediaKind::Document, "csv", "text/csv"),
    (MediaKind::Document, "doc", "application/msword"),
    (
        MediaKind::Document,
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (MediaKind::Document, "xls", "application/vnd.ms-excel"),
    (
        MediaKind::Document,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (MediaKind::Document, "html", "text/html"),
    (MediaKind::Document, "txt", "text/plain"),
    (MediaKind::Document, "md", "text/markdown"),
    (MediaKind::Video, "mkv", "video/x-matroska"),
    (MediaKind::Video, "mov", "video/quicktime"),
    (MediaKind::Video, "mp4", "video/mp4"),
    (MediaKind::Video, "webm", "video/webm"),
    (MediaKind::Video, "flv", "video/x-flv"),
    (MediaKind::Video, "mpeg", "video/mpeg"),
    (MediaKind::Video, "mpg", "video/mpg"),
    (MediaKind::Video, "wmv", "video/x-ms-wmv"),
    (MediaKind::Video, "three_gp", "video/3gpp"),
    (MediaKind::Audio, "mp3", "audio/mp3"),
    (MediaKind::Audio, "mp3", "audio/mpeg"),
    (MediaKind::Audio, "wav", "audio/wav"),
    (MediaKind::Audio, "wav", "audio/x-wav"),
    (MediaKind::Audio, "aac", "audio/aac"),
    (MediaKind::Audio, "flac", "audio/flac"),
    (MediaKind::Audio, "ogg", "audio/ogg"),
    (MediaKind::Audio, "opus", "audio/opus"),
    (MediaKind::Audio, "mp4", "audio/mp4"),
    (MediaKind::Audio, "m4a", "audio/m4a"),
    (MediaKind::Audio, "webm", "audio/webm"),
    (MediaKind::Audio, "pcm", "audio/pcm"),
    (MediaKind::Audio, "mkv", "audio/x-matroska"),
    (MediaKind::Audio, "mka", "audio/x-mka"),
    (MediaKind::Audio, "mpeg", "audio/x-mpeg"),
    (MediaKind::Audio, "mpga", "audio/x-mpga"),
    (MediaKind::Audio, "x-aac", "audio/x-aac"),
];
/// How many characters the name of a document may have.
const MAX_NAME_CHARS: usize = 200;

/// The name of a kind's block.
pub(super) const fn block_of(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Document => "document",
    }
}

/// The kind of a block of this name.
pub(super) fn kind_of(name: &str) -> Option<MediaKind> {
    [
        MediaKind::Image,
        MediaKind::Audio,
        MediaKind::Video,
        MediaKind::Document,
    ]
    .into_iter()
    .find(|kind| block_of(*kind) == name)
}

/// What is lost with media of a kind.
pub(super) const fn loss(kind: MediaKind) -> Loss {
    match kind {
        MediaKind::Image => Loss::Image,
        MediaKind::Audio => Loss::Audio,
        MediaKind::Video => Loss::Video,
        MediaKind::Document => Loss::Document,
    }
}

/// Reads media; `None` for a source that only this dialect has.
pub(super) fn read(kind: MediaKind, raw: Raw<'_>, place: &str) -> Result<Option<Block>, Refused> {
    let mut read = Object::of(raw, place)?;
    let format = read.take_str("format")?;
    let name = read.take_str("name")?;
    let Some(mut source) = read.take_object("source")? else {
        return Ok(None);
    };
    let found = if let Some(bytes) = source.take_str("bytes")? {
        MediaSource::Base64(bytes.into_owned())
    } else if let Some(text) = source.take_str("text")? {
        MediaSource::Text(text.into_owned())
    } else if let Some(mut at) = source.take_object("s3Location")? {
        let uri = at.require_str("uri")?.into_owned();
        if !at.into_sidecars(DIALECT).is_empty() {
            return Ok(None);
        }
        MediaSource::File(uri)
    } else {
        return Ok(None);
    };
    if !source.into_sidecars(DIALECT).is_empty() {
        return Ok(None);
    }
    let mut media = Media::new(kind, found);
    media.media_type = match format.as_deref() {
        None => None,
        Some(format) => match type_of(kind, format) {
            Some(known) => Some(known.to_owned()),
            None => return Ok(None),
        },
    };
    media.name = name.map(Into::into);
    let mut block = Block::new(Content::Media(media));
    block.sidecars = read.into_sidecars(DIALECT);
    Ok(Some(block))
}

fn type_of(kind: MediaKind, format: &str) -> Option<&'static str> {
    let mut known = FORMATS.iter();
    let known = known.find(|(of, name, _)| *of == kind && *name == format);
    known.map(|(_, _, media_type)| *media_type)
}

/// The format of a media type, whose parameters say nothing here.
fn format_of(media: &Media) -> Option<&'static str> {
    let wanted = media.media_type.as_deref()?;
    let wanted = wanted.split(';').next().unwrap_or_default().trim();
    let mut known = FORMATS.iter().filter(|(kind, ..)| *kind == media.kind);
    known
        .find(|(_, _, media_type)| media_type.eq_ignore_ascii_case(wanted))
        .map(|(_, format, _)| *format)
}

/// Writes media. Documents need names of their own: `count` tells them apart.
///
/// # Errors
/// What it is lost for; nothing was written.
pub(super) fn write(
    out: &mut Members<'_>,
    block: &Block,
    media: &Media,
    count: &mut usize,
    losses: &mut LossReport,
) -> Result<(), Loss> {
    let source = Source::of(media)?;
    let format = match (format_of(media), media.kind, &media.source) {
        (Some(format), ..) => Some(format),
        // The provider can tell what a text is.
        (None, MediaKind::Document, MediaSource::Text(_)) => None,
        _ => return Err(loss(media.kind)),
    };
    if media
        .detail
        .as_deref()
        .is_some_and(|detail| detail != "auto")
    {
        losses.add(Loss::MediaDetail);
    }
    out.object(block_of(media.kind), |out| {
        if let Some(format) = format {
            out.string("format", format);
        }
        if media.kind == MediaKind::Document {
            *count += 1;
            out.string("name", &name(media, *count, losses));
        } else if media.name.is_some() {
            losses.add(Loss::MediaName);
        }
        out.object("source", |out| source.write(out));
        for own in block.sidecars.iter().filter(|own| own.dialect == DIALECT) {
            out.raw(&own.name, &own.raw);
        }
    });
    Ok(())
}

/// Where the bytes are, as the dialect can say it.
enum Source<'a> {
    Bytes(&'a str),
    Encoded(String),
    Text(&'a str),
    Stored(&'a str),
}

impl<'a> Source<'a> {
    fn of(media: &'a Media) -> Result<Self, Loss> {
        match &media.source {
            MediaSource::Base64(bytes) => Ok(Self::Bytes(bytes)),
            MediaSource::Text(text) if media.kind == MediaKind::Document => Ok(Self::Text(text)),
            MediaSource::Text(text) => Ok(Self::Encoded(STANDARD.encode(text))),
            MediaSource::Url(place) | MediaSource::File(place) if place.starts_with("s3://") => {
                Ok(Self::Stored(place))
            }
            MediaSource::Url(_) => Err(Loss::RemoteMedia),
            MediaSource::File(_) => Err(Loss::StoredMedia),
        }
    }

    fn write(&self, out: &mut Members<'_>) {
        match self {
            Self::Bytes(bytes) => out.string("bytes", bytes),
            Self::Encoded(bytes) => out.string("bytes", bytes),
            Self::Text(text) => out.string("text", text),
            Self::Stored(place) => out.object("s3Location", |out| out.string("uri", place)),
        }
    }
}

/// The name of a document, with what may stand in it.
///
/// # Source
/// Amazon Bedrock API reference, DocumentBlock: letters, digits, single spaces, hyphens, parentheses and square
/// brackets.
fn name(media: &Media, count: usize, losses: &mut LossReport) -> String {
    let Some(wanted) = &media.name else {
        return format!("Document {count}");
    };
    let plain = |c: char| {
        let takes = c.is_ascii_alphanumeric() || matches!(c, '-' | '(' | ')' | '[' | ']');
        if takes { c } else { ' ' }
    };
    let plain: String = wanted.chars().map(plain).collect();
    let words: Vec<_> = plain.split_ascii_whitespace().collect();
    let name: String = words.join(" ").chars().take(MAX_NAME_CHARS).collect();
    if name != *wanted {
        losses.add(Loss::MediaName);
    }
    if name.is_empty() {
        return format!("Document {count}");
    }
    name
}
