use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value};

use super::support::*;
use crate::{
    auth::*,
    context::{AuthMethod, Principal},
};

fn key(name: &str, key: &str) -> ApiKey {
    ApiKey::new(name, key).unwrap()
}

/// The SHA-256 of `k-123`, by `sha256sum`.
const HASHED: &str = "sha256:3605a9e4358da4302f8acea41f0f52cef85d0e3f727c7b020fc7305aec8d56b4";

#[test]
fn a_key_is_known_in_plain_and_by_its_digest() {
    let metadata = Map::from_iter([("group".to_owned(), Value::from("sales"))]);
    let keys = ApiKeys::new([
        key("plain", "k-456").with_metadata(metadata.clone()),
        key("hashed", HASHED),
    ])
    .unwrap();
    let policy = Authentication::new(keys);
    let head = now(&policy, bearer("k-456")).unwrap();
    let principal = head.extensions.get::<Principal>().unwrap();
    assert_eq!(
        (principal.name(), principal.method()),
        ("plain", AuthMethod::ApiKey)
    );
    assert_eq!(principal.claims(), &metadata);
    let head = now(&policy, bearer("k-123")).unwrap();
    assert_eq!(caller(&head), Some("hashed"));
    // The digest itself opens nothing, and neither does more or less of a key.
    for wrong in [
        HASHED,
        &HASHED[7..],
        "k-12",
        "k-1234",
        "K-123",
        "",
        &"k".repeat(5000),
    ] {
        let error = now(&policy, bearer(wrong)).unwrap_err();
        assert_eq!(rule(&error), "authentication api_key unknown", "{wrong}");
    }
}

/// Fault O11: a key's end is judged by the wall clock as it stands; one that jumps back gives the key again.
#[test]
fn a_key_is_valid_up_to_its_end() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let passed = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&passed);
    let keys = ApiKeys::new([
        key("short", "key-1").expires_at(start + Duration::from_secs(60)),
        key("long", "key-2"),
    ])
    .unwrap()
    .with_clock(move || start + Duration::from_secs(clock.load(Ordering::Relaxed)));
    let policy = Authentication::new(keys);
    passed.store(59, Ordering::Relaxed);
    assert!(now(&policy, bearer("key-1")).is_ok());
    passed.store(60, Ordering::Relaxed);
    let error = now(&policy, bearer("key-1")).unwrap_err();
    assert_eq!(error.message(), "the key is expired");
    assert!(now(&policy, bearer("key-2")).is_ok());
    passed.store(0, Ordering::Relaxed);
    assert!(now(&policy, bearer("key-1")).is_ok());
}

#[test]
fn keys_are_replaced_in_every_clone_or_not_at_all() {
    let keys = ApiKeys::new([key("alice", "key-1")]).unwrap();
    let policy = Authentication::new(keys.clone());
    keys.update([key("bob", "key-2")]).unwrap();
    assert!(now(&policy, bearer("key-1")).is_err());
    assert_eq!(caller(&now(&policy, bearer("key-2")).unwrap()), Some("bob"));

    let shared = keys.update([key("alice", "key-3"), key("carol", "key-3")]);
    let error = shared.unwrap_err();
    assert_eq!(
        (error.name(), error.to_string().as_str()),
        ("carol", r#"the API key of "carol" is that of "alice" too"#)
    );
    assert!(
        now(&policy, bearer("key-2")).is_ok(),
        "those before are kept"
    );

    let many = (0..=100_000).map(|number| key("many", &format!("key-{number}")));
    let error = keys.update(many).unwrap_err().to_string();
    assert!(error.ends_with("at most 100000 are kept"), "{error}");
}

#[test]
fn a_key_that_is_none_is_told_without_repeating_it() {
    for (text, words) in [
        ("", "is empty"),
        ("sha256:c0ffee", "64 hexadecimal digits"),
        (&format!("{HASHED}0"), "64 hexadecimal digits"),
    ] {
        let error = ApiKey::new("alice", text).unwrap_err().to_string();
        assert!(error.contains("alice") && error.contains(words), "{error}");
        assert!(!error.contains("c0ffee"));
    }
    let shown = format!("{:?}", key("alice", "key-1"));
    assert!(!shown.contains("key-1"), "{shown}");
}
