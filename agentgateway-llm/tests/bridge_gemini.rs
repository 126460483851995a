//! Exchanges with Gemini that were recorded, through its codec.
//!
//! The recordings lie beside the checkout; where they are absent, the tests say so and skip themselves.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may do what tests may"
)]

use std::{fs, path::Path};

use agentgateway_llm::{
    LlmUsage,
    bridge::{
        AnswerContext, Codec, DecodeContext, LossReport, Target,
        form::Response,
        gemini::Gemini,
        stream::{CodecError, Collect, Event, EventSink, Grammar, replay},
    },
};
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const FOLDERS: [&str; 2] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/llm/recordings/gemini"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/llm/recordings/gemini"
    ),
];

struct Recording {
    name: String,
    model: String,
    stream: bool,
    request: Value,
    status: u16,
    answer: String,
}

fn recordings(form: &str) -> Vec<Recording> {
    let Some(folder) = FOLDERS.iter().map(Path::new).find(|path| path.is_dir()) else {
        println!("skipped: no recordings in {FOLDERS:?}");
        return Vec::new();
    };
    let files = fs::read_dir(folder.join(form)).unwrap();
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| recording(path)).collect()
}

fn recording(path: &Path) -> Recording {
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let uri = file["request"]["uri"].as_str().unwrap();
    let (_, target) = uri.rsplit_once("/models/").unwrap();
    let (model, method) = target.split_once(':').unwrap();
    let response = &file["response"];
    let text = response["text"].as_str().map(str::to_owned);
    Recording {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        model: model.to_owned(),
        stream: method.starts_with("stream"),
        request: file["request"]["body"].clone(),
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        answer: text.unwrap_or_else(|| response["json"].to_string()),
    }
}

fn all() -> Vec<Recording> {
    let forms = ["unary", "unary-error", "stream"];
    forms.into_iter().flat_map(recordings).collect()
}

fn context() -> AnswerContext {
    let mut context = AnswerContext::default();
    context.seed = "seed".into();
    context
}

type Read = (Vec<Event<'static>>, Result<(), CodecError>);

/// The events of a stream, which keep the grammar.
fn read<'b>(chunks: impl Iterator<Item = &'b [u8]>) -> Read {
    let mut decoder = Gemini.stream_decoder(&DecodeContext::default());
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut result = Ok(());
    for chunk in chunks {
        result = decoder.feed(chunk, &mut events);
        if result.is_err() {
            break;
        }
    }
    let result = result.and_then(|()| decoder.finish(&mut events));
    let mut grammar = Grammar::new();
    for event in &events {
        grammar.check(event).unwrap();
    }
    (events, result)
}

fn collected(events: Vec<Event<'static>>) -> Response {
    let mut collect = Collect::new();
    for event in events {
        collect.event(event).unwrap();
    }
    collect.finish().unwrap()
}

/// The usage, read in the simplest way that there is.
fn usage_of(told: &Value) -> LlmUsage {
    let count = |name: &str| told["usageMetadata"][name].as_u64();
    let tools = count("toolUsePromptTokenCount").unwrap_or(0);
    let cached = count("cachedContentTokenCount");
    let mut usage = LlmUsage::default();
    usage.input_uncached_tokens =
        count("promptTokenCount").map(|all| all - cached.unwrap_or(0) + tools);
    usage.cache_read_tokens = cached;
    usage.output_text_tokens = count("candidatesTokenCount");
    usage.output_reasoning_tokens = count("thoughtsTokenCount");
    usage.total_tokens = count("totalTokenCount");
    usage
}

fn check_sums(name: &str, usage: &LlmUsage) {
    let Some(total) = usage.total_tokens else {
        return;
    };
    let input = usage.input_tokens().unwrap();
    assert_eq!(input + usage.output_tokens().unwrap_or(0), total, "{name}");
    assert!(usage.cache_read_tokens.unwrap_or(0) <= input, "{name}");
}

#[test]
fn whole_answers_come_back() {
    let answers = recordings("unary");
    for found in &answers {
        let name = &found.name;
        let decoded = Gemini
            .decode_response(&DecodeContext::default(), found.answer.as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            decoded.usage,
            usage_of(&serde_json::from_str(&found.answer).unwrap())
        );
        check_sums(name, &decoded.usage);
        let mut losses = LossReport::new();
        let body = Gemini
            .encode_response(&context(), &decoded, &mut losses)
            .body;
        assert!(losses.is_empty(), "{name}: {losses}");
        let again = Gemini
            .decode_response(&DecodeContext::default(), &body)
            .unwrap();
        assert_eq!(again, decoded, "{name}");
        let half = &found.answer.as_bytes()[..found.answer.len() / 2];
        assert!(
            Gemini
                .decode_response(&DecodeContext::default(), half)
                .is_err()
        );
    }
    println!("{} answers", answers.len());
}

#[test]
fn streams_are_read_however_they_are_cut_and_come_back() {
    let streams = recordings("stream");
    for found in &streams {
        let name = &found.name;
        let bytes = found.answer.as_bytes();
        let (events, result) = read([bytes].into_iter());
        assert_eq!(result, Ok(()), "{name}");
        for longest in [1, 13, 700] {
            assert_eq!(
                read(bytes.chunks(longest)),
                (events.clone(), Ok(())),
                "{name}"
            );
        }
        let decoded = collected(events);
        let last = found.answer.trim_end().rsplit("data: ").next().unwrap();
        assert_eq!(
            decoded.usage,
            usage_of(&serde_json::from_str(last).unwrap()),
            "{name}"
        );
        check_sums(name, &decoded.usage);
        for as_array in [false, true] {
            let mut context = context();
            context.as_array = as_array;
            let mut encoder = Gemini.stream_encoder(&context);
            let mut out = BytesMut::new();
            replay(&decoded, &mut |event: Event<'_>| {
                encoder.encode(&event, &mut out)
            })
            .unwrap();
            assert!(encoder.losses().is_empty(), "{name}");
            let (events, result) = read(out.chunks(977));
            assert_eq!(result, Ok(()), "{name}");
            assert_eq!(collected(events), decoded, "{name}");
        }
        let elements: Vec<&str> = found.answer.trim_end().split("\r\n\r\n").collect();
        let elements = elements.join(",").replace("data: ", "");
        let (events, result) = read(format!("[{elements}]").as_bytes().chunks(500));
        assert_eq!(result, Ok(()), "{name}");
        assert_eq!(collected(events), decoded, "{name}");
    }
    println!("{} streams", streams.len());
}

#[test]
fn a_stream_that_is_cut_has_no_end() {
    let mut cuts = 0;
    for found in recordings("stream") {
        let marker = found.answer.find("\"finishReason\"").unwrap();
        let bounds = found
            .answer
            .match_indices("\r\n\r\n")
            .map(|(at, blank)| at + blank.len());
        let torn = found.answer.match_indices("\"text\"").map(|(at, _)| at + 3);
        let places = bounds.chain(torn).chain([0, 1]).filter(|at| *at < marker);
        for at in places {
            let (events, result) = read(found.answer.as_bytes()[..at].chunks(1 << 16));
            assert_eq!(result, Err(CodecError::Truncated), "{} at {at}", found.name);
            assert!(!events.contains(&Event::End));
            cuts += 1;
        }
    }
    println!("{cuts} cuts");
}

#[test]
fn errors_are_told_with_their_codes() {
    for found in recordings("unary-error") {
        let told: Value = serde_json::from_str(&found.answer).unwrap();
        let status = StatusCode::from_u16(found.status).unwrap();
        let fault = Gemini.decode_fault(status, &HeaderMap::new(), found.answer.as_bytes());
        assert_eq!(fault.message, told["error"]["message"].as_str().unwrap());
        assert_eq!(fault.type_name.as_deref(), told["error"]["status"].as_str());
        let again = Gemini.encode_fault(&fault);
        assert_eq!(again.status(), status);
        assert_eq!(serde_json::from_slice::<Value>(again.body()).unwrap(), told);
    }
}

#[test]
fn requests_come_back() {
    let found = all();
    for found in &found {
        let name = &found.name;
        let target = Target::new(found.model.as_str(), found.stream);
        let body = found.request.to_string();
        let decoded = Gemini
            .decode_request(&target, body.as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut losses = LossReport::new();
        let encoded = Gemini.encode_request(&decoded, &mut losses).unwrap();
        assert!(losses.is_empty(), "{name}: {losses}");
        assert!(encoded.path.contains(&found.model), "{name}");
        let again: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(normal(&again), normal(&found.request), "{name}");
        let twice = Gemini.decode_request(&target, &encoded.body).unwrap();
        let twice = Gemini.encode_request(&twice, &mut losses).unwrap();
        assert_eq!(twice.body, encoded.body, "{name}");
    }
    println!("{} requests", found.len());
}

/// A request as the codec writes it: see the documentation of its module.
fn normal(request: &Value) -> Value {
    let mut request = spelled(request);
    if let Some(system) = request["systemInstruction"].as_object_mut() {
        system.remove("role");
    }
    let members = request.as_object_mut().unwrap();
    if members.get("generationConfig") == Some(&json!({})) {
        members.remove("generationConfig");
    }
    let mut joined: Vec<Value> = Vec::new();
    for content in request["contents"].as_array().unwrap() {
        match joined.last_mut() {
            Some(last) if last["role"] == content["role"] => {
                let parts = content["parts"].as_array().unwrap().clone();
                last["parts"].as_array_mut().unwrap().extend(parts);
            }
            _ => joined.push(content.clone()),
        }
    }
    request["contents"] = joined.into();
    request
}

fn spelled(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut spelled_members = Map::new();
            for (name, value) in members {
                let mut words = name.split('_');
                let mut name = words.next().unwrap().to_owned();
                for word in words {
                    name.push_str(&word[..1].to_ascii_uppercase());
                    name.push_str(&word[1..]);
                }
                let value = match name.as_str() {
                    // Names in these are the client's.
                    "args" | "response" | "parametersJsonSchema" | "responseJsonSchema" => {
                        value.clone()
                    }
                    "parameters" => {
                        name = "parametersJsonSchema".into();
                        serde_json::from_str(&value.to_string().to_lowercase()).unwrap()
                    }
                    "data" => value
                        .as_str()
                        .unwrap()
                        .replace('-', "+")
                        .replace('_', "/")
                        .into(),
                    _ => spelled(value),
                };
                spelled_members.insert(name, value);
            }
            spelled_members.into()
        }
        Value::Array(elements) => elements.iter().map(spelled).collect(),
        _ => value.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing that is near to real traffic does harm, as a request, an answer or a stream.
    #[test]
    fn recordings_that_were_tampered_with_do_no_harm(
        pick: usize, at: usize, gone in 0_usize..60, with in "[\\[\\]{},:\"a0\\\\]{0,4}",
    ) {
        let found = all();
        if let Some(found) = found.get(pick % found.len().max(1)) {
            for text in [found.request.to_string(), found.answer.clone()] {
                let at = at % text.len();
                let end = (at + gone).min(text.len());
                let mut bytes = text.as_bytes()[..at].to_vec();
                bytes.extend_from_slice(with.as_bytes());
                bytes.extend_from_slice(&text.as_bytes()[end..]);
                if let Ok(request) = Gemini.decode_request(&Target::new("g", false), &bytes) {
                    let _ = Gemini.encode_request(&request, &mut LossReport::new());
                }
                if let Ok(response) = Gemini.decode_response(&DecodeContext::default(), &bytes) {
                    let body = Gemini.encode_response(&context(), &response, &mut LossReport::new()).body;
                    prop_assert!(serde_json::from_slice::<Value>(&body).is_ok());
                }
                let _ = Gemini.decode_fault(StatusCode::BAD_GATEWAY, &HeaderMap::new(), &bytes);
                let _ = read(bytes.chunks(1000));
            }
        }
    }
}
