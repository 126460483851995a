//! What providers are sent.

use super::*;

#[test]
fn results_come_first_and_calls_are_one_message() {
    let thought = Block::new(Content::Reasoning(Reasoning {
        text: "hm".into(),
        ..Reasoning::default()
    }));
    let request = of_turns(vec![
        Turn::new(Role::User, vec![Block::text("go")]),
        Turn::new(Role::Assistant, vec![thought]),
        Turn::new(Role::Assistant, vec![call("a")]),
        Turn::new(Role::Assistant, vec![call("b"), Block::text("so")]),
        Turn::new(Role::User, vec![Block::text("first"), result("a", "1")]),
        Turn::new(Role::User, vec![result("b", "2"), Block::text("then")]),
    ]);
    let (body, losses) = encoded(&request);
    assert_eq!(
        roles(&body),
        ["user", "assistant", "tool", "tool", "user", "user"]
    );
    assert_eq!(
        body["messages"][1]["tool_calls"].as_array().unwrap().len(),
        2
    );
    // The user has spoken since: these thoughts are over.
    assert_eq!(losses.iter().collect::<Vec<_>>(), [Loss::ReasoningText]);
}

#[test]
fn thoughts_go_back_within_a_loop_of_tools() {
    let messages = r#""messages":[{"role":"user","content":"go"},
        {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
            {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":"1"}]"#;
    let (body, losses) = encoded(&request(messages));
    assert_eq!(body["messages"][1]["reasoning_content"], "hm");
    assert!(losses.is_empty(), "{losses}");
}

#[test]
fn state_goes_to_its_owner_alone() {
    let thought = |owner| {
        Block::new(Content::Reasoning(Reasoning {
            text: "hm".into(),
            state: Some(Opaque::new(owner, "sig")),
            ..Reasoning::default()
        }))
    };
    let mut called = ToolCall::new("c", "f", "");
    called.state = Some(Opaque::new(StateOwner::Anthropic, "x"));
    let blocks = vec![
        thought(StateOwner::Anthropic),
        thought(StateOwner::Other),
        Block::new(Content::ToolCall(called)),
    ];
    let (body, losses) = encoded(&of_turns(vec![Turn::new(Role::Assistant, blocks)]));
    let message = &body["messages"][0];
    let details = json!([{"type": "reasoning.text", "text": "hm", "signature": "sig", "index": 0}]);
    assert_eq!(message["reasoning_details"], details);
    assert_eq!(message["tool_calls"][0].get("extra_content"), None);
    assert_eq!(message["tool_calls"][0]["function"]["arguments"], "{}");
    assert!(
        losses.has(Loss::ReasoningState) && losses.has(Loss::ReasoningText),
        "{losses}"
    );
}

#[test]
fn what_has_no_place_is_told() {
    let media = |kind, source| Block::new(Content::Media(Media::new(kind, source)));
    let url = || MediaSource::Url("https://a.example".into());
    let file = || MediaSource::File("file_1".into());
    let foreign = || Sidecar::new(LlmDialect::Gemini, "x", "1");
    let cases = [
        (media(MediaKind::Video, url()), Loss::Video),
        (media(MediaKind::Audio, url()), Loss::RemoteMedia),
        (media(MediaKind::Document, url()), Loss::RemoteMedia),
        (media(MediaKind::Document, file()), Loss::StoredMedia),
        (media(MediaKind::Image, file()), Loss::StoredMedia),
        (
            media(MediaKind::Audio, MediaSource::Base64("AA".into())),
            Loss::Audio,
        ),
        (Block::new(Content::Other(foreign())), Loss::UnknownBlock),
        (
            Block {
                sidecars: vec![foreign()],
                ..Block::text("x")
            },
            Loss::UnknownMember,
        ),
        (
            Block {
                cache: Some(CacheMarker::Short),
                ..Block::text("x")
            },
            Loss::CacheMarker,
        ),
        (
            Block::new(Content::ToolResult(ToolResult::new(
                "c",
                vec![media(MediaKind::Video, url())],
            ))),
            Loss::Video,
        ),
        (
            Block::new(Content::ToolResult(ToolResult {
                is_error: true,
                ..ToolResult::new("c", vec![])
            })),
            Loss::ToolResultError,
        ),
    ];
    for (block, loss) in cases {
        let request = of_turns(vec![Turn::new(Role::User, vec![block, Block::text("and")])]);
        let (_, losses) = encoded(&request);
        assert_eq!(losses.iter().collect::<Vec<_>>(), [loss]);
    }
    let mut request = of_turns(vec![]);
    request.sampling.top_k = Some(1);
    request.sampling.temperature = Some(3.0);
    request.sampling.stop = (0..5).map(|n| n.to_string()).collect();
    request.user = Some("u".repeat(65));
    let (body, losses) = encoded(&request);
    let expected = [
        Loss::Temperature,
        Loss::TopK,
        Loss::StopSequences,
        Loss::User,
    ];
    assert_eq!(losses.iter().collect::<Vec<_>>(), expected);
    assert_eq!(body["temperature"], 2);
    assert_eq!(body["stop"].as_array().unwrap().len(), 4);
    assert_eq!(body.get("user"), None);
}

#[test]
fn media_of_results_stand_behind_all_results() {
    let image = |data: &str| {
        let media = Media::new(MediaKind::Image, MediaSource::Base64(data.into()));
        Block::new(Content::Media(media))
    };
    let result = |id: &str, content| Block::new(Content::ToolResult(ToolResult::new(id, content)));
    let request = of_turns(vec![Turn::new(
        Role::User,
        vec![
            result("a", vec![Block::text("first"), image("AA")]),
            result("b", vec![image("BB")]),
            Block::text("and?"),
        ],
    )]);
    let (body, losses) = encoded(&request);
    assert!(losses.is_empty(), "{losses}");
    let shown = |data: &str| json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{data}")}});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "tool", "tool_call_id": "a", "content": "first"},
            {"role": "tool", "tool_call_id": "b", "content": ""},
            {"role": "user", "content": [shown("AA"), shown("BB")]},
            {"role": "user", "content": "and?"},
        ])
    );
}

#[test]
fn names_that_openai_does_not_take_come_back() {
    let mut request = of_turns(vec![Turn::new(
        Role::Assistant,
        vec![Block::new(Content::ToolCall(ToolCall::new(
            "c", "a.b", "{}",
        )))],
    )]);
    request.tools = vec![
        Tool::new("a_b"),
        Tool::new("a.b"),
        Tool::new("x".repeat(70)),
    ];
    request.tool_choice = Some(ToolChoice::Tool("a.b".into()));
    request.output = Some(OutputFormat::JsonSchema {
        name: None,
        description: None,
        schema: "{}".into(),
        strict: None,
    });
    request.reasoning = Some(ReasoningOptions {
        effort: Some(ReasoningEffort::Low),
        ..ReasoningOptions::default()
    });
    let mut losses = LossReport::new();
    let encoded = OpenAiChat.encode_request(&request, &mut losses).unwrap();
    let body: Value = serde_json::from_slice(&encoded.body).unwrap();
    let name = |at: usize| body["tools"][at]["function"]["name"].as_str().unwrap();
    assert_eq!([name(0), name(1)], ["a_b", "a_b_2"]);
    assert_eq!(name(2), "x".repeat(64));
    assert_eq!(body["tool_choice"]["function"]["name"], "a_b_2");
    assert_eq!(
        body["messages"][0]["tool_calls"][0]["function"]["name"],
        "a_b_2"
    );
    assert_eq!(body["response_format"]["json_schema"]["name"], "answer");
    assert_eq!(encoded.context.tool_name("a_b_2"), "a.b");
    assert_eq!(encoded.context.tool_name("a_b"), "a_b");
    let answer = br#"{"id":"r","choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"a_b_2"}}]}}]}"#;
    let response = OpenAiChat
        .decode_response(&encoded.context, answer)
        .unwrap();
    let Content::ToolCall(call) = &response.choices[0].blocks[0].content else {
        panic!("no call")
    };
    assert_eq!(call.name, "a.b");
}

#[test]
fn losses_of_members_are_named() {
    let request = request(&format!(
        r#"{HELLO},"store":false,"service_tier":"auto","modalities":["text"],
        "tools":[{{"type":"web_search"}}]"#
    ));
    let losses: Vec<_> = request.sidecars.iter().filter_map(loss_of).collect();
    assert_eq!(losses, [Loss::ProviderTool]);
    for (name, raw, loss) in [
        ("logit_bias", "{}", Some(Loss::UnknownMember)),
        ("store", "true", Some(Loss::UnknownMember)),
        (
            "modalities",
            "[ \"text\", \"audio\" ]",
            Some(Loss::OutputModality),
        ),
        ("audio", r#"{"voice":"v"}"#, Some(Loss::OutputModality)),
        ("audio", r#"{"id":"a"}"#, Some(Loss::Audio)),
        ("web_search_options", "{}", Some(Loss::ProviderTool)),
        ("annotations", "[]", Some(Loss::Citations)),
        ("prompt_cache_key", "\"k\"", Some(Loss::CacheMarker)),
        ("message.role", "\"developer\"", None),
        ("message.name", "\"ann\"", Some(Loss::UnknownMember)),
    ] {
        let raw = Raw::parse(raw.as_bytes()).unwrap();
        let sidecar = Sidecar::of(LlmDialect::OpenAiChat, name, raw);
        assert_eq!(loss_of(&sidecar), loss, "{name}");
    }
}
