//! Requests of all dialects: see `agentgateway-llm/tests/fuzzed/request.rs`.
#![no_main]

#[path = "../../agentgateway-llm/tests/fuzzed/request.rs"]
mod request;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| request::run(input));
