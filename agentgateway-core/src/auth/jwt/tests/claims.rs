//! What is asked of a token whose signature is good.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::support::*;
use crate::auth::{Authentication, jwt::*, tests::support};

#[test]
fn a_token_is_good_from_its_start_to_its_end() {
    let signer = Signer::new(1, Some("a"));
    let passed = Passed::default();
    let with_leeway = |leeway| {
        let issuer = of(&signer).leeway(Duration::from_secs(leeway));
        Authentication::new(Jwt::new([issuer]).with_clock(passed.clock()))
    };
    let (strict, usual) = (with_leeway(0), with_leeway(60));
    let mut claims = good();
    claims["nbf"] = json!(MADE + 100);
    claims["exp"] = json!(MADE + 200);
    let token = signer.token(&claims);
    for (second, by_strict, by_usual) in [
        (0, Some("early"), Some("early")),
        (39, Some("early"), Some("early")),
        (40, Some("early"), None),
        (99, Some("early"), None),
        (100, None, None),
        (199, None, None),
        (200, Some("expired"), None),
        (259, Some("expired"), None),
        (260, Some("expired"), Some("expired")),
    ] {
        passed.set(second);
        for (policy, expected) in [(&strict, by_strict), (&usual, by_usual)] {
            match expected {
                None => assert!(judged(policy, &token).is_ok(), "{second}"),
                Some(rule) => assert_eq!(broken(policy, &token), rule, "{second}"),
            }
        }
    }
    let error = judged(&strict, &token).unwrap_err();
    assert_eq!(error.message(), "the token is expired");
    passed.set(200);
    claims["exp"] = json!((MADE + 200) as f64 + 0.5);
    assert!(judged(&strict, &signer.token(&claims)).is_ok());
}

/// Fault O11: a token is judged by the wall clock as it stands: one that jumps ahead ends it, one that jumps back gives it again, and neither 2038 nor a clock before 1970 is another matter.
#[test]
fn a_clock_that_jumps_is_believed() {
    const HOUR: i64 = 3600;
    let (signer, made) = (Signer::new(1, Some("a")), MADE.cast_signed());
    let clock = Arc::new(AtomicI64::new(made));
    let seconds = clock.clone();
    let now = move || {
        let seconds = seconds.load(Ordering::Relaxed);
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 {
            SystemTime::UNIX_EPOCH - distance
        } else {
            SystemTime::UNIX_EPOCH + distance
        }
    };
    let policy = Authentication::new(Jwt::new([of(&signer)]).with_clock(now));
    let token = |from: i64, until: i64| {
        let mut claims = but("nbf", json!(from));
        claims["exp"] = json!(until);
        signer.token(&claims)
    };
    let (own, wide) = (token(made, made + HOUR), token(-2 * HOUR, 1 << 33));
    for (at, rule) in [
        (made, None),
        (made + HOUR + 61, Some("expired")),
        (made - HOUR, Some("early")),
        (made + 1, None),
        (i64::from(i32::MAX) + 1, Some("expired")),
        (-HOUR, Some("early")),
        (made, None),
    ] {
        clock.store(at, Ordering::Relaxed);
        match rule {
            None => assert!(judged(&policy, &own).is_ok(), "{at}"),
            Some(rule) => assert_eq!(broken(&policy, &own), rule, "{at}"),
        }
        assert!(judged(&policy, &wide).is_ok(), "{at}");
    }
}

/// Fault M32: a wrong audience, a wrong issuer, an end that is past or missing.
#[test]
fn claims_that_are_wrong_are_told_by_their_rule() {
    let signer = Signer::new(1, Some("a"));
    let policy = policy(of(&signer).require(["sub"]));
    for (name, value, rule) in [
        ("iss", json!("https://id.example.org/"), "issuer"),
        ("iss", json!("https://ID.example.org"), "issuer"),
        ("iss", json!([ISSUER]), "issuer"),
        ("iss", Value::Null, "issuer"),
        ("aud", json!("https://other.example.org"), "audience"),
        ("aud", json!(["https://gateway.example.org/"]), "audience"),
        ("aud", json!([]), "audience"),
        ("aud", json!([GATEWAY, 7]), "audience"),
        ("aud", json!({"a": GATEWAY}), "audience"),
        ("aud", Value::Null, "audience"),
        ("exp", json!(MADE - 61), "expired"),
        ("exp", json!(-1), "expired"),
        ("exp", Value::Null, "claim"),
        ("exp", json!("2100-01-01"), "claim"),
        ("exp", json!((MADE + 3600).to_string()), "claim"),
        ("nbf", json!(true), "claim"),
        ("nbf", json!(1e300), "early"),
        ("sub", Value::Null, "claim"),
        ("sub", json!(""), "claim"),
        ("sub", json!(7), "claim"),
    ] {
        let token = signer.token(&but(name, value.clone()));
        assert_eq!(broken(&policy, &token), rule, "{name}: {value}");
    }
    let all = but("aud", json!(["https://other.example.org", GATEWAY]));
    assert!(judged(&policy, &signer.token(&all)).is_ok());
}

#[test]
fn an_audience_is_asked_for_unless_none_is_wanted() {
    let signer = Signer::new(1, Some("a"));
    let keys = KeySet::from_jwks(jwks([&signer]).as_bytes()).unwrap();
    let nobody = policy(Issuer::new(ISSUER, keys.clone()));
    assert_eq!(broken(&nobody, &signer.token(&good())), "audience");
    assert!(judged(&nobody, &signer.token(&but("aud", Value::Null))).is_ok());
    let any = policy(Issuer::new(ISSUER, keys).any_audience());
    for audience in [json!("whoever"), json!([]), Value::Null] {
        assert!(judged(&any, &signer.token(&but("aud", audience))).is_ok());
    }
}

#[test]
fn more_may_be_asked_of_a_token() {
    let signer = Signer::new(1, Some("a"));
    let scoped = policy(of(&signer).require(["scope"]));
    assert_eq!(broken(&scoped, &signer.token(&good())), "claim");
    let with_scope = signer.token(&but("scope", json!("")));
    assert!(judged(&scoped, &with_scope).is_ok());

    let by_client = policy(of(&signer).named_by("client_id"));
    assert_eq!(broken(&by_client, &signer.token(&good())), "claim");
    let token = signer.token(&but("client_id", json!("robot")));
    let head = judged(&by_client, &token).unwrap();
    assert_eq!(support::caller(&head), Some("robot"));

    let access = policy(of(&signer).types(["at+jwt"]));
    let typed = |kind: &str| {
        let mut header = signer.header();
        header["typ"] = kind.into();
        signer.signs(&header.to_string(), &good().to_string())
    };
    for kind in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert!(judged(&access, &typed(kind)).is_ok(), "{kind}");
    }
    for kind in ["JWT", "", "application/application/at+jwt"] {
        assert_eq!(broken(&access, &typed(kind)), "type", "{kind}");
    }
}

#[test]
fn each_issuer_judges_its_own_tokens_by_its_own_keys() {
    let (one, two) = (Signer::new(1, Some("a")), Signer::new(2, Some("a")));
    let second = "https://second.example.org";
    let keys = KeySet::from_jwks(jwks([&two]).as_bytes()).unwrap();
    let issuers = [of(&one), Issuer::new(second, keys).any_audience()];
    let method = Jwt::new(issuers).with_clock(Passed::default().clock());
    assert_eq!(
        method.issuers().map(Issuer::name).collect::<Vec<_>>(),
        [ISSUER, second]
    );
    let policy = Authentication::new(method);
    let of_second = but("iss", json!(second));
    assert!(judged(&policy, &one.token(&good())).is_ok());
    assert!(judged(&policy, &two.token(&of_second)).is_ok());
    // The name is the same, the key is not.
    assert_eq!(broken(&policy, &one.token(&of_second)), "signature");
    assert_eq!(broken(&policy, &two.token(&good())), "signature");
}
