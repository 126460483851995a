//! A rescued stream gives the same bytes and the same end however it is cut and whatever is done
//! with its events: what is kept is byte-identical, what is cut short is never complete.
//!
//! Input: one byte for how the body ends, one for what is done with the events, one for how many
//! cuts follow, that many bytes (the length of each chunk), then the stream.
#![no_main]

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    rescue::{Ending, Handling, ResponseBody, Verdict, Watch},
    sse::{SseDecoder, SseEvent, SseFrame, SseMessage},
};
use bytes::Bytes;
use http_body::{Body, Frame};
use libfuzzer_sys::fuzz_target;

/// Decides by an event's first byte and a seed.
fn verdict(seed: u8, event: &SseEvent<'_>) -> Verdict {
    let first = event.data().first().copied().unwrap_or_default();
    match first.wrapping_add(seed) % 3 {
        0 => Verdict::Keep,
        1 => Verdict::Drop,
        _ => Verdict::Replace(Bytes::from_static(b"data: other\n\n")),
    }
}

fn is_marker(event: &SseEvent<'_>) -> bool {
    event.data() == b"!"
}

fn error_event(error: &Error) -> SseMessage {
    SseMessage::new(error.kind().as_str())
}

thread_local! {
    static ENDS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

struct Judge {
    seed: u8,
    marker: bool,
}

impl Watch for Judge {
    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        self.marker |= is_marker(event);
        verdict(self.seed, event)
    }

    fn ending(&self) -> Ending {
        if self.marker {
            Ending::Complete
        } else {
            Ending::Truncated
        }
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        Some(error_event(error))
    }

    fn end(&mut self, end: End<'_>) {
        ENDS.with_borrow_mut(|ends| ends.push(end.as_str()));
    }
}

struct Chunks {
    chunks: VecDeque<Bytes>,
    fails: bool,
    polls_behind_end: Rc<RefCell<usize>>,
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        *self.polls_behind_end.borrow_mut() += 1;
        if std::mem::take(&mut self.fails) {
            return Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, "too slow"))));
        }
        Poll::Ready(None)
    }
}

fn relayed(
    stream: &[u8],
    lengths: impl Iterator<Item = usize>,
    seed: u8,
    fails: bool,
) -> (Vec<u8>, &'static str) {
    let (mut chunks, mut start) = (VecDeque::new(), 0_usize);
    for length in lengths.chain([stream.len()]) {
        let end = start.saturating_add(length).min(stream.len());
        chunks.push_back(Bytes::copy_from_slice(&stream[start..end]));
        start = end;
    }
    let polls_behind_end = Rc::default();
    let inner = Chunks {
        chunks,
        fails,
        polls_behind_end: Rc::clone(&polls_behind_end),
    };
    let judge = Judge {
        seed,
        marker: false,
    };
    let mut body = Box::pin(ResponseBody::new(inner, judge, Handling::Events));
    let mut out = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match body.as_mut().poll_frame(&mut context) {
            // The inner body is always ready: only the turn was over.
            Poll::Pending => {}
            Poll::Ready(Some(frame)) => {
                let frame = frame.unwrap().into_data().unwrap();
                assert!(!frame.is_empty());
                out.extend_from_slice(&frame);
            }
            Poll::Ready(None) => break,
        }
    }
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    drop(body);
    assert_eq!(*polls_behind_end.borrow(), 1);
    let ends = ENDS.take();
    assert_eq!(ends.len(), 1, "{ends:?}");
    (out, ends[0])
}

/// What must come out, from one chunk and without a body.
fn expected(stream: &[u8], seed: u8, fails: bool) -> (Vec<u8>, &'static str) {
    let mut decoder = SseDecoder::new();
    let (mut input, mut start, mut marker) = (stream, 0, false);
    let mut out = Vec::new();
    let mut judge = |event: &SseEvent<'_>, bytes: &[u8], out: &mut Vec<u8>| {
        marker |= is_marker(event);
        match verdict(seed, event) {
            Verdict::Replace(other) => out.extend_from_slice(&other),
            Verdict::Drop => {}
            _ => out.extend_from_slice(bytes),
        }
    };
    while let Some(frame) = decoder.decode(&mut input).unwrap() {
        let end = stream.len() - input.len();
        let bytes = &stream[start..end];
        match frame {
            SseFrame::Event(event) => judge(&event, bytes, &mut out),
            _ => out.extend_from_slice(bytes),
        }
        start = end;
    }
    let rest = &stream[start..];
    let mut tail = Vec::new();
    if !fails {
        match decoder.finish() {
            Some(event) => judge(&event, rest, &mut tail),
            None => tail.extend_from_slice(rest),
        }
    }
    if marker {
        out.extend_from_slice(&tail);
        return (out, "complete");
    }
    let (kind, end) = if fails {
        (ErrorKind::Timeout, "failed")
    } else {
        (ErrorKind::BadAnswer, "truncated")
    };
    out.extend_from_slice(&error_event(&Error::new(kind, "")).encode());
    (out, end)
}

fuzz_target!(|input: &[u8]| {
    let [fails, seed, cuts, rest @ ..] = input else {
        return;
    };
    let (lengths, stream) = rest.split_at(rest.len().min(usize::from(*cuts)));
    let (fails, seed) = (fails % 2 == 1, *seed);
    let expected = expected(stream, seed, fails);
    let lengths = lengths.iter().map(|length| usize::from(*length));
    assert_eq!(relayed(stream, [].into_iter(), seed, fails), expected);
    assert_eq!(relayed(stream, lengths, seed, fails), expected);
    let ones = (0..stream.len()).map(|_| 1);
    assert_eq!(relayed(stream, ones, seed, fails), expected);
});
