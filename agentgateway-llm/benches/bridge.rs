//! What translating costs: reading and writing a request, a whole answer, and an event of a stream, by dialect.
//! `cargo bench -p agentgateway-llm --bench bridge [-- <part of a dialect's name>]`.
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that fails says so"
)]

use std::{env, hint::black_box};

use agentgateway_llm::{
    LlmDialect,
    bridge::{
        AnswerContext, DIALECTS, DecodeContext, LossReport, Target, codec_of,
        stream::{BlockKind, Delta, Event, Start},
    },
};
use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

const EVENTS: usize = 10_000;
const WHOLE: usize = 1_000;
const ROUNDS: usize = 15;
/// As many events as a stream may have before its buffer is emptied, as a connection does.
const FLUSH: usize = 64;

/// What comes again and again in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    /// The same with characters that JSON escapes.
    Escaped,
    Thoughts,
    /// Pieces of a call's arguments.
    Arguments,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Text, Self::Escaped, Self::Thoughts, Self::Arguments];

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Escaped => "text, escaped",
            Self::Thoughts => "thoughts",
            Self::Arguments => "arguments",
        }
    }

    const fn block(self) -> BlockKind<'static> {
        match self {
            Self::Text | Self::Escaped => BlockKind::Text,
            Self::Thoughts => BlockKind::Reasoning {
                id: None,
                redacted: None,
            },
            Self::Arguments => BlockKind::ToolCall {
                id: std::borrow::Cow::Borrowed("call_1"),
                name: std::borrow::Cow::Borrowed("search"),
                is_custom: false,
                state: None,
            },
        }
    }

    const fn delta(self) -> Delta<'static> {
        use std::borrow::Cow::Borrowed;
        match self {
            Self::Text => Delta::Text(Borrowed(" a word or two")),
            Self::Escaped => Delta::Text(Borrowed(" \"a\"\n word")),
            Self::Thoughts => Delta::Reasoning(Borrowed(" a word or two")),
            Self::Arguments => Delta::Arguments(Borrowed("a word or two")),
        }
    }
}

/// What comes before the pieces, and a piece.
fn canonical(kind: Kind) -> (Vec<Event<'static>>, Event<'static>) {
    let mut start = Start::default();
    start.id = "answer-1".into();
    start.model = "some-model".into();
    start.created = Some(1_754_000_000);
    let block = kind.block();
    let mut head = vec![
        Event::Start(start),
        Event::BlockStart {
            index: 0,
            choice: 0,
            block,
        },
    ];
    if kind == Kind::Arguments {
        let delta = Delta::Arguments("{\"query\":\"".into());
        head.push(Event::Delta { index: 0, delta });
    }
    let delta = kind.delta();
    (head, Event::Delta { index: 0, delta })
}

/// ns to write an event.
fn encode(dialect: LlmDialect, kind: Kind) -> f64 {
    let (head, piece) = canonical(kind);
    let mut context = AnswerContext::default();
    context.model = "some-model".to_owned();
    context.seed = "0123456789abcdef".to_owned();
    least(|| {
        let mut encoder = codec_of(dialect).unwrap().stream_encoder(&context);
        let mut out = BytesMut::new();
        for event in &head {
            encoder.encode(event, &mut out).unwrap();
        }
        let begun = Instant::now();
        for nth in 1..=EVENTS {
            encoder.encode(black_box(&piece), &mut out).unwrap();
            if nth % FLUSH == 0 {
                black_box(out.split().freeze());
            }
        }
        begun.elapsed().as_secs_f64()
    })
}

/// ns to read an event, each a chunk of its own.
fn decode(dialect: LlmDialect, kind: Kind) -> Option<f64> {
    let (head, piece) = stream(dialect, kind)?;
    Some(least(|| {
        let mut decoder = codec_of(dialect)
            .unwrap()
            .stream_decoder(&DecodeContext::default());
        let mut told = 0;
        let mut sink = |event: Event<'_>| {
            if matches!(black_box(event), Event::Delta { .. }) {
                told += 1;
            }
            Ok(())
        };
        decoder.feed(&head, &mut sink).unwrap();
        let begun = Instant::now();
        for _ in 0..EVENTS {
            decoder.feed(black_box(&piece), &mut sink).unwrap();
        }
        let elapsed = begun.elapsed().as_secs_f64();
        assert!(told >= EVENTS, "an event was lost");
        elapsed
    }))
}

fn least(round: impl FnMut() -> f64) -> f64 {
    least_of(EVENTS, round)
}

/// ns of one of so many, in the best round.
fn least_of(many: usize, mut round: impl FnMut() -> f64) -> f64 {
    let least = (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min);
    1e9 * least / many as f64
}

fn whole<T>(mut once: impl FnMut() -> T) -> f64 {
    least_of(WHOLE, || {
        let begun = Instant::now();
        for _ in 0..WHOLE {
            black_box(once());
        }
        begun.elapsed().as_secs_f64()
    })
}

/// A turn with a tool, a call of it and its result.
const REQUEST: &str = r#"{"model":"some-model","messages":[{"role":"system","content":"Answer in short."},{"role":"user","content":"What is the weather in Paris, and what shall I wear there tomorrow morning?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"15 degrees, some rain in the morning"}],"tools":[{"type":"function","function":{"name":"weather","description":"The weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string","description":"Its name"}},"required":["city"]}}}],"temperature":0.2,"max_tokens":256}"#;
const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1754000000,"model":"some-model","choices":[{"index":0,"message":{"role":"assistant","content":"Take a coat: it will rain in the morning, at some fifteen degrees.","refusal":null,"tool_calls":[{"id":"call_2","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":120,"completion_tokens":180,"total_tokens":300}}"#;

/// ns to read a request, and to write it.
fn request(dialect: LlmDialect) -> [f64; 2] {
    let (chat, own) = (
        codec_of(LlmDialect::OpenAiChat).unwrap(),
        codec_of(dialect).unwrap(),
    );
    let target = Target::new("some-model", false);
    let request = chat.decode_request(&target, REQUEST.as_bytes()).unwrap();
    let mut losses = LossReport::new();
    let body = own.encode_request(&request, &mut losses).unwrap().body;
    let read = whole(|| own.decode_request(&target, black_box(&body)).unwrap());
    let written = whole(|| {
        let mut losses = LossReport::new();
        own.encode_request(black_box(&request), &mut losses)
            .unwrap()
    });
    [read, written]
}

/// ns to read a whole answer, and to write it.
fn answer(dialect: LlmDialect) -> [f64; 2] {
    let (chat, own) = (
        codec_of(LlmDialect::OpenAiChat).unwrap(),
        codec_of(dialect).unwrap(),
    );
    let (reading, writing) = (DecodeContext::default(), AnswerContext::default());
    let answer = chat.decode_response(&reading, ANSWER.as_bytes()).unwrap();
    let body = own
        .encode_response(&writing, &answer, &mut LossReport::new())
        .body;
    let read = whole(|| own.decode_response(&reading, black_box(&body)).unwrap());
    let written =
        whole(|| own.encode_response(&writing, black_box(&answer), &mut LossReport::new()));
    [read, written]
}

/// What a provider sends before the pieces, and a piece; `None` where it sends no such pieces.
fn stream(dialect: LlmDialect, kind: Kind) -> Option<(Bytes, Bytes)> {
    Some(match dialect {
        LlmDialect::OpenAiChat => chat(kind),
        LlmDialect::OpenAiResponses => responses(kind),
        LlmDialect::AnthropicMessages => messages(kind),
        LlmDialect::Gemini => return gemini(kind),
        LlmDialect::BedrockConverse => converse(kind),
        other => panic!("{other} has no stream here"),
    })
}

/// Its text as JSON, without quotation marks.
const fn json(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Thoughts => " a word or two",
        Kind::Escaped => r#" \"a\"\n word"#,
        Kind::Arguments => "a word or two",
    }
}

fn chat(kind: Kind) -> (Bytes, Bytes) {
    let chunk = |delta: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1754000000,\"model\":\"some-model\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\",\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":null}}],\"usage\":null,\"obfuscation\":\"abcdefgh\"}}\n\n"
        )
    };
    let text = json(kind);
    let mut head = chunk(r#""role":"assistant","content":"","refusal":null"#);
    let piece = match kind {
        Kind::Text | Kind::Escaped => format!(r#""content":"{text}""#),
        Kind::Thoughts => format!(r#""reasoning_content":"{text}""#),
        Kind::Arguments => {
            head += &chunk(
                r#""tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"search","arguments":"{\"query\":\""}}]"#,
            );
            format!(r#""tool_calls":[{{"index":0,"function":{{"arguments":"{text}"}}}}]"#)
        }
    };
    (head.into(), chunk(&piece).into())
}

fn responses(kind: Kind) -> (Bytes, Bytes) {
    let event = |name: &str, rest: &str| {
        format!("event: {name}\ndata: {{\"type\":\"{name}\",\"sequence_number\":9,{rest}}}\n\n")
    };
    let text = json(kind);
    let mut head = event(
        "response.created",
        r#""response":{"id":"resp_1","object":"response","created_at":1754000000,"model":"some-model","status":"in_progress","output":[]}"#,
    );
    let (item, name, rest) = match kind {
        Kind::Text | Kind::Escaped => (
            r#"{"id":"item_1","type":"message","status":"in_progress","role":"assistant","content":[]}"#,
            "response.output_text.delta",
            r#""content_index":0,"logprobs":[],"obfuscation":"abcdef","#,
        ),
        Kind::Thoughts => (
            r#"{"id":"item_1","type":"reasoning","summary":[]}"#,
            "response.reasoning_summary_text.delta",
            r#""summary_index":0,"obfuscation":"abcdef","#,
        ),
        Kind::Arguments => (
            r#"{"id":"item_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"search","arguments":""}"#,
            "response.function_call_arguments.delta",
            r#""obfuscation":"abcdef","#,
        ),
    };
    head += &event(
        "response.output_item.added",
        &format!(r#""output_index":0,"item":{item}"#),
    );
    match kind {
        Kind::Text | Kind::Escaped => {
            head += &event(
                "response.content_part.added",
                r#""item_id":"item_1","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}"#,
            );
        }
        Kind::Thoughts => {
            head += &event(
                "response.reasoning_summary_part.added",
                r#""item_id":"item_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}"#,
            );
        }
        Kind::Arguments => {}
    }
    let rest = format!(r#""item_id":"item_1","output_index":0,{rest}"delta":"{text}""#);
    (head.into(), event(name, &rest).into())
}

fn messages(kind: Kind) -> (Bytes, Bytes) {
    let event = |name: &str, rest: &str| {
        format!("event: {name}\ndata: {{\"type\":\"{name}\",{rest}      }}\n\n")
    };
    let text = json(kind);
    let head = event(
        "message_start",
        r#""message":{"id":"msg_1","type":"message","role":"assistant","model":"some-model","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":120,"output_tokens":1}}"#,
    );
    let (block, delta) = match kind {
        Kind::Text | Kind::Escaped => (
            r#"{"type":"text","text":""}"#,
            format!(r#"{{"type":"text_delta","text":"{text}"}}"#),
        ),
        Kind::Thoughts => (
            r#"{"type":"thinking","thinking":"","signature":""}"#,
            format!(r#"{{"type":"thinking_delta","thinking":"{text}"}}"#),
        ),
        Kind::Arguments => (
            r#"{"type":"tool_use","id":"toolu_1","name":"search","input":{}}"#,
            format!(r#"{{"type":"input_json_delta","partial_json":"{text}"}}"#),
        ),
    };
    let start = event(
        "content_block_start",
        &format!(r#""index":0,"content_block":{block}"#),
    );
    let piece = event(
        "content_block_delta",
        &format!(r#""index":0,"delta":{delta}"#),
    );
    ((head + &start).into(), piece.into())
}

/// Arguments come whole.
fn gemini(kind: Kind) -> Option<(Bytes, Bytes)> {
    let chunk = |part: &str| {
        format!(
            "data: {{\"candidates\": [{{\"content\": {{\"parts\": [{{{part}}}],\"role\": \"model\"}},\"index\": 0}}],\"usageMetadata\": {{\"promptTokenCount\": 15,\"candidatesTokenCount\": 9,\"totalTokenCount\": 24,\"promptTokensDetails\": [{{\"modality\": \"TEXT\",\"tokenCount\": 15}}]}},\"modelVersion\": \"some-model\",\"responseId\": \"x\"}}\r\n\r\n"
        )
    };
    let text = json(kind);
    let piece = match kind {
        Kind::Text | Kind::Escaped => chunk(&format!(r#""text": "{text}""#)),
        Kind::Thoughts => chunk(&format!(r#""text": "{text}","thought": true"#)),
        Kind::Arguments => return None,
    };
    Some((piece.clone().into(), piece.into()))
}

/// Frames with checksums: the encoder writes them as Bedrock does.
fn converse(kind: Kind) -> (Bytes, Bytes) {
    let (head, piece) = canonical(kind);
    let mut encoder = codec_of(LlmDialect::BedrockConverse)
        .unwrap()
        .stream_encoder(&AnswerContext::default());
    let mut out = BytesMut::new();
    for event in &head {
        encoder.encode(event, &mut out).unwrap();
    }
    let head = out.split().freeze();
    encoder.encode(&piece, &mut out).unwrap();
    (head, out.freeze())
}

fn main() {
    // Cargo adds `--bench`.
    let wanted = env::args().skip(1).find(|word| !word.starts_with("--"));
    let wanted = wanted.unwrap_or_default();
    println!(
        "{:>20} {:>14} {:>10} {:>10}",
        "dialect", "event", "ns decode", "ns encode"
    );
    for dialect in DIALECTS {
        if !dialect.as_str().contains(&wanted) {
            continue;
        }
        for (name, [read, written]) in [("request", request(dialect)), ("answer", answer(dialect))]
        {
            println!(
                "{:>20} {name:>14} {read:>10.1} {written:>10.1}",
                dialect.as_str()
            );
        }
        for kind in Kind::ALL {
            let read =
                decode(dialect, kind).map_or_else(|| "-".to_owned(), |ns| format!("{ns:.1}"));
            let written = encode(dialect, kind);
            println!(
                "{:>20} {:>14} {read:>10} {written:>10.1}",
                dialect.as_str(),
                kind.name()
            );
        }
    }
}
