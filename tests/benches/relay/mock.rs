//! The service behind the relay.

use std::{
    convert::Infallible,
    pin::Pin,
    process::id,
    task::{Context, Poll, ready},
};

use anyhow::Result;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{
    awake::awake,
    llm::{Dialect, Script},
    payload::{self, Stream},
    process, server,
    work::{CARD, PLACES, Work},
};

/// Serves until the process ends; `is_awake`: and never sleeps.
pub(crate) fn run(is_awake: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if is_awake {
            tokio::spawn(awake());
        }
        let listener = tokio::net::TcpListener::bind(process::LOOPBACK).await?;
        process::ready(id(), &[listener.local_addr()?.port(); PLACES])?;
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let served =
                http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer));
            tokio::spawn(served);
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Answer>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    if head.uri.path() == CARD {
        let host = head.headers.get("host").and_then(|host| host.to_str().ok());
        let card = payload::card(host.unwrap_or_default());
        return Ok(Response::new(Answer::Whole(Some(card))));
    }
    let Some(work) = Work::asked(head.uri.path(), &body) else {
        let mut response = Response::new(Answer::Whole(None));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    };
    if let Some(said) = server::answer(work, &body) {
        return Ok(said.map(|text| Answer::Whole(Some(text))));
    }
    if let Work::Llm(..) = work {
        return Ok(of_model(work, head.uri.path()));
    }
    let (kind, body) = match work.stream() {
        Some(stream) => (
            "text/event-stream",
            Answer::Events(Events::new(work, stream)),
        ),
        None => ("application/json", Answer::Whole(Some(work.answer()))),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

/// A provider's answer in the dialect that it is asked in: the client's, where nobody translates.
fn of_model(work: Work, path: &str) -> Response<Answer> {
    let dialect = Dialect::asked(path).unwrap_or(Dialect::Chat);
    let (kind, body) = match work.stream() {
        Some(stream) => (
            dialect.stream_type(),
            Answer::Scripted(Scripted::new(dialect.script(), stream)),
        ),
        None => ("application/json", Answer::Whole(Some(dialect.answer()))),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

enum Answer {
    Whole(Option<Bytes>),
    Events(Events),
    Scripted(Scripted),
}

/// The same for a stream that has a beginning and an end: what stands there comes with the piece beside it.
struct Scripted {
    script: &'static Script,
    nth: usize,
    stream: Stream,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Scripted {
    fn new(script: &'static Script, stream: Stream) -> Self {
        let paced = !stream.pause.is_zero();
        Self {
            script,
            nth: 0,
            sleep: paced.then(|| Box::pin(sleep_until(Instant::now()))),
            stream,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let begin = self.script.head.len();
        let is_piece = (begin..begin + self.stream.events).contains(&self.nth);
        if let Some(sleep) = self.sleep.as_mut().filter(|_| is_piece) {
            ready!(sleep.as_mut().poll(cx));
            let next = sleep.deadline() + self.stream.pause;
            sleep.as_mut().reset(next);
        }
        let event = self.script.event(self.nth, self.stream.events).cloned();
        self.nth += 1;
        Poll::Ready(event)
    }
}

/// Each event is a frame, and so a chunk of its own.
struct Events {
    events: [Bytes; 3],
    left: usize,
    stream: Stream,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Events {
    fn new(work: Work, stream: Stream) -> Self {
        let paced = !stream.pause.is_zero();
        Self {
            events: work.events(),
            left: stream.events + 1,
            sleep: paced.then(|| Box::pin(sleep_until(Instant::now()))),
            stream,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let is_event = self.left > 1;
        if let Some(sleep) = self.sleep.as_mut().filter(|_| is_event) {
            ready!(sleep.as_mut().poll(cx));
            let next = sleep.deadline() + self.stream.pause;
            sleep.as_mut().reset(next);
        }
        let event = Stream::event(&self.events, self.left);
        self.left = self.left.saturating_sub(1);
        Poll::Ready(event)
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match &mut *self {
            Self::Whole(bytes) => bytes.take(),
            Self::Events(events) => ready!(events.poll_next(cx)),
            Self::Scripted(events) => ready!(events.poll_next(cx)),
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Events(_) | Self::Scripted(_) => SizeHint::default(),
        }
    }
}
