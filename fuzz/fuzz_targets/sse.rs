//! A stream gives the same frames however it is cut, ends at the same places, holds its limit, and
//! what is written of its events reads the same.
//!
//! Input: one byte for the limit, one byte for how many cuts follow, that many bytes (the length
//! of each chunk), then the stream.
#![no_main]

use std::time::Duration;

use agentgateway_core::sse::{EventTooLarge, SseDecoder, SseEvent, SseFrame, SseMessage};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, PartialEq)]
struct Event {
    name: String,
    data: Vec<u8>,
    id: Option<Vec<u8>>,
    retry: Option<Duration>,
}

impl From<SseEvent<'_>> for Event {
    fn from(event: SseEvent<'_>) -> Self {
        Self {
            name: event.event().to_owned(),
            data: event.data().to_vec(),
            id: event.id().map(<[u8]>::to_vec),
            retry: event.retry(),
        }
    }
}

#[derive(Debug, PartialEq)]
struct Outcome {
    frames: Vec<(Option<Event>, usize)>,
    last: Result<Option<Event>, EventTooLarge>,
}

fn read(stream: &[u8], lengths: impl Iterator<Item = usize>, limit: usize) -> Outcome {
    let mut decoder = SseDecoder::new().with_max_event_bytes(limit);
    let mut frames = Vec::new();
    let mut start = 0_usize;
    for length in lengths.chain([stream.len()]) {
        let end = start.saturating_add(length).min(stream.len());
        let mut input = &stream[start..end];
        start = end;
        loop {
            let event = match decoder.decode(&mut input) {
                Ok(Some(SseFrame::Event(event))) => Some(event.into()),
                Ok(Some(_)) => None,
                Ok(None) => break,
                Err(error) => {
                    let last = Err(error);
                    return Outcome { frames, last };
                }
            };
            assert!(decoder.at_boundary());
            let mut place = end - input.len();
            if stream[..place].ends_with(b"\r") && stream[place..].starts_with(b"\n") {
                place += 1;
            }
            frames.push((event, place));
        }
        assert!(input.is_empty());
    }
    let last = Ok(decoder.finish().map(Event::from));
    assert!(decoder.at_boundary());
    Outcome { frames, last }
}

fn write_again(event: &Event) {
    let wire = SseMessage::new(event.data.clone())
        .with_event(event.name.clone())
        .encode();
    let again = read(&wire, [].into_iter(), usize::MAX);
    let [(Some(found), place)] = again.frames.as_slice() else {
        panic!("{again:?}");
    };
    assert_eq!(*place, wire.len());
    assert_eq!((&found.name, &found.data), (&event.name, &event.data));
}

fuzz_target!(|input: &[u8]| {
    let [limit, cuts, rest @ ..] = input else {
        return;
    };
    let (lengths, stream) = rest.split_at(rest.len().min(usize::from(*cuts)));
    let limit = match limit {
        255 => usize::MAX,
        limit => usize::from(*limit),
    };
    let whole = read(stream, [].into_iter(), limit);
    let lengths = lengths.iter().map(|length| usize::from(*length));
    assert_eq!(read(stream, lengths, limit), whole);
    assert_eq!(read(stream, (0..stream.len()).map(|_| 1), limit), whole);
    for event in whole.frames.iter().filter_map(|(event, _)| event.as_ref()) {
        write_again(event);
    }
});
