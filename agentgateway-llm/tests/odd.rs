//! What providers say that nobody should say, through each pair of dialects.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

use std::sync::Arc;

use agentgateway_llm::{
    LlmDialect, LlmUsage,
    bridge::{
        AnswerContext, Codec, DIALECTS, DecodeContext, Loss, LossReport, Target, codec_of,
        form::{Content, Response, StopReason},
        stream::{BlockKind, Collect, Delta, Event, Grammar, Start},
    },
};
use bytes::BytesMut;
use proptest::prelude::*;

fn pairs() -> impl Iterator<Item = (Arc<dyn Codec>, Arc<dyn Codec>)> {
    DIALECTS.into_iter().flat_map(|provider| {
        DIALECTS.map(|client| (codec_of(provider).unwrap(), codec_of(client).unwrap()))
    })
}

fn context() -> AnswerContext {
    let mut context = AnswerContext::default();
    context.model = "m".to_owned();
    context.seed = "seed".to_owned();
    context.include_usage = true;
    context
}

/// These events as a stream of a dialect; `None` where it cannot say them.
fn written(codec: &dyn Codec, events: &[Event<'_>]) -> Option<(BytesMut, LossReport)> {
    let mut encoder = codec.stream_encoder(&context());
    let mut out = BytesMut::new();
    for event in events {
        encoder.encode(event, &mut out).ok()?;
    }
    Some((out, encoder.losses()))
}

/// What a stream says; `None` where it cannot be read, or does not end.
fn read(codec: &dyn Codec, stream: &[u8]) -> Option<(Vec<Event<'static>>, Response)> {
    let mut decoder = codec.stream_decoder(&DecodeContext::default());
    let mut events: Vec<Event<'static>> = Vec::new();
    decoder.feed(stream, &mut events).ok()?;
    decoder.finish(&mut events).ok()?;
    let (mut grammar, mut collect) = (Grammar::new(), Collect::new());
    for event in &events {
        grammar.check(event).unwrap();
        agentgateway_llm::bridge::stream::EventSink::event(&mut collect, event.clone()).ok()?;
    }
    Some((events, collect.finish()?))
}

fn calls(response: &Response) -> Vec<String> {
    let blocks = response.choices.iter().flat_map(|choice| &choice.blocks);
    let arguments = blocks.filter_map(|block| match &block.content {
        Content::ToolCall(call) => Some(call.arguments.clone()),
        _ => None,
    });
    arguments.collect()
}

fn calling(pieces: &[String]) -> Vec<Event<'static>> {
    let mut events = vec![
        Event::Start(Start::default()),
        Event::BlockStart {
            index: 0,
            choice: 0,
            block: BlockKind::ToolCall {
                id: "call_1".into(),
                name: "f".into(),
                is_custom: false,
                state: None,
            },
        },
    ];
    events.extend(pieces.iter().map(|piece| Event::Delta {
        index: 0,
        delta: Delta::Arguments(piece.clone().into()),
    }));
    events.extend([
        Event::BlockStop { index: 0 },
        Event::Stop {
            choice: 0,
            reason: StopReason::ToolUse,
        },
        Event::Usage(usage(3, 4)),
        Event::End,
    ]);
    events
}

fn usage(input: u64, output: u64) -> LlmUsage {
    let mut usage = LlmUsage::default();
    usage.input_uncached_tokens = Some(input);
    usage.output_text_tokens = Some(output);
    usage
}

fn same(one: &str, other: &str) -> bool {
    let value = |text: &str| {
        let text = if text.trim().is_empty() { "{}" } else { text };
        serde_json::from_str::<serde_json::Value>(text).ok()
    };
    one == other || (value(one).is_some() && value(one) == value(other))
}

proptest! {
    /// Fault L25: arguments that are no JSON come through each pair as they are, or are told as lost; none is invented.
    #[test]
    fn arguments_are_relayed_or_lost_aloud(
        pieces in prop::collection::vec("[{}\\[\\]\":, a1é\\\\]{0,5}|\\{\"a\":|1\\}", 0..6),
    ) {
        let said = pieces.concat();
        for (provider, client) in pairs() {
            let name = format!("{} to {}", provider.dialect(), client.dialect());
            let Some((stream, lost)) = written(&*provider, &calling(&pieces)) else { continue };
            let Some((events, direct)) = read(&*provider, &stream) else { continue };
            for arguments in calls(&direct) {
                let told = lost.has(Loss::ToolArguments);
                prop_assert!(told || same(&arguments, &said), "{}: {} is not {}", name, arguments, said);
            }
            let Some((stream, lost)) = written(&*client, &events) else { continue };
            let Some((_, through)) = read(&*client, &stream) else { continue };
            let told = lost.has(Loss::ToolArguments);
            let (theirs, ours) = (calls(&direct), calls(&through));
            prop_assert!(told || ours.len() == theirs.len(), "{}: {:?} of {:?}", name, ours, theirs);
            for (theirs, ours) in theirs.iter().zip(&ours) {
                prop_assert!(told || same(ours, theirs), "{}: {} is not {}", name, ours, theirs);
            }
        }
    }

    /// Fault L13 (part): counts of any size come through each pair without a crash, and never grow.
    #[test]
    fn counts_of_any_size_come_through(
        input in prop_oneof![any::<u64>(), Just(u64::MAX), 0..9_u64],
        output in prop_oneof![any::<u64>(), Just(u64::MAX), 0..9_u64],
        cached in prop::option::of(prop_oneof![any::<u64>(), 0..9_u64]),
        reasoning in prop::option::of(prop_oneof![any::<u64>(), 0..9_u64]),
    ) {
        let mut told = usage(input, output);
        told.cache_read_tokens = cached;
        told.output_reasoning_tokens = reasoning;
        for client in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
            let mut events = calling(&["{}".to_owned()]);
            let at = events.len() - 2;
            events[at] = Event::Usage(told);
            let Some((stream, _)) = written(&*client, &events) else { continue };
            let Some((_, response)) = read(&*client, &stream) else { continue };
            let most = |usage: &LlmUsage| usage.input_tokens().unwrap_or(0);
            prop_assert!(most(&response.usage) <= most(&told), "{}", client.dialect());
        }
    }
}

/// Fault L35: several answers, probabilities, parallel calls and refusals are carried to each dialect, or told as lost.
#[test]
fn what_few_dialects_know_is_carried_or_lost_aloud() {
    let body = r#"{"model":"m","n":2,"logprobs":true,"top_logprobs":3,"parallel_tool_calls":false,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":null,"refusal":"no"},{"role":"user","content":"again"}]}"#;
    let chat = codec_of(LlmDialect::OpenAiChat).unwrap();
    let request = chat
        .decode_request(&Target::default(), body.as_bytes())
        .unwrap();
    for client in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
        let mut losses = LossReport::new();
        let encoded = client.encode_request(&request, &mut losses).unwrap();
        let text = String::from_utf8(encoded.body.to_vec()).unwrap();
        let dialect = client.dialect();
        for (words, loss) in [
            (&["\"n\":2", "\"candidateCount\":2"][..], Loss::Choices),
            (&["logprobs", "responseLogprobs"], Loss::Logprobs),
            (
                &[
                    "\"parallel_tool_calls\":false",
                    "\"disable_parallel_tool_use\":true",
                ],
                Loss::ParallelToolCalls,
            ),
        ] {
            let carried = words.iter().any(|word| text.contains(word));
            assert!(carried || losses.has(loss), "{dialect} {loss}: {text}");
        }
        // The words of a refusal are not lost.
        assert!(text.contains("\"no\""), "{dialect}: {text}");
    }
}

/// What a client of a dialect makes of an answer in one piece, and what it is told as lost.
fn whole(client: &dyn Codec, response: &Response) -> (Response, LossReport, String) {
    let mut losses = LossReport::new();
    let body = client
        .encode_response(&context(), response, &mut losses)
        .body;
    let seen = client.decode_response(&DecodeContext::default(), &body);
    let text = String::from_utf8_lossy(&body).into_owned();
    (seen.unwrap(), losses, text)
}

/// The same of an answer in a stream.
fn streamed(client: &dyn Codec, events: &[Event<'_>]) -> (Response, LossReport, String) {
    let (stream, losses) = written(client, events).unwrap();
    let (_, seen) = read(client, &stream).unwrap();
    (seen, losses, String::from_utf8_lossy(&stream).into_owned())
}

/// An answer of OpenAI Chat in one piece, and its `choices` in chunks of a stream.
fn answered(choices: &str, chunks: &[&str]) -> (Response, Vec<Event<'static>>) {
    let chat = codec_of(LlmDialect::OpenAiChat).unwrap();
    let body = format!(r#"{{"id":"r","model":"m","choices":[{choices}]}}"#);
    let response = chat.decode_response(&DecodeContext::default(), body.as_bytes());
    let chunk = |choice: &&str| {
        format!("data: {{\"id\":\"r\",\"model\":\"m\",\"choices\":[{choice}]}}\n\n")
    };
    let mut stream: String = chunks.iter().map(chunk).collect();
    stream.push_str("data: [DONE]\n\n");
    let (events, _) = read(&*chat, stream.as_bytes()).unwrap();
    (response.unwrap(), events)
}

fn said(response: &Response) -> String {
    let blocks = response.choices.iter().flat_map(|choice| &choice.blocks);
    let texts = blocks.filter_map(|block| match &block.content {
        Content::Text(text) | Content::Refusal(text) => Some(&**text),
        _ => None,
    });
    texts.collect()
}

/// Fault L35: answers with several choices, probabilities, calls side by side or a refusal come to clients of each dialect, or are told as lost; one that does not say why it stopped has ended its turn.
#[test]
fn what_few_dialects_answer_is_carried_or_lost_aloud() {
    const LIKELY: &str = r#"{"content":[{"token":"one","logprob":-0.5,"bytes":null,"top_logprobs":[]}],"refusal":null}"#;
    let two = answered(
        &format!(
            r#"{{"index":0,"message":{{"role":"assistant","content":"one","refusal":null}},"logprobs":{LIKELY},"finish_reason":"stop"}},{{"index":1,"message":{{"role":"assistant","content":"two","refusal":null}},"logprobs":null,"finish_reason":"length"}}"#
        ),
        &[
            &format!(
                r#"{{"index":0,"delta":{{"role":"assistant","content":"one"}},"logprobs":{LIKELY}}}"#
            ),
            r#"{"index":1,"delta":{"role":"assistant","content":"two"}}"#,
            r#"{"index":1,"delta":{},"finish_reason":"length"}"#,
            r#"{"index":0,"delta":{},"finish_reason":"stop"}"#,
        ],
    );
    let refuses = answered(
        r#"{"index":0,"message":{"role":"assistant","content":null,"refusal":"I will not"},"finish_reason":"stop"}"#,
        &[
            r#"{"index":0,"delta":{"role":"assistant","refusal":"I will "}}"#,
            r#"{"index":0,"delta":{"refusal":"not"}}"#,
            r#"{"index":0,"delta":{},"finish_reason":"stop"}"#,
        ],
    );
    let calls_twice = answered(
        r#"{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"f","arguments":"{\"x\":2}"}}]},"finish_reason":"tool_calls"}"#,
        &[
            r#"{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}},{"index":1,"id":"b","type":"function","function":{"name":"f","arguments":""}}]}}"#,
            r#"{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{\"x\":"}},{"index":0,"function":{"arguments":"{\"x\":1}"}}]}}"#,
            r#"{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]}}"#,
            r#"{"index":0,"delta":{},"finish_reason":"tool_calls"}"#,
        ],
    );
    let open = answered(
        r#"{"index":0,"message":{"role":"assistant","content":"a","refusal":null},"finish_reason":null}"#,
        &[r#"{"index":0,"delta":{"content":"a"},"finish_reason":null}"#],
    );
    for client in DIALECTS.map(|dialect| codec_of(dialect).unwrap()) {
        let dialect = client.dialect();
        let both = |(response, events): &(Response, Vec<Event<'static>>)| {
            [whole(&*client, response), streamed(&*client, events)]
        };
        for (seen, lost, text) in both(&two) {
            let carried = seen.choices.len() == 2 && said(&seen) == "onetwo";
            assert!(carried || lost.has(Loss::Choices), "{dialect}: {text}");
            assert!(said(&seen).starts_with("one"), "{dialect}: {text}");
            let carried = text.contains("-0.5");
            assert!(carried || lost.has(Loss::Logprobs), "{dialect}: {text}");
        }
        for (seen, _, text) in both(&refuses) {
            assert_eq!(said(&seen), "I will not", "{dialect}: {text}");
        }
        for (seen, _, text) in both(&calls_twice) {
            let expected = [r#"{"x":1}"#, r#"{"x":2}"#];
            let calls = calls(&seen);
            let alike = calls.iter().zip(expected).all(|(one, two)| same(one, two));
            assert!(calls.len() == 2 && alike, "{dialect}: {text}");
            assert_eq!(seen.choices[0].stop, StopReason::ToolUse, "{dialect}");
        }
        for (seen, _, text) in both(&open) {
            assert_eq!(
                seen.choices[0].stop,
                StopReason::EndTurn,
                "{dialect}: {text}"
            );
            assert_eq!(said(&seen), "a", "{dialect}");
        }
    }
}
