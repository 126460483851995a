use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

use super::*;

/// Deltas as servers write them, and some as they should not.
fn any_delta() -> impl Strategy<Value = String> {
    let fragment = (0_u8..3, "[{}\"x:1 ]{0,4}", any::<bool>()).prop_map(|(index, piece, first)| {
        let piece = serde_json::to_string(&piece).unwrap();
        let head = if first {
            format!(r#""id":"c{index}","#)
        } else {
            String::new()
        };
        let name = if first { r#""name":"f","# } else { "" };
        format!(
            r#"{{"tool_calls":[{{"index":{index},{head}"function":{{{name}"arguments":{piece}}}}}]}}"#
        )
    });
    let custom = (0_u8..4, "[{}\"x:1 ]{0,4}", any::<bool>()).prop_map(|(index, piece, first)| {
        let piece = serde_json::to_string(&piece).unwrap();
        let head = if first {
            format!(r#""id":"c{index}","type":"custom","#)
        } else {
            String::new()
        };
        let name = if first { r#""name":"f","# } else { "" };
        format!(
            r#"{{"tool_calls":[{{"index":{index},{head}"custom":{{{name}"input":{piece}}}}}]}}"#
        )
    });
    prop_oneof![
        custom,
        Just(r#"{"content":"a"}"#.to_owned()),
        Just(r#"{"reasoning_content":"h"}"#.to_owned()),
        Just(r#"{"refusal":"n"}"#.to_owned()),
        Just(r#"{"reasoning_details":[{"type":"reasoning.text","signature":"s"}]}"#.to_owned()),
        Just(r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"d"}]}"#.to_owned()),
        Just(r#"{"audio":{"id":"a"}}"#.to_owned()),
        fragment,
    ]
}

proptest! {
    /// Whatever order deltas come in, the grammar is kept, no text is lost, and what is written is read as the same.
    #[test]
    fn any_order_of_deltas_is_read(deltas in prop::collection::vec(any_delta(), 0..24)) {
        let deltas: Vec<_> = deltas.iter().map(String::as_str).collect();
        let text = stream(&deltas);
        let (read, ended) = events(&text);
        if ended.is_ok() {
            prop_assert_eq!(read.last(), Some(&Event::End));
            let (again, _) = streamed(&read);
            let (second, ended) = events(&again);
            prop_assert_eq!(ended, Ok(()));
            prop_assert_eq!(second.last(), Some(&Event::End));
        }
        let count = |word: &str| deltas.iter().filter(|delta| delta.contains(word)).count();
        let told: usize = read
            .iter()
            .map(|event| match event {
                Event::Delta { delta: super::super::super::stream::Delta::Reasoning(text), .. } => text.len(),
                _ => 0,
            })
            .sum();
        if events(&text).1.is_ok() {
            prop_assert_eq!(told, count("reasoning_content"));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut events: Vec<Event<'static>> = Vec::new();
        let mut decoder = OpenAiChat.stream_decoder(&DecodeContext::default());
        let fed = decoder.feed(&bytes, &mut events);
        if fed.is_ok() {
            let _ = decoder.finish(&mut events);
        }
        let _ = OpenAiChat.decode_request(&Target::default(), &bytes);
        let _ = OpenAiChat.decode_response(&DecodeContext::default(), &bytes);
        let _ = OpenAiChat.decode_fault(StatusCode::BAD_REQUEST, &HeaderMap::new(), &bytes);
    }
}
