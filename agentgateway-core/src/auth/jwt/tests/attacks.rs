//! Tokens that nobody has issued.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use proptest::prelude::*;
use ring::hmac;
use serde_json::{Value, json};

use super::support::*;
use crate::{
    auth::{Authentication, Location, Mode, jwt::*, tests::support},
    context::{Credential, Principal},
};

fn encoded(header: &Value, claims: &Value, signature: &str) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    format!(
        "{}.{}.{signature}",
        BASE64.encode(header),
        BASE64.encode(claims)
    )
}

/// Fault M32: no algorithm, one by the public key as a secret, and a header that brings its own keys.
#[test]
fn a_token_does_not_choose_how_it_is_judged() {
    let signer = Signer::new(1, Some("a"));
    let policy = policy(of(&signer));
    let own = signer.token(&good());
    let signature = own.rsplit_once('.').unwrap().1;
    for name in [
        "none", "None", "NONE", "", "eddsa", "HS256", "ES512", "RSA-OAEP",
    ] {
        let header = json!({"alg": name, "kid": "a"});
        for signature in ["", signature] {
            let rule = broken(&policy, &encoded(&header, &good(), signature));
            assert_eq!(rule, "algorithm", "{name}");
        }
    }
    // HMAC with every spelling of the public key as the secret, where HMAC is even allowed.
    let lax = lax(&signer);
    let x = BASE64.encode(signer.public());
    for secret in [
        signer.public(),
        x.as_bytes(),
        signer.jwk().to_string().as_bytes(),
    ] {
        let header = json!({"alg": "HS256", "kid": "a"});
        let token = encoded(&header, &good(), "");
        let signed = token.trim_end_matches('.');
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let mac = BASE64.encode(hmac::sign(&key, signed.as_bytes()));
        assert_eq!(broken(&lax, &format!("{signed}.{mac}")), "key");
    }
    let thief = Signer::new(9, Some("a"));
    let mut header = thief.header();
    header["jwk"] = thief.jwk();
    header["jku"] = "https://thief.example/keys".into();
    header["x5u"] = "https://thief.example/chain".into();
    header["x5c"] = json!(["MIIB"]);
    let token = thief.signs(&header.to_string(), &good().to_string());
    assert_eq!(broken(&policy, &token), "signature");
}

fn lax(signer: &Signer) -> Authentication {
    let all = [Algorithm::Hs256, Algorithm::EdDsa];
    policy(of(signer).algorithms(all))
}

/// Fault M32: a key's name is compared and nothing else; unknown extensions are refused.
#[test]
fn what_a_header_names_is_only_a_name() {
    let signer = Signer::new(1, Some("a"));
    let policy = policy(of(&signer));
    for id in [
        "../../dev/null",
        "a' OR '1'='1",
        "A",
        "",
        "http://169.254.169.254/",
    ] {
        let mut header = signer.header();
        header["kid"] = id.into();
        let token = signer.signs(&header.to_string(), &good().to_string());
        assert_eq!(broken(&policy, &token), "key", "{id}");
    }
    for critical in [
        json!(["exp"]),
        json!([]),
        json!("b64"),
        Value::Null,
        json!(["b64"]),
    ] {
        let mut header = signer.header();
        header["crit"] = critical.clone();
        header["b64"] = false.into();
        let token = signer.signs(&header.to_string(), &good().to_string());
        assert_eq!(broken(&policy, &token), "critical extension", "{critical}");
    }
}

#[test]
fn what_can_be_read_in_two_ways_is_not_read() {
    let signer = Signer::new(1, Some("a"));
    let policy = policy(of(&signer));
    let (header, claims) = (signer.header().to_string(), good().to_string());
    let twice = claims.replacen('{', r#"{"sub":"root","#, 1);
    let escaped = claims.replacen('{', r#"{"\u0073ub":"root","#, 1);
    let two_algorithms = header.replacen('{', r#"{"alg":"none","#, 1);
    for (header, claims) in [
        (&header, &twice),
        (&header, &escaped),
        (&two_algorithms, &claims),
        (&header, &format!("{claims} {claims}")),
        (&header, &format!("[{claims}]")),
        (&header, &"[".repeat(4000)),
        (&"{}".to_owned(), &claims),
        (&"null".to_owned(), &claims),
    ] {
        assert_eq!(broken(&policy, &signer.signs(header, claims)), "malformed");
    }
    let good = signer.token(&good());
    let [head, body, signature] = *good.split('.').collect::<Vec<_>>() else {
        panic!("three parts");
    };
    for odd in [
        String::new(),
        ".".into(),
        "..".into(),
        good.clone() + ".",
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{head}.{body}"),
        format!("{head}=.{body}.{signature}"),
        format!("{head}.{body}.{signature}="),
        format!("{head}.{body}. {signature}"),
        format!("{head}.{body}.{}", "A".repeat(20_000)),
        good.replace('.', ",").replace('-', "+"),
    ] {
        assert_eq!(broken(&policy, &odd), "malformed", "{odd:.80}");
    }
}

/// Fault M32: a token that is not valid is not forwarded, whatever the mode, nor is one that is.
#[test]
fn no_token_goes_further() {
    let signer = Signer::new(1, Some("a"));
    let token = signer.token(&good());
    let valid = judged(&policy(of(&signer)), &token).unwrap();
    assert!(valid.headers.is_empty());
    assert_eq!(
        valid.extensions.get::<Credential>().unwrap().expose(),
        token
    );
    let permissive = policy(of(&signer)).mode(Mode::Permissive);
    let forged = Signer::new(9, Some("a")).token(&good());
    let head = judged(&permissive, &forged).unwrap();
    assert!(head.headers.is_empty() && head.extensions.get::<Principal>().is_none());

    let method = Jwt::new([of(&signer)])
        .with_clock(Passed::default().clock())
        .at(Location::query("access_token"));
    let uri = format!("/sse?a=1&access_token={token}");
    let (head, ()) = http::Request::get(uri).body(()).unwrap().into_parts();
    let head = support::now(&Authentication::new(method), head).unwrap();
    assert_eq!(head.uri, "/sse?a=1");
    assert_eq!(support::caller(&head), Some("alice"));
}

/// What nobody knows is refused alike, so that a client learns nothing of keys and issuers.
#[test]
fn the_client_reads_no_more_than_it_must() {
    let signer = Signer::new(1, Some("a"));
    let policy = policy(of(&signer).require(["scope"]));
    let mut foreign = signer.header();
    foreign["kid"] = "b".into();
    for token in [
        signer.token(&but("iss", json!("https://other.example.org"))),
        signer.signs(&foreign.to_string(), &good().to_string()),
        Signer::new(9, Some("a")).token(&good()),
        signer.token(&good()),
        encoded(&json!({"alg": "none"}), &good(), ""),
        // Expired, and forged: the end of a token is nobody's business before its signature.
        Signer::new(9, Some("a")).token(&but("exp", json!(1))),
    ] {
        let error = judged(&policy, &token).unwrap_err();
        assert_eq!(error.message(), "the token is not valid");
        assert_eq!(
            support::challenge(&error),
            concat!(
                r#"Bearer realm="Restricted",error="invalid_token","#,
                r#"error_description="the token is not valid""#
            )
        );
    }
}

/// A way to change a token.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, char),
    Remove(usize),
    Insert(usize, char),
    Cut(usize),
    Swap(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let letter = prop::char::ranges(vec!['!'..='~', 'a'..='z', 'A'..='Z'].into());
    prop_oneof![
        (any::<usize>(), letter.clone()).prop_map(|(at, letter)| Change::Replace(at, letter)),
        any::<usize>().prop_map(Change::Remove),
        (any::<usize>(), letter).prop_map(|(at, letter)| Change::Insert(at, letter)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), any::<usize>()).prop_map(|(one, two)| Change::Swap(one, two)),
    ]
}

fn changed(token: &str, changes: &[Change]) -> String {
    let mut letters: Vec<char> = token.chars().collect();
    for change in changes {
        let length = letters.len().max(1);
        match *change {
            Change::Replace(at, letter) => {
                if let Some(place) = letters.get_mut(at % length) {
                    *place = letter;
                }
            }
            Change::Remove(at) if !letters.is_empty() => drop(letters.remove(at % length)),
            Change::Insert(at, letter) => letters.insert(at % length, letter),
            Change::Cut(at) => letters.truncate(at % length),
            Change::Swap(one, two) if !letters.is_empty() => {
                letters.swap(one % length, two % length);
            }
            Change::Remove(_) | Change::Swap(..) => {}
        }
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Fault M32: of all that can be made of a token, only the token itself is one.
    #[test]
    fn a_token_that_is_changed_is_refused(changes in prop::collection::vec(change(), 1..4)) {
        let signer = Signer::new(1, Some("a"));
        let policy = policy(of(&signer));
        let token = signer.token(&good());
        let other = changed(&token, &changes);
        prop_assert_eq!(judged(&policy, &other).is_ok(), other == token, "{}", other);
    }

    #[test]
    fn any_text_is_judged(text in "[ -~]{0,200}", parts in "[A-Za-z0-9_.-]{0,200}") {
        let signer = Signer::new(1, Some("a"));
        let policy = policy(of(&signer));
        prop_assert!(judged(&policy, &text).is_err());
        prop_assert!(judged(&policy, &parts).is_err());
    }

    #[test]
    fn claims_of_any_kind_are_judged(exp in any::<f64>(), nbf in any::<f64>()) {
        let signer = Signer::new(1, Some("a"));
        let policy = policy(of(&signer));
        let mut claims = good();
        claims["exp"] = json!(exp);
        claims["nbf"] = json!(nbf);
        let good = exp + 60.0 > MADE as f64 && (nbf <= MADE as f64 + 60.0);
        prop_assert_eq!(judged(&policy, &signer.token(&claims)).is_ok(), good);
    }
}
