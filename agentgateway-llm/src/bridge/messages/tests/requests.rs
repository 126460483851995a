use serde_json::{Value, json};

use super::{
    super::super::{
        Codec, Loss, Target,
        form::{
            Block, CacheMarker, Content, Media, MediaKind, MediaSource, Opaque, OutputFormat,
            Reasoning, ReasoningEffort, ReasoningOptions, Request, Role, Sidecar, StateOwner, Tool,
            ToolCall, ToolChoice, ToolResult, Turn,
        },
    },
    AnthropicMessages, encode, read, write,
};
use crate::LlmDialect;

/// A request of another dialect's with these turns.
fn request(turns: Vec<Turn>) -> Request {
    Request {
        model: "claude-sonnet-4-5".into(),
        turns,
        ..Request::default()
    }
}

fn hello() -> Request {
    request(vec![Turn::new(Role::User, vec![Block::text("hello")])])
}

fn lost(request: &Request) -> Vec<Loss> {
    write(request).1.iter().collect()
}

fn thought(text: &str, state: Option<Opaque<'static>>) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        text: text.into(),
        state,
        ..Reasoning::default()
    }))
}

#[test]
fn everything_is_read_and_written_again() {
    let body = json!({
        "model": "claude-sonnet-4-6",
        "max_tokens": 9000,
        "stream": true,
        "system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "see"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0K"}},
                {"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}},
                {"type": "document", "source": {"type": "file", "file_id": "file_1"}, "title": "t", "context": "c",
                 "citations": {"enabled": true}},
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
                {"type": "document", "source": {"type": "content", "content": "own"}},
                {"type": "search_result", "source": "s", "title": "t", "content": []}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "data"},
                {"type": "text", "text": "found", "citations": [{"type": "char_location", "cited_text": "w"}]},
                {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
                {"type": "tool_use", "id": "t1", "name": "find", "input": {"b": 1e2, "a": []},
                 "caller": {"type": "direct"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "cache_control": {"type": "ephemeral"},
                 "content": [{"type": "text", "text": "no"}, {"type": "tool_reference", "tool_name": "x"}]}]}],
        "tools": [
            {"name": "find", "description": "d", "input_schema": {"type": "object", "b": 1, "a": 2}, "strict": true,
             "cache_control": {"type": "ephemeral"}, "defer_loading": true},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
        "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "omitted"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}},
                          "task_budget": {"tokens": 5}},
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u1", "more": 1},
        "service_tier": "standard_only",
        "container": "c1",
        "cache_control": {"type": "ephemeral"}
    });
    let request = read(&body.to_string());
    assert_eq!(request.parallel_tool_calls, Some(false));
    assert_eq!(request.user.as_deref(), Some("u1"));
    assert_eq!(request.system[0].cache, Some(CacheMarker::Hour));
    let (written, losses) = write(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(written, body);
}

/// The order of members and the spelling of numbers are the peers'.
#[test]
fn arguments_and_schemas_stay_as_they_were_written() {
    let body = r#"{"model":"m","messages":[{"role":"assistant","content":[
        {"type":"tool_use","id":"t","name":"f","input":{"z": 1e2,"a":"\u0061"}}]}],
        "tools":[{"name":"f","input_schema":{"z": 1.0, "a":2}}]}"#;
    let request = read(body);
    let (encoded, _) = encode(&request);
    let text = std::str::from_utf8(&encoded.body).unwrap();
    assert!(text.contains(r#"{"z": 1e2,"a":"\u0061"}"#), "{text}");
    assert!(text.contains(r#"{"z": 1.0, "a":2}"#), "{text}");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (body, place) in [
        (r#"{"messages":[]}"#, "model"),
        (r#"{"model":"m"}"#, "messages"),
        (
            r#"{"model":"m","messages":[{"role":"tool","content":""}]}"#,
            "messages[0].role",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user"}]}"#,
            "messages[0].content",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "messages[0].content[0].text",
        ),
        (
            r#"{"model":"m","messages":[],"max_tokens":-1}"#,
            "max_tokens",
        ),
        (
            r#"{"model":"m","messages":[],"tools":[{}]}"#,
            "tools[0].name",
        ),
        (
            r#"{"model":"m","messages":[],"tool_choice":{"type":"some"}}"#,
            "tool_choice.type",
        ),
    ] {
        let refused = AnthropicMessages.decode_request(&Target::default(), body.as_bytes());
        assert_eq!(refused.unwrap_err().param(), Some(place), "{body}");
    }
    let target = Target::new("from-path", true);
    let read = AnthropicMessages
        .decode_request(&target, br#"{"messages":[]}"#)
        .unwrap();
    assert_eq!((read.model.as_str(), read.stream), ("from-path", true));
}

#[test]
fn a_request_without_a_turn_is_refused() {
    let mut empty = request(vec![Turn::new(Role::User, vec![Block::text(" ")])]);
    empty.system.push(Block::text("be kind"));
    let refused = AnthropicMessages.encode_request(&empty, &mut Default::default());
    assert_eq!(refused.unwrap_err().param(), Some("messages"));
}

#[test]
fn turns_are_joined_results_come_first_and_instructions_move_to_the_beginning() {
    let call = |id: &str| Block::new(Content::ToolCall(ToolCall::new(id, "f", "")));
    let result = |id: &str| {
        Block::new(Content::ToolResult(ToolResult::new(
            id,
            vec![Block::text("r")],
        )))
    };
    let mut asked = request(vec![
        Turn::new(Role::System, vec![Block::text("one")]),
        Turn::new(Role::User, vec![Block::text("go"), Block::text("")]),
        Turn::new(Role::Assistant, vec![call("a")]),
        Turn::new(Role::Assistant, vec![call("b.c")]),
        Turn::new(Role::User, vec![Block::text("and"), result("a")]),
        Turn::new(Role::System, vec![Block::text("two")]),
        Turn::new(Role::User, vec![result("b.c")]),
        Turn::new(Role::Assistant, vec![Block::text("so \n")]),
    ]);
    asked.tools.push(Tool::new("f"));
    let (written, losses) = write(&asked);
    assert_eq!(losses.iter().collect::<Vec<_>>(), [Loss::SystemTurn]);
    let system: Vec<_> = written["system"].as_array().unwrap().iter().collect();
    assert_eq!(system[0]["text"], "one");
    assert_eq!(system[1]["text"], "two");
    assert_eq!(
        written["messages"],
        json!([
            {"role": "user", "content": [{"type": "text", "text": "go"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "a", "name": "f", "input": {}},
                {"type": "tool_use", "id": "_b_2ec", "name": "f", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "r"}]},
                {"type": "tool_result", "tool_use_id": "_b_2ec", "content": [{"type": "text", "text": "r"}]},
                {"type": "text", "text": "and"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "so"}]}])
    );
    assert_eq!(
        written["tools"],
        json!([{"name": "f", "input_schema": {"type": "object", "properties": {}}}])
    );
}

#[test]
fn state_goes_to_its_owner_alone() {
    let own = Opaque::new(StateOwner::Anthropic, "sig");
    let foreign = Opaque::new(StateOwner::OpenAi, "enc");
    let mut call = ToolCall::new("c", "f", "{}");
    call.state = Some(Opaque::new(StateOwner::Gemini, "g"));
    let asked = request(vec![
        Turn::new(Role::User, vec![Block::text("go")]),
        Turn::new(
            Role::Assistant,
            vec![
                thought("mine", Some(own)),
                thought("theirs", Some(foreign)),
                thought("nobody's", None),
                Block::new(Content::ToolCall(call)),
            ],
        ),
    ]);
    let (written, losses) = write(&asked);
    assert!(losses.has(Loss::ReasoningState) && losses.has(Loss::ReasoningText));
    let said = &written["messages"][1]["content"];
    assert_eq!(
        said[0],
        json!({"type": "thinking", "thinking": "mine", "signature": "sig"})
    );
    assert_eq!(said[1]["type"], "tool_use");
    assert_eq!(said.as_array().unwrap().len(), 2);
}

#[test]
fn state_that_a_client_sends_back_is_its_owners_again() {
    let body = r#"{"model":"m","messages":[{"role":"assistant","content":[
        {"type":"thinking","thinking":"t","signature":"agw1.openai.enc"},
        {"type":"thinking","thinking":"","signature":"agw1.openai.enc2"},
        {"type":"redacted_thinking","data":"agw1.other.d"},
        {"type":"thinking","thinking":"","signature":"agw1.gemini.g"},
        {"type":"tool_use","id":"c","name":"f","input":{}},
        {"type":"tool_use","id":"d","name":"f","input":{}}]}]}"#;
    let blocks = &read(body).turns[0].blocks;
    let owners: Vec<_> = blocks
        .iter()
        .map(|block| match &block.content {
            Content::Reasoning(thought) => thought.state.as_ref().map(|state| state.owner),
            Content::ToolCall(call) => call.state.as_ref().map(|state| state.owner),
            _ => None,
        })
        .collect();
    assert_eq!(
        owners,
        [
            Some(StateOwner::OpenAi),
            Some(StateOwner::OpenAi),
            Some(StateOwner::Other),
            Some(StateOwner::Gemini),
            None
        ]
    );
}

#[test]
fn thoughts_are_asked_for_as_the_model_takes_it() {
    let effort = |effort| ReasoningOptions {
        effort: Some(effort),
        ..ReasoningOptions::default()
    };
    let budget = |tokens| ReasoningOptions {
        budget_tokens: Some(tokens),
        ..ReasoningOptions::default()
    };
    let adaptive = ReasoningOptions {
        adaptive: true,
        include: Some(true),
        ..ReasoningOptions::default()
    };
    let enabled = |budget: u64| json!({"type": "enabled", "budget_tokens": budget});
    for (model, asked, max_tokens, thinking, word, is_lost) in [
        (
            "claude-sonnet-4-5",
            effort(ReasoningEffort::High),
            None,
            enabled(16_384),
            None,
            true,
        ),
        (
            "claude-opus-4-6",
            effort(ReasoningEffort::High),
            None,
            json!({"type": "adaptive"}),
            Some("high"),
            false,
        ),
        (
            "claude-opus-4-6",
            effort(ReasoningEffort::ExtraHigh),
            None,
            json!({"type": "adaptive"}),
            Some("high"),
            true,
        ),
        (
            "claude-opus-4-8",
            effort(ReasoningEffort::Minimal),
            None,
            json!({"type": "adaptive"}),
            Some("low"),
            true,
        ),
        (
            "claude-opus-4-8",
            budget(3000),
            None,
            json!({"type": "adaptive"}),
            Some("medium"),
            true,
        ),
        (
            "claude-opus-4-6",
            budget(3000),
            Some(9000),
            enabled(3000),
            None,
            false,
        ),
        (
            "claude-sonnet-4-5",
            budget(3000),
            Some(2000),
            enabled(1999),
            None,
            true,
        ),
        (
            "claude-sonnet-4-5",
            budget(3000),
            Some(1000),
            Value::Null,
            None,
            true,
        ),
        (
            "claude-sonnet-4-5",
            budget(10),
            None,
            enabled(1024),
            None,
            true,
        ),
        (
            "claude-sonnet-4-5",
            budget(0),
            None,
            json!({"type": "disabled"}),
            None,
            false,
        ),
        (
            "claude-sonnet-4-5",
            effort(ReasoningEffort::None),
            None,
            json!({"type": "disabled"}),
            None,
            false,
        ),
        (
            "claude-3-haiku-20240307",
            effort(ReasoningEffort::Low),
            None,
            Value::Null,
            None,
            true,
        ),
        (
            "claude-sonnet-5",
            adaptive,
            None,
            json!({"type": "adaptive", "display": "summarized"}),
            None,
            false,
        ),
        (
            "glm-5",
            effort(ReasoningEffort::Low),
            None,
            enabled(2048),
            None,
            true,
        ),
    ] {
        let mut request = hello();
        request.model = model.into();
        request.reasoning = Some(asked.clone());
        request.sampling.max_tokens = max_tokens;
        let (written, losses) = write(&request);
        assert_eq!(written["thinking"], thinking, "{model} {asked:?}");
        assert_eq!(
            written["output_config"]["effort"].as_str(),
            word,
            "{model} {asked:?}"
        );
        assert_eq!(
            losses.has(Loss::ReasoningEffort),
            is_lost,
            "{model} {asked:?}"
        );
        let max = written["max_tokens"].as_u64().unwrap();
        if let Some(budget) = written["thinking"]["budget_tokens"].as_u64() {
            assert!(budget < max, "{model} {asked:?}");
        }
        assert_eq!(max_tokens.unwrap_or(max), max);
    }
}

#[test]
fn an_effort_alone_does_not_ask_for_thoughts() {
    let body = r#"{"model":"claude-opus-4-6","max_tokens":9,"messages":[{"role":"user","content":"x"}],
        "output_config":{"effort":"xhigh"}}"#;
    let request = read(body);
    let asked = request.reasoning.as_ref().unwrap();
    assert_eq!(asked.effort, Some(ReasoningEffort::ExtraHigh));
    let (written, losses) = write(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(written["output_config"], json!({"effort": "xhigh"}));
    assert_eq!(written.get("thinking"), None);
    let off = r#"{"model":"m","messages":[{"role":"user","content":"x"}],
        "thinking":{"type":"disabled"},"output_config":{"effort":"low"}}"#;
    let request = read(off);
    assert_eq!(
        request.reasoning.as_ref().unwrap().effort,
        Some(ReasoningEffort::None)
    );
    let (written, _) = write(&request);
    assert_eq!(written["thinking"], json!({"type": "disabled"}));
    assert_eq!(written["output_config"], json!({"effort": "low"}));
}

#[test]
fn thoughts_give_way_to_what_forbids_them() {
    let mut forced = hello();
    forced.reasoning = Some(ReasoningOptions {
        effort: Some(ReasoningEffort::Low),
        ..ReasoningOptions::default()
    });
    forced.tools.push(Tool::new("f"));
    forced.tool_choice = Some(ToolChoice::Required);
    let (written, losses) = write(&forced);
    assert_eq!(written.get("thinking"), None);
    assert!(losses.has(Loss::ReasoningEffort));

    let mut looped = forced;
    looped.tool_choice = None;
    let call = Block::new(Content::ToolCall(ToolCall::new("c", "f", "{}")));
    let result = Block::new(Content::ToolResult(ToolResult::new("c", Vec::new())));
    looped.turns.push(Turn::new(Role::Assistant, vec![call]));
    looped.turns.push(Turn::new(Role::User, vec![result]));
    assert_eq!(write(&looped).0.get("thinking"), None);
    let own = Opaque::new(StateOwner::Anthropic, "sig");
    looped.turns[1].blocks.insert(0, thought("t", Some(own)));
    assert_eq!(write(&looped).0["thinking"]["type"], "enabled");
}

#[test]
fn knobs_are_fitted_and_what_has_no_place_is_told() {
    let mut request = hello();
    let sampling = &mut request.sampling;
    sampling.temperature = Some(1.7);
    sampling.top_p = Some(0.5);
    sampling.top_k = Some(4);
    sampling.seed = Some(1);
    sampling.presence_penalty = Some(0.5);
    sampling.choices = Some(2);
    sampling.logprobs = Some(true);
    sampling.stop = vec!["\n".into(), "END".into()];
    request.user = Some("u".repeat(300));
    let (written, losses) = write(&request);
    assert_eq!(written["temperature"], 1.0);
    assert_eq!(written.get("top_p"), None);
    assert_eq!(written["top_k"], 4);
    assert_eq!(written["stop_sequences"], json!(["END"]));
    assert_eq!(written["max_tokens"], 4096);
    assert_eq!(written.get("metadata"), None);
    assert_eq!(
        losses.iter().collect::<Vec<_>>(),
        [
            Loss::Choices,
            Loss::Temperature,
            Loss::TopP,
            Loss::Seed,
            Loss::Penalties,
            Loss::Logprobs,
            Loss::StopSequences,
            Loss::User,
        ]
    );
    // Defaults change nothing, so nothing is lost with them.
    let mut request = hello();
    request.model = "claude-opus-4-8".into();
    request.parallel_tool_calls = Some(true);
    request.output = Some(OutputFormat::Text);
    let sampling = &mut request.sampling;
    sampling.temperature = Some(1.0);
    sampling.top_p = Some(1.0);
    sampling.presence_penalty = Some(0.0);
    sampling.choices = Some(1);
    sampling.logprobs = Some(false);
    let (written, losses) = write(&request);
    assert!(losses.is_empty(), "{losses}");
    assert_eq!(written.get("temperature"), None);
    request.sampling.temperature = Some(0.2);
    assert_eq!(lost(&request), [Loss::Temperature]);
}

#[test]
fn choices_of_tools_are_said_in_the_dialects_words() {
    let allowed = |required| ToolChoice::Allowed {
        names: vec!["b.b".into()],
        required,
    };
    for (choice, parallel, written) in [
        (None, None, Value::Null),
        (None, Some(true), Value::Null),
        (
            None,
            Some(false),
            json!({"type": "auto", "disable_parallel_tool_use": true}),
        ),
        (Some(ToolChoice::None), Some(false), json!({"type": "none"})),
        (Some(ToolChoice::Required), None, json!({"type": "any"})),
        (
            Some(ToolChoice::Tool("b.b".into())),
            None,
            json!({"type": "tool", "name": "b_b"}),
        ),
        (Some(allowed(false)), None, json!({"type": "auto"})),
        (Some(allowed(true)), None, json!({"type": "any"})),
    ] {
        let mut request = hello();
        request.tools = vec![Tool::new("a"), Tool::new("b.b")];
        request.tool_choice = choice.clone();
        request.parallel_tool_calls = parallel;
        let (encoded, losses) = encode(&request);
        assert!(losses.is_empty(), "{losses}");
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["tool_choice"], written, "{choice:?}");
        let tools = body["tools"].as_array().unwrap();
        let shown = if matches!(choice, Some(ToolChoice::Allowed { .. })) {
            1
        } else {
            2
        };
        assert_eq!(tools.len(), shown, "{choice:?}");
        assert_eq!(tools.last().unwrap()["name"], "b_b");
        assert_eq!(encoded.context.tool_name("b_b"), "b.b");
    }
    let mut none = hello();
    none.tool_choice = Some(ToolChoice::Auto);
    assert!(lost(&none).is_empty());
    none.tool_choice = Some(ToolChoice::Required);
    assert_eq!(lost(&none), [Loss::ToolChoice]);
}

#[test]
fn media_goes_where_the_dialect_has_a_place_for_it() {
    let base64 = |data: &str| MediaSource::Base64(data.into());
    let url = || MediaSource::Url("https://a.example/x".into());
    let image = MediaKind::Image;
    let document = MediaKind::Document;
    for (kind, media_type, source, written) in [
        (image, Some("image/jpg"), base64("/9j/x"), Ok("image/jpeg")),
        (image, None, base64("R0lGODlh"), Ok("image/gif")),
        (image, None, base64("AAAA"), Err(Loss::Image)),
        (image, Some("image/tiff"), base64("AAAA"), Err(Loss::Image)),
        (image, None, url(), Ok("url")),
        (
            image,
            None,
            MediaSource::File("file-openai".into()),
            Err(Loss::StoredMedia),
        ),
        (
            document,
            Some("application/pdf"),
            base64("JVBERi0x"),
            Ok("application/pdf"),
        ),
        (
            document,
            Some("text/csv;charset=utf-8"),
            base64("YSxi"),
            Ok("text/plain"),
        ),
        (
            document,
            Some("text/plain"),
            base64("!"),
            Err(Loss::Document),
        ),
        (
            document,
            Some("application/zip"),
            base64("AAAA"),
            Err(Loss::Document),
        ),
        (
            document,
            None,
            MediaSource::Text("t".into()),
            Ok("text/plain"),
        ),
        (
            MediaKind::Audio,
            Some("audio/wav"),
            base64("AAAA"),
            Err(Loss::Audio),
        ),
        (MediaKind::Video, None, url(), Err(Loss::Video)),
    ] {
        let mut request = hello();
        let media = Media {
            media_type: media_type.map(Into::into),
            ..Media::new(kind, source)
        };
        let what = format!("{media:?}");
        request.turns[0]
            .blocks
            .push(Block::new(Content::Media(media)));
        let (body, losses) = write(&request);
        let source = &body["messages"][0]["content"][1]["source"];
        match written {
            Ok(word) => {
                assert!(losses.is_empty(), "{what}: {losses}");
                assert!(
                    source["media_type"] == word || source["type"] == word,
                    "{source}"
                );
            }
            Err(loss) => {
                assert_eq!(losses.iter().collect::<Vec<_>>(), [loss], "{what}");
                assert_eq!(*source, Value::Null);
            }
        }
    }
}

#[test]
fn what_only_others_know_is_told_as_lost() {
    let foreign = |name: &str| Sidecar::new(LlmDialect::OpenAiChat, name, "1");
    let mut request = hello();
    request.sidecars.push(foreign("logit_bias"));
    let mut tool = Tool::new("f");
    tool.sidecars.push(foreign("own"));
    request.tools.push(tool);
    let other = Block::new(Content::Other(foreign("item")));
    request.turns[0].blocks.push(other);
    request.output = Some(OutputFormat::JsonObject);
    let (written, losses) = write(&request);
    assert_eq!(
        losses.iter().collect::<Vec<_>>(),
        [Loss::OutputFormat, Loss::UnknownBlock, Loss::UnknownMember]
    );
    assert_eq!(written.get("logit_bias"), None);
    assert_eq!(written["tools"][0].get("own"), None);
    assert_eq!(
        written["messages"][0]["content"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn arguments_that_are_no_object_are_told_as_lost() {
    for (arguments, is_lost) in [
        ("", false),
        (" {\"a\":1} ", false),
        ("[1]", true),
        ("{", true),
    ] {
        let mut request = hello();
        let call = ToolCall::new("c", "f", arguments);
        let turn = Turn::new(Role::Assistant, vec![Block::new(Content::ToolCall(call))]);
        request.turns.push(turn);
        let (written, losses) = write(&request);
        assert_eq!(losses.has(Loss::ToolArguments), is_lost, "{arguments}");
        assert!(written["messages"][1]["content"][0]["input"].is_object());
    }
}
