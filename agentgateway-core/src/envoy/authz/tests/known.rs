//! What is known of a request by a service's word.

use ::http::request;
use serde_json::json;

use super::{verdicts::judged, *};
use crate::{
    context::{AuthMethod, Principal},
    envoy::{tests::*, wire::from_object},
};

fn known(head: &request::Parts) -> (Option<&str>, Option<&Metadata>) {
    let caller = head.extensions.get::<Principal>();
    (
        caller.map(Principal::name),
        head.extensions.get::<Metadata>(),
    )
}

#[tokio::test(start_paused = true)]
async fn metadata_may_name_the_caller() {
    let said = json!({"sub": "alice", "user": "a.l.", "plan": {"tokens": 5}, "none": ""});
    let said = said.as_object().unwrap();
    let answer = CheckResponse {
        dynamic_metadata: Some(from_object(said)),
        ..yes(OkHttpResponse::default())
    };
    for (member, named) in [
        (None, Some("alice")),
        (Some("user"), Some("a.l.")),
        (Some("plan"), None),
        (Some("none"), None),
        (Some("x"), None),
    ] {
        let mut rig = Rig::new(|client| {
            let policy = ExtAuthz::grpc(service(client));
            match member {
                Some(member) => policy.principal(member),
                None => policy,
            }
        });
        let passed = rig.judged(get("/"), Ok(grpc(&answer))).1.passed();
        let (caller, metadata) = known(&passed.head);
        assert_eq!((caller, metadata.unwrap().members()), (named, said));
        let shown = format!("{:?}", metadata.unwrap());
        assert!(
            shown.contains("plan") && !shown.contains("alice"),
            "{shown}"
        );
        if let Some(caller) = passed.head.extensions.get::<Principal>() {
            assert_eq!(
                (caller.method(), caller.claims()),
                (AuthMethod::External, said)
            );
        }
    }
    // The deprecated place counts before.
    let deprecated = json!({"sub": "bob"});
    let answer = CheckResponse {
        dynamic_metadata: Some(from_object(said)),
        ..yes(OkHttpResponse {
            dynamic_metadata: Some(from_object(deprecated.as_object().unwrap())),
            ..Default::default()
        })
    };
    let passed = judged(&answer, get("/")).passed();
    assert_eq!(known(&passed.head).0, Some("bob"));
    // What another has said is not this service's word.
    let mut request = get("/");
    request.extensions_mut().insert(Metadata::new(said.clone()));
    let passed = judged(&yes(OkHttpResponse::default()), request).passed();
    assert!(passed.head.extensions.get::<Metadata>().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_service_behind_another_changes_nothing_that_is_known() {
    let first = json!({"team": "blue"});
    let said = json!({"sub": "mallory", "team": "red", "plan": "free"});
    let answer = CheckResponse {
        dynamic_metadata: Some(from_object(said.as_object().unwrap())),
        ..yes(OkHttpResponse::default())
    };
    let mut behind = Rig::new(|client| ExtAuthz::grpc(service(client)).add_to_known(true));
    let told = |first: &serde_json::Value| {
        let mut request = get("/");
        let members = first.as_object().unwrap().clone();
        request.extensions_mut().insert(Metadata::new(members));
        Principal::new(AuthMethod::Jwt, "alice").insert(request.extensions_mut());
        request
    };
    let passed = behind.judged(told(&first), Ok(grpc(&answer))).1.passed();
    let (caller, metadata) = known(&passed.head);
    let both = json!({"sub": "mallory", "team": "blue", "plan": "free"});
    assert_eq!(metadata.unwrap().members(), both.as_object().unwrap());
    assert_eq!(caller, Some("alice"));
    // One that says nothing takes nothing away; where nobody is known it names the caller.
    let nothing = yes(OkHttpResponse::default());
    let passed = behind.judged(told(&first), Ok(grpc(&nothing))).1.passed();
    assert_eq!(
        known(&passed.head).1.unwrap().members(),
        first.as_object().unwrap()
    );
    let passed = behind.judged(get("/"), Ok(grpc(&answer))).1.passed();
    assert_eq!(known(&passed.head).0, Some("mallory"));
}
