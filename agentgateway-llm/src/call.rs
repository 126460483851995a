use std::{fmt, sync::Arc};

use agentgateway_core::context::{CallFacts, Fact};
use bytes::Bytes;

use crate::wire::{Asked, LlmDialect, LlmOperation, Places, Target};

/// One request for a model, as policies and middleware see it.
///
/// [`LlmLayer`](crate::LlmLayer) writes it into the request's extensions. A clone shares the call.
#[derive(Clone, PartialEq, Eq)]
pub struct LlmCall {
    facts: Arc<Inner>,
    provider: Option<Arc<str>>,
}

#[derive(PartialEq, Eq)]
struct Inner {
    dialect: LlmDialect,
    operation: LlmOperation,
    asked: Asked,
    body_bytes: u64,
}

/// The body that a call was read from, in the request's extensions: for who edits it. It keeps the body alive, so that
/// nothing else can lie in its place, and goes no further than to who edits it.
#[derive(Clone)]
pub(crate) struct ReadBody(pub(crate) Bytes);

impl ReadBody {
    /// Whether this is the body that was read, and not one that a layer has put in its place.
    pub(crate) fn is(&self, body: &[u8]) -> bool {
        std::ptr::eq(&*self.0, body)
    }
}

/// Shows nothing of what is said.
impl fmt::Debug for ReadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBody").finish_non_exhaustive()
    }
}

impl LlmCall {
    pub(crate) fn new(target: &Target, asked: Asked, body: &[u8]) -> Self {
        Self {
            facts: Arc::new(Inner {
                dialect: target.dialect,
                operation: target.operation,
                asked,
                body_bytes: body.len() as u64,
            }),
            provider: None,
        }
    }

    pub(crate) fn to(self, provider: Option<&Arc<str>>) -> Self {
        let provider = provider.cloned();
        Self { provider, ..self }
    }

    /// The provider that it is for, by the name that [its layer](crate::LlmLayer::provider) was given.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// The format in which it is written, and in which it is answered.
    #[must_use]
    pub fn dialect(&self) -> LlmDialect {
        self.facts.dialect
    }

    /// What is asked of the model.
    #[must_use]
    pub fn operation(&self) -> LlmOperation {
        self.facts.operation
    }

    /// The model's name as the client wrote it: 1 to 512 bytes without control characters.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.facts.asked.model
    }

    /// The answer shall come as a stream.
    #[must_use]
    pub fn stream(&self) -> bool {
        self.facts.asked.stream
    }

    /// The most tokens that the answer may have, when the client said so.
    #[must_use]
    pub fn max_tokens(&self) -> Option<u64> {
        self.facts.asked.max_tokens
    }

    /// The temperature as it is written, a JSON number.
    #[must_use]
    pub fn temperature(&self) -> Option<&str> {
        self.facts.asked.temperature.as_deref()
    }

    /// The share of probability that is sampled from, as it is written, a JSON number.
    #[must_use]
    pub fn top_p(&self) -> Option<&str> {
        self.facts.asked.top_p.as_deref()
    }

    /// How many answers are asked for, when the client said so.
    #[must_use]
    pub fn choice_count(&self) -> Option<u64> {
        self.facts.asked.choice_count
    }

    /// How long its body is, in bytes.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.facts.body_bytes
    }

    /// The client asked for the chunk that tells a stream's usage (`stream_options.include_usage`).
    #[must_use]
    pub fn asks_for_usage(&self) -> bool {
        self.places().stream_options.asks_for_usage()
    }

    /// Where in the [body](ReadBody) the members stand that may be spliced.
    pub(crate) fn places(&self) -> &Places {
        &self.facts.asked.places
    }
}

impl fmt::Debug for LlmCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LlmCall")
            .field("dialect", &self.dialect())
            .field("operation", &self.operation())
            .field("model", &self.model())
            .field("stream", &self.stream())
            .finish_non_exhaustive()
    }
}

impl CallFacts for LlmCall {
    const PROTOCOL: &'static str = "llm";
    const NAMES: &'static [&'static str] = &[
        "dialect",
        "operation",
        "model",
        "stream",
        "maxTokens",
        "choices",
        "bodyBytes",
        "provider",
    ];

    fn fact(&self, name: &str) -> Option<Fact<'_>> {
        Some(match name {
            "dialect" => Fact::Text(self.dialect().as_str()),
            "operation" => Fact::Text(self.operation().as_str()),
            "model" => Fact::Text(self.model()),
            "stream" => Fact::Truth(self.stream()),
            "maxTokens" => Fact::Number(self.max_tokens()?),
            "choices" => Fact::Number(self.choice_count()?),
            "bodyBytes" => Fact::Number(self.body_bytes()),
            "provider" => Fact::Text(self.provider()?),
            _ => return None,
        })
    }

    /// A generation changes nothing but the bill: it may be asked for anew while nothing of an answer
    /// has been handed on.
    fn is_safe(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_known_from_another_that_says_the_same() {
        let read = ReadBody(Bytes::from(b"{}".to_vec()));
        assert!(read.is(&read.0.clone()));
        assert!(!read.is(&Bytes::from(b"{}".to_vec())));
        assert!(!read.is(&read.0.slice(1..)));
    }
}
