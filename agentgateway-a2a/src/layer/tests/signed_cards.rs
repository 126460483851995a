use agentgateway_core::json as raw;
use bytes::Bytes;
use http::{Method, StatusCode};

use super::support::{Exchange, exchange, get, json, rpc};
use crate::{
    A2aLayer,
    policy::card::{Signatures, Verify},
    wire::card::{CardKeys, Interface, Offer, SigningKey, jwks, sign, verify},
};

const PATH: &str = "/.well-known/agent-card.json";
const CARD: &str = r#"{"name":"p", "supportedInterfaces":[{"url":"http://10.0.0.5/a","protocolBinding":"JSONRPC","protocolVersion":"1.0"}]}"#;

/// RFC 8037, A.1: the agent's.
fn agent() -> SigningKey {
    SigningKey::from_jwk(
        br#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"agent"}"#,
    )
    .unwrap()
}

/// RFC 7517, A.2: the gateway's.
fn gateway() -> SigningKey {
    SigningKey::from_jwk(
        br#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","kid":"gw",
        "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#,
    )
    .unwrap()
}

fn keys(key: &SigningKey) -> CardKeys {
    CardKeys::new()
        .jwks(&jwks(std::slice::from_ref(key)))
        .unwrap()
}

fn layer() -> A2aLayer {
    A2aLayer::new().public_url("https://gw.example/p".parse().unwrap())
}

fn signed() -> String {
    let card = sign(&Bytes::from(CARD), &agent()).unwrap();
    String::from_utf8(card.into()).unwrap()
}

fn is_by(card: &[u8], key: &SigningKey) -> bool {
    let now = std::time::SystemTime::now();
    verify(card, &keys(key), now).unwrap().is_trusted()
}

async fn ask(layer: A2aLayer, card: &str) -> Exchange {
    exchange(layer, get(PATH), json(200, card)).await
}

/// Fault A02: a card whose signature is not valid is never served where it must be.
#[tokio::test]
async fn a_card_that_is_not_trusted_is_never_served_where_trust_is_required() {
    let require = || layer().verify_cards(Verify::Require(keys(&agent())));
    let good = ask(require(), &signed()).await;
    assert_eq!(good.answer.status(), StatusCode::OK);
    assert!(good.text().contains("https://gw.example/p/a") && !good.text().contains("signatures"));
    let report = &good.only().report;
    assert_eq!(
        (report.card_trusted, report.signatures_removed),
        (Some(true), true)
    );

    for (card, reason) in [
        (CARD.to_owned(), "it is not signed"),
        (
            signed().replace("10.0.0.5/a", "10.0.0.6/a"),
            "a signature is not of this card",
        ),
        (
            signed().replace(r#""name":"p""#, r#""name":"p","name":"q""#),
            "twice",
        ),
    ] {
        let bad = ask(require(), &card).await;
        assert_eq!(bad.answer.status(), StatusCode::BAD_GATEWAY);
        assert!(bad.text().contains(reason), "{}", bad.text());
        assert!(!bad.text().contains("10.0.0"), "{}", bad.text());
        assert_eq!(bad.only().end, "failed");
    }
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"GetExtendedAgentCard"}"#;
    let answer = format!(r#"{{"id":9,"jsonrpc":"2.0","result":{CARD}}}"#);
    let by_rpc = exchange(require(), rpc(call), json(200, &answer)).await;
    assert!(
        by_rpc
            .text()
            .starts_with(r#"{"jsonrpc":"2.0","id":9,"error":{"code":-31502"#)
    );
    let by_rest = exchange(require(), get("/extendedAgentCard"), json(200, CARD)).await;
    assert_eq!(by_rest.answer.status(), StatusCode::BAD_GATEWAY);
    // What is no card passes as it is.
    for status in [304, 404] {
        let other = exchange(require(), get(PATH), json(status, "no")).await;
        assert_eq!(
            (other.answer.status().as_u16(), other.text()),
            (status, "no")
        );
    }
    // Nor does a card pass as something else.
    let mut stream = json(200, CARD).unwrap();
    let headers = stream.headers_mut();
    headers.insert("content-type", "text/event-stream".parse().unwrap());
    let stream = exchange(require(), get(PATH), Ok(stream)).await;
    assert_eq!(stream.answer.status(), StatusCode::BAD_GATEWAY);
    let both = answer.replace(r#""id":9"#, r#""id":9,"error":{"code":1,"message":"x"}"#);
    let both = exchange(require(), rpc(call), json(200, &both)).await;
    assert!(both.text().contains("-31502") && !both.text().contains("10.0.0"));
    // Also where no URL is rewritten.
    let bad = ask(require().rewrite_cards(false), CARD).await;
    assert_eq!(bad.answer.status(), StatusCode::BAD_GATEWAY);
    let good = ask(require().rewrite_cards(false), &signed()).await;
    assert_eq!(good.text(), signed());
}

#[tokio::test]
async fn a_card_that_is_not_trusted_passes_with_a_warning_and_is_not_signed_anew() {
    let warn = || {
        layer()
            .verify_cards(Verify::Warn(keys(&agent())))
            .signatures(Signatures::Resign(gateway()))
    };
    let bad = ask(warn(), &signed().replace("10.0.0.5/a", "10.0.0.6/a")).await;
    assert_eq!(bad.answer.status(), StatusCode::OK);
    assert!(!bad.text().contains("signatures"));
    let report = &bad.only().report;
    assert_eq!(
        (report.card_trusted, report.card_signed),
        (Some(false), false)
    );
    let good = ask(warn(), &signed()).await;
    assert!(is_by(good.answer.body(), &gateway()));
    assert!(good.only().report.card_signed);
}

/// Fault A02 (part): a card that was rewritten is signed anew, by the key that is published.
#[tokio::test]
async fn a_rewritten_card_is_signed_by_the_gateway() {
    let resign = layer().signatures(Signatures::Resign(gateway()));
    for card in [
        signed(),
        CARD.to_owned(),
        CARD.replace("http://10.0.0.5", "https://gw.example/p"),
    ] {
        let first = ask(resign.clone(), &card).await;
        assert!(is_by(first.answer.body(), &gateway()), "{}", first.text());
        assert!(!is_by(first.answer.body(), &agent()));
        // Signatures by ECDSA differ; the card and its tag do not.
        let again = ask(resign.clone(), &card).await;
        assert_eq!(again.text(), first.text());
        let tag = first.answer.headers()["etag"].clone();
        let mut request = get(PATH);
        request.headers_mut().insert("if-none-match", tag);
        let known = exchange(resign.clone(), request, json(200, &card)).await;
        assert_eq!(known.answer.status(), StatusCode::NOT_MODIFIED);
    }
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"GetExtendedAgentCard"}"#;
    let answer = format!(r#"{{"id":9, "jsonrpc":"2.0","result": {CARD} }}"#);
    let by_rpc = exchange(resign.clone(), rpc(call), json(200, &answer)).await;
    let [result] = raw::members(by_rpc.answer.body(), ["result"]).unwrap();
    assert!(is_by(result.unwrap().get().as_bytes(), &gateway()));
    assert!(by_rpc.text().starts_with(r#"{"id":9, "jsonrpc""#));

    let base = "https://gw.example/p".parse().unwrap();
    let offer = Offer::new(base)
        .interface(Interface::new("JSONRPC", "1.0"))
        .interface(Interface::new("JSONRPC", "0.3"));
    let hybrid = ask(resign.clone().offer(offer.clone()), &signed()).await;
    assert!(
        is_by(hybrid.answer.body(), &gateway()) && hybrid.text().contains("preferredTransport")
    );
    // v0.3 has no form that a signature could be over.
    let by_version = resign.offer(offer).dialect_by_version(true);
    let mut request = get(PATH);
    request
        .headers_mut()
        .insert("a2a-version", "0.3".parse().unwrap());
    let old = exchange(by_version, request, json(200, &signed())).await;
    assert!(old.text().contains("preferredTransport") && !old.text().contains("signatures"));
}

#[tokio::test]
async fn the_key_is_published_and_nothing_else_is() {
    let resign = || layer().signatures(Signatures::Resign(gateway()));
    let ask = |layer, path| exchange(layer, get(path), json(404, "the agent's"));
    let found = ask(resign(), "/.well-known/jwks.json").await;
    assert!(found.seen.is_none() && found.told.is_empty());
    assert_eq!(found.answer.body(), &jwks(&[gateway()]));
    assert!(!found.text().contains(r#""d""#));
    assert_eq!(
        found.answer.headers()["content-type"],
        "application/jwk-set+json"
    );
    let mut again = get("/.well-known/jwks.json");
    let tag = found.answer.headers()["etag"].clone();
    again.headers_mut().insert("if-none-match", tag);
    let again = exchange(resign(), again, json(404, "")).await;
    assert_eq!(
        (again.answer.status(), again.text()),
        (StatusCode::NOT_MODIFIED, "")
    );

    let moved = || resign().jwks_path("keys");
    assert_eq!(
        ask(moved(), "/p/keys").await.answer.body(),
        &jwks(&[gateway()])
    );
    for (layer, path) in [
        (moved(), "/.well-known/jwks.json"),
        (layer(), "/.well-known/jwks.json"),
        (resign().enabled(false), "/.well-known/jwks.json"),
    ] {
        assert_eq!(ask(layer, path).await.text(), "the agent's");
    }
    let mut post = get("/.well-known/jwks.json");
    *post.method_mut() = Method::POST;
    assert_eq!(
        exchange(resign(), post, json(404, "the agent's"))
            .await
            .text(),
        "the agent's"
    );
}
