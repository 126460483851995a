use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::{
    super::super::{Codec, DecodeContext, Target, stream::Event},
    AnthropicMessages,
};

proptest! {
    /// Whatever comes is read or refused.
    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        let context = DecodeContext::default();
        let _ = AnthropicMessages.decode_request(&Target::default(), &body);
        let _ = AnthropicMessages.decode_response(&context, &body);
        let fault = AnthropicMessages.decode_fault(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &body);
        let answer: Bytes = AnthropicMessages.encode_fault(&fault).into_body();
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
        let mut found: Vec<Event<'static>> = Vec::new();
        let mut decoder = AnthropicMessages.stream_decoder(&context);
        if decoder.feed(&body, &mut found).is_ok() {
            let _ = decoder.finish(&mut found);
        }
    }

    /// A piece of text is the same behind the wire, whatever it is.
    #[test]
    fn any_text_is_the_same_behind_the_wire(text in "\\PC*|[\\x00-\\x1f\"\\\\\u{2028}é😀]*") {
        let body = serde_json::json!({"content": [{"type": "text", "text": text}]}).to_string();
        let read = super::answer(&body);
        let (told, _) = super::tell(&read);
        prop_assert_eq!(told["content"][0]["text"].as_str(), Some(text.as_str()));
    }
}
