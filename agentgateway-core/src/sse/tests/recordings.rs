//! Streams that real services sent, cut anew.

use std::{fs, path::Path};

use serde::Deserialize;

use super::support::{Numbers, boundaries, expected_events, read, read_whole};
use crate::sse::{SseDecoder, SseMessage};

const FOLDERS: [&str; 2] = [
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/llm/recordings"
    ),
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/llm/recordings"
    ),
];

#[derive(Deserialize)]
struct Recording {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    content_type: String,
    text: Option<String>,
}

/// The event streams among the recordings; empty when there are none on this machine.
fn streams() -> Vec<(String, String)> {
    let Some(folder) = FOLDERS.iter().map(Path::new).find(|path| path.is_dir()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for dialect in fs::read_dir(folder).unwrap() {
        let Ok(files) = fs::read_dir(dialect.unwrap().path().join("stream")) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            let recording: Recording = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let response = recording.response;
            if let (true, Some(text)) = (
                response.content_type.starts_with("text/event-stream"),
                response.text,
            ) {
                found.push((path.display().to_string(), text));
            }
        }
    }
    found
}

/// Fault S01: a stream cut at every byte, and into single bytes: the same events, the same bytes.
#[test]
fn gives_the_same_however_recorded_streams_are_cut() {
    let streams = streams();
    if streams.is_empty() {
        println!("skipped: no recordings in {FOLDERS:?}");
        return;
    }
    let mut numbers = Numbers(0x5eed);
    let mut events = 0;
    for (name, text) in &streams {
        let stream = text.as_bytes();
        let whole = read_whole(stream);
        assert_eq!(whole.events(), expected_events(stream), "{name}");
        assert!(!whole.events().is_empty(), "{name}");
        events += whole.events().len();
        let places = boundaries(SseDecoder::new(), stream);
        for longest in [1, 2, 7, 64, 1500, 16_384] {
            let mut cuts = Vec::new();
            let mut end = 0;
            while end < stream.len() {
                cuts.push(end);
                end += 1 + numbers.below(longest);
            }
            let outcome = read(SseDecoder::new(), stream, &cuts, Some(&places));
            assert_eq!(outcome, whole, "{name}, chunks of up to {longest} bytes");
        }
    }
    println!("{} streams, {events} events", streams.len());
}

#[test]
fn writes_recorded_events_so_that_they_read_the_same() {
    for (name, text) in streams() {
        for event in read_whole(text.as_bytes()).events() {
            let mut message = SseMessage::new(event.data.clone());
            if !event.event.is_empty() {
                message = message.with_event(event.event.clone());
            }
            let again = read_whole(&message.encode()).events();
            assert_eq!(again.len(), 1, "{name}");
            assert_eq!(again[0].data, event.data, "{name}");
            assert_eq!(again[0].event, event.event, "{name}");
        }
    }
}
