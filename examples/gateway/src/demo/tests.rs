use std::{net::SocketAddr, sync::Arc};

use agentgateway_core::{Body, Peeked};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::BodyExt;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::Value;
use tokio::net::TcpListener;
use tower::{Service, ServiceExt, service_fn};

use super::{Agent, Model, ResponseFuture, Tools};

/// Sends a request with a JSON body (none when null) and these headers.
pub(super) async fn ask<S>(
    service: &S,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Response<Body>
where
    S: Service<Request<String>, Response = Response<Body>, Error = std::convert::Infallible>
        + Clone,
{
    let mut request = Request::builder().method(method).uri(path);
    request = request.header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    service
        .clone()
        .oneshot(request.body(body).unwrap())
        .await
        .unwrap()
}

pub(super) async fn bytes(response: Response<Body>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

pub(super) async fn json(response: Response<Body>) -> Value {
    serde_json::from_slice(&bytes(response).await).unwrap()
}

/// The names and the data of a stream's events.
pub(super) async fn events(response: Response<Body>) -> Vec<(String, String)> {
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    let bytes = bytes(response).await;
    let text = std::str::from_utf8(&bytes).unwrap();
    let mut blocks: Vec<&str> = text.split("\n\n").collect();
    assert_eq!(blocks.pop(), Some(""), "the last event is whole");
    let field = |block: &str, name: &str| {
        let found = block.lines().filter_map(|line| line.strip_prefix(name));
        found.collect::<Vec<_>>().join("\n")
    };
    blocks
        .iter()
        .map(|block| (field(block, "event: "), field(block, "data: ")))
        .collect()
}

/// The data of a stream's events, all of them JSON.
pub(super) async fn json_events(response: Response<Body>) -> Vec<Value> {
    let events = events(response).await;
    events
        .iter()
        .map(|(_, data)| serde_json::from_str(data).unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn refuses_a_body_over_the_limit() {
    let request = Request::post("/v1/chat/completions")
        .body("x".repeat(1024 * 1024 + 1))
        .unwrap();
    let answer = Model::new().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 413);
}

#[test]
fn services_cross_threads_and_stand_behind_a_layer() {
    fn behind<S: Service<Request<Peeked<Body>>, Response = Response<Body>>>() {}
    fn shared<T: Clone + Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<Agent>();
    shared::<Tools>();
    shared::<Model>();
    sent::<ResponseFuture>();
    behind::<Agent>();
    behind::<Tools>();
    behind::<Model>();
}

/// Serves all three until it is stopped, each at the address that it prints, for clients that are
/// run by hand:
/// `cargo test -p agentgateway --lib serves_real_clients -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "runs until it is stopped"]
async fn serves_real_clients() {
    let agent = with_own_urls(Agent::new());
    tokio::join!(
        serve("a2a", agent),
        serve("mcp", Tools::new()),
        serve("llm", Model::new())
    );
}

/// Puts the address that the client used in the place of the agent's, as the A2A layer does.
fn with_own_urls(
    agent: Agent,
) -> impl Service<
    Request<hyper::body::Incoming>,
    Response = Response<Body>,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send
+ 'static {
    service_fn(move |request: Request<hyper::body::Incoming>| {
        let agent = agent.clone();
        async move {
            let host = request.headers()[header::HOST].to_str().unwrap().to_owned();
            let is_card = request.uri().path().starts_with("/.well-known/");
            let answer = agent.oneshot(request).await?;
            if !is_card {
                return Ok(answer);
            }
            let (head, body) = answer.into_parts();
            let card = body.collect().await.unwrap().to_bytes();
            let card = String::from_utf8(card.to_vec())
                .unwrap()
                .replace("agent.invalid", &host);
            Ok(Response::from_parts(head, Body::from(Bytes::from(card))))
        }
    })
}

async fn serve<S>(name: &str, service: S)
where
    S: Service<
            Request<hyper::body::Incoming>,
            Response = Response<Body>,
            Error = std::convert::Infallible,
            Future: Send,
        > + Clone
        + Send
        + 'static,
{
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = TcpListener::bind(address).await.unwrap();
    println!("{name} http://{}", listener.local_addr().unwrap());
    let server = Arc::new(auto::Builder::new(TokioExecutor::new()));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (server, service) = (
            Arc::clone(&server),
            TowerToHyperService::new(service.clone()),
        );
        tokio::spawn(async move {
            drop(server.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}
