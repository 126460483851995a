//! What is written for clients and providers of OpenAI's dialects is what OpenAI's own description says.
//!
//! The description and the recordings lie beside the checkout; where they are absent, the tests say so and skip
//! themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

use std::{collections::BTreeMap, fs, path::PathBuf};

use agentgateway_llm::{
    LlmDialect,
    bridge::{
        AnswerContext, Codec, DecodeContext, LossReport, Target, codec_of,
        stream::{Event, StreamEncoder, replay},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::BytesMut;
use jsonschema::Validator;
use serde_json::{Value, json};

const DIALECTS: [(&str, LlmDialect); 5] = [
    ("openai-chat", LlmDialect::OpenAiChat),
    ("openai-responses", LlmDialect::OpenAiResponses),
    ("anthropic-messages", LlmDialect::AnthropicMessages),
    ("gemini", LlmDialect::Gemini),
    ("bedrock-converse", LlmDialect::BedrockConverse),
];

/// What of the description a body or an event must be, by dialect.
const SCHEMAS: [(LlmDialect, &str, &str); 2] = [
    (
        LlmDialect::OpenAiChat,
        "CreateChatCompletionResponse",
        "CreateChatCompletionStreamResponse",
    ),
    (
        LlmDialect::OpenAiResponses,
        "Response",
        "ResponseStreamEvent",
    ),
];

fn shared(name: &str) -> Option<PathBuf> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = ["../../shared/data", "../../../shared/data"]
        .iter()
        .map(|folder| own.join(folder).join(name))
        .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: no {name}");
    }
    found
}

fn description() -> Option<Value> {
    let text = fs::read_to_string(shared("openai/openapi.yaml")?).unwrap();
    // Two bounds of seeds are no number of 64 bits, for they were rounded.
    let text = text.replace("9223372036854776000", "9223372036854775807");
    let mut description = serde_yaml_ng::from_str(&text).unwrap();
    spell_null(&mut description);
    Some(description)
}

/// Says in the words of JSON Schema what parts of the description say in those of OpenAPI 3.0.
fn spell_null(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(spell_null),
        Value::Object(members) => {
            members.values_mut().for_each(spell_null);
            if members.get("nullable") == Some(&Value::Bool(true)) {
                members.remove("nullable");
                let own = Value::Object(std::mem::take(members));
                *value = json!({"anyOf": [own, {"type": "null"}]});
            }
        }
        _ => {}
    }
}

fn validator(description: &Value, name: &str) -> Validator {
    let schema = json!({
        "$ref": format!("#/components/schemas/{name}"),
        "components": description["components"],
    });
    jsonschema::draft202012::options().build(&schema).unwrap()
}

/// Recorded answers of all providers: the name, who answered, and the answer.
fn recordings(form: &str) -> Vec<(String, LlmDialect, Vec<u8>)> {
    let Some(folder) = shared("llm/recordings") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, dialect) in DIALECTS {
        for file in fs::read_dir(folder.join(name).join(form)).unwrap() {
            let path = file.unwrap().path();
            let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let response = &file["response"];
            let answer = match (response["text"].as_str(), response["base64"].as_str()) {
                (Some(text), _) => text.as_bytes().to_vec(),
                (None, Some(coded)) => BASE64_STANDARD.decode(coded).unwrap(),
                (None, None) => response["json"].to_string().into_bytes(),
            };
            found.push((path.display().to_string(), dialect, answer));
        }
    }
    found
}

fn context() -> AnswerContext {
    let mut context = AnswerContext::default();
    context.model = "asked".to_owned();
    context.now = 1_700_000_000;
    context.seed = "seed".to_owned();
    context.include_usage = true;
    context
}

/// A stream for this client.
fn stream(provider: &dyn Codec, client: &dyn Codec, answer: &[u8]) -> String {
    let mut decoder = provider.stream_decoder(&DecodeContext::default());
    let mut encoder: Box<dyn StreamEncoder> = client.stream_encoder(&context());
    let mut out = BytesMut::new();
    let mut sink = |event: Event<'_>| match &event {
        // The form of an error is no chunk's.
        Event::Fault(_) => Ok(()),
        event => encoder.encode(event, &mut out),
    };
    decoder.feed(answer, &mut sink).unwrap();
    let _ = decoder.finish(&mut sink);
    String::from_utf8(out.to_vec()).unwrap()
}

/// What is wrong, with one example each.
#[derive(Default)]
struct Wrong(BTreeMap<String, String>);

impl Wrong {
    fn check(&mut self, validator: &Validator, value: &Value, name: &str) {
        if let Err(error) = validator.validate(value) {
            let kind = value["type"].as_str().unwrap_or_default();
            let what = format!(
                "{kind}{}: {:.200}",
                error.instance_path(),
                error.to_string()
            );
            let place = self.0.entry(what);
            place.or_insert_with(|| format!("{name}: {value}"));
        }
    }
}

#[test]
fn answers_are_as_openai_describes_them() {
    let Some(description) = description() else {
        return;
    };
    let mut wrong = Wrong::default();
    let mut checked = 0;
    for (client, body, event) in SCHEMAS {
        let (body, event) = (
            validator(&description, body),
            validator(&description, event),
        );
        let codec = codec_of(client).unwrap();
        for (name, provider, answer) in recordings("unary") {
            let read = codec_of(provider)
                .unwrap()
                .decode_response(&DecodeContext::default(), &answer);
            let Ok(response) = read else { continue };
            let written = codec
                .encode_response(&context(), &response, &mut LossReport::new())
                .body;
            let written = serde_json::from_slice(&written).unwrap();
            wrong.check(&body, &written, &format!("{name} to {client}"));
            checked += 1;
        }
        for (name, provider, answer) in recordings("stream") {
            let text = stream(&*codec_of(provider).unwrap(), &*codec, &answer);
            for data in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
                // OpenAI's own search tells a source of a type that its description does not have.
                let is_odd = provider == client && data.contains(r#""name":"oai-weather""#);
                if data != "[DONE]" && !is_odd {
                    let written = serde_json::from_str(data).unwrap();
                    wrong.check(&event, &written, &format!("{name} to {client}"));
                    checked += 1;
                }
            }
        }
    }
    println!("checked {checked} bodies and events");
    assert!(wrong.0.is_empty(), "{:#?}", wrong.0);
}

/// Requests with custom tools, in the two dialects that have them.
const ASKS: [(LlmDialect, &str, &str); 2] = [
    (
        LlmDialect::OpenAiChat,
        "CreateResponse",
        r#"{"model":"m","tools":[{"type":"custom","custom":{"name":"sh","format":
            {"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}}}}],
        "tool_choice":{"type":"custom","custom":{"name":"sh"}},"messages":[
            {"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"sh","input":"ls"}}]},
            {"role":"tool","tool_call_id":"c","content":"a"}]}"#,
    ),
    (
        LlmDialect::OpenAiResponses,
        "CreateChatCompletionRequest",
        r#"{"model":"m","tools":[{"type":"custom","name":"sh","format":
            {"type":"grammar","syntax":"regex","definition":"a+"}}],
        "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"custom","name":"sh"}]},"input":[
            {"type":"custom_tool_call","call_id":"c","name":"sh","input":"ls"},
            {"type":"custom_tool_call_output","call_id":"c","output":"a"}]}"#,
    ),
];

/// No recording has a call of a custom tool.
#[test]
fn custom_tools_and_their_calls_are_as_openai_describes_them() {
    let Some(description) = description() else {
        return;
    };
    let answer = br#"{"id":"r","model":"m","status":"completed","output":[
        {"type":"custom_tool_call","call_id":"c","name":"sh","input":"ls"}]}"#;
    let read = codec_of(LlmDialect::OpenAiResponses).unwrap();
    let read = read.decode_response(&DecodeContext::default(), answer);
    let response = read.unwrap();
    let mut wrong = Wrong::default();
    for (client, body, event) in SCHEMAS {
        let codec = codec_of(client).unwrap();
        let written = codec.encode_response(&context(), &response, &mut LossReport::new());
        let written = serde_json::from_slice(&written.body).unwrap();
        wrong.check(&validator(&description, body), &written, "custom call");
        if client == LlmDialect::OpenAiChat {
            // The description of a chunk has no custom tools, though OpenAI tells them.
            continue;
        }
        let event = validator(&description, event);
        let mut encoder = codec.stream_encoder(&context());
        let mut out = BytesMut::new();
        replay(&response, &mut |event: Event<'_>| {
            encoder.encode(&event, &mut out)
        })
        .unwrap();
        let text = String::from_utf8(out.to_vec()).unwrap();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        for data in data {
            wrong.check(&event, &serde_json::from_str(data).unwrap(), data);
        }
    }
    for ((client, schema, asked), provider) in ASKS.into_iter().zip(SCHEMAS.iter().rev()) {
        let read = codec_of(client).unwrap();
        let request = read.decode_request(&Target::default(), asked.as_bytes());
        let mut losses = LossReport::new();
        let encoded = codec_of(provider.0)
            .unwrap()
            .encode_request(&request.unwrap(), &mut losses)
            .unwrap();
        assert!(losses.is_empty(), "{losses}");
        let written = serde_json::from_slice(&encoded.body).unwrap();
        wrong.check(&validator(&description, schema), &written, schema);
    }
    assert!(wrong.0.is_empty(), "{:#?}", wrong.0);
}
