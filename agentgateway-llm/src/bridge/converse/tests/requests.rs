use serde_json::{Value, json};

use crate::bridge::{Codec, Encoded, Loss, LossReport, Target, converse::BedrockConverse, form::*};

pub(super) const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn decode(body: &Value) -> Request {
    let target = Target::new(CLAUDE, false);
    let body = body.to_string();
    BedrockConverse
        .decode_request(&target, body.as_bytes())
        .unwrap()
}

pub(super) fn encode(request: &Request) -> (Value, LossReport, Encoded) {
    let mut losses = LossReport::new();
    let encoded = BedrockConverse
        .encode_request(request, &mut losses)
        .unwrap();
    (
        serde_json::from_slice(&encoded.body).unwrap(),
        losses,
        encoded,
    )
}

/// A request of one turn of the user, for a model of Anthropic's.
pub(super) fn asking(blocks: Vec<Block>) -> Request {
    Request {
        model: CLAUDE.into(),
        turns: vec![Turn::new(Role::User, blocks)],
        ..Request::default()
    }
}

pub(super) fn hello() -> Request {
    asking(vec![Block::text("hi")])
}

pub(super) fn lost(report: &LossReport) -> Vec<Loss> {
    report.iter().collect()
}

#[test]
fn what_was_read_is_written_again() {
    let image = json!({"image": {"format": "png", "source": {"bytes": "AAAA"}}});
    for body in [
        json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}),
        json!({
            "system": [{"text": "be kind"}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
            "messages": [
                {"role": "user", "content": [
                    {"text": "look"}, image, {"cachePoint": {"type": "default"}},
                    {"document": {"format": "pdf", "name": "Doc 1", "source": {"bytes": "AAAA"}, "context": "c", "citations": {"enabled": true}}},
                    {"document": {"name": "Doc 2", "source": {"text": "plain"}}},
                    {"document": {"name": "Doc 3", "source": {"content": [{"text": "plain"}]}}},
                    {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/k", "bucketOwner": "111122223333"}}}},
                    {"video": {"format": "three_gp", "source": {"s3Location": {"uri": "s3://b/k"}}}},
                    {"audio": {"format": "wav", "source": {"bytes": "AAAA"}}},
                    {"guardContent": {"text": {"text": "guarded", "qualifiers": ["query"]}}},
                    {"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}]}},
                ]},
                {"role": "assistant", "content": [
                    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
                    {"reasoningContent": {"redactedContent": "RXRrRQ=="}},
                    {"citationsContent": {"content": [{"text": "cited"}], "citations": [{"title": "t"}]}},
                    {"toolUse": {"toolUseId": "t1", "name": "find", "input": {"q": [1.50]}}},
                    {"toolUse": {"toolUseId": "s1", "name": "web", "input": {}, "type": "server_tool_use"}},
                ]},
                {"role": "user", "content": [
                    {"toolResult": {"toolUseId": "t1", "content": [{"json": {"a": 1}}], "status": "error"}},
                    {"toolResult": {"toolUseId": "t2", "content": [{"json": {"a": 1}}, {"text": "b"}, image, {"json": 3}]}},
                    {"text": "and?"},
                ]},
            ],
            "inferenceConfig": {"maxTokens": 9, "temperature": 0.5, "topP": 0.25, "stopSequences": ["a"], "own": 1},
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "find", "description": "d", "inputSchema": {"json": {"type": "object"}}, "strict": true}},
                    {"cachePoint": {"type": "default"}},
                    {"systemTool": {"name": "nova_grounding"}},
                ],
                "toolChoice": {"tool": {"name": "find"}},
            },
            "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": "{\"type\":\"object\"}", "name": "n", "description": "d"}}}, "effort": "max"},
            "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2000}, "top_k": 3, "anthropic_beta": ["x"]},
            "guardrailConfig": {"guardrailIdentifier": "g"},
            "serviceTier": {"type": "flex"},
            "requestMetadata": {"a": "b"},
        }),
    ] {
        let request = decode(&body);
        let (again, losses, encoded) = encode(&request);
        assert_eq!(again, body);
        assert_eq!(lost(&losses), []);
        assert_eq!(
            encoded.path,
            "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
        );
        assert!(encoded.context.tool_names.is_none());
        assert_eq!(decode(&again), request);
    }
}

#[test]
fn members_are_read_into_what_every_dialect_knows() {
    let request = decode(&json!({
        "system": [{"text": "s"}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "n", "input": {}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"json": {"a": 1}}]}}]},
            {"role": "user", "content": [{"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://b/k"}}}}]},
        ],
        "outputConfig": {"effort": "high"},
        "additionalModelRequestFields": {"thinking": {"type": "adaptive"}, "top_k": 7},
    }));
    assert_eq!(request.system[0].cache, Some(CacheMarker::Short));
    let Content::ToolResult(result) = &request.turns[1].blocks[0].content else {
        panic!("{request:?}");
    };
    assert!(result.is_json && !result.is_error);
    assert_eq!(result.content[0].content, Content::Text("{\"a\":1}".into()));
    let Content::Media(image) = &request.turns[2].blocks[0].content else {
        panic!("{request:?}");
    };
    assert_eq!(image.source, MediaSource::File("s3://b/k".into()));
    assert_eq!(image.media_type.as_deref(), Some("image/jpeg"));
    let reasoning = request.reasoning.unwrap();
    assert!(reasoning.adaptive);
    assert_eq!(reasoning.effort, Some(ReasoningEffort::High));
    assert_eq!(request.sampling.top_k, Some(7));
}

#[test]
fn says_what_is_wrong() {
    for (body, param) in [
        (r#"{"messages":{}}"#, "messages"),
        (r#"{"messages":[{"content":[]}]}"#, "messages[0].role"),
        (
            r#"{"messages":[{"role":"tool","content":[]}]}"#,
            "messages[0].role",
        ),
        (r#"{"messages":[{"role":"user"}]}"#, "messages[0].content"),
        (
            r#"{"messages":[{"role":"user","content":[{}]}]}"#,
            "messages[0].content[0]",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"a","image":{}}]}]}"#,
            "messages[0].content[0]",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"text":1}]}]}"#,
            "messages[0].content[0].text",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"toolResult":{"content":[]}}]}]}"#,
            "messages[0].content[0].toolResult.toolUseId",
        ),
        (
            r#"{"inferenceConfig":{"maxTokens":"9"}}"#,
            "inferenceConfig.maxTokens",
        ),
        (
            r#"{"outputConfig":{"textFormat":{"structure":{"jsonSchema":{"schema":"{"}}}}}"#,
            "outputConfig.textFormat.structure.jsonSchema.schema",
        ),
    ] {
        let refused = BedrockConverse.decode_request(&Target::new("m", false), body.as_bytes());
        assert_eq!(refused.unwrap_err().param(), Some(param), "{body}");
    }
    let mut losses = LossReport::new();
    let refused = BedrockConverse.encode_request(&Request::default(), &mut losses);
    assert_eq!(refused.unwrap_err().param(), Some("model"));
}

#[test]
fn turns_alternate_and_results_come_first() {
    let mut request = hello();
    let result = |id: &str| {
        let blocks = vec![Block::text("r")];
        Block::new(Content::ToolResult(ToolResult::new(id, blocks)))
    };
    let call = |id: &str| Block::new(Content::ToolCall(ToolCall::new(id, "f", "")));
    request.turns.extend([
        Turn::new(Role::System, vec![Block::text("later")]),
        Turn::new(Role::User, vec![Block::text("")]),
        Turn::new(Role::Assistant, vec![Block::text("")]),
        Turn::new(Role::User, vec![Block::text("again")]),
        Turn::new(Role::Assistant, vec![call("a"), call("b")]),
        Turn::new(Role::User, vec![Block::text("see"), result("a")]),
        Turn::new(Role::User, vec![result("b")]),
    ]);
    request.tools.push(Tool::new("f"));
    let (body, losses, _) = encode(&request);
    let result = |id: &str| json!({"toolResult": {"toolUseId": id, "content": [{"text": "r"}]}});
    let call = |id: &str| json!({"toolUse": {"toolUseId": id, "name": "f", "input": {}}});
    assert_eq!(body["system"], json!([{"text": "later"}]));
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"text": "hi"}, {"text": "again"}]},
            {"role": "assistant", "content": [call("a"), call("b")]},
            {"role": "user", "content": [result("a"), result("b"), {"text": "see"}]},
        ])
    );
    assert_eq!(lost(&losses), [Loss::SystemTurn]);
}

#[test]
fn names_and_ids_that_are_not_taken_are_spelled_otherwise() {
    let mut request = hello();
    request.stream = true;
    request.tools.push(Tool::new("my.tool"));
    request.tool_choice = Some(ToolChoice::Tool("my.tool".into()));
    let call = Content::ToolCall(ToolCall::new("call 1", "my.tool", "{\"a\":1}"));
    let result = Content::ToolResult(ToolResult::new("call 1", Vec::new()));
    request
        .turns
        .push(Turn::new(Role::Assistant, vec![Block::new(call)]));
    request
        .turns
        .push(Turn::new(Role::User, vec![Block::new(result)]));
    let (body, losses, encoded) = encode(&request);
    let name = &body["toolConfig"]["tools"][0]["toolSpec"]["name"];
    let written = name.as_str().unwrap();
    assert!(written.starts_with("my_tool_"), "{written}");
    assert_eq!(body["toolConfig"]["toolChoice"]["tool"]["name"], *name);
    assert_eq!(body["messages"][1]["content"][0]["toolUse"]["name"], *name);
    assert_eq!(encoded.context.tool_name(written), "my.tool");
    let id = &body["messages"][1]["content"][0]["toolUse"]["toolUseId"];
    assert_eq!(
        body["messages"][2]["content"][0]["toolResult"]["toolUseId"],
        *id
    );
    assert!(encoded.path.ends_with("/converse-stream"));
    assert_eq!(
        encoded.headers["accept"],
        "application/vnd.amazon.eventstream"
    );
    assert_eq!(lost(&losses), []);
}

#[test]
fn media_are_carried_or_lost_by_name() {
    let media = |kind, source, media_type: Option<&str>| {
        let mut media = Media::new(kind, source);
        media.media_type = media_type.map(Into::into);
        Block::new(Content::Media(media))
    };
    let bytes = || MediaSource::Base64("AAAA".into());
    for (block, expected, losses) in [
        (
            media(MediaKind::Image, bytes(), Some("image/jpg")),
            json!([{"image": {"format": "jpeg", "source": {"bytes": "AAAA"}}}]),
            vec![],
        ),
        (
            media(
                MediaKind::Document,
                MediaSource::Text("x".into()),
                Some("text/plain; charset=utf-8"),
            ),
            json!([{"document": {"format": "txt", "name": "Document 1", "source": {"text": "x"}}}]),
            vec![],
        ),
        (
            media(MediaKind::Audio, bytes(), Some("audio/mpeg")),
            json!([{"audio": {"format": "mp3", "source": {"bytes": "AAAA"}}}]),
            vec![],
        ),
        (
            media(
                MediaKind::Image,
                MediaSource::Url("https://x/y.png".into()),
                Some("image/png"),
            ),
            json!([]),
            vec![Loss::RemoteMedia],
        ),
        (
            media(
                MediaKind::Document,
                MediaSource::File("file-1".into()),
                Some("application/pdf"),
            ),
            json!([]),
            vec![Loss::StoredMedia],
        ),
        (
            media(MediaKind::Image, bytes(), Some("image/tiff")),
            json!([]),
            vec![Loss::Image],
        ),
        (
            media(MediaKind::Video, bytes(), None),
            json!([]),
            vec![Loss::Video],
        ),
    ] {
        let mut request = asking(vec![Block::text("hi"), block]);
        let (body, report, _) = encode(&request);
        let content = &body["messages"][0]["content"].as_array().unwrap()[1..];
        assert_eq!(json!(content), expected);
        assert_eq!(lost(&report), losses);
        request.turns[0].blocks.remove(0);
        let result = ToolResult::new("t", request.turns.remove(0).blocks);
        let result = Block::new(Content::ToolResult(result));
        request.turns.push(Turn::new(Role::User, vec![result]));
        let (body, report, _) = encode(&request);
        let inner = &body["messages"][0]["content"][0]["toolResult"]["content"];
        if expected[0].get("audio").is_some() {
            assert!(report.has(Loss::ToolResultMedia));
        } else {
            assert_eq!(*inner, expected);
        }
    }
    let mut named = Media::new(MediaKind::Document, bytes());
    named.media_type = Some("application/pdf".into());
    named.name = Some("my_file  (1).pdf".into());
    let (body, report, _) = encode(&asking(vec![Block::new(Content::Media(named))]));
    assert_eq!(
        body["messages"][0]["content"][0]["document"]["name"],
        "my file (1) pdf"
    );
    assert_eq!(lost(&report), [Loss::MediaName]);
}

#[test]
fn thoughts_go_back_with_anthropics_own_state_alone() {
    let thought = |text: &str, state: Option<Opaque<'static>>, redacted| {
        let thought = Reasoning {
            text: text.into(),
            state,
            redacted,
            id: None,
        };
        let mut request = hello();
        let blocks = vec![Block::new(Content::Reasoning(thought)), Block::text("said")];
        request.turns.push(Turn::new(Role::Assistant, blocks));
        let (body, losses, _) = encode(&request);
        (body["messages"][1]["content"][0].clone(), lost(&losses))
    };
    let own = || Some(Opaque::new(StateOwner::Anthropic, "EtkE"));
    let foreign = || Some(Opaque::new(StateOwner::OpenAi, "x"));
    let said = json!({"text": "said"});
    assert_eq!(
        thought("hm", own(), false),
        (
            json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "EtkE"}}}),
            vec![]
        )
    );
    assert_eq!(
        thought("", own(), true),
        (
            json!({"reasoningContent": {"redactedContent": "RXRrRQ=="}}),
            vec![]
        )
    );
    let both = vec![Loss::ReasoningText, Loss::ReasoningState];
    assert_eq!(thought("hm", foreign(), false), (said.clone(), both));
    assert_eq!(
        thought("hm", None, false),
        (said.clone(), vec![Loss::ReasoningText])
    );
    assert_eq!(
        thought("", foreign(), true),
        (said, vec![Loss::ReasoningState])
    );
}
