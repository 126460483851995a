use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    LlmUsage,
    bridge::{
        AnswerContext, Codec, DecodeContext, Loss, LossReport, Target, converse::BedrockConverse,
        form::*,
    },
};

fn decode(body: &Value) -> Response {
    let body = body.to_string();
    let context = DecodeContext::default();
    BedrockConverse
        .decode_response(&context, body.as_bytes())
        .unwrap()
}

fn encode(response: &Response) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let context = AnswerContext::default();
    let body = BedrockConverse
        .encode_response(&context, response, &mut losses)
        .body;
    (serde_json::from_slice(&body).unwrap(), losses)
}

fn answer(blocks: Vec<Block>, stop: StopReason) -> Response {
    Response {
        choices: vec![Choice {
            blocks,
            stop,
            sidecars: Vec::new(),
        }],
        ..Response::default()
    }
}

#[test]
fn what_was_read_is_written_again() {
    let body = json!({
        "output": {"message": {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
            {"text": "hello"},
            {"citationsContent": {"content": [{"text": "cited"}], "citations": [{"title": "t"}, {"title": "u"}]}},
            {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}},
            {"toolUse": {"toolUseId": "s1", "name": "web", "input": {}, "type": "server_tool_use"}},
            {"toolResult": {"toolUseId": "s1", "content": [{"text": "found"}], "type": "web"}},
        ]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 2, "outputTokens": 5, "totalTokens": 19, "cacheReadInputTokens": 4,
            "cacheWriteInputTokens": 8, "cacheDetails": [{"ttl": "1h", "inputTokens": 3}, {"ttl": "5m", "inputTokens": 5}],
            "serverToolUsage": {}},
        "metrics": {"latencyMs": 7},
        "additionalModelResponseFields": {"x": 1},
        "trace": {"promptRouter": {"invokedModelId": "arn:m"}},
    });
    let response = decode(&body);
    assert_eq!(response.model, "arn:m");
    assert_eq!(response.choices[0].stop, StopReason::ToolUse);
    assert_eq!(response.usage.input_tokens(), Some(14));
    let (again, losses) = encode(&response);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(again, body);
}

#[test]
fn former_names_of_counts_are_left_out() {
    let response = decode(&json!({
        "output": {"message": {"content": [{"text": "21"}], "role": "assistant"}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 2, "outputTokens": 5, "totalTokens": 7, "cacheReadInputTokenCount": 0, "cacheWriteInputTokenCount": 0},
    }));
    assert_eq!(response.sidecars, []);
}

#[test]
fn stops_are_said_in_the_dialects_words() {
    for word in [
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "guardrail_intervened",
        "content_filtered",
        "malformed_model_output",
        "malformed_tool_use",
        "model_context_window_exceeded",
    ] {
        let body = json!({"output": {"message": {"content": []}}, "stopReason": word});
        let (again, losses) = encode(&decode(&body));
        assert_eq!(again["stopReason"], word);
        assert!(losses.is_empty(), "{word}");
    }
    for (stop, word) in [
        (
            StopReason::Filtered(Some("SAFETY".into())),
            "content_filtered",
        ),
        (
            StopReason::Malformed("MALFORMED_FUNCTION_CALL".into()),
            "malformed_model_output",
        ),
        (StopReason::Pause, "end_turn"),
        (StopReason::StopSequence(Some("x".into())), "stop_sequence"),
    ] {
        let (body, losses) = encode(&answer(Vec::new(), stop));
        assert_eq!(body["stopReason"], word);
        assert!(losses.has(Loss::StopReason));
    }
}

/// What is required is there, whatever is known.
#[test]
fn an_answer_of_another_provider_has_all_that_is_required() {
    let mut response = answer(vec![Block::text("hi")], StopReason::EndTurn);
    response.usage = LlmUsage {
        output_text_tokens: Some(3),
        output_reasoning_tokens: Some(4),
        ..LlmUsage::default()
    };
    let (body, losses) = encode(&response);
    assert_eq!(
        body,
        json!({
            "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 0, "outputTokens": 7, "totalTokens": 7},
            "metrics": {"latencyMs": 0},
        })
    );
    assert_eq!(losses.iter().collect::<Vec<_>>(), [Loss::UsageDetail]);
}

#[test]
fn state_of_any_owner_comes_back_with_the_next_request() {
    let call = |id: &str, state| {
        let mut call = ToolCall::new(id, "f", "not json");
        call.state = state;
        Block::new(Content::ToolCall(call))
    };
    let thought = |text: &str, owner, redacted| {
        Block::new(Content::Reasoning(Reasoning {
            text: text.into(),
            state: Some(Opaque::new(owner, "c3RhdGU=")),
            redacted,
            id: None,
        }))
    };
    let blocks = vec![
        thought("hm", StateOwner::Anthropic, false),
        thought("", StateOwner::Anthropic, true),
        thought("", StateOwner::OpenAi, false),
        call("a", None),
        call("b", Some(Opaque::new(StateOwner::Gemini, "c2ln"))),
        thought("ah", StateOwner::Gemini, false),
    ];
    let (body, _) = encode(&answer(blocks.clone(), StopReason::ToolUse));
    let next = json!({"messages": [{"role": "assistant", "content": body["output"]["message"]["content"]}]});
    let target = Target::new("m", false);
    let request = BedrockConverse
        .decode_request(&target, next.to_string().as_bytes())
        .unwrap();
    assert_eq!(request.turns[0].blocks, blocks);
}

#[test]
fn names_of_tools_are_put_back() {
    let names = [("my_tool_1".to_owned(), "my.tool".to_owned())];
    let context = DecodeContext {
        tool_names: Some(Arc::new(names)),
    };
    let body = json!({
        "output": {"message": {"content": [{"toolUse": {"toolUseId": "t", "name": "my_tool_1", "input": {}}}]}},
        "stopReason": "tool_use",
    });
    let response = BedrockConverse
        .decode_response(&context, body.to_string().as_bytes())
        .unwrap();
    let Content::ToolCall(call) = &response.choices[0].blocks[0].content else {
        panic!("{response:?}");
    };
    assert_eq!(
        (call.name.as_str(), call.arguments.as_str()),
        ("my.tool", "{}")
    );
}

#[test]
fn what_is_no_answer_cannot_be_read() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"output":{}}"#,
        r#"{"output":{"message":{"content":{}}},"stopReason":"x"}"#,
    ] {
        let context = DecodeContext::default();
        BedrockConverse
            .decode_response(&context, body.as_bytes())
            .unwrap_err();
    }
}
