//! One `chat.completion.chunk`, as it is written.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonError, Raw, members};

use super::super::super::stream::CodecError;

/// The members of a chunk that say something.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    id: Option<Raw<'a>>,
    pub(super) model: Option<Raw<'a>>,
    pub(super) created: Option<Raw<'a>>,
    pub(super) choices: Option<Raw<'a>>,
    pub(super) usage: Option<Raw<'a>>,
    pub(super) error: Option<Raw<'a>>,
}

// === impl Chunk ===

impl<'a> Chunk<'a> {
    pub(super) fn read(data: &'a [u8]) -> Result<Self, CodecError> {
        let names = ["id", "model", "created", "choices", "usage", "error"];
        let [id, model, created, choices, usage, error] =
            members(data, names).map_err(unreadable)?;
        Ok(Self {
            id,
            model,
            created,
            choices: choices.filter(|choices| !json::is_null(*choices)),
            usage,
            error,
        })
    }

    pub(super) fn id(&self) -> Cow<'a, str> {
        self.id.and_then(json::string).unwrap_or_default()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
pub(super) fn unreadable(error: JsonError) -> CodecError {
    CodecError::malformed(error.to_string())
}

/// Visits the elements of an array until one fails.
pub(super) fn each<'a>(
    array: Raw<'a>,
    mut visit: impl FnMut(Raw<'a>) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    let mut visited = Ok(());
    json::elements(array, |element| {
        if visited.is_ok() {
            visited = visit(element);
        }
    })
    .map_err(unreadable)?;
    visited
}

/// The characters of a member that is a string; `None` when it says nothing.
pub(super) fn text<'a>(raw: Option<Raw<'a>>) -> Result<Option<Cow<'a, str>>, CodecError> {
    let Some(raw) = raw.filter(|raw| !json::is_null(*raw)) else {
        return Ok(None);
    };
    let text = json::string(raw).ok_or(CodecError::malformed("a text that is no string"))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}
