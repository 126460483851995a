//! Poll by poll, with the time in the test's hands.

mod body;
mod cutoff;
mod head;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use http_body_util::{Channel, channel::Sender};
use tokio::time::advance;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::*;
use crate::{
    context::{Arrived, Deadline},
    error::{Error, ErrorKind, Origin},
};

type Answer = Response<Channel<Bytes, Error>>;
type Stack = Timeout<mock::Mock<Request<&'static str>, Answer>>;
type Calling = task::Spawn<<Stack as Service<Request<&'static str>>>::Future>;
type Body = task::Spawn<ResponseBody<Channel<Bytes, Error>>>;
type Polled = std::task::Poll<Option<Result<Frame<Bytes>, Error>>>;

struct Rig {
    service: mock::Spawn<Stack>,
    peer: mock::Handle<Request<&'static str>, Answer>,
}

impl Rig {
    fn new(layer: TimeoutLayer) -> Self {
        let (client, peer) = mock::pair();
        Self {
            service: mock::Spawn::new(layer.layer(client)),
            peer,
        }
    }

    fn call(&mut self, request: Request<&'static str>) -> Calling {
        assert_ready_ok!(self.service.poll_ready());
        task::spawn(self.service.get_mut().call(request))
    }

    /// The request that arrived, and how to answer it.
    fn next(&mut self) -> (Request<&'static str>, mock::SendResponse<Answer>) {
        let mut request = task::spawn(self.peer.next_request());
        assert_ready!(request.poll()).unwrap()
    }

    /// The body of an answer whose head came at once, and what feeds it.
    fn body(&mut self, request: Request<&'static str>) -> (Sender<Bytes, Error>, Body) {
        let mut call = self.call(request);
        let (sender, answer) = answer();
        self.next().1.send_response(answer);
        let body = assert_ready_ok!(call.poll()).into_body();
        (sender, task::spawn(body))
    }
}

const fn seconds(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count))
}

async fn wait(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}

fn request() -> Request<&'static str> {
    Request::new("")
}

fn answer() -> (Sender<Bytes, Error>, Answer) {
    let (sender, body) = Channel::new(8);
    (sender, Response::new(body))
}

fn poll(body: &mut Body) -> Polled {
    body.enter(|cx, body| body.poll_frame(cx))
}

async fn send(sender: &mut Sender<Bytes, Error>) {
    sender.send_data(Bytes::from_static(b"x")).await.unwrap();
}

#[track_caller]
fn assert_timeout(error: &Error) {
    let told = (error.kind(), error.origin());
    assert_eq!(told, (ErrorKind::Timeout, Origin::Upstream), "{error}");
}
