use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{
        AnswerContext, Codec, DecodeContext, Loss, LossReport, OpenAiChat, Target, codec_of,
        form::{
            Block, Content, Media, MediaKind, MediaSource, Opaque, Reasoning, Request, Role,
            Sidecar, StateOwner, StopReason, ToolResult, Turn,
        },
        stream::{CodecError, Collect, Event, Grammar, StreamDecoder as _},
    },
    stream::Decoder,
    *,
};

/// As the server writes it: thoughts, text, a call, the end.
const STREAM: &str = r#"{"model":"qwen3","created_at":"2026-11-23T10:00:00.123456789Z","message":{"role":"assistant","content":"","thinking":"The user"},"done":false}
{"model":"qwen3","created_at":"2026-11-23T10:00:00.2Z","message":{"role":"assistant","content":"","thinking":" asks."},"done":false}
{"model":"qwen3","created_at":"2026-11-23T10:00:00.3Z","message":{"role":"assistant","content":"Let me \"look\"."},"done":false}
{"model":"qwen3","created_at":"2026-11-23T10:00:00.4Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"index":0,"name":"weather","arguments":{"city":"Bern", "days":1.50}}}]},"done":false}
{"model":"qwen3","created_at":"2026-11-23T10:00:00.5Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":282,"eval_duration":4535599000}
"#;

fn asked(chat: &Value) -> (Value, LossReport) {
    let body = chat.to_string();
    let request = OpenAiChat
        .decode_request(&Target::default(), body.as_bytes())
        .unwrap();
    written(&request)
}

fn written(request: &Request) -> (Value, LossReport) {
    let mut losses = LossReport::new();
    let encoded = Ollama.encode_request(request, &mut losses).unwrap();
    assert_eq!(encoded.path, "/api/chat");
    (serde_json::from_slice(&encoded.body).unwrap(), losses)
}

fn decoded(
    chunks: &mut dyn Iterator<Item = &[u8]>,
) -> (Vec<Event<'static>>, Result<(), CodecError>) {
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut decoder = Ollama.stream_decoder(&DecodeContext::default());
    for chunk in chunks {
        decoder.feed(chunk, &mut events).unwrap();
    }
    let end = decoder.finish(&mut events);
    (events, end)
}

#[test]
fn images_of_results_stand_behind_all_results() {
    let image = |source| Block::new(Content::Media(Media::new(MediaKind::Image, source)));
    let base64 = |data: &str| image(MediaSource::Base64(data.to_owned()));
    let result = |id: &str, content| Block::new(Content::ToolResult(ToolResult::new(id, content)));
    let mut request = Request::default();
    request.turns.push(Turn::new(
        Role::User,
        vec![
            result("a", vec![Block::text("first"), base64("AA")]),
            result("b", vec![base64("BB")]),
            Block::text("and?"),
        ],
    ));
    let (body, losses) = written(&request);
    assert_eq!(losses.to_string(), "nothing");
    let messages = json!([
        {"role": "tool", "content": "first", "tool_call_id": "a"},
        {"role": "tool", "content": "", "tool_call_id": "b"},
        {"role": "user", "content": "", "images": ["AA", "BB"]},
        {"role": "user", "content": "and?"},
    ]);
    assert_eq!(body["messages"], messages);
    let remote = image(MediaSource::Url("https://a.example/b.png".to_owned()));
    request.turns = vec![Turn::new(Role::User, vec![result("c", vec![remote])])];
    let (body, losses) = written(&request);
    assert_eq!(losses.to_string(), "remote_media");
    assert_eq!(body["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn a_request_is_written_as_the_api_reference_has_it() {
    let (body, losses) = asked(&json!({
        "model": "qwen3",
        "messages": [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": [
                {"type": "text", "text": "what is"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}},
                {"type": "text", "text": "this"}
            ]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"at\": 1.0}"}}
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "a cat"}
        ],
        "tools": [{"type": "function", "function": {"name": "look", "description": "looks", "parameters": {"type": "object"}}}],
        "reasoning_effort": "low",
        "temperature": 0.5, "max_tokens": 64, "seed": 7, "stop": ["."],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": true}}
    }));
    assert_eq!(losses.to_string(), "nothing");
    let wanted = json!({
        "model": "qwen3",
        "messages": [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": "what is\n\nthis", "images": ["iVBO"]},
            {"role": "assistant", "content": "", "tool_calls": [
                {"id": "c1", "function": {"name": "look", "arguments": {"at": 1.0}}}
            ]},
            {"role": "tool", "content": "a cat", "tool_name": "look", "tool_call_id": "c1"}
        ],
        "stream": false,
        "tools": [{"type": "function", "function": {"name": "look", "description": "looks", "parameters": {"type": "object"}}}],
        "think": "low",
        "format": {"type": "object"},
        "options": {"num_predict": 64, "temperature": 0.5, "seed": 7, "stop": ["."]}
    });
    assert_eq!(body, wanted);
}

#[test]
fn what_has_no_place_is_told() {
    let hello = json!([{"role": "user", "content": "hi"}]);
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    for (members, loss) in [
        (json!({"n": 2}), Loss::Choices),
        (
            json!({"tools": tools, "tool_choice": "required"}),
            Loss::ToolChoice,
        ),
        (
            json!({"tools": tools, "parallel_tool_calls": false}),
            Loss::ParallelToolCalls,
        ),
        (json!({"logprobs": true}), Loss::Logprobs),
        (json!({"user": "ann"}), Loss::User),
        (json!({"reasoning_effort": "xhigh"}), Loss::ReasoningEffort),
        (json!({"web_search_options": {}}), Loss::ProviderTool),
        (
            json!({"messages": [{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}
            ]}]}),
            Loss::RemoteMedia,
        ),
        (
            json!({"messages": [{"role": "user", "content": [
                {"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}
            ]}]}),
            Loss::Audio,
        ),
    ] {
        let mut chat = json!({"model": "m", "messages": hello});
        let chat_members = chat.as_object_mut().unwrap();
        chat_members.extend(members.as_object().unwrap().clone());
        let (_, losses) = asked(&chat);
        assert_eq!(losses.iter().collect::<Vec<_>>(), [loss]);
    }
}

#[test]
fn tools_that_may_not_be_asked_for_are_not_shown() {
    let (body, losses) = asked(&json!({
        "model": "m", "messages": [{"role": "user", "content": "hi"}], "tool_choice": "none",
        "tools": [{"type": "function", "function": {"name": "f"}}]
    }));
    assert_eq!(body.get("tools"), None);
    assert!(losses.is_empty());
}

#[test]
fn state_of_others_is_never_sent() {
    let thought = Reasoning {
        text: "hm".into(),
        state: Some(Opaque::new(StateOwner::Anthropic, "sig")),
        ..Reasoning::default()
    };
    let blocks = vec![
        Block::new(Content::Reasoning(thought)),
        Block::text("a"),
        Block::text("b"),
    ];
    let (body, losses) = written(&Request {
        turns: vec![Turn::new(Role::Assistant, blocks)],
        ..Request::default()
    });
    let said = json!([{"role": "assistant", "content": "ab", "thinking": "hm"}]);
    assert_eq!(body["messages"], said);
    assert_eq!(losses.iter().collect::<Vec<_>>(), [Loss::ReasoningState]);
}

#[test]
fn arguments_that_are_no_object_change_the_meaning() {
    let (body, losses) = asked(
        &json!({"model": "m", "messages": [{"role": "assistant", "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "[1"}}
        ]}]}),
    );
    let call = &body["messages"][0]["tool_calls"][0]["function"];
    assert_eq!(call["arguments"], json!({}));
    assert!(losses.has(Loss::ToolArguments));
}

#[test]
fn a_stream_is_read() {
    let (events, end) = decoded(&mut std::iter::once(STREAM.as_bytes()));
    end.unwrap();
    let mut grammar = Grammar::new();
    let mut collect = Collect::new();
    for event in events {
        grammar.check(&event).unwrap();
        super::super::stream::EventSink::event(&mut collect, event).unwrap();
    }
    let response = collect.finish().unwrap();
    assert_eq!(response.model, "qwen3");
    assert_eq!(response.usage.input_tokens(), Some(26));
    assert_eq!(response.usage.output_tokens(), Some(282));
    let [choice] = response.choices.as_slice() else {
        panic!("one choice");
    };
    assert_eq!(choice.stop, StopReason::ToolUse);
    let [thought, text, call] = choice.blocks.as_slice() else {
        panic!("three blocks");
    };
    let Content::Reasoning(thought) = &thought.content else {
        panic!("thoughts");
    };
    assert_eq!(thought.text, "The user asks.");
    assert_eq!(text.content, Content::Text("Let me \"look\".".into()));
    let Content::ToolCall(call) = &call.content else {
        panic!("a call");
    };
    assert_eq!(call.name, "weather");
    assert_eq!(call.arguments, r#"{"city":"Bern", "days":1.50}"#);
    assert_eq!(call.id, "call_202611231000004_0");
}

#[test]
fn a_whole_answer_is_read_and_its_durations_are_no_loss() {
    let body = r#"{"model":"m","created_at":"2026-11-23T10:00:00Z","message":{"role":"assistant","content":"hi","thinking":"hm"},"done":true,"done_reason":"length","total_duration":5,"prompt_eval_count":3,"eval_count":4,"strange":[1]}"#;
    let response = Ollama
        .decode_response(&DecodeContext::default(), body.as_bytes())
        .unwrap();
    assert_eq!(response.choices[0].stop, StopReason::MaxTokens);
    assert_eq!(response.choices[0].blocks.len(), 2);
    let losses: Vec<_> = response.sidecars.iter().filter_map(loss_of).collect();
    assert_eq!(losses, [Loss::UnknownMember]);
    for broken in ["[]", "{", r#"{"model":"m","done":false}"#] {
        let context = DecodeContext::default();
        Ollama
            .decode_response(&context, broken.as_bytes())
            .unwrap_err();
    }
}

#[test]
fn an_error_in_a_stream_is_one() {
    let stream = "{\"model\":\"m\",\"message\":{\"content\":\"a\"},\"done\":false}\n{\"error\":\"out of memory\"}\n";
    let (events, end) = decoded(&mut std::iter::once(stream.as_bytes()));
    end.unwrap();
    let Some(Event::Fault(fault)) = events.last() else {
        panic!("a fault: {events:?}");
    };
    assert_eq!(fault.message, "out of memory");
    let body = br#"{"error":"model \"x\" not found"}"#;
    let fault = Ollama.decode_fault(StatusCode::NOT_FOUND, &HeaderMap::new(), body);
    assert_eq!(fault.message, "model \"x\" not found");
    assert_eq!(Ollama.fault_in(body).unwrap().message, fault.message);
}

#[test]
fn a_stream_without_its_end_is_cut() {
    let lines: Vec<_> = STREAM.lines().collect();
    let cut = lines[..4].join("\n");
    for stream in [cut.as_str(), &cut[..cut.len() - 9], "", "\n\n"] {
        let (_, end) = decoded(&mut std::iter::once(stream.as_bytes()));
        assert_eq!(end, Err(CodecError::Truncated));
    }
    let (_, end) = decoded(&mut std::iter::once(STREAM.trim_end().as_bytes()));
    end.unwrap();
}

#[test]
fn no_client_speaks_it_and_every_codec_tells_what_it_loses() {
    let refused = Ollama
        .decode_request(&Target::default(), b"{}")
        .unwrap_err();
    assert_eq!(refused.message(), "ollama is not spoken to clients");
    let own = LlmDialect::Other("of-somebody");
    assert!(codec_of(own).is_none());
    let mut image = Media::new(MediaKind::Image, MediaSource::Base64("iVBORw0K".into()));
    image.media_type = Some("image/png".into());
    for dialect in [
        LlmDialect::OpenAiChat,
        LlmDialect::OpenAiResponses,
        LlmDialect::AnthropicMessages,
        LlmDialect::Gemini,
        LlmDialect::BedrockConverse,
        LlmDialect::OLLAMA,
    ] {
        let other = Block::new(Content::Other(Sidecar::new(own, "hologram", "{}")));
        let blocks = vec![Block::text("hi"), other];
        let request = Request {
            model: "m".into(),
            turns: vec![Turn::new(Role::User, blocks)],
            sidecars: vec![Sidecar::new(own, "mood", "1")],
            ..Request::default()
        };
        let mut losses = LossReport::new();
        let codec = codec_of(dialect).unwrap();
        let encoded = codec.encode_request(&request, &mut losses).unwrap();
        assert!(losses.has(Loss::UnknownBlock), "{dialect}: {losses}");
        assert!(losses.has(Loss::UnknownMember), "{dialect}: {losses}");
        let body = String::from_utf8(encoded.body.to_vec()).unwrap();
        assert!(
            !body.contains("mood") && !body.contains("hologram"),
            "{body}"
        );
    }
}

#[test]
fn a_client_of_chat_is_told_the_stream() {
    let context = AnswerContext {
        include_usage: true,
        ..AnswerContext::default()
    };
    let mut encoder = OpenAiChat.stream_encoder(&context);
    let mut out = BytesMut::new();
    let mut decoder = Ollama.stream_decoder(&DecodeContext::default());
    decoder
        .feed(STREAM.as_bytes(), &mut |event: Event<'_>| {
            encoder.encode(&event, &mut out)
        })
        .unwrap();
    let told = String::from_utf8(out.to_vec()).unwrap();
    assert!(
        told.contains("\"reasoning_content\":\"The user\""),
        "{told}"
    );
    assert!(told.contains("\"finish_reason\":\"tool_calls\""), "{told}");
    assert!(told.ends_with("data: [DONE]\n\n"), "{told}");
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_answer(sizes in prop::collection::vec(1_usize..200, 1..40)) {
        let mut rest = STREAM.as_bytes();
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (head, tail) = rest.split_at((*size).min(rest.len()));
            chunks.push(head);
            rest = tail;
        }
        let (one, _) = decoded(&mut std::iter::once(STREAM.as_bytes()));
        let (other, end) = decoded(&mut chunks.into_iter());
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), line in "\\{\"(message|done|error)\":.{0,40}\\}\n") {
        let mut events: Vec<Event<'static>> = Vec::new();
        let mut decoder = Decoder::default();
        let _ = decoder.feed(&bytes, &mut events);
        let _ = decoder.feed(line.as_bytes(), &mut events);
        let _ = decoder.finish(&mut events);
        let _ = Ollama.decode_response(&DecodeContext::default(), line.as_bytes());
    }
}
