//! What a peer can make an answer cost: memory held, and work in one turn.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tokio_test::{assert_pending, task::spawn};

use super::passing::Marked;
use crate::{
    error::{Error, ErrorKind},
    rescue::*,
    sse::{SseEvent, SseMessage},
};

/// A read buffer of which one slice was handed on; counts those that are still alive.
struct ReadBuffer(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for ReadBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Relaxed);
    }
}

/// Yields one byte per frame, each from a read buffer of its own.
struct ByteByByte {
    bytes: VecDeque<u8>,
    alive: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl ByteByByte {
    fn new(bytes: impl Into<VecDeque<u8>>) -> (Self, Arc<AtomicUsize>) {
        let most = Arc::new(AtomicUsize::new(0));
        let body = Self {
            bytes: bytes.into(),
            alive: Arc::default(),
            most: Arc::clone(&most),
        };
        (body, most)
    }
}

impl HttpBody for ByteByByte {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(byte) = self.bytes.pop_front() else {
            return Poll::Ready(None);
        };
        let alive = self.alive.fetch_add(1, Relaxed) + 1;
        self.most.fetch_max(alive, Relaxed);
        let buffer = ReadBuffer(vec![byte; 1], Arc::clone(&self.alive));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_owner(buffer)))))
    }
}

/// Drops each frame as soon as it came, as a listener does that has sent it.
async fn drained<B: HttpBody<Data = Bytes>>(body: B) -> usize {
    let mut body = std::pin::pin!(body);
    let mut count = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { break };
        count += frame.into_data().map_or(0, |data| data.len());
    }
    count
}

#[tokio::test]
async fn a_stream_of_single_bytes_keeps_no_read_buffers() {
    let event = b"data: 0123456789\n\n";
    let mut stream = event.repeat(100_000 / event.len());
    stream.extend_from_slice(b"data: [DONE]\n\n");
    let length = stream.len();
    let (body, most) = ByteByByte::new(stream);
    let watch = Marked::default();
    let body = ResponseBody::new(body, watch.clone(), Handling::Events);
    assert_eq!(drained(body).await, length);
    assert_eq!(watch.ends(), ["complete"]);
    assert!(most.load(Relaxed) <= 3, "{most:?} alive");
}

/// Fault S08: an event that comes in single bytes keeps none of their read buffers.
#[tokio::test]
async fn one_event_of_single_bytes_keeps_no_read_buffers() {
    let mut stream = b"data: ".to_vec();
    stream.resize(100_000, b'x');
    stream.extend_from_slice(b"\n\ndata: [DONE]\n\n");
    let length = stream.len();
    let (body, most) = ByteByByte::new(stream);
    let body = ResponseBody::new(body, Marked::default(), Handling::Events);
    assert_eq!(drained(body).await, length);
    assert!(most.load(Relaxed) <= 3, "{most:?} alive");
}

#[tokio::test]
async fn a_plain_answer_of_single_bytes_keeps_no_read_buffers() {
    let (body, most) = ByteByByte::new(vec![b'x'; 100_000]);
    let watch = Marked::default();
    let limit_bytes = 1 << 20;
    let body = ResponseBody::new(body, watch.clone(), Handling::Whole { limit_bytes });
    assert_eq!(drained(body).await, 100_000);
    assert_eq!(watch.seen.lock().unwrap().len(), 100_000);
    assert!(most.load(Relaxed) <= 3, "{most:?} alive");
}

/// Counts the events that it is shown, and says the same of each.
struct Count(Arc<AtomicUsize>, Verdict);

impl Watch for Count {
    fn event(&mut self, _: &SseEvent<'_>) -> Verdict {
        self.0.fetch_add(1, Relaxed);
        self.1.clone()
    }

    fn error_event(&self, _: &Error) -> Option<SseMessage> {
        None
    }
}

const MANY: usize = 100_000;

type Spawned<B> = tokio_test::task::Spawn<B>;

/// The next frame; a rest in between must have woken the task. How often it rested is counted.
fn next<B>(body: &mut Spawned<B>, rests: &mut usize) -> Option<Bytes>
where
    B: HttpBody<Data = Bytes, Error = Error>,
{
    loop {
        match body.enter(|cx, body| body.poll_frame(cx)) {
            Poll::Ready(frame) => return frame.map(|frame| frame.unwrap().into_data().unwrap()),
            Poll::Pending => assert!(body.is_woken(), "it goes on in the next turn"),
        }
        *rests += 1;
    }
}

/// Fault S09: tiny events in one chunk are shown in turns, and the task gives way between them.
#[test]
fn tiny_events_in_one_chunk_are_read_in_turns() {
    let count = Arc::new(AtomicUsize::new(0));
    let chunk = Bytes::from(b"data:\n\n".repeat(MANY));
    let watch = Count(Arc::clone(&count), Verdict::Keep);
    let inner = http_body_util::Full::new(chunk.clone());
    let mut body = spawn(ResponseBody::new(inner, watch, Handling::Events));
    let (mut polls, mut at, mut before, mut rests) = (0, chunk.as_ptr(), 0, 0);
    loop {
        polls += 1;
        let frame = next(&mut body, &mut rests);
        let seen = count.load(Relaxed);
        assert!(
            seen - before <= 1024,
            "{} events in one turn",
            seen - before
        );
        before = seen;
        let Some(data) = frame else { break };
        assert_eq!(data.as_ptr(), at, "the same bytes, in order, uncopied");
        at = data.as_ptr_range().end;
    }
    assert_eq!(at, chunk.as_ptr_range().end);
    assert_eq!(count.load(Relaxed), MANY);
    assert!(polls < MANY / 100, "{polls} polls: events are not split up");
    assert!(rests >= MANY / 32_768, "{rests} rests: the task gives way");
}

/// Fault S09: tiny events in one chunk are shown in turns, and the task gives way between them.
#[test]
fn dropped_events_do_not_hold_the_turn() {
    let count = Arc::new(AtomicUsize::new(0));
    let chunk = Bytes::from(b"data:\n\n".repeat(MANY));
    let watch = Count(Arc::clone(&count), Verdict::Drop);
    let inner = http_body_util::Full::new(chunk);
    let mut body = spawn(ResponseBody::new(inner, watch, Handling::Events));
    assert_pending!(body.enter(|cx, body| body.poll_frame(cx)));
    assert!(body.is_woken(), "it goes on in the next turn");
    assert!(count.load(Relaxed) <= 1024);
    while body.enter(|cx, body| body.poll_frame(cx)).is_pending() {
        assert!(body.is_woken());
    }
    assert_eq!(count.load(Relaxed), MANY);
}

/// Fault S09: tiny events in one chunk are shown in turns, and the task gives way between them.
#[test]
fn replaced_events_do_not_fill_the_queue() {
    let count = Arc::new(AtomicUsize::new(0));
    let chunk = Bytes::from(b"data:\n\n".repeat(MANY));
    let other = Bytes::from_static(b"data: x\n\n");
    let watch = Count(Arc::clone(&count), Verdict::Replace(other.clone()));
    let inner = http_body_util::Full::new(chunk);
    let mut body = spawn(ResponseBody::new(inner, watch, Handling::Events));
    let mut rests = 0;
    for sent in 0..MANY {
        assert_eq!(next(&mut body, &mut rests).unwrap(), other);
        assert!(count.load(Relaxed) <= sent + 1024);
    }
    assert!(next(&mut body, &mut rests).is_none());
}

/// Always ready, and never brings an event to its end.
struct Endless;

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::new()))))
    }
}

#[test]
fn a_body_that_is_always_ready_does_not_hold_the_turn() {
    let watch = Marked::default();
    let mut body = spawn(ResponseBody::new(Endless, watch.clone(), Handling::Events));
    assert_pending!(body.enter(|cx, body| body.poll_frame(cx)));
    assert!(body.is_woken());
    drop(body);
    assert_eq!(watch.ends(), ["dropped"]);
}

#[tokio::test]
async fn events_before_one_that_is_too_large_are_sent() {
    let mut chunk = b"data: a\n\ndata: b\n\n".to_vec();
    chunk.resize(3 << 20, b'x');
    let watch = Marked::default();
    let inner = http_body_util::Full::new(Bytes::from(chunk));
    let body = ResponseBody::new(inner, watch.clone(), Handling::Events);
    assert_eq!(
        body.collect().await.unwrap().to_bytes(),
        format!(
            "data: a\n\ndata: b\n\ndata: {}\n\n",
            ErrorKind::TooLarge.as_str()
        )
    );
    assert_eq!(watch.ends(), ["failed"]);
}
