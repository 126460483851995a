//! Requests come back as they were, by way of the form, and by way of every other dialect but for what is told as
//! lost.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

use agentgateway_llm::{
    LlmDialect,
    bridge::{
        Codec, DIALECTS, LossReport, Target, codec_of,
        form::{Content, Request},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A conversation in OpenAI Chat, which has the most knobs: from it those of the others are made.
fn conversations() -> impl Strategy<Value = Value> {
    // Blank text is left out by those that refuse it.
    let text = || "[a-zé][a-zé\"\\\\ \n]{0,12}";
    let turn = (text(), text()).prop_map(|(asked, said)| {
        vec![
            json!({"role": "user", "content": asked}),
            json!({"role": "assistant", "content": said}),
        ]
    });
    let call = (text(), 0..99_u32).prop_map(|(answer, n)| {
        let call = json!({"id": format!("call_{n}"), "type": "function", "function": {"name": "f", "arguments": format!("{{\"n\":{n}}}")}});
        vec![
            json!({"role": "user", "content": "use f"}),
            json!({"role": "assistant", "content": null, "tool_calls": [call]}),
            json!({"role": "tool", "tool_call_id": format!("call_{n}"), "content": answer}),
        ]
    });
    let turns = prop::collection::vec(prop_oneof![turn, call], 0..4);
    let knobs = (
        // Anthropic must be told a number, and is where there is none.
        1..4096_u32,
        prop::option::of((0..=10_u32).prop_map(|tenths| f64::from(tenths) / 10.0)),
        prop::option::of((1..=10_u32).prop_map(|tenths| f64::from(tenths) / 10.0)),
        prop::option::of(prop::collection::vec("[a-z]{1,4}", 1..3)),
        prop::option::of(any::<u32>()),
        prop::option::of(text()),
        any::<bool>(),
    );
    (turns, text(), knobs).prop_map(|(turns, last, knobs)| {
        let (most, temperature, top_p, stop, seed, system, stream) = knobs;
        let mut messages = Vec::new();
        messages.extend(system.map(|system| json!({"role": "system", "content": system})));
        messages.extend(turns.concat());
        messages.push(json!({"role": "user", "content": last}));
        let tool = json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}}}});
        let mut body = json!({"model": "m", "messages": messages, "tools": [tool], "stream": stream});
        let mut set = |name: &str, value: Option<Value>| {
            if let (Some(value), Some(body)) = (value, body.as_object_mut()) {
                body.insert(name.to_owned(), value);
            }
        };
        set("max_tokens", Some(Value::from(most)));
        set("temperature", temperature.map(Value::from));
        set("top_p", top_p.map(Value::from));
        set("stop", stop.map(Value::from));
        set("seed", seed.map(Value::from));
        body
    })
}

fn written(codec: &dyn Codec, request: &Request) -> Option<(Vec<u8>, LossReport)> {
    let mut losses = LossReport::new();
    let encoded = codec.encode_request(request, &mut losses).ok()?;
    Some((encoded.body.to_vec(), losses))
}

fn read(codec: &dyn Codec, body: &[u8], request: &Request) -> Request {
    let target = Target::new(request.model.as_str(), request.stream);
    codec.decode_request(&target, body).unwrap()
}

/// What was said, by whom, in order: what no translation may lose in silence.
fn gist(request: &Request) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let system = request.system.iter();
    let turns = request.turns.iter().flat_map(|turn| &turn.blocks);
    for block in system.chain(turns) {
        said.push(match &block.content {
            Content::Text(text) => text.clone(),
            Content::ToolCall(call) => {
                let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
                format!("{} {arguments}", call.name)
            }
            Content::ToolResult(result) => {
                let texts = result
                    .content
                    .iter()
                    .map(|block| format!("{:?}", block.content));
                texts.collect::<String>()
            }
            other => format!("{other:?}"),
        });
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What a dialect can say comes back the same: written again it is the same body.
    #[test]
    fn a_dialect_comes_back_from_the_form(body in conversations()) {
        let chat = codec_of(LlmDialect::OpenAiChat).unwrap();
        let asked = chat.decode_request(&Target::default(), body.to_string().as_bytes()).unwrap();
        for codec in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
            let Some((once, _)) = written(&*codec, &asked) else { continue };
            let form = read(&*codec, &once, &asked);
            let (twice, losses) = written(&*codec, &form).unwrap();
            let value = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
            prop_assert_eq!(value(&once), value(&twice), "{}", codec.dialect());
            prop_assert!(losses.is_empty(), "{} lost {}", codec.dialect(), losses);
            prop_assert_eq!(&read(&*codec, &twice, &asked), &form, "{}", codec.dialect());
        }
    }

    /// Through another dialect, and back: what was said is said, unless its loss was told.
    #[test]
    fn a_dialect_comes_back_from_another(body in conversations()) {
        let chat = codec_of(LlmDialect::OpenAiChat).unwrap();
        let asked = chat.decode_request(&Target::default(), body.to_string().as_bytes()).unwrap();
        for own in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
            let Some((body, _)) = written(&*own, &asked) else { continue };
            let own_form = read(&*own, &body, &asked);
            for other in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
                let name = format!("{} by way of {}", own.dialect(), other.dialect());
                let Some((there, losses)) = written(&*other, &own_form) else { continue };
                let back = read(&*other, &there, &asked);
                prop_assert_eq!(gist(&back), gist(&own_form), "{}", &name);
                prop_assert_eq!(back.tools.len(), own_form.tools.len(), "{}", &name);
                if losses.is_empty() {
                    prop_assert_eq!(&back.sampling, &own_form.sampling, "{}", &name);
                }
            }
        }
    }
}
