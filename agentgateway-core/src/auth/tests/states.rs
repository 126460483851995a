//! The policy in its layer, poll by poll.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body_util::Full;
use tokio::sync::oneshot;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::{
    auth::*,
    context::{AuthMethod, Principal},
    error::ErrorKind,
    policy::{Policed, PolicyLayer},
};

type Answer = Response<Full<Bytes>>;
type Inner = mock::Mock<Request<&'static str>, Answer>;

/// A method that waits for a word about each request.
#[derive(Clone, Default)]
struct Asks(Arc<Mutex<Vec<oneshot::Sender<Verdict>>>>);

impl Asks {
    fn says(&self, verdict: Verdict) {
        let word = self.0.lock().unwrap().remove(0);
        word.send(verdict).unwrap();
    }

    /// Whether somebody still waits for the word.
    fn is_waited_for(&self) -> bool {
        !self.0.lock().unwrap()[0].is_closed()
    }
}

impl Authenticate for Asks {
    fn name(&self) -> &str {
        "asks"
    }

    fn authenticate(&self, _: &request::Parts) -> Verdict {
        let (sender, word) = oneshot::channel();
        self.0.lock().unwrap().push(sender);
        Verdict::ask(async { word.await.unwrap() })
    }
}

fn rig(
    asks: &Asks,
) -> (
    mock::Spawn<Policed<Inner>>,
    mock::Handle<Request<&'static str>, Answer>,
) {
    let (client, peer) = mock::pair();
    let layer = PolicyLayer::new(Authentication::new(asks.clone()));
    (mock::Spawn::new(layer.layer(client)), peer)
}

fn alice() -> Verdict {
    Verdict::Valid(Principal::new(AuthMethod::External, "alice"))
}

#[test]
fn waits_for_the_verdict_and_then_calls_the_service_that_was_ready() {
    let asks = Asks::default();
    let (mut service, mut peer) = rig(&asks);
    peer.allow(1);
    assert_ready_ok!(service.poll_ready());
    let mut call = task::spawn(service.get_mut().call(Request::new("body")));
    assert_pending!(call.poll());
    asks.says(alice());
    assert!(call.is_woken());
    assert_pending!(call.poll());
    let (request, reply) = assert_ready!(task::spawn(peer.next_request()).poll()).unwrap();
    assert_eq!(*request.body(), "body");
    let principal = request.extensions().get::<Principal>().unwrap();
    assert_eq!(principal.name(), "alice");
    reply.send_response(Response::default());
    assert_ready_ok!(call.poll());
}

#[test]
fn a_request_that_is_refused_gives_its_place_back() {
    let asks = Asks::default();
    let (mut service, mut peer) = rig(&asks);
    peer.allow(1);
    assert_ready_ok!(service.poll_ready());
    let mut call = task::spawn(service.get_mut().call(Request::new("body")));
    assert_pending!(call.poll());
    asks.says(Verdict::Invalid(Rejection::new("no", "no")));
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    drop(call);
    assert_ready_ok!(service.poll_ready());
}

#[test]
fn nobody_is_asked_for_a_client_that_has_left() {
    let asks = Asks::default();
    let (mut service, mut peer) = rig(&asks);
    peer.allow(1);
    assert_ready_ok!(service.poll_ready());
    let mut call = task::spawn(service.get_mut().call(Request::new("body")));
    assert_pending!(call.poll());
    assert!(asks.is_waited_for());
    drop(call);
    assert!(!asks.is_waited_for());
    assert_pending!(task::spawn(peer.next_request()).poll());
}

#[test]
fn a_verdict_may_ask_again() {
    let asks = Asks::default();
    let (mut service, mut peer) = rig(&asks);
    peer.allow(1);
    assert_ready_ok!(service.poll_ready());
    let mut call = task::spawn(service.get_mut().call(Request::new("body")));
    asks.says(Verdict::ask(async { alice() }));
    assert_pending!(call.poll());
    let next = assert_ready!(task::spawn(peer.next_request()).poll());
    let principal = next.unwrap().0.extensions().get::<Principal>().cloned();
    assert_eq!(principal.unwrap().name(), "alice");
}

#[test]
fn policies_go_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<Authentication>();
    shared::<ApiKeys>();
    shared::<ClientCertificates>();
    shared::<Location>();
    sent::<Verdict>();
}
