use std::sync::Arc;

use super::names::Names;
use crate::LlmDialect;

/// How many bytes of text a token has at least, roughly: less than English has, so that an estimate
/// is rather above than below.
const BYTES_PER_TOKEN: usize = 3;

/// Counts what passes of an answer, where the provider may not live to tell it.
#[derive(Debug)]
pub(crate) struct Relayed {
    dialect: LlmDialect,
    names: Arc<Names>,
    /// `None` until something was seen.
    tokens: Option<u64>,
}

impl Relayed {
    pub(crate) fn new(dialect: LlmDialect, names: &Arc<Names>) -> Self {
        Self {
            dialect,
            names: Arc::clone(names),
            tokens: None,
        }
    }

    /// A stream begins.
    pub(crate) fn begin(&mut self) {
        self.tokens = Some(0);
    }

    /// An event of the stream: one token at least.
    pub(crate) fn event(&mut self, data: &[u8]) {
        let tokens = tokens(self.names.event_text_bytes(self.dialect, data)).max(1);
        self.tokens = Some(self.tokens.unwrap_or(0).saturating_add(tokens));
    }

    /// The whole answer. One without a text is a call of a tool, whose arguments may be no text.
    pub(crate) fn whole(&mut self, body: &[u8]) {
        let text = self.names.text_bytes(self.dialect, body);
        self.tokens = Some(tokens(if text == 0 { body.len() } else { text }));
    }

    /// How many tokens of output have passed, roughly; `None` where the answer passed unread.
    pub(crate) const fn tokens(&self) -> Option<u64> {
        self.tokens
    }
}

const fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN) as u64
}
