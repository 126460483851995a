//! Streams of one dialect: see `llm/stream.rs`.
#![no_main]

#[path = "llm/stream.rs"]
mod stream;

use agentgateway_llm::LlmDialect;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| stream::run(LlmDialect::Gemini, input));
