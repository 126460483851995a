use std::sync::Arc;

use super::Provider;
use crate::{LlmCall, LlmDialect, LlmOperation};

/// What an attempt asks its provider for, in the request's extensions: [`LlmCall`] says what the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlmAttempt {
    dialect: LlmDialect,
    operation: LlmOperation,
    model: Option<Arc<str>>,
}

impl LlmAttempt {
    /// A call at a provider; `own` takes the place of the client's model.
    pub(super) fn new(provider: &Provider, call: &LlmCall, own: Option<&str>) -> Self {
        let model = own.filter(|own| *own != call.model()).map(Arc::from);
        let codec = provider.codec_for(call.operation());
        let translated = codec.map(|codec| codec.dialect());
        match translated.filter(|_| !provider.speaks(call.dialect())) {
            None => Self {
                dialect: call.dialect(),
                operation: call.operation(),
                model,
            },
            // Turns alone are translated, and counts of their tokens.
            Some(dialect) => Self {
                dialect,
                operation: match dialect {
                    _ if call.operation() == LlmOperation::CountTokens => LlmOperation::CountTokens,
                    LlmDialect::Gemini => LlmOperation::GenerateContent,
                    _ => LlmOperation::Chat,
                },
                model,
            },
        }
    }

    /// The dialect in which the provider is asked, after any translation.
    #[must_use]
    pub const fn dialect(&self) -> LlmDialect {
        self.dialect
    }

    /// What the provider calls it.
    #[must_use]
    pub const fn operation(&self) -> LlmOperation {
        self.operation
    }

    /// The model that the provider is asked for; `None` where it is the client's own word.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }
}
