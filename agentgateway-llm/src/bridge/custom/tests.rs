use std::collections::HashSet;

use bytes::BytesMut;

use super::{super::stream::Grammar, *};
use crate::{
    LlmDialect,
    bridge::{
        AnswerContext, Codec, DecodeContext, Loss, LossReport, codec_of,
        form::{
            Block, Content, CustomFormat, Request, Response, Role, StopReason, Tool, ToolCall, Turn,
        },
        stream::{BlockKind, Collect, Delta, Event, EventSink, Start, StreamDecoder},
    },
};

const PROVIDERS: [LlmDialect; 4] = [
    LlmDialect::OpenAiChat,
    LlmDialect::AnthropicMessages,
    LlmDialect::Gemini,
    LlmDialect::BedrockConverse,
];
const CLIENTS: [LlmDialect; 2] = [LlmDialect::OpenAiChat, LlmDialect::OpenAiResponses];

/// Arguments, and the input that they are.
const WRITTEN: [(&str, &str); 9] = [
    (r#"{"input":"a\"\\\u00e9\ud83d\ude00\n"}"#, "a\"\\é😀\n"),
    (r#"{"input":"a","x":1}"#, "a"),
    (r#"{"input":""}"#, ""),
    (r#"{ "input" : "a" }"#, "a"),
    (r#"{"input":5}"#, r#"{"input":5}"#),
    (r#"{"input":null}"#, r#"{"input":null}"#),
    (r#"{"input":["a"]}"#, r#"{"input":["a"]}"#),
    (r#"{"x":1,"input":"a"}"#, r#"{"x":1,"input":"a"}"#),
    (
        r#"{"input":"*** {\"input\":\"b\"}"}"#,
        r#"*** {"input":"b"}"#,
    ),
];

/// The same, where any text may be written as arguments.
const NO_OBJECTS: [(&str, &str); 5] = [
    ("[]", "[]"),
    (r#"{"input":"a\qb"}"#, r"a\qb"),
    (r#"{"input":"\ud83d"}"#, r"\ud83d"),
    (r#"{"input":"say "hi""}"#, r#"say "hi""}"#),
    (r#"{"input":"a\ud83"#, r"a\ud83"),
];

fn tools() -> CustomTools {
    CustomTools::of(HashSet::from(["patch".to_owned()]))
}

/// An answer of two calls, one of a function, whose arguments come in two pieces.
fn told(arguments: &str, at: usize, out: &mut dyn FnMut(Event<'_>)) {
    let (one, two) = arguments.split_at(at);
    out(Event::Start(Start {
        id: "r".into(),
        model: "m".into(),
        ..Start::default()
    }));
    for (index, name, pieces) in [
        (0, "patch", [one, two]),
        (1, "other", [r#"{"input":"#, "1}"]),
    ] {
        out(Event::BlockStart {
            index,
            choice: 0,
            block: BlockKind::ToolCall {
                id: format!("c{index}").into(),
                name: name.into(),
                is_custom: false,
                state: None,
            },
        });
        for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
            let delta = Delta::Arguments(piece.into());
            out(Event::Delta { index, delta });
        }
        out(Event::BlockStop { index });
    }
    let reason = StopReason::ToolUse;
    out(Event::Stop { choice: 0, reason });
    out(Event::End);
}

fn written(codec: &dyn Codec, tell: impl FnOnce(&mut dyn FnMut(Event<'_>))) -> BytesMut {
    let mut encoder = codec.stream_encoder(&AnswerContext::default());
    let mut out = BytesMut::new();
    tell(&mut |event| encoder.encode(&event, &mut out).unwrap());
    out
}

fn read(
    mut decoder: Box<dyn StreamDecoder>,
    stream: &[u8],
    size: usize,
) -> (Response, Vec<Event<'static>>) {
    let (mut said, mut grammar, mut events) = (Collect::new(), Grammar::new(), Vec::new());
    let mut sink = |event: Event<'_>| {
        grammar.check(&event).unwrap();
        events.push(event.clone().into_owned());
        said.event(event)
    };
    for piece in stream.chunks(size) {
        decoder.feed(piece, &mut sink).unwrap();
    }
    decoder.finish(&mut sink).unwrap();
    (said.finish().unwrap(), events)
}

fn calls(response: &Response) -> Vec<(&str, bool, &str)> {
    let blocks = &response.choices[0].blocks;
    let calls = blocks.iter().map(|block| match &block.content {
        Content::ToolCall(call) => (&*call.name, call.is_custom, &*call.arguments),
        other => panic!("{other:?}"),
    });
    calls.collect()
}

#[test]
fn every_stream_wherever_it_is_cut_gives_the_same_input_to_every_client() {
    for provider in PROVIDERS {
        let codec = codec_of(provider).unwrap();
        // Gemini has arguments as they are, and whole.
        let is_text = provider != LlmDialect::Gemini;
        let more = NO_OBJECTS.into_iter().filter(|_| is_text);
        for (arguments, text) in WRITTEN.into_iter().chain(more) {
            for at in (0..=arguments.len()).filter(|at| arguments.is_char_boundary(*at)) {
                let stream = written(&*codec, |out| told(arguments, at, out));
                for size in [1, 7, stream.len()] {
                    let decoder = tools().reader(codec.stream_decoder(&DecodeContext::default()));
                    let (response, events) = read(decoder, &stream, size);
                    let expected = [("patch", true, text), ("other", false, r#"{"input":1}"#)];
                    assert_eq!(
                        calls(&response),
                        expected,
                        "{provider:?}: {arguments} at {at}"
                    );
                    if size > 1 {
                        continue;
                    }
                    for client in CLIENTS {
                        let codec = codec_of(client).unwrap();
                        let stream = written(&*codec, |out| events.iter().cloned().for_each(out));
                        let decoder = codec.stream_decoder(&DecodeContext::default());
                        let (response, _) = read(decoder, &stream, 5);
                        assert_eq!(
                            calls(&response),
                            expected,
                            "{provider:?} to {client:?}: {arguments}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_long_input_is_read_in_pieces() {
    let patch = "é\n\"\\ ".repeat(512 * 1024);
    let arguments = format!("{{\"input\":{}}}", agentgateway_core::json::quote(&patch));
    let codec = codec_of(LlmDialect::AnthropicMessages).unwrap();
    let mut cut = arguments.len() / 2;
    while !arguments.is_char_boundary(cut) {
        cut += 1;
    }
    let stream = written(&*codec, |out| told(&arguments, cut, out));
    let decoder = tools().reader(codec.stream_decoder(&DecodeContext::default()));
    let (response, _) = read(decoder, &stream, 16 * 1024);
    assert!(calls(&response)[0].2 == patch);
}

#[test]
fn conversations_with_custom_calls_reach_every_provider() {
    let patch = Tool {
        custom: Some(CustomFormat::Text),
        ..Tool::new("patch")
    };
    let call = ToolCall {
        is_custom: true,
        ..ToolCall::new("c", "patch", "\"\n\u{1}")
    };
    let mut request = Request {
        model: "m".into(),
        tools: vec![patch, Tool::new("other")],
        turns: vec![Turn::new(
            Role::Assistant,
            vec![Block::new(Content::ToolCall(call))],
        )],
        ..Request::default()
    };
    let mut losses = LossReport::new();
    let tools = to_functions(&mut request, &mut losses);
    assert!(losses.is_empty(), "{losses}");
    let mut response = Response::default();
    response.choices.resize_with(2, Default::default);
    for choice in &mut response.choices {
        choice.blocks.clone_from(&request.turns[0].blocks);
    }
    tools.restore(&mut response);
    for choice in &response.choices {
        let Content::ToolCall(call) = &choice.blocks[0].content else {
            panic!("{choice:?}");
        };
        assert!(call.is_custom && call.arguments == "\"\n\u{1}", "{call:?}");
    }
    for provider in PROVIDERS {
        let codec = codec_of(provider).unwrap();
        let mut losses = LossReport::new();
        let encoded = codec.encode_request(&request, &mut losses).unwrap();
        assert!(!losses.has(Loss::CustomTool), "{provider:?}");
        let body = std::str::from_utf8(&encoded.body).unwrap();
        assert!(
            body.contains("\\n\\u0001") || body.contains(r"\\n\\u0001"),
            "{body}"
        );
    }
}
