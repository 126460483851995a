use agentgateway_core::json::{self, JsonType, Raw, members_of};

use crate::{LlmDialect, LlmFault, LlmReport, bridge::Summary, wire::counts::Counts};

/// The longest word of an answer that is kept, in bytes.
const MAX_WORD_BYTES: usize = 256;
/// The most choices whose ends are kept apart.
const MAX_CHOICES: usize = 128;

/// What an answer has told so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) counts: Counts,
    pub(super) id: Option<Box<str>>,
    pub(super) model: Option<Box<str>>,
    pub(super) error: Option<LlmFault>,
    /// The end marker was seen.
    pub(super) done: bool,
    /// The largest `sequence_number` (Responses).
    pub(super) sequence: Option<u64>,
    choices: Vec<(u64, Option<Box<str>>)>,
}

impl Facts {
    /// What an answer that was written here says of itself.
    pub(super) fn told(&mut self, summary: &Summary) {
        self.id = self.id.take().or_else(|| summary.id.clone());
        self.model.clone_from(&summary.model);
        let reasons = summary.finish_reasons.iter().cloned().map(Some);
        self.choices = (0..).zip(reasons).collect();
    }

    /// Remembers id and model; the first of each is kept. Azure's first chunk has empty ones.
    pub(super) fn name(&mut self, id: Option<Raw<'_>>, model: Option<Raw<'_>>) {
        if self.id.is_none() {
            self.id = id.and_then(word).filter(|id| !id.is_empty());
        }
        if self.model.is_none() {
            self.model = model.and_then(word).filter(|model| !model.is_empty());
        }
    }

    /// A choice was seen, perhaps with the reason for which it ended.
    pub(super) fn choice(&mut self, index: Option<Raw<'_>>, reason: Option<Raw<'_>>) {
        let index = index.and_then(json::unsigned).unwrap_or(0);
        let reason = reason.and_then(word);
        if let Some(choice) = self.choices.iter_mut().find(|choice| choice.0 == index) {
            choice.1 = reason.or(choice.1.take());
        } else if self.choices.len() < MAX_CHOICES {
            self.choices.push((index, reason));
        }
    }

    /// Every choice that was seen has ended, and there is one.
    pub(super) fn all_ended(&self) -> bool {
        !self.choices.is_empty() && self.choices.iter().all(|choice| choice.1.is_some())
    }

    /// An error object in the member `error`: `null` is none.
    pub(super) fn fault(&mut self, error: Option<Raw<'_>>) -> bool {
        let Some(error) = error.filter(|error| !json::is_null(*error)) else {
            return false;
        };
        let [kind, status, code] =
            members_of(error, ["type", "status", "code"]).unwrap_or_default();
        self.error = Some(LlmFault {
            kind: status.and_then(word).or_else(|| kind.and_then(word)),
            code: code.and_then(word),
        });
        true
    }

    pub(super) fn into_report(mut self, dialect: LlmDialect) -> LlmReport {
        self.choices.sort_by_key(|choice| choice.0);
        LlmReport {
            usage: self.counts.usage(dialect),
            response_model: self.model,
            response_id: self.id,
            finish_reasons: self
                .choices
                .into_iter()
                .filter_map(|choice| choice.1)
                .collect(),
            error: self.error,
            ..LlmReport::default()
        }
    }
}

/// A short string, or a number as it is written.
pub(super) fn word(raw: Raw<'_>) -> Option<Box<str>> {
    if raw.get().len() > MAX_WORD_BYTES {
        return None;
    }
    match json::type_of(raw) {
        JsonType::String => json::string(raw).map(Into::into),
        JsonType::Number => Some(raw.get().into()),
        JsonType::Object | JsonType::Array | JsonType::Boolean | JsonType::Null => None,
    }
}

/// The value, unless it is `null`.
pub(super) fn told(raw: Option<Raw<'_>>) -> Option<Raw<'_>> {
    raw.filter(|raw| !json::is_null(*raw))
}
