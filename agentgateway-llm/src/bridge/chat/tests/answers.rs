use serde_json::json;

use super::{
    super::super::{
        Loss,
        form::{Block, Choice, Content, Opaque, Reasoning, StateOwner, StopReason, ToolCall},
    },
    *,
};
use crate::LlmUsage;

fn blocks(message: &str) -> Vec<Block> {
    answer(message).choices.remove(0).blocks
}

fn thought(text: &str, state: Option<(StateOwner, &str)>) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        text: text.into(),
        state: state.map(|(owner, data)| Opaque::new(owner, data.to_owned())),
        ..Reasoning::default()
    }))
}

fn hidden(owner: StateOwner, data: &str) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        state: Some(Opaque::new(owner, data.to_owned())),
        redacted: true,
        ..Reasoning::default()
    }))
}

fn call(id: &str, name: &str, arguments: &str) -> Block {
    Block::new(Content::ToolCall(ToolCall::new(id, name, arguments)))
}

#[test]
fn messages_are_read_in_all_spellings() {
    let other = StateOwner::Other;
    let refusal = Block::new(Content::Refusal("no".into()));
    for (message, expected) in [
        (
            r#"{"role":"assistant","content":"hi","refusal":null}"#,
            vec![Block::text("hi")],
        ),
        (r#"{"content":null}"#, vec![]),
        (r#"{"content":""}"#, vec![]),
        (r#"{"content":null,"refusal":"no"}"#, vec![refusal]),
        (
            r#"{"content":"x","reasoning_content":"hm"}"#,
            vec![thought("hm", None), Block::text("x")],
        ),
        (
            r#"{"content":"x","reasoning":"hm","reasoning_content":""}"#,
            vec![thought("hm", None), Block::text("x")],
        ),
        (
            r#"{"content":"x","reasoning_content":"hm","reasoning":"hm"}"#,
            vec![thought("hm", None), Block::text("x")],
        ),
        (
            r#"{"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s","index":0}]}"#,
            vec![thought("hm", Some((other, "s")))],
        ),
        (
            r#"{"reasoning_content":"hm","reasoning_details":[{"type":"reasoning.encrypted","data":"d"},
                {"type":"reasoning.text","signature":"agw1.anthropic.s"}]}"#,
            vec![
                hidden(other, "d"),
                thought("hm", Some((StateOwner::Anthropic, "s"))),
            ],
        ),
        (
            r#"{"reasoning":"hm","reasoning_details":[{"type":"reasoning.encrypted","data":"d"}]}"#,
            vec![thought("hm", None), hidden(other, "d")],
        ),
        (
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},{"type":"text","text":"m"}]},
                {"type":"text","text":"x"}]}"#,
            vec![thought("hm", None), Block::text("x")],
        ),
        (
            r#"{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#,
            vec![call("c", "f", "")],
        ),
        (
            r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":{"a":[1]}}},{"id":"","function":{"name":"g"}}]}"#,
            vec![
                call("call_r1_0", "f", "{\"a\":[1]}"),
                call("call_r1_1", "g", ""),
            ],
        ),
        (
            r#"{"content":null,"function_call":{"name":"f","arguments":"{}"}}"#,
            vec![call("call_r1_0", "f", "{}")],
        ),
    ] {
        assert_eq!(blocks(message), expected, "{message}");
    }
}

#[test]
fn stops_are_read_by_what_they_mean() {
    let called = r#""tool_calls":[{"id":"c","function":{"name":"f"}}]"#;
    for (message, rest, expected) in [
        ("", r#""finish_reason":"stop""#, StopReason::EndTurn),
        ("", r#""finish_reason":null"#, StopReason::EndTurn),
        ("", r#""finish_reason":"length""#, StopReason::MaxTokens),
        (
            "",
            r#""finish_reason":"model_length""#,
            StopReason::ContextFull,
        ),
        (
            "",
            r#""finish_reason":"content_filter""#,
            StopReason::Filtered(None),
        ),
        ("", r#""finish_reason":"tool_calls""#, StopReason::ToolUse),
        (
            "",
            r#""finish_reason":"function_call""#,
            StopReason::ToolUse,
        ),
        (
            "",
            r#""finish_reason":"stop","stop_reason":"END""#,
            StopReason::StopSequence(Some("END".into())),
        ),
        (
            "",
            r#""finish_reason":"stop","stop_reason":128009"#,
            StopReason::EndTurn,
        ),
        (
            "",
            r#""finish_reason":"odd""#,
            StopReason::Other("odd".into()),
        ),
        // OpenAI's answer to a request that names the tool.
        (called, r#""finish_reason":"stop""#, StopReason::ToolUse),
    ] {
        let body = format!(r#"{{"id":"r","choices":[{{"message":{{{message}}},{rest}}}]}}"#);
        assert_eq!(answer_of(&body).choices[0].stop, expected, "{rest}");
    }
}

#[test]
fn an_answer_is_what_the_schema_demands() {
    let usage = LlmUsage {
        input_uncached_tokens: Some(10),
        cache_read_tokens: Some(4),
        cache_write_tokens: Some(2),
        output_text_tokens: Some(5),
        output_reasoning_tokens: Some(3),
        ..LlmUsage::default()
    };
    let mut signed = ToolCall::new("c", "f", "");
    signed.state = Some(Opaque::new(StateOwner::Gemini, "c2ln"));
    let blocks = vec![
        thought("hm", Some((StateOwner::Anthropic, "s"))),
        hidden(StateOwner::Anthropic, "d"),
        Block::text("a"),
        Block::new(Content::ToolCall(signed)),
        Block::text("b"),
    ];
    let response = Response {
        choices: vec![
            Choice {
                blocks,
                stop: StopReason::ToolUse,
                ..Choice::default()
            },
            Choice {
                stop: StopReason::Pause,
                ..Choice::default()
            },
        ],
        usage,
        ..Response::default()
    };
    let (body, losses) = written(&response);
    assert_eq!(losses.iter().collect::<Vec<_>>(), [Loss::StopReason]);
    assert_eq!(
        body,
        json!({
            "id": "chatcmpl-seed", "object": "chat.completion", "created": 5, "model": "asked",
            "choices": [
                {"index": 0, "message": {
                    "role": "assistant", "content": "ab", "refusal": null, "reasoning_content": "hm",
                    "reasoning_details": [
                        {"type": "reasoning.text", "text": "hm", "signature": "agw1.anthropic.s", "index": 0},
                        {"type": "reasoning.encrypted", "data": "agw1.anthropic.d", "index": 1}
                    ],
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"},
                        "extra_content": {"google": {"thought_signature": "c2ln"}}}]
                }, "logprobs": null, "finish_reason": "tool_calls"},
                {"index": 1, "message": {"role": "assistant", "content": "", "refusal": null},
                    "logprobs": null, "finish_reason": "stop"}
            ],
            "usage": {
                "prompt_tokens": 16, "completion_tokens": 8, "total_tokens": 24,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 3}
            }
        })
    );
}

#[test]
fn what_only_this_dialect_knows_is_written_again() {
    let body = json!({
        "id": "r", "object": "chat.completion", "created": 7, "model": "m", "system_fingerprint": "fp",
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": {"content": [], "refusal": null},
            "content_filter_results": {}, "message": {"role": "assistant", "content": "x", "refusal": null,
            "own": [1], "annotations": [{"type": "url_citation"}], "audio": {"id": "a", "data": "AA"}}}]
    });
    let (again, losses) = written(&answer_of(&body.to_string()));
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(again, body);
}

#[test]
fn what_is_no_answer_is_unreadable() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"choices":null}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[{"message":{"tool_calls":[{"id":"c"}]}}]}"#,
        r#"{"choices":[],"error":{"message":"x"}}"#,
        r#"{"choices":[{"message":{"content":"half"},"error":{"code":502}}]}"#,
    ] {
        OpenAiChat
            .decode_response(&DecodeContext::default(), body.as_bytes())
            .unwrap_err();
    }
    // An error that says nothing is none.
    answer_of(r#"{"choices":[{"message":{"content":"x"}}],"error":null,"usage":null}"#);
}
