//! Whatever is shown as a credential is judged without a panic, and nothing that was not issued is
//! valid; whatever stands where a credential is looked for is taken out, and the rest stays.
//!
//! Input: one byte for what is read, then the text.
#![no_main]

use std::time::{Duration, SystemTime};

use agentgateway_core::{
    auth::{
        ApiKey, ApiKeys, Authentication, Location,
        basic::Htpasswd,
        jwt::{Issuer, Jwt, KeySet},
    },
    policy::{Decision, Policy},
};
use http::{HeaderValue, Request, Uri, request};
use libfuzzer_sys::fuzz_target;

/// RFC 8037, A.2: its secret is known to all, and no text of this length is signed by chance.
const KEYS: &[u8] = br#"{"keys": [
    {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
]}"#;

fn decided(policy: &Authentication, text: &[u8]) -> Option<Decision> {
    let value = HeaderValue::from_bytes(&[b"Bearer ", text].concat()).ok()?;
    let request = Request::get("/")
        .header("authorization", value)
        .body(())
        .ok()?;
    Some(policy.decide(&mut request.into_parts().0))
}

fn token(text: &[u8]) {
    let keys = KeySet::from_jwks(KEYS).unwrap();
    let issuer = Issuer::new("https://id.example.org", keys).any_audience();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let policy = Authentication::new(Jwt::new([issuer]).with_clock(move || then));
    assert!(!matches!(decided(&policy, text), Some(Decision::Pass)));
}

fn key(text: &[u8]) {
    let keys = ApiKeys::new([ApiKey::new("alice", "k").unwrap()]).unwrap();
    // What no header can hold is never asked about.
    if let Some(decision) = decided(&Authentication::new(keys), text) {
        let passes = matches!(decision, Decision::Pass);
        assert_eq!(passes, text.trim_ascii() == b"k");
    }
}

fn taken(text: &[u8]) {
    let Ok(uri) = std::str::from_utf8(text).unwrap_or_default().parse::<Uri>() else {
        return;
    };
    let (mut head, ()) = Request::new(()).into_parts();
    head.uri = uri;
    if let Ok(value) = HeaderValue::from_bytes(text) {
        head.headers.append("cookie", value.clone());
        head.headers.append("authorization", value);
    }
    for location in [
        Location::query("k"),
        Location::cookie("k"),
        Location::bearer(),
    ] {
        gone(&location, &mut head);
    }
}

fn gone(location: &Location, head: &mut request::Parts) {
    let path = head.uri.path().to_owned();
    let is_there = !matches!(location.find(head), Ok(None));
    assert_eq!(location.take(head).is_some(), is_there);
    assert_eq!(location.find(head), Ok(None));
    assert_eq!(head.uri.path(), path);
}

fuzz_target!(|data: &[u8]| {
    let Some((what, text)) = data.split_first() else {
        return;
    };
    match what % 6 {
        0 => token(text),
        1 => key(text),
        2 => taken(text),
        3 => drop(KeySet::from_jwks(text)),
        4 => drop(KeySet::from_pem(text)),
        _ => drop(Htpasswd::parse(&String::from_utf8_lossy(text))),
    }
});
