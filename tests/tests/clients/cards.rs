//! Cards that the official A2A SDK signs, checked on their way, signed anew, and verified by the SDK.

use std::{convert::Infallible, process::Stdio};

use agentgateway_a2a::{
    A2aLayer,
    policy::card::{Signatures, Verify},
    wire::card::{CardKeys, Offer, SigningKey, jwks},
};
use agentgateway_core::{Body, Peeked};
use agentgateway_tests::{here, python};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};
use tower::{Layer, ServiceExt, service_fn};

/// What the SDK says to this.
async fn sdk(verb: &str, asked: &Value) -> Value {
    let mut child = Command::new(python("py"))
        .arg(here().join("clients/a2a_card_signatures.py"))
        .arg(verb)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(asked.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Our own key; the gateway's.
fn key() -> SigningKey {
    SigningKey::from_jwk(
        br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"gateway"}"#,
    )
    .unwrap()
}

/// The card of an agent behind a layer that trusts these keys, as a client is given it.
async fn served(card: &Value, keys: &Value, dialect: Offer) -> (StatusCode, Value) {
    let keys = CardKeys::new().jwks(keys.to_string().as_bytes()).unwrap();
    let text = Bytes::from(card.to_string());
    let agent = service_fn(move |_: Request<Peeked<Body>>| {
        let answer = Response::builder().header("content-type", "application/json");
        let answer = answer.body(Body::from(text.clone())).unwrap();
        async { Ok::<_, Infallible>(answer) }
    });
    let layer = A2aLayer::new()
        .offer(dialect)
        .verify_cards(Verify::Require(keys))
        .signatures(Signatures::Resign(key()));
    let request = Request::get("/.well-known/agent-card.json").header("host", "gw.example");
    let request = request.body(Body::empty()).unwrap();
    let answer = layer.layer(agent).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

/// Fault A02 (part): by the official SDK: its signature is trusted, ours by it; one word changed, and nothing is served.
#[tokio::test]
async fn the_sdks_signatures_are_trusted_and_ours_are_by_it() {
    let card = json!({
        "name": "planner", "description": "Plans, \u{e9} und \u{1f600}", "version": "1.0.0",
        "supportedInterfaces": [{"url": "http://10.0.0.5:9999/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        "capabilities": {"streaming": true, "extensions": [{"uri": "urn:x", "params": {"n": 1.5, "b": [true, null]}}]},
        "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
        "skills": [{"id": "trip", "name": "Trip", "description": "Plans trips", "tags": ["travel"]}],
    });
    let signed = sdk("sign", &card).await;
    let (card, keys) = (&signed["card"], &signed["jwks"]);
    assert_eq!(sdk("verify", &signed).await, json!({"verified": true}));

    let (status, seen) = served(card, keys, Offer::where_asked().every_interface()).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["supportedInterfaces"][0]["url"], "http://gw.example");
    let own: Value = serde_json::from_slice(&jwks(&[key()])).unwrap();
    let asked = json!({"card": seen, "jwks": own});
    assert_eq!(
        sdk("verify", &asked).await,
        json!({"verified": true}),
        "{seen}"
    );

    let mut changed = asked;
    changed["card"]["skills"][0]["name"] = "Trap".into();
    assert_eq!(sdk("verify", &changed).await, json!({"verified": false}));

    let mut tampered = card.clone();
    tampered["skills"][0]["name"] = "Trap".into();
    let (status, told) = served(&tampered, keys, Offer::where_asked().every_interface()).await;
    assert_eq!(status, 502, "{told}");
    assert!(!told.to_string().contains("Trap"), "{told}");
}
