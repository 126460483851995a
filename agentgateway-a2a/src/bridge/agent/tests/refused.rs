use agentgateway_core::Body;
use bytes::Bytes;
use http::Request;

use super::support::*;

#[tokio::test]
async fn what_v0_3_has_no_method_for_is_said() {
    let (agent, seen) = agent(REST_03, json(200, "{}"));
    let (status, _, body) = ask(agent, rest("GET", "/tasks?pageSize=3", "")).await;
    assert_eq!(status, 404, "{body}");
    assert!(body.contains("METHOD_NOT_FOUND"), "{body}");
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A20 (part): what is no call and sends something reaches no agent.
#[tokio::test]
async fn a_message_that_does_not_say_that_it_is_json_goes_nowhere() {
    let (agent, seen) = agent(RPC_1, json(200, "{}"));
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"CancelTask","params":{"id":"victim"}}"#;
    for media in [Some("text/plain"), None] {
        let mut request = Request::post("/");
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let request = request.body(Body::from(Bytes::from(body))).unwrap();
        let (status, _, _) = ask(agent.clone(), request).await;
        assert_eq!(status, 415);
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A20 (part): no id becomes the path of another operation.
#[tokio::test]
async fn ids_that_are_paths_are_refused() {
    let (agent, seen) = agent(REST_1, json(200, "{}"));
    for id in [
        "7/pushNotificationConfigs/c1",
        "7:subscribe",
        "..",
        "",
        "a\\\\b",
    ] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{{"id":"{id}"}}}}"#);
        let (_, _, body) = ask(agent.clone(), rpc("", body.leak())).await;
        assert!(body.contains("-32602"), "{id} {body}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

/// Fault A21: unknown version `A2A-Version: 99`: the protocol's error, in every binding, whether the call would be
/// translated or pass; it is not taken for another.
#[tokio::test]
async fn an_unknown_version_is_not_served() {
    for speech in [REST_1, RPC_1] {
        let (agent, seen) = agent(speech, json(200, "{}"));
        let get = r#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"x"}}"#;
        for version in ["99", "1.1", "1.0-beta"] {
            let (_, _, body) = ask(agent.clone(), rpc(version, get)).await;
            assert!(body.contains("-32009"), "{body}");
            let mut by_path = rest("GET", "/tasks/x", "");
            let version = version.parse().unwrap();
            by_path.headers_mut().insert("a2a-version", version);
            let (status, _, body) = ask(agent.clone(), by_path).await;
            assert_eq!(status, 400, "{body}");
            assert!(body.contains("VERSION_NOT_SUPPORTED"), "{body}");
        }
        assert!(seen.lock().unwrap().is_empty());
    }
}

/// Fault A22: required extension not supported: a call that is translated, for an agent whose version has no error for
/// it, is told so, and is not sent without.
#[tokio::test]
async fn a_required_extension_is_not_left_out_in_translation() {
    let needs = |extensions: &'static str| {
        let (agent, seen) = found(RPC_03, || typed(404, "text/plain", "no"));
        let card = format!(
            r#"{{"name":"a","capabilities":{{"extensions":[{extensions}]}},"supportedInterfaces":[{{"url":"http://agent:1/own","protocolBinding":"JSONRPC","protocolVersion":"0.3"}}]}}"#
        );
        agent.0.found.learn(Bytes::from(card), "/", true);
        (agent, seen)
    };
    let required = r#"{"uri":"https://x.example/one","required":true},{"uri":"https://x.example/two","required":true},{"uri":"https://x.example/three"}"#;
    let (agent, seen) = needs(required);
    let get = r#"{"jsonrpc":"2.0","id":7,"method":"GetTask","params":{"id":"x"}}"#;
    // It activates the first alone.
    let (_, _, body) = ask(agent.clone(), rpc("1.0", get)).await;
    assert!(body.contains("-32008"), "{body}");
    assert!(
        body.contains("https://x.example/two") && !body.contains("/one"),
        "{body}"
    );
    let (status, _, body) = ask(agent.clone(), rest("GET", "/tasks/x", "")).await;
    assert_eq!(status, 400);
    assert!(body.contains("EXTENSION_SUPPORT_REQUIRED"), "{body}");
    assert!(seen.lock().unwrap().is_empty());
    let mut both = rpc("1.0", get);
    let two = "https://x.example/two".parse().unwrap();
    both.headers_mut().append("a2a-extensions", two);
    let (_, _, body) = ask(agent, both).await;
    assert!(body.contains("TASK_STATE_WORKING"), "{body}");
}

/// A call that does something is sent once: an agent that has done it may tell the error of another.
#[tokio::test]
async fn a_message_is_never_sent_to_find_out() {
    let relayed =
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"of another agent"}}"#;
    let send = r#"{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{"message":{"messageId":"m","role":"ROLE_USER","parts":[{"text":"hi"}]}}}"#;
    let (with_card, seen) = found(RPC_03, || typed(404, "text/plain", "no"));
    ask(with_card, rpc("1.0", send)).await;
    assert_eq!(
        uris(&seen),
        [
            "http://agent:1/.well-known/agent-card.json",
            "http://agent:1/own"
        ]
    );
    // The same without a card.
    let seen = Record::default();
    let record = seen.clone();
    let client = tower::service_fn(move |request: Request<agentgateway_core::Peeked<Body>>| {
        record.lock().unwrap().push(Seen::of(&request));
        let is_card = request.uri().path().starts_with("/.well-known/");
        let answer = match is_card {
            true => typed(404, "text/plain", "no"),
            false => typed(200, "application/json", relayed),
        };
        async move { Ok::<_, std::convert::Infallible>(answer) }
    });
    let endpoint: agentgateway_core::upstream::Endpoint = "http://agent:1".parse().unwrap();
    let agent = crate::upstream::A2aAgent::new(client);
    let agent = crate::bridge::AnyAgent::builder(agent, endpoint).build();
    let (_, _, body) = ask(agent, rpc("1.0", send)).await;
    assert!(body.contains("of another agent"), "{body}");
    let messages = uris(&seen);
    let messages = messages.iter().filter(|uri| !uri.contains("well-known"));
    assert_eq!(messages.count(), 1);
}
