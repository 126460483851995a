use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, members};

use super::super::super::stream::CodecError;

/// The members of an event that is about an item.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) at: Option<u64>,
    pub(super) item_id: Option<Raw<'a>>,
    /// `content_index` or `summary_index`.
    pub(super) part_at: u64,
    pub(super) delta: Option<Raw<'a>>,
    pub(super) logprobs: Option<Raw<'a>>,
    pub(super) item: Option<Raw<'a>>,
    /// `text`, `refusal`, `arguments` or `input`: the whole of what deltas told.
    pub(super) whole: Option<Raw<'a>>,
    pub(super) annotation: Option<Raw<'a>>,
}

// === impl Fields ===

impl<'a> Fields<'a> {
    pub(super) fn read(data: &'a [u8]) -> Result<Self, CodecError> {
        let keys = [
            "output_index",
            "item_id",
            "content_index",
            "summary_index",
            "delta",
            "logprobs",
            "item",
            "text",
            "refusal",
            "arguments",
            "input",
            "annotation",
        ];
        let [
            at,
            item_id,
            content,
            summary,
            delta,
            logprobs,
            item,
            text,
            refusal,
            arguments,
            input,
            annotation,
        ] = members(data, keys).map_err(|_| unreadable())?;
        let told = |raw: &Raw<'_>| !json::is_null(*raw);
        Ok(Self {
            at: at.and_then(json::unsigned),
            item_id,
            part_at: content
                .or(summary)
                .and_then(json::unsigned)
                .unwrap_or_default(),
            delta,
            logprobs: logprobs.filter(told),
            item: item.filter(told),
            whole: [text, refusal, arguments, input]
                .into_iter()
                .flatten()
                .find(told),
            annotation: annotation.filter(told),
        })
    }

    /// The text of the delta.
    pub(super) fn delta(&self) -> Result<Cow<'a, str>, CodecError> {
        let delta = self
            .delta
            .ok_or(CodecError::malformed("a delta without its text"))?;
        text(delta)
    }

    /// The whole text, where the event has it.
    pub(super) fn whole(&self) -> Result<Option<Cow<'a, str>>, CodecError> {
        self.whole.map(text).transpose()
    }
}

pub(super) fn text(raw: Raw<'_>) -> Result<Cow<'_, str>, CodecError> {
    json::string(raw).ok_or(CodecError::malformed("a text is no string"))
}

pub(super) fn unreadable() -> CodecError {
    CodecError::malformed("an event is no JSON object, or has a member twice")
}
