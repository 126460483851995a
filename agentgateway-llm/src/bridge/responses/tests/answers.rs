use serde_json::json;

use super::{
    super::super::{
        Codec, DecodeContext, Loss,
        form::{
            Block, Choice, Content, Opaque, Reasoning, Response, Sidecar, StateOwner, StopReason,
            ToolCall,
        },
    },
    OpenAiResponses, answered, lost, told,
};
use crate::{LlmDialect, LlmUsage};

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
fn another_dialects_answer_has_all_that_the_schema_demands() {
    let mut response = answer(vec![Block::text("hi")], StopReason::EndTurn);
    response.usage = LlmUsage {
        input_uncached_tokens: Some(10),
        cache_read_tokens: Some(5),
        output_text_tokens: Some(3),
        output_reasoning_tokens: Some(2),
        ..LlmUsage::default()
    };
    let (body, losses) = told(&response);
    assert!(losses.is_empty());
    assert_eq!(
        body,
        json!({
            "id": "resp_agw_s_0", "object": "response", "created_at": 7, "status": "completed",
            "error": null, "incomplete_details": null, "model": "asked",
            "output": [{"type": "message", "id": "msg_agw_s_1", "status": "completed",
                "role": "assistant", "content": [
                    {"type": "output_text", "text": "hi", "annotations": [], "logprobs": []}]}],
            "instructions": null, "metadata": {}, "parallel_tool_calls": true, "temperature": null,
            "tool_choice": "auto", "tools": [], "top_p": null,
            "usage": {"input_tokens": 15,
                "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
                "output_tokens": 5, "output_tokens_details": {"reasoning_tokens": 2},
                "total_tokens": 20},
        })
    );
}

#[test]
fn texts_are_one_message_and_each_owners_state_stands_in_its_slot() {
    let thought = |text: &str, owner, redacted| {
        Block::new(Content::Reasoning(Reasoning {
            text: text.to_owned(),
            state: Some(Opaque::new(owner, "x")),
            redacted,
            id: None,
        }))
    };
    let mut call = ToolCall::new("c1", "f", "");
    call.state = Some(Opaque::new(StateOwner::Gemini, "sig"));
    let blocks = vec![
        thought("hm", StateOwner::Anthropic, false),
        thought("", StateOwner::Anthropic, true),
        thought("", StateOwner::Anthropic, false),
        Block::text("a"),
        Block::new(Content::Refusal("no".to_owned())),
        Block::new(Content::ToolCall(call)),
        Block::text("b"),
    ];
    let response = answer(blocks, StopReason::ToolUse);
    let (body, losses) = told(&response);
    assert!(losses.is_empty());
    let output = body["output"].as_array().unwrap();
    let kinds: Vec<_> = output
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    let expected = [
        "reasoning",
        "reasoning",
        "reasoning",
        "message",
        "reasoning",
        "function_call",
        "message",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(output[0]["encrypted_content"], "agw1.anthropic.x");
    assert_eq!(output[3]["content"].as_array().unwrap().len(), 2);
    assert_eq!(output[5]["arguments"], "{}");
    // What comes back is the same.
    let mut again = answered(&body.to_string());
    for block in &mut again.choices[0].blocks {
        block.sidecars.clear();
    }
    let mut before = response.choices[0].blocks.clone();
    if let Content::ToolCall(call) = &mut before[5].content {
        call.arguments = "{}".to_owned();
    }
    assert_eq!(again.choices[0].blocks, before);
}

#[test]
fn why_a_model_stopped_is_said_as_exactly_as_it_can_be() {
    let none: &[Loss] = &[];
    let less: &[Loss] = &[Loss::StopReason];
    for (stop, status, reason, losses) in [
        (StopReason::EndTurn, "completed", None, none),
        (StopReason::ToolUse, "completed", None, none),
        (StopReason::StopSequence(None), "completed", None, none),
        (
            StopReason::StopSequence(Some("x".to_owned())),
            "completed",
            None,
            less,
        ),
        (
            StopReason::MaxTokens,
            "incomplete",
            Some("max_output_tokens"),
            none,
        ),
        (
            StopReason::ContextFull,
            "incomplete",
            Some("max_output_tokens"),
            less,
        ),
        (
            StopReason::Filtered(None),
            "incomplete",
            Some("content_filter"),
            none,
        ),
        (StopReason::Pause, "completed", None, less),
        (StopReason::Other("x".to_owned()), "completed", None, less),
        (StopReason::Malformed("x".to_owned()), "failed", None, none),
    ] {
        let (body, report) = told(&answer(vec![Block::text("t")], stop));
        assert_eq!(body["status"], status);
        assert_eq!(body["incomplete_details"]["reason"].as_str(), reason);
        assert_eq!(body["error"].is_object(), status == "failed");
        let is_whole = status == "completed";
        assert_eq!(body["output"][0]["status"] == "completed", is_whole);
        assert_eq!(lost(&report), losses);
    }
}

#[test]
fn stop_reasons_are_read_from_the_status_and_the_items() {
    let stop = |members: &str, output: &str| {
        let body = format!(r#"{{"id":"r","output":[{output}],{members}}}"#);
        answered(&body).choices[0].stop.clone()
    };
    let call = r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#;
    let custom = r#"{"type":"custom_tool_call","call_id":"c","name":"f","input":"x"}"#;
    let done = r#""status":"completed""#;
    assert_eq!(stop(done, ""), StopReason::EndTurn);
    assert_eq!(stop(done, call), StopReason::ToolUse);
    assert_eq!(stop(done, custom), StopReason::ToolUse);
    let cut = |reason: &str| {
        let details =
            format!(r#""status":"incomplete","incomplete_details":{{"reason":"{reason}"}}"#);
        stop(&details, call)
    };
    assert_eq!(cut("max_output_tokens"), StopReason::MaxTokens);
    assert_eq!(
        cut("content_filter"),
        StopReason::Filtered(Some("content_filter".to_owned()))
    );
    assert_eq!(cut("new"), StopReason::Other("new".to_owned()));
}

#[test]
fn answers_that_failed_or_are_not_complete_are_none() {
    for body in [
        r#"{"id":"r","status":"in_progress","output":[]}"#,
        r#"{"id":"r","status":"failed","output":[],"error":{"code":"server_error","message":"secret"}}"#,
        r#"{"id":"r"}"#,
        "[]",
        "{",
    ] {
        let error = OpenAiResponses
            .decode_response(&DecodeContext::default(), body.as_bytes())
            .unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn what_another_dialect_knows_alone_is_told_as_lost() {
    let dialect = LlmDialect::AnthropicMessages;
    let mut cited = Block::text("a");
    cited.sidecars.push(Sidecar::new(dialect, "citation", "{}"));
    let other = Block::new(Content::Other(Sidecar::new(
        dialect,
        "server_tool_use",
        "{}",
    )));
    let mut response = answer(vec![cited, other], StopReason::EndTurn);
    response.choices.push(Choice::default());
    let (body, losses) = told(&response);
    assert_eq!(body["output"].as_array().unwrap().len(), 1);
    assert_eq!(
        lost(&losses),
        [Loss::Choices, Loss::UnknownBlock, Loss::Citations]
    );
}
