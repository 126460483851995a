use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Channel, channel::Sender};
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower::ServiceExt;
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::*;
use crate::{
    body::Peeked,
    error::{Error, ErrorKind},
};

type Stream = Channel<Bytes, Error>;
type Sent = Request<Peeked<Stream>>;
type Rig = (
    Buffer<mock::Mock<Sent, Response<Stream>>>,
    mock::Handle<Sent, Response<Stream>>,
);

fn rig(layer: BufferLayer) -> Rig {
    let (client, peer) = mock::pair();
    (layer.layer(client), peer)
}

fn next(
    peer: &mut mock::Handle<Sent, Response<Stream>>,
) -> (Sent, mock::SendResponse<Response<Stream>>) {
    assert_ready!(task::spawn(peer.next_request()).poll()).unwrap()
}

fn send(sender: &mut Sender<Bytes, Error>, text: &'static str) {
    sender
        .try_send(http_body::Frame::data(text.into()))
        .unwrap();
}

fn both(max_bytes: usize) -> BufferLayer {
    let whole = Whole::up_to(max_bytes);
    BufferLayer::new().request(whole).response(whole)
}

#[tokio::test]
async fn each_body_is_whole_before_it_goes_on() {
    let (mut service, mut peer) = rig(both(8));
    let (mut sender, body) = Channel::new(4);
    let mut call = task::spawn(service.call(Request::new(body)));
    send(&mut sender, "tell ");
    assert_pending!(call.poll());
    assert!(task::spawn(peer.next_request()).poll().is_pending());
    send(&mut sender, "me");
    drop(sender);
    assert_pending!(call.poll());
    let (request, reply) = next(&mut peer);
    assert_eq!(request.into_body().whole().unwrap(), "tell me");
    let (mut sender, body) = Channel::new(4);
    reply.send_response(Response::new(body));
    send(&mut sender, "a ");
    assert_pending!(call.poll());
    send(&mut sender, "story");
    drop(sender);
    let answer = assert_ready_ok!(call.poll());
    assert_eq!(answer.into_body().whole().unwrap(), "a story");
}

#[tokio::test]
async fn a_longer_request_is_refused_before_it_goes_on() {
    let (mut service, mut peer) = rig(both(4));
    let (mut sender, body) = Channel::new(4);
    let mut call = task::spawn(service.call(Request::new(body)));
    send(&mut sender, "12345");
    assert_eq!(assert_ready_err!(call.poll()).kind(), ErrorKind::TooLarge);
    assert!(task::spawn(peer.next_request()).poll().is_pending());
}

/// Calls a service that answers so; the answer goes on being sent.
fn answering(
    layer: BufferLayer,
    method: Method,
    answer: http::response::Builder,
) -> (
    Sender<Bytes, Error>,
    impl Future<Output = Result<Response<Peeked<Stream>>, Error>>,
) {
    let (sender, body) = Channel::new(4);
    let answer = std::sync::Mutex::new(Some(answer.body(body).unwrap()));
    let answer = std::sync::Arc::new(answer);
    let service = tower::service_fn(move |_: Request<Peeked<Stream>>| {
        let answer = answer.lock().unwrap().take().unwrap();
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let request = Request::builder().method(method);
    let request = request.body(Channel::new(1).1).unwrap();
    (sender, layer.layer(service).oneshot(request))
}

#[tokio::test]
async fn a_longer_answer_is_an_error_and_a_broken_one_too() {
    let (mut sender, call) = answering(both(4), Method::GET, Response::builder());
    let mut call = task::spawn(call);
    send(&mut sender, "12345");
    let error = assert_ready_err!(call.poll());
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::BadAnswer, StatusCode::BAD_GATEWAY)
    );

    let (mut sender, call) = answering(both(4), Method::GET, Response::builder());
    let mut call = task::spawn(call);
    send(&mut sender, "12");
    assert_pending!(call.poll());
    sender.abort(Error::new(ErrorKind::Timeout, "late"));
    assert_eq!(assert_ready_err!(call.poll()).kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn what_is_longer_goes_on_as_it_comes_where_it_may() {
    let whole = Whole::up_to(4).pass_longer(true);
    let layer = BufferLayer::new().response(whole);
    let (mut sender, call) = answering(layer, Method::GET, Response::builder());
    let mut call = task::spawn(call);
    send(&mut sender, "12345");
    let answer = assert_ready_ok!(call.poll());
    send(&mut sender, "678");
    drop(sender);
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "12345678"
    );
}

#[tokio::test]
async fn what_has_no_end_to_wait_for_passes() {
    let stream = |kind| Response::builder().header(CONTENT_TYPE, kind);
    let tunnel = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
    for (method, answer) in [
        (Method::POST, stream("text/event-stream; charset=utf-8")),
        (Method::POST, stream("application/grpc+proto")),
        (Method::GET, tunnel),
        (Method::CONNECT, Response::builder()),
    ] {
        let (_sender, call) = answering(both(4), method, answer);
        assert_ready_ok!(task::spawn(call).poll());
    }
    // A call of gRPC goes on before its body has ended.
    let (mut service, mut peer) = rig(both(4));
    let (_sender, body) = Channel::new(4);
    let request = Request::builder().header(CONTENT_TYPE, "application/grpc");
    let mut call = task::spawn(service.call(request.body(body).unwrap()));
    assert_pending!(call.poll());
    next(&mut peer);
}

#[tokio::test]
async fn a_slow_upload_holds_no_place_inside() {
    let (mut service, mut peer) = rig(both(4));
    peer.allow(0);
    let (sender, body) = Channel::new(4);
    let mut call = task::spawn(service.call(Request::new(body)));
    assert_pending!(call.poll());
    drop(sender);
    assert_pending!(call.poll());
    peer.allow(1);
    assert!(call.is_woken());
    assert_pending!(call.poll());
    next(&mut peer).1.send_error("no");
    assert_ready_err!(call.poll());
}
