//! What is bounded, and how.

use super::support::read_whole;
use crate::{
    Error, ErrorKind,
    error::Origin,
    sse::{EventTooLarge, SseDecoder, SseFrame},
};

fn decode_all(decoder: &mut SseDecoder, mut input: &[u8]) -> Result<usize, EventTooLarge> {
    let mut frames = 0;
    while decoder.decode(&mut input)?.is_some() {
        frames += 1;
    }
    Ok(frames)
}

/// Fault S08: an endless line: an error at the limit, and no more memory than it.
#[test]
fn allows_the_limit_and_not_a_byte_more() {
    for line_end in ["\n", "\r", "\r\n"] {
        let stream = format!("data: 1234{line_end}{line_end}");
        let mut decoder = SseDecoder::new().with_max_event_bytes(10);
        assert_eq!(decode_all(&mut decoder, stream.as_bytes()), Ok(1));
        let mut decoder = SseDecoder::new().with_max_event_bytes(9);
        assert!(decode_all(&mut decoder, stream.as_bytes()).is_err());
    }
}

#[test]
fn counts_the_block_not_the_stream() {
    let stream = "data: 1234\n\n".repeat(50);
    let mut decoder = SseDecoder::new().with_max_event_bytes(10);
    assert_eq!(decode_all(&mut decoder, stream.as_bytes()), Ok(50));
}

#[test]
fn counts_all_lines_of_a_block() {
    for line in ["data\n", "x\n", "data: y\r\n"] {
        let mut decoder = SseDecoder::new().with_max_event_bytes(100);
        assert!(decode_all(&mut decoder, line.repeat(101).as_bytes()).is_err());
    }
}

/// Fault S08: an endless line: an error at the limit, and no more memory than it.
#[test]
fn holds_no_more_than_the_limit_of_an_endless_line() {
    let limit = 100_000;
    for start in ["data: ", ": ", ""] {
        let mut decoder = SseDecoder::new().with_max_event_bytes(limit);
        assert_eq!(decode_all(&mut decoder, start.as_bytes()), Ok(0));
        for _ in start.len()..limit {
            assert_eq!(decode_all(&mut decoder, b"x"), Ok(0));
            assert!(decoder.held_bytes() <= limit);
        }
        assert!(decode_all(&mut decoder, b"x").is_err());
        assert_eq!(decoder.held_bytes(), 0);
    }
}

#[test]
fn fails_for_ever_until_finished() {
    let mut decoder = SseDecoder::new().with_max_event_bytes(8);
    let mut input: &[u8] = b"data: ok\n\ndata: too long\n\ndata: ok\n\n";
    assert!(matches!(
        decoder.decode(&mut input),
        Ok(Some(SseFrame::Event(_)))
    ));
    for _ in 0..3 {
        assert_eq!(decoder.decode(&mut input).unwrap_err().limit_bytes, 8);
        assert!(!decoder.at_boundary());
    }
    assert!(decode_all(&mut decoder, b"").is_err());
    assert!(decoder.finish().is_none());
    assert!(decoder.at_boundary());
    assert_eq!(decode_all(&mut decoder, b"data: ok\n\n"), Ok(1));
}

#[test]
fn gives_large_buffers_back() {
    let line = format!("data: {}\n", "x".repeat(500_000));
    let mut decoder = SseDecoder::new();
    for _ in 0..2 {
        assert_eq!(decode_all(&mut decoder, line.as_bytes()), Ok(0));
        assert_eq!(decode_all(&mut decoder, line.as_bytes()), Ok(0));
        assert!(decoder.held_bytes() >= 1_000_000);
        assert_eq!(decode_all(&mut decoder, b"\n"), Ok(1));
        assert!(decoder.held_bytes() <= 2 * 64 * 1024);
    }
}

#[test]
fn keeps_small_buffers_and_needs_none_for_whole_events() {
    let mut decoder = SseDecoder::new();
    assert_eq!(decode_all(&mut decoder, b"data: x\n\n"), Ok(1));
    assert_eq!(decoder.held_bytes(), 0);
    assert_eq!(decode_all(&mut decoder, b"data: x"), Ok(0));
    assert_eq!(decode_all(&mut decoder, b"\n\n"), Ok(1));
    assert!(decoder.held_bytes() > 0);
}

#[test]
fn reads_a_million_events_of_one_chunk() {
    let events = 1_000_000;
    let mut decoder = SseDecoder::new();
    let stream = "data\n\n".repeat(events);
    assert_eq!(decode_all(&mut decoder, stream.as_bytes()), Ok(events));
    assert_eq!(read_whole("\n".repeat(1000).as_bytes()).frames.len(), 1000);
}

#[test]
fn is_said_as_the_fault_of_the_service() {
    let mut decoder = SseDecoder::new().with_max_event_bytes(3);
    let error = Error::from(decode_all(&mut decoder, b"data").unwrap_err());
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(error.origin(), Origin::Upstream);
    assert_eq!(
        error.to_string(),
        "an event of the stream is over the limit of 3 bytes"
    );
}
