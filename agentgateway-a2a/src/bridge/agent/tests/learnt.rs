use std::{convert::Infallible, time::Duration};

use agentgateway_core::{Body, Peeked, context::Written};
use http::{Request, Response};
use tower::service_fn;

use super::{super::AnyAgent, support::*};
use crate::upstream::A2aAgent;

#[tokio::test]
async fn a_doubtful_answer_alone_makes_the_card_be_asked() {
    let call = || rest("GET", "/tasks/7", "");
    for refusal in [
        (|| typed(404, "text/plain", "no")) as fn() -> Response<Body>,
        || {
            typed(
                405,
                "application/json",
                r#"{"detail":"Method Not Allowed"}"#,
            )
        },
    ] {
        let (agent, seen) = found(RPC_03, refusal);
        let (status, _, body) = ask(agent.clone(), call()).await;
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("TASK_STATE_WORKING"), "{body}");
        assert_eq!(
            uris(&seen),
            [
                "http://agent:1/tasks/7",
                "http://agent:1/.well-known/agent-card.json",
                "http://agent:1/own"
            ]
        );
        ask(agent, call()).await;
        assert_eq!(uris(&seen), ["http://agent:1/own"]);
    }
    // The agent's own word, or no word of the protocol: nothing is asked twice.
    for refusal in [
        (|| {
            typed(
                404,
                "application/json",
                r#"{"error":{"code":404,"details":[{"reason":"TASK_NOT_FOUND"}]}}"#,
            )
        }) as fn() -> Response<Body>,
        || typed(500, "text/plain", "no"),
        || typed(200, "application/json", r#"{"id":"7"}"#),
    ] {
        let (agent, seen) = found(RPC_03, refusal);
        ask(agent, call()).await;
        assert_eq!(uris(&seen), ["http://agent:1/tasks/7"]);
    }
}

#[tokio::test]
async fn a_card_that_passes_to_a_client_is_learnt() {
    let (agent, seen) = found(RPC_03, || typed(404, "text/plain", "no"));
    let request = || {
        let card = Request::get("/.well-known/agent-card.json");
        card.header("host", "gw").body(Body::empty()).unwrap()
    };
    let (status, _, _) = ask(agent.clone(), request()).await;
    assert_eq!(status, 200);
    ask(agent, rest("GET", "/tasks/7", "")).await;
    assert_eq!(
        uris(&seen),
        [
            "http://agent:1/.well-known/agent-card.json",
            "http://agent:1/own"
        ]
    );
}

/// An agent that shows clients without a version the card of v0.3 is not taken for one of v0.3.
#[tokio::test]
async fn a_card_of_v0_3_is_learnt_where_the_agent_shows_no_other() {
    let old = r#"{"name":"a","url":"http://agent:1/old","protocolVersion":"0.3.0"}"#;
    let new = r#"{"name":"a","supportedInterfaces":[{"url":"http://agent:1/new","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
    for (shown_to_1, expected) in [(new, "/new"), (old, "/old")] {
        let service = service_fn(move |request: Request<Peeked<Body>>| async move {
            let asks_for_1 = request
                .headers()
                .get("a2a-version")
                .is_some_and(|v| v == "1.0");
            let card = if asks_for_1 { shown_to_1 } else { old };
            Ok::<_, Infallible>(typed(200, "application/json", card))
        });
        let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:1".parse().unwrap();
        let agent = AnyAgent::builder(A2aAgent::new(service), endpoint).build();
        let card = Request::get("/.well-known/agent-card.json").header("host", "gw");
        ask(agent.clone(), card.body(Body::empty()).unwrap()).await;
        assert!(agent.0.found.fresh().is_none(), "it tells a part");
        agent.refresh().await.unwrap();
        let known = agent.0.found.fresh().unwrap();
        assert_eq!(known[0].endpoint.base_path(), expected);
    }
}

/// A slash at the end of the URL of JSON-RPC is a part of it.
#[tokio::test]
async fn a_url_is_called_with_the_slash_that_it_ends_with() {
    let get = r#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"x"}}"#;
    for (url, expected) in [
        ("http://agent:1/rpc/", "http://agent:1/rpc/"),
        ("http://agent:1/rpc", "http://agent:1/rpc"),
        ("http://agent:1/", "http://agent:1/"),
    ] {
        // As it is, and translated.
        for version in ["1.0", "0.3"] {
            let (agent, seen) = found(RPC_03, || typed(200, "application/json", "{}"));
            let card = format!(
                r#"{{"supportedInterfaces":[{{"url":"{url}","protocolBinding":"JSONRPC","protocolVersion":"{version}"}}]}}"#
            );
            agent.0.found.learn(bytes::Bytes::from(card), "/", true);
            ask(agent, rpc("1.0", get)).await;
            assert_eq!(uris(&seen), [expected], "{version}");
        }
    }
}

/// Fault A06 (part): what a client chooses to ask for does not tell where the agent is.
#[tokio::test]
async fn a_card_elsewhere_or_asked_for_otherwise_is_not_learnt() {
    for (path, version) in [
        ("/files/evil/.well-known/agent-card.json", None),
        ("/.well-known/agent-card.json?x", None),
        ("/.well-known/agent-card.json", Some("0.3")),
    ] {
        let (agent, seen) = found(RPC_03, || {
            let card = r#"{"name":"a","supportedInterfaces":[{"url":"http://localhost:2/evil","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
            typed(200, "application/json", card)
        });
        let mut request = Request::get(path).header("host", "gw");
        if let Some(version) = version {
            request = request.header("a2a-version", version);
        }
        let request = request.body(Body::empty()).unwrap();
        ask(agent.clone(), request).await;
        ask(agent, rest("GET", "/tasks/7", "")).await;
        assert_eq!(
            uris(&seen).last().unwrap(),
            "http://agent:1/tasks/7",
            "{path}"
        );
    }
}

#[tokio::test]
async fn behind_a_balancer_interfaces_are_at_one_port() {
    let card = r#"{"name":"a","supportedInterfaces":[{"url":"localhost:50051","protocolBinding":"GRPC","protocolVersion":"1.0"},{"url":"http://0.0.0.0:8000/own","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
    for (behind, port) in [(false, 50051), (true, 8000)] {
        let service = service_fn(move |_: Request<Peeked<Body>>| async move {
            Ok::<_, Infallible>(typed(200, "application/json", card))
        });
        let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:80".parse().unwrap();
        let agent = AnyAgent::builder(A2aAgent::new(service), endpoint)
            .behind_balancer(behind)
            .build();
        agent.refresh().await.unwrap();
        let known = agent.0.found.fresh().unwrap();
        assert_eq!(known[0].endpoint.port(), port);
        assert_eq!(known.len(), if behind { 1 } else { 2 });
    }
}

/// The agent shows its card to those alone who bring what the operator writes into requests.
#[tokio::test(start_paused = true)]
async fn a_background_that_is_refused_keeps_no_call_from_reading_the_card() {
    let card = r#"{"name":"a","supportedInterfaces":[{"url":"http://agent:1/own","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;
    let service = service_fn(move |request: Request<Peeked<Body>>| async move {
        let answer = match request.extensions().get::<Written>() {
            Some(_) => typed(200, "application/json", card),
            None => typed(401, "application/json", "{}"),
        };
        Ok::<_, Infallible>(answer)
    });
    let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:1".parse().unwrap();
    let agent = AnyAgent::builder(A2aAgent::new(service), endpoint).build();
    let running = tokio::spawn(agent.run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(agent.card().is_none());
    let mut asking = http::Extensions::new();
    asking.insert(Written::default());
    assert!(agent.0.found.interfaces(&asking).await.is_some());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(agent.0.found.fresh().is_some(), "it is not doubted");
    running.abort();
}
