use super::{CacheMarker, Sidecars};

/// A tool of the client's that the model may ask for: a function, unless it is [custom](Self::custom).
///
/// Tools that the provider runs itself are [sidecars](super::Request::sidecars) of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    pub description: Option<String>,
    /// The JSON Schema of its arguments, as it was written. `None`: none was given.
    pub schema: Option<Box<str>>,
    /// It is a custom tool (OpenAI's): its input is text of this format, and it has no schema.
    pub custom: Option<CustomFormat>,
    /// Arguments must match the schema exactly.
    pub strict: Option<bool>,
    /// The prompt up to here shall be cached.
    pub cache: Option<CacheMarker>,
    /// What only its dialect knows of it.
    pub sidecars: Sidecars,
}

impl Tool {
    /// A tool of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            schema: None,
            custom: None,
            strict: None,
            cache: None,
            sidecars: Vec::new(),
        }
    }
}

/// What the input of a custom tool is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomFormat {
    /// Any text.
    #[default]
    Text,
    /// Text that a grammar allows.
    Grammar {
        /// The grammar's language: `lark` or `regex`.
        syntax: String,
        /// The grammar.
        definition: String,
    },
}

/// Whether, and which, tool must be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// Some tool.
    Required,
    /// This tool.
    Tool(String),
    /// One of these tools; `required` when one must be asked for.
    Allowed {
        /// Their names.
        names: Vec<String>,
        /// One must be asked for.
        required: bool,
    },
}
