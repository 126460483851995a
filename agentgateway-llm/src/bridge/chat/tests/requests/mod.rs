use agentgateway_core::json::Raw;
use serde_json::json;

use super::{
    super::{
        super::{
            Loss,
            form::{
                Block, CacheMarker, Content, Media, MediaKind, MediaSource, Opaque, OutputFormat,
                Reasoning, ReasoningEffort, ReasoningOptions, Role, Sidecar, StateOwner, Tool,
                ToolCall, ToolChoice, ToolResult, Turn,
            },
        },
        loss::loss_of,
    },
    *,
};
use crate::LlmDialect;

mod sent;

const HELLO: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

fn result(id: &str, text: &str) -> Block {
    Block::new(Content::ToolResult(ToolResult::new(
        id,
        vec![Block::text(text)],
    )))
}

fn call(id: &str) -> Block {
    Block::new(Content::ToolCall(ToolCall::new(id, "find", "{}")))
}

fn of_turns(turns: Vec<Turn>) -> Request {
    Request {
        model: "m".into(),
        turns,
        ..Request::default()
    }
}

fn roles(body: &Value) -> Vec<&str> {
    let messages = body["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect()
}

#[test]
fn messages_of_all_roles_are_read_and_written_again() {
    let messages = json!([
        {"role": "system", "content": "be"},
        {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "system", "content": "kind"},
        {"role": "user", "name": "ann", "content": [
            {"type": "text", "text": "look", "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0lG", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
            {"type": "input_audio", "input_audio": {"data": "UklG", "format": "mp3"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "hologram", "hologram": 1}
        ]},
        {"role": "assistant", "content": null, "refusal": "no"},
        {"role": "user", "content": "please"},
        {"role": "system", "content": "middle"},
        {"role": "assistant", "content": "ok", "prefix": true, "audio": {"id": "audio_1"}, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{\"a\": 1}"},
             "extra_content": {"google": {"thought_signature": "c2ln"}}},
            {"id": "c2", "type": "custom", "custom": {"name": "sh", "input": "ls"}}
        ]},
        {"role": "tool", "tool_call_id": "c1", "content": "x", "name": "find"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    ]);
    let request = request(&format!("\"messages\":{messages}"));
    assert_eq!(request.system.len(), 4);
    let (body, losses) = encoded(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(body["messages"], messages);
}

#[test]
fn parts_are_what_they_hold() {
    let request = request(
        r#""messages":[{"role":"user","content":[
        {"type":"text","text":"t","cache_control":{"type":"ephemeral","ttl":"1h"}},
        {"type":"image_url","image_url":"https://a.example/x"},
        {"type":"video_url","video_url":{"url":"data:video/mp4;base64,AA"}},
        {"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},
        {"type":"file","file":{"file_data":"JVBE","filename":"A.PDF"}}]}]"#,
    );
    let [turn] = request.turns.as_slice() else {
        panic!("{:?}", request.turns)
    };
    assert_eq!(turn.blocks[0].cache, Some(CacheMarker::Hour));
    let media = |kind, source, media_type: Option<&str>| Media {
        media_type: media_type.map(Into::into),
        ..Media::new(kind, source)
    };
    let base64 = |data: &str| MediaSource::Base64(data.into());
    let expected = [
        media(
            MediaKind::Image,
            MediaSource::Url("https://a.example/x".into()),
            None,
        ),
        media(MediaKind::Video, base64("AA"), Some("video/mp4")),
        media(MediaKind::Audio, base64("AA"), Some("audio/wav")),
        Media {
            name: Some("A.PDF".into()),
            ..media(MediaKind::Document, base64("JVBE"), Some("application/pdf"))
        },
    ];
    for (block, media) in turn.blocks[1..].iter().zip(expected) {
        assert_eq!(block.content, Content::Media(media));
    }
}

#[test]
fn functions_of_old_become_tools_and_their_messages_find_their_calls() {
    let request = request(
        r#""messages":[{"role":"user","content":"\"call_\""},
        {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
        {"role":"function","name":"f","content":"1"},
        {"role":"assistant","tool_calls":[{"id":"","function":{"name":"g","arguments":{"a":1}}}]},
        {"role":"tool","content":"2"}],
        "functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"},
        "user":"call_0","metadata":{"x":"call_1"}"#,
    );
    assert_eq!(request.tool_choice, Some(ToolChoice::Tool("f".into())));
    let (body, losses) = encoded(&request);
    assert!(losses.is_empty(), "{losses}");
    let messages = &body["messages"];
    assert_eq!(
        roles(&body),
        ["user", "assistant", "tool", "assistant", "tool"]
    );
    // No id that is made stands anywhere in the request.
    let first = &messages[1]["tool_calls"][0]["id"];
    assert_eq!(first, "call_n_0");
    assert_eq!(&messages[2]["tool_call_id"], first);
    assert_eq!(
        messages[3]["tool_calls"][0]["function"]["arguments"],
        "{\"a\":1}"
    );
    assert_eq!(
        messages[4]["tool_call_id"],
        messages[3]["tool_calls"][0]["id"]
    );
    assert_eq!(body["tools"][0]["function"]["name"], "f");
    assert_eq!(body["tool_choice"]["function"]["name"], "f");
}

#[test]
fn knobs_are_read_and_written_again() {
    let all = json!({
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "max_completion_tokens": 9, "temperature": 0.5, "top_p": 1, "stop": ["a", "b"], "seed": -3,
        "presence_penalty": -2, "frequency_penalty": 0.25, "n": 2, "logprobs": true, "top_logprobs": 3,
        "reasoning_effort": "xhigh", "user": "u", "parallel_tool_calls": false, "stream": true,
        "stream_options": {"include_usage": true, "include_obfuscation": false},
        "response_format": {"type": "json_schema", "json_schema":
            {"name": "n", "description": "d", "schema": {"type": "object"}, "strict": true, "own": 1}},
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"x": 1.0}, "strict": false, "own": 1},
             "cache_control": {"type": "ephemeral"}},
            {"type": "custom", "custom": {"name": "c"}},
            {"type": "custom", "own": 1, "custom": {"name": "g", "description": "d", "own": 2, "format":
                {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: \"a\""}}}},
            {"type": "custom", "custom": {"name": "new", "format": {"type": "brand_new"}}}
        ],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required",
            "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "c"}}]}},
        "metadata": {"a": "b"}, "store": true, "service_tier": "flex", "logit_bias": {"1": 2},
        "prediction": {"type": "content", "content": "x"}, "modalities": ["text", "audio"],
        "audio": {"voice": "v", "format": "mp3"}, "verbosity": "low", "prompt_cache_key": "k",
        "web_search_options": {}
    });
    let body = all.to_string();
    let target = Target::default();
    let request = OpenAiChat.decode_request(&target, body.as_bytes()).unwrap();
    assert_eq!(request.tools[0].cache, Some(CacheMarker::Short));
    let (again, losses) = encoded(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(again, all);
}

#[test]
fn older_and_foreign_spellings_are_understood() {
    let request = request(&format!(
        r#"{HELLO},"max_tokens":3,"stop":"x","safety_identifier":"s","user":"s","top_k":-1,"tool_choice":"any",
        "reasoning":{{"max_tokens":4000,"exclude":true}},"logprobs":null"#
    ));
    assert_eq!(request.sampling.max_tokens, Some(3));
    assert_eq!(request.sampling.stop, ["x"]);
    assert_eq!(request.sampling.top_k, None);
    assert_eq!(request.user.as_deref(), Some("s"));
    assert_eq!(request.tool_choice, Some(ToolChoice::Required));
    let expected = ReasoningOptions {
        budget_tokens: Some(4000),
        include: Some(false),
        ..ReasoningOptions::default()
    };
    assert_eq!(request.reasoning, Some(expected));
    assert_eq!(request.sidecars, []);
    let (body, losses) = encoded(&request);
    assert_eq!(body["reasoning_effort"], "medium");
    // Without tools there is nothing to choose.
    assert_eq!(body.get("tool_choice"), None);
    assert!(
        losses.has(Loss::ReasoningEffort) && losses.has(Loss::ToolChoice),
        "{losses}"
    );
}

/// Some servers write an empty type, and clients send it back.
#[test]
fn what_only_this_dialect_knows_of_a_call_stays_within_it() {
    for kind in ["function", "", "custom"] {
        let member = if kind == "custom" { kind } else { "function" };
        let request = request(&format!(
            r#""messages":[{{"role":"assistant","tool_calls":[
            {{"id":"c","type":"{kind}","{member}":{{"name":"f","own":1}}}}]}}]"#
        ));
        let (body, _) = encoded(&request);
        let call = &body["messages"][0]["tool_calls"][0];
        assert_eq!(call[member]["own"], 1, "{kind}: {call}");
        assert_eq!(call["type"], member);
    }
}

#[test]
fn says_what_is_wrong_with_a_request() {
    for (body, param) in [
        (r#"{"messages":[]}"#, "model"),
        (r#"{"model":"m"}"#, "messages"),
        (r#"{"model":"m","messages":{}}"#, "messages"),
        (
            r#"{"model":"m","messages":[{"role":"king","content":""}]}"#,
            "messages[0].role",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":1}]}"#,
            "messages[0].content",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "messages[0].content[0].text",
        ),
        (
            r#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#,
            "messages[0].tool_call_id",
        ),
        (
            r#"{"model":"m","messages":[],"tools":[{"type":"function"}]}"#,
            "tools[0].function",
        ),
        (
            r#"{"model":"m","messages":[],"tool_choice":"perhaps"}"#,
            "tool_choice",
        ),
        (
            r#"{"model":"m","messages":[],"temperature":"hot"}"#,
            "temperature",
        ),
        (r#"{"model":"m","messages":[],"seed":1.5}"#, "seed"),
        (r#"{"model":"m","messages":[],"stop":[1]}"#, "stop"),
    ] {
        let refused = OpenAiChat.decode_request(&Target::default(), body.as_bytes());
        assert_eq!(refused.unwrap_err().param(), Some(param), "{body}");
    }
    for content in [r#""\ud83d""#, r#"[{"type":"text","text":"\ud83d"}]"#] {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#);
        let refused = OpenAiChat.decode_request(&Target::default(), body.as_bytes());
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("half a surrogate pair"), "{message}");
    }
    let azure = br#"{"messages":[]}"#;
    let request = OpenAiChat.decode_request(&Target::new("deployed", false), azure);
    assert_eq!(request.unwrap().model, "deployed");
}
