use agentgateway_core::auth::Mode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use proptest::prelude::*;
use ring::hmac;
use serde_json::json;

use super::support::*;
use crate::policy::oauth::*;

async fn judged(token: Option<&str>) -> Answered {
    let server = server(&resource());
    asked(vec![std::sync::Arc::new(server)], call("search", token)).await
}

/// Fault M34: the client's token: judged here, and not seen by the server behind.
#[tokio::test]
async fn a_good_token_makes_its_bearer_known_and_goes_no_further() {
    let good = token(&good());
    let answered = judged(Some(&good)).await;
    assert_eq!(answered.status, 200);
    let (headers, caller) = answered.reached.unwrap();
    assert_eq!(caller.as_deref(), Some("alice"));
    assert!(!headers.contains_key("authorization"));
    assert!(!format!("{headers:?}").contains(&good));
}

#[tokio::test]
async fn who_has_no_token_is_told_where_to_get_one_and_that_nothing_is_wrong() {
    let answered = judged(None).await;
    assert_eq!(answered.status, 401);
    assert_eq!(
        answered.challenge(),
        format!(r#"Bearer realm="Restricted",resource_metadata="{METADATA}",scope="mcp""#)
    );
    assert!(answered.reached.is_none());
    assert!(
        answered
            .body
            .starts_with(br#"{"jsonrpc":"2.0","id":7,"error":{"code":-31401"#)
    );
}

fn forged() -> String {
    // HS256 with the public key as its secret.
    let header = json!({"alg": "HS256", "kid": "k"}).to_string();
    let signed = format!(
        "{}.{}",
        BASE64.encode(header),
        BASE64.encode(good().to_string())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, &public());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(tag))
}

/// Fault M32: access tokens that are not for us, not from whom we believe, or forged: 401 with where to
/// get another one, and the server behind sees nothing.
#[tokio::test]
async fn a_token_that_is_not_good_gets_the_challenge_and_reaches_nobody() {
    let with = |name: &str, value: serde_json::Value| {
        let mut own = header();
        own[name] = value;
        signs(&own, &good())
    };
    let unsigned = format!(
        "{}.{}.",
        BASE64.encode(json!({"alg": "none"}).to_string()),
        BASE64.encode(good().to_string())
    );
    let mut other = token(&good());
    other.truncate(other.len() - 8);
    other.push_str("AAAAAAAA");
    for (what, token) in [
        (
            "another audience",
            token(&but(&json!({"aud": "https://mcp.example.org/other"}))),
        ),
        (
            "a longer audience",
            token(&but(&json!({"aud": format!("{URL}/x")}))),
        ),
        (
            "the audience in another case",
            token(&but(&json!({"aud": URL.to_uppercase()}))),
        ),
        ("no audience", token(&but(&json!({"aud": []})))),
        ("a null audience", token(&but(&json!({"aud": null})))),
        (
            "another issuer",
            token(&but(&json!({"iss": "https://id.example.com"}))),
        ),
        (
            "the issuer with a slash",
            token(&but(&json!({"iss": format!("{ISSUER}/")}))),
        ),
        ("expired", token(&but(&json!({"exp": MADE - 3600})))),
        ("not yet valid", token(&but(&json!({"nbf": MADE + 3600})))),
        ("alg none", unsigned),
        ("HS256 with the public key", forged()),
        (
            "a path as kid",
            with("kid", json!("../../../../etc/passwd")),
        ),
        ("a kid of another key", with("kid", json!("k2"))),
        ("crit", with("crit", json!(["exp"]))),
        ("another signature", other),
        ("no token", String::new()),
        ("no JWT", "opaque".to_owned()),
    ] {
        let answered = judged(Some(&token)).await;
        assert_eq!(answered.status, 401, "{what}");
        let challenge = answered.challenge();
        let expected = format!(
            r#"Bearer realm="Restricted",resource_metadata="{METADATA}",scope="mcp",error="invalid_token""#
        );
        assert!(challenge.starts_with(&expected), "{what}: {challenge}");
        assert!(answered.reached.is_none(), "{what}");
        let said = String::from_utf8_lossy(&answered.body);
        assert!(token.is_empty() || !said.contains(&token), "{what}");
    }
}

/// Fault M32: keys, and places of keys, that a token names: not looked at.
#[tokio::test]
async fn keys_that_a_token_brings_along_decide_nothing() {
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/chain.pem")),
        (
            "jwk",
            json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode([1; 32])}),
        ),
    ] {
        let mut own = header();
        own[name] = value;
        let ours = judged(Some(&signs(&own, &good()))).await;
        assert_eq!(ours.status, 200, "{name}: our key has signed it");
    }
}

#[tokio::test]
async fn a_token_is_named_in_the_header_once_and_nowhere_else() {
    let token = token(&good());
    let query = |uri: &str| {
        let mut request = call("search", Some(&token));
        *request.uri_mut() = uri.replace("TOKEN", &token).parse().unwrap();
        request
    };
    let mut twice = call("search", Some(&token));
    let again = twice.headers()["authorization"].clone();
    twice.headers_mut().append("authorization", again);
    for (what, request) in [
        ("query", query("/team?access_token=TOKEN")),
        ("encoded", query("/team?a=b&%61ccess%5ftoken=TOKEN")),
        ("empty", query("/team?access_token")),
        ("two", query("/team?access_token=1&access_token=2")),
        ("two headers", twice),
    ] {
        for mode in [Mode::Strict, Mode::Optional, Mode::Permissive] {
            let server = server(&resource()).mode(mode);
            let request = request.clone();
            let answered = asked(vec![std::sync::Arc::new(server)], request).await;
            assert_eq!(answered.status, 400, "{what} {mode:?}");
            assert!(
                answered.challenge().contains(r#"error="invalid_request""#),
                "{what}: {}",
                answered.challenge()
            );
            assert!(answered.reached.is_none(), "{what}");
        }
    }
    let other = query("/team?access=TOKEN");
    let server = server(&resource());
    assert_eq!(
        asked(vec![std::sync::Arc::new(server)], other).await.status,
        200
    );
}

#[tokio::test]
async fn modes_are_those_of_authentication() {
    let bad = token(&but(&json!({"exp": MADE - 3600})));
    for (mode, none, invalid) in [
        (Mode::Strict, 401, 401),
        (Mode::Optional, 200, 401),
        (Mode::Permissive, 200, 200),
    ] {
        let ask = |token| {
            let server = server(&resource()).mode(mode);
            asked(vec![std::sync::Arc::new(server)], call("search", token))
        };
        assert_eq!(ask(None).await.status, none, "{mode:?}");
        let answered = ask(Some(bad.as_str())).await;
        assert_eq!(answered.status, invalid, "{mode:?}");
        if let Some((headers, caller)) = answered.reached {
            assert_eq!(caller, None, "{mode:?}");
            assert!(!headers.contains_key("authorization"), "{mode:?}");
        }
    }
}

#[tokio::test]
async fn other_names_of_the_resource_are_taken_when_they_are_given() {
    let named = resource().audiences(["api://mcp"]);
    for (audience, status) in [
        (json!("api://mcp"), 200),
        (json!(["https://else.example", URL]), 200),
        (json!("api://else"), 401),
    ] {
        let token = token(&but(&json!({"aud": audience})));
        let answered = asked(
            vec![std::sync::Arc::new(server(&named))],
            call("search", Some(&token)),
        )
        .await;
        assert_eq!(answered.status, status, "{audience}");
    }
    let root = ProtectedResource::new("https://mcp.example.org", [ISSUER]).unwrap();
    for audience in ["https://mcp.example.org", "https://mcp.example.org/"] {
        let token = token(&but(&json!({"aud": audience})));
        let answered = asked(
            vec![std::sync::Arc::new(server(&root))],
            call("search", Some(&token)),
        )
        .await;
        assert_eq!(answered.status, 200, "{audience}");
    }
}

#[test]
fn the_resource_decides_whom_an_issuers_tokens_are_for() {
    use agentgateway_core::{
        auth::jwt::{Issuer, KeySet},
        policy::{Decision, Policy},
    };
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(public())});
    let keys = KeySet::from_jwks(json!({"keys": [key]}).to_string().as_bytes()).unwrap();
    let server = ResourceServer::new(resource(), [Issuer::new(ISSUER, keys).any_audience()]);
    let claims =
        json!({"iss": ISSUER, "sub": "a", "aud": "https://else", "exp": 99_999_999_999_u64});
    let (mut head, _) =
        call("search", Some(&signs(&json!({"alg": "EdDSA"}), &claims))).into_parts();
    match server.decide(&mut head) {
        Decision::Refuse(error) => assert_eq!(
            error.decided_by().map(|by| &**by),
            Some("authentication jwt audience")
        ),
        other => panic!("{other:?}"),
    }
}

proptest! {
    /// Fault M32: whatever stands in the place of a token: a refusal, no panic, and not a word of it
    /// said back.
    #[test]
    fn no_text_is_taken_for_a_token(text in "[ -~]{0,200}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answered = runtime.block_on(judged(Some(&text)));
        prop_assert_eq!(answered.status, 401);
        prop_assert!(answered.challenge().contains(r#"error="invalid_token""#));
        prop_assert!(answered.reached.is_none());
    }
}
