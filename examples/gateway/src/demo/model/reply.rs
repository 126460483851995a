use std::fmt;

use serde_json::Value;

use super::{super::words::chunks, prompt::Prompt, refusal::Refusal};

/// The most words of an answer.
const MAX_WORDS: u64 = 512;

/// When everything was made, in seconds since 1970 (the first of 2026): a demonstration has no clock.
pub(super) const CREATED: u64 = 1_767_225_600;

/// The hash of a request's bytes, from which the ids of its answer are made.
#[derive(Clone, Copy)]
pub(super) struct Id(u64);

// === impl Id ===

impl Id {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(hash(bytes))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// FNV-1a: stable between releases, which the standard library's hasher is not.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The model's answer, before it has a dialect.
pub(super) struct Reply {
    /// One word each, with the white space behind it.
    pub(super) chunks: Vec<String>,
    /// True when a limit ended the answer.
    pub(super) cut: bool,
    pub(super) input_words: u64,
}

// === impl Reply ===

impl Reply {
    /// Answers a prompt in at most `limit` words.
    pub(super) fn new(prompt: &Prompt, limit: &Value) -> Result<Self, Refusal> {
        let limit = match limit {
            Value::Null => MAX_WORDS,
            limit => limit
                .as_u64()
                .filter(|limit| *limit > 0)
                .ok_or(Refusal::invalid(
                    "the limit of tokens is not a positive integer",
                ))?,
        };
        let text = if prompt.last.is_empty() {
            "You said nothing.".to_owned()
        } else {
            format!("You said: {}", prompt.last)
        };
        let mut chunks = chunks(&text);
        let limit = usize::try_from(limit.min(MAX_WORDS)).unwrap_or(usize::MAX);
        let cut = chunks.len() > limit;
        chunks.truncate(limit);
        Ok(Self {
            chunks,
            cut,
            input_words: prompt.words,
        })
    }

    pub(super) fn text(&self) -> String {
        self.chunks.concat()
    }

    pub(super) fn output_words(&self) -> u64 {
        u64::try_from(self.chunks.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn total_words(&self) -> u64 {
        self.input_words.saturating_add(self.output_words())
    }
}

/// The model that a request names.
pub(super) fn model(request: &Value) -> Result<&str, Refusal> {
    request["model"]
        .as_str()
        .ok_or(Refusal::invalid("`model` is missing"))
}

/// Whether a request asks for a stream.
pub(super) fn streams(request: &Value) -> Result<bool, Refusal> {
    match &request["stream"] {
        Value::Null => Ok(false),
        Value::Bool(stream) => Ok(*stream),
        _ => Err(Refusal::invalid("`stream` is not a boolean")),
    }
}
