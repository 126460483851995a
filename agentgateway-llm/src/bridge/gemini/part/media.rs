//! `inlineData` and `fileData`.

use bytes::BytesMut;

use super::super::{
    super::{
        codec::Refused,
        form::{Block, Content, Media, MediaKind, MediaSource, Sidecar},
        loss::{Loss, LossReport},
        read::Object,
    },
    read, state,
    write::{self, Members},
};

/// Where files of the Gemini API are.
const FILES: &str = "https://generativelanguage.googleapis.com/";

pub(super) fn decode(name: &str, mut data: Object<'_>) -> Result<Block, Refused> {
    let media_type = data.take_str("mimeType")?;
    let source = if name == "inlineData" {
        let bytes = data.require_str("data")?;
        MediaSource::Base64(state::standard(&bytes).into_owned())
    } else {
        let uri = data.require_str("fileUri")?.into_owned();
        if is_stored(&uri) {
            MediaSource::File(uri)
        } else {
            MediaSource::Url(uri)
        }
    };
    let mut sidecars = Vec::new();
    let display_name = data.take("displayName");
    if let Some(raw) = display_name {
        let name = format!("{name}.displayName");
        sidecars.push(Sidecar::of(crate::LlmDialect::Gemini, &name, raw));
    }
    let media = Media {
        media_type: media_type.as_deref().map(str::to_owned),
        name: display_name
            .and_then(agentgateway_core::json::string)
            .map(Into::into),
        ..Media::new(kind(media_type.as_deref().unwrap_or_default()), source)
    };
    read::keep_rest(data, &format!("{name}."), &mut sidecars);
    Ok(Block {
        sidecars,
        ..Block::new(Content::Media(media))
    })
}

/// Writes the data of a part; `None` when it has no place.
pub(super) fn encode(
    media: &Media,
    sidecars: &[Sidecar],
    losses: &mut LossReport,
) -> Option<BytesMut> {
    let named = sidecars
        .iter()
        .any(|sidecar| sidecar.name.ends_with(".displayName"));
    if media.name.is_some() && !named {
        losses.add(Loss::MediaName);
    }
    if media
        .detail
        .as_deref()
        .is_some_and(|detail| detail != "auto")
    {
        losses.add(Loss::MediaDetail);
    }
    let encoded;
    let (name, member, value) = match &media.source {
        MediaSource::Base64(data) => ("inlineData", "data", data),
        MediaSource::Text(text) => {
            encoded = state::encode(text.as_bytes());
            ("inlineData", "data", &encoded)
        }
        MediaSource::Url(url) => ("fileData", "fileUri", url),
        MediaSource::File(id) if is_stored(id) => ("fileData", "fileUri", id),
        MediaSource::File(_) => {
            losses.add(Loss::StoredMedia);
            return None;
        }
    };
    let prefix = format!("{name}.");
    let fill = |data: &mut Members<'_>| {
        // Files of the provider's own have a type already.
        match media.media_type.as_deref() {
            Some(media_type) => data.string("mimeType", media_type),
            None if !matches!(media.source, MediaSource::File(_)) => {
                data.string("mimeType", guessed(media));
            }
            None => {}
        }
        data.string(member, value);
        data.raws(read::own(sidecars, &prefix));
    };
    let mut part = BytesMut::new();
    write::object(&mut part, |part| {
        part.object(name, fill);
        part.raws(read::own(sidecars, ""));
    });
    Some(part)
}

/// Whether Google's own stores hold it.
fn is_stored(uri: &str) -> bool {
    ["gs://", "files/", FILES]
        .iter()
        .any(|start| uri.starts_with(start))
}

/// The kind of media of a type.
fn kind(media_type: &str) -> MediaKind {
    let family = media_type.split('/').next().unwrap_or_default();
    match family.to_ascii_lowercase().as_str() {
        "image" => MediaKind::Image,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        _ => MediaKind::Document,
    }
}

/// The type that the end of a URL tells, or the most common one of its kind: Gemini wants one.
fn guessed(media: &Media) -> &'static str {
    const ENDS: [(&str, &str); 15] = [
        (".png", "image/png"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".webp", "image/webp"),
        (".gif", "image/gif"),
        (".heic", "image/heic"),
        (".mp3", "audio/mpeg"),
        (".wav", "audio/wav"),
        (".flac", "audio/flac"),
        (".mp4", "video/mp4"),
        (".webm", "video/webm"),
        (".mov", "video/quicktime"),
        (".txt", "text/plain"),
        (".html", "text/html"),
        (".pdf", "application/pdf"),
    ];
    if matches!(media.source, MediaSource::Text(_)) {
        return "text/plain";
    }
    let end = match &media.source {
        MediaSource::Url(url) => url
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase(),
        _ => String::new(),
    };
    let found = ENDS.iter().find(|(suffix, _)| end.ends_with(suffix));
    match (found, media.kind) {
        (Some((_, media_type)), _) => media_type,
        (None, MediaKind::Image) => "image/jpeg",
        (None, MediaKind::Audio) => "audio/mpeg",
        (None, MediaKind::Video) => "video/mp4",
        (None, MediaKind::Document) => "application/pdf",
    }
}
