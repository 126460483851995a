use std::sync::Arc;

use http::{Request, Response, StatusCode, request};
use http_body_util::BodyExt;
use tokio::sync::oneshot;
use tokio_test::{assert_pending, assert_ready_err, assert_ready_ok};
use tower::ServiceExt;
use tower_layer::Layer;

use super::support::*;
use crate::{
    context::{AuthMethod, Principal, Trail},
    error::{Error, ErrorKind},
    policy::*,
};

#[test]
fn answers_are_seen_in_the_opposite_order() {
    let journal = Journal::default();
    let mut rig = Rig::new([following("a", &journal), following("b", &journal)]);
    let mut call = rig.call();
    assert_eq!(journal.read(), ["a: asked", "b: asked"]);
    let (_sender, response) = answer();
    rig.next().1.send_response(response);
    let response = assert_ready_ok!(call.poll());
    assert_eq!(journal.read(), ["b: 200", "a: 200"]);
    let seen: Vec<_> = response.headers().get_all("seen-by").iter().collect();
    assert_eq!(seen, ["b", "a"]);
    drop(response);
    assert_eq!(journal.read(), ["b: dropped", "a: dropped"]);
}

#[test]
fn the_first_refusal_is_the_last_word() {
    let journal = Journal::default();
    let mut rig = Rig::new([
        following("a", &journal),
        refusing("b"),
        following("c", &journal),
    ]);
    let mut call = rig.call();
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert_eq!(error.decided_by().map(|by| &**by), Some("b"));
    assert_eq!(journal.read(), ["a: asked", "a: failed"]);
}

#[test]
fn a_rule_that_is_named_keeps_its_name() {
    let named = Probe {
        name: "authorization",
        decide: |_: &mut request::Parts| {
            let error = Error::new(ErrorKind::Forbidden, "not you");
            Decision::Refuse(error.with_decided_by("authorization deny[2]"))
        },
    };
    let mut rig = Rig::new([Arc::new(named) as Arc<dyn Policy>]);
    let error = assert_ready_err!(rig.call().poll());
    let by = error.decided_by().map(|by| &**by);
    assert_eq!(by, Some("authorization deny[2]"));
}

#[test]
fn an_answer_of_a_policys_own_is_followed_by_those_before_it() {
    let journal = Journal::default();
    let direct = Probe {
        name: "direct",
        decide: |_: &mut request::Parts| {
            let response = Response::builder().status(StatusCode::IM_A_TEAPOT);
            Decision::answer(response.body("short and stout".into()).unwrap())
        },
    };
    let mut rig = Rig::new([
        following("a", &journal),
        Arc::new(direct) as Arc<dyn Policy>,
        following("c", &journal),
    ]);
    let response = assert_ready_ok!(rig.call().poll());
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(journal.read(), ["a: asked", "a: 418"]);
    let mut body = tokio_test::task::spawn(response.into_body().collect());
    let bytes = assert_ready_ok!(body.poll()).to_bytes();
    assert_eq!(bytes, "short and stout");
    assert_eq!(journal.read(), ["a: complete"]);
}

#[test]
fn what_is_asked_decides_with_the_head_at_hand() {
    let journal = Journal::default();
    let (word, waits) = oneshot::channel::<&'static str>();
    let waits = std::sync::Mutex::new(Some(waits));
    let asking = Probe {
        name: "asking",
        decide: move |_: &mut request::Parts| {
            let word = waits.lock().unwrap().take().unwrap();
            Decision::ask(async move {
                let name = word.await.unwrap();
                Resume::with(move |head| {
                    Principal::new(AuthMethod::External, name).insert(&mut head.extensions);
                    Decision::Pass
                })
            })
        },
    };
    let mut rig = Rig::new([
        Arc::new(asking) as Arc<dyn Policy>,
        following("after", &journal),
    ]);
    let mut call = rig.call();
    assert_pending!(call.poll());
    assert!(
        journal.read().is_empty(),
        "the next policy waits for the first"
    );
    word.send("alice").unwrap();
    assert!(call.is_woken());
    assert_pending!(call.poll());
    let (request, reply) = rig.next();
    let principal = request.extensions().get::<Principal>().unwrap();
    assert_eq!(principal.name(), "alice");
    assert_eq!(*request.body(), "body");
    reply.send_response(answer().1);
    assert_ready_ok!(call.poll());
}

#[test]
fn a_word_may_refuse_or_ask_again() {
    let twice = Probe {
        name: "twice",
        decide: |_: &mut request::Parts| {
            Decision::ask(async {
                Resume::with(|_| {
                    Decision::ask(async {
                        let error = Error::new(ErrorKind::Unauthenticated, "who are you");
                        Decision::Refuse(error).into()
                    })
                })
            })
        },
    };
    let mut rig = Rig::new([Arc::new(twice) as Arc<dyn Policy>]);
    let error = assert_ready_err!(rig.call().poll());
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.decided_by().map(|by| &**by), Some("twice"));
}

#[test]
fn a_condition_chooses_the_requests() {
    let policy = When::new(
        |head: &request::Parts| head.uri.path() == "/closed",
        refusing("closed"),
    );
    let decide = |path| {
        let (mut head, ()) = Request::get(path).body(()).unwrap().into_parts();
        matches!(policy.decide(&mut head), Decision::Pass)
    };
    assert!(decide("/open") && !decide("/closed"));
    assert_eq!(policy.name(), "closed");
}

#[tokio::test]
async fn who_was_refused_is_noted_for_the_records() {
    let known = |head: &mut request::Parts| {
        Principal::new(AuthMethod::ApiKey, "alice").insert(&mut head.extensions);
        Decision::Pass
    };
    let closed =
        |_: &mut request::Parts| Decision::Refuse(Error::new(ErrorKind::Forbidden, "closed"));
    let policies: [Arc<dyn Policy>; 2] = [
        Arc::new(Probe {
            name: "known",
            decide: known,
        }),
        Arc::new(Probe {
            name: "closed",
            decide: closed,
        }),
    ];
    let inside =
        tower::service_fn(async |_: Request<()>| Ok::<_, Error>(Response::new(String::new())));
    let mut request = Request::new(());
    let trail = Trail::lay(request.extensions_mut());
    let service = PolicyLayer::all(policies).layer(inside);
    assert!(service.oneshot(request).await.is_err());
    let caller = trail.principal();
    assert_eq!(caller.as_ref().map(Principal::name), Some("alice"));
}
