use std::convert::Infallible;

use agentgateway_core::{Body, Peeked};
use http::Request;
use tower::{Layer, service_fn};

use super::{super::AnyAgent, support::*};
use crate::upstream::{A2aAgent, A2aUpstreamLayer};

const CARD: &str = r#"{"name":"a","supportedInterfaces":[{"url":"http://agent:1/own","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;

/// An agent at this endpoint that has its card at one URL alone, with the path that configuration says.
fn published_at(
    url: &'static str,
    endpoint: &str,
    told: Option<&str>,
    status: u16,
) -> (AnyAgent, Record) {
    let seen = Record::default();
    let record = seen.clone();
    let client = service_fn(move |request: Request<Peeked<Body>>| {
        record.lock().unwrap().push(Seen::of(&request));
        let answer = match request.uri() == url {
            true => typed(200, "application/json", CARD),
            false => typed(status, "text/plain", "no"),
        };
        async move { Ok::<_, Infallible>(answer) }
    });
    let endpoint: agentgateway_core::upstream::Endpoint = endpoint.parse().unwrap();
    let upstream = A2aUpstreamLayer::new(endpoint.clone()).layer(client);
    let mut agent = AnyAgent::builder(A2aAgent::new(upstream), endpoint);
    if let Some(path) = told {
        agent = agent.card_path(path);
    }
    (agent.build(), seen)
}

fn asks(path: &str) -> Request<Body> {
    let request = Request::get(path).header("host", "gw");
    request.body(Body::empty()).unwrap()
}

/// Clients ask at one of the well-known paths, wherever the agent has its card.
#[tokio::test]
async fn a_card_is_found_wherever_the_agent_has_it() {
    const NEW: &str = "/.well-known/agent-card.json";
    const OLD: &str = "/.well-known/agent.json";
    for (url, endpoint, told, asked) in [
        (
            "http://agent:1/.well-known/agent.json",
            "http://agent:1",
            None,
            NEW,
        ),
        (
            "http://agent:1/.well-known/agent-card.json",
            "http://agent:1",
            None,
            OLD,
        ),
        (
            "http://agent:1/base/.well-known/agent-card.json",
            "http://agent:1/base",
            None,
            NEW,
        ),
        (
            "http://agent:1/.well-known/agent-card.json",
            "http://agent:1/base",
            None,
            NEW,
        ),
        (
            "http://agent:1/.well-known/agent.json",
            "http://agent:1/base",
            None,
            NEW,
        ),
        (
            "http://agent:1/.well-known/agent-card.json",
            "http://agent:1",
            None,
            "/p/.well-known/agent-card.json",
        ),
        (
            "http://agent:1/cards/a.json",
            "http://agent:1",
            Some("/cards/a.json"),
            NEW,
        ),
        (
            "http://agent:1/base/a.json",
            "http://agent:1/base",
            Some("a.json"),
            OLD,
        ),
    ] {
        let (agent, seen) = published_at(url, endpoint, told, 404);
        let (status, _, body) = ask(agent.clone(), asks(asked)).await;
        assert_eq!(status, 200, "{url} at {asked}: {body}");
        assert!(body.contains(r#""url":"http://gw"#), "{body}");
        uris(&seen);
        agent.refresh().await.unwrap();
        assert_eq!(uris(&seen).last().unwrap(), url);
    }
}

#[tokio::test]
async fn what_configuration_says_is_asked_first() {
    let (agent, seen) = published_at("http://agent:1/a", "http://agent:1", Some("/a"), 404);
    ask(agent.clone(), asks("/.well-known/agent-card.json")).await;
    agent.refresh().await.unwrap();
    assert_eq!(uris(&seen), ["http://agent:1/a", "http://agent:1/a"]);
}

/// What is no card passes, and a card that the agent has taken away is not served.
#[tokio::test]
async fn an_agent_without_a_card_says_so_itself() {
    for (status, told) in [(404, 404), (405, 405), (401, 401), (304, 304)] {
        let (agent, _) = published_at("http://nowhere", "http://agent:1/base", None, status);
        let (status, _, _) = ask(agent, asks("/.well-known/agent-card.json")).await;
        assert_eq!(status, told);
    }
    let (agent, _) = published_at("http://nowhere", "http://agent:1", None, 404);
    let path = "/.well-known/agent-card.json";
    agent.0.found.learn(bytes::Bytes::from(CARD), path, true);
    let (status, _, _) = ask(agent, asks(path)).await;
    assert_eq!(status, 404);
}
