use super::{
    super::super::{
        codec::{Codec, DecodeContext},
        form::{
            Block, Choice, Content, Opaque, Reasoning, Response, StateOwner, StopReason, ToolCall,
        },
        loss::Loss,
    },
    super::Gemini,
    support::{answered, response, value},
};
use crate::LlmUsage;

const WHOLE: &str = r#"{
    "candidates": [{"content": {"role": "model", "parts": [
            {"text": "hm", "thought": true},
            {"text": "Look.", "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "f", "args": {"a": 1}}},
            {"inlineData": {"mimeType": "image/png", "data": "QQ=="}}]},
        "finishReason": "STOP", "index": 0, "groundingMetadata": {"webSearchQueries": ["q"]}, "avgLogprobs": -0.1}],
    "usageMetadata": {"promptTokenCount": 10, "cachedContentTokenCount": 4, "candidatesTokenCount": 5,
        "thoughtsTokenCount": 7, "toolUsePromptTokenCount": 3, "totalTokenCount": 25},
    "modelVersion": "gemini-2.5-pro", "responseId": "r/1", "createTime": "2026-05-27T16:53:45.4Z"
}"#;

#[test]
fn an_answer_is_read_as_a_whole_and_comes_back() {
    let found = response(WHOLE);
    assert_eq!(
        (found.id.as_str(), found.model.as_str()),
        ("r/1", "gemini-2.5-pro")
    );
    let choice = &found.choices[0];
    assert_eq!(choice.stop, StopReason::ToolUse);
    let thought = Reasoning {
        text: "hm".into(),
        state: Some(Opaque::new(StateOwner::Gemini, "c2ln")),
        ..Reasoning::default()
    };
    assert_eq!(choice.blocks[0].content, Content::Reasoning(thought));
    assert_eq!(choice.blocks[1], Block::text("Look."));
    let call = ToolCall::new("call_r1_0", "f", r#"{"a": 1}"#);
    assert_eq!(choice.blocks[2].content, Content::ToolCall(call));
    assert!(
        matches!(&choice.blocks[3].content, Content::Other(own) if &*own.name == "parts.inlineData")
    );
    assert_eq!(found.usage.input_tokens(), Some(13));
    assert_eq!(found.usage.output_tokens(), Some(12));
    let (again, losses) = answered(&found);
    assert!(losses.is_empty(), "{losses}");
    let mut expected = value(WHOLE);
    expected["candidates"][0]["content"]["parts"][2]["functionCall"]["id"] = "call_r1_0".into();
    // What tools brought is input.
    let usage = expected["usageMetadata"].as_object_mut().unwrap();
    usage.remove("toolUsePromptTokenCount");
    usage["promptTokenCount"] = 13.into();
    assert_eq!(again, expected);
}

#[test]
fn a_blocked_prompt_is_an_answer_that_was_filtered() {
    let blocked = r#"{"promptFeedback":{"blockReason":"JAILBREAK","blockReasonMessage":"no"},
        "usageMetadata":{"trafficType":"ON_DEMAND"},"modelVersion":"g","responseId":"r"}"#;
    let found = response(blocked);
    assert_eq!(found.choices.len(), 1);
    assert_eq!(
        found.choices[0].stop,
        StopReason::Filtered(Some("JAILBREAK".into()))
    );
    assert_eq!(found.usage, LlmUsage::default());
    let (again, _) = answered(&found);
    let mut expected = value(blocked);
    expected.as_object_mut().unwrap().remove("usageMetadata");
    assert_eq!(again, expected);
}

#[test]
fn what_is_no_answer_is_unreadable() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"candidates":[]}"#,
        r#"{"promptFeedback":{}}"#,
        r#"{"error":{"code":500}}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":1}]}}]}"#,
        r#"{"candidates":[1]}"#,
    ] {
        let read = Gemini.decode_response(&DecodeContext::default(), body.as_bytes());
        assert!(read.is_err(), "{body}");
    }
}

#[test]
fn names_that_were_written_otherwise_are_the_clients_again() {
    let context = DecodeContext {
        tool_names: Some([("_1f".to_owned(), "1f".to_owned())].into()),
    };
    let body = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"_1f"}}]}}]}"#;
    let found = Gemini.decode_response(&context, body.as_bytes()).unwrap();
    let Content::ToolCall(call) = &found.choices[0].blocks[0].content else {
        panic!("{found:?}");
    };
    assert_eq!((call.name.as_str(), call.arguments.as_str()), ("1f", "{}"));
}

#[test]
fn a_call_that_is_none_is_told_as_gemini_does() {
    let choice = Choice {
        blocks: vec![
            Block::text("a"),
            Block::new(Content::ToolCall(ToolCall::new("i", "f", "{\"a\":"))),
        ],
        stop: StopReason::ToolUse,
        ..Choice::default()
    };
    let found = Response {
        choices: vec![choice],
        ..Response::default()
    };
    let (told, losses) = answered(&found);
    let candidate = &told["candidates"][0];
    assert_eq!(candidate["finishReason"], "MALFORMED_FUNCTION_CALL");
    assert_eq!(
        candidate["finishMessage"],
        "Malformed function call: f({\"a\":)"
    );
    assert_eq!(candidate["content"]["parts"].as_array().unwrap().len(), 1);
    assert!(losses.has(Loss::ToolArguments));
    assert_eq!(
        (&told["modelVersion"], &told["responseId"]),
        (&"asked".into(), &"seed".into())
    );
}
