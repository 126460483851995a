//! What a stream gives under some cut, in a form that can be compared.

use std::time::Duration;

use crate::sse::{EventTooLarge, SseDecoder, SseEvent, SseFrame};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) event: String,
    pub(super) data: Vec<u8>,
    pub(super) id: Option<Vec<u8>>,
    pub(super) retry: Option<Duration>,
}

impl Event {
    pub(super) fn new(event: &str, data: &str) -> Self {
        Self {
            event: event.to_owned(),
            data: data.as_bytes().to_vec(),
            id: None,
            retry: None,
        }
    }
}

impl From<SseEvent<'_>> for Event {
    fn from(event: SseEvent<'_>) -> Self {
        Self {
            event: event.event().to_owned(),
            data: event.data().to_vec(),
            id: event.id().map(<[u8]>::to_vec),
            retry: event.retry(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The event of each frame, none for a quiet one, and where the frame ends in the stream.
    pub(super) frames: Vec<(Option<Event>, usize)>,
    pub(super) last: Option<Event>,
    pub(super) error: Option<EventTooLarge>,
}

impl Outcome {
    pub(super) fn events(&self) -> Vec<Event> {
        self.frames
            .iter()
            .filter_map(|(event, _)| event.clone())
            .collect()
    }
}

/// Reads the stream in the chunks that end at `cuts` (sorted offsets), the last one at its end.
///
/// Where a chunk ends, `at_boundary` must say what `boundaries` says, when that is given.
pub(super) fn read(
    mut decoder: SseDecoder,
    stream: &[u8],
    cuts: &[usize],
    boundaries: Option<&[bool]>,
) -> Outcome {
    let mut frames = Vec::new();
    let mut start = 0;
    for &end in cuts.iter().chain([&stream.len()]) {
        let mut input = &stream[start..end];
        loop {
            match decoder.decode(&mut input) {
                Ok(Some(frame)) => {
                    let event = match frame {
                        SseFrame::Event(event) => Some(event.into()),
                        SseFrame::Quiet => None,
                    };
                    frames.push((event, behind_crlf(stream, end - input.len())));
                    assert!(decoder.at_boundary());
                }
                Ok(None) => break,
                Err(error) => {
                    return Outcome {
                        frames,
                        last: None,
                        error: Some(error),
                    };
                }
            }
        }
        assert!(input.is_empty());
        if let Some(boundaries) = boundaries {
            assert_eq!(decoder.at_boundary(), boundaries[end], "at {end}");
        }
        start = end;
    }
    Outcome {
        frames,
        last: decoder.finish().map(Event::from),
        error: None,
    }
}

pub(super) fn read_whole(stream: &[u8]) -> Outcome {
    read(SseDecoder::new(), stream, &[], None)
}

/// Whether an event may be written at each offset of the stream, found byte by byte.
pub(super) fn boundaries(mut decoder: SseDecoder, stream: &[u8]) -> Vec<bool> {
    let mut found = vec![decoder.at_boundary()];
    for byte in stream.chunks(1) {
        let mut input = byte;
        while let Ok(Some(_)) = decoder.decode(&mut input) {}
        found.push(decoder.at_boundary());
    }
    found
}

/// A frame that ends with CRLF ends behind the CR when the LF is in the next chunk: one place.
fn behind_crlf(stream: &[u8], end: usize) -> usize {
    if stream[..end].ends_with(b"\r") && stream[end..].starts_with(b"\n") {
        end + 1
    } else {
        end
    }
}

/// The rules read anew, slow and plain: all events of a whole stream that have their blank line.
pub(super) fn expected_events(stream: &[u8]) -> Vec<Event> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut lines = vec![Vec::new()];
    let mut previous = 0;
    for &byte in stream {
        match byte {
            b'\n' if previous == b'\r' => {}
            b'\n' | b'\r' => lines.push(Vec::new()),
            _ => lines.last_mut().unwrap().push(byte),
        }
        previous = byte;
    }
    lines.pop();
    let mut events = Vec::new();
    let mut event = Event::new("", "");
    let mut data: Option<Vec<Vec<u8>>> = None;
    for line in lines {
        if line.is_empty() {
            let mut done = std::mem::replace(&mut event, Event::new("", ""));
            if let Some(data) = data.take() {
                done.data = data.join(&b'\n');
                events.push(done);
            }
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (name, value) = match colon {
            Some(colon) if line.get(colon + 1) == Some(&b' ') => (colon, &line[colon + 2..]),
            Some(colon) => (colon, &line[colon + 1..]),
            None => (line.len(), &line[line.len()..]),
        };
        match &line[..name] {
            b"event" => event.event = String::from_utf8(value.to_vec()).unwrap_or_default(),
            b"data" => data.get_or_insert_default().push(value.to_vec()),
            b"id" if !value.contains(&0) => event.id = Some(value.to_vec()),
            b"retry" => {
                let digits = std::str::from_utf8(value)
                    .ok()
                    .filter(|text| text.chars().all(|letter| letter.is_ascii_digit()));
                if let Some(count) = digits.and_then(|text| text.parse::<u64>().ok()) {
                    event.retry = Some(Duration::from_millis(count.min(u32::MAX.into())));
                }
            }
            _ => {}
        }
    }
    events
}

/// Numbers that look random and are the same in each run.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }
}
