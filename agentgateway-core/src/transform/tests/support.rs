use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, request, response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{Channel, channel::Sender};
use tokio_test::{assert_ready, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::{body::Peeked, error::Error, transform::*};

pub(super) type Sent = Request<Peeked<Channel<Bytes, Error>>>;
pub(super) type Answer = Response<Declared>;
pub(super) type Stack = Transform<mock::Mock<Sent, Answer>>;
pub(super) type Peer = mock::Handle<Sent, Answer>;
pub(super) type Calling = task::Spawn<<Stack as Service<Request<Channel<Bytes, Error>>>>::Future>;

pub(super) fn stack(transformation: Transformation) -> (Stack, Peer) {
    let (client, peer) = mock::pair();
    (TransformLayer::new(transformation).layer(client), peer)
}

pub(super) fn call(stack: &mut Stack, request: Request<Channel<Bytes, Error>>) -> Calling {
    let ready =
        std::future::poll_fn(|cx| Service::<Request<Channel<Bytes, Error>>>::poll_ready(stack, cx));
    assert_ready!(task::spawn(ready).poll()).unwrap();
    task::spawn(stack.call(request))
}

pub(super) fn next(peer: &mut Peer) -> (Sent, mock::SendResponse<Answer>) {
    assert_ready!(task::spawn(peer.next_request()).poll()).unwrap()
}

/// A body that comes when it is sent.
pub(super) fn channel() -> (Sender<Bytes, Error>, Channel<Bytes, Error>) {
    Channel::new(8)
}

/// Whether nobody reads any more.
pub(super) fn is_dropped(sender: &mut Sender<Bytes, Error>) -> bool {
    assert_ready!(task::spawn(sender.send_data("more".into())).poll()).is_err()
}

/// A body that may say its length, and comes when it is sent.
#[derive(Debug)]
pub(super) struct Declared(pub(super) Channel<Bytes, Error>, pub(super) Option<u64>);

impl HttpBody for Declared {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.0).poll_frame(cx));
        let data = frame.as_ref().and_then(|it| it.as_ref().ok()?.data_ref());
        if let (Some(data), Some(left)) = (data.map(Bytes::len), &mut self.1) {
            *left = left.saturating_sub(data as u64);
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        self.1.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

/// The head of a request after these changes.
pub(super) fn request(
    changes: &Changes<RequestField>,
    request: request::Builder,
) -> Result<request::Parts, Error> {
    let mut head = request.body(()).unwrap().into_parts().0;
    changes.apply(&mut head).map(|_| head)
}

/// The head of an answer after these changes, and its new body.
pub(super) fn response(
    changes: &Changes<ResponseField>,
    response: response::Builder,
) -> Result<(response::Parts, Option<Bytes>), Error> {
    let mut asked = Request::get("/").body(()).unwrap().into_parts().0;
    let mut head = response.body(()).unwrap().into_parts().0;
    let body = changes.apply(&mut asked, &mut head, None)?;
    Ok((head, body))
}

pub(super) fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| value.to_str().unwrap().into()).collect()
}

/// A function that says always this.
pub(super) fn says(text: &'static str) -> impl Fn(&Seen<'_>) -> Option<String> {
    move |_| Some(text.to_owned())
}

pub(super) fn fails<T>(_: &Seen<'_>) -> Option<T> {
    None
}
