//! Whatever a client asks is read or refused in each dialect, and what is read is written for each
//! provider as JSON that its own dialect reads again.
//!
//! Input: one byte for the client's dialect, then the body.
#![no_main]

use agentgateway_llm::{
    LlmDialect,
    bridge::{LossReport, Target, codec_of},
};
use libfuzzer_sys::fuzz_target;

const DIALECTS: [LlmDialect; 5] = [
    LlmDialect::OpenAiChat,
    LlmDialect::OpenAiResponses,
    LlmDialect::AnthropicMessages,
    LlmDialect::Gemini,
    LlmDialect::BedrockConverse,
];

fuzz_target!(|input: &[u8]| {
    let [client, body @ ..] = input else {
        return;
    };
    let client = codec_of(DIALECTS[usize::from(*client) % DIALECTS.len()]).unwrap();
    let target = Target::new("m", client.dialect() == LlmDialect::Gemini);
    let Ok(request) = client.decode_request(&target, body) else {
        return;
    };
    for provider in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
        let mut losses = LossReport::new();
        let Ok(encoded) = provider.encode_request(&request, &mut losses) else {
            continue;
        };
        assert!(encoded.path.starts_with('/'));
        let target = Target::new(request.model.as_str(), request.stream);
        let again = provider.decode_request(&target, &encoded.body);
        again.expect("what a dialect writes it reads");
    }
});
