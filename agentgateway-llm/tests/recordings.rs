//! Answers that real providers sent, replayed through the layer.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip
//! themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

mod support;

use agentgateway_llm::{LlmDialect, LlmUsage};
use serde_json::Value;
use support::{Ended, Numbers, boundaries, exchange, recordings};

/// The end marker's place: where the last event of the dialect's end begins.
fn is_marker(dialect: LlmDialect, event: &str) -> bool {
    match dialect {
        LlmDialect::OpenAiChat => event.contains("data: [DONE]"),
        LlmDialect::OpenAiResponses => ["\"response.completed\"", "\"response.incomplete\""]
            .iter()
            .any(|name| event.contains(name)),
        LlmDialect::AnthropicMessages => event.contains("event: message_stop"),
        LlmDialect::Gemini => event.contains("\"finishReason\""),
        _ => unreachable!("no other dialect is recorded"),
    }
}

/// The usage, read from the recording in the simplest way that there is.
fn usage_of(dialect: LlmDialect, values: &[Value]) -> Option<LlmUsage> {
    let mut usage = LlmUsage::default();
    match dialect {
        LlmDialect::OpenAiChat => {
            let told = values.iter().rev().find_map(|v| v["usage"].as_object())?;
            openai(
                &mut usage,
                &Value::Object(told.clone()),
                ["prompt", "completion"],
            );
        }
        LlmDialect::OpenAiResponses => {
            let told = values.iter().rev().find_map(|value| {
                let response = value.get("response").unwrap_or(value);
                response["usage"].as_object()
            })?;
            openai(
                &mut usage,
                &Value::Object(told.clone()),
                ["input", "output"],
            );
        }
        LlmDialect::AnthropicMessages => {
            let mut merged = Value::Object(serde_json::Map::new());
            for value in values {
                let told = value.get("message").unwrap_or(value)["usage"].as_object();
                for (key, count) in told.into_iter().flatten().filter(|(_, v)| !v.is_null()) {
                    merged[key] = count.clone();
                }
            }
            usage.input_uncached_tokens = merged["input_tokens"].as_u64();
            usage.cache_read_tokens = merged["cache_read_input_tokens"].as_u64();
            usage.cache_write_tokens = merged["cache_creation_input_tokens"].as_u64();
            let split = &merged["cache_creation"];
            usage.cache_write_5m_tokens = split["ephemeral_5m_input_tokens"].as_u64();
            usage.cache_write_1h_tokens = split["ephemeral_1h_input_tokens"].as_u64();
            let thinking = merged["output_tokens_details"]["thinking_tokens"].as_u64();
            usage.output_reasoning_tokens = thinking;
            usage.output_text_tokens = merged["output_tokens"]
                .as_u64()
                .map(|all| all - thinking.unwrap_or(0));
        }
        LlmDialect::Gemini => {
            let told = values
                .iter()
                .rev()
                .find_map(|v| v["usageMetadata"].as_object())?;
            let count = |key: &str| told.get(key).and_then(Value::as_u64);
            let tools = count("toolUsePromptTokenCount").unwrap_or(0);
            let cached = count("cachedContentTokenCount");
            usage.input_uncached_tokens =
                count("promptTokenCount").map(|all| all - cached.unwrap_or(0) + tools);
            usage.cache_read_tokens = cached;
            usage.output_text_tokens = count("candidatesTokenCount");
            usage.output_reasoning_tokens = count("thoughtsTokenCount");
            usage.total_tokens = count("totalTokenCount");
        }
        _ => unreachable!("no other dialect is recorded"),
    }
    (!usage.is_empty()).then_some(usage)
}

fn openai(usage: &mut LlmUsage, told: &Value, [input, output]: [&str; 2]) {
    let count = |key: String| told[key].as_u64();
    let inputs = &told[format!("{input}_tokens_details")];
    let read = inputs["cached_tokens"].as_u64();
    let write = inputs["cache_write_tokens"].as_u64();
    let reasoning = told[format!("{output}_tokens_details")]["reasoning_tokens"].as_u64();
    usage.cache_read_tokens = read;
    usage.cache_write_tokens = write;
    usage.output_reasoning_tokens = reasoning;
    usage.input_uncached_tokens =
        count(format!("{input}_tokens")).map(|all| all - read.unwrap_or(0) - write.unwrap_or(0));
    usage.output_text_tokens =
        count(format!("{output}_tokens")).map(|all| all - reasoning.unwrap_or(0));
    usage.total_tokens = count("total_tokens".to_owned());
}

/// The JSON of all events.
fn values(stream: &str) -> Vec<Value> {
    stream
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?).ok())
        .collect()
}

/// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
#[tokio::test]
async fn streams_pass_byte_by_byte_and_tell_what_they_used() {
    let streams = recordings("stream");
    let mut numbers = Numbers(0x11e);
    for recording in &streams {
        let name = &recording.name;
        let expected = usage_of(recording.dialect, &values(&recording.answer));
        assert!(expected.is_some(), "{name} tells no usage");
        for longest in [1, 7, 64, 1500, 1 << 20] {
            if longest == 1 && recording.answer.len() > 100_000 {
                continue;
            }
            let chunks = numbers.cut(recording.answer.as_bytes(), longest);
            let told = exchange(recording, chunks).await;
            assert_eq!(told.body, recording.answer.as_bytes(), "{name}");
            assert_eq!(told.end, Ended::Complete, "{name}");
            assert_eq!(told.report.usage, expected, "{name}");
            let usage = expected.unwrap_or_default();
            assert_eq!(told.used.output_tokens, usage.output_tokens(), "{name}");
            assert!(!told.used.estimated, "{name}: {:?}", told.used);
            assert_eq!(told.report.error, None, "{name}");
            assert!(!told.report.finish_reasons.is_empty(), "{name}");
            assert!(told.report.response_id.is_some(), "{name}");
            assert!(told.report.response_model.is_some(), "{name}");
        }
    }
    println!("{} streams", streams.len());
}

/// Fault L01: a stream that stops without its marker, at any byte: an error event in the dialect, no marker, truncated.
#[tokio::test]
async fn a_stream_that_is_cut_is_never_a_success() {
    let mut cuts = 0;
    for recording in recordings("stream") {
        let name = &recording.name;
        let bytes = recording.answer.as_bytes();
        let places = boundaries(&recording.answer);
        let marker = places
            .windows(2)
            .find(|w| is_marker(recording.dialect, &recording.answer[w[0]..w[1]]))
            .map(|w| w[1])
            .unwrap_or_else(|| panic!("{name} has no end marker"));
        // Short of the marker: at each boundary of events, and within the events after some.
        let at = places.iter().copied().filter(|at| *at < marker);
        let torn = places.iter().step_by(5).map(|at| at + 9);
        let torn = torn.filter(|at| at + 20 < marker);
        for cut in at.chain(torn) {
            let told = exchange(&recording, vec![bytes[..cut].to_vec()]).await;
            assert_eq!(told.end, Ended::Truncated, "{name} cut at {cut}");
            let is_paid = told.used.estimated || told.used.total().is_some();
            assert!(is_paid, "{name} cut at {cut}: {:?}", told.used);
            let whole = places.iter().copied().filter(|place| *place <= cut).max();
            let (kept, added) = told.body.split_at(whole.unwrap_or(0));
            assert_eq!(kept, &bytes[..kept.len()], "{name} cut at {cut}");
            let added = String::from_utf8(added.to_vec()).unwrap();
            assert!(added.contains("\"error\""), "{name} cut at {cut}: {added}");
            assert!(!is_marker(recording.dialect, &added), "{name}: {added}");
            assert!(added.ends_with("\n\n"), "{name}: {added}");
            cuts += 1;
        }
    }
    println!("{cuts} cuts");
}

/// Fault L02 (part): an answer whose JSON is cut: counts as truncated.
#[tokio::test]
async fn whole_answers_pass_byte_by_byte_and_tell_what_they_used() {
    let answers = recordings("unary");
    let mut numbers = Numbers(0x22e);
    for recording in &answers {
        let name = &recording.name;
        let value: Value = serde_json::from_str(&recording.answer).unwrap();
        let chunks = numbers.cut(recording.answer.as_bytes(), 700);
        let told = exchange(recording, chunks).await;
        assert_eq!(told.body, recording.answer.as_bytes(), "{name}");
        assert_eq!(told.end, Ended::Complete, "{name}");
        assert_eq!(
            told.report.usage,
            usage_of(recording.dialect, &[value]),
            "{name}"
        );
        assert_eq!(told.report.error, None, "{name}");
        let half = &recording.answer.as_bytes()[..recording.answer.len() / 2];
        let told = exchange(recording, vec![half.to_vec()]).await;
        assert_eq!(told.end, Ended::Truncated, "{name}");
    }
    println!("{} answers", answers.len());
}

/// Fault L04: an error of the provider in the stream: forwarded as it is, and reported.
#[tokio::test]
async fn error_answers_pass_and_are_told_as_errors() {
    for recording in recordings("unary-error") {
        let name = &recording.name;
        let told = exchange(&recording, vec![recording.answer.clone().into_bytes()]).await;
        assert_eq!(told.body, recording.answer.as_bytes(), "{name}");
        let value: Value = serde_json::from_str(&recording.answer).unwrap();
        let kind = match recording.dialect {
            LlmDialect::Gemini => value["error"]["status"].as_str(),
            _ => value["error"]["type"].as_str(),
        };
        let fault = told.report.error.unwrap();
        assert_eq!(fault.kind.as_deref(), kind, "{name}");
        assert!(fault.name().is_some(), "{name}");
    }
}
