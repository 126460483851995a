use agentgateway_core::ErrorKind;
use bytes::BytesMut;
use serde_json::{Value, json};

use super::{
    super::super::{
        Codec, Fault, Loss,
        form::{Opaque, StateOwner, StopReason},
        stream::{BlockKind, CodecError, Delta, Event, Start},
    },
    OpenAiResponses, context, lost, read, written,
};

const CREATED: &str =
    r#"{"type":"response.created","response":{"id":"r","model":"m","created_at":1}}"#;
const COMPLETED: &str =
    r#"{"type":"response.completed","response":{"status":"completed","output":[]}}"#;

fn call(at: u8) -> String {
    format!(
        r#"{{"type":"response.output_item.added","output_index":{at},"item":{{"type":"function_call","id":"f{at}","call_id":"c{at}","name":"n"}}}}"#
    )
}

fn arguments(at: u8, text: &str) -> String {
    format!(
        r#"{{"type":"response.function_call_arguments.delta","output_index":{at},"delta":"{text}"}}"#
    )
}

fn call_done(at: u8) -> String {
    format!(
        r#"{{"type":"response.function_call_arguments.done","output_index":{at},"arguments":"whole"}}"#
    )
}

fn text(at: u8, text: &str) -> String {
    format!(
        r#"{{"type":"response.output_text.delta","output_index":{at},"content_index":0,"delta":"{text}","logprobs":[]}}"#
    )
}

/// The blocks, in few words.
fn told(events: &[&str]) -> Vec<String> {
    let mut all: Vec<&str> = vec![CREATED];
    all.extend(events);
    let mut found = Vec::new();
    for event in read(&all).unwrap() {
        match event {
            Event::BlockStart { block, .. } => found.push(match block {
                BlockKind::Text => "text:".to_owned(),
                BlockKind::Refusal => "refusal:".to_owned(),
                BlockKind::Reasoning { redacted, .. } => {
                    format!("thought{}:", redacted.map_or("", |_| "!"))
                }
                BlockKind::ToolCall { id, state, .. } => {
                    format!(
                        "{id}{}:",
                        state
                            .map(|state| state.data.into_owned())
                            .unwrap_or_default()
                    )
                }
                BlockKind::Other(item) => format!("{}:", item.name),
            }),
            Event::Delta { delta, .. } => {
                let last = found.last_mut().unwrap();
                match delta {
                    Delta::Text(text) | Delta::Reasoning(text) | Delta::Arguments(text) => {
                        last.push_str(&text);
                    }
                    Delta::State(state) => last.push_str(&format!("[{}]", state.data)),
                    Delta::Other(note) => last.push_str(&format!("<{}>", note.name)),
                }
            }
            Event::Stop { reason, .. } => found.push(format!("{reason:?}")),
            _ => {}
        }
    }
    found
}

#[test]
fn the_input_of_a_custom_tool_is_told_piece_by_piece_or_whole() {
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"custom_tool_call","id":"ctc","call_id":"c0","name":"sh","input":""}}"#;
    let delta = r#"{"type":"response.custom_tool_call_input.delta","output_index":0,"item_id":"ctc","delta":"l"}"#;
    let done = r#"{"type":"response.custom_tool_call_input.done","output_index":0,"item_id":"ctc","input":"ls"}"#;
    let item = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"custom_tool_call","id":"ctc","call_id":"c0","name":"sh","input":"ls"}}"#;
    for events in [
        &[added, delta, delta, done, item, COMPLETED][..],
        &[added, done, COMPLETED],
        &[added, item, COMPLETED],
        &[item, COMPLETED],
    ] {
        let input = if events.len() == 6 { "ll" } else { "ls" };
        assert_eq!(told(events), [&format!("c0:{input}"), "ToolUse"]);
        // Of a server that writes what it has not.
        let nulls = |event: &&str| {
            event.replace(
                r#""input":"ls""#,
                r#""text":null,"arguments":null,"input":"ls""#,
            )
        };
        let events: Vec<String> = events.iter().map(nulls).collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        assert_eq!(told(&events), [&format!("c0:{input}"), "ToolUse"]);
    }
}

#[test]
fn calls_that_overlap_come_one_after_the_other() {
    let events = [
        call(0),
        arguments(0, "a"),
        call(1),
        arguments(1, "x"),
        call(2),
        arguments(0, "b"),
        arguments(1, "y"),
        arguments(2, "z"),
        text(3, "t"),
        call_done(0),
        call_done(2),
        call_done(1),
    ];
    let mut events: Vec<_> = events.iter().map(String::as_str).collect();
    events.push(COMPLETED);
    assert_eq!(
        told(&events),
        ["c0:ab", "c1:xy", "c2:z", "text:t", "ToolUse"]
    );
}

#[test]
fn a_call_without_its_end_holds_nothing_back_for_ever() {
    let events = [
        call(0),
        arguments(0, "a"),
        call(1),
        call_done(1),
        text(2, "t"),
    ];
    let mut events: Vec<_> = events.iter().map(String::as_str).collect();
    events.push(COMPLETED);
    assert_eq!(told(&events), ["c0:a", "c1:whole", "text:t", "ToolUse"]);
}

#[test]
fn what_waits_for_a_call_is_bounded() {
    let long = text(1, &"x".repeat(1024 * 1024));
    let first = call(0);
    let error = read(&[CREATED, &first, &long, &long, &long]).unwrap_err();
    assert_eq!(error, CodecError::TooLarge);
}

#[test]
fn items_that_were_not_told_piece_by_piece_are_told_whole() {
    let item = |at: u8, item: &str| {
        format!(r#"{{"type":"response.output_item.done","output_index":{at},"item":{item}}}"#)
    };
    let events = [
        item(
            0,
            r#"{"type":"reasoning","id":"r0","summary":[],"encrypted_content":"e"}"#,
        ),
        item(
            1,
            r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"t"},{"type":"refusal","refusal":"no"}]}"#,
        ),
        item(
            2,
            r#"{"type":"reasoning","id":"x","summary":[],"encrypted_content":"agw1.gemini.sig"}"#,
        ),
        item(
            3,
            r#"{"type":"function_call","call_id":"c3","name":"n","arguments":"{}"}"#,
        ),
        item(4, r#"{"type":"web_search_call","id":"w"}"#),
    ];
    let mut events: Vec<_> = events.iter().map(String::as_str).collect();
    let last = r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"},
        "output":[{"type":"reasoning","id":"r0"},{"type":"message"},{"type":"reasoning"},{"type":"function_call"},
        {"type":"web_search_call"},{"type":"mcp_list_tools","id":"late"}]}}"#;
    let last = last.replace('\n', "");
    events.push(&last);
    assert_eq!(
        told(&events),
        [
            "thought!:",
            "text:t",
            "refusal:no",
            "c3sig:{}",
            "web_search_call:",
            "mcp_list_tools:",
            "MaxTokens"
        ]
    );
}

#[test]
fn thoughts_end_when_the_answer_begins_and_their_state_may_follow() {
    let thought = |kind: &str, at: &str, words: &str| {
        format!(r#"{{"type":"response.{kind}.delta","output_index":0,{at},"delta":"{words}"}}"#)
    };
    let events = [
        thought("reasoning_summary_text", r#""summary_index":0"#, "a"),
        thought("reasoning_summary_text", r#""summary_index":1"#, "b"),
        thought("reasoning_text", r#""content_index":0"#, "other words"),
        text(1, "t"),
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","encrypted_content":"e"}}"#
            .to_owned(),
        text(1, "u"),
    ];
    let mut events: Vec<_> = events.iter().map(String::as_str).collect();
    events.push(COMPLETED);
    assert_eq!(
        told(&events),
        [
            "thought:a\n\nb",
            "text:t",
            "thought:[e]",
            "text:u",
            "EndTurn"
        ]
    );
}

#[test]
fn errors_of_both_shapes_and_a_failed_answer_are_faults() {
    for (event, kind, code) in [
        (
            r#"{"type":"error","sequence_number":2,"error":{"type":"server_error","code":"rate_limit_exceeded","message":"m","param":null}}"#,
            ErrorKind::RateLimited,
            Some("rate_limit_exceeded"),
        ),
        (
            r#"{"type":"error","code":"server_error","message":"m","param":null,"sequence_number":2}"#,
            ErrorKind::BadAnswer,
            Some("server_error"),
        ),
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"invalid_prompt","message":"m"}}}"#,
            ErrorKind::InvalidRequest,
            Some("invalid_prompt"),
        ),
        (
            r#"{"error":{"message":"m","code":429}}"#,
            ErrorKind::RateLimited,
            Some("429"),
        ),
    ] {
        // What follows an error says nothing more.
        let events = read(&[CREATED, event, COMPLETED]).unwrap();
        let Some(Event::Fault(fault)) = events.last() else {
            panic!("{events:?}");
        };
        assert_eq!(fault.message, "m");
        assert_eq!(fault.kind, kind);
        assert_eq!(fault.code.as_deref(), code);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_and_what_is_unknown_is_not() {
    for event in [
        "{",
        "[]",
        "{}",
        r#"{"type":"response.output_text.delta","output_index":0}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"delta":7}"#,
        r#"{"type":"response.function_call_arguments.delta","output_index":0,"delta":"x"}"#,
        r#"{"type":"response.completed"}"#,
    ] {
        let error = read(&[CREATED, event, COMPLETED]).unwrap_err();
        assert!(
            matches!(error, CodecError::Malformed(_)),
            "{event}: {error}"
        );
    }
    let new = r#"{"type":"response.brand_new.delta","delta":"x"}"#;
    read(&[CREATED, new, COMPLETED, "[DONE]"]).unwrap();
    assert_eq!(read(&[CREATED, new]).unwrap_err(), CodecError::Truncated);
}

#[test]
fn comments_and_line_ends_of_any_kind_are_read() {
    let stream = format!(
        ": hello\r\n\r\nevent: response.created\r\ndata: {CREATED}\r\n\r\n: x\r\ndata: {}\r\n\r\ndata: {COMPLETED}",
        text(0, "t")
    );
    let mut events: Vec<Event<'static>> = Vec::new();
    let mut decoder = OpenAiResponses.stream_decoder(&Default::default());
    for byte in stream.as_bytes().chunks(1) {
        decoder.feed(byte, &mut events).unwrap();
    }
    decoder.finish(&mut events).unwrap();
    assert_eq!(events.last(), Some(&Event::End));
}

fn start() -> Event<'static> {
    Event::Start(Start::default())
}

fn begin(index: u32, choice: u32, block: BlockKind<'static>) -> Event<'static> {
    Event::BlockStart {
        index,
        choice,
        block,
    }
}

fn delta(index: u32, delta: Delta<'static>) -> Event<'static> {
    Event::Delta { index, delta }
}

fn stop(choice: u32) -> Event<'static> {
    Event::Stop {
        choice,
        reason: StopReason::EndTurn,
    }
}

#[test]
fn the_whole_life_of_an_answer_is_told_and_numbered() {
    let thought = BlockKind::Reasoning {
        id: None,
        redacted: None,
    };
    let tool = BlockKind::ToolCall {
        id: "c1".into(),
        name: "f".into(),
        is_custom: false,
        state: Some(Opaque::new(StateOwner::Gemini, "sig")),
    };
    let events = [
        start(),
        begin(0, 0, thought),
        delta(0, Delta::Reasoning("hm".into())),
        delta(0, Delta::State(Opaque::new(StateOwner::Anthropic, "s"))),
        Event::BlockStop { index: 0 },
        Event::Ping,
        begin(1, 0, BlockKind::Text),
        delta(1, Delta::Text("a\"".into())),
        Event::BlockStop { index: 1 },
        begin(2, 0, BlockKind::Refusal),
        delta(2, Delta::Text("no".into())),
        Event::BlockStop { index: 2 },
        begin(3, 0, tool),
        Event::BlockStop { index: 3 },
        stop(0),
        Event::End,
    ];
    let (written, losses) = written(&events);
    assert!(losses.is_empty());
    let types: Vec<_> = written
        .iter()
        .map(|event| event["type"].as_str().unwrap().replace("response.", ""))
        .collect();
    assert_eq!(
        types.join(" "),
        "created in_progress output_item.added reasoning_summary_part.added \
         reasoning_summary_text.delta reasoning_summary_text.done reasoning_summary_part.done \
         output_item.done output_item.added content_part.added output_text.delta output_text.done \
         content_part.done content_part.added refusal.delta refusal.done content_part.done \
         output_item.done output_item.added output_item.done output_item.added \
         function_call_arguments.delta function_call_arguments.done output_item.done completed"
    );
    let numbers = written
        .iter()
        .map(|event| event["sequence_number"].as_u64());
    assert!(numbers.eq((0..25).map(Some)));
    // The last event repeats the items as they were told.
    let done: Vec<Value> = written
        .iter()
        .filter(|event| event["type"] == "response.output_item.done")
        .map(|event| event["item"].clone())
        .collect();
    let response = &written[24]["response"];
    assert_eq!(response["output"], json!(done));
    assert_eq!(done[0]["encrypted_content"], "agw1.anthropic.s");
    assert_eq!(done[2]["encrypted_content"], "agw1.gemini.sig");
    assert_eq!(done[3]["arguments"], "{}");
    for (at, event) in written.iter().enumerate() {
        if let Some(index) = event["output_index"].as_u64() {
            let expected = [2..8, 8..18, 18..20, 20..24];
            let index = usize::try_from(index).unwrap();
            assert!(expected[index].contains(&at), "{event}");
        }
    }
}

#[test]
fn a_second_choice_is_left_out_and_told() {
    let events = [
        start(),
        begin(0, 0, BlockKind::Text),
        begin(1, 1, BlockKind::Text),
        delta(1, Delta::Text("other".into())),
        delta(0, Delta::Text("mine".into())),
        Event::BlockStop { index: 1 },
        Event::BlockStop { index: 0 },
        stop(1),
        stop(0),
        Event::End,
    ];
    let (written, losses) = written(&events);
    assert_eq!(lost(&losses), [Loss::Choices]);
    let last = written.last().unwrap();
    assert_eq!(last["response"]["output"][0]["content"][0]["text"], "mine");
    assert_eq!(
        last["response"]["output"][0]["content"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_fault_is_an_error_event_and_no_end() {
    let mut encoder = OpenAiResponses.stream_encoder(&context());
    let mut out = BytesMut::new();
    encoder.encode(&start(), &mut out).unwrap();
    out.clear();
    let mut fault = Fault::new(ErrorKind::RateLimited, "slow");
    fault.code = Some("rate_limit_exceeded".to_owned());
    encoder.fail(&fault, &mut out);
    let text = String::from_utf8(out.to_vec()).unwrap();
    let data = text.strip_prefix("event: error\ndata: ").unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(
        data,
        json!({"type": "error", "sequence_number": 2, "code": "rate_limit_exceeded",
            "message": "slow", "param": null,
            "error": {"message": "slow", "type": "rate_limit_error", "param": null,
                "code": "rate_limit_exceeded"}})
    );
    // It is read as it was meant.
    let mut decoder = OpenAiResponses.stream_decoder(&Default::default());
    let mut events: Vec<Event<'static>> = Vec::new();
    decoder.feed(&out, &mut events).unwrap();
    decoder.finish(&mut events).unwrap();
    assert!(matches!(&events[..], [Event::Fault(again)] if again.message == "slow"));
}
