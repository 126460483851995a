use agentgateway_core::ErrorKind;
use serde_json::json;

use super::{
    super::super::{
        Fault, Loss,
        form::{Opaque, Sidecar, StateOwner, StopReason},
        stream::{BlockKind, Delta, Start},
    },
    *,
};
use crate::{LlmDialect, LlmUsage};

fn start() -> Event<'static> {
    Event::Start(Start {
        id: "c1".into(),
        model: "m".into(),
        created: Some(7),
    })
}

fn begin(index: u32, block: BlockKind<'static>) -> Event<'static> {
    Event::BlockStart {
        index,
        choice: 0,
        block,
    }
}

fn delta(index: u32, delta: Delta<'static>) -> Event<'static> {
    Event::Delta { index, delta }
}

fn stop(reason: StopReason) -> Event<'static> {
    Event::Stop { choice: 0, reason }
}

fn reasoning() -> BlockKind<'static> {
    BlockKind::Reasoning {
        id: None,
        redacted: None,
    }
}

fn call(id: &'static str) -> BlockKind<'static> {
    BlockKind::ToolCall {
        id: id.into(),
        name: "f".into(),
        is_custom: false,
        state: None,
    }
}

#[test]
fn a_stream_is_written_with_all_that_clients_rely_on() {
    let signed = Opaque::new(StateOwner::Anthropic, "s");
    let events = [
        start(),
        begin(0, reasoning()),
        delta(0, Delta::Reasoning("h".into())),
        delta(0, Delta::Reasoning("m".into())),
        delta(0, Delta::State(signed)),
        Event::BlockStop { index: 0 },
        begin(1, BlockKind::Text),
        Event::Ping,
        delta(1, Delta::Text("a\n".into())),
        Event::BlockStop { index: 1 },
        begin(2, call("x")),
        delta(2, Delta::Arguments("{}".into())),
        Event::BlockStop { index: 2 },
        begin(3, call("y")),
        Event::BlockStop { index: 3 },
        Event::Usage(LlmUsage {
            input_uncached_tokens: Some(1),
            output_text_tokens: Some(2),
            ..LlmUsage::default()
        }),
        stop(StopReason::ToolUse),
        Event::End,
    ];
    let (text, losses) = streamed(&events);
    assert!(losses.is_empty(), "{losses}");
    assert!(text.contains(": ping\n\n"));
    assert!(text.ends_with("data: [DONE]\n\n"));
    let chunks = chunks(&text);
    for chunk in &chunks {
        assert_eq!(chunk["id"], "c1");
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(chunk["created"], 7);
        assert_eq!(chunk["model"], "m");
    }
    let (usage, rest) = chunks.split_last().unwrap();
    assert_eq!(usage["choices"], json!([]));
    let counts = json!({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3});
    assert_eq!(usage["usage"], counts);
    let (end, rest) = rest.split_last().unwrap();
    assert_eq!(
        end["choices"],
        json!([{"index": 0, "delta": {}, "finish_reason": "tool_calls"}])
    );
    let deltas: Vec<_> = rest
        .iter()
        .map(|chunk| {
            let choice = &chunk["choices"][0];
            assert_eq!(
                (&choice["index"], &choice["finish_reason"]),
                (&json!(0), &json!(null))
            );
            choice["delta"].clone()
        })
        .collect();
    let fragment = |call: Value| json!({"tool_calls": [call]});
    let begun = |index: u32, id: &str| {
        fragment(json!({"index": index, "id": id, "type": "function",
            "function": {"name": "f", "arguments": ""}}))
    };
    let arguments = |index: u32| fragment(json!({"index": index, "function": {"arguments": "{}"}}));
    let expected = [
        json!({"role": "assistant", "content": "", "refusal": null}),
        json!({"reasoning_content": "h"}),
        json!({"reasoning_content": "m"}),
        json!({"reasoning_details": [{"type": "reasoning.text", "text": "hm",
            "signature": "agw1.anthropic.s", "index": 0}]}),
        json!({"content": "a\n"}),
        begun(0, "x"),
        arguments(0),
        begun(1, "y"),
        // A client reads them as JSON.
        arguments(1),
    ];
    assert_eq!(deltas, expected);
}

#[test]
fn a_stream_that_is_written_is_read_as_the_same() {
    let hidden = BlockKind::Reasoning {
        id: Some("rs".into()),
        redacted: Some(Opaque::new(StateOwner::OpenAi, "d")),
    };
    let signed = |data: &'static str| Delta::State(Opaque::new(StateOwner::Anthropic, data));
    let mut made = vec![
        start(),
        begin(0, reasoning()),
        delta(0, Delta::Reasoning("a".into())),
        delta(0, signed("s")),
        Event::BlockStop { index: 0 },
        begin(1, reasoning()),
        delta(1, Delta::Reasoning("b".into())),
        delta(1, signed("t")),
        Event::BlockStop { index: 1 },
        begin(2, hidden),
        Event::BlockStop { index: 2 },
        begin(3, BlockKind::Text),
        delta(3, Delta::Text("x".into())),
        Event::BlockStop { index: 3 },
        begin(
            4,
            BlockKind::ToolCall {
                id: "c".into(),
                name: "f".into(),
                is_custom: false,
                state: Some(Opaque::new(StateOwner::Gemini, "g")),
            },
        ),
        delta(4, Delta::Arguments("{}".into())),
        Event::BlockStop { index: 4 },
        stop(StopReason::ToolUse),
        Event::End,
    ];
    let (text, losses) = streamed(&made);
    assert!(losses.is_empty(), "{losses}");
    let (read, ended) = events(&text);
    ended.unwrap();
    assert_eq!(read, made);

    // The same as a whole answer.
    let mut collected = Collect::new();
    for event in made.drain(..) {
        collected.event(event).unwrap();
    }
    let response = collected.finish().unwrap();
    let (body, _) = written(&response);
    assert_eq!(answer_of(&body.to_string()), response);
}

#[test]
fn a_failure_is_an_error_event_without_the_end_marker() {
    let mut encoder = OpenAiChat.stream_encoder(&context());
    let mut out = BytesMut::new();
    encoder.encode(&start(), &mut out).unwrap();
    out.clear();
    let mut fault = Fault::new(ErrorKind::Overloaded, "busy");
    fault.type_name = Some("overloaded_error".into());
    encoder.fail(&fault, &mut out);
    let text = String::from_utf8(out.to_vec()).unwrap();
    let expected = "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"param\":null,\
        \"code\":\"overloaded_error\"}}\n\n";
    assert_eq!(text, expected);
}

#[test]
fn what_was_not_told_comes_from_the_context() {
    let events = [
        Event::Start(Start::default()),
        stop(StopReason::EndTurn),
        Event::End,
    ];
    let (text, _) = streamed(&events);
    let chunks = chunks(&text);
    assert_eq!(chunks[0]["id"], "chatcmpl-seed");
    assert_eq!(chunks[0]["model"], "asked");
    assert_eq!(chunks[0]["created"], 5);
    // Usage that nobody knows is not told.
    assert_eq!(chunks.len(), 2);
}

#[test]
fn each_choice_begins_with_its_role() {
    let of = |index, choice| Event::BlockStart {
        index,
        choice,
        block: BlockKind::Text,
    };
    let events = [
        start(),
        of(0, 1),
        delta(0, Delta::Text("b".into())),
        Event::BlockStop { index: 0 },
        Event::Stop {
            choice: 1,
            reason: StopReason::EndTurn,
        },
        stop(StopReason::MaxTokens),
        Event::End,
    ];
    let (text, _) = streamed(&events);
    let seen: Vec<_> = chunks(&text)
        .iter()
        .map(|chunk| {
            let choice = &chunk["choices"][0];
            (
                choice["index"].as_u64().unwrap(),
                choice["delta"]["role"].is_string(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [(0, true), (1, true), (1, false), (1, false), (0, false)]
    );
}

#[test]
fn members_of_other_dialects_are_lost_and_own_ones_are_written() {
    let own = |name| Sidecar::new(LlmDialect::OpenAiChat, name, "{\n\"a\":1}");
    let foreign = Sidecar::new(LlmDialect::AnthropicMessages, "citation", "{}");
    let block = Sidecar::new(LlmDialect::AnthropicMessages, "of_tomorrow", "{}");
    let events = [
        start(),
        begin(0, BlockKind::Text),
        delta(0, Delta::Other(foreign)),
        delta(0, Delta::Other(own("annotations"))),
        delta(0, Delta::Other(own("logprobs"))),
        Event::BlockStop { index: 0 },
        begin(1, BlockKind::Other(block)),
        Event::BlockStop { index: 1 },
        begin(2, BlockKind::Other(own("audio"))),
        Event::BlockStop { index: 2 },
        stop(StopReason::Pause),
        Event::End,
    ];
    let (text, losses) = streamed(&events);
    let expected = [Loss::UnknownBlock, Loss::Citations, Loss::StopReason];
    assert_eq!(losses.iter().collect::<Vec<_>>(), expected);
    let chunks = chunks(&text);
    assert_eq!(chunks[1]["choices"][0]["delta"]["annotations"]["a"], 1);
    assert_eq!(chunks[2]["choices"][0]["logprobs"]["a"], 1);
    assert_eq!(chunks[3]["choices"][0]["delta"]["audio"]["a"], 1);
}

#[test]
fn what_breaks_the_grammar_is_refused() {
    for event in [
        begin(0, BlockKind::Text),
        delta(0, Delta::Text("x".into())),
        Event::BlockStop { index: 0 },
        stop(StopReason::EndTurn),
    ] {
        let mut encoder = OpenAiChat.stream_encoder(&context());
        encoder.encode(&event, &mut BytesMut::new()).unwrap_err();
    }
}
