use serde_json::{Value, json};

use super::{
    super::super::{
        Loss, Target,
        form::{
            Block, CacheMarker, Content, Media, MediaKind, MediaSource, Opaque, OutputFormat,
            Reasoning, ReasoningEffort, ReasoningOptions, Request, Role, Sidecar, StateOwner, Tool,
            ToolCall, ToolChoice, ToolResult, Turn,
        },
    },
    asked, lost, sent,
};
use crate::{
    LlmDialect,
    bridge::{Codec, LossReport, responses::OpenAiResponses, responses::loss::loss_of},
};

fn foreign(blocks: Vec<Block>, role: Role) -> Request {
    Request {
        model: "m".to_owned(),
        turns: vec![Turn::new(role, blocks)],
        ..Request::default()
    }
}

fn thought(owner: StateOwner, text: &str) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        text: text.to_owned(),
        state: Some(Opaque::new(owner, "data")),
        ..Reasoning::default()
    }))
}

#[test]
fn a_string_is_a_turn_of_the_users() {
    let request = asked(r#"{"model":"m","input":"hi","instructions":"be brief","stream":true}"#);
    assert_eq!(request.model, "m");
    assert!(request.stream);
    assert_eq!(request.system, [Block::text("be brief")]);
    let turn = Turn::new(Role::User, vec![Block::text("hi")]);
    assert_eq!(request.turns, [turn]);
    let (body, losses) = sent(&request);
    assert!(losses.is_empty());
    assert_eq!(
        body,
        json!({
            "model": "m", "instructions": "be brief", "stream": true, "store": true,
            "input": [{"role": "user", "content": "hi"}],
        })
    );
}

#[test]
fn items_become_turns_and_are_written_again_as_they_were() {
    let input = json!([
        {"role": "developer", "content": "first"},
        {"role": "user", "content": [
            {"type": "input_text", "text": "look", "prompt_cache_breakpoint": {"mode": "explicit"}},
            {"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "low"},
            {"type": "input_image", "image_url": "https://a.b/c.png", "detail": "auto"},
            {"type": "input_file", "file_id": "file-1", "detail": "high"},
            {"type": "input_file", "file_data": "data:application/pdf;base64,JVBE", "filename": "a.pdf"},
            {"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}},
        ]},
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "enc", "summary": [
            {"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"},
        ]},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
            {"type": "output_text", "text": "said", "annotations": [{"type": "file_path"}], "logprobs": []},
            {"type": "refusal", "refusal": "no"},
        ]},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "find", "arguments": "{}",
            "namespace": "n"},
        {"type": "custom_tool_call", "id": "ctc_1", "status": "completed", "call_id": "c3", "name": "sh",
            "input": "ls"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "function_call_output", "call_id": "c1", "output": "found"},
        {"type": "custom_tool_call_output", "call_id": "c3", "output": "a.txt"},
        {"type": "function_call_output", "call_id": "c2", "output": [
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "file_id": "file-2", "detail": "auto"},
        ]},
        {"role": "system", "content": "now"},
        {"type": "item_reference", "id": "msg_0"},
    ]);
    let request = asked(&json!({"model": "m", "input": input}).to_string());
    let roles: Vec<_> = request.turns.iter().map(|turn| turn.role).collect();
    use Role::{Assistant, System, User};
    assert_eq!(roles, [User, Assistant, User, System, Assistant]);
    assert_eq!(request.turns[1].blocks.len(), 6);
    assert_eq!(request.turns[2].blocks.len(), 3);
    let Content::Reasoning(thought) = &request.turns[1].blocks[0].content else {
        panic!("{request:?}");
    };
    assert_eq!(thought.text, "a\n\nb");
    assert_eq!(thought.id.as_deref(), Some("rs_1"));
    let (body, losses) = sent(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(body["input"], input);
}

#[test]
fn options_are_written_again_as_they_were() {
    let request = json!({
        "model": "m", "input": [],
        "max_output_tokens": 100, "temperature": 0.5, "top_p": 0.25, "top_logprobs": 3,
        "parallel_tool_calls": false, "user": "u", "safety_identifier": "s",
        "text": {"format": {"type": "json_schema", "name": "n", "description": "d",
            "schema": {"type": "object"}, "strict": true}, "verbosity": "low"},
        "reasoning": {"effort": "high", "summary": "detailed", "context": "all_turns"},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
        "tools": [
            {"type": "function", "name": "f", "description": "d", "parameters": {"b": 1, "a": 2},
                "strict": true, "defer_loading": true},
            {"type": "custom", "name": "c", "defer_loading": true},
            {"type": "custom", "name": "g", "description": "d",
                "format": {"type": "grammar", "syntax": "regex", "definition": "a+"}},
            {"type": "custom", "name": "new", "format": {"type": "brand_new"}},
            {"type": "web_search", "search_context_size": "low"},
        ],
        "tool_choice": {"type": "allowed_tools", "mode": "required",
            "tools": [{"type": "function", "name": "f"}, {"type": "custom", "name": "c"}]},
        "previous_response_id": "resp_1", "background": true, "store": false,
        "metadata": {"a": "b"}, "service_tier": "flex", "truncation": "auto",
    });
    let decoded = asked(&request.to_string());
    assert_eq!(decoded.sampling.logprobs, Some(true));
    assert_eq!(decoded.user.as_deref(), Some("s"));
    let options = decoded.reasoning.as_ref().unwrap();
    assert_eq!(options.effort, Some(ReasoningEffort::High));
    assert_eq!(options.include, Some(true));
    let allowed = ToolChoice::Allowed {
        names: vec!["f".to_owned(), "c".to_owned()],
        required: true,
    };
    assert_eq!(decoded.tool_choice, Some(allowed));
    let (body, losses) = sent(&decoded);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(body, request);
}

#[test]
fn what_is_lost_elsewhere_has_a_name() {
    let losses_of = |members: &str| {
        let request = asked(&format!(r#"{{"model":"m","input":[],{members}}}"#));
        let losses = request.sidecars.iter().filter_map(loss_of);
        losses.collect::<Vec<_>>()
    };
    for (members, expected) in [
        (
            r#""previous_response_id":"r""#,
            vec![Loss::StoredConversation],
        ),
        (r#""conversation":"c""#, vec![Loss::StoredConversation]),
        (r#""prompt":{"id":"p"}"#, vec![Loss::StoredConversation]),
        (r#""background":true"#, vec![Loss::Background]),
        (
            r#""tools":[{"type":"web_search"}]"#,
            vec![Loss::ProviderTool],
        ),
        (
            r#""tool_choice":{"type":"file_search"}"#,
            vec![Loss::ToolChoice],
        ),
        (
            r#""include":["file_search_call.results"]"#,
            vec![Loss::UnknownMember],
        ),
        (r#""brand_new":1"#, vec![Loss::UnknownMember]),
        (
            r#""background":false,"store":true,"service_tier":"auto","truncation":"disabled",
            "include":["reasoning.encrypted_content"],"metadata":{},"text":{},"reasoning":{},
            "user":"u","tools":[{"type":"function","name":"f"}],"stream_options":{}"#,
            vec![],
        ),
    ] {
        assert_eq!(losses_of(members), expected, "{members}");
    }
    let items = r#"[{"id":"msg_0"},{"type":"mcp_call"}]"#;
    let request = asked(&format!(r#"{{"model":"m","input":{items}}}"#));
    let blocks = request.turns.iter().flat_map(|turn| &turn.blocks);
    let losses: Vec<_> = blocks
        .filter_map(|block| match &block.content {
            Content::Other(sidecar) => loss_of(sidecar),
            _ => None,
        })
        .collect();
    assert_eq!(losses, [Loss::StoredConversation, Loss::ProviderTool]);
}

#[test]
fn another_dialects_request_keeps_nothing_at_the_provider_and_says_what_is_default_there() {
    let mut request = foreign(vec![Block::text("hi")], Role::User);
    request.tools = vec![Tool::new("f")];
    request.reasoning = Some(ReasoningOptions {
        budget_tokens: Some(4000),
        include: Some(true),
        ..ReasoningOptions::default()
    });
    request.output = Some(OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: "{}".into(),
        strict: None,
    });
    request.user = Some("u".to_owned());
    let (body, losses) = sent(&request);
    assert_eq!(lost(&losses), [Loss::ReasoningEffort]);
    assert_eq!(
        body,
        json!({
            "model": "m", "store": false, "safety_identifier": "u",
            "input": [{"role": "user", "content": "hi"}],
            "tools": [{"type": "function", "name": "f", "parameters": null, "strict": false}],
            "reasoning": {"effort": "medium", "summary": "auto"},
            "text": {"format": {"type": "json_schema", "name": "answer", "schema": {}}},
            "include": ["reasoning.encrypted_content"],
        })
    );
}

#[test]
fn knobs_without_a_place_are_told() {
    let mut request = foreign(vec![Block::text("hi")], Role::User);
    let sampling = &mut request.sampling;
    sampling.max_tokens = Some(5);
    sampling.top_k = Some(1);
    sampling.seed = Some(1);
    sampling.stop = vec!["x".to_owned()];
    sampling.presence_penalty = Some(1.0);
    sampling.choices = Some(2);
    request.turns[0].blocks[0].cache = Some(CacheMarker::Short);
    request
        .sidecars
        .push(Sidecar::new(LlmDialect::OpenAiChat, "logit_bias", "{}"));
    let (body, losses) = sent(&request);
    assert_eq!(body["max_output_tokens"], 16);
    assert_eq!(
        lost(&losses),
        [
            Loss::Choices,
            Loss::TopK,
            Loss::Seed,
            Loss::Penalties,
            Loss::StopSequences,
            Loss::MaxTokens,
            Loss::CacheMarker,
            Loss::UnknownMember,
        ]
    );
}

#[test]
fn another_providers_thoughts_are_not_sent() {
    let mut call = ToolCall::new("c1", "f", "");
    call.state = Some(Opaque::new(StateOwner::Gemini, "sig"));
    let blocks = vec![
        thought(StateOwner::Anthropic, "hm"),
        thought(StateOwner::OpenAi, "mine"),
        Block::text("a"),
        Block::text(""),
        Block::text("b"),
        Block::new(Content::ToolCall(call)),
    ];
    let (body, losses) = sent(&foreign(blocks, Role::Assistant));
    assert_eq!(lost(&losses), [Loss::ReasoningText, Loss::ReasoningState]);
    assert_eq!(
        body["input"],
        json!([
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "mine"}],
                "encrypted_content": "data"},
            {"role": "assistant", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        ])
    );
    assert_eq!(body["include"], json!(["reasoning.encrypted_content"]));
}

#[test]
fn media_that_has_no_place_is_left_out_and_told() {
    let media = |kind, source| Block::new(Content::Media(Media::new(kind, source)));
    let base64 = |data: &str| MediaSource::Base64(data.to_owned());
    let mut failed = ToolResult::new("c1", vec![media(MediaKind::Image, base64("/9j/"))]);
    failed.is_error = true;
    let blocks = vec![
        Block::new(Content::ToolResult(failed)),
        media(MediaKind::Image, base64("R0lG")),
        media(MediaKind::Document, base64("JVBE")),
        media(MediaKind::Document, MediaSource::Text("words".to_owned())),
        media(MediaKind::Audio, base64("x")),
        media(MediaKind::Video, base64("x")),
        media(MediaKind::Image, MediaSource::File("file_011".to_owned())),
    ];
    let (body, losses) = sent(&foreign(blocks, Role::User));
    assert_eq!(
        lost(&losses),
        [
            Loss::Audio,
            Loss::Video,
            Loss::StoredMedia,
            Loss::ToolResultError
        ]
    );
    assert_eq!(
        body["input"],
        json!([
            {"type": "function_call_output", "call_id": "c1", "output": [
                {"type": "input_image", "image_url": "data:image/jpeg;base64,/9j/", "detail": "auto"},
            ]},
            {"role": "user", "content": [
                {"type": "input_image", "image_url": "data:image/gif;base64,R0lG", "detail": "auto"},
                {"type": "input_file", "file_data": "data:application/pdf;base64,JVBE",
                    "filename": "document.pdf"},
                {"type": "input_text", "text": "words"},
            ]},
        ])
    );
}

#[test]
fn says_where_a_request_is_wrong() {
    for (body, param) in [
        (r#"{"input":"x"}"#, "model"),
        (r#"{"model":"m","input":7}"#, "input"),
        (
            r#"{"model":"m","input":[{"role":"robot"}]}"#,
            "input[0].role",
        ),
        (
            r#"{"model":"m","input":[{"type":"function_call","call_id":"c"}]}"#,
            "input[0].name",
        ),
        (
            r#"{"model":"m","input":[{"role":"user","content":[{"type":"input_text"}]}]}"#,
            "input[0].content[0].text",
        ),
        (r#"{"model":"m","tools":[{"name":"f"}]}"#, "tools[0].type"),
        (r#"{"model":"m","tool_choice":"some"}"#, "tool_choice"),
        (
            r#"{"model":"m","text":{"format":{"type":"json_schema"}}}"#,
            "text.format.schema",
        ),
    ] {
        let refused = OpenAiResponses
            .decode_request(&Target::default(), body.as_bytes())
            .unwrap_err();
        assert_eq!(refused.param(), Some(param), "{refused}");
    }
}

#[test]
fn ids_that_were_made_here_are_forgotten() {
    let input = r#"[{"type":"reasoning","id":"rs_agw_s_0","summary":[],"encrypted_content":"agw1.gemini.sig"},
        {"type":"function_call","id":"fc_agw_s_1","call_id":"c1","name":"f","arguments":"{}"},
        {"type":"reasoning","id":"rs_redacted_agw_s_2","summary":[],"encrypted_content":"agw1.anthropic.x"},
        {"type":"reasoning","summary":[],"encrypted_content":"agw1.anthropic.y"},
        {"type":"message","id":"msg_agw_s_3","role":"assistant","content":[{"type":"output_text","text":"t"}]}]"#;
    let request = asked(&format!(r#"{{"model":"m","input":{input}}}"#));
    let blocks = &request.turns[0].blocks;
    assert_eq!(blocks.len(), 4);
    let Content::ToolCall(call) = &blocks[0].content else {
        panic!("{blocks:?}");
    };
    assert_eq!(call.state, Some(Opaque::new(StateOwner::Gemini, "sig")));
    let redacted: Vec<_> = blocks
        .iter()
        .filter_map(|block| match &block.content {
            Content::Reasoning(thought) => Some((thought.redacted, thought.id.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(redacted, [(true, None), (false, None)]);
    let (body, _) = sent(&request);
    let has_id = |item: &Value| item.get("id").is_some();
    assert!(
        !body["input"].as_array().unwrap().iter().any(has_id),
        "{body}"
    );
}

#[test]
fn names_that_openai_does_not_take_come_back() {
    let call = Content::ToolCall(ToolCall::new("c", "a.b", "{}"));
    let request = Request {
        tools: ["a.b", "a_b"].map(Tool::new).into(),
        tool_choice: Some(ToolChoice::Tool("a.b".to_owned())),
        turns: vec![Turn::new(Role::Assistant, vec![Block::new(call)])],
        ..Request::default()
    };
    let encoded = OpenAiResponses
        .encode_request(&request, &mut LossReport::new())
        .unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(body["tools"][0]["name"], "a_b_2");
    assert_eq!(body["tools"][1]["name"], "a_b");
    assert_eq!(body["tool_choice"]["name"], "a_b_2");
    assert_eq!(body["input"][0]["name"], "a_b_2");
    assert_eq!(encoded.context.tool_name("a_b_2"), "a.b");
    assert_eq!(encoded.context.tool_name("a_b"), "a_b");
}
