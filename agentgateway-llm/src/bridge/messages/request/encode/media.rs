use super::super::super::{
    super::{
        Loss, LossReport,
        form::{Media, MediaKind, MediaSource},
    },
    json::Members,
};

/// How base64 begins for what the dialect takes: the first bytes of each format.
const BEGINNINGS: [(&str, &str); 5] = [
    ("iVBORw0K", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi", "application/pdf"),
];

/// The loss of media of this kind.
pub(super) const fn loss(kind: MediaKind) -> Loss {
    match kind {
        MediaKind::Image => Loss::Image,
        MediaKind::Audio => Loss::Audio,
        MediaKind::Video => Loss::Video,
        MediaKind::Document => Loss::Document,
    }
}

/// Writes a block of media; false when the dialect cannot carry it.
///
/// # Source
/// Anthropic API, Messages: `ImageBlockParam`, `DocumentBlockParam`.
pub(super) fn write(out: &mut Members<'_>, media: &Media, losses: &mut LossReport) -> bool {
    let kind = match media.kind {
        MediaKind::Image => "image",
        MediaKind::Document => "document",
        kind => {
            losses.add_at(loss(kind), "content");
            return false;
        }
    };
    let source = match source(media) {
        Ok(source) => source,
        Err(lost) => {
            losses.add_at(lost, "content");
            return false;
        }
    };
    if media.detail.as_deref().is_some_and(|told| told != "auto") {
        losses.add(Loss::MediaDetail);
    }
    out.string("type", kind);
    out.object("source", |out| source.write(out));
    match (&media.name, media.kind) {
        (Some(name), MediaKind::Document) => out.string("title", name),
        (Some(_), _) => losses.add(Loss::MediaName),
        (None, _) => {}
    }
    true
}

enum Source<'a> {
    Base64(&'a str, &'a str),
    Text(std::borrow::Cow<'a, str>),
    Url(&'a str),
    File(&'a str),
}

// === impl Source ===

impl Source<'_> {
    fn write(&self, out: &mut Members<'_>) {
        match self {
            Self::Base64(media_type, data) => {
                out.string("type", "base64");
                out.string("media_type", media_type);
                out.string("data", data);
            }
            Self::Text(text) => {
                out.string("type", "text");
                out.string("media_type", "text/plain");
                out.string("data", text);
            }
            Self::Url(url) => {
                out.string("type", "url");
                out.string("url", url);
            }
            Self::File(id) => {
                out.string("type", "file");
                out.string("file_id", id);
            }
        }
    }
}

fn source(media: &Media) -> Result<Source<'_>, Loss> {
    let is_document = media.kind == MediaKind::Document;
    Ok(match &media.source {
        MediaSource::Base64(data) => return base64(media, data),
        MediaSource::Text(text) if is_document => Source::Text(text.into()),
        MediaSource::Text(_) => return Err(loss(media.kind)),
        MediaSource::Url(url) => Source::Url(url),
        // Ids of Anthropic's begin so; whoever else's would not be found.
        MediaSource::File(id) if id.starts_with("file_") => Source::File(id),
        MediaSource::File(_) => return Err(Loss::StoredMedia),
    })
}

fn base64<'a>(media: &'a Media, data: &'a str) -> Result<Source<'a>, Loss> {
    let told = media.media_type.as_deref();
    // Parameters, such as a charset, have no place.
    let told = told.map(|told| told.split(';').next().unwrap_or(told).trim());
    let found = || BEGINNINGS.iter().find(|(begin, _)| data.starts_with(begin));
    let media_type = match told {
        Some("image/jpg") => "image/jpeg",
        Some(told) => told,
        None => found()
            .map(|(_, name)| *name)
            .ok_or_else(|| loss(media.kind))?,
    };
    let is_document = media.kind == MediaKind::Document;
    match media_type {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" if !is_document => {}
        "application/pdf" if is_document => {}
        text if is_document && is_text(text) => {
            let decoded = decode(data).ok_or_else(|| loss(media.kind))?;
            return Ok(Source::Text(decoded.into()));
        }
        _ => return Err(loss(media.kind)),
    }
    Ok(Source::Base64(media_type, data))
}

/// Text that the dialect takes as text alone.
fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type == "application/json"
}

fn decode(data: &str) -> Option<String> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    String::from_utf8(STANDARD.decode(data).ok()?).ok()
}
