use agentgateway_core::ErrorKind;

use super::{
    super::super::{
        form::{Block, Content, Opaque, Reasoning, StateOwner, StopReason, ToolCall},
        stream::Delta,
    },
    *,
};

fn blocks(deltas: &[&str]) -> Vec<Block> {
    collected(&stream(deltas)).choices.remove(0).blocks
}

fn thought(text: &str, state: Option<(StateOwner, &str)>) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        text: text.into(),
        state: state.map(|(owner, data)| Opaque::new(owner, data.to_owned())),
        ..Reasoning::default()
    }))
}

fn call(id: &str, name: &str, arguments: &str) -> Block {
    Block::new(Content::ToolCall(ToolCall::new(id, name, arguments)))
}

#[test]
fn deltas_become_blocks() {
    let cases: &[(&[&str], Vec<Block>)] = &[
        (
            &[
                r#"{"role":"assistant","content":""}"#,
                r#"{"content":"a"}"#,
                r#"{"content":"\n\"b"}"#,
            ],
            vec![Block::text("a\n\"b")],
        ),
        (&[r#"{"role":"assistant","content":null}"#], vec![]),
        (
            &[
                r#"{"reasoning_content":"h","content":null}"#,
                r#"{"reasoning_content":"m","content":""}"#,
                r#"{"content":"x","reasoning_content":null}"#,
            ],
            vec![thought("hm", None), Block::text("x")],
        ),
        (
            &[
                r#"{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","index":0}]}"#,
                r#"{"reasoning_details":[{"type":"reasoning.text","signature":"s","index":0}]}"#,
                r#"{"content":"x"}"#,
            ],
            vec![
                thought("hm", Some((StateOwner::Other, "s"))),
                Block::text("x"),
            ],
        ),
        (
            &[
                r#"{"reasoning_details":[{"type":"reasoning.text","text":"a","signature":"agw1.anthropic.s"}]}"#,
                r#"{"reasoning_details":[{"type":"reasoning.text","text":"b"}]}"#,
            ],
            vec![
                thought("a", Some((StateOwner::Anthropic, "s"))),
                thought("b", None),
            ],
        ),
        (
            &[
                r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
                r#"{"content":[{"type":"text","text":"x"}]}"#,
            ],
            vec![thought("hm", None), Block::text("x")],
        ),
        (
            &[r#"{"refusal":"n"}"#, r#"{"refusal":"o"}"#],
            vec![Block::new(Content::Refusal("no".into()))],
        ),
        (
            &[
                r#"{"function_call":{"name":"f","arguments":""}}"#,
                r#"{"function_call":{"arguments":"{}"}}"#,
            ],
            vec![call("call_c1_0", "f", "{}")],
        ),
    ];
    for (deltas, expected) in cases {
        assert_eq!(&blocks(deltas), expected, "{deltas:?}");
    }
}

#[test]
fn calls_are_told_apart_however_they_are_numbered() {
    let two = || vec![call("a", "f", "{\"x\":1}"), call("b", "g", "{}")];
    for deltas in [
        // As OpenAI does.
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]}"#,
        ][..],
        // In turns.
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}},{"index":1,"id":"b","function":{"name":"g"}}]}"#,
            r#"{"tool_calls":[{"index":1,"function":{"arguments":"{"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}"#,
            r#"{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#,
        ],
        // All of one index, or of none.
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
        ],
        &[
            r#"{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x":1}}},{"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
        ],
        // The id each time; white space behind the end.
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}"#,
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"\n"}}]}"#,
        ],
        // The name late.
        &[
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{\"x\":"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"1}"}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#,
        ],
    ] {
        let response = collected(&stream(deltas));
        assert_eq!(response.choices[0].blocks, two(), "{deltas:?}");
        assert_eq!(response.choices[0].stop, StopReason::ToolUse);
    }
    let none = [
        r#"{"tool_calls":[{"function":{"name":"f","arguments":"{\"x\":1}"}}]}"#,
        r#"{"tool_calls":[{"function":{"name":"g","arguments":""}}]}"#,
    ];
    let expected = [
        call("call_c1_0", "f", "{\"x\":1}"),
        call("call_c1_1", "g", ""),
    ];
    assert_eq!(blocks(&none), expected);
}

#[test]
fn text_within_a_call_waits_for_its_end() {
    let deltas = [
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}"#,
        r#"{"content":"x"}"#,
        r#"{"content":"y"}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}"#,
        r#"{"content":"z"}"#,
    ];
    assert_eq!(blocks(&deltas), [call("a", "f", "{}"), Block::text("xyz")]);
}

#[test]
fn what_waits_is_bounded() {
    let mut text = stream(&[
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}"#,
    ]);
    let long = format!(
        r#"{{"index":0,"delta":{{"content":"{}"}}}}"#,
        "x".repeat(1 << 20)
    );
    text.insert_str(text.rfind("data: {").unwrap(), &chunk(&long).repeat(3));
    assert_eq!(events(&text).1, Err(CodecError::TooLarge));
}

#[test]
fn a_signature_of_a_call_is_its_state() {
    let delta = r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"},
        "extra_content":{"google":{"thought_signature":"c2ln"}}}]}"#;
    let blocks = blocks(&[&delta.replace('\n', "")]);
    let Content::ToolCall(call) = &blocks[0].content else {
        panic!("{blocks:?}")
    };
    assert_eq!(call.state, Some(Opaque::new(StateOwner::Gemini, "c2ln")));
}

#[test]
fn choices_are_told_apart() {
    let mut text = String::new();
    for (index, word) in [(1, "b"), (0, "a"), (1, "B"), (0, "A")] {
        text += &chunk(&format!(
            r#"{{"index":{index},"delta":{{"content":"{word}"}}}}"#
        ));
    }
    text += &chunk(r#"{"index":1,"delta":{},"finish_reason":"length"}"#);
    text += &chunk(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#);
    text += "data: [DONE]\n\n";
    let response = collected(&text);
    assert_eq!(response.choices[0].blocks, [Block::text("aA")]);
    assert_eq!(response.choices[1].blocks, [Block::text("bB")]);
    assert_eq!(response.choices[1].stop, StopReason::MaxTokens);
}

/// Fault L04: an error within a stream is a fault, and what follows it changes nothing.
#[test]
fn errors_within_a_stream_are_faults() {
    let begun = chunk(r#"{"index":0,"delta":{"content":"a"}}"#);
    for (error, kind, message) in [
        (
            r#"data: {"error":{"message":"m","type":"server_error","code":null}}"#,
            ErrorKind::BadAnswer,
            "m",
        ),
        (
            "event: error\ndata: {\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\",\"code\":\"tool_use_failed\",\"status_code\":400}}",
            ErrorKind::InvalidRequest,
            "m",
        ),
        (
            r#"data: {"error":{"message":"m","code":400}}"#,
            ErrorKind::InvalidRequest,
            "m",
        ),
        (
            "event: error\ndata: it broke",
            ErrorKind::BadAnswer,
            "it broke",
        ),
        (
            "event: error\ndata: {\"message\":\"m\",\"code\":429}",
            ErrorKind::RateLimited,
            "m",
        ),
        (
            r#"data: {"object":"error","message":"m","code":404}"#,
            ErrorKind::NotFound,
            "m",
        ),
        (
            r#"data: {"id":"c1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"m"}}"#,
            ErrorKind::BadAnswer,
            "m",
        ),
        (
            r#"data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":503,"message":"m"}}]}"#,
            ErrorKind::Overloaded,
            "m",
        ),
    ] {
        for before in ["", &begun] {
            let text = format!("{before}{error}\n\ndata: [DONE]\n\n");
            let (events, ended) = events(&text);
            assert_eq!(ended, Ok(()), "{error}");
            let Some(Event::Fault(fault)) = events.last() else {
                panic!("{error}: {events:?}")
            };
            assert_eq!(
                (fault.kind, fault.message.as_str()),
                (kind, message),
                "{error}"
            );
            assert!(!events.contains(&Event::End));
        }
    }
}

#[test]
fn odd_streams_are_read() {
    let usage = r#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#;
    // Azure's first chunk, comments, CRLF, padding, a stop that comes twice, and content behind it.
    let text = [
        ": OPENROUTER PROCESSING",
        r#"data: {"id":"","created":0,"model":"","choices":[],"prompt_filter_results":[]}"#,
        r#"data: {"id":"c1","model":"m","created":7,"usage":null,"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}],"obfuscation":"x"}   "#,
        "data:",
        r#"data:{"id":"c1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}]}"#,
        r#"data: {"id":"c1","choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"length"}]}"#,
        &format!("data: {{\"id\":\"c1\",\"choices\":[],{usage}}}"),
        "data: [DONE]",
    ]
    .join("\r\n\r\n");
    let response = collected(&text);
    assert_eq!((response.id.as_str(), response.model.as_str()), ("c1", "m"));
    let words: String = response.choices[0]
        .blocks
        .iter()
        .filter_map(|block| match &block.content {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(words, "ab");
    assert_eq!(response.choices[0].stop, StopReason::MaxTokens);
    assert_eq!(response.usage.total_tokens, Some(5));
}

#[test]
fn what_cannot_be_read_fails() {
    for data in [
        "{",
        "[]",
        "plain",
        r#"{"choices":{}}"#,
        r#"{"choices":[1]}"#,
        r#"{"choices":[{"index":128,"delta":{}}]}"#,
        r#"{"choices":[{"delta":{"content":1}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":{"a":1}}}]}"#,
        "[DONE]",
    ] {
        let (events, ended) = events(&format!("data: {data}\n\n"));
        assert!(
            matches!(ended, Err(CodecError::Malformed(_))),
            "{data}: {ended:?}"
        );
        assert!(!events.contains(&Event::End), "{data}");
    }
    let nameless =
        stream(&[r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}]}"#]);
    assert!(matches!(events(&nameless).1, Err(CodecError::Malformed(_))));
}

#[test]
fn a_stream_without_its_marker_is_truncated() {
    for text in [
        "",
        ": ping\n\n",
        &chunk(r#"{"index":0,"delta":{},"finish_reason":"stop"}"#),
    ] {
        assert_eq!(events(text).1, Err(CodecError::Truncated), "{text}");
    }
    let whole = stream(&[r#"{"content":"a"}"#]);
    // The marker's own blank line may be missing.
    assert_eq!(events(whole.trim_end()).1, Ok(()));
}

#[test]
fn a_delta_of_text_borrows_from_its_chunk() {
    let mut decoder = OpenAiChat.stream_decoder(&DecodeContext::default());
    let mut borrowed = 0;
    let text = chunk(r#"{"index":0,"delta":{"content":"plain"}}"#);
    let mut sink = |event: Event<'_>| {
        let is_borrowed = matches!(
            event,
            Event::Delta {
                delta: Delta::Text(std::borrow::Cow::Borrowed("plain")),
                ..
            }
        );
        borrowed += usize::from(is_borrowed);
        Ok(())
    };
    decoder.feed(text.as_bytes(), &mut sink).unwrap();
    assert_eq!(borrowed, 1);
}

#[test]
fn sound_is_a_block_of_its_own_and_the_input_of_custom_calls_is_text() {
    let answer = collected(&stream(&[
        r#"{"audio":{"id":"a","data":"AA"}}"#,
        r#"{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"sh","input":""}}]}"#,
        r#"{"tool_calls":[{"index":0,"custom":{"input":"{} ls"}}]}"#,
        r#"{"tool_calls":[{"index":0,"custom":{"input":" -l"}}]}"#,
        r#"{"tool_calls":[{"index":1,"id":"d","function":{"name":"f","arguments":"{}"}}]}"#,
    ]));
    let blocks = &answer.choices[0].blocks;
    let Content::Other(sound) = &blocks[0].content else {
        panic!("{blocks:?}")
    };
    assert_eq!(&*sound.name, "audio");
    let call = ToolCall {
        is_custom: true,
        ..ToolCall::new("c", "sh", "{} ls -l")
    };
    assert_eq!(blocks[1].content, Content::ToolCall(call));
    let function = ToolCall::new("d", "f", "{}");
    assert_eq!(blocks[2].content, Content::ToolCall(function));
}
