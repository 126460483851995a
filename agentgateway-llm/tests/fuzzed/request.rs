//! Whatever a client asks is read or refused in each dialect, and what is read is written for each
//! provider as JSON that its own dialect reads again.
//!
//! Input: one byte for the client's dialect, then the body.

use agentgateway_llm::{
    LlmDialect,
    bridge::{DIALECTS, LossReport, Target, codec_of},
};

pub(crate) fn run(input: &[u8]) {
    let [client, body @ ..] = input else {
        return;
    };
    let client = codec_of(DIALECTS[usize::from(*client) % DIALECTS.len()]).unwrap();
    let target = Target::new("m", client.dialect() == LlmDialect::Gemini);
    let Ok(request) = client.decode_request(&target, body) else {
        return;
    };
    for dialect in DIALECTS.into_iter().chain([LlmDialect::OLLAMA]) {
        let provider = codec_of(dialect).unwrap();
        let mut losses = LossReport::new();
        let Ok(encoded) = provider.encode_request(&request, &mut losses) else {
            continue;
        };
        assert!(encoded.path.starts_with('/'));
        // No client speaks it.
        if dialect == LlmDialect::OLLAMA {
            continue;
        }
        let target = Target::new(request.model.as_str(), request.stream);
        if let Err(refused) = provider.decode_request(&target, &encoded.body) {
            panic!("{dialect} does not read what it writes: {refused}");
        }
    }
}
