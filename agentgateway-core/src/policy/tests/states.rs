use http::{HeaderMap, Response, request};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};

use super::support::*;
use crate::{
    error::{Error, ErrorKind},
    policy::*,
};

#[test]
fn forwards_readiness() {
    let mut rig = Rig::new([]);
    rig.peer.allow(0);
    assert_pending!(rig.service.poll_ready());
    rig.peer.send_error("closed");
    let error = assert_ready_err!(rig.service.poll_ready());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn a_refused_request_gives_its_place_back() {
    let mut rig = Rig::new([refusing("no")]);
    rig.peer.allow(1);
    drop(rig.call());
    // The place that was held for it is free: the next one is ready.
    assert_ready_ok!(rig.service.poll_ready());
}

#[test]
fn forwards_what_no_policy_touches() {
    let mut rig = Rig::new([]);
    let mut call = rig.call();
    assert_pending!(call.poll());
    let (request, reply) = rig.next();
    assert_eq!(*request.body(), "body");
    let (mut sender, response) = answer();
    reply.send_response(response);
    let mut body = assert_ready_ok!(call.poll()).into_body();
    assert!(!body.is_end_stream());
    assert_pending!(task::spawn(body.frame()).poll());
    assert_ready_ok!(task::spawn(sender.send_data("data".into())).poll());
    let frame = assert_ready!(task::spawn(body.frame()).poll());
    assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "data");
}

#[test]
fn an_error_of_the_service_is_told_and_goes_on() {
    let journal = Journal::default();
    let mut rig = Rig::new([following("a", &journal)]);
    let mut call = rig.call();
    journal.read();
    rig.next()
        .1
        .send_error(Error::new(ErrorKind::Timeout, "late"));
    let error = assert_ready_err!(call.poll());
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Timeout, "late")
    );
    assert_eq!(journal.read(), ["a: failed"]);
}

#[test]
fn trailers_pass_and_the_end_is_told_once() {
    let journal = Journal::default();
    let mut rig = Rig::new([following("a", &journal)]);
    let mut call = rig.call();
    let (mut sender, response) = answer();
    rig.next().1.send_response(response);
    let mut body = assert_ready_ok!(call.poll()).into_body();
    journal.read();
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), 0.into())]);
    assert_ready_ok!(task::spawn(sender.send(Frame::trailers(trailers.clone()))).poll());
    drop(sender);
    let frame = assert_ready!(task::spawn(body.frame()).poll());
    assert_eq!(frame.unwrap().unwrap().into_trailers().unwrap(), trailers);
    assert!(assert_ready!(task::spawn(body.frame()).poll()).is_none());
    drop(body);
    assert_eq!(journal.read(), ["a: complete"]);
}

#[test]
fn a_body_that_fails_is_told_so() {
    let journal = Journal::default();
    let mut rig = Rig::new([following("a", &journal)]);
    let mut call = rig.call();
    let (sender, response) = answer();
    rig.next().1.send_response(response);
    let mut body = assert_ready_ok!(call.poll()).into_body();
    journal.read();
    sender.abort(Error::new(ErrorKind::Unavailable, "broke"));
    let frame = assert_ready!(task::spawn(body.frame()).poll());
    assert_eq!(frame.unwrap().unwrap_err().message(), "broke");
    drop(body);
    assert_eq!(journal.read(), ["a: failed"]);
}

#[test]
fn a_client_that_leaves_is_told_at_every_state() {
    let journal = Journal::default();
    let asking = Probe {
        name: "asking",
        decide: |_: &mut request::Parts| Decision::ask(std::future::pending()),
    };
    let mut rig = Rig::new([following("a", &journal), std::sync::Arc::new(asking)]);
    let mut call = rig.call();
    assert_pending!(call.poll());
    drop(call);
    assert_eq!(journal.read(), ["a: asked", "a: dropped"]);

    let mut rig = Rig::new([following("a", &journal)]);
    let mut call = rig.call();
    assert_pending!(call.poll());
    drop(call);
    assert_eq!(journal.read(), ["a: asked", "a: dropped"]);

    let mut rig = Rig::new([following("a", &journal)]);
    let mut call = rig.call();
    let (_sender, response) = answer();
    rig.next().1.send_response(response);
    drop(assert_ready_ok!(call.poll()));
    assert_eq!(journal.read(), ["a: asked", "a: 200", "a: dropped"]);
}

#[test]
fn an_answer_without_a_byte_has_ended_at_its_head() {
    let journal = Journal::default();
    let empty = Probe {
        name: "empty",
        decide: |_: &mut request::Parts| Decision::answer(Response::default()),
    };
    let mut rig = Rig::new([following("a", &journal), std::sync::Arc::new(empty)]);
    let response = assert_ready_ok!(rig.call().poll());
    assert!(response.body().is_end_stream());
    assert_eq!(journal.read(), ["a: asked", "a: 200", "a: complete"]);
}

#[test]
fn services_and_bodies_go_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Stack>();
    shared::<PolicyLayer>();
    sent::<Calling>();
    sent::<ResponseBody<http_body_util::Empty<bytes::Bytes>>>();
}
