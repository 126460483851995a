use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use agentgateway_core::{Body, Error, ErrorKind, Peeked, error::Origin};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, request};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tower::{Layer, ServiceExt, service_fn};

use super::super::{LlmGateway, LlmGatewayBuilder, ModelRoute, ModelServer, ModelTarget};
use crate::{
    LlmLayer,
    upstream::{Credential, Provider, ProviderKind},
    wire::event_stream,
};

/// What a scripted provider does with one request.
#[derive(Clone, Debug)]
pub(super) enum Does {
    /// Cannot be connected to.
    Refuses,
    /// Answers whole.
    Says(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Answers with the beginning of JSON, and then the connection breaks.
    Cuts(&'static str),
    /// Answers with a stream of these pieces.
    Streams(Vec<Bytes>),
    /// The same, and then neither goes on nor ends.
    Stalls(Vec<Bytes>),
    /// The same, and then the connection breaks.
    Breaks(Vec<Bytes>),
    /// Answers with a stream of these pieces, and waits so long before each.
    Paced(Vec<(Duration, Bytes)>),
    /// Does not answer.
    Hangs,
}

/// A provider that does as it is told, and what it was asked.
#[derive(Clone, Debug)]
pub(super) struct Scripted {
    does: Arc<Mutex<VecDeque<Does>>>,
    asked: Arc<Mutex<Vec<(request::Parts, Bytes)>>>,
    provider: Provider,
    /// Of its streams.
    media_type: &'static str,
    /// How many exchanges are under way.
    open: Arc<AtomicUsize>,
}

/// An exchange that is under way.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Scripted {
    pub(super) fn new(
        name: &str,
        kind: ProviderKind,
        does: impl IntoIterator<Item = Does>,
    ) -> Self {
        let endpoint = format!("http://{name}.test").parse().unwrap();
        let secret = format!("key-of-{name}");
        let provider = Provider::new(name, kind, endpoint);
        Self {
            does: Arc::new(Mutex::new(does.into_iter().collect())),
            asked: Arc::default(),
            provider: provider.credential(Credential::bearer(&secret).unwrap()),
            open: Arc::default(),
            media_type: match kind {
                ProviderKind::Bedrock => event_stream::MEDIA_TYPE,
                _ => "text/event-stream",
            },
        }
    }

    pub(super) fn server(&self) -> ModelServer {
        let own = self.clone();
        let client = service_fn(move |request: Request<Peeked<Body>>| {
            let own = own.clone();
            async move { own.answer(request).await }
        });
        ModelServer::new(self.provider.clone(), client)
    }

    pub(super) fn target(&self) -> ModelTarget {
        ModelTarget::new(self.server())
    }

    /// The bodies that it was asked with.
    pub(super) fn bodies(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let text = |body: &Bytes| String::from_utf8(body.to_vec()).unwrap();
        asked.iter().map(|(_, body)| text(body)).collect()
    }

    pub(super) fn heads(&self) -> Vec<request::Parts> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(head, _)| head.clone()).collect()
    }

    /// How many exchanges are under way.
    pub(super) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    async fn answer(self, request: Request<Peeked<Body>>) -> Result<Response<Body>, Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.asked.lock().unwrap().push((head, body));
        let does = self.does.lock().unwrap().pop_front();
        self.open.fetch_add(1, Ordering::SeqCst);
        let open = Open(Arc::clone(&self.open));
        let stream = |body: Body| {
            let response = Response::builder().header("content-type", self.media_type);
            Ok(response.body(body).unwrap())
        };
        match does.expect("the script has an end") {
            Does::Refuses => Err(Error::new(ErrorKind::Unavailable, "no connection")
                .with_origin(Origin::Upstream)
                .with_unprocessed()),
            Does::Says(status, headers, body) => {
                let mut response = Response::builder()
                    .status(status)
                    .header("content-type", "application/json");
                for (name, value) in headers {
                    response = response.header(*name, *value);
                }
                Ok(response
                    .body(Body::from(Bytes::from_static(body.as_bytes())))
                    .unwrap())
            }
            Does::Cuts(begin) => {
                let begin = vec![(Duration::ZERO, Bytes::from_static(begin.as_bytes()))];
                let response = Response::builder().header("content-type", "application/json");
                Ok(response.body(pieces_of(begin, Last::Breaks, open)).unwrap())
            }
            Does::Streams(pieces) => stream(pieces_of(unpaced(pieces), Last::Ends, open)),
            Does::Paced(pieces) => stream(pieces_of(pieces, Last::Ends, open)),
            Does::Hangs => std::future::pending().await,
            Does::Stalls(pieces) => stream(pieces_of(unpaced(pieces), Last::Waits, open)),
            Does::Breaks(pieces) => stream(pieces_of(unpaced(pieces), Last::Breaks, open)),
        }
    }
}

#[derive(Clone, Copy)]
enum Last {
    Ends,
    Waits,
    Breaks,
}

fn unpaced(pieces: Vec<Bytes>) -> Vec<(Duration, Bytes)> {
    let at_once = |piece| (Duration::ZERO, piece);
    pieces.into_iter().map(at_once).collect()
}

fn pieces_of(pieces: Vec<(Duration, Bytes)>, last: Last, open: Open) -> Body {
    use futures_util::{StreamExt, stream};
    let frames = stream::iter(pieces).then(|(wait, piece)| async move {
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(Frame::data(piece))
    });
    let behind = stream::once(async move {
        match last {
            Last::Ends => None,
            Last::Waits => std::future::pending().await,
            Last::Breaks => Some(Err(
                Error::new(ErrorKind::Unavailable, "broken").with_origin(Origin::Upstream)
            )),
        }
    });
    let behind = behind.filter_map(std::future::ready);
    let all = frames.chain(behind).map(move |frame| {
        let _ = &open;
        frame
    });
    Body::new(StreamBody::new(Box::pin(all)))
}

/// A gateway with one route, `m`, of these, one after the other.
pub(super) fn gateway(scripted: &[&Scripted]) -> LlmGatewayBuilder {
    let mut route = ModelRoute::new("m");
    for (priority, one) in (0..).zip(scripted) {
        route = route.target(one.target().priority(priority));
    }
    LlmGateway::builder().route(route)
}

/// What a client sees.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Bytes,
    /// The bytes as text, as far as they are.
    pub(super) text: String,
}

pub(super) async fn ask(gateway: LlmGatewayBuilder, path: &str, body: &str) -> Seen {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header("authorization", "Bearer of-the-client")
        .header("x-api-key", "of-the-client")
        .header("anthropic-beta", "of-the-client")
        .header("cookie", "of-the-client")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    send(gateway, request).await
}

pub(super) async fn send(gateway: LlmGatewayBuilder, request: Request<Full<Bytes>>) -> Seen {
    let service = LlmLayer::new().layer(gateway.build().unwrap());
    let response: Result<_, Infallible> = service.oneshot(request).await;
    seen(response.unwrap()).await
}

/// Reads an answer to its end.
pub(super) async fn seen<B>(response: Response<B>) -> Seen
where
    B: HttpBody<Data = Bytes>,
{
    let (head, body) = response.into_parts();
    let mut text = Vec::new();
    let mut body = Box::pin(body);
    // Behind a stall nothing comes for ever: what came is what was seen.
    while let Ok(Some(frame)) = tokio::time::timeout(Duration::from_secs(3600), body.frame()).await
    {
        match frame {
            Ok(frame) => text.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
            Err(_) => text.extend_from_slice(b"<aborted>"),
        }
        if body.is_end_stream() {
            break;
        }
    }
    Seen {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8_lossy(&text).into_owned(),
        bytes: text.into(),
    }
}
