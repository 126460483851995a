//! What looking at each event of a stream costs while it passes, by how many events a frame brings:
//! `cargo bench -p agentgateway-core --bench tap`.
#![expect(clippy::print_stdout, reason = "the numbers are the program's answer")]

use std::{
    collections::VecDeque,
    convert::Infallible,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use agentgateway_core::{
    Error,
    rescue::{Handling, ResponseBody, Verdict, Watch},
    sse::{SseEvent, SseMessage},
};
use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Instant;

const EVENTS: usize = 20_160;
const ROUNDS: usize = 15;

/// A chat chunk as it is common: one data line of some 180 bytes.
const EVENT: &str = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1754000000,\
     \"model\":\"some-model\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\
     \"finish_reason\":null}]}\n\n";

#[derive(Clone)]
struct Frames(VecDeque<Bytes>);

impl Frames {
    /// As many events in all, so many in each frame.
    fn of(events: usize) -> Self {
        let frame = Bytes::from(EVENT.repeat(events));
        Self(vec![frame; EVENTS / events].into())
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|frame| Ok(Frame::data(frame))))
    }
}

/// Sees each event, and keeps it.
struct Counting(usize);

impl Watch for Counting {
    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        self.0 += usize::from(!black_box(event.data()).is_empty());
        Verdict::Keep
    }

    fn error_event(&self, _: &Error) -> Option<SseMessage> {
        None
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        assert_eq!(self.0, EVENTS, "an event was not seen");
    }
}

/// Reads a body to its end; the number of its bytes.
fn drain(body: impl Body<Data = Bytes>) -> usize {
    let mut body = pin!(body);
    let mut context = Context::from_waker(Waker::noop());
    let mut bytes = 0;
    loop {
        match body.as_mut().poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => {
                bytes += black_box(frame).data_ref().map_or(0, Bytes::len)
            }
            Poll::Ready(_) => return bytes,
            // A turn of the task is over; here nobody else waits for one.
            Poll::Pending => {}
        }
    }
}

/// The least ns per event of some rounds.
fn best(mut run: impl FnMut() -> usize) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert_eq!(run(), EVENTS * EVENT.len(), "a byte was lost");
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / EVENTS as f64
}

fn main() {
    println!(
        "{:>16} {:>10} {:>10}",
        "events per frame", "ns bare", "ns tapped"
    );
    for events in [1, 4, 16, 64] {
        let frames = Frames::of(events);
        let bare = best(|| drain(frames.clone()));
        let tapped = best(|| {
            let watch = Counting(0);
            drain(ResponseBody::new(frames.clone(), watch, Handling::Events))
        });
        println!("{events:>16} {bare:>10.1} {tapped:>10.1}");
    }
}
