use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Channel, Full};
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::*;
use crate::{
    body::Peeked,
    error::{BoxError, Error, ErrorKind},
};

type Sent<B> = Request<Peeked<B>>;
type Rig<B> = (
    Hold<mock::Mock<Sent<B>, Response<()>>>,
    mock::Handle<Sent<B>, Response<()>>,
);

fn rig<B>(limit_bytes: usize) -> Rig<B>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let (client, peer) = mock::pair();
    (HoldLayer::new(limit_bytes).layer(client), peer)
}

fn next<B>(
    peer: &mut mock::Handle<Sent<B>, Response<()>>,
) -> (Sent<B>, mock::SendResponse<Response<()>>)
where
    B: HttpBody,
{
    let mut request = task::spawn(peer.next_request());
    assert_ready!(request.poll()).unwrap()
}

/// A body that says its length and comes when it is sent.
fn declared(length: u64) -> (http_body_util::channel::Sender<Bytes, Error>, Declared) {
    let (sender, body) = Channel::new(4);
    (sender, Declared(body, length))
}

struct Declared(Channel<Bytes, Error>, u64);

impl HttpBody for Declared {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.0).poll_frame(cx));
        if let Some(data) = frame
            .as_ref()
            .and_then(|frame| frame.as_ref().ok()?.data_ref())
        {
            self.1 -= data.len() as u64;
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.1)
    }
}

#[tokio::test]
async fn a_small_body_is_here_before_the_request_goes_on() {
    let (mut service, mut peer) = rig(4);
    let (mut sender, body) = declared(4);
    let mut call = task::spawn(service.call(Request::put("/x").body(body).unwrap()));
    assert_pending!(call.poll());
    sender.send_data(Bytes::from_static(b"12")).await.unwrap();
    assert_pending!(call.poll());
    assert!(task::spawn(peer.next_request()).poll().is_pending());
    sender.send_data(Bytes::from_static(b"34")).await.unwrap();
    drop(sender);
    assert_pending!(call.poll());
    let (request, reply) = next(&mut peer);
    assert_eq!(
        (request.method().as_str(), request.uri().path()),
        ("PUT", "/x")
    );
    assert_eq!(request.into_body().whole().unwrap(), "1234");
    reply.send_response(Response::new(()));
    assert_ready_ok!(call.poll());
}

#[tokio::test]
async fn what_is_large_or_of_unknown_length_passes_as_it_comes() {
    let (mut service, mut peer) = rig(4);
    let (_sender, body) = declared(5);
    let mut call = task::spawn(service.call(Request::new(body)));
    assert_pending!(call.poll());
    assert_eq!(next(&mut peer).0.into_body().whole(), None);

    let (mut service, mut peer) = rig(4);
    let (_sender, body) = Channel::<Bytes, Error>::new(1);
    let mut call = task::spawn(service.call(Request::new(body)));
    assert_pending!(call.poll());
    assert_eq!(next(&mut peer).0.into_body().whole(), None);
}

#[tokio::test]
async fn a_body_that_fails_fails_inside() {
    let (mut service, mut peer) = rig(4);
    let (sender, body) = declared(4);
    let mut call = task::spawn(service.call(Request::new(body)));
    sender.abort(Error::new(ErrorKind::Canceled, "gone"));
    assert_pending!(call.poll());
    let body = next(&mut peer).0.into_body();
    assert_eq!(
        body.collect().await.unwrap_err().kind(),
        ErrorKind::Canceled
    );
}

#[tokio::test]
async fn waits_for_the_inner_service_behind_the_body() {
    let (mut service, mut peer) = rig::<Full<Bytes>>(4);
    peer.allow(0);
    let ready =
        std::future::poll_fn(|cx| Service::<Request<Full<Bytes>>>::poll_ready(&mut service, cx));
    assert_ready_ok!(task::spawn(ready).poll());
    let mut call = task::spawn(service.call(Request::new(Full::from("x"))));
    assert_pending!(call.poll());
    peer.allow(1);
    assert!(call.is_woken());
    assert_pending!(call.poll());
    next(&mut peer).1.send_error("no");
    let error: BoxError = assert_ready_err!(call.poll());
    assert_eq!(error.to_string(), "no");
    let mut call = task::spawn(service.call(Request::new(Full::from("x"))));
    peer.send_error("closed");
    let error: BoxError = assert_ready_err!(call.poll());
    assert_eq!(error.to_string(), "closed");
}
