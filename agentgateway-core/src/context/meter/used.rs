/// What one call used.
///
/// What is not known is `None`, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Used {
    /// Tokens of the input, with what came from caches.
    pub input_tokens: Option<u64>,
    /// Tokens of the output, with reasoning.
    pub output_tokens: Option<u64>,
    /// All tokens as the service told them; it may count what the parts do not.
    pub all_tokens: Option<u64>,
    /// Something of it is not the service's word.
    pub estimated: bool,
}

impl Used {
    /// So many tokens of input and of output.
    #[must_use]
    pub fn tokens(input: impl Into<Option<u64>>, output: impl Into<Option<u64>>) -> Self {
        Self {
            input_tokens: input.into(),
            output_tokens: output.into(),
            ..Self::default()
        }
    }

    /// The sum, as the service told it, else of input and output, where one of them is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.all_tokens
            .or(match (self.input_tokens, self.output_tokens) {
                (None, None) => None,
                (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
            })
    }
}
