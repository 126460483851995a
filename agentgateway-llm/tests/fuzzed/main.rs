//! The fuzz targets of the codecs for some seconds, on any toolchain: the same functions, over a fixed corpus and what a
//! fixed row of numbers makes of it. `fuzz/run` goes deeper.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may do what tests may"
)]

mod corpus;
mod mutate;
mod request;
mod stream;

use agentgateway_llm::LlmDialect;
use mutate::Row;

/// How many inputs are made of each of the corpus.
const ROUNDS: u64 = 1000;

/// Says which input it was, when a test panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    #[expect(clippy::print_stderr, reason = "what a failed test was about")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("input: {}", self.0.escape_ascii());
        }
    }
}

fn each(seeds: &[Vec<u8>], run: impl Fn(&[u8])) {
    assert!(!seeds.is_empty());
    for (at, seed) in (1_u64..).zip(seeds) {
        let mut row = Row::new(at.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        run_one(seed, &run);
        for _ in 0..ROUNDS {
            run_one(&row.mutate(seed), &run);
        }
    }
}

fn run_one(input: &[u8], run: &impl Fn(&[u8])) {
    let shown = Shown(input);
    run(shown.0);
}

fn streams(dialect: LlmDialect) {
    each(&corpus::streams(dialect), |input| {
        stream::run(dialect, input)
    });
}

#[test]
fn streams_of_openai_chat() {
    streams(LlmDialect::OpenAiChat);
}

#[test]
fn streams_of_openai_responses() {
    streams(LlmDialect::OpenAiResponses);
}

#[test]
fn streams_of_anthropic_messages() {
    streams(LlmDialect::AnthropicMessages);
}

#[test]
fn streams_of_gemini() {
    streams(LlmDialect::Gemini);
}

#[test]
fn streams_of_bedrock_converse() {
    streams(LlmDialect::BedrockConverse);
}

#[test]
fn streams_of_ollama() {
    streams(LlmDialect::OLLAMA);
}

#[test]
fn requests_of_all_dialects() {
    each(&corpus::requests(), request::run);
}

/// Names and ids that are empty, and choices that are counted behind one that never came.
#[test]
fn what_was_found_once() {
    for body in [
        "\x01{\"model\":\"\",\"input\":\"t\"}",
        "\x02{\"model\":\"\",\"messages\":[{\"role\":\"user\",\"content\":\"t\"}]}",
        "\x02{\"model\":\"m\",\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"\",\"name\":\"f\",\"input\":{}}]}]}",
        "\x04{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"toolUse\":{\"toolUseId\":\"\",\"name\":\"f\",\"input\":{}}}]}]}",
    ] {
        run_one(body.as_bytes(), &request::run);
    }
    let call = r#""tool_calls":[{"function":{"name":"","arguments":{}}}]"#;
    let ollama = format!("\0{{\"message\":{{{call}}},\"done\":true}}\n");
    run_one(ollama.as_bytes(), &|input: &[u8]| {
        stream::run(LlmDialect::OLLAMA, input);
    });
    let gap = r#"data: {"choices":[{"index":4,"delta":{"content":"t"},"finish_reason":"stop"}]}"#;
    let chat = format!("\0{gap}\n\ndata: [DONE]\n\n");
    run_one(chat.as_bytes(), &|input: &[u8]| {
        stream::run(LlmDialect::OpenAiChat, input);
    });
}
