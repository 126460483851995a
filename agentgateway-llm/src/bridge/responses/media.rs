use std::borrow::Cow;

use super::{
    super::{
        Loss, LossReport, Refused,
        form::{Media, MediaKind, MediaSource},
        read::Object,
    },
    json::Members,
};

/// Reads the members of an `input_image`.
pub(super) fn image(part: &mut Object<'_>) -> Result<Option<Media>, Refused> {
    let url = part.take_str("image_url")?;
    let file = part.take_str("file_id")?;
    let source = url.map(of_url).or_else(|| file.map(of_file));
    let detail = part.take_str("detail")?;
    Ok(source.map(|(source, media_type)| {
        let mut media = Media::new(MediaKind::Image, source);
        media.media_type = media_type;
        media.detail = detail.map(Cow::into_owned);
        media
    }))
}

/// Reads the members of an `input_file`.
pub(super) fn file(part: &mut Object<'_>) -> Result<Option<Media>, Refused> {
    let data = part.take_str("file_data")?;
    let url = part.take_str("file_url")?;
    let id = part.take_str("file_id")?;
    let source = data
        .map(of_data)
        .or_else(|| url.map(of_url))
        .or_else(|| id.map(of_file));
    let name = part.take_str("filename")?;
    let detail = part.take_str("detail")?;
    Ok(source.map(|(source, media_type)| {
        let mut media = Media::new(MediaKind::Document, source);
        media.media_type = media_type;
        media.name = name.map(Cow::into_owned);
        media.detail = detail.map(Cow::into_owned);
        media
    }))
}

type Found = (MediaSource, Option<String>);

fn of_file(id: Cow<'_, str>) -> Found {
    (MediaSource::File(id.into_owned()), None)
}

fn of_url(url: Cow<'_, str>) -> Found {
    split(&url).unwrap_or_else(|| (MediaSource::Url(url.into_owned()), None))
}

/// A data URL, or base64 alone.
fn of_data(data: Cow<'_, str>) -> Found {
    split(&data).unwrap_or_else(|| (MediaSource::Base64(data.into_owned()), None))
}

/// The parts of a data URL in base64.
fn split(url: &str) -> Option<Found> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = head.strip_suffix(";base64")?;
    let media_type = (!media_type.is_empty()).then(|| media_type.to_owned());
    Some((MediaSource::Base64(data.to_owned()), media_type))
}

/// Whether the dialect has a part for it; notes the loss where it has none.
pub(super) fn fits(media: &Media, losses: &mut LossReport) -> bool {
    let loss = match (media.kind, &media.source) {
        (MediaKind::Audio | MediaKind::Video, _) | (MediaKind::Image, MediaSource::Text(_)) => {
            loss(media.kind)
        }
        (_, MediaSource::File(id)) if is_foreign(id) => Loss::StoredMedia,
        _ => return true,
    };
    losses.add(loss);
    false
}

/// What is lost with media of this kind.
pub(super) const fn loss(kind: MediaKind) -> Loss {
    match kind {
        MediaKind::Image => Loss::Image,
        MediaKind::Audio => Loss::Audio,
        MediaKind::Video => Loss::Video,
        MediaKind::Document => Loss::Document,
    }
}

/// Files of Anthropic are `file_…`, those of Gemini and of S3 are URIs; OpenAI's are `file-…`.
fn is_foreign(id: &str) -> bool {
    id.starts_with("file_") || id.contains('/')
}

/// Writes the members of the part that it [is](fits).
pub(super) fn write(media: &Media, losses: &mut LossReport, out: &mut Members<'_>) {
    match (media.kind, &media.source) {
        // The dialect has files of text, but few who speak it do: the text alone says the same.
        (_, MediaSource::Text(text)) => {
            if media.name.is_some() {
                losses.add(Loss::MediaName);
            }
            out.string("type", "input_text");
            out.string("text", text);
        }
        (MediaKind::Image, source) => {
            out.string("type", "input_image");
            match source {
                MediaSource::File(id) => out.string("file_id", id),
                MediaSource::Base64(data) => out.string("image_url", &data_url(media, data)),
                MediaSource::Url(text) | MediaSource::Text(text) => out.string("image_url", text),
            }
            out.string("detail", media.detail.as_deref().unwrap_or("auto"));
        }
        (_, source) => {
            out.string("type", "input_file");
            match source {
                MediaSource::File(id) => out.string("file_id", id),
                MediaSource::Base64(data) => {
                    out.string("file_data", &data_url(media, data));
                    // Refused without one.
                    let name = media.name.as_deref();
                    out.string("filename", name.unwrap_or_else(|| default_name(media)));
                }
                MediaSource::Url(text) | MediaSource::Text(text) => out.string("file_url", text),
            }
            if let Some(detail) = &media.detail {
                out.string("detail", detail);
            }
            match (source, &media.name) {
                (MediaSource::Base64(_), _) | (_, None) => {}
                (_, Some(name)) => out.string("filename", name),
            }
        }
    }
}

fn data_url(media: &Media, data: &str) -> String {
    let media_type = media.media_type.as_deref();
    let media_type = media_type.unwrap_or_else(|| guess(media.kind, data));
    format!("data:{media_type};base64,{data}")
}

/// The media type that the first bytes say, in base64.
fn guess(kind: MediaKind, data: &str) -> &'static str {
    const SIGNS: [(&str, &str); 5] = [
        ("/9j/", "image/jpeg"),
        ("R0lG", "image/gif"),
        ("UklG", "image/webp"),
        ("iVBO", "image/png"),
        ("JVBE", "application/pdf"),
    ];
    let sign = SIGNS.iter().find(|(start, _)| data.starts_with(start));
    match (sign, kind) {
        (Some((_, media_type)), _) => media_type,
        (None, MediaKind::Image) => "image/png",
        (None, _) => "application/pdf",
    }
}

fn default_name(media: &Media) -> &'static str {
    match media.media_type.as_deref() {
        Some(text) if text.starts_with("text/") => "document.txt",
        _ => "document.pdf",
    }
}
