use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Channel, channel::Sender};
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::*;
use crate::{
    body::Peeked,
    error::{Error, ErrorKind},
};

type Upload = Channel<Bytes, Error>;
type Seen = Request<Peeked<Upload>>;
type Stack = Prefix<mock::Mock<Seen, Response<()>>>;
type Calling = task::Spawn<<Stack as Service<Request<Upload>>>::Future>;

struct Rig {
    service: mock::Spawn<Stack>,
    peer: mock::Handle<Seen, Response<()>>,
}

impl Rig {
    fn new(layer: &PrefixLayer) -> Self {
        let (client, peer) = mock::pair();
        Self {
            service: mock::Spawn::new(layer.layer(client)),
            peer,
        }
    }

    fn call(&mut self, kind: &'static str) -> (Sender<Bytes, Error>, Calling) {
        let (sender, body) = Channel::new(4);
        let request = Request::post("/").header("content-type", kind);
        let request = request.extension(BodyPrefix::new(Bytes::from_static(b"old"), true));
        assert_ready_ok!(self.service.poll_ready());
        let request = request.body(body).unwrap();
        (sender, task::spawn(self.service.get_mut().call(request)))
    }

    fn next(&mut self) -> (Seen, mock::SendResponse<Response<()>>) {
        let mut request = task::spawn(self.peer.next_request());
        assert_ready!(request.poll()).unwrap()
    }
}

fn send(sender: &mut Sender<Bytes, Error>, text: &'static str) {
    assert_ready_ok!(task::spawn(sender.send_data(text.into())).poll());
}

fn prefix(request: &Seen) -> (&[u8], bool) {
    let found = request.extensions().get::<BodyPrefix>().unwrap();
    (found.bytes(), found.is_whole())
}

fn rest(request: Seen) -> Bytes {
    let mut whole = task::spawn(request.into_body().collect());
    assert_ready_ok!(whole.poll()).to_bytes()
}

#[test]
fn is_ready_at_once_and_waits_for_the_service_behind_the_body() {
    let mut rig = Rig::new(&PrefixLayer::new(8));
    rig.peer.allow(0);
    let (mut sender, mut call) = rig.call("text/plain");
    assert_pending!(call.poll());
    send(&mut sender, "hi");
    drop(sender);
    assert_pending!(call.poll());
    assert_pending!(task::spawn(rig.peer.next_request()).poll());
    rig.peer.allow(1);
    assert!(call.is_woken());
    assert_pending!(call.poll());
    let (request, reply) = rig.next();
    assert_eq!(prefix(&request), (&b"hi"[..], true));
    assert_eq!(rest(request), "hi");
    reply.send_response(Response::new(()));
    assert_ready_ok!(call.poll());
}

#[test]
fn a_longer_body_is_cut_for_those_who_look_and_whole_behind() {
    let mut rig = Rig::new(&PrefixLayer::new(4));
    let (mut sender, mut call) = rig.call("text/plain");
    send(&mut sender, "abc");
    assert_pending!(call.poll());
    send(&mut sender, "def");
    // Nobody waits for what is behind the limit.
    assert_pending!(call.poll());
    let (request, _reply) = rig.next();
    assert_eq!(prefix(&request), (&b"abcd"[..], false));
    send(&mut sender, "ghi");
    drop(sender);
    assert_eq!(rest(request), "abcdefghi");
}

#[test]
fn a_body_of_the_limits_length_may_go_on() {
    let mut rig = Rig::new(&PrefixLayer::new(4));
    let (mut sender, mut call) = rig.call("text/plain");
    send(&mut sender, "abcd");
    assert_pending!(call.poll());
    assert_eq!(prefix(&rig.next().0), (&b"abcd"[..], false));
}

#[test]
fn a_longer_body_is_refused_where_it_is_to_be() {
    let mut rig = Rig::new(&PrefixLayer::new(4).refuse_longer(true));
    let (mut sender, mut call) = rig.call("text/plain");
    send(&mut sender, "abcd");
    assert_pending!(call.poll());
    send(&mut sender, "e");
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(
        error.message(),
        "the request body is over the limit of 4 bytes"
    );
    assert_pending!(task::spawn(rig.peer.next_request()).poll());
}

#[test]
fn passes_by_what_it_is_not_to_read() {
    let by_kind = PrefixLayer::new(8);
    let by_condition = PrefixLayer::new(8).when(|head| head.method != http::Method::POST);
    for (layer, kind) in [
        (by_kind, "application/grpc+proto"),
        (by_condition, "text/plain"),
    ] {
        let mut rig = Rig::new(&layer);
        let (_sender, mut call) = rig.call(kind);
        assert_pending!(call.poll());
        let (request, _reply) = rig.next();
        assert!(request.extensions().get::<BodyPrefix>().is_none(), "{kind}");
    }
}

#[test]
fn a_body_that_fails_is_told_so_and_calls_nobody() {
    let mut rig = Rig::new(&PrefixLayer::new(8));
    let (sender, mut call) = rig.call("text/plain");
    sender.abort(Error::new(ErrorKind::RequestTimeout, "too slow"));
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::RequestTimeout);
    assert_pending!(task::spawn(rig.peer.next_request()).poll());
}

#[test]
fn an_error_of_the_service_goes_on() {
    let mut rig = Rig::new(&PrefixLayer::new(8));
    let (sender, mut call) = rig.call("text/plain");
    drop(sender);
    assert_pending!(call.poll());
    let late = Error::new(ErrorKind::Timeout, "late");
    rig.next().1.send_error(late);
    assert_eq!(assert_ready_err!(call.poll()).kind(), ErrorKind::Timeout);
}

#[test]
fn trailers_pass_behind_what_was_read() {
    let mut rig = Rig::new(&PrefixLayer::new(8));
    let (mut sender, mut call) = rig.call("text/plain");
    send(&mut sender, "hi");
    let trailers = HeaderMap::from_iter([("x-sum".parse().unwrap(), 1.into())]);
    assert_ready_ok!(task::spawn(sender.send_trailers(trailers.clone())).poll());
    drop(sender);
    assert_pending!(call.poll());
    let (request, _reply) = rig.next();
    assert_eq!(prefix(&request), (&b"hi"[..], true));
    let mut whole = task::spawn(request.into_body().collect());
    assert_eq!(assert_ready_ok!(whole.poll()).trailers(), Some(&trailers));
}

#[test]
fn a_client_that_leaves_while_it_sends_calls_nobody() {
    let mut rig = Rig::new(&PrefixLayer::new(8));
    let (sender, mut call) = rig.call("text/plain");
    assert_pending!(call.poll());
    drop(call);
    drop(sender);
    assert_pending!(task::spawn(rig.peer.next_request()).poll());
}

#[test]
fn services_and_futures_go_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<PrefixLayer>();
    shared::<Stack>();
    sent::<Calling>();
}
