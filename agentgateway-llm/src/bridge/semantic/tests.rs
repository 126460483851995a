use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::LlmDialect;
use crate::bridge::{
    form::{
        Block, Content, Media, MediaKind, MediaSource, Reasoning, Request, Role, Sidecar,
        StopReason, Tool, ToolCall, ToolResult, Turn,
    },
    stream::{BlockKind, Delta, Event, EventSink},
};

const AMPLE: usize = 64 * 1024;

fn value(text: Option<String>) -> Value {
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn input(turns: Vec<Turn>) -> Request {
    Request {
        turns,
        ..Request::default()
    }
}

fn user(blocks: Vec<Block>) -> Request {
    input(vec![Turn::new(Role::User, blocks)])
}

fn media(kind: MediaKind, media_type: Option<&str>, source: MediaSource) -> Block {
    let mut media = Media::new(kind, source);
    media.media_type = media_type.map(str::to_owned);
    Block::new(Content::Media(media))
}

#[test]
fn each_part_is_one_of_the_conventions() {
    let mut as_json = ToolResult::new("c2", vec![Block::text(r#"{"n":1.50}"#)]);
    as_json.is_json = true;
    let image = media(MediaKind::Image, None, MediaSource::Base64("AAAA".into()));
    let several = ToolResult::new("c3", vec![Block::text("a"), image]);
    let thought = Reasoning {
        text: "hm".into(),
        ..Reasoning::default()
    };
    let turns = vec![
        Turn::new(Role::System, vec![Block::text("briefly")]),
        Turn::new(
            Role::Assistant,
            vec![
                Block::new(Content::Reasoning(thought)),
                Block::new(Content::Refusal("no".into())),
                Block::new(Content::ToolCall(ToolCall::new("c1", "add", r#"{"a": 1}"#))),
                Block::new(Content::ToolCall(ToolCall::new("c2", "add", ""))),
                Block::new(Content::ToolCall(ToolCall::new(
                    "c3",
                    "add",
                    "{\"a\": oops",
                ))),
                Block::new(Content::Other(Sidecar::new(
                    LlmDialect::AnthropicMessages,
                    "web_search_tool_result",
                    "{\"secret\":1}",
                ))),
            ],
        ),
        Turn::new(
            Role::User,
            vec![
                Block::new(Content::ToolResult(ToolResult::new(
                    "c1",
                    vec![Block::text("3")],
                ))),
                Block::new(Content::ToolResult(as_json)),
                Block::new(Content::ToolResult(several)),
                Block::text("and?"),
            ],
        ),
    ];
    assert_eq!(
        value(input_messages(&input(turns), AMPLE)),
        json!([
            {"role": "system", "parts": [{"type": "text", "content": "briefly"}]},
            {"role": "assistant", "parts": [
                {"type": "reasoning", "content": "hm"},
                {"type": "refusal", "content": "no"},
                {"type": "tool_call", "id": "c1", "name": "add", "arguments": {"a": 1}},
                {"type": "tool_call", "id": "c2", "name": "add", "arguments": {}},
                {"type": "tool_call", "id": "c3", "name": "add", "arguments": "{\"a\": oops"},
                {"type": "web_search_tool_result"},
            ]},
            {"role": "tool", "parts": [
                {"type": "tool_call_response", "id": "c1", "response": "3"},
                {"type": "tool_call_response", "id": "c2", "response": {"n": 1.50}},
                {"type": "tool_call_response", "id": "c3", "response": [
                    {"type": "text", "content": "a"},
                    {"type": "blob", "modality": "image", "bytes": 3},
                ]},
            ]},
            {"role": "user", "parts": [{"type": "text", "content": "and?"}]},
        ])
    );
}

#[test]
fn media_are_told_and_never_written() {
    let url = |url: &str| MediaSource::Url(url.into());
    let parts = vec![
        media(
            MediaKind::Image,
            Some("image/png"),
            MediaSource::Base64("AAAAAA==".into()),
        ),
        media(MediaKind::Document, None, MediaSource::Text("text".into())),
        media(MediaKind::Video, None, url("https://a/b.mp4?signature=x#y")),
        media(
            MediaKind::Image,
            None,
            url("https://user:secret@a:1/b@c.png"),
        ),
        media(MediaKind::Image, None, url("DATA:image/svg+xml,<svg/>")),
        media(MediaKind::Image, None, url(" data:AAAA")),
        media(MediaKind::Audio, None, MediaSource::File("file-1".into())),
    ];
    assert_eq!(
        value(input_messages(&user(parts), AMPLE))[0]["parts"],
        json!([
            {"type": "blob", "modality": "image", "mime_type": "image/png", "bytes": 4},
            {"type": "blob", "modality": "document", "bytes": 4},
            {"type": "uri", "modality": "video", "uri": "https://a/b.mp4"},
            {"type": "uri", "modality": "image", "uri": "https://a:1/b@c.png"},
            {"type": "uri", "modality": "image", "uri": "DATA:image/svg+xml"},
            {"type": "uri", "modality": "image", "uri": "data:"},
            {"type": "file", "modality": "audio", "file_id": "file-1"},
        ])
    );
}

#[test]
fn what_is_not_there_is_no_text() {
    let nothing = Request::default();
    assert_eq!(input_messages(&nothing, AMPLE), None);
    assert_eq!(system_instructions(&nothing, AMPLE), None);
    assert_eq!(tool_definitions(&nothing, AMPLE), None);
    assert_eq!(Gather::new(AMPLE).output_messages(), None);
}

/// A conversation with all that can be cut.
fn long() -> Request {
    let text = |at: usize| "\u{1}\"ä\n\u{1F600} word".repeat(at);
    let mut turns = Vec::new();
    for at in 0..12 {
        turns.push(Turn::new(Role::User, vec![Block::text(text(at))]));
        let arguments = format!("{{\"a\":\"{}\"}}", "b".repeat(at * 9));
        let call = ToolCall::new("call", "tool", arguments);
        let call = Block::new(Content::ToolCall(call));
        turns.push(Turn::new(Role::Assistant, vec![call]));
        let results = vec![Block::text(text(at)), Block::text(text(at * 2))];
        let result = Block::new(Content::ToolResult(ToolResult::new("call", results)));
        turns.push(Turn::new(Role::User, vec![result]));
    }
    let mut request = input(turns);
    for at in 0..12 {
        let mut tool = Tool::new(format!("tool{at}"));
        tool.schema = Some(format!("{{\"description\":\"{}\"}}", "d".repeat(at * 40)).into());
        request.tools.push(tool);
        request.system.push(Block::text(text(at * 2)));
    }
    request
}

#[test]
fn over_its_limit_a_text_is_valid_json_that_says_so() {
    let request = long();
    let whole = value(input_messages(&request, AMPLE));
    assert_eq!(whole.as_array().unwrap().len(), 36);
    let marker = json!({"type": "truncated", "name": "truncated"});
    for limit in 512..2048 {
        let messages = input_messages(&request, limit).unwrap();
        let system = system_instructions(&request, limit).unwrap();
        let tools = tool_definitions(&request, limit).unwrap();
        for text in [&messages, &system, &tools] {
            assert!(text.len() <= limit, "{} > {limit}", text.len());
        }
        let messages = value(Some(messages));
        // The latest turns are kept whole.
        let (first, kept) = messages.as_array().unwrap().split_first().unwrap();
        assert_eq!(first["parts"].as_array().unwrap().last(), Some(&marker));
        assert!(whole.as_array().unwrap().ends_with(kept));
        for message in messages.as_array().unwrap() {
            assert!(message["role"].is_string(), "{message}");
        }
        for list in [system, tools] {
            let list = value(Some(list));
            assert_eq!(list.as_array().unwrap().last(), Some(&marker));
        }
    }
    // A limit that is too small is the least.
    let least = input_messages(&request, 512);
    assert_eq!(input_messages(&request, 0), least);
}

#[test]
fn a_long_text_keeps_its_beginning() {
    let text = "ä".repeat(10_000);
    let cut = value(input_messages(&user(vec![Block::text(&text)]), 1000));
    let kept = cut[0]["parts"][0]["content"].as_str().unwrap();
    assert!(kept.len() > 700 && text.starts_with(kept), "{}", kept.len());
    let result = ToolResult::new("c", vec![Block::text(&text)]);
    let result = user(vec![Block::new(Content::ToolResult(result))]);
    let cut = value(input_messages(&result, 1000));
    let kept = cut[0]["parts"][0]["response"].as_str().unwrap();
    assert!(kept.len() > 650 && text.starts_with(kept), "{}", kept.len());
}

fn tell(gather: &mut Gather, events: Vec<Event<'_>>) {
    for event in events {
        gather.event(event).unwrap();
    }
}

fn begin(index: u32, choice: u32, block: BlockKind<'_>) -> Event<'_> {
    Event::BlockStart {
        index,
        choice,
        block,
    }
}

fn text(index: u32, text: &str) -> Event<'_> {
    Event::Delta {
        index,
        delta: Delta::Text(text.into()),
    }
}

#[test]
fn a_stream_is_gathered_by_choice() {
    let mut gather = Gather::new(AMPLE);
    let stop = |choice, reason| Event::Stop { choice, reason };
    tell(
        &mut gather,
        vec![
            begin(0, 0, BlockKind::Text),
            begin(1, 1, BlockKind::Text),
            text(0, "a"),
            text(1, "c"),
            text(0, "b"),
            stop(1, StopReason::MaxTokens),
            Event::Ping,
        ],
    );
    // Of the first it is not known why it ended.
    assert_eq!(
        value(gather.output_messages()),
        json!([
            {"role": "assistant", "parts": [{"type": "text", "content": "ab"}]},
            {"role": "assistant", "parts": [{"type": "text", "content": "c"}], "finish_reason": "length"},
        ])
    );
}

#[test]
fn what_is_gathered_of_a_stream_is_bounded_and_says_that_it_is_cut() {
    for limit in [0, 1000, 5000] {
        let mut gather = Gather::new(limit);
        let limit = limit.max(512);
        tell(&mut gather, vec![begin(0, 0, BlockKind::Text)]);
        for _ in 0..10_000 {
            tell(&mut gather, vec![text(0, "äb")]);
        }
        let call = BlockKind::ToolCall {
            id: "c".into(),
            name: "n".into(),
            is_custom: false,
            state: None,
        };
        let late = Event::Delta {
            index: 1,
            delta: Delta::Arguments("{}".into()),
        };
        let reason = StopReason::EndTurn;
        let stop = Event::Stop { choice: 0, reason };
        tell(&mut gather, vec![begin(1, 0, call), late, stop]);
        assert!(format!("{gather:?}").len() < limit + 1000);
        let said = gather.output_messages().unwrap();
        assert!(said.len() <= limit);
        let said = value(Some(said));
        assert_eq!(said[0]["finish_reason"], "stop");
        let parts = said[0]["parts"].as_array().unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1]["type"], "truncated");
    }
}

fn any_content() -> impl Strategy<Value = Content> {
    let text = || "[a\"\\\\\u{1}\n😀{}:]{0,300}";
    prop_oneof![
        text().prop_map(Content::Text),
        text().prop_map(Content::Refusal),
        (text(), text(), text(), any::<bool>()).prop_map(|(id, name, arguments, is_custom)| {
            let call = ToolCall::new(id, name, arguments);
            Content::ToolCall(ToolCall { is_custom, ..call })
        }),
        (text(), prop::collection::vec(text(), 0..4), any::<bool>()).prop_map(
            |(id, said, is_json)| {
                let mut result = ToolResult::new(id, said.into_iter().map(Block::text).collect());
                result.is_json = is_json;
                Content::ToolResult(result)
            }
        ),
        text().prop_map(|url| Content::Media(Media::new(MediaKind::Image, MediaSource::Url(url)))),
        text().prop_map(|name| Content::Other(Sidecar::new(LlmDialect::Gemini, &name, "{}"))),
    ]
}

fn any_turns() -> impl Strategy<Value = Vec<Vec<Block>>> {
    let blocks = prop::collection::vec(any_content().prop_map(Block::new), 0..6);
    prop::collection::vec(blocks, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_said_is_valid_json_within_the_limit(
        turns in any_turns(),
        word in "[a\"\u{1}]{0,100}",
        limit in 0_usize..3000,
    ) {
        let stop = StopReason::Other(word);
        let output = output_messages(turns.iter().map(|blocks| (&**blocks, Some(&stop))), limit);
        let mut request = input(turns.iter().map(|blocks| Turn::new(Role::User, blocks.clone())).collect());
        request.system = turns.into_iter().flatten().collect();
        for text in [
            output,
            input_messages(&request, limit),
            system_instructions(&request, limit),
        ].into_iter().flatten() {
            prop_assert!(text.len() <= limit.max(512), "{} > {limit}: {text}", text.len());
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    }
}
