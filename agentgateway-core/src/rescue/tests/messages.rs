//! Streams of messages in a framing of their own: here the length in one byte, and so many more.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::{BodyExt, Channel, channel::Sender};
use proptest::prelude::*;

use crate::{
    body::End,
    error::{Error, ErrorKind},
    rescue::*,
    sse::SseMessage,
};

/// Complete behind an empty message; a length of 255 cannot be read.
#[derive(Clone, Default)]
struct Counted {
    rest: usize,
    unfinished: usize,
    done: bool,
    silent: bool,
    ends: Arc<Mutex<Vec<&'static str>>>,
}

impl Watch for Counted {
    fn messages(&mut self, data: &Bytes) -> Unfinished {
        for (at, byte) in data.iter().enumerate() {
            if self.rest > 0 {
                self.rest -= 1;
                self.unfinished += 1;
            } else if *byte == 255 {
                let error = Error::new(ErrorKind::BadAnswer, "odd");
                return Unfinished::broken(data.len() - at, error);
            } else {
                self.rest = (*byte).into();
                self.unfinished = 1;
                self.done |= self.rest == 0;
            }
            if self.rest == 0 {
                self.unfinished = 0;
            }
        }
        Unfinished::waits(self.unfinished)
    }

    fn ending(&self) -> Ending {
        if self.done {
            Ending::Complete
        } else {
            Ending::Truncated
        }
    }

    fn error_event(&self, _: &Error) -> Option<SseMessage> {
        unreachable!("it is no event stream")
    }

    fn error_message(&self, error: &Error) -> Option<Bytes> {
        (!self.silent).then(|| Bytes::from(format!("!{}", error.kind().as_str())))
    }

    fn end(&mut self, end: End<'_>) {
        self.ends.lock().unwrap().push(end.as_str());
    }
}

type Relayed = ResponseBody<Channel<Bytes, Error>, Counted>;

fn messages(watch: &Counted) -> (Sender<Bytes, Error>, Relayed) {
    let (sender, inner) = Channel::new(64);
    let body = ResponseBody::new(inner, watch.clone(), Handling::Messages);
    (sender, body)
}

async fn relay(chunks: &[&[u8]]) -> (Vec<u8>, &'static str) {
    let watch = Counted::default();
    let (mut sender, body) = messages(&watch);
    for chunk in chunks {
        // It may have ended before all was sent.
        let _ = sender.send_data(Bytes::copy_from_slice(chunk)).await;
    }
    drop(sender);
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    let ends = watch.ends.lock().unwrap().clone();
    assert_eq!(ends.len(), 1);
    (bytes, ends[0])
}

#[tokio::test]
async fn whole_messages_pass_as_the_same_bytes_and_an_unfinished_one_waits() {
    let watch = Counted::default();
    let (mut sender, mut body) = messages(&watch);
    assert_eq!(body.size_hint().exact(), None);
    let chunk = Bytes::from_static(b"\x01a\x02bc\x03de");
    sender.send_data(chunk.clone()).await.unwrap();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!((frame.as_ptr(), frame.len()), (chunk.as_ptr(), 5));
    sender.send_data(Bytes::from_static(b"f\0")).await.unwrap();
    drop(sender);
    let rest = body.collect().await.unwrap().to_bytes();
    assert_eq!(rest, b"\x03def\0"[..]);
    assert_eq!(*watch.ends.lock().unwrap(), ["complete"]);
}

#[tokio::test]
async fn a_stream_without_its_end_is_told_between_two_messages() {
    let (bytes, end) = relay(&[b"\x01a\x02b"]).await;
    assert_eq!((&bytes[..], end), (&b"\x01a!bad_answer"[..], "truncated"));
    let (bytes, end) = relay(&[]).await;
    assert_eq!((&bytes[..], end), (&b"!bad_answer"[..], "truncated"));
}

#[tokio::test]
async fn bytes_that_are_no_message_end_the_stream_behind_the_last_whole_one() {
    for chunks in [
        &[&b"\x01a\xffb\x01c"[..]][..],
        &[b"\x01", b"a", b"\xff", b"b"],
    ] {
        let (bytes, end) = relay(chunks).await;
        assert_eq!((&bytes[..], end), (&b"\x01a!bad_answer"[..], "failed"));
    }
    let (bytes, end) = relay(&[b"\x01a\0", b"\xff"]).await;
    assert_eq!((&bytes[..], end), (&b"\x01a\0"[..], "complete"));
}

#[tokio::test]
async fn a_body_that_fails_is_told_as_a_message() {
    let watch = Counted::default();
    let (mut sender, body) = messages(&watch);
    sender
        .send_data(Bytes::from_static(b"\x01a\x02b"))
        .await
        .unwrap();
    sender.abort(Error::new(ErrorKind::Unavailable, "reset"));
    let bytes = body.collect().await.unwrap().to_bytes();
    assert_eq!(bytes, b"\x01a!unavailable"[..]);
    assert_eq!(*watch.ends.lock().unwrap(), ["failed"]);
}

#[tokio::test]
async fn a_stream_that_cannot_tell_its_error_is_aborted() {
    let watch = Counted {
        silent: true,
        ..Counted::default()
    };
    let (mut sender, mut body) = messages(&watch);
    sender
        .send_data(Bytes::from_static(b"\x01a"))
        .await
        .unwrap();
    drop(sender);
    assert!(body.frame().await.unwrap().is_ok());
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.frame().await.is_none());
    assert_eq!(*watch.ends.lock().unwrap(), ["truncated"]);
}

#[tokio::test]
async fn a_client_that_leaves_behind_the_end_has_had_all() {
    for (sent, end) in [(&b"\0"[..], "complete"), (b"\x01a", "dropped")] {
        let watch = Counted::default();
        let (mut sender, mut body) = messages(&watch);
        sender.send_data(Bytes::from_static(sent)).await.unwrap();
        body.frame().await.unwrap().unwrap();
        drop(body);
        assert_eq!(*watch.ends.lock().unwrap(), [end]);
    }
}

#[tokio::test]
async fn a_long_chunk_passes_in_turns() {
    let mut chunk = [200; 201].repeat(1000);
    chunk.push(0);
    let (bytes, end) = relay(&[&chunk]).await;
    assert_eq!((bytes, end), (chunk, "complete"));
}

proptest! {
    #[test]
    fn messages_pass_however_they_are_cut(
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..12),
        cuts in prop::collection::vec(1_usize..30, 1..40),
    ) {
        let mut sent = Vec::new();
        for message in &messages {
            sent.push(u8::try_from(message.len()).unwrap());
            sent.extend(message);
        }
        sent.push(0);
        let mut rest = &sent[..];
        let mut chunks: Vec<_> = cuts
            .iter()
            .map(|len| {
                let (chunk, tail) = rest.split_at((*len).min(rest.len()));
                rest = tail;
                chunk
            })
            .collect();
        chunks.push(rest);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (bytes, end) = runtime.block_on(relay(&chunks));
        prop_assert_eq!((bytes, end), (sent, "complete"));
    }
}
