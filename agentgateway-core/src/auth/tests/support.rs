use http::{Request, request};

use crate::{
    context::Principal,
    error::Error,
    policy::{Decision, Policy},
};

/// A request with these headers.
pub(in crate::auth) fn with(headers: &[(&str, &str)]) -> request::Parts {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

pub(in crate::auth) fn bearer(token: &str) -> request::Parts {
    with(&[("authorization", &format!("Bearer {token}"))])
}

/// What the policy decides in the end, and what has become of the head.
pub(in crate::auth) async fn decided(
    policy: &impl Policy,
    mut head: request::Parts,
) -> Result<request::Parts, Error> {
    let mut decision = policy.decide(&mut head);
    loop {
        decision = match decision {
            Decision::Pass => return Ok(head),
            Decision::Refuse(error) => return Err(error),
            Decision::Ask(asking) => asking.await.decide(&mut head),
            other => panic!("{other:?}"),
        };
    }
}

/// The same without waiting.
pub(in crate::auth) fn now(
    policy: &impl Policy,
    head: request::Parts,
) -> Result<request::Parts, Error> {
    tokio_test::assert_ready!(tokio_test::task::spawn(decided(policy, head)).poll())
}

pub(in crate::auth) fn caller(head: &request::Parts) -> Option<&str> {
    head.extensions.get::<Principal>().map(Principal::name)
}

pub(in crate::auth) fn challenge(error: &Error) -> &str {
    error.challenge().unwrap().to_str().unwrap()
}

pub(in crate::auth) fn rule(error: &Error) -> &str {
    error.decided_by().unwrap()
}
