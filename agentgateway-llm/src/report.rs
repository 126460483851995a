use crate::{LlmUsage, bridge::LossReport};

/// What an answer told, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LlmReport {
    /// What the call used; `None` when the provider told nothing. Of a translated answer that is whole, what the
    /// provider told, also where the client's dialect has no place for it.
    pub usage: Option<LlmUsage>,
    /// The model that answered, in the provider's words.
    pub response_model: Option<Box<str>>,
    /// The answer's id.
    pub response_id: Option<Box<str>>,
    /// Why each choice ended, in the dialect's words, in the order of the choices. For Responses the
    /// status, or the reason for which it is incomplete.
    pub finish_reasons: Vec<Box<str>>,
    /// What of the request and of the answer had no place in the other dialect, where the call was translated. Of a
    /// stream that the client left before its end, what of the request.
    pub losses: LossReport,
    /// The provider reported an error: as the answer, or inside of a stream. A stream may be
    /// complete and report one all the same.
    pub error: Option<LlmFault>,
}

impl LlmReport {
    /// What an answer that came, came as: `None` when it reports no failure.
    ///
    /// The [name](LlmFault::name) of its error, else `_OTHER`.
    #[must_use]
    pub fn error_type(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        Some(error.name().unwrap_or("_OTHER").to_owned())
    }

    /// Whether the answer that came reports a failure.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.error.is_some()
    }
}

/// An error that a provider reported.
///
/// Its words are not kept: they may repeat what a user wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LlmFault {
    /// Its type: OpenAI's and Anthropic's `type`, Gemini's `status`.
    pub kind: Option<Box<str>>,
    /// Its code, a word or a number.
    pub code: Option<Box<str>>,
}

impl LlmFault {
    /// The most telling name that there is, for `error.type` in spans and metrics.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.kind.as_deref().or(self.code.as_deref())
    }
}
