//! Several methods in one policy.

use http::{HeaderName, request};

use super::support::*;
use crate::{
    auth::*,
    context::{AuthMethod, Credential, Principal},
};

fn bearer_keys() -> ApiKeys {
    ApiKeys::new([ApiKey::new("alice", "key-1").unwrap()]).unwrap()
}

fn header_keys() -> ApiKeys {
    let keys = ApiKeys::new([ApiKey::new("bob", "key-2").unwrap()]).unwrap();
    keys.at(Location::header(HeaderName::from_static("x-api-key")))
        .realm("keys")
}

/// A token is its holder's name, if that ends with an exclamation mark.
struct Shouted;

impl Authenticate for Shouted {
    fn name(&self) -> &str {
        "shouted"
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        let token = Location::bearer().find(head).unwrap();
        let Some(token) = token.map(String::from) else {
            return Verdict::Absent;
        };
        Verdict::ask(async move {
            match token.strip_suffix('!') {
                Some(name) => Verdict::Valid(Principal::new(AuthMethod::Custom("shouted"), name)),
                None => Verdict::Invalid(Rejection::new("speak up", "whispered")),
            }
        })
    }

    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        let token = Location::bearer().take(head)?;
        Some(Credential::new(AuthMethod::Custom("shouted"), token))
    }
}

#[test]
fn one_that_knows_the_caller_is_enough() {
    let policy = Authentication::new(Shouted)
        .or(bearer_keys())
        .or(header_keys());
    for (headers, expected) in [
        (&[("authorization", "Bearer carol!")][..], "carol"),
        (&[("authorization", "Bearer key-1")], "alice"),
        (&[("x-api-key", "key-2")], "bob"),
        (
            &[("authorization", "Bearer guess"), ("x-api-key", "key-2")],
            "bob",
        ),
    ] {
        let head = now(&policy, with(headers)).unwrap();
        assert_eq!(caller(&head), Some(expected));
        assert!(head.headers.is_empty(), "{expected}: {:?}", head.headers);
        let kept = head.extensions.get::<Credential>().unwrap();
        let principal = head.extensions.get::<Principal>().unwrap();
        assert_eq!(kept.method(), principal.method(), "{expected}");
    }
}

#[test]
fn a_refusal_names_every_method_and_the_fault_of_the_first() {
    let policy = Authentication::new(bearer_keys()).or(header_keys());
    let error = now(&policy, bearer("guess")).unwrap_err();
    assert_eq!(rule(&error), "authentication api_key unknown");
    assert_eq!(
        challenge(&error),
        concat!(
            r#"Bearer realm="Restricted",error="invalid_token","#,
            r#"error_description="the key is not valid", ApiKey realm="keys""#
        )
    );
    let error = now(&policy, with(&[])).unwrap_err();
    assert_eq!(
        challenge(&error),
        r#"Bearer realm="Restricted", ApiKey realm="keys""#
    );
}

#[test]
fn a_credential_that_is_given_twice_is_refused() {
    let policy = Authentication::new(bearer_keys());
    let twice = with(&[
        ("authorization", "Bearer key-1"),
        ("authorization", "Bearer key-1"),
    ]);
    let error = now(&policy, twice).unwrap_err();
    assert_eq!(rule(&error), "authentication api_key repeated");
    assert!(challenge(&error).contains(r#"error="invalid_request""#));
}

#[test]
fn a_method_that_says_no_challenge_is_not_told_of() {
    let error = now(&Authentication::new(Shouted), bearer("carol")).unwrap_err();
    assert_eq!(
        (error.message(), rule(&error)),
        ("speak up", "authentication shouted whispered")
    );
    assert!(error.challenge().is_none());
}
