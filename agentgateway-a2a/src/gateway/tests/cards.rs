use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{Body, Peeked};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::time::sleep;
use tower::service_fn;

use super::support::*;
use crate::{bridge::AnyAgent, upstream::A2aAgent};

/// Fault A05: a card's endpoint is down at the start, and later: the last good card with its age.
#[tokio::test(start_paused = true)]
async fn the_last_good_card_is_served_with_its_age() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    let asks = || request("/agents/planner/.well-known/agent-card.json", &[], "");
    planner.is_away(true);
    let (status, _, _) = whole(&gateway, asks()).await;
    assert_eq!(status, 502);
    planner.is_away(false);
    planner.agent.refresh().await.unwrap();
    planner.is_away(true);
    sleep(Duration::from_secs(90)).await;
    let (status, headers, text) = whole(&gateway, asks()).await;
    assert_eq!((status, headers["age"].to_str().unwrap()), (200, "90"));
    let card: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(card["url"], "http://gw.example/agents/planner");
}

/// Fault A05: card endpoint down at the start: the gateway stands all the same, and where no card was ever read the
/// answer is 503, with the time when it is asked for again.
#[tokio::test]
async fn a_card_that_nobody_has_read_is_unavailable_while_its_agent_is_down() {
    let down = service_fn(|_: Request<Peeked<Body>>| async {
        let reason = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        Err::<Response<Body>, _>(reason)
    });
    let endpoint = "http://down.internal".parse().unwrap();
    let agent = AnyAgent::builder(A2aAgent::new(down), endpoint).build();
    let gateway = crate::A2aGateway::builder().agent("down", agent);
    let gateway = gateway.build().unwrap();
    let running = tokio::spawn(gateway.run());
    for path in ["/agents/down", ""] {
        let path = format!("{path}/.well-known/agent-card.json");
        let (status, headers, _) = whole(&gateway, request(&path, &[], "")).await;
        assert_eq!(status, 503, "{path}");
        assert_eq!(headers["retry-after"], "5");
        assert!(!headers.contains_key("age"));
    }
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn cards_are_refreshed_in_the_background() {
    let (planner, booker) = (planner(), booker());
    let gateway = both(&planner, &booker).build().unwrap();
    booker.is_away(true);
    assert!(planner.agent.card().is_none());
    let running = tokio::spawn(gateway.run());
    sleep(Duration::from_secs(1)).await;
    assert!(planner.agent.card().is_some() && booker.agent.card().is_none());
    booker.is_away(false);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(booker.agent.card().unwrap().card().skills.len(), 2);
    sleep(Duration::from_secs(600)).await;
    assert!(planner.agent.card().unwrap().age() <= Duration::from_secs(240));
    running.abort();
}

/// Fault A05: an agent without a card that can be read is called as its client speaks, and is told of no tenant
/// that is the gateway's.
#[tokio::test]
async fn an_agent_without_a_card_is_found_by_its_name() {
    let asked = Arc::new(Mutex::new(String::new()));
    let record = asked.clone();
    let service = service_fn(move |request: Request<Peeked<Body>>| {
        let record = record.clone();
        async move {
            let (head, body) = request.into_parts();
            let mut answer = Response::new(Body::empty());
            if head.uri.path().starts_with("/.well-known/") {
                *answer.status_mut() = StatusCode::NOT_FOUND;
                return Ok(answer);
            }
            let body = body.into_body().collect().await.unwrap().to_bytes();
            *record.lock().unwrap() = String::from_utf8_lossy(&body).into_owned();
            let message = r#"{"jsonrpc":"2.0","id":1,"result":{"message":{"messageId":"m","role":"ROLE_AGENT","parts":[{"text":"x"}]}}}"#;
            *answer.body_mut() = Body::from(bytes::Bytes::from(message));
            let json = http::HeaderValue::from_static("application/json");
            answer.headers_mut().insert("content-type", json);
            Ok::<_, Infallible>(answer)
        }
    });
    let endpoint = "http://plain.internal".parse().unwrap();
    let plain = AnyAgent::builder(A2aAgent::new(service), endpoint).build();
    let planner = planner();
    let gateway = crate::A2aGateway::builder()
        .agent("plain", plain)
        .agent("planner", planner.agent.clone())
        .build()
        .unwrap();
    for (tenant, told) in [("plain", false), ("plain/acme", true)] {
        let sent = sends(&format!(r#""tenant":"{tenant}","#));
        let (_, answer) = ask(&gateway, request("/", &[V1], &sent)).await;
        assert_eq!(name(&answer), Some("x"), "{answer}");
        let asked = asked.lock().unwrap();
        assert_eq!(asked.contains(r#""tenant":"acme""#), told, "{asked}");
        assert!(!asked.contains("plain"), "{asked}");
    }
}

#[cfg(feature = "signatures")]
mod signed {
    use bytes::Bytes;

    use super::*;
    use crate::{
        A2aLayer,
        policy::card::{Signatures, Verify},
        wire::card::{CardKeys, SigningKey, jwks, verify},
    };

    /// RFC 8037, A.1.
    fn key() -> SigningKey {
        SigningKey::from_jwk(
            br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"gw"}"#,
        )
        .unwrap()
    }

    fn keys() -> CardKeys {
        let set = jwks(std::slice::from_ref(&key()));
        CardKeys::new().jwks(&set).unwrap()
    }

    async fn directory(layer: A2aLayer) -> Bytes {
        let (planner, booker) = (planner(), booker());
        let gateway = both(&planner, &booker).layer(layer).build().unwrap();
        let asks = request("/.well-known/agent-card.json", &[], "");
        let (status, _, card) = whole(&gateway, asks).await;
        assert_eq!(status, 200);
        card
    }

    #[tokio::test]
    async fn the_directory_is_signed_where_cards_are() {
        let card = directory(A2aLayer::new().signatures(Signatures::Resign(key()))).await;
        let now = std::time::SystemTime::now();
        assert!(verify(&card, &keys(), now).unwrap().is_trusted());
    }

    /// Fault A02: a card that is not trusted is not in the directory where trust is required.
    #[tokio::test]
    async fn the_directory_lists_no_skill_of_a_card_that_is_refused() {
        let card = directory(A2aLayer::new().verify_cards(Verify::Require(keys()))).await;
        let card: serde_json::Value = serde_json::from_slice(&card).unwrap();
        assert_eq!(card["skills"], serde_json::json!([]));
    }
}
