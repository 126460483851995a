use http::StatusCode;

use super::support::*;
use crate::{
    auth::*,
    context::{AuthMethod, Credential, Principal},
    error::{Error, ErrorKind},
    policy::Policy,
};

fn keys() -> ApiKeys {
    ApiKeys::new([ApiKey::new("alice", "key-1").unwrap()]).unwrap()
}

/// A method that says this of every request.
struct Says(fn() -> Verdict);

impl Authenticate for Says {
    fn name(&self) -> &str {
        "says"
    }

    fn authenticate(&self, _: &http::request::Parts) -> Verdict {
        (self.0)()
    }
}

fn unavailable() -> Says {
    Says(|| Verdict::Unavailable(Error::new(ErrorKind::Overloaded, "not now")))
}

#[test]
fn strict_wants_a_valid_credential() {
    let policy = Authentication::new(keys());
    let head = now(&policy, bearer("key-1")).unwrap();
    assert_eq!(caller(&head), Some("alice"));

    let missing = now(&policy, with(&[])).unwrap_err();
    assert_eq!(missing.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(challenge(&missing), r#"Bearer realm="Restricted""#);
    assert_eq!(rule(&missing), "authentication missing");

    let wrong = now(&policy, bearer("guess")).unwrap_err();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(wrong.message(), "the key is not valid");
    assert_eq!(
        challenge(&wrong),
        r#"Bearer realm="Restricted",error="invalid_token",error_description="the key is not valid""#
    );
    assert_eq!(rule(&wrong), "authentication api_key unknown");
}

#[test]
fn optional_judges_what_is_there() {
    let policy = Authentication::new(keys()).mode(Mode::Optional);
    assert_eq!(caller(&now(&policy, with(&[])).unwrap()), None);
    let head = now(&policy, bearer("key-1")).unwrap();
    assert_eq!(caller(&head), Some("alice"));
    let wrong = now(&policy, bearer("guess")).unwrap_err();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn permissive_refuses_nobody_and_knows_who_is_valid() {
    let policy = Authentication::new(keys()).mode(Mode::Permissive);
    assert_eq!(caller(&now(&policy, with(&[])).unwrap()), None);
    let head = now(&policy, bearer("guess")).unwrap();
    assert_eq!(caller(&head), None);
    assert!(head.headers.is_empty(), "what is not valid goes nowhere");
    assert!(head.extensions.get::<Credential>().is_none());
    let head = now(&policy, bearer("key-1")).unwrap();
    assert_eq!(caller(&head), Some("alice"));
    let policy = Authentication::new(unavailable()).mode(Mode::Permissive);
    assert_eq!(caller(&now(&policy, bearer("x")).unwrap()), None);
}

/// Fault L30 (part): who may be known is told 503 while who vouches cannot be asked, never 401.
#[test]
fn who_cannot_be_judged_is_not_told_that_it_is_unknown() {
    for mode in [Mode::Strict, Mode::Optional] {
        let policy = Authentication::new(unavailable()).mode(mode).named("edge");
        let error = now(&policy, with(&[])).unwrap_err();
        assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(error.challenge().is_none());
        assert_eq!(rule(&error), "edge says unavailable");
    }
    // Nor where another method refuses what it takes for its own.
    let policy = Authentication::new(keys()).or(unavailable());
    let error = now(&policy, bearer("guess")).unwrap_err();
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    let head = now(&policy, bearer("key-1")).unwrap();
    assert_eq!(caller(&head), Some("alice"));
}

#[test]
fn a_credential_goes_no_further_unless_it_is_told_to() {
    let head = now(&Authentication::new(keys()), bearer("key-1")).unwrap();
    assert!(!head.headers.contains_key("authorization"));
    let kept = head.extensions.get::<Credential>().unwrap();
    assert_eq!(
        (kept.method(), kept.expose()),
        (AuthMethod::ApiKey, "key-1")
    );
    assert!(!format!("{head:?}").contains("key-1"));

    let forwards = Authentication::new(keys()).forward_credential();
    let head = now(&forwards, bearer("key-1")).unwrap();
    assert_eq!(head.headers["authorization"], "Bearer key-1");
    assert!(head.extensions.get::<Credential>().is_none());
}

#[test]
fn a_policy_adds_to_what_another_has_found_out() {
    let mut head = bearer("key-1");
    Principal::new(AuthMethod::ClientCertificate, "node-7").insert(&mut head.extensions);
    let head = now(&Authentication::new(keys()), head).unwrap();
    let principal = head.extensions.get::<Principal>().unwrap();
    assert_eq!(principal.name(), "alice");
    let workload = principal.by(AuthMethod::ClientCertificate).unwrap();
    assert_eq!(workload.name(), "node-7");
}

#[test]
fn says_its_name_and_no_secret() {
    let policy = Authentication::new(keys()).named("edge");
    assert_eq!(policy.name(), "edge");
    let shown = format!("{policy:?} {:?}", keys());
    assert!(
        shown.contains("api_key") && !shown.contains("key-1"),
        "{shown}"
    );
}
