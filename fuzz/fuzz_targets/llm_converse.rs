//! Streams of one dialect: see `agentgateway-llm/tests/fuzzed/stream.rs`.
#![no_main]

#[path = "../../agentgateway-llm/tests/fuzzed/stream.rs"]
mod stream;

use agentgateway_llm::LlmDialect;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| stream::run(LlmDialect::BedrockConverse, input));
