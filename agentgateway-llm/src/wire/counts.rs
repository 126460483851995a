use agentgateway_core::json::{self, Raw, members_of};

use super::LlmDialect;
use crate::LlmUsage;

/// The counts of one answer as the provider tells them; a later one takes the place of an earlier.
///
/// What is no whole number from 0 on (a `null`, a negative one, a fraction) tells nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    input: Option<u64>,
    tool_input: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    cache_write_5m: Option<u64>,
    cache_write_1h: Option<u64>,
    output: Option<u64>,
    reasoning: Option<u64>,
    total: Option<u64>,
    search_units: Option<u64>,
}

impl Counts {
    /// `CompletionUsage`; also that of embeddings, which has no output.
    pub(crate) fn chat(&mut self, usage: Raw<'_>) {
        let keys = [
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "prompt_tokens_details",
            "completion_tokens_details",
        ];
        self.openai(members_of(usage, keys).unwrap_or_default());
    }

    /// `ResponseUsage`
    pub(crate) fn responses(&mut self, usage: Raw<'_>) {
        let keys = [
            "input_tokens",
            "output_tokens",
            "total_tokens",
            "input_tokens_details",
            "output_tokens_details",
        ];
        self.openai(members_of(usage, keys).unwrap_or_default());
    }

    fn openai(&mut self, [input, output, total, inputs, outputs]: [Option<Raw<'_>>; 5]) {
        put(&mut self.input, input);
        put(&mut self.output, output);
        put(&mut self.total, total);
        let [read, write] = inner(inputs, ["cached_tokens", "cache_write_tokens"]);
        put(&mut self.cache_read, read);
        put(&mut self.cache_write, write);
        let [reasoning] = inner(outputs, ["reasoning_tokens"]);
        put(&mut self.reasoning, reasoning);
    }

    /// `Usage`, and `MessageDeltaUsage`, which may revise what `message_start` told.
    pub(crate) fn anthropic(&mut self, usage: Raw<'_>) {
        self.anthropic_members(members_of(usage, Self::ANTHROPIC).unwrap_or_default());
    }

    /// The members of [`anthropic`](Self::anthropic) that count.
    pub(crate) const ANTHROPIC: [&'static str; 6] = [
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "output_tokens_details",
    ];

    /// The same, of what was read already.
    pub(crate) fn anthropic_members(
        &mut self,
        [input, output, read, write, writes, outputs]: [Option<Raw<'_>>; 6],
    ) {
        put(&mut self.input, input);
        put(&mut self.output, output);
        put(&mut self.cache_read, read);
        put(&mut self.cache_write, write);
        let lives = ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"];
        let [short, long] = inner(writes, lives);
        put(&mut self.cache_write_5m, short);
        put(&mut self.cache_write_1h, long);
        let [thinking] = inner(outputs, ["thinking_tokens"]);
        put(&mut self.reasoning, thinking);
    }

    /// `UsageMetadata`. One with a total stands for itself: what it leaves out is none, and what an
    /// interim chunk told of it is void.
    pub(crate) fn gemini(&mut self, usage: Raw<'_>) {
        let keys = [
            "promptTokenCount",
            "candidatesTokenCount",
            "totalTokenCount",
            "cachedContentTokenCount",
            "thoughtsTokenCount",
            "toolUsePromptTokenCount",
        ];
        let [input, output, total, cached, thoughts, tools] =
            members_of(usage, keys).unwrap_or_default();
        if total.and_then(json::unsigned).is_some() {
            *self = Self::default();
        }
        put(&mut self.input, input);
        put(&mut self.output, output);
        put(&mut self.total, total);
        put(&mut self.cache_read, cached);
        put(&mut self.reasoning, thoughts);
        put(&mut self.tool_input, tools);
    }

    /// `TokenUsage`. Caches are not in the input; nothing tells reasoning apart.
    pub(crate) fn converse(&mut self, usage: Raw<'_>) {
        let keys = [
            "inputTokens",
            "outputTokens",
            "totalTokens",
            "cacheReadInputTokens",
            "cacheWriteInputTokens",
            "cacheDetails",
        ];
        let [input, output, total, read, write, details] =
            members_of(usage, keys).unwrap_or_default();
        put(&mut self.input, input);
        put(&mut self.output, output);
        put(&mut self.total, total);
        put(&mut self.cache_read, read);
        put(&mut self.cache_write, write);
        if let Some(details) = details {
            // Details that are no array tell nothing.
            let _ = json::elements(details, |detail| self.cache_detail(detail));
        }
    }

    /// `CacheDetail`: what was written, by how long it lives.
    fn cache_detail(&mut self, detail: Raw<'_>) {
        let [ttl, written] = members_of(detail, ["ttl", "inputTokens"]).unwrap_or_default();
        match ttl.and_then(json::string).as_deref() {
            Some("5m") => put(&mut self.cache_write_5m, written),
            Some("1h") => put(&mut self.cache_write_1h, written),
            _ => {}
        }
    }

    /// What a reranking used: `meta` of Cohere's answer, `usage` of those who follow it. There is input alone, so
    /// that a total is the input.
    pub(crate) fn rerank(&mut self, meta: Option<Raw<'_>>, usage: Option<Raw<'_>>) {
        let [tokens, billed] = inner(meta, ["tokens", "billed_units"]);
        let [units, paid] = inner(billed, ["search_units", "input_tokens"]);
        let [read, written] = inner(tokens, ["input_tokens", "output_tokens"]);
        let [prompt, total] = inner(usage, ["prompt_tokens", "total_tokens"]);
        put(&mut self.search_units, units);
        put(&mut self.total, total);
        put(&mut self.output, written);
        for input in [total, prompt, paid, read] {
            put(&mut self.input, input);
        }
    }

    /// The counts in parts that do not overlap; `None` when nothing was told.
    pub(crate) fn usage(&self, dialect: LlmDialect) -> Option<LlmUsage> {
        let cache_write = self
            .cache_write
            .or(match (self.cache_write_5m, self.cache_write_1h) {
                (None, None) => None,
                (short, long) => Some(short.unwrap_or(0).saturating_add(long.unwrap_or(0))),
            });
        let cached = self
            .cache_read
            .unwrap_or(0)
            .saturating_add(cache_write.unwrap_or(0));
        let reasoning = self.reasoning.unwrap_or(0);
        let (input, output) = match dialect {
            LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses | LlmDialect::Other(_) => (
                self.input.map(|input| input.saturating_sub(cached)),
                self.output.map(|output| output.saturating_sub(reasoning)),
            ),
            LlmDialect::AnthropicMessages
            | LlmDialect::BedrockConverse
            | LlmDialect::CohereRerank => (
                self.input,
                self.output.map(|output| output.saturating_sub(reasoning)),
            ),
            LlmDialect::Gemini => (
                self.input.map(|input| {
                    input
                        .saturating_sub(cached)
                        .saturating_add(self.tool_input.unwrap_or(0))
                }),
                self.output,
            ),
        };
        let usage = LlmUsage {
            input_uncached_tokens: input,
            cache_read_tokens: self.cache_read,
            cache_write_tokens: cache_write,
            cache_write_5m_tokens: self.cache_write_5m,
            cache_write_1h_tokens: self.cache_write_1h,
            output_text_tokens: output,
            output_reasoning_tokens: self.reasoning,
            total_tokens: self.total,
            search_units: self.search_units,
        };
        (!usage.is_empty()).then_some(usage)
    }
}

fn put(slot: &mut Option<u64>, raw: Option<Raw<'_>>) {
    if let Some(count) = raw.and_then(json::unsigned) {
        *slot = Some(count);
    }
}

/// The members of an inner object; none when it is not one.
fn inner<'a, const N: usize>(object: Option<Raw<'a>>, keys: [&str; N]) -> [Option<Raw<'a>>; N] {
    object
        .and_then(|object| members_of(object, keys).ok())
        .unwrap_or([None; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Raw<'_> {
        Raw::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn openai_input_includes_caches_and_output_includes_reasoning() {
        let mut counts = Counts::default();
        counts.chat(raw(
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
            "prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10},
            "completion_tokens_details":{"reasoning_tokens":20}}"#,
        ));
        let usage = counts.usage(LlmDialect::OpenAiChat).unwrap();
        assert_eq!(usage.input_uncached_tokens, Some(30));
        assert_eq!(usage.output_text_tokens, Some(30));
        assert_eq!(usage.input_tokens(), Some(100));
        assert_eq!(usage.output_tokens(), Some(50));
        assert_eq!(usage.total_tokens, Some(150));
    }

    #[test]
    fn anthropic_input_excludes_caches_and_the_last_value_wins() {
        let mut counts = Counts::default();
        counts.anthropic(raw(r#"{"input_tokens":43,"cache_read_input_tokens":1000,
            "cache_creation_input_tokens":30,"output_tokens":1,
            "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}"#));
        counts.anthropic(raw(
            r#"{"input_tokens":61,"cache_read_input_tokens":null,"output_tokens":282}"#,
        ));
        let usage = counts.usage(LlmDialect::AnthropicMessages).unwrap();
        assert_eq!(usage.input_uncached_tokens, Some(61));
        assert_eq!(usage.cache_read_tokens, Some(1000));
        assert_eq!(usage.cache_write_5m_tokens, Some(10));
        assert_eq!(usage.cache_write_1h_tokens, Some(20));
        assert_eq!(usage.input_tokens(), Some(1091));
        assert_eq!(usage.output_tokens(), Some(282));
        assert_eq!(usage.total_tokens, None);
    }

    #[test]
    fn gemini_output_excludes_thoughts_and_a_snapshot_stands_for_itself() {
        let mut counts = Counts::default();
        counts.gemini(raw(
            r#"{"promptTokenCount":9,"candidatesTokenCount":21,"totalTokenCount":65,"thoughtsTokenCount":35}"#,
        ));
        counts.gemini(raw(
            r#"{"promptTokenCount":87,"totalTokenCount":172,"thoughtsTokenCount":78,
            "cachedContentTokenCount":7,"toolUsePromptTokenCount":7}"#,
        ));
        counts.gemini(raw(r#"{"trafficType":"ON_DEMAND"}"#));
        let usage = counts.usage(LlmDialect::Gemini).unwrap();
        assert_eq!(usage.input_tokens(), Some(94));
        assert_eq!(usage.input_uncached_tokens, Some(87));
        assert_eq!(usage.output_tokens(), Some(78));
        assert_eq!(usage.total_tokens, Some(172));
    }

    #[test]
    fn input_of_converse_excludes_caches() {
        let mut counts = Counts::default();
        counts.converse(raw(
            r#"{"inputTokens":2,"outputTokens":5,"totalTokens":1329,"cacheReadInputTokens":100,
            "cacheWriteInputTokens":1222,"cacheDetails":[{"ttl":"1h","inputTokens":1000},
            {"ttl":"5m","inputTokens":222},{"ttl":"2d","inputTokens":1}],"serverToolUsage":{}}"#,
        ));
        let usage = counts.usage(LlmDialect::BedrockConverse).unwrap();
        assert_eq!(usage.input_uncached_tokens, Some(2));
        assert_eq!(usage.input_tokens(), Some(1324));
        assert_eq!(usage.cache_write_1h_tokens, Some(1000));
        assert_eq!(usage.cache_write_5m_tokens, Some(222));
        assert_eq!(usage.output_tokens(), Some(5));
        assert_eq!(usage.total_tokens, Some(1329));
    }

    #[test]
    fn a_reranking_has_input_alone() {
        let of = |meta: Option<&str>, usage: Option<&str>| {
            let mut counts = Counts::default();
            counts.rerank(meta.map(raw), usage.map(raw));
            counts.usage(LlmDialect::CohereRerank)
        };
        let cohere = of(
            Some(r#"{"api_version":{"version":"2"},"billed_units":{"search_units":2}}"#),
            None,
        )
        .unwrap();
        assert_eq!(
            (cohere.search_units, cohere.input_tokens()),
            (Some(2), None)
        );
        let both = Some(
            r#"{"billed_units":{"search_units":1,"input_tokens":9},"tokens":{"input_tokens":7,"output_tokens":0}}"#,
        );
        let cohere = of(both, None).unwrap();
        assert_eq!(cohere.input_tokens(), Some(7));
        assert_eq!(cohere.output_tokens(), Some(0));
        let jina = of(None, Some(r#"{"total_tokens":815}"#)).unwrap();
        assert_eq!(
            (jina.input_tokens(), jina.total_tokens),
            (Some(815), Some(815))
        );
        let vllm = of(None, Some(r#"{"prompt_tokens":4,"total_tokens":5}"#)).unwrap();
        assert_eq!(vllm.input_tokens(), Some(4));
        assert_eq!(of(Some("null"), Some("[]")), None);
    }

    /// Fault L13: counts as large as they can be, all at once, are summed without a crash in every dialect.
    #[test]
    fn the_largest_counts_are_summed() {
        let max = u64::MAX;
        let openai = format!(
            r#"{{"prompt_tokens":{max},"input_tokens":{max},"completion_tokens":{max},"output_tokens":{max},"total_tokens":{max},"prompt_tokens_details":{{"cached_tokens":{max},"cache_write_tokens":{max}}},"input_tokens_details":{{"cached_tokens":{max},"cache_write_tokens":{max}}},"completion_tokens_details":{{"reasoning_tokens":{max}}},"output_tokens_details":{{"reasoning_tokens":{max}}}}}"#
        );
        let anthropic = format!(
            r#"{{"input_tokens":{max},"output_tokens":{max},"cache_read_input_tokens":{max},"cache_creation":{{"ephemeral_5m_input_tokens":{max},"ephemeral_1h_input_tokens":{max}}},"output_tokens_details":{{"thinking_tokens":{max}}}}}"#
        );
        let gemini = format!(
            r#"{{"promptTokenCount":{max},"candidatesTokenCount":{max},"totalTokenCount":{max},"thoughtsTokenCount":{max},"toolUsePromptTokenCount":{max}}}"#
        );
        let converse = format!(
            r#"{{"inputTokens":{max},"outputTokens":{max},"totalTokens":{max},"cacheReadInputTokens":{max},"cacheWriteInputTokens":{max}}}"#
        );
        type Read = fn(&mut Counts, Raw<'_>);
        let told: [(LlmDialect, &str, Read); 5] = [
            (LlmDialect::OpenAiChat, &openai, Counts::chat),
            (LlmDialect::OpenAiResponses, &openai, Counts::responses),
            (LlmDialect::AnthropicMessages, &anthropic, Counts::anthropic),
            (LlmDialect::Gemini, &gemini, Counts::gemini),
            (LlmDialect::BedrockConverse, &converse, Counts::converse),
        ];
        for (dialect, text, read) in told {
            let mut counts = Counts::default();
            read(&mut counts, raw(text));
            let usage = counts.usage(dialect).unwrap();
            assert_eq!(usage.input_tokens(), Some(max), "{dialect}");
            assert_eq!(usage.output_tokens(), Some(max), "{dialect}");
        }
    }

    #[test]
    fn tells_nothing_that_was_not_told() {
        let mut counts = Counts::default();
        counts.chat(raw("null"));
        counts.chat(raw(r#"{"prompt_tokens":-1,"completion_tokens":null}"#));
        counts.anthropic(raw("[]"));
        assert_eq!(counts.usage(LlmDialect::OpenAiChat), None);
        counts.chat(raw(
            r#"{"prompt_tokens":18446744073709551615,"prompt_tokens_details":
            {"cached_tokens":18446744073709551615,"cache_write_tokens":18446744073709551615}}"#,
        ));
        let usage = counts.usage(LlmDialect::OpenAiChat).unwrap();
        assert_eq!(usage.input_tokens(), Some(u64::MAX));
        assert_eq!(usage.output_tokens(), None);
    }
}
