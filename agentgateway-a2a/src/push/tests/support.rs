use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::{Body, Peeked};
use bytes::Bytes;
use http::{Request, Response, StatusCode, request};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::A2aLayer;

/// What the agent was asked, head and body.
pub(in crate::push) type Seen = Arc<Mutex<Vec<(request::Parts, Bytes)>>>;

/// An answer, read whole.
#[derive(Debug)]
pub(in crate::push) struct Answer {
    pub(in crate::push) status: StatusCode,
    #[cfg(feature = "grpc")]
    pub(in crate::push) grpc_status: Option<String>,
    pub(in crate::push) text: String,
}

pub(in crate::push) const V0_3: &str = "0.3";
pub(in crate::push) const V1_0: &str = "1.0";

/// A request of JSON-RPC to the root.
pub(in crate::push) fn rpc(version: &str, method: &str, params: &str) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{params}}}"#);
    post(version, "/", body)
}

pub(in crate::push) fn post(
    version: &str,
    path: &str,
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "gw.example")
        .header("content-type", "application/json")
        .header("a2a-version", version)
        .body(Full::new(body.into()))
        .unwrap()
}

/// Sends a request through these layers to an agent that says this to everything.
pub(in crate::push) async fn through<L, S>(
    layer: L,
    request: Request<Full<Bytes>>,
    answer: &'static str,
) -> (Answer, Seen)
where
    L: Layer<Recorder, Service = S>,
    S: Service<Request<Peeked<Full<Bytes>>>, Response = Response<Body>>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Error: Into<agentgateway_core::BoxError>,
    S::Future: Send,
{
    let seen = Seen::default();
    let agent = Recorder {
        seen: seen.clone(),
        answer,
    };
    #[cfg(feature = "grpc")]
    let outer = A2aLayer::new().grpc(true);
    #[cfg(not(feature = "grpc"))]
    let outer = A2aLayer::new();
    let service = outer.layer(layer.layer(agent));
    let Ok::<_, Infallible>(answer) = service.oneshot(request).await;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let answer = Answer {
        status: head.status,
        #[cfg(feature = "grpc")]
        grpc_status: head
            .headers
            .get("grpc-status")
            .map(|value| value.to_str().unwrap().to_owned()),
        text: String::from_utf8_lossy(&body).into_owned(),
    };
    (answer, seen)
}

/// An agent that writes down what it is asked.
#[derive(Clone)]
pub(in crate::push) struct Recorder {
    seen: Seen,
    answer: &'static str,
}

impl Service<Request<Peeked<Full<Bytes>>>> for Recorder {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<Full<Bytes>>>) -> Self::Future {
        let Self { seen, answer } = self.clone();
        let service = service_fn(move |request: Request<Peeked<Full<Bytes>>>| {
            let seen = seen.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.into_body().collect().await.unwrap().to_bytes();
                seen.lock().unwrap().push((head, body));
                let mut response = Response::new(Body::from(Bytes::from(answer)));
                let media = http::HeaderValue::from_static("application/json");
                response.headers_mut().insert("content-type", media);
                Ok(response)
            }
        });
        Box::pin(service.oneshot(request))
    }
}
