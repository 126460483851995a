use agentgateway_core::ErrorKind;
use bytes::BytesMut;
use proptest::prelude::*;

use super::{
    super::super::{
        codec::{Codec, DecodeContext},
        fault::Fault,
        form::{
            Block, Choice, Content, Opaque, Reasoning, Response, Sidecar, StateOwner, StopReason,
            ToolCall,
        },
        loss::Loss,
        stream::{CodecError, Event, Start},
    },
    super::Gemini,
    support::{chunks, collected, context, events, sse, streamed, value},
};
use crate::{LlmDialect, LlmUsage};

const STREAM: [&str; 6] = [
    r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":15,"totalTokenCount":15},"modelVersion":"g","responseId":"r"}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"Hel","thoughtSignature":"c2ln"}]}}]}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"lo \u00e9\n"}]}}]}"#,
    r#"{"candidates":[{"content":{"parts":[{"function_call":{"name":"f","args":{"a": [1]}},"thought_signature":"Y2Fs"},{"functionCall":{"name":"f","id":"x"}}]}}]}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP","groundingMetadata":{}}]}"#,
    r#"{"usageMetadata":{"promptTokenCount":13,"candidatesTokenCount":8,"thoughtsTokenCount":2,"totalTokenCount":23}}"#,
];

fn expected() -> Response {
    let thought = Reasoning {
        text: "hm".into(),
        state: Some(Opaque::new(StateOwner::Gemini, "c2ln")),
        ..Reasoning::default()
    };
    let mut first = ToolCall::new("call_r_0", "f", r#"{"a": [1]}"#);
    first.state = Some(Opaque::new(StateOwner::Gemini, "Y2Fs"));
    Response {
        id: "r".into(),
        model: "g".into(),
        choices: vec![Choice {
            blocks: vec![
                Block::new(Content::Reasoning(thought)),
                Block::text("Hello é\n"),
                Block::new(Content::ToolCall(first)),
                Block::new(Content::ToolCall(ToolCall::new("x", "f", "{}"))),
            ],
            stop: StopReason::ToolUse,
            sidecars: Vec::new(),
        }],
        usage: LlmUsage {
            input_uncached_tokens: Some(13),
            output_text_tokens: Some(8),
            output_reasoning_tokens: Some(2),
            total_tokens: Some(23),
            ..LlmUsage::default()
        },
        ..Response::default()
    }
}

#[test]
fn both_forms_of_a_stream_are_read_however_they_are_cut() {
    let array = format!(" [{}\n]\n", STREAM.join("\n,\r\n"));
    let objects = STREAM.join("\n");
    for body in [sse(&STREAM), array, objects] {
        for longest in [1, 2, 3, 7, 64, body.len()] {
            let (events, ended) = events(body.as_bytes(), longest);
            assert_eq!(ended, Ok(()));
            assert_eq!(collected(events), expected());
        }
    }
}

#[test]
fn both_forms_of_a_stream_are_written_and_read_again() {
    for as_array in [false, true] {
        let (stream, losses) = streamed(&expected(), as_array);
        assert!(losses.is_empty(), "{losses}");
        let (events, ended) = events(&stream, 5);
        assert_eq!(ended, Ok(()));
        assert_eq!(collected(events), expected());
        if as_array {
            value(std::str::from_utf8(&stream).unwrap());
        }
    }
}

#[test]
fn each_chunk_is_an_answer_and_the_last_one_says_why_it_ended() {
    let (stream, _) = streamed(&expected(), false);
    let chunks = chunks(&stream);
    for chunk in &chunks {
        assert_eq!(
            (&chunk["modelVersion"], &chunk["responseId"]),
            (&"g".into(), &"r".into())
        );
        // The official client of Python forgets an answer with a chunk without a part.
        assert!(chunk["candidates"][0]["content"]["parts"][0].is_object());
    }
    assert_eq!(
        chunks[1]["candidates"][0]["content"]["parts"],
        value(r#"[{"text":"Hello é\n","thoughtSignature":"c2ln"}]"#)
    );
    let (last, rest) = chunks.split_last().unwrap();
    assert_eq!(last["candidates"][0]["finishReason"], "STOP");
    assert_eq!(last["usageMetadata"]["totalTokenCount"], 23);
    assert!(
        rest.iter()
            .all(|chunk| chunk["candidates"][0]["finishReason"].is_null())
    );
}

#[test]
fn a_stream_without_its_end_is_cut_off() {
    for kept in 0..4 {
        let (events, ended) = events(sse(&STREAM[..kept]).as_bytes(), 9);
        assert_eq!(ended, Err(CodecError::Truncated), "{kept}");
        assert!(!events.contains(&Event::End));
    }
    let array = format!("[{}", STREAM.join(","));
    assert_eq!(events(array.as_bytes(), 9).1, Err(CodecError::Truncated));
    let open = r#"{"candidates":[{"index":0,"finishReason":"STOP"},{"index":1}]}"#;
    assert_eq!(
        events(sse(&[open]).as_bytes(), 9).1,
        Err(CodecError::Truncated)
    );
    // The last event lacks its blank line, or more.
    let whole = sse(&STREAM);
    assert_eq!(events(whole.trim_end().as_bytes(), 9).1, Ok(()));
    let torn = sse(&STREAM[..5]);
    let torn = &torn[..torn.len() - 30];
    assert_eq!(events(torn.as_bytes(), 9).1, Err(CodecError::Truncated));
}

#[test]
fn reasons_count_when_the_body_ends() {
    // Some models tell one with every chunk.
    let told = [
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS"}]}"#,
    ];
    let found = collected(events(sse(&told).as_bytes(), 9).0);
    assert_eq!(found.choices[0].blocks, [Block::text("ab")]);
    assert_eq!(found.choices[0].stop, StopReason::MaxTokens);
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#;
    let found = collected(events(sse(&[blocked]).as_bytes(), 9).0);
    assert_eq!(
        found.choices[0].stop,
        StopReason::Filtered(Some("SAFETY".into()))
    );
}

#[test]
fn candidates_are_told_apart() {
    let told = [
        r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]}},{"index":0,"content":{"parts":[{"text":"a"}]}}]}"#,
        r#"{"candidates":[{"index":0,"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"b"}]},"finishReason":"SAFETY"}]}"#,
    ];
    let found = collected(events(sse(&told).as_bytes(), 11).0);
    assert_eq!(found.choices[0].blocks, [Block::text("aa")]);
    assert_eq!(found.choices[1].blocks, [Block::text("bb")]);
    let (stream, _) = streamed(&found, true);
    let again = collected(events(&stream, 11).0);
    assert_eq!(again.choices, found.choices);
}

#[test]
fn calls_in_pieces_are_put_together() {
    let told = [
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","id":"i","willContinue":true},"thoughtSignature":"c2ln"}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"x","willContinue":true}],"willContinue":true}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"y"}],"willContinue":true}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"z"}]},"finishReason":"STOP"}]}"#,
    ];
    let mut call = ToolCall::new("i", "f", r#"{"a":"xy"}"#);
    call.state = Some(Opaque::new(StateOwner::Gemini, "c2ln"));
    for left_out in [None, Some(3)] {
        let told = told
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != left_out);
        let told: Vec<&str> = told.map(|(_, chunk)| *chunk).collect();
        let found = collected(events(sse(&told).as_bytes(), 9).0);
        let blocks = [
            Block::new(Content::ToolCall(call.clone())),
            Block::text("z"),
        ];
        assert_eq!(found.choices[0].blocks, blocks);
    }
}

#[test]
fn notes_of_a_candidate_go_to_the_block_that_is_open() {
    let told = [
        r#"{"candidates":[{"content":{"parts":[{"text":"a","partMetadata":{"k":1}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}]},"finishReason":"STOP","groundingMetadata":{"x":1}}]}"#,
    ];
    let found = collected(events(sse(&told).as_bytes(), 9).0);
    let note = |name, raw| Sidecar::new(LlmDialect::Gemini, name, raw);
    assert_eq!(
        found.choices[0].blocks[0].sidecars,
        [
            note("partMetadata", r#"{"k":1}"#),
            note("candidates.groundingMetadata", r#"{"x":1}"#)
        ]
    );
    let (body, _) = super::support::answered(&found);
    assert_eq!(
        body["candidates"][0]["groundingMetadata"],
        value(r#"{"x":1}"#)
    );
}

#[test]
fn an_error_ends_a_stream_in_every_shape() {
    let error = r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#;
    let first = STREAM[0];
    for (body, starts) in [
        (sse(&[first, error]), 1),
        (sse(&[error, first]), 0),
        (sse(&[&format!("[{error}]")]), 0),
        (format!("[{first},{error}]"), 1),
        (error.to_owned(), 0),
    ] {
        let (events, ended) = events(body.as_bytes(), 9);
        assert_eq!(ended, Ok(()));
        let found = events
            .iter()
            .filter(|event| matches!(event, Event::Start(_)));
        assert_eq!(found.count(), starts);
        let Some(Event::Fault(fault)) = events.last() else {
            panic!("{events:?}");
        };
        assert_eq!(fault.kind, ErrorKind::Overloaded);
        assert_eq!(fault.status.map(|status| status.as_u16()), Some(503));
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for data in [
        "{",
        "7",
        r#"{"candidates":{}}"#,
        r#"{"candidates":[{"index":"a"}]}"#,
        r#"{"candidates":[{"index":128}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":7}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":[]}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"a","thoughtSignature":1}]}}]}"#,
    ] {
        let (_, ended) = events(sse(&[data]).as_bytes(), 9);
        assert!(
            matches!(ended, Err(CodecError::Malformed(_))),
            "{data}: {ended:?}"
        );
    }
}

#[test]
fn failing_writes_the_error_and_no_end() {
    let fault = Fault::new(ErrorKind::Timeout, "late");
    for as_array in [false, true] {
        let mut context = context();
        context.as_array = as_array;
        let mut encoder = Gemini.stream_encoder(&context);
        let mut out = BytesMut::new();
        encoder
            .encode(&Event::Start(Start::default()), &mut out)
            .unwrap();
        encoder.fail(&fault, &mut out);
        let told = r#"{"error":{"code":504,"message":"late","status":"DEADLINE_EXCEEDED"}}"#;
        let expected = if as_array {
            format!("[{told}]")
        } else {
            format!("data: {told}\n\n")
        };
        assert_eq!(out, expected.as_bytes());
        assert!(encoder.encode(&Event::End, &mut out).is_err());
        let (events, _) = events(&out, 4);
        assert!(matches!(events.as_slice(), [Event::Fault(_)]));
    }
}

#[test]
fn a_call_that_is_none_is_told_at_the_end() {
    let mut found = expected();
    found.choices[0].blocks = vec![Block::new(Content::ToolCall(ToolCall::new(
        "i", "f", "nope",
    )))];
    let (stream, losses) = streamed(&found, false);
    let chunks = chunks(&stream);
    assert_eq!(chunks.len(), 1);
    let candidate = &chunks[0]["candidates"][0];
    assert_eq!(candidate["finishReason"], "MALFORMED_FUNCTION_CALL");
    assert_eq!(
        candidate["finishMessage"],
        "Malformed function call: f(nope)"
    );
    assert!(losses.has(Loss::ToolArguments));
}

proptest! {
    #[test]
    fn no_bytes_panic_and_no_events_break_the_grammar(bytes: Vec<u8>, longest in 1_usize..40) {
        let _ = events(&bytes, longest);
        let mut array = b"[{\"candidates\":[".to_vec();
        array.extend(&bytes);
        let _ = events(&array, longest);
    }

    #[test]
    fn streams_that_were_tampered_with_do_no_harm(
        at in 0_usize..2000, with in "[\\[\\]{},:\"a0\\\\\n ]{0,3}", gone in 0_usize..40, array: bool,
    ) {
        let body = if array { format!("[{}]", STREAM.join(",")) } else { sse(&STREAM) };
        let at = at % body.len();
        let end = (at + gone).min(body.len());
        if body.is_char_boundary(at) && body.is_char_boundary(end) {
            let body = format!("{}{with}{}", &body[..at], &body[end..]);
            let (whole, result) = events(body.as_bytes(), body.len().max(1));
            let (cut, cut_result) = events(body.as_bytes(), 3);
            prop_assert_eq!(whole, cut);
            prop_assert_eq!(result.is_ok(), cut_result.is_ok());
        }
    }
}

/// Found by fuzzing: of two candidates only the second has come.
#[test]
fn a_candidate_that_never_came_is_missed() {
    let data = br#"data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","index":1}]}"#;
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut decoder = Gemini.stream_decoder(&DecodeContext::default());
    decoder
        .feed(&[&data[..], b"\n\n"].concat(), &mut events)
        .unwrap();
    assert_eq!(decoder.finish(&mut events), Err(CodecError::Truncated));
}
