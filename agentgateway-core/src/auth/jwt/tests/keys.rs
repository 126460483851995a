//! Sets of keys as others write them.

use serde_json::{Value, json};

use super::support::*;
use crate::auth::jwt::*;

fn set(keys: &Value) -> Result<KeySet, InvalidKeys> {
    KeySet::from_jwks(json!({"keys": keys}).to_string().as_bytes())
}

#[test]
fn a_key_that_cannot_be_used_is_left_out() {
    let good = Signer::new(1, Some("a")).jwk();
    let with = |name: &str, value: Value| {
        let mut key = good.clone();
        key[name] = value;
        key
    };
    let short =
        "rmjhUI1JjIPH6lZGDz5x8QcFLivxjbUTUr64vxKd_OwssqtjEASE9pAoSnJeRNk3z3xuM5iCqTWCmWYUZ5AxYA";
    let odd = [
        json!({}),
        json!({"kty": "OKP", "crv": "Ed448", "x": "AAAA"}),
        json!({"kty": "EC", "crv": "P-521", "x": "AAAA", "y": "AAAA"}),
        json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}),
        json!({"kty": "EC", "x": "AAAA", "y": "AAAA"}),
        // 30 bytes and 34: as long together as the two should be.
        json!({"kty": "EC", "crv": "P-256", "x": "A".repeat(40), "y": "A".repeat(46)}),
        json!({"kty": "RSA", "n": short, "e": "AQAB"}),
        json!({"kty": "RSA", "n": "", "e": ""}),
        json!({"kty": "oct", "k": "c2hvcnQ"}),
        json!({"kty": "EXOTIC", "x": "AAAA"}),
        with("use", json!("enc")),
        with("use", json!(7)),
        with("key_ops", json!(["sign"])),
        with("key_ops", json!("verify")),
        with("alg", json!("RSA-OAEP")),
        with("alg", json!("none")),
        with("kid", json!(7)),
        with("x", json!("AAAA")),
        with("x", json!("not base64!")),
        with("kty", json!(null)),
    ];
    for key in &odd {
        assert_eq!(set(&json!([key])).unwrap_err(), InvalidKeys::Empty, "{key}");
    }
    let mut all: Vec<_> = odd.to_vec();
    all.push(with("key_ops", json!(["verify"])));
    let kept = set(&all.into()).unwrap();
    assert_eq!((kept.len(), kept.ignored()), (1, odd.len()));
    for text in [
        "",
        "{}",
        "[]",
        r#"{"keys": {}}"#,
        r#"{"keys": [7]}"#,
        "<html>",
    ] {
        let error = KeySet::from_jwks(text.as_bytes()).unwrap_err();
        assert_eq!(error, InvalidKeys::NotJwks, "{text}");
    }
}

#[test]
fn a_key_that_says_its_algorithm_does_no_other() {
    let made: Value = serde_json::from_str(include_str!("pyjwt.json")).unwrap();
    let mut key = made["jwks"]["keys"][0].clone();
    assert_eq!(key["kty"], "RSA");
    key["alg"] = "PS256".into();
    let policy = policy(issuer(set(&json!([key])).unwrap()));
    let token = |name: &str| made["tokens"][name].as_str().unwrap();
    assert!(judged(&policy, token("PS256")).is_ok());
    for other in ["RS256", "PS384", "ES256"] {
        assert_eq!(broken(&policy, token(other)), "key", "{other}");
    }
}

#[test]
fn a_modulus_may_begin_with_a_zero() {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

    let made: Value = serde_json::from_str(include_str!("pyjwt.json")).unwrap();
    let mut key = made["jwks"]["keys"][0].clone();
    let modulus = BASE64.decode(key["n"].as_str().unwrap()).unwrap();
    key["n"] = BASE64.encode([&[0], &*modulus].concat()).into();
    let policy = policy(issuer(set(&json!([key])).unwrap()));
    let token = made["tokens"]["RS256"].as_str().unwrap();
    assert!(judged(&policy, token).is_ok());
}

#[test]
fn the_name_of_a_key_chooses_and_none_chooses_all() {
    let (a, b, plain) = (
        Signer::new(1, Some("a")),
        Signer::new(2, Some("b")),
        Signer::new(3, None),
    );
    let named = KeySet::from_jwks(jwks([&a, &b]).as_bytes()).unwrap();
    let named = policy(issuer(named));
    assert!(judged(&named, &a.token(&good())).is_ok());
    // Without a name each key is tried; under another's name none but that.
    let nameless = Signer::new(2, None);
    assert!(judged(&named, &nameless.token(&good())).is_ok());
    let renamed = Signer::new(2, Some("a"));
    assert_eq!(broken(&named, &renamed.token(&good())), "signature");

    let mixed = KeySet::from_jwks(jwks([&a, &plain]).as_bytes()).unwrap();
    let mixed = policy(issuer(mixed));
    assert!(judged(&mixed, &Signer::new(3, Some("new")).token(&good())).is_ok());
    assert_eq!(
        broken(&mixed, &Signer::new(1, Some("new")).token(&good())),
        "signature"
    );
}

#[test]
fn keys_are_tried_up_to_a_bound() {
    let signers: Vec<_> = (1..=9).map(|seed| Signer::new(seed, None)).collect();
    let policy = policy(issuer(
        KeySet::from_jwks(jwks(&signers).as_bytes()).unwrap(),
    ));
    assert!(judged(&policy, &signers[7].token(&good())).is_ok());
    assert_eq!(broken(&policy, &signers[8].token(&good())), "signature");
}

#[test]
fn a_secret_is_used_where_hmac_is_allowed_by_name() {
    let made: Value = serde_json::from_str(include_str!("pyjwt.json")).unwrap();
    let secret: Vec<u8> = (0..64).collect();
    let keys = KeySet::from_secret(&secret).unwrap();
    let token = made["tokens"]["HS256"].as_str().unwrap();
    assert_eq!(broken(&policy(issuer(keys.clone())), token), "algorithm");
    let allowed = policy(issuer(keys.clone()).algorithms([Algorithm::Hs256]));
    assert!(judged(&allowed, token).is_ok());
    let other = made["tokens"]["HS384"].as_str().unwrap();
    assert_eq!(broken(&allowed, other), "algorithm");
    let short = KeySet::from_secret(&secret[..31]).unwrap_err();
    assert_eq!(short, InvalidKeys::NotUsable);
    assert_eq!(format!("{keys:?}"), "KeySet { keys: 1, ignored: 0 }");
}

#[test]
fn pem_of_another_kind_is_told() {
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let broken = "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n";
    let foreign = "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n";
    for (pem, fault) in [
        ("", InvalidKeys::Empty),
        (private, InvalidKeys::Empty),
        (broken, InvalidKeys::NotPem),
        (foreign, InvalidKeys::NotUsable),
    ] {
        assert_eq!(KeySet::from_pem(pem.as_bytes()).unwrap_err(), fault);
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_may_be_keys(
        text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        at in 0..91_usize,
        byte: u8,
    ) {
        use crate::auth::jwt::spki;
        use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
        let _ = KeySet::from_jwks(&text);
        let _ = KeySet::from_pem(&text);
        let _ = spki::read(&text);
        // A key with one byte changed, or cut, is another key or none.
        let made: Value = serde_json::from_str(include_str!("pyjwt.json")).unwrap();
        let pem = made["pem"]["p256"].as_str().unwrap();
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).unwrap();
        let mut der = der.to_vec();
        assert!(spki::read(&der).is_some());
        assert!(spki::read(&der[..at]).is_none());
        der[at] = byte;
        let _ = spki::read(&der);
    }
}
