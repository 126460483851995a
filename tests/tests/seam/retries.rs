//! Retries between a protocol's layer and its upstream layer: what each protocol lets be sent twice.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use agentgateway_a2a::{A2aLayer, upstream::A2aUpstreamLayer};
use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    balance::{BalanceLayer, Balancer, Member},
    body::AdaptLayer,
    context::Attempt,
    retry::RetryLayer,
    timeout::{Clocks, TimeoutLayer},
    upstream::{Endpoint, Upstream},
};
use agentgateway_llm::{
    LlmLayer,
    upstream::{LlmUpstreamLayer, Provider, ProviderKind},
};
use agentgateway_mcp::{McpLayer, McpUpstreamLayer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::{Layer, ServiceBuilder, ServiceExt, util::BoxCloneSyncService};

/// How the first attempt fails.
#[derive(Clone, Copy)]
enum First {
    /// With 503.
    Busy,
    /// Nobody knows what became of it.
    Broken,
    /// Without a connection.
    Refused,
}

/// Fails the first time, and answers then.
fn upstream(first: First, answer: &'static str, asked: &Arc<AtomicU32>) -> Upstream {
    let asked = Arc::clone(asked);
    Upstream::new(tower::service_fn(move |request: Request<Body>| {
        let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            let attempt = request.extensions().get::<Attempt>().unwrap();
            assert_eq!(attempt.number(), number);
            assert!(!request.into_body().collect().await?.to_bytes().is_empty());
            let broken = Error::new(ErrorKind::Unavailable, "broken");
            let response = Response::builder().header("content-type", "application/json");
            match (number, first) {
                (1, First::Busy) => Ok(response.status(503).body(Body::empty()).unwrap()),
                (1, First::Broken) => Err(broken),
                (1, First::Refused) => Err(broken.with_unprocessed()),
                _ => Ok(response
                    .body(Body::from(Bytes::from_static(answer.as_bytes())))
                    .unwrap()),
            }
        }
    }))
}

type Stack = BoxCloneSyncService<Request<Body>, Response<Bytes>, Infallible>;

/// The default order: protocol, clock, retries, upstream, balance, client.
macro_rules! stack {
    ($layer:expr, $upstream:expr, $client:expr) => {{
        let members = ["http://a:1", "http://b:1"];
        let members = members.map(|at| Member::from(at.parse::<Endpoint>().unwrap()));
        let inner = ServiceBuilder::new()
            .layer(TimeoutLayer::new(Clocks::new()))
            .layer(RetryLayer::new())
            .layer($upstream)
            .layer(AdaptLayer::new(Peeked::into_body))
            .layer(BalanceLayer::new(Balancer::new(members)))
            .service($client);
        let service = $layer.layer(inner);
        let whole = service.then(|answer: Result<Response<_>, Infallible>| async {
            let (head, body) = answer?.into_parts();
            let body = BodyExt::collect(body).await.unwrap().to_bytes();
            Ok::<_, Infallible>(Response::from_parts(head, body))
        });
        let stack: Stack = BoxCloneSyncService::new(whole);
        stack
    }};
}

fn stack(protocol: &str, client: Upstream) -> Stack {
    let endpoint: Endpoint = "http://service:1".parse().unwrap();
    match protocol {
        "a2a" => stack!(A2aLayer::new(), A2aUpstreamLayer::new(endpoint), client),
        "mcp" => stack!(
            McpLayer::new(),
            McpUpstreamLayer::new("http://service:1/mcp".parse().unwrap()),
            client
        ),
        _ => stack!(
            LlmLayer::new(),
            LlmUpstreamLayer::new(Provider::new("p", ProviderKind::OpenAi, endpoint)),
            client
        ),
    }
}

fn call(protocol: &str, method: &str) -> Request<Body> {
    let (path, body) = match protocol {
        "llm" => (method, r#"{"model":"m","messages":[]}"#.to_owned()),
        _ => (
            "/",
            format!(
                r#"{{"jsonrpc":"2.0","id":"caller-7","method":"{method}","params":{{"name":"n","id":"t","uri":"u","message":{{"messageId":"1","role":"user","kind":"message","parts":[]}}}}}}"#
            ),
        ),
    };
    Request::post(path)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(Body::from(Bytes::from(body)))
        .unwrap()
}

/// How often a call is sent, and the status that the client sees.
async fn sent(protocol: &str, method: &str, first: First) -> (u32, u16) {
    let asked = Arc::new(AtomicU32::new(0));
    let answer = match protocol {
        "llm" => r#"{"choices":[]}"#,
        _ => r#"{"jsonrpc":"2.0","id":"caller-7","result":{}}"#,
    };
    let stack = stack(protocol, upstream(first, answer, &asked));
    let response = stack.oneshot(call(protocol, method)).await.unwrap();
    (asked.load(Ordering::SeqCst), response.status().as_u16())
}

#[tokio::test]
async fn what_reads_or_generates_is_sent_again_and_what_acts_is_not() {
    for (protocol, method, is_safe) in [
        ("mcp", "tools/list", true),
        ("mcp", "resources/read", true),
        ("mcp", "prompts/get", true),
        ("mcp", "tools/call", false),
        ("a2a", "tasks/get", true),
        ("a2a", "GetTask", true),
        ("a2a", "message/send", false),
        ("a2a", "SendMessage", false),
        ("a2a", "tasks/cancel", false),
        ("llm", "/v1/chat/completions", true),
    ] {
        let again = |safe: bool| if safe { (2, 200) } else { (1, 502) };
        let name = format!("{protocol} {method}");
        let busy = if is_safe { (2, 200) } else { (1, 503) };
        assert_eq!(sent(protocol, method, First::Busy).await, busy, "{name}");
        let broken = sent(protocol, method, First::Broken).await;
        assert_eq!(broken, again(is_safe), "{name}");
        let refused = sent(protocol, method, First::Refused).await;
        assert_eq!(refused, again(true), "{name}");
    }
}
