use super::{Opaque, Sidecar, Sidecars};

/// One piece of a turn, in its place.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Block {
    /// What it holds.
    pub content: Content,
    /// The prompt up to here, with this block, shall be cached.
    pub cache: Option<CacheMarker>,
    /// What only its dialect knows of it, such as citations.
    pub sidecars: Sidecars,
}

impl Block {
    /// A block without a marker and without sidecars.
    #[must_use]
    pub const fn new(content: Content) -> Self {
        Self {
            content,
            cache: None,
            sidecars: Vec::new(),
        }
    }

    /// A block of text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Content::Text(text.into()))
    }
}

/// What a [`Block`] holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Text.
    Text(String),
    /// The model refuses, in words of its own.
    Refusal(String),
    /// An image, a sound, a film or a document.
    Media(Media),
    /// What the model thought.
    Reasoning(Reasoning),
    /// The model asks for a tool of the client's.
    ToolCall(ToolCall),
    /// What a tool of the client's answered.
    ToolResult(ToolResult),
    /// A block of a kind that only its dialect knows, such as the result of a tool that the provider ran.
    Other(Sidecar),
}

/// How long the prompt shall stay in a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheMarker {
    /// As long as the provider does by default, or five minutes.
    Short,
    /// An hour.
    Hour,
}

/// What kind of media a [`Media`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaKind {
    /// An image.
    Image,
    /// Sound.
    Audio,
    /// A film.
    Video,
    /// A PDF, a text or another file.
    Document,
}

/// An image, a sound, a film or a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Its media type, such as `image/png`, when it is known.
    pub media_type: Option<String>,
    /// Where its bytes are.
    pub source: MediaSource,
    /// The file's name.
    pub name: Option<String>,
    /// How closely an image shall be looked at: OpenAI's `detail`.
    pub detail: Option<String>,
}

impl Media {
    /// Media without a type, a name and a detail.
    #[must_use]
    pub const fn new(kind: MediaKind, source: MediaSource) -> Self {
        Self {
            kind,
            media_type: None,
            source,
            name: None,
            detail: None,
        }
    }
}

/// Where the bytes of a [`Media`] are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaSource {
    /// Here, in base64 of the standard alphabet, as the client wrote them.
    Base64(String),
    /// Here, as plain text (Anthropic's documents of type `text`).
    Text(String),
    /// Where this URL leads. Nothing here fetches it.
    Url(String),
    /// In the provider's own store, under this id.
    File(String),
}

/// What the model thought before it answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reasoning {
    /// The thoughts, or their summary; empty where the provider keeps them to itself.
    pub text: String,
    /// What the provider wants back with them.
    pub state: Option<Opaque<'static>>,
    /// The state is all that there is: the provider withholds the text (Anthropic's `redacted_thinking`).
    pub redacted: bool,
    /// The item's id (Responses).
    pub id: Option<String>,
}

/// The model asks for a tool of the client's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCall {
    /// The call's id, by which its result names it. A dialect that lets it out is given one by its decoder.
    pub id: String,
    /// The tool.
    pub name: String,
    /// The arguments, as the model wrote them: a JSON object, most often, and empty for none. A model may write
    /// what is no JSON. Of a custom tool, its input.
    pub arguments: String,
    /// The tool is a [custom](super::Tool::custom) one.
    pub is_custom: bool,
    /// What the provider wants back with the call (Gemini's thought signature).
    pub state: Option<Opaque<'static>>,
}

impl ToolCall {
    /// A call without state.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
            is_custom: false,
            state: None,
        }
    }
}

/// What a tool of the client's answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the call that it answers.
    pub call_id: String,
    /// The tool's name, where the dialect says it.
    pub name: Option<String>,
    /// What it answered: [text](Content::Text), [media](Content::Media), or what only its dialect knows.
    pub content: Vec<Block>,
    /// The tool is a [custom](super::Tool::custom) one.
    pub is_custom: bool,
    /// It failed.
    pub is_error: bool,
    /// `content` is one text that is a JSON object by the dialect's own rule (Gemini's `response`, Converse's
    /// `json`).
    pub is_json: bool,
}

impl ToolResult {
    /// A result that succeeded.
    #[must_use]
    pub fn new(call_id: impl Into<String>, content: Vec<Block>) -> Self {
        Self {
            call_id: call_id.into(),
            name: None,
            content,
            is_custom: false,
            is_error: false,
            is_json: false,
        }
    }
}
