use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use agentgateway_core::{Error, Peeked};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use crate::BatchLayer;

/// A body that yields what it was given, and then ends, or waits for ever.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) frames: VecDeque<Result<Bytes, Error>>,
    pub(super) hangs: bool,
}

impl Script {
    pub(super) fn of(texts: &[&str]) -> Self {
        let frames = texts
            .iter()
            .map(|text| Bytes::copy_from_slice(text.as_bytes()));
        Self {
            frames: frames.map(Ok).collect(),
            hangs: false,
        }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self.frames.pop_front() {
            Some(frame) => Poll::Ready(Some(frame.map(Frame::data))),
            None if self.hangs => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

/// What one message is answered with.
pub(super) type Answer = Result<Response<Script>, Error>;

pub(super) fn answer(status: u16, media_type: &str, body: Script) -> Answer {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if !media_type.is_empty() {
        let headers = response.headers_mut();
        headers.insert("content-type", media_type.parse().unwrap());
    }
    Ok(response)
}

pub(super) fn json(text: &str) -> Answer {
    answer(200, "application/json", Script::of(&[text]))
}

pub(super) fn events(texts: &[&str]) -> Answer {
    answer(200, "text/event-stream", Script::of(texts))
}

pub(super) fn accepted() -> Answer {
    answer(202, "", Script::default())
}

pub(super) fn request(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
}

pub(super) const NOTE: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

pub(super) fn post(headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::post("/mcp").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = Bytes::copy_from_slice(body.as_bytes());
    request.body(Full::from(body)).unwrap()
}

/// What came inward: heads and bodies, in their order.
pub(super) type Seen = Vec<(http::request::Parts, String)>;

/// Sends a request through the layer to a service that answers so, one answer for each call.
pub(super) async fn through(
    layer: BatchLayer,
    request: Request<Full<Bytes>>,
    answers: Vec<Answer>,
) -> (Result<Response<Bytes>, Error>, Seen) {
    let seen = Arc::new(Mutex::new(Seen::new()));
    let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
    let inner = service_fn({
        let seen = seen.clone();
        move |request: Request<Peeked<Full<Bytes>>>| {
            let (seen, answers) = (seen.clone(), answers.clone());
            let answer = answers
                .lock()
                .unwrap()
                .pop_front()
                .expect("not asked so often");
            let (head, body) = request.into_parts();
            let text = body.whole().unwrap();
            let text = String::from_utf8(text.to_vec()).unwrap();
            seen.lock().unwrap().push((head, text));
            async move {
                // Not ready at once.
                tokio::task::yield_now().await;
                answer
            }
        }
    });
    let answered = async {
        let (head, body) = layer.layer(inner).oneshot(request).await?.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    };
    let answered = answered.await;
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (answered, seen)
}

/// What a batch of these messages is answered with.
pub(super) async fn batch(messages: &[&str], answers: Vec<Answer>) -> (Response<Bytes>, Seen) {
    let accept = [("accept", "application/json, text/event-stream")];
    let request = post(&accept, &format!("[{}]", messages.join(",")));
    let (answered, seen) = through(BatchLayer::new(), request, answers).await;
    (answered.unwrap(), seen)
}

pub(super) fn text(answer: &Response<Bytes>) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}

pub(super) fn media_type(answer: &Response<Bytes>) -> &str {
    answer.headers()["content-type"].to_str().unwrap()
}
