use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use agentgateway_core::{
    Error, Peeked,
    protocol::{self, Finished},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use crate::{McpCall, McpLayer, McpReport, layer::McpProtocol};

pub(super) const JSON: (&str, &str) = ("content-type", "application/json");
pub(super) const SSE: (&str, &str) = ("content-type", "text/event-stream");

/// A body that yields what it was given, and then ends, or waits for ever.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) frames: VecDeque<Result<Bytes, Error>>,
    pub(super) hangs: bool,
}

impl Script {
    pub(super) fn of(bytes: &[u8], chunk: usize) -> Self {
        let frames = bytes.chunks(chunk.max(1)).map(Bytes::copy_from_slice);
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

/// What was told of an exchange.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) call: Option<McpCall>,
    pub(super) report: McpReport,
    pub(super) end: &'static str,
}

#[derive(Clone, Default)]
pub(super) struct Ear(Arc<Mutex<Vec<Told>>>);

impl Ear {
    pub(super) fn layer(&self) -> McpLayer {
        let ear = self.clone();
        McpLayer::new().on_finished(move |finished: &Finished<'_, McpCall, McpReport>| {
            ear.0.lock().unwrap().push(Told {
                call: finished.call.cloned(),
                report: finished.report.clone(),
                end: finished.end.as_str(),
            });
        })
    }

    /// The one exchange that was told of.
    pub(super) fn told(&self) -> Told {
        let told = self.0.lock().unwrap();
        assert_eq!(told.len(), 1, "told once");
        told[0].clone()
    }
}

pub(super) fn post(headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::post("/mcp");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .body(Full::from(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap()
}

/// The call that a request is, with the body that came behind the layer; or the refusal.
pub(super) async fn parsed(
    request: Request<Full<Bytes>>,
) -> Result<(Option<McpCall>, Bytes), (StatusCode, String)> {
    let seen = Arc::new(Mutex::new(None));
    let ear = Ear::default();
    let inner = service_fn({
        let seen = seen.clone();
        move |request: Request<Peeked<Full<Bytes>>>| {
            let seen = seen.clone();
            async move {
                let call = request.extensions().get::<McpCall>().cloned();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                *seen.lock().unwrap() = Some((call, body));
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }
        }
    });
    let answer = ear.layer().layer(inner).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let seen = seen.lock().unwrap().take();
    seen.ok_or_else(|| {
        assert_eq!(ear.told().end, "failed");
        assert!(ear.told().call.is_none());
        (status, String::from_utf8(body.to_vec()).unwrap())
    })
}

/// The call that a message is.
pub(super) async fn call(headers: &[(&str, &str)], body: &str) -> McpCall {
    let all: Vec<_> = [JSON].iter().chain(headers).copied().collect();
    let (call, passed) = parsed(post(&all, body)).await.unwrap();
    assert_eq!(passed, body.as_bytes());
    call.unwrap()
}

pub(super) type Answer = Response<protocol::ResponseBody<Script, McpProtocol>>;

/// Answers a request with a scripted response, or an error.
pub(super) async fn answered(
    ear: &Ear,
    request: Request<Full<Bytes>>,
    response: Result<Response<Script>, Error>,
) -> Answer {
    let response = Arc::new(Mutex::new(Some(response)));
    let inner = service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let response = response.lock().unwrap().take().unwrap();
        async move { response }
    });
    ear.layer().layer(inner).oneshot(request).await.unwrap()
}

/// A response with these headers, scripted in chunks.
pub(super) fn scripted(
    headers: &[(&str, &str)],
    script: Script,
) -> Result<Response<Script>, Error> {
    let mut response = Response::builder();
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(script).unwrap())
}

/// The answer of a layer over a scripted answer, and how often the service inside was called.
pub(super) async fn through(
    layer: &McpLayer,
    request: Request<Full<Bytes>>,
    response: Result<Response<Script>, Error>,
) -> (Response<Bytes>, usize) {
    let calls = Arc::new(AtomicUsize::new(0));
    let response = Arc::new(Mutex::new(Some(response)));
    let inner = service_fn({
        let calls = calls.clone();
        move |_: Request<Peeked<Full<Bytes>>>| {
            calls.fetch_add(1, Ordering::Relaxed);
            let response = response.lock().unwrap().take().unwrap();
            async move { response }
        }
    });
    let answer = layer.layer(inner).oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        Response::from_parts(head, body),
        calls.load(Ordering::Relaxed),
    )
}

pub(super) fn said(answer: &Response<Bytes>) -> &str {
    std::str::from_utf8(answer.body()).unwrap()
}

pub(super) async fn text(answer: Answer) -> String {
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}
