use std::{fmt, sync::Arc};

use agentgateway_core::context::{CallFacts, Fact};

use crate::wire::{Asked, LlmDialect, LlmOperation, Places, Target};

/// One request for a model, as policies and middleware see it.
///
/// [`LlmLayer`](crate::LlmLayer) writes it into the request's extensions. A clone shares the call.
#[derive(Clone, PartialEq, Eq)]
pub struct LlmCall(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    dialect: LlmDialect,
    operation: LlmOperation,
    asked: Asked,
    body: Span,
}

/// Where a body lies in memory. It tells a body from its replacement without keeping either alive.
#[derive(PartialEq, Eq)]
struct Span {
    address: usize,
    bytes: usize,
}

impl Span {
    fn of(body: &[u8]) -> Self {
        Self {
            address: body.as_ptr().addr(),
            bytes: body.len(),
        }
    }
}

impl LlmCall {
    pub(crate) fn new(target: &Target, asked: Asked, body: &[u8]) -> Self {
        Self(Arc::new(Inner {
            dialect: target.dialect,
            operation: target.operation,
            asked,
            body: Span::of(body),
        }))
    }

    /// The format in which it is written, and in which it is answered.
    #[must_use]
    pub fn dialect(&self) -> LlmDialect {
        self.0.dialect
    }

    /// What is asked of the model.
    #[must_use]
    pub fn operation(&self) -> LlmOperation {
        self.0.operation
    }

    /// The model's name as the client wrote it: 1 to 512 bytes without control characters.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.0.asked.model
    }

    /// The answer shall come as a stream.
    #[must_use]
    pub fn stream(&self) -> bool {
        self.0.asked.stream
    }

    /// The most tokens that the answer may have, when the client said so.
    #[must_use]
    pub fn max_tokens(&self) -> Option<u64> {
        self.0.asked.max_tokens
    }

    /// The temperature as it is written, a JSON number.
    #[must_use]
    pub fn temperature(&self) -> Option<&str> {
        self.0.asked.temperature.as_deref()
    }

    /// The share of probability that is sampled from, as it is written, a JSON number.
    #[must_use]
    pub fn top_p(&self) -> Option<&str> {
        self.0.asked.top_p.as_deref()
    }

    /// How many answers are asked for, when the client said so.
    #[must_use]
    pub fn choice_count(&self) -> Option<u64> {
        self.0.asked.choice_count
    }

    /// How long its body is, in bytes.
    #[must_use]
    pub fn body_bytes(&self) -> u64 {
        self.0.body.bytes as u64
    }

    /// The client asked for the chunk that tells a stream's usage (`stream_options.include_usage`).
    #[must_use]
    pub fn asks_for_usage(&self) -> bool {
        self.places().stream_options.asks_for_usage()
    }

    /// Whether the places hold for this body: it is the one that was read, not one that a layer put
    /// in its place.
    pub(crate) fn is_read_from(&self, body: &[u8]) -> bool {
        self.0.body == Span::of(body)
    }

    /// Where in the body the members stand that may be spliced.
    pub(crate) fn places(&self) -> &Places {
        &self.0.asked.places
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
            _ => return None,
        })
    }

    /// A generation changes nothing but the bill: it may be asked for anew while nothing of an answer
    /// has been handed on.
    fn is_safe(&self) -> bool {
        true
    }
}
