//! The members of a chunk, found in one pass each.

use agentgateway_core::json::{self, JsonError, Raw};

use super::super::super::stream::CodecError;

/// The value, unless it is `null`.
pub(super) fn told(raw: Raw<'_>) -> Option<Raw<'_>> {
    (!json::is_null(raw)).then_some(raw)
}

pub(super) fn unreadable(error: &JsonError) -> CodecError {
    CodecError::malformed(error.to_string())
}

/// A chunk.
#[derive(Debug, Default)]
pub(super) struct Chunk<'a> {
    pub(super) candidates: Option<Raw<'a>>,
    pub(super) usage: Option<Raw<'a>>,
    pub(super) feedback: Option<Raw<'a>>,
    pub(super) model: Option<Raw<'a>>,
    pub(super) id: Option<Raw<'a>>,
    pub(super) error: Option<Raw<'a>>,
}

impl<'a> Chunk<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Result<Self, CodecError> {
        let mut chunk = Self::default();
        let read = json::entries(raw, |name, value| match name {
            "candidates" => chunk.candidates = told(value),
            "usageMetadata" | "usage_metadata" => chunk.usage = told(value),
            "promptFeedback" | "prompt_feedback" => chunk.feedback = told(value),
            "modelVersion" | "model_version" => chunk.model = told(value),
            "responseId" | "response_id" => chunk.id = told(value),
            "error" => chunk.error = told(value),
            _ => {}
        });
        read.map_err(|error| unreadable(&error))?;
        Ok(chunk)
    }
}

/// A candidate.
#[derive(Debug, Default)]
pub(super) struct Candidate<'a> {
    pub(super) parts: Option<Raw<'a>>,
    pub(super) reason: Option<Raw<'a>>,
    pub(super) index: Option<Raw<'a>>,
    /// There is more.
    pub(super) notes: bool,
}

impl<'a> Candidate<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Result<Self, CodecError> {
        let mut candidate = Self::default();
        let mut content = None;
        let read = json::entries(raw, |name, value| match name {
            "content" => content = told(value),
            "finishReason" | "finish_reason" => candidate.reason = told(value),
            "index" => candidate.index = told(value),
            _ => candidate.notes |= told(value).is_some(),
        });
        read.map_err(|error| unreadable(&error))?;
        if let Some(content) = content {
            let read = json::entries(content, |name, value| {
                if name == "parts" {
                    candidate.parts = told(value);
                }
            });
            read.map_err(|error| unreadable(&error))?;
        }
        Ok(candidate)
    }

    /// Whether a member of a candidate is read here.
    pub(super) fn is_known(name: &str) -> bool {
        matches!(name, "content" | "finishReason" | "finish_reason" | "index")
    }
}

/// A part.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub(super) text: Option<Raw<'a>>,
    pub(super) thought: bool,
    pub(super) signature: Option<Raw<'a>>,
    pub(super) call: Option<Raw<'a>>,
    /// The first member that is none of these, and says not only something of them.
    pub(super) kind: Option<String>,
    /// There is more.
    pub(super) notes: bool,
}

impl<'a> Part<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Result<Self, CodecError> {
        let mut part = Self::default();
        let read = json::entries(raw, |name, value| match name {
            "text" => part.text = told(value),
            "thought" => part.thought = json::boolean(value) == Some(true),
            "thoughtSignature" | "thought_signature" => part.signature = told(value),
            "functionCall" | "function_call" => part.call = told(value),
            _ => part.other(name, value),
        });
        read.map_err(|error| unreadable(&error))?;
        Ok(part)
    }

    fn other(&mut self, name: &str, value: Raw<'a>) {
        if told(value).is_none() {
            return;
        }
        let name = super::super::read::spelled(name);
        if super::super::part::METADATA.contains(&name.as_ref()) {
            self.notes = true;
        } else if self.kind.is_none() {
            self.kind = Some(name.into_owned());
        } else {
            self.notes = true;
        }
    }

    /// Whether a member of a part is read here.
    pub(super) fn is_known(name: &str) -> bool {
        matches!(
            name,
            "text"
                | "thought"
                | "thoughtSignature"
                | "thought_signature"
                | "functionCall"
                | "function_call"
        )
    }
}

/// A call of a function.
#[derive(Debug, Default)]
pub(super) struct Call<'a> {
    pub(super) id: Option<Raw<'a>>,
    pub(super) name: Option<Raw<'a>>,
    pub(super) arguments: Option<Raw<'a>>,
    /// Pieces of the arguments (Vertex AI, where they were asked for).
    pub(super) pieces: Option<Raw<'a>>,
    /// More pieces come.
    pub(super) continues: bool,
}

impl<'a> Call<'a> {
    pub(super) fn of(raw: Raw<'a>) -> Result<Self, CodecError> {
        let mut call = Self::default();
        let read = json::entries(raw, |name, value| match name {
            "id" => call.id = told(value),
            "name" => call.name = told(value),
            "args" => call.arguments = told(value),
            "partialArgs" | "partial_args" => call.pieces = told(value),
            "willContinue" | "will_continue" => {
                call.continues = json::boolean(value) == Some(true);
            }
            _ => {}
        });
        read.map_err(|error| unreadable(&error))?;
        Ok(call)
    }
}
