use serde_json::json;

use super::{
    super::super::{
        Codec, DecodeContext, Loss,
        form::{
            Block, Choice, Content, Opaque, Reasoning, Response, Sidecar, StateOwner, StopReason,
            ToolCall,
        },
    },
    super::encode_token_count,
    AnthropicMessages, answer, tell,
};
use crate::{LlmDialect, LlmUsage};

fn response(blocks: Vec<Block>, stop: StopReason) -> Response {
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
fn everything_is_read_and_written_again() {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "data"},
            {"type": "text", "text": "so", "citations": [{"type": "page_location"}]},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
            {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}, "caller": {"type": "direct"}}],
        "stop_reason": "refusal", "stop_sequence": null,
        "stop_details": {"type": "refusal", "category": "bio", "explanation": "no"},
        "container": {"id": "c", "expires_at": "2026-01-01T00:00:00Z"},
        "usage": {"input_tokens": 5, "output_tokens": 9, "cache_read_input_tokens": 2,
            "cache_creation_input_tokens": 3,
            "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
            "output_tokens_details": {"thinking_tokens": 4}, "service_tier": "standard",
            "server_tool_use": {"web_search_requests": 1}}
    });
    let read = answer(&body.to_string());
    assert_eq!(
        read.choices[0].stop,
        StopReason::Filtered(Some("bio".into()))
    );
    assert_eq!(read.usage.input_tokens(), Some(10));
    assert_eq!(read.usage.output_text_tokens, Some(5));
    let (written, losses) = tell(&read);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(written, body);
}

/// All members that the published types demand.
#[test]
fn an_answer_of_which_nothing_is_known_has_all_that_is_required() {
    let (written, _) = tell(&Response::default());
    assert_eq!(
        written,
        json!({"id": "msg_s1", "type": "message", "role": "assistant", "model": "asked", "content": [],
            "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 0, "output_tokens": 0}})
    );
}

#[test]
fn stops_are_said_in_the_dialects_words() {
    let details = |category: Option<&str>, explanation: Option<&str>| json!({"type": "refusal", "category": category, "explanation": explanation});
    for (stop, word, loss) in [
        (StopReason::EndTurn, "end_turn", None),
        (
            StopReason::StopSequence(Some("X".into())),
            "stop_sequence",
            None,
        ),
        (StopReason::MaxTokens, "max_tokens", None),
        (
            StopReason::ContextFull,
            "model_context_window_exceeded",
            None,
        ),
        (StopReason::ToolUse, "tool_use", None),
        (StopReason::Pause, "pause_turn", None),
        (StopReason::Filtered(None), "refusal", None),
        (StopReason::Filtered(Some("SAFETY".into())), "refusal", None),
        (StopReason::Other("compaction".into()), "compaction", None),
        (
            StopReason::Other("eos".into()),
            "end_turn",
            Some(Loss::StopReason),
        ),
        (
            StopReason::Malformed("X".into()),
            "end_turn",
            Some(Loss::StopReason),
        ),
    ] {
        let (written, losses) = tell(&response(Vec::new(), stop.clone()));
        assert_eq!(written["stop_reason"], word);
        assert_eq!(losses.iter().next(), loss, "{stop:?}");
        if loss.is_none() {
            assert_eq!(answer(&written.to_string()).choices[0].stop, stop);
        }
        if stop == StopReason::Filtered(Some("SAFETY".into())) {
            assert_eq!(written["stop_details"], details(None, Some("SAFETY")));
        }
    }
    let refusal = Block::new(Content::Refusal("I cannot".into()));
    let (written, losses) = tell(&response(vec![refusal], StopReason::EndTurn));
    assert_eq!(written["stop_reason"], "refusal");
    assert_eq!(
        written["content"],
        json!([{"type": "text", "text": "I cannot"}])
    );
    assert!(losses.has(Loss::Refusal));
}

#[test]
fn state_of_others_is_carried_with_its_mark() {
    let state = |owner, data: &'static str| Some(Opaque::new(owner, data));
    let thought = |text: &str, state, redacted| {
        Block::new(Content::Reasoning(Reasoning {
            text: text.into(),
            state,
            redacted,
            id: None,
        }))
    };
    let mut call = ToolCall::new("c", "f", "");
    call.state = state(StateOwner::Gemini, "g");
    let told = response(
        vec![
            thought("own", state(StateOwner::Anthropic, "a"), false),
            thought("theirs", state(StateOwner::OpenAi, "o"), false),
            thought("", state(StateOwner::Other, "d"), true),
            thought("none", None, false),
            Block::new(Content::ToolCall(call)),
        ],
        StopReason::ToolUse,
    );
    let (written, losses) = tell(&told);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(
        written["content"],
        json!([
            {"type": "thinking", "thinking": "own", "signature": "a"},
            {"type": "thinking", "thinking": "theirs", "signature": "agw1.openai.o"},
            {"type": "redacted_thinking", "data": "agw1.other.d"},
            {"type": "thinking", "thinking": "none", "signature": ""},
            {"type": "thinking", "thinking": "", "signature": "agw1.gemini.g"},
            {"type": "tool_use", "id": "c", "name": "f", "input": {}}])
    );
    // As a client sends it back.
    let mut read = answer(&written.to_string()).choices.remove(0).blocks;
    if let Some(Content::ToolCall(call)) = read.last_mut().map(|block| &mut block.content) {
        assert_eq!(call.arguments, "{}");
        call.arguments.clear();
    }
    assert_eq!(read, told.choices[0].blocks);
}

#[test]
fn what_an_answer_has_no_place_for_is_told() {
    let mut told = response(vec![Block::text("a")], StopReason::EndTurn);
    told.choices.push(Choice::default());
    let other = Sidecar::new(LlmDialect::OpenAiResponses, "web_search_call", "{}");
    told.choices[0]
        .blocks
        .push(Block::new(Content::Other(other)));
    let call = ToolCall::new("c", "f", "{\"a\":");
    told.choices[0]
        .blocks
        .push(Block::new(Content::ToolCall(call)));
    told.usage = LlmUsage {
        input_uncached_tokens: Some(1),
        output_text_tokens: Some(1),
        total_tokens: Some(5),
        ..LlmUsage::default()
    };
    let (written, losses) = tell(&told);
    assert_eq!(
        losses.iter().collect::<Vec<_>>(),
        [
            Loss::ProviderTool,
            Loss::ToolArguments,
            Loss::Choices,
            Loss::UsageDetail
        ]
    );
    // What the model wrote, and plainly no object.
    assert_eq!(written["content"][1]["input"], "{\"a\":");
}

#[test]
fn names_of_tools_are_the_clients_again() {
    let context = DecodeContext {
        tool_names: Some([("a_b".to_owned(), "a.b".to_owned())].into()),
    };
    let body = r#"{"content":[{"type":"tool_use","id":"c","name":"a_b","input":{}}]}"#;
    let read = AnthropicMessages
        .decode_response(&context, body.as_bytes())
        .unwrap();
    let Content::ToolCall(call) = &read.choices[0].blocks[0].content else {
        panic!("no call");
    };
    assert_eq!(call.name, "a.b");
}

#[test]
fn what_is_no_answer_is_refused() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"type":"error","error":{}}"#,
        r#"{"content":"x"}"#,
    ] {
        let read = AnthropicMessages.decode_response(&DecodeContext::default(), body.as_bytes());
        read.unwrap_err();
    }
}

#[test]
fn counts_are_told() {
    assert_eq!(encode_token_count(7), br#"{"input_tokens":7}"#[..]);
}
