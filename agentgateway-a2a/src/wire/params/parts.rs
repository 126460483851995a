use agentgateway_core::json::{self, Raw};

/// As many media types are told apart; a message of more has [`MessageParts::is_cut`].
const MAX_MEDIA_TYPES: usize = 32;
/// A media type of more bytes is none that anybody allows.
const MAX_MEDIA_TYPE_BYTES: usize = 128;

/// What the parts of a message are, as far as somebody decides by it: not what is in them.
///
/// Media types are in lower case and without parameters. A part that names none has that of its kind:
/// `text/plain`, `application/json` for data, `application/octet-stream` for a file.
///
/// # Source
/// A2A v1.0, `Part`; A2A v0.3, section 6.5.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageParts {
    count: usize,
    media_types: Vec<Box<str>>,
    output_modes: Vec<Box<str>>,
    largest_inline_bytes: usize,
    urls: usize,
    is_cut: bool,
}

impl MessageParts {
    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Their media types, each once.
    pub fn media_types(&self) -> impl Iterator<Item = &str> {
        self.media_types.iter().map(AsRef::as_ref)
    }

    /// The media types that the client accepts in the answer, each once; none where it leaves it to the agent.
    pub fn output_modes(&self) -> impl Iterator<Item = &str> {
        self.output_modes.iter().map(AsRef::as_ref)
    }

    /// The most bytes that a file has within the message, in base64.
    #[must_use]
    pub const fn largest_inline_bytes(&self) -> usize {
        self.largest_inline_bytes
    }

    /// How many files are named by a URL. Nobody here fetches one.
    #[must_use]
    pub const fn urls(&self) -> usize {
        self.urls
    }

    /// Some of it could not be told: more than 32 media types, one of more than 128 bytes, or a part that is
    /// not of the protocol's form. A policy that allows by a list refuses such a message.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Reads the parts of a message in whichever shape: `parts`, or `content` in the JSON form of v0.3's protobuf.
    pub(super) fn read_message(&mut self, message: Raw<'_>) {
        let Ok(found) = json::sole_members_of(message, ["parts", "content"]) else {
            self.is_cut = true;
            return;
        };
        for list in found
            .into_iter()
            .flatten()
            .filter(|raw| !json::is_null(*raw))
        {
            let read = json::elements(list, |part| self.part(part));
            self.is_cut |= read.is_err();
        }
    }

    /// Reads which media types are accepted.
    pub(super) fn read_modes(&mut self, modes: Raw<'_>) {
        let read = json::elements(modes, |mode| match json::string(mode) {
            Some(mode) => push(&mut self.output_modes, &mut self.is_cut, &mode),
            None => self.is_cut = true,
        });
        self.is_cut |= read.is_err();
    }

    fn part(&mut self, part: Raw<'_>) {
        self.count = self.count.saturating_add(1);
        let Ok([kind, text, data, raw, url, file, media @ ..]) = json::sole_members_of(part, PART)
        else {
            self.is_cut = true;
            return;
        };
        let mut named = media_of(media);
        let mut default = match kind.and_then(json::string).as_deref() {
            Some("data") => "application/json",
            Some("file") => FILE,
            _ if file.is_some() || raw.is_some() || url.is_some() => FILE,
            _ if data.is_some() && text.is_none() => "application/json",
            _ => "text/plain",
        };
        self.bytes(raw);
        self.url(url);
        if let Some(file) = file.filter(|file| !json::is_null(*file)) {
            let Ok([a, b, c, d, e, f, media @ ..]) = json::sole_members_of(file, FILE_MEMBERS)
            else {
                self.is_cut = true;
                return;
            };
            for bytes in [a, b, c] {
                self.bytes(bytes);
            }
            for url in [d, e, f] {
                self.url(url);
            }
            named = media_of(media).or(named);
            default = FILE;
        }
        match named {
            Some(Some(media)) => push(&mut self.media_types, &mut self.is_cut, &media),
            Some(None) => self.is_cut = true,
            None => push(&mut self.media_types, &mut self.is_cut, default),
        }
    }

    fn bytes(&mut self, value: Option<Raw<'_>>) {
        // Without its quotes.
        let length = value.map_or(0, |value| value.get().len().saturating_sub(2));
        self.largest_inline_bytes = self.largest_inline_bytes.max(length);
    }

    fn url(&mut self, value: Option<Raw<'_>>) {
        if value.is_some_and(|value| !json::is_null(value)) {
            self.urls = self.urls.saturating_add(1);
        }
    }
}

const FILE: &str = "application/octet-stream";

const PART: [&str; 10] = [
    "kind",
    "text",
    "data",
    "raw",
    "url",
    "file",
    "mediaType",
    "media_type",
    "mimeType",
    "mime_type",
];

const FILE_MEMBERS: [&str; 10] = [
    "bytes",
    "fileWithBytes",
    "file_with_bytes",
    "uri",
    "fileWithUri",
    "file_with_uri",
    "mimeType",
    "mime_type",
    "mediaType",
    "media_type",
];

/// The media type that a part names, inner `None` where it is no text; of two spellings there must be one.
fn media_of(spellings: [Option<Raw<'_>>; 4]) -> Option<Option<Box<str>>> {
    let mut named = spellings
        .into_iter()
        .flatten()
        .filter(|raw| !json::is_null(*raw) && raw.get() != "\"\"");
    let first = named.next()?;
    if named.next().is_some() {
        return Some(None);
    }
    Some(json::string(first).map(|text| text.as_ref().into()))
}

fn push(list: &mut Vec<Box<str>>, is_cut: &mut bool, media: &str) {
    let media = media.split(';').next().unwrap_or_default().trim();
    let media = media.to_ascii_lowercase();
    if list.iter().any(|known| **known == *media) {
        return;
    }
    if list.len() >= MAX_MEDIA_TYPES || media.len() > MAX_MEDIA_TYPE_BYTES {
        *is_cut = true;
        return;
    }
    list.push(media.into());
}
