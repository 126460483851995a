//! The rules of the format, one case a line.

use std::time::Duration;

use super::support::{Event, boundaries, read_whole};
use crate::sse::{SseDecoder, SseFrame};

/// Name, stream with a bar where each frame ends, and the (name, data) of its events.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("nothing", "", &[]),
    ("one event", "data: x\n\n|", &[("", "x")]),
    ("several data lines", "data: YHOO\ndata: +2\ndata: 10\n\n|", &[("", "YHOO\n+2\n10")]),
    (
        "a comment, two events, a block that lacks its end",
        ": test stream\n|\n|data: first event\nid: 1\n\n|data:second event\nid\n\n|data:  third event\n",
        &[("", "first event"), ("", "second event")],
    ),
    ("empty data, and two lines of it", "data\n\n|data\ndata\n\n|data:", &[("", ""), ("", "\n")]),
    (
        "one space after the colon is optional",
        "data:test\n\n|data: test\n\n|data:  test\n\n|",
        &[("", "test"), ("", "test"), ("", " test")],
    ),
    ("a name", "event: add\ndata: 7\n\n|", &[("add", "7")]),
    ("the last name wins", "event: a\nevent: b\ndata\n\n|", &[("b", "")]),
    ("a name lasts for its block", "event: a\n\n|data: x\n\n|", &[("", "x")]),
    ("CR", "data: x\r\r|data: y\r\r|", &[("", "x"), ("", "y")]),
    ("CRLF", "data: x\r\n\r\n|data: y\r\n\r\n|", &[("", "x"), ("", "y")]),
    (
        "mixed line ends",
        "data: a\rdata: b\r\ndata: c\n\r\n|data: d\n\r|",
        &[("", "a\nb\nc"), ("", "d")],
    ),
    ("LF CR is two line ends", "data: a\n\r|data: b\r\n\n|", &[("", "a"), ("", "b")]),
    ("blank lines", "\n|\r\n|\r|data: x\n\n|", &[("", "x")]),
    ("a byte order mark", "\u{feff}data: x\n\n|", &[("", "x")]),
    ("only the first mark", "\u{feff}\u{feff}data: x\n\n|", &[]),
    ("a later mark is text", "data: \u{feff}x\n\n|\u{feff}data: y\n\n|", &[("", "\u{feff}x")]),
    ("a mark before a comment", "\u{feff}: x\n|\u{feff}", &[]),
    ("comments are at once", ": OPENROUTER PROCESSING\n|:\n|data: x\n\n|", &[("", "x")]),
    ("a comment in a block", "data: a\n: no\ndata: b\n\n|", &[("", "a\nb")]),
    ("a comment that goes on", ": a", &[]),
    ("unknown fields", "foo: 1\nDATA: 2\n data: 3\ndata : 4\n\n|", &[]),
    ("colons in the value", "data: a:b: c\n\n|", &[("", "a:b: c")]),
    ("trailing spaces stay", "data: {}  \n\n|", &[("", "{}  ")]),
    ("code points stay", "data: \u{1f680}\u{e9}\n\n|", &[("", "\u{1f680}\u{e9}")]),
    ("after the end mark", "data: [DONE]\n\n|data: x\n\n|", &[("", "[DONE]"), ("", "x")]),
];

/// Fault S03: LF, CRLF, CR and mixtures, also torn: the same events.
/// Fault S04: a byte order mark at the start, a second one, half of one.
/// Fault S07: comments, empty events, unknown fields, an id with NUL, a `retry` that is no number.
#[test]
fn follows_the_table() {
    for (name, marked, events) in CASES {
        let outcome = read_whole(marked.replace('|', "").as_bytes());
        let found: Vec<_> = outcome
            .events()
            .into_iter()
            .map(|event| (event.event, String::from_utf8(event.data).unwrap()))
            .collect();
        let wanted: Vec<_> = events
            .iter()
            .map(|(event, data)| ((*event).to_owned(), (*data).to_owned()))
            .collect();
        assert_eq!(found, wanted, "{name}");
        let found: Vec<_> = outcome.frames.iter().map(|(_, end)| *end).collect();
        let wanted: Vec<_> = marked
            .match_indices('|')
            .enumerate()
            .map(|(bars, (place, _))| place - bars)
            .collect();
        assert_eq!(found, wanted, "{name}");
    }
}

fn only(stream: &[u8]) -> Event {
    let mut events = read_whole(stream).events();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// Fault S07: comments, empty events, unknown fields, an id with NUL, a `retry` that is no number.
#[test]
fn reads_ids() {
    let id = |stream: &str| only(stream.as_bytes()).id;
    assert_eq!(id("id: 7\ndata\n\n"), Some(b"7".to_vec()));
    assert_eq!(id("id\ndata\n\n"), Some(Vec::new()));
    assert_eq!(id("id: a\nid: b\0\ndata\n\n"), Some(b"a".to_vec()));
    assert_eq!(id("id: 1\n\ndata\n\n"), None);
}

/// Fault S07: comments, empty events, unknown fields, an id with NUL, a `retry` that is no number.
#[test]
fn reads_retry_in_digits_alone() {
    let retry = |value: &str| only(format!("retry: {value}\ndata\n\n").as_bytes()).retry;
    assert_eq!(retry("1500"), Some(Duration::from_millis(1500)));
    assert_eq!(retry("007"), Some(Duration::from_millis(7)));
    for refused in ["", "abc", "-1", "+1", "1.5", "1 ", "٣"] {
        assert_eq!(retry(refused), None, "{refused:?}");
    }
    let most = Some(Duration::from_millis(u32::MAX.into()));
    assert_eq!(retry("4294967296"), most);
    assert_eq!(retry(&"9".repeat(300)), most);
}

/// Fault S06: data that is not UTF-8 is relayed as it came, and whoever would read it reads nothing.
#[test]
fn keeps_bytes_that_are_not_utf8() {
    let event = only(b"event: \xff\ndata: a\xc3\x28\xff\n\n");
    assert_eq!(event.event, "");
    assert_eq!(event.data, b"a\xc3\x28\xff");
}

/// Fault S04: a byte order mark at the start, a second one, half of one.
#[test]
fn takes_half_a_byte_order_mark_for_text() {
    assert!(read_whole(b"\xEF\xBBdata: x\n\n").events().is_empty());
    let places = boundaries(SseDecoder::new(), b"\xEF\xBB\xBF: x\n");
    assert_eq!(
        places,
        [true, false, false, true, false, false, false, true]
    );
}

/// Fault S10: a last event without its blank line: it counts when it is the end marker, which some providers send so; else the stream is truncated.
#[test]
fn gives_the_unfinished_event_at_the_end() {
    let last = |stream: &[u8]| read_whole(stream).last;
    for stream in ["data: x", "data: x\n", "data: x\r", "data: x\r\n"] {
        assert_eq!(last(stream.as_bytes()), Some(Event::new("", "x")));
    }
    assert_eq!(last(b"data: x\n\n"), None);
    assert_eq!(last(b"id: 1\n"), None);
    assert_eq!(last(b": bye"), None);
    assert_eq!(last(b"\xEF\xBB"), None);
}

#[test]
fn is_as_new_after_the_end() {
    let mut decoder = SseDecoder::new();
    for _ in 0..2 {
        let mut input: &[u8] = b"\xEF\xBB\xBFdata: x\r\rdata: y\r";
        assert!(matches!(
            decoder.decode(&mut input),
            Ok(Some(SseFrame::Event(_)))
        ));
        assert!(matches!(decoder.decode(&mut input), Ok(None)));
        assert!(!decoder.at_boundary());
        assert_eq!(decoder.finish().unwrap().data(), b"y");
        assert!(decoder.at_boundary());
        assert!(decoder.finish().is_none());
    }
}

/// Fault S03: LF, CRLF, CR and mixtures, also torn: the same events.
#[test]
fn skips_the_line_feed_of_a_torn_crlf() {
    let mut decoder = SseDecoder::new();
    let mut input: &[u8] = b"data: x\r\n\r";
    assert!(matches!(
        decoder.decode(&mut input),
        Ok(Some(SseFrame::Event(_)))
    ));
    assert!(decoder.at_boundary());
    for chunk in [&b""[..], b"\n"] {
        let mut input = chunk;
        assert!(matches!(decoder.decode(&mut input), Ok(None)));
        assert!(input.is_empty());
        assert!(decoder.at_boundary());
    }
    let mut input: &[u8] = b"\n";
    assert!(matches!(
        decoder.decode(&mut input),
        Ok(Some(SseFrame::Quiet))
    ));
}

#[test]
fn borrows_from_the_chunk() {
    let stream = b"event: a\ndata: hello\nid: 1\n\n";
    let mut input: &[u8] = stream;
    let mut decoder = SseDecoder::new();
    let Ok(Some(SseFrame::Event(event))) = decoder.decode(&mut input) else {
        panic!("no event");
    };
    assert!(stream.as_ptr_range().contains(&event.data().as_ptr()));
    assert!(stream.as_ptr_range().contains(&event.event().as_ptr()));
}

#[test]
fn does_not_show_data_when_debugged() {
    let mut decoder = SseDecoder::new();
    let mut input: &[u8] = b"id: sesame\ndata: sesame\n\ndata: sesame";
    let frame = format!("{:?}", decoder.decode(&mut input).unwrap());
    assert!(decoder.decode(&mut input).unwrap().is_none());
    assert!(!frame.contains("sesame"), "{frame}");
    assert!(!format!("{decoder:?}").contains("sesame"));
}
