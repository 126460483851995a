//! Fields that a client may not set for the gateway.

use agentgateway_tests::raw::RawUpstream;

use super::{
    say::{calls, get, ok, post},
    scene::{KEY, Scene, TOKEN},
};

const SPOOFED: &str = "x-forwarded-for: 10.0.0.1\r\nx-forwarded-host: evil\r\nx-forwarded-proto: https\r\n\
    x-forwarded-port: 1\r\nx-real-ip: 10.0.0.1\r\nforwarded: for=10.0.0.1;host=evil\r\n";
const SPOOFED_NAMES: [&str; 6] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-real-ip",
    "forwarded",
];

/// Fault H44: what a client says of the hops before the gateway does not go to agents, tools and models.
#[tokio::test]
async fn told_hops_do_not_reach_agents_tools_and_models() {
    for call in calls().into_iter().skip(1) {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let mut client = scene.client(call.listener).await;
        client
            .send(
                call.request
                    .replacen("\r\n\r\n", &format!("\r\n{SPOOFED}\r\n"), 1),
            )
            .await;
        assert_eq!(
            client.answer().await.unwrap().status,
            200,
            "{}",
            call.protocol
        );
        let seen = scene.upstream.requests();
        for name in SPOOFED_NAMES {
            assert_eq!(seen[0].values(name), [""; 0], "{}: {name}", call.protocol);
        }
        assert!(!seen[0].head.contains(TOKEN), "{}", call.protocol);
        scene.settled(1).await;
    }
}

/// Fault H44: what a client says of the hops before the gateway does not go on by a plain route.
#[tokio::test]
async fn told_hops_do_not_go_on_by_a_plain_route() {
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let mut client = scene.client("llm").await;
    client.send(get("/plain", SPOOFED)).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    let seen = scene.upstream.requests();
    for name in SPOOFED_NAMES {
        assert_eq!(seen[0].values(name), [""; 0], "{name}");
    }
    scene.settled(1).await;
}

/// Fault H43: a client cannot name the gateway's own credential in `Connection` and so have it removed; what it may name is removed.
#[tokio::test]
async fn a_client_cannot_have_the_gateways_credential_removed() {
    let named = "connection: authorization, x-api-key, host, content-length, content-type, accept, x-own\r\nx-own: 1\r\n";
    for call in calls().into_iter().skip(1) {
        let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
        let mut client = scene.client(call.listener).await;
        client
            .send(
                call.request
                    .replacen("\r\n\r\n", &format!("\r\n{named}\r\n"), 1),
            )
            .await;
        assert_eq!(
            client.answer().await.unwrap().status,
            200,
            "{}",
            call.protocol
        );
        let seen = &scene.upstream.calls()[0];
        let credential = match call.protocol {
            "openai" => seen.values("authorization") == [format!("Bearer {KEY}")],
            "anthropic" => seen.values("x-api-key") == [KEY],
            _ => seen.values("authorization").is_empty(),
        };
        assert!(credential, "{}: {}", call.protocol, seen.head);
        assert_eq!(
            seen.values("content-type"),
            ["application/json"],
            "{}",
            call.protocol
        );
        assert_eq!(seen.values("host").len(), 1, "{}", call.protocol);
        for name in ["connection", "x-own"] {
            assert_eq!(seen.values(name), [""; 0], "{}: {name}", call.protocol);
        }
        scene.settled(1).await;
    }
}

/// Fault H43: a client cannot have the fields removed that say what its message is, on a plain route either.
#[tokio::test]
async fn a_client_cannot_have_its_message_made_another() {
    let named =
        "connection: content-type, content-length, host, authorization, x-own\r\nx-own: 1\r\n";
    let scene = Scene::before(RawUpstream::serving(ok("{}")).await).await;
    let mut client = scene.client("llm").await;
    let own = format!("{named}authorization: Bearer {TOKEN}\r\n");
    client.send(post("/plain", &own, "{}")).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    let seen = &scene.upstream.requests()[0];
    assert_eq!(seen.values("content-type"), ["application/json"]);
    assert_eq!(seen.values("content-length"), ["2"]);
    assert_eq!(seen.values("host").len(), 1);
    assert_eq!(seen.values("authorization"), [format!("Bearer {TOKEN}")]);
    for name in ["connection", "x-own"] {
        assert_eq!(seen.values(name), [""; 0], "{name}");
    }
    scene.settled(1).await;
}
