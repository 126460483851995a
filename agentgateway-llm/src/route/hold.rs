//! Holding the beginning of an answer back until the model has said something.

use std::{future::poll_fn, pin::Pin, time::Duration};

use agentgateway_core::{Body, Error, ErrorKind, Peeked, body::Look, error::Origin, media};
use bytes::Bytes;
use http::{Response, response};
use http_body::Body as _;
use tokio::time::{Instant, timeout_at};

use super::{held::Held, routes::HoldClocks};
use crate::{
    bridge::{
        AnswerContext, Codec, DecodeContext, Fault,
        stream::{Event, StreamDecoder},
    },
    patience::{FIRST_TOKEN_TIMEOUT, Patience},
};

/// The most bytes that are held back of a stream.
const MAX_HELD_BYTES: usize = 256 * 1024;
/// The longest answer in one piece that is read before its head goes out, in bytes.
const MAX_WHOLE_BYTES: usize = 8 * 1024 * 1024;
/// The longest error answer that is read, in bytes.
const MAX_FAULT_BYTES: usize = 64 * 1024;

/// What an attempt has come to.
#[derive(Debug)]
pub(super) enum Begun {
    /// The model has said something, or may take its time: this is the answer.
    Answer(Response<Body>),
    /// The provider has answered with an error: as it came, and what it says.
    Fault(Response<Body>, Fault),
}

/// Waits until it is known what an answer is. A dialect without a codec has no streams, and tells errors by its status.
///
/// # Errors
/// It broke off, or said nothing in time.
pub(super) async fn hold(
    codec: Option<&dyn Codec>,
    response: Response<Body>,
    clocks: HoldClocks,
) -> Result<Begun, Error> {
    let (mut head, body) = response.into_parts();
    if head.status.is_client_error() || head.status.is_server_error() {
        return Ok(fault(codec, head, body).await);
    }
    if media::is_coded(&head.headers) {
        return Ok(Begun::Answer(Response::from_parts(head, body)));
    }
    if media::is_json(&head.headers) {
        return whole(codec, head, body).await;
    }
    let Some(codec) = codec else {
        return Ok(Begun::Answer(Response::from_parts(head, body)));
    };
    let decoder = codec.stream_decoder(&DecodeContext::default());
    let is_stream = codec.stream_media_type(&AnswerContext::default());
    if !media::is_event_stream(&head.headers) && !says(&head, is_stream) {
        return Ok(Begun::Answer(Response::from_parts(head, body)));
    }
    let mut stream = Stream {
        body,
        kept: Held::default(),
        kept_bytes: 0,
        decoder,
        seen: Seen::Nothing,
    };
    let begun = Instant::now();
    let seen = stream.wait(clocks, begun).await?;
    let waits = clocks
        .first_content
        .filter(|_| matches!(seen, Seen::Nothing));
    let first = waits.map(|limit| limit.saturating_sub(begun.elapsed()));
    if first.is_some() || clocks.token_gap.is_some() {
        let gap = clocks.token_gap;
        head.extensions.insert(Patience { first, gap });
    }
    stream.kept.rest = stream.body;
    Ok(match seen {
        Seen::Fault(fault) => said(codec, head, *fault),
        _ => Begun::Answer(Response::from_parts(head, Body::new(stream.kept))),
    })
}

/// A fault that came in an answer of success, as an answer of its own: by the same attempt.
fn said(codec: &dyn Codec, head: response::Parts, fault: Fault) -> Begun {
    let mut answer = codec.encode_fault(&fault).map(Body::from);
    *answer.extensions_mut() = head.extensions;
    Begun::Fault(answer, fault)
}

fn says(head: &response::Parts, media_type: &str) -> bool {
    let told = head.headers.get(http::header::CONTENT_TYPE);
    told.is_some_and(|told| told.as_bytes().starts_with(media_type.as_bytes()))
}

/// An error answer, read so that it is known when to come again.
async fn fault(codec: Option<&dyn Codec>, head: response::Parts, body: Body) -> Begun {
    let (bytes, body) = match Peeked::peek(body, MAX_FAULT_BYTES).await {
        Look::Whole(bytes, body) => (bytes, body),
        Look::OverLimit(body) | Look::Failed(body) => (Bytes::new(), body),
    };
    let fault = codec.map_or_else(
        || Fault::new(Fault::kind_of(head.status), ""),
        |codec| codec.decode_fault(head.status, &head.headers, &bytes),
    );
    let response = Response::from_parts(head, body.into_body());
    Begun::Fault(response, fault)
}

/// An answer in one piece: JSON that breaks off is none.
async fn whole(
    codec: Option<&dyn Codec>,
    head: response::Parts,
    body: Body,
) -> Result<Begun, Error> {
    let body = match Peeked::peek(body, MAX_WHOLE_BYTES).await {
        Look::Whole(bytes, body) => {
            // What hyper read to its end may still have been cut by whoever sent it.
            if !matches!(bytes.trim_ascii_end().last(), Some(b'}' | b']')) {
                return Err(broken("the provider's answer broke off"));
            }
            let told = codec.and_then(|codec| Some((codec, codec.fault_in(&bytes)?)));
            if let Some((codec, fault)) = told {
                return Ok(said(codec, head, fault));
            }
            body
        }
        Look::OverLimit(body) => body,
        Look::Failed(mut body) => {
            let error = body.take_error();
            return Err(error.unwrap_or_else(|| broken("the provider's answer broke off")));
        }
    };
    let response = Response::from_parts(head, body.into_body());
    Ok(Begun::Answer(response))
}

struct Stream {
    body: Body,
    kept: Held,
    kept_bytes: usize,
    decoder: Box<dyn StreamDecoder>,
    seen: Seen,
}

/// What a stream has begun with.
#[derive(Debug)]
enum Seen {
    Nothing,
    Content,
    Fault(Box<Fault>),
}

impl Stream {
    /// Reads until the model has said something, an error came, or time is up.
    async fn wait(&mut self, clocks: HoldClocks, begun: Instant) -> Result<Seen, Error> {
        let commits = begun + clocks.hold_max;
        let fails = clocks.first_content.map(|limit| begun + limit);
        let until = fails.map_or(commits, |fails| fails.min(commits));
        while matches!(self.seen, Seen::Nothing) && self.kept_bytes < MAX_HELD_BYTES {
            let next = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx));
            match timeout_at(until, next).await {
                Ok(Some(frame)) => match frame?.into_data() {
                    Ok(data) => self.read(data),
                    Err(frame) => {
                        self.kept.trailers = frame.into_trailers().ok();
                        return self.ended();
                    }
                },
                Ok(None) => return self.ended(),
                Err(_) if fails.is_some_and(|fails| fails <= commits) => {
                    return Err(late(clocks.first_content.unwrap_or_default()));
                }
                Err(_) => break,
            }
        }
        Ok(std::mem::replace(&mut self.seen, Seen::Content))
    }

    fn read(&mut self, data: Bytes) {
        let seen = &mut self.seen;
        let fed = self.decoder.feed(&data, &mut |event: Event<'_>| {
            note(seen, event);
            Ok(())
        });
        // What cannot be read here passes as it is: its client may know more of it.
        if fed.is_err() && matches!(self.seen, Seen::Nothing) {
            self.seen = Seen::Content;
        }
        self.kept_bytes = self.kept_bytes.saturating_add(data.len());
        self.kept.kept.push_back(data);
    }

    /// The stream has ended before the model said anything: whole, or broken off.
    fn ended(&mut self) -> Result<Seen, Error> {
        let seen = &mut self.seen;
        let finished = self.decoder.finish(&mut |event: Event<'_>| {
            note(seen, event);
            Ok(())
        });
        match std::mem::replace(&mut self.seen, Seen::Content) {
            Seen::Nothing if finished.is_err() => Err(broken(
                "the provider's stream ended before the model said anything",
            )),
            Seen::Nothing => Ok(Seen::Content),
            seen => Ok(seen),
        }
    }
}

fn note(seen: &mut Seen, event: Event<'_>) {
    if !matches!(seen, Seen::Nothing) {
        return;
    }
    match event {
        Event::Fault(fault) => *seen = Seen::Fault(Box::new(fault)),
        event if event.is_content() => *seen = Seen::Content,
        _ => {}
    }
}

fn broken(words: &'static str) -> Error {
    Error::new(ErrorKind::BadAnswer, words).with_origin(Origin::Upstream)
}

fn late(limit: Duration) -> Error {
    let seconds = limit.as_secs_f64();
    let words = format!("the model said nothing for {seconds} s");
    Error::new(ErrorKind::Timeout, words)
        .with_origin(Origin::Upstream)
        .with_type_name(FIRST_TOKEN_TIMEOUT)
}
