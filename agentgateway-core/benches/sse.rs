//! What decoding costs by the size of the chunks: `cargo bench -p agentgateway-core --bench sse`.
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]

use std::hint::black_box;

use agentgateway_core::sse::{SseDecoder, SseFrame};
use tokio::time::Instant;

const EVENTS: usize = 20_000;
const ROUNDS: usize = 15;

/// A chat chunk as it is common: one data line of some 200 bytes.
fn stream() -> Vec<u8> {
    let mut stream = Vec::new();
    for count in 0..EVENTS {
        stream.extend_from_slice(
            format!(
                "data: {{\"id\":\"chatcmpl-{count:08}\",\"object\":\"chat.completion.chunk\",\
                 \"created\":1754000000,\"model\":\"some-model\",\"choices\":[{{\"index\":0,\
                 \"delta\":{{\"content\":\" word\"}},\"finish_reason\":null}}]}}\n\n"
            )
            .as_bytes(),
        );
    }
    stream
}

/// Reads the stream in chunks of this size; the number of events, and of their bytes of data.
fn decode(stream: &[u8], chunk_bytes: usize) -> (usize, usize) {
    let mut decoder = SseDecoder::new();
    let mut events = 0;
    let mut data_bytes = 0;
    for chunk in stream.chunks(chunk_bytes) {
        let mut input = chunk;
        while let Ok(Some(frame)) = decoder.decode(&mut input) {
            if let SseFrame::Event(event) = frame {
                events += 1;
                data_bytes += black_box(event.data()).len();
            }
        }
    }
    (events, data_bytes)
}

fn main() {
    let stream = stream();
    println!(
        "{:>12} {:>12} {:>10}",
        "chunk bytes", "ns per event", "GB/s"
    );
    for chunk_bytes in [1, 16, 64, 256, 1024, 4096, 16_384, 65_536, stream.len()] {
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let (events, _) = black_box(decode(&stream, chunk_bytes));
            assert_eq!(events, EVENTS, "an event was lost");
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!(
            "{chunk_bytes:>12} {:>12.1} {:>10.2}",
            best * 1e9 / EVENTS as f64,
            stream.len() as f64 / best / 1e9
        );
    }
}
