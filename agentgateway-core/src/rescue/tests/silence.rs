//! What a watch does about a service that has nothing to send.

use std::{
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Channel, channel::Sender};
use tokio::time::{Instant, timeout};

use crate::{
    error::{Error, ErrorKind},
    rescue::*,
    sse::{SseEvent, SseMessage},
    timeout::WaitClock,
};

const SECOND: Duration = Duration::from_secs(1);

/// Breaks the silence each second, and ends it after three without an event.
struct Restless {
    breaks: WaitClock,
    fails: WaitClock,
}

impl Watch for Restless {
    fn event(&mut self, _: &SseEvent<'_>) -> Verdict {
        self.breaks.restart();
        self.fails.restart();
        Verdict::Keep
    }

    fn poll_silent(&mut self, cx: &mut Context<'_>) -> Poll<Silence> {
        if self.fails.poll(cx).is_ready() {
            return Poll::Ready(Silence::Fail(Error::new(ErrorKind::Timeout, "silent")));
        }
        ready!(self.breaks.poll(cx));
        self.breaks.restart();
        Poll::Ready(Silence::Break(Bytes::from_static(b":\n\n")))
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        Some(SseMessage::new(error.kind().as_str()))
    }
}

fn restless() -> (
    Sender<Bytes, Error>,
    ResponseBody<Channel<Bytes, Error>, Restless>,
) {
    let (sender, body) = Channel::new(8);
    let watch = Restless {
        breaks: WaitClock::new(SECOND),
        fails: WaitClock::new(3 * SECOND + SECOND / 2),
    };
    (sender, ResponseBody::new(body, watch, Handling::Events))
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_between_events_and_ended() {
    let (mut sender, body) = restless();
    // The last event is not whole.
    for piece in ["data: a\n\ndata: ", "b\n", "\ndata: c"] {
        sender.send_data(Bytes::from(piece)).await.unwrap();
    }
    let begun = Instant::now();
    let all = body.collect().await.unwrap().to_bytes();
    assert_eq!(
        all,
        "data: a\n\ndata: b\n\n:\n\n:\n\n:\n\ndata: timeout\n\n"
    );
    assert_eq!(begun.elapsed(), 3 * SECOND + SECOND / 2);
    drop(sender);
}

#[tokio::test(start_paused = true)]
async fn nothing_stands_within_an_event() {
    let (mut sender, mut body) = restless();
    let mut all = Vec::new();
    for piece in ["data: a\n", "data: b", "\n\n"] {
        sender.send_data(Bytes::from(piece)).await.unwrap();
        let more = async {
            while let Some(frame) = body.frame().await {
                all.extend(frame.unwrap().into_data().unwrap());
            }
        };
        let _ = timeout(SECOND + SECOND / 9, more).await;
    }
    let all = String::from_utf8(all).unwrap();
    assert_eq!(all, ":\n\n:\n\ndata: a\ndata: b\n\n:\n\n");
}
