use std::{future::Future, time::Duration};

use agentgateway_core::{Error, ErrorKind, error::Origin, media};
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{Extensions, HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use tokio::time::timeout;

use super::place;
use crate::{
    bridge::{Answer, Events},
    upstream::{
        McpServer,
        pipe::{Line, Outbox, Pipe, Why},
    },
};

/// How many requests are POSTed at once.
const MAX_POSTS: usize = 8;
/// How much of the answer to a POST is read, so that its connection can be used again.
const MAX_POST_ANSWER_BYTES: usize = 64 * 1024;

/// One stream of a server's, and what it is asked with.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) client: McpServer,
    pub(super) url: Uri,
    pub(super) headers: HeaderMap,
    pub(super) extensions: Extensions,
    pub(super) max_event_bytes: usize,
    pub(super) open_timeout: Duration,
    pub(super) post_timeout: Duration,
}

impl Stream {
    /// Opens the stream, reads it and POSTs what is sent, until the pipe is over or the stream is.
    pub(super) async fn drive(&self, pipe: &Pipe, outbox: Outbox) {
        tokio::select! {
            why = self.live(pipe, outbox) => pipe.fail(why),
            () = pipe.finished() => pipe.stop("the server's stream was closed"),
        }
    }

    async fn live(&self, pipe: &Pipe, outbox: Outbox) -> Why {
        let (place, events) = match timeout(self.open_timeout, self.open()).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => return error.into(),
            Err(_) => return "the server's stream did not say its endpoint in time".into(),
        };
        tokio::select! {
            why = read(events, pipe) => why,
            () = self.write(&place, outbox, pipe) => "the server takes no messages".into(),
        }
    }

    /// Opens the stream, and reads where messages are to be sent.
    async fn open(&self) -> Result<(Uri, Events), Error> {
        let mut request = self.request(&self.url, Method::GET, Bytes::new());
        let accepts = HeaderValue::from_static("text/event-stream");
        request.headers_mut().insert(header::ACCEPT, accepts);
        let response = self.client.send(request).await?;
        let status = response.status();
        if status != StatusCode::OK || !media::is_event_stream(response.headers()) {
            return Err(unavailable(format!(
                "the server opened no stream: {status}"
            )));
        }
        let (_, body) = response.into_parts();
        let mut events = Events::new(body, self.max_event_bytes);
        while let Some(event) = events.next().await? {
            if event.is_endpoint {
                let said = std::str::from_utf8(&event.text).unwrap_or_default();
                return match place::of(&self.url, said) {
                    Some(place) => Ok((place, events)),
                    None => Err(unavailable(
                        "the server's endpoint is none of its own origin",
                    )),
                };
            }
        }
        Err(unavailable(
            "the server's stream ended before it said its endpoint",
        ))
    }

    async fn write(&self, place: &Uri, mut outbox: Outbox, pipe: &Pipe) {
        let mut posts = FuturesUnordered::new();
        loop {
            tokio::select! {
                line = outbox.next(), if posts.len() < MAX_POSTS => {
                    let Some(line) = line else {
                        return;
                    };
                    let is_request = line.id().is_some();
                    let post = self.post(place, line, pipe);
                    if is_request {
                        posts.push(post);
                        continue;
                    }
                    // Nothing overtakes what is no request: it may be that a session has begun.
                    tokio::select! {
                        () = post => {}
                        () = forever(posts.by_ref().for_each(|()| std::future::ready(()))) => {}
                    }
                }
                Some(()) = posts.next(), if !posts.is_empty() => {}
            }
        }
    }

    /// Sends one message. Where it is refused, its request has failed; where it is none, nobody waits.
    async fn post(&self, place: &Uri, line: Line, pipe: &Pipe) {
        let mut request = self.request(place, Method::POST, line.text().clone());
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let sent = async {
            let response = self.client.send(request).await?;
            let status = response.status();
            // What it says beside its status is of no interest; a stream is dropped.
            let _ = Answer::read(response, MAX_POST_ANSWER_BYTES).await;
            Ok(status)
        };
        let refusal = match timeout(self.post_timeout, sent).await {
            Ok(Ok(status)) if status.is_success() => return,
            Ok(Ok(status)) => {
                let message = format!("the server did not take the message: {status}");
                Error::new(ErrorKind::BadAnswer, message)
            }
            Ok(Err(error)) => error,
            Err(_) => Error::new(
                ErrorKind::Timeout,
                "the server did not take the message in time",
            ),
        };
        if let Some(id) = line.id() {
            pipe.refuse(id, refusal);
        }
    }

    fn request(&self, url: &Uri, method: Method, body: Bytes) -> Request<Bytes> {
        let mut request = Request::new(body);
        *request.uri_mut() = url.clone();
        *request.method_mut() = method;
        *request.headers_mut() = self.headers.clone();
        *request.extensions_mut() = self.extensions.clone();
        request
    }
}

/// Reads messages, and says why no more come.
async fn read(mut events: Events, pipe: &Pipe) -> Why {
    loop {
        match events.next().await {
            Ok(Some(event)) if event.is_endpoint => {}
            Ok(Some(event)) => pipe.receive(event.text).await,
            Ok(None) => return "the server's stream has ended".into(),
            Err(error) => return error.into(),
        }
    }
}

/// Does this, and then waits for ever.
async fn forever(work: impl Future<Output = ()>) {
    work.await;
    std::future::pending().await
}

fn unavailable(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_origin(Origin::Upstream)
}
