/// What one call used, in parts that do not overlap.
///
/// The dialects count differently: OpenAI's and Gemini's input includes what was read from a cache,
/// Anthropic's and Bedrock's do not; Gemini's output excludes reasoning, the others' includes it. Here each
/// token is in one part. A part that the provider did not tell is `None`, never zero.
///
/// # Source
/// OpenAI API, `CompletionUsage` and `ResponseUsage`; Anthropic API, `Usage`; Gemini API,
/// `UsageMetadata`; Amazon Bedrock API, `TokenUsage`; Cohere API, `ApiMeta`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LlmUsage {
    /// Input that neither came from a cache nor was written into one. What tools brought as further
    /// input (Gemini) is in it.
    pub input_uncached_tokens: Option<u64>,
    /// Input that was read from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Input that was written into a cache, for any time.
    pub cache_write_tokens: Option<u64>,
    /// The share of [`cache_write_tokens`](Self::cache_write_tokens) that lives five minutes.
    pub cache_write_5m_tokens: Option<u64>,
    /// The share of [`cache_write_tokens`](Self::cache_write_tokens) that lives an hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Output that is no reasoning; all of the output where the provider does not tell them apart.
    pub output_text_tokens: Option<u64>,
    /// Output that is reasoning.
    pub output_reasoning_tokens: Option<u64>,
    /// The total as the provider told it. It may count what the parts do not.
    pub total_tokens: Option<u64>,
    /// Searches that Cohere bills, of a reranking: it may tell no token at all.
    pub search_units: Option<u64>,
}

impl LlmUsage {
    /// All input, with what was read from caches and written into them.
    #[must_use]
    pub fn input_tokens(&self) -> Option<u64> {
        let cached = [self.cache_read_tokens, self.cache_write_tokens];
        let uncached = self.input_uncached_tokens?;
        Some(
            cached
                .into_iter()
                .flatten()
                .fold(uncached, u64::saturating_add),
        )
    }

    /// All output, with reasoning.
    #[must_use]
    pub fn output_tokens(&self) -> Option<u64> {
        match (self.output_text_tokens, self.output_reasoning_tokens) {
            (Some(text), reasoning) => Some(text.saturating_add(reasoning.unwrap_or(0))),
            (None, reasoning) => reasoning,
        }
    }

    /// Nothing was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
