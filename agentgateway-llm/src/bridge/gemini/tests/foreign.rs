//! What other dialects say.

use super::{
    super::super::{
        codec::Codec,
        form::{
            Block, CacheMarker, Choice, Content, Media, MediaKind, MediaSource, Opaque, Reasoning,
            ReasoningEffort, ReasoningOptions, Request, Response, Role, Sidecar, StateOwner,
            StopReason, Tool, ToolCall, ToolChoice, ToolResult, Turn,
        },
        loss::{Loss, LossReport},
    },
    super::Gemini,
    support::{answered, encoded, request, response, streamed, value},
};
use crate::LlmDialect;

fn thought(text: &str, owner: StateOwner, data: &'static str, redacted: bool) -> Block {
    Block::new(Content::Reasoning(Reasoning {
        text: text.into(),
        state: Some(Opaque::new(owner, data)),
        redacted,
        id: None,
    }))
}

fn result(id: &str, text: &str) -> Block {
    Block::new(Content::ToolResult(ToolResult::new(
        id,
        vec![Block::text(text)],
    )))
}

fn call(id: &str, name: &str, arguments: &str) -> Block {
    Block::new(Content::ToolCall(ToolCall::new(id, name, arguments)))
}

fn ask(model: &str, turns: Vec<Turn>) -> Request {
    Request {
        model: model.into(),
        turns,
        ..Request::default()
    }
}

#[test]
fn turns_are_joined_and_results_come_first_with_their_names() {
    let request = ask(
        "gemini-2.5-pro",
        vec![
            Turn::new(Role::System, vec![Block::text("a")]),
            Turn::new(Role::User, vec![Block::text("b"), Block::text("")]),
            Turn::new(Role::System, vec![Block::text("c")]),
            Turn::new(Role::Assistant, vec![call("1", "f", "")]),
            Turn::new(Role::Assistant, vec![call("2", "g", "{\"x\":1}")]),
            Turn::new(Role::User, vec![result("1", "one")]),
            Turn::new(Role::User, vec![Block::text("d"), result("2", "two")]),
            Turn::new(Role::Assistant, vec![Block::text("")]),
        ],
    );
    let (body, losses) = encoded(&request);
    assert_eq!(
        body,
        value(
            r#"{"systemInstruction":{"parts":[{"text":"a"},{"text":"c"}]},"contents":[
            {"role":"user","parts":[{"text":"b"}]},
            {"role":"model","parts":[{"functionCall":{"id":"1","name":"f","args":{}}},
                {"functionCall":{"id":"2","name":"g","args":{"x":1}}}]},
            {"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"result":"one"}}},
                {"functionResponse":{"id":"2","name":"g","response":{"result":"two"}}},{"text":"d"}]}]}"#
        )
    );
    assert_eq!(losses.to_string(), "system_turn");
}

#[test]
fn a_result_of_nothing_is_refused_and_instructions_alone_are_asked() {
    let request = ask("g", vec![Turn::new(Role::User, vec![result("1", "x")])]);
    let refused = Gemini
        .encode_request(&request, &mut LossReport::new())
        .unwrap_err();
    assert!(refused.message().contains("not called"), "{refused}");
    let mut request = ask("g", Vec::new());
    request.system.push(Block::text("say hi"));
    let (body, losses) = encoded(&request);
    assert_eq!(
        body,
        value(r#"{"contents":[{"role":"user","parts":[{"text":"say hi"}]}]}"#)
    );
    assert!(losses.has(Loss::SystemTurn));
}

#[test]
fn state_of_others_stays_here_and_calls_get_a_signature_where_it_is_wanted() {
    let blocks = vec![
        thought("hm", StateOwner::Anthropic, "sig", false),
        thought("", StateOwner::Anthropic, "data", true),
        call("1", "f", "{}"),
        call("2", "f", "{}"),
    ];
    for (model, signature) in [("gemini-3-pro", true), ("gemini-2.5-pro", false)] {
        let turns = vec![Turn::new(Role::Assistant, blocks.clone())];
        let (body, losses) = encoded(&ask(model, turns));
        let parts = &body["contents"][0]["parts"];
        assert_eq!(parts[0], value(r#"{"text":"hm","thought":true}"#));
        assert_eq!(parts[1]["thoughtSignature"].is_string(), signature);
        assert!(parts[2]["thoughtSignature"].is_null());
        assert_eq!(losses.to_string(), "reasoning_state");
        assert!(!body.to_string().contains("agw1"));
    }
}

#[test]
fn own_state_goes_to_the_part_behind_it() {
    let blocks = vec![
        thought("hm", StateOwner::Gemini, "czE=", false),
        Block::text("a"),
        thought("", StateOwner::Gemini, "czI=", false),
        call("1", "f", "{}"),
        thought("", StateOwner::Gemini, "czM=", false),
    ];
    let (body, losses) = encoded(&ask(
        "gemini-3-pro",
        vec![Turn::new(Role::Assistant, blocks)],
    ));
    assert_eq!(
        body["contents"][0]["parts"],
        value(
            r#"[{"text":"hm","thought":true},{"text":"a","thoughtSignature":"czE="},
            {"functionCall":{"id":"1","name":"f","args":{}},"thoughtSignature":"czI="},
            {"text":"","thoughtSignature":"czM="}]"#
        )
    );
    assert!(losses.is_empty());
}

/// A conversation with Claude by a client of Gemini: its signatures come back.
#[test]
fn state_of_others_goes_to_clients_and_comes_back_with_them() {
    let blocks = vec![
        thought("hm", StateOwner::Anthropic, "EqoB", false),
        thought("", StateOwner::Anthropic, "data", true),
        thought("", StateOwner::OpenAi, "gAAA", false),
        call("1", "f", "{}"),
        Block::text("a"),
    ];
    let found = Response {
        choices: vec![Choice {
            blocks: blocks.clone(),
            stop: StopReason::ToolUse,
            ..Choice::default()
        }],
        ..Response::default()
    };
    let (body, losses) = answered(&found);
    assert!(losses.is_empty());
    let again = response(&body.to_string());
    assert_eq!(again.choices[0].blocks, blocks);
    let parts = &body["candidates"][0]["content"]["parts"];
    let asked = serde_json::json!({"contents": [{"role": "model", "parts": parts}]});
    let asked = request("claude", &asked.to_string());
    assert_eq!(asked.turns[0].blocks, blocks);
    // And through a stream.
    let (stream, _) = streamed(&found, false);
    let (events, ended) = super::support::events(&stream, 3);
    ended.unwrap();
    assert_eq!(super::support::collected(events).choices[0].blocks, blocks);
}

#[test]
fn media_are_written_where_they_are_or_lost_by_name() {
    let media = |kind, source| Block::new(Content::Media(Media::new(kind, source)));
    let url = "https://example.com/a.PNG?x=1";
    for (block, expected, loss) in [
        (
            media(MediaKind::Image, MediaSource::Url(url.into())),
            format!(r#"{{"fileData":{{"mimeType":"image/png","fileUri":"{url}"}}}}"#),
            None,
        ),
        (
            media(MediaKind::Document, MediaSource::Text("hi".into())),
            r#"{"inlineData":{"mimeType":"text/plain","data":"aGk="}}"#.to_owned(),
            None,
        ),
        (
            media(MediaKind::Document, MediaSource::File("file-abc".into())),
            String::new(),
            Some(Loss::StoredMedia),
        ),
    ] {
        let turns = vec![Turn::new(Role::User, vec![Block::text("x"), block])];
        let (body, losses) = encoded(&ask("g", turns));
        let parts = body["contents"][0]["parts"].as_array().unwrap();
        assert_eq!(losses.iter().next(), loss);
        if loss.is_none() {
            assert_eq!(parts[1], value(&expected));
        }
    }
}

#[test]
fn knobs_are_clamped_or_lost_by_name() {
    let mut asked = ask(
        "gemini-2.5-pro",
        vec![Turn::new(Role::User, vec![Block::text("x")])],
    );
    asked.sampling.temperature = Some(3.0);
    asked.sampling.seed = Some(i64::MAX);
    asked.sampling.stop = (0..7).map(|number| number.to_string()).collect();
    asked.parallel_tool_calls = Some(false);
    asked.user = Some("u".into());
    asked.turns[0].blocks[0].cache = Some(CacheMarker::Short);
    let mut tool = Tool::new("f");
    tool.strict = Some(true);
    asked.tools.push(tool);
    asked.reasoning = Some(ReasoningOptions {
        effort: Some(ReasoningEffort::High),
        ..ReasoningOptions::default()
    });
    asked.tool_choice = Some(ToolChoice::Allowed {
        names: vec!["f".into()],
        required: false,
    });
    asked
        .sidecars
        .push(Sidecar::new(LlmDialect::OpenAiChat, "logit_bias", "{}"));
    let (body, losses) = encoded(&asked);
    assert_eq!(
        losses.to_string(),
        "parallel_tool_calls, temperature, seed, stop_sequences, reasoning_effort, cache_marker, strict, user, \
         unknown_member"
    );
    let config = &body["generationConfig"];
    assert_eq!(config["temperature"], 2.0);
    assert_eq!(config["stopSequences"].as_array().unwrap().len(), 5);
    assert_eq!(config["thinkingConfig"]["thinkingBudget"], 16_384);
    let calling = &body["toolConfig"]["functionCallingConfig"];
    assert_eq!(
        *calling,
        value(r#"{"mode":"VALIDATED","allowedFunctionNames":["f"]}"#)
    );
    asked.model = "gemini-3-pro".into();
    let (body, _) = encoded(&asked);
    assert_eq!(
        body["generationConfig"]["thinkingConfig"],
        value(r#"{"thinkingLevel":"HIGH"}"#)
    );
}

#[test]
fn arguments_that_are_no_object_change_the_meaning() {
    let turns = vec![Turn::new(Role::Assistant, vec![call("1", "f", "[1]")])];
    let (_, losses) = encoded(&ask("g", turns));
    assert_eq!(
        losses.place(),
        Some((Loss::ToolArguments, "functionCall.args"))
    );
}

#[test]
fn names_of_tools_that_are_not_taken_are_written_otherwise_everywhere() {
    let mut asked = ask(
        "g",
        vec![
            Turn::new(Role::Assistant, vec![call("1", "1f", "{}")]),
            Turn::new(Role::User, vec![result("1", "x")]),
        ],
    );
    asked.tools.push(Tool::new("1f"));
    asked.tool_choice = Some(ToolChoice::Tool("1f".into()));
    let encoded = Gemini
        .encode_request(&asked, &mut LossReport::new())
        .unwrap();
    let body = String::from_utf8(encoded.body.to_vec()).unwrap();
    assert_eq!(body.matches("\"_1f\"").count(), 4, "{body}");
    assert_eq!(encoded.context.tool_name("_1f"), "1f");
}
