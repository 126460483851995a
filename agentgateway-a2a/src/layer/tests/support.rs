use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, Error, body::Peeked};
use bytes::Bytes;
use http::{Request, Response, StatusCode, request};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::{A2aCall, A2aLayer, A2aReport};

/// A body in the chunks that it is given; then an error, if there is one, and an end.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) chunks: VecDeque<Bytes>,
    pub(super) error: Option<&'static str>,
    /// It never ends.
    pub(super) open: bool,
}

impl Script {
    pub(super) fn new<T: Into<Bytes>>(chunks: impl IntoIterator<Item = T>) -> Self {
        Self {
            chunks: chunks.into_iter().map(Into::into).collect(),
            error: None,
            open: false,
        }
    }
}

impl HttpBody for Script {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        if self.open {
            return Poll::Pending;
        }
        Poll::Ready(self.error.take().map(|error| Err(error.into())))
    }
}

/// What the agent saw.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) head: request::Parts,
    pub(super) body: Bytes,
}

/// How an exchange ended, copied from what `on_finished` was told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) call: Option<A2aCall>,
    pub(super) report: A2aReport,
    pub(super) end: &'static str,
    pub(super) status: Option<StatusCode>,
}

/// One exchange from both sides.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) seen: Option<Seen>,
    pub(super) answer: Response<Bytes>,
    pub(super) told: Vec<Told>,
}

impl Exchange {
    pub(super) fn call(&self) -> &A2aCall {
        let seen = self.seen.as_ref().expect("the request went inward");
        seen.head.extensions.get().expect("the call was written")
    }

    pub(super) fn only(&self) -> &Told {
        assert_eq!(self.told.len(), 1, "told once: {:?}", self.told);
        &self.told[0]
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(self.answer.body()).unwrap()
    }
}

#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<Vec<Told>>>);

impl Ledger {
    pub(super) fn mount(&self, layer: A2aLayer) -> A2aLayer {
        let ledger = self.0.clone();
        layer.on_finished(move |finished| {
            ledger.lock().unwrap().push(Told {
                call: finished.call.cloned(),
                report: finished.report.clone(),
                end: finished.end.as_str(),
                status: finished.status,
            });
        })
    }

    pub(super) fn take(&self) -> Vec<Told> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Sends a request through the layer to an agent that gives this answer.
pub(super) async fn exchange<B>(
    layer: A2aLayer,
    request: Request<B>,
    answer: Result<Response<Script>, Error>,
) -> Exchange
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug + Into<BoxError>,
{
    let ledger = Ledger::default();
    let seen = Arc::new(Mutex::new(None));
    let answer = Arc::new(Mutex::new(Some(answer)));
    let agent = service_fn(|request: Request<Peeked<B>>| {
        let (seen, answer) = (seen.clone(), answer.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            *seen.lock().unwrap() = Some(Seen { head, body });
            answer.lock().unwrap().take().unwrap()
        }
    });
    let service = ledger.mount(layer).layer(agent);
    let Ok::<_, Infallible>(answer) = service.oneshot(request).await;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let seen = seen.lock().unwrap().take();
    Exchange {
        seen,
        answer: Response::from_parts(head, body),
        told: ledger.take(),
    }
}

pub(super) fn rpc(body: &str) -> Request<Full<Bytes>> {
    Request::post("/")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap()
}

pub(super) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path)
        .header("host", "gw.example:8080")
        .body(Full::default())
        .unwrap()
}

pub(super) fn post(path: &str, body: &str) -> Request<Full<Bytes>> {
    let (mut head, body) = rpc(body).into_parts();
    head.uri = path.parse().unwrap();
    head.headers
        .insert("content-type", "application/a2a+json".parse().unwrap());
    Request::from_parts(head, body)
}

pub(super) fn json(status: u16, body: &str) -> Result<Response<Script>, Error> {
    Ok(Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Script::new([body.to_owned()]))
        .unwrap())
}

pub(super) fn events(script: Script) -> Result<Response<Script>, Error> {
    Ok(Response::builder()
        .header("content-type", "text/event-stream; charset=utf-8")
        .body(script)
        .unwrap())
}
