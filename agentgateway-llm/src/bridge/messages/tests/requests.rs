use serde_json::{Value, json};

use super::{
    super::super::{
        Codec, Loss, Target,
        form::{
            Block, CacheMarker, Content, Media, MediaKind, MediaSource, Opaque, OutputFormat, Role,
            Sidecar, StateOwner, Tool, ToolCall, ToolResult, Turn,
        },
    },
    AnthropicMessages, encode, hello, read, request, thought, write,
};
use crate::LlmDialect;

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
