use agentgateway_core::{
    ErrorKind,
    json::{members, string},
};
use bytes::BytesMut;
use serde_json::{Value, json};

use super::{
    super::super::{
        AnswerContext, Codec, DecodeContext, Fault, Loss,
        form::{Content, Opaque, Sidecar, StateOwner, StopReason},
        stream::{
            BlockKind, CodecError, Collect, Delta, Event, EventSink, Grammar, Start, StreamEncoder,
        },
    },
    AnthropicMessages, events,
};
use crate::{LlmDialect, LlmUsage};

const START: &str = r#"{"type":"message_start","message":{"id":"m1","model":"c","content":[],"usage":{"input_tokens":43,"output_tokens":1}}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

/// A stream of these events, each named by its type.
fn sse(data: &[&str]) -> String {
    let line = |data: &&str| {
        let [kind] = members(data.as_bytes(), ["type"]).unwrap();
        let kind = kind.and_then(string).unwrap();
        format!("event: {kind}\ndata: {data}\n\n")
    };
    data.iter().map(line).collect()
}

fn checked(stream: &str) -> Vec<Event<'static>> {
    let found = events(stream).unwrap();
    let mut grammar = Grammar::new();
    for event in &found {
        grammar.check(event).unwrap();
    }
    found
}

fn stops(events: &[Event<'static>]) -> Vec<StopReason> {
    let reason = |event: &Event<'static>| match event {
        Event::Stop { reason, .. } => Some(reason.clone()),
        _ => None,
    };
    events.iter().filter_map(reason).collect()
}

/// Padding, comments, pings within blocks, CRLF, names that are missing, a mark of another dialect's.
#[test]
fn what_real_streams_are_like_is_read() {
    let stream = format!(
        ": hello\r\ndata: {START}\r\n\r\nevent: content_block_start\r\n\
        data: {{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{{\"type\":\"text\",\"text\":\"\"}}   }}\r\n\r\n\
        event: ping\r\ndata: {{\"type\": \"ping\"}}\r\n\r\n\
        data: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"a\\u00e9\\n\"}}}}\r\n\r\n\
        event: content_block_stop\r\ndata: {{\"type\":\"content_block_stop\",\"index\":0  }}\r\n\r\n\
        event: some_new_event\r\ndata: {{\"type\":\"some_new_event\"}}\r\n\r\n\
        event: message_delta\r\ndata: {{\"delta\":{{\"stop_reason\":null}},\"usage\":null}}\r\n\r\n\
        event: message_delta\r\ndata: {{\"delta\":{{\"stop_reason\":\"end_turn\"}},\"usage\":{{\"input_tokens\":61,\"output_tokens\":9}}}}\r\n\r\n\
        event: message_stop\r\ndata: {STOP}\r\n\r\ndata: [DONE]\r\n\r\n"
    );
    let found = checked(&stream);
    assert!(found.contains(&Event::Ping));
    assert!(found.contains(&Event::Delta {
        index: 0,
        delta: Delta::Text("aé\n".into())
    }));
    let usage = found.iter().rev().find_map(|event| match event {
        Event::Usage(usage) => Some(*usage),
        _ => None,
    });
    assert_eq!(usage.unwrap().input_tokens(), Some(61));
    assert_eq!(stops(&found), [StopReason::EndTurn]);
}

#[test]
fn a_start_that_comes_twice_is_one_and_another_message_is_refused() {
    checked(&sse(&[START, START, STOP]));
    let other = START.replace("m1", "m2");
    let read = events(&sse(&[START, &other, STOP]));
    assert!(matches!(read, Err(CodecError::Malformed(_))), "{read:?}");
}

#[test]
fn blocks_that_the_message_begins_with_are_told() {
    let start = r#"{"type":"message_start","message":{"id":"m","content":[
        {"type":"code_execution_tool_result","tool_use_id":"s","content":{}},
        {"type":"tool_use","id":"t","name":"f","input":{"a":1},"caller":{"type":"direct"}}],
        "stop_reason":"tool_use","usage":{"input_tokens":0,"output_tokens":0}}}"#;
    let text =
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"x"}}"#;
    let found = checked(&sse(&[&start.replace('\n', " "), text, STOP]));
    let mut collected = Collect::new();
    for event in found {
        collected.event(event).unwrap();
    }
    let choice = collected.finish().unwrap().choices.remove(0);
    assert_eq!(choice.stop, StopReason::ToolUse);
    assert!(
        matches!(&choice.blocks[0].content, Content::Other(own) if &*own.name == "code_execution_tool_result")
    );
    assert!(
        matches!(&choice.blocks[1].content, Content::ToolCall(call) if call.arguments == "{\"a\":1}")
    );
    assert!(matches!(&choice.blocks[2].content, Content::Text(text) if text == "x"));
}

/// The provider's own tools, with input in pieces, and compaction.
#[test]
fn blocks_of_the_dialects_own_are_told_whole() {
    let found = checked(&sse(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","input":{},"name":"web_search"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":" 1}"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"compaction","content":null}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"compaction_delta","content":"short"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"new_delta","n":1}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        STOP,
    ]));
    let own = |name: &str, raw: &str| Sidecar::new(LlmDialect::AnthropicMessages, name, raw);
    let others: Vec<_> = found
        .iter()
        .filter_map(|event| match event {
            Event::BlockStart {
                block: BlockKind::Other(sidecar),
                ..
            }
            | Event::Delta {
                delta: Delta::Other(sidecar),
                ..
            } => Some(sidecar.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(
        others,
        [
            own(
                "server_tool_use",
                r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"q": 1}}"#
            ),
            own("compaction", r#"{"type":"compaction","content":"short"}"#),
            own("new_delta", r#"{"type":"new_delta","n":1}"#),
        ]
    );
}

#[test]
fn calls_are_read_with_their_input_wherever_it_stands() {
    let start = |input: &str| {
        format!(
            r#"{{"type":"content_block_start","index":0,"content_block":{{"type":"tool_use","id":"","name":"f","input":{input}}}}}"#
        )
    };
    let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#;
    for (data, arguments) in [
        (vec![START, &*start("{}"), STOP], ""),
        (vec![START, &*start("{\"a\":1}"), STOP], "{\"a\":1}"),
        (vec![START, &*start("{\"a\":1}"), delta, STOP], "{}"),
    ] {
        let found = checked(&sse(&data));
        let told: String = found
            .iter()
            .filter_map(|event| match event {
                Event::Delta {
                    delta: Delta::Arguments(text),
                    ..
                } => Some(&**text),
                _ => None,
            })
            .collect();
        assert_eq!(told, arguments);
        // Nobody said why it stopped.
        assert_eq!(stops(&found), [StopReason::ToolUse]);
    }
}

#[test]
fn errors_are_faults_and_nothing_follows_them() {
    for (error, kind) in [
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#,
            ErrorKind::Overloaded,
        ),
        (
            r#"{"error":{"type":"server_error","message":"busy"}}"#,
            ErrorKind::BadAnswer,
        ),
        (r#"{"error":"busy"}"#, ErrorKind::BadAnswer),
    ] {
        for named in ["event: error\n", ""] {
            let start = sse(&[START]);
            let found = checked(&format!("{start}{named}data: {error}\n\n{}", sse(&[STOP])));
            let Some(Event::Fault(fault)) = found.last() else {
                panic!("{found:?}");
            };
            assert_eq!((fault.kind, fault.message.as_str()), (kind, "busy"));
        }
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_not_passed_over() {
    let delta =
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#;
    let text =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    let half = delta.replace("\"x\"", "\"\\ud800\"");
    for data in [
        vec![STOP],
        vec![text],
        vec![START, delta],
        vec![
            START,
            text,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"x"}}"#,
        ],
        vec![
            START,
            text,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}"#,
        ],
        vec![START, text, &*half],
        vec![START, r#"{"type":"content_block_start","index":0}"#],
    ] {
        let read = events(&sse(&data));
        assert!(
            matches!(read, Err(CodecError::Malformed(_))),
            "{data:?}: {read:?}"
        );
    }
    let broken = format!(
        "{}event: content_block_delta\ndata: {{\"type\n\n",
        sse(&[START, text])
    );
    assert!(matches!(events(&broken), Err(CodecError::Malformed(_))));
    assert_eq!(
        events(&sse(&[START, text, delta])),
        Err(CodecError::Truncated)
    );
    assert_eq!(events(""), Err(CodecError::Truncated));
}

#[test]
fn held_blocks_are_bounded() {
    let mut decoder = AnthropicMessages.stream_decoder(&DecodeContext::default());
    let mut found: Vec<Event<'static>> = Vec::new();
    let start =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use"}}"#;
    decoder
        .feed(sse(&[START, start]).as_bytes(), &mut found)
        .unwrap();
    let piece = "1".repeat(1 << 20);
    let delta = json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "input_json_delta", "partial_json": piece}})
    .to_string();
    let delta = sse(&[&delta]);
    decoder.feed(delta.as_bytes(), &mut found).unwrap();
    decoder.feed(delta.as_bytes(), &mut found).unwrap();
    let third = decoder.feed(delta.as_bytes(), &mut found);
    assert_eq!(third, Err(CodecError::TooLarge));
}

fn written(events: Vec<Event<'static>>) -> (Vec<Value>, Box<dyn StreamEncoder>) {
    let context = AnswerContext {
        model: "asked".into(),
        seed: "s1".into(),
        ..AnswerContext::default()
    };
    let mut encoder = AnthropicMessages.stream_encoder(&context);
    let mut out = BytesMut::new();
    for event in events {
        encoder.encode(&event, &mut out).unwrap();
    }
    let text = std::str::from_utf8(&out).unwrap();
    let mut values = Vec::new();
    for event in text.split_terminator("\n\n") {
        let (name, data) = event.split_once('\n').unwrap();
        let value: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: "), value["type"].as_str());
        values.push(value);
    }
    (values, encoder)
}

fn begin(index: u32, block: BlockKind<'static>) -> Event<'static> {
    Event::BlockStart {
        index,
        choice: 0,
        block,
    }
}

fn piece(index: u32, delta: Delta<'static>) -> Event<'static> {
    Event::Delta { index, delta }
}

#[test]
fn a_stream_of_another_dialect_is_written_with_its_whole_life() {
    let usage = LlmUsage {
        input_uncached_tokens: Some(5),
        cache_read_tokens: Some(2),
        output_text_tokens: Some(3),
        output_reasoning_tokens: Some(4),
        ..LlmUsage::default()
    };
    let reasoning = BlockKind::Reasoning {
        id: Some("rs_1".into()),
        redacted: None,
    };
    let call = BlockKind::ToolCall {
        id: "c1".into(),
        name: "f".into(),
        is_custom: false,
        state: Some(Opaque::new(StateOwner::Gemini, "g")),
    };
    let foreign = Sidecar::new(LlmDialect::OpenAiResponses, "item", "{\n}");
    let (values, encoder) = written(vec![
        Event::Start(Start::default()),
        begin(0, reasoning),
        piece(0, Delta::Reasoning("hm".into())),
        piece(0, Delta::State(Opaque::new(StateOwner::OpenAi, "enc"))),
        Event::BlockStop { index: 0 },
        begin(1, BlockKind::Other(foreign.clone())),
        piece(1, Delta::Other(foreign)),
        Event::BlockStop { index: 1 },
        begin(2, call),
        piece(2, Delta::Arguments("{\"a\"".into())),
        Event::Ping,
        piece(2, Delta::Arguments(":1}".into())),
        Event::BlockStop { index: 2 },
        Event::Stop {
            choice: 0,
            reason: StopReason::ToolUse,
        },
        Event::Usage(usage),
        Event::End,
    ]);
    assert_eq!(
        encoder.losses().iter().collect::<Vec<_>>(),
        [Loss::UnknownBlock]
    );
    assert_eq!(
        Value::from(values),
        json!([
            {"type": "message_start", "message": {"id": "msg_s1", "type": "message", "role": "assistant",
                "model": "asked", "content": [], "stop_reason": null, "stop_sequence": null,
                "usage": {"input_tokens": 0, "output_tokens": 0}}},
            {"type": "content_block_start", "index": 0,
                "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
            {"type": "content_block_delta", "index": 0,
                "delta": {"type": "signature_delta", "signature": "agw1.openai.enc"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1,
                "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
            {"type": "content_block_delta", "index": 1,
                "delta": {"type": "signature_delta", "signature": "agw1.gemini.g"}},
            {"type": "content_block_stop", "index": 1},
            {"type": "content_block_start", "index": 2,
                "content_block": {"type": "tool_use", "id": "c1", "name": "f", "input": {}}},
            {"type": "content_block_delta", "index": 2,
                "delta": {"type": "input_json_delta", "partial_json": "{\"a\""}},
            {"type": "ping"},
            {"type": "content_block_delta", "index": 2,
                "delta": {"type": "input_json_delta", "partial_json": ":1}"}},
            {"type": "content_block_stop", "index": 2},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null},
                "usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 7,
                    "output_tokens_details": {"thinking_tokens": 4}}},
            {"type": "message_stop"}])
    );
}

#[test]
fn usage_that_is_known_at_once_stands_in_the_start() {
    let usage = LlmUsage {
        input_uncached_tokens: Some(5),
        output_text_tokens: Some(1),
        ..LlmUsage::default()
    };
    let (values, _) = written(vec![
        Event::Start(Start {
            id: "m".into(),
            model: "x".into(),
            created: None,
        }),
        Event::Usage(usage),
        begin(0, BlockKind::Text),
    ]);
    assert_eq!(values[0]["message"]["usage"]["input_tokens"], 5);
    assert_eq!(values[0]["message"]["model"], "x");
}

#[test]
fn refusals_and_other_choices_are_told_as_far_as_they_can_be() {
    let stop = |choice| Event::Stop {
        choice,
        reason: StopReason::EndTurn,
    };
    let (values, encoder) = written(vec![
        Event::Start(Start::default()),
        begin(0, BlockKind::Refusal),
        Event::BlockStart {
            index: 1,
            choice: 1,
            block: BlockKind::Text,
        },
        piece(1, Delta::Text("other".into())),
        piece(0, Delta::Text("no\n\"".into())),
        Event::BlockStop { index: 1 },
        Event::BlockStop { index: 0 },
        stop(1),
        stop(0),
        Event::End,
    ]);
    let losses = encoder.losses();
    assert!(losses.has(Loss::Choices) && losses.has(Loss::Refusal));
    assert_eq!(values[2]["delta"]["text"], "no\n\"");
    assert_eq!(values[4]["delta"]["stop_reason"], "refusal");
    assert_eq!(values.len(), 6);
}

#[test]
fn an_error_ends_a_stream_without_its_end_marker() {
    let fault = Fault::new(ErrorKind::Overloaded, "busy");
    let (values, mut encoder) = written(vec![
        Event::Start(Start::default()),
        begin(0, BlockKind::Text),
        Event::Fault(fault.clone()),
    ]);
    assert_eq!(
        values.last().unwrap(),
        &json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})
    );
    let mut out = BytesMut::new();
    encoder.fail(&fault, &mut out);
    assert!(out.starts_with(b"event: error\ndata: {\"type\":\"error\""));
    let lost = encoder.encode(&Event::BlockStop { index: 9 }, &mut out);
    lost.unwrap_err();
}
