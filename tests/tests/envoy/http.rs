//! The form without protobufs, over HTTP/1.1.

use agentgateway_core::{
    envoy::authz::{ExtAuthz, HttpService},
    policy::FailureMode,
    upstream::Client,
};
use agentgateway_tests::raw::RawUpstream;
use http::{HeaderName, Request};
use http_body_util::BodyExt;

use super::scene::*;

fn asking(peer: &RawUpstream) -> HttpService {
    let user = HeaderName::from_static("x-user");
    let endpoint = endpoint(peer.port());
    let service = HttpService::new(endpoint, Client::new()).deadline(PATIENCE);
    service.upstream_headers([user])
}

#[tokio::test]
async fn the_status_is_the_verdict() {
    let yes = "HTTP/1.1 200 OK\r\nx-user: alice\r\ncontent-length: 2\r\n\r\nok";
    let peer = RawUpstream::serving(yes).await;
    let request = Request::post("/a?b=c").header("authorization", "Bearer t");
    let request = request.header("content-length", "12").body(()).unwrap();
    let answer = call(ExtAuthz::http(asking(&peer)), request).await.unwrap();
    let behind = answer.extensions().get::<Behind>().unwrap();
    assert_eq!(behind.headers["x-user"], "alice");
    let asked = peer.requests().remove(0);
    assert_eq!(asked.values("authorization"), ["Bearer t"]);
    assert_eq!(asked.values("content-length"), ["0"]);
    assert_eq!(asked.values("host"), [format!("127.0.0.1:{}", peer.port())]);

    let no =
        "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic\r\ncontent-length: 4\r\n\r\nwho?";
    let peer = RawUpstream::serving(no).await;
    let answer = call(ExtAuthz::http(asking(&peer)), get("/")).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "Basic");
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "who?"
    );
}

#[tokio::test]
async fn what_is_no_verdict_is_decided_by_the_mode() {
    for bytes in [
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "",
    ] {
        let peer = RawUpstream::answering(bytes).await;
        for (mode, passes) in [(FailureMode::Closed, false), (FailureMode::Open, true)] {
            let policy = ExtAuthz::http(asking(&peer)).failure_mode(mode);
            assert_eq!(
                call(policy.clone(), get("/")).await.is_ok(),
                passes,
                "{bytes:?}"
            );
            assert_eq!(policy.counts().failures.total(), 1);
        }
    }
    // Its head is a no: what does not come of its body changes nothing.
    let broken = "HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\nshort";
    let peer = RawUpstream::answering(broken).await;
    let policy = ExtAuthz::http(asking(&peer)).failure_mode(FailureMode::Open);
    let answer = call(policy, get("/")).await.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(
        answer
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .is_empty()
    );
}
