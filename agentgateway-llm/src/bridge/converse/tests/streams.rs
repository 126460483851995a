use agentgateway_core::ErrorKind;
use bytes::{BufMut, BytesMut};
use proptest::prelude::*;

use crate::{
    bridge::{
        Codec, DecodeContext, Loss,
        converse::BedrockConverse,
        form::*,
        stream::{BlockKind, CodecError, Collect, Delta, Event, EventSink, Grammar, Start, replay},
    },
    wire::event_stream::{FrameDecoder, write_event, write_exception},
};

type Owned = Event<'static>;

fn frames(events: &[(&str, &str)]) -> BytesMut {
    let mut out = BytesMut::new();
    for (name, payload) in events {
        write_event(&mut out, name, |out| out.put_slice(payload.as_bytes())).unwrap();
    }
    out
}

fn decode(bytes: &[u8]) -> Result<Vec<Owned>, CodecError> {
    let mut decoder = BedrockConverse.stream_decoder(&DecodeContext::default());
    let mut events: Vec<Owned> = Vec::new();
    decoder.feed(bytes, &mut events)?;
    decoder.finish(&mut events)?;
    let mut grammar = Grammar::new();
    for event in &events {
        grammar.check(event).unwrap();
    }
    Ok(events)
}

fn encode(events: &[Owned]) -> (Vec<(String, String)>, BytesMut) {
    let mut encoder = BedrockConverse.stream_encoder(&Default::default());
    let mut out = BytesMut::new();
    for event in events {
        encoder.encode(event, &mut out).unwrap();
    }
    let mut decoder = FrameDecoder::new();
    let mut input = &out[..];
    let mut told = Vec::new();
    while let Some(frame) = decoder.decode(&mut input).unwrap() {
        assert_eq!(frame.text(":content-type"), Some("application/json"));
        let name = frame.text(":event-type").or(frame.text(":exception-type"));
        let payload = String::from_utf8(frame.payload().to_vec()).unwrap();
        told.push((name.unwrap().to_owned(), payload));
    }
    (told, out)
}

fn collect(events: &[Owned]) -> Response {
    let mut collected = Collect::new();
    for event in events {
        collected.event(event.clone()).unwrap();
    }
    collected.finish().unwrap()
}

const START: (&str, &str) = ("messageStart", r#"{"role":"assistant","p":"abc"}"#);
const STOP: (&str, &str) = ("messageStop", r#"{"stopReason":"end_turn","p":"abc"}"#);
const METADATA: (&str, &str) = (
    "metadata",
    r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":5}}"#,
);

/// A stream with a block of every kind.
fn all() -> Vec<(&'static str, &'static str)> {
    vec![
        START,
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"h"}},"p":"a"}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"m"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"sig"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"RXRr"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"RQ=="}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":2,"delta":{"text":"he\u006c"}}"#,
        ),
        ("later", r#"{"unknown":true}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":2,"delta":{"text":"lo"}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":2,"delta":{"citation":{"title":"t"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t1","name":"f"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"a\""}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":3,"delta":{"toolUse":{"input":":1}"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":3}"#),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"s1","name":"w","type":"server_tool_use"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":4,"delta":{"toolUse":{"input":"{\"q\":1}"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":4}"#),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":5,"start":{"toolResult":{"toolUseId":"s1","status":"success"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":5,"delta":{"toolResult":[{"text":"a"}]}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":5,"delta":{"toolResult":[{"json":{"b":1}}]}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":5}"#),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":6,"start":{"image":{"format":"png"}}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":6,"delta":{"image":{"source":{"bytes":"AAAA"}}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":6}"#),
        (
            "messageStop",
            r#"{"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"x"}}"#,
        ),
        METADATA,
    ]
}

fn own(name: &str, raw: &str) -> Block {
    let own = Sidecar::new(crate::LlmDialect::BedrockConverse, name, raw);
    Block::new(Content::Other(own))
}

#[test]
fn reads_blocks_of_every_kind() {
    let response = collect(&decode(&frames(&all())).unwrap());
    let choice = &response.choices[0];
    assert_eq!(choice.stop, StopReason::StopSequence(Some("x".into())));
    assert_eq!(response.usage.total_tokens, Some(3));
    let [thought, redacted, text, call, server, result, image] = &choice.blocks[..] else {
        panic!("{choice:?}");
    };
    let expected = Reasoning {
        text: "hm".into(),
        state: Some(Opaque::new(StateOwner::Anthropic, "sig")),
        ..Reasoning::default()
    };
    assert_eq!(thought.content, Content::Reasoning(expected));
    let expected = Reasoning {
        state: Some(Opaque::new(StateOwner::Anthropic, "EtkE")),
        redacted: true,
        ..Reasoning::default()
    };
    assert_eq!(redacted.content, Content::Reasoning(expected));
    assert_eq!(text.content, Content::Text("hello".into()));
    assert_eq!(&*text.sidecars[0].raw, r#"{"title":"t"}"#);
    let expected = ToolCall::new("t1", "f", r#"{"a":1}"#);
    assert_eq!(call.content, Content::ToolCall(expected));
    assert_eq!(
        *server,
        own(
            "toolUse",
            r#"{"toolUseId":"s1","name":"w","type":"server_tool_use","input":{"q":1}}"#
        )
    );
    assert_eq!(
        *result,
        own(
            "toolResult",
            r#"{"toolUseId":"s1","status":"success","content":[{"text":"a"},{"json":{"b":1}}]}"#
        )
    );
    assert_eq!(
        *image,
        own("image", r#"{"format":"png","source":{"bytes":"AAAA"}}"#)
    );
}

#[test]
fn what_was_read_is_written_again() {
    let events = decode(&frames(&all())).unwrap();
    let (_, bytes) = encode(&events);
    let mut again = collect(&decode(&bytes).unwrap());
    let mut first = collect(&events);
    // The stop sequence itself has no place.
    for response in [&mut first, &mut again] {
        response.choices[0].stop = StopReason::EndTurn;
    }
    assert_eq!(again, first);
}

#[test]
fn a_cut_at_every_boundary_and_byte_is_truncated() {
    let all = all();
    let whole = frames(&all);
    let mut end = 0;
    for count in 0..all.len() {
        let bytes = frames(&all[..count]);
        end = bytes.len();
        let read = decode(&bytes);
        if count < all.len() - 1 {
            assert_eq!(read, Err(CodecError::Truncated), "{count} frames");
        } else {
            // All but the usage was told.
            let events = read.unwrap();
            assert_eq!(events.last(), Some(&Event::End));
            assert!(!events.iter().any(|event| matches!(event, Event::Usage(_))));
        }
    }
    for cut in (1..whole.len()).filter(|cut| *cut != end) {
        assert_eq!(decode(&whole[..cut]), Err(CodecError::Truncated), "{cut}");
    }
}

#[test]
fn texts_need_no_start_and_no_stop() {
    let events = decode(&frames(&[
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":1,"delta":{"text":"a"}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":2,"delta":{"text":"b"}}"#,
        ),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#,
        ),
        METADATA,
        STOP,
    ]))
    .unwrap();
    let response = collect(&events);
    assert_eq!(response.choices[0].blocks.len(), 3);
    assert_eq!(response.usage.total_tokens, Some(3));
}

#[test]
fn what_cannot_be_read_is_never_passed_over() {
    for odd in [
        ("contentBlockDelta", "{"),
        ("contentBlockDelta", r#"{"delta":{"text":"a"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":1}}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"x"}}}"#,
        ),
        (
            "contentBlockStart",
            r#"{"contentBlockIndex":0,"start":{"toolUse":{"name":"f"}}}"#,
        ),
        ("contentBlockStop", "[]"),
        ("messageStop", "{}"),
        ("messageStart", ""),
    ] {
        let read = decode(&frames(&[START, odd, STOP, METADATA]));
        assert!(
            matches!(read, Err(CodecError::Malformed(_))),
            "{odd:?}: {read:?}"
        );
    }
    let stopped = ("contentBlockStop", r#"{"contentBlockIndex":0}"#);
    let text = (
        "contentBlockDelta",
        r#"{"contentBlockIndex":0,"delta":{"text":"a"}}"#,
    );
    for sequence in [[START, text, stopped, text], [START, text, STOP, text]] {
        let read = decode(&frames(&sequence));
        assert!(matches!(read, Err(CodecError::Malformed(_))), "{read:?}");
    }
    let mut broken = frames(&[START, STOP, METADATA]);
    broken[20] ^= 1;
    assert!(matches!(decode(&broken), Err(CodecError::Malformed(_))));
}

#[test]
fn exceptions_are_faults_and_nothing_follows() {
    let mut bytes = frames(&[START]);
    write_exception(&mut bytes, "throttlingException", |out| {
        out.put_slice(br#"{"message":"slow"}"#)
    })
    .unwrap();
    bytes.extend_from_slice(&frames(&[STOP]));
    let events = decode(&bytes).unwrap();
    let Some(Event::Fault(fault)) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(
        (fault.kind, fault.message.as_str()),
        (ErrorKind::RateLimited, "slow")
    );
    assert_eq!(fault.type_name.as_deref(), Some("throttlingException"));
    let (told, _) = encode(&events);
    let last = told.last().unwrap();
    assert_eq!(
        *last,
        (
            "throttlingException".to_owned(),
            r#"{"message":"slow"}"#.to_owned()
        )
    );
}

#[test]
fn writes_the_whole_life_of_a_foreign_answer() {
    let call = |state| BlockKind::ToolCall {
        id: "c1".into(),
        name: "f".into(),
        is_custom: false,
        state,
    };
    let delta = |index, delta| Event::Delta { index, delta };
    let begin = |index, block| Event::BlockStart {
        index,
        choice: 0,
        block,
    };
    let thoughts = || BlockKind::Reasoning {
        id: Some("rs_1".into()),
        redacted: None,
    };
    let events = [
        Event::Start(Start::default()),
        Event::Ping,
        begin(0, BlockKind::Text),
        Event::BlockStop { index: 0 },
        begin(1, thoughts()),
        delta(1, Delta::Reasoning("hm".into())),
        delta(1, Delta::State(Opaque::new(StateOwner::OpenAi, "x"))),
        Event::BlockStop { index: 1 },
        begin(2, BlockKind::Text),
        delta(2, Delta::Text("".into())),
        delta(2, Delta::Text("a\"b".into())),
        Event::BlockStop { index: 2 },
        begin(3, call(Some(Opaque::new(StateOwner::Gemini, "c2ln")))),
        delta(3, Delta::Arguments("{}".into())),
        Event::BlockStop { index: 3 },
        Event::Stop {
            choice: 0,
            reason: StopReason::ToolUse,
        },
        Event::End,
    ];
    let mut grammar = Grammar::new();
    events
        .iter()
        .for_each(|event| grammar.check(event).unwrap());
    let (told, _) = encode(&events);
    let expected = [
        ("messageStart", r#"{"role":"assistant"}"#),
        (
            "contentBlockDelta",
            r#"{"delta":{"reasoningContent":{"text":"hm"}},"contentBlockIndex":0}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"delta":{"reasoningContent":{"signature":"agw1.openai.x"}},"contentBlockIndex":0}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        (
            "contentBlockDelta",
            r#"{"delta":{"text":"a\"b"},"contentBlockIndex":1}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        (
            "contentBlockDelta",
            r#"{"delta":{"reasoningContent":{"signature":"agw1.gemini.c2ln"}},"contentBlockIndex":2}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        (
            "contentBlockStart",
            r#"{"start":{"toolUse":{"toolUseId":"c1","name":"f"}},"contentBlockIndex":3}"#,
        ),
        (
            "contentBlockDelta",
            r#"{"delta":{"toolUse":{"input":"{}"}},"contentBlockIndex":3}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":3}"#),
        ("messageStop", r#"{"stopReason":"tool_use"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0},"metrics":{"latencyMs":0}}"#,
        ),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, data)| ((*name).to_owned(), (*data).to_owned()))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn a_second_choice_has_no_place() {
    let response = Response {
        choices: vec![
            Choice {
                blocks: vec![Block::text("a")],
                ..Choice::default()
            },
            Choice {
                blocks: vec![Block::text("b")],
                ..Choice::default()
            },
        ],
        ..Response::default()
    };
    let mut events: Vec<Owned> = Vec::new();
    replay(&response, &mut events).unwrap();
    let mut encoder = BedrockConverse.stream_encoder(&Default::default());
    let mut out = BytesMut::new();
    for event in &events {
        encoder.encode(event, &mut out).unwrap();
    }
    assert!(encoder.losses().has(Loss::Choices));
    let again = collect(&decode(&out).unwrap());
    assert_eq!(again.choices, response.choices[..1]);
}

proptest! {
    #[test]
    fn events_are_the_same_however_frames_are_cut(cuts in prop::collection::vec(1_usize..120, 1..50)) {
        let bytes = frames(&all());
        let expected = decode(&bytes).unwrap();
        let mut decoder = BedrockConverse.stream_decoder(&DecodeContext::default());
        let mut events: Vec<Owned> = Vec::new();
        let mut rest = &bytes[..];
        for len in cuts.iter().cycle() {
            let (chunk, tail) = rest.split_at((*len).min(rest.len()));
            decoder.feed(chunk, &mut events).unwrap();
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
        decoder.finish(&mut events).unwrap();
        prop_assert_eq!(events, expected);
    }

    #[test]
    fn no_payload_panics(at in 0_usize..29, payload in "[\\[\\]{}\",:a-z0-9]{0,40}", cut in 0_usize..100) {
        let mut all = all();
        let (name, whole) = all[at];
        let cut = whole.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(whole.len());
        let mutated = format!("{}{payload}", &whole[..cut]);
        all[at] = (name, &mutated);
        let _ = decode_loosely(&frames(&all));
        let _ = BedrockConverse.decode_request(&crate::bridge::Target::new("m", false), payload.as_bytes());
    }
}

fn decode_loosely(bytes: &[u8]) -> Result<(), CodecError> {
    let mut decoder = BedrockConverse.stream_decoder(&DecodeContext::default());
    let mut grammar = Grammar::new();
    let mut check = |event: Event<'_>| {
        grammar.check(&event).unwrap();
        Ok(())
    };
    decoder.feed(bytes, &mut check)?;
    decoder.finish(&mut check)
}
