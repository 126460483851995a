//! Push notifications of a real agent, through the relay, to real clients of both versions.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot set its scene fails where it stands"
)]

use std::process::Stdio;

use agentgateway_a2a::{
    A2aLayer,
    bridge::AnyAgent,
    push::relay::PushRelay,
    upstream::{A2aAgent, A2aUpstreamLayer},
    wire::card::Offer,
};
use agentgateway_core::{
    Peeked,
    body::AdaptLayer,
    egress::Guard,
    forwarded::{Network, Networks},
    seal::Sealer,
    upstream::{Client, Endpoint},
};
use agentgateway_tests::{Peer, here, python};
use axum::Router;
use serde_json::Value;
use tokio::{net::TcpListener, process::Command};
use tower::ServiceBuilder;

/// An application that mounts the relay, on a port of its own, before an agent.
async fn gateway(agent: &Peer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let endpoint: Endpoint = format!("http://127.0.0.1:{}", agent.port())
        .parse()
        .unwrap();
    let upstream = ServiceBuilder::new()
        .layer(A2aUpstreamLayer::new(endpoint.clone()))
        .layer(AdaptLayer::new(Peeked::into_body))
        .service(Client::new());
    let agent = AnyAgent::builder(A2aAgent::new(upstream), endpoint).build();
    let here: Network = "127.0.0.0/8".parse().unwrap();
    let guard = Guard::new()
        .allow_http()
        .allow_networks(Networks::from_iter([here]));
    let relay = PushRelay::builder(url.parse().unwrap(), Sealer::random())
        .guard(guard)
        .agent("", A2aAgent::new(agent.clone()))
        .build();
    let calls = ServiceBuilder::new()
        .layer(
            A2aLayer::new()
                .public_url(url.parse().unwrap())
                .offer(Offer::where_asked().every_interface()),
        )
        .layer(relay.layer())
        .service(agent);
    let app = Router::new()
        .route_service("/push/{sealed}", relay.receiver())
        .fallback_service(calls);
    tokio::spawn(relay.run());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// What a client tells of its steps about push notifications.
async fn told(environment: &str, script: &str, binding: &str, url: &str) -> Value {
    let output = Command::new(python(environment))
        .arg(here().join("clients").join(script))
        .args(["--url", url, "--binding", binding])
        .args(["--only", "push,push_inline"])
        .current_dir(here())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let complained = String::from_utf8_lossy(&output.stderr);
        panic!("{error}: {complained}")
    })
}

/// Fault A14: the client's credentials come to the client's URL, by way of the gateway, in the client's version.
#[tokio::test(flavor = "multi_thread")]
async fn clients_of_both_versions_are_pushed_to_in_their_own() {
    let agent = Peer::python("py", "a2a_matrix_agent.py", &["0", "--binding", "jsonrpc"]).await;
    let url = gateway(&agent).await;
    for (environment, script, binding, version) in [
        ("py", "a2a_matrix.py", "jsonrpc", "1.0"),
        ("py", "a2a_matrix.py", "rest", "1.0"),
        ("py-a2a03", "a2a03_matrix.py", "jsonrpc", "0.3"),
    ] {
        let told = told(environment, script, binding, &url).await;
        let case = format!("{script} {binding}: {told:#}");
        let push = &told["steps"]["push"]["ok"];
        let received = &push["received"];
        assert_eq!(received["version"], version, "{case}");
        assert_eq!(received["token"], "push-token", "{case}");
        assert_eq!(
            received["authorization"], "Bearer push-credentials",
            "{case}"
        );
        assert_eq!(push["get"]["url"], "RECEIVER", "{case}");
        assert_eq!(push["get"]["token"], Value::Null, "{case}");
        let inline = &told["steps"]["push_inline"]["ok"];
        assert_eq!(inline["version"], version, "{case}");
        assert_eq!(inline["token"], "push-token", "{case}");
    }
}
