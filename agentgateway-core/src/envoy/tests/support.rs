use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, request};
use http_body_util::{BodyExt, Full};
use prost::Message;
use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::{
    body::Body,
    error::Error,
    policy::{Policed, Policy, PolicyLayer, ResponseBody},
    upstream::Upstream,
};

type Inner = mock::Mock<Request<()>, Response<Body>>;
type Stack = Policed<Inner>;
type Calling = task::Spawn<<Stack as Service<Request<()>>>::Future>;

/// A policy between a service that is asked and one that is behind it, both played by hand.
pub(in crate::envoy) struct Rig {
    service: mock::Spawn<Stack>,
    inner: mock::Handle<Request<()>, Response<Body>>,
    judge: mock::Handle<Request<Body>, Response<Body>>,
}

/// What the service was asked.
pub(in crate::envoy) struct Asked {
    pub(in crate::envoy) head: request::Parts,
    pub(in crate::envoy) body: Bytes,
}

/// What came of a request.
pub(in crate::envoy) enum Outcome {
    Passed(Passed),
    Answered(Response<Bytes>),
    Refused(Error),
}

/// A request that has come to the service behind.
pub(in crate::envoy) struct Passed {
    pub(in crate::envoy) head: request::Parts,
    reply: mock::SendResponse<Response<Body>>,
    call: Calling,
}

impl Rig {
    pub(in crate::envoy) fn new<P: Policy>(policy: impl FnOnce(Upstream) -> P) -> Self {
        let ((client, judge), (service, inner)) = (mock::pair(), mock::pair());
        let policy = policy(Upstream::new(client));
        Self {
            service: mock::Spawn::new(PolicyLayer::new(policy).layer(service)),
            inner,
            judge,
        }
    }

    /// Calls, and gives what the service is asked, and how to answer it.
    pub(in crate::envoy) fn ask(
        &mut self,
        request: Request<()>,
    ) -> (Calling, Asked, mock::SendResponse<Response<Body>>) {
        let mut call = self.call(request);
        assert_pending!(call.poll());
        let (asked, reply) = self.told();
        (call, asked, reply)
    }

    /// What the service is told beside an exchange.
    pub(in crate::envoy) fn told(&mut self) -> (Asked, mock::SendResponse<Response<Body>>) {
        let mut asked = task::spawn(self.judge.next_request());
        let (request, reply) = assert_ready!(asked.poll()).expect("it is told");
        let (head, body) = request.into_parts();
        let body = assert_ready_ok!(task::spawn(body.collect()).poll()).to_bytes();
        (Asked { head, body }, reply)
    }

    /// A request about which nobody is asked.
    pub(in crate::envoy) fn unasked(&mut self, request: Request<()>) -> Outcome {
        let call = self.call(request);
        let outcome = self.outcome(call);
        assert_pending!(task::spawn(self.judge.next_request()).poll());
        outcome
    }

    /// The service answers so.
    pub(in crate::envoy) fn judged(
        &mut self,
        request: Request<()>,
        answer: Result<Response<Body>, Error>,
    ) -> (Asked, Outcome) {
        let (call, asked, reply) = self.ask(request);
        match answer {
            Ok(response) => reply.send_response(response),
            Err(error) => reply.send_error(error),
        }
        assert!(call.is_woken());
        (asked, self.outcome(call))
    }

    pub(in crate::envoy) fn call(&mut self, request: Request<()>) -> Calling {
        assert_ready_ok!(self.service.poll_ready());
        task::spawn(self.service.get_mut().call(request))
    }

    pub(in crate::envoy) fn outcome(&mut self, mut call: Calling) -> Outcome {
        match call.poll() {
            std::task::Poll::Ready(Ok(response)) => Outcome::Answered(whole(response)),
            std::task::Poll::Ready(Err(error)) => Outcome::Refused(error),
            std::task::Poll::Pending => {
                let mut next = task::spawn(self.inner.next_request());
                let (request, reply) = assert_ready!(next.poll()).expect("it passes");
                let head = request.into_parts().0;
                Outcome::Passed(Passed { head, reply, call })
            }
        }
    }
}

impl Outcome {
    pub(in crate::envoy) fn passed(self) -> Passed {
        match self {
            Self::Passed(passed) => passed,
            Self::Answered(response) => panic!("answered: {response:?}"),
            Self::Refused(error) => panic!("refused: {error:?}"),
        }
    }

    pub(in crate::envoy) fn answered(self) -> Response<Bytes> {
        match self {
            Self::Answered(response) => response,
            Self::Passed(passed) => panic!("passed: {:?}", passed.head),
            Self::Refused(error) => panic!("refused: {error:?}"),
        }
    }

    pub(in crate::envoy) fn refused(self) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Passed(passed) => panic!("passed: {:?}", passed.head),
            Self::Answered(response) => panic!("answered: {response:?}"),
        }
    }
}

impl Passed {
    /// The answer that the client gets when the service behind gives this one.
    pub(in crate::envoy) fn answer(self, response: Response<Body>) -> Response<Bytes> {
        whole(self.begin(response))
    }

    /// The same, of which nothing but the head has come.
    pub(in crate::envoy) fn begin(
        mut self,
        response: Response<Body>,
    ) -> Response<ResponseBody<Body>> {
        self.reply.send_response(response);
        assert_ready_ok!(self.call.poll())
    }
}

impl Asked {
    pub(in crate::envoy) fn message<M: Message + Default>(&self) -> M {
        M::decode(self.body.slice(5..)).expect("the message that was meant")
    }

    pub(in crate::envoy) fn field(&self, name: &str) -> &str {
        self.head.headers[name].to_str().unwrap()
    }
}

fn whole(response: Response<ResponseBody<Body>>) -> Response<Bytes> {
    let (head, body) = response.into_parts();
    let bytes = assert_ready_ok!(task::spawn(body.collect()).poll()).to_bytes();
    Response::from_parts(head, bytes)
}

/// A message with the status OK behind it.
pub(in crate::envoy) fn grpc(message: &impl Message) -> Response<Body> {
    let bytes = message.encode_to_vec();
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    let frame = Bytes::from([&[0][..], &length, &bytes].concat());
    framed(frame, Some(0))
}

/// These bytes with this status behind them.
pub(in crate::envoy) fn framed(bytes: Bytes, status: Option<u64>) -> Response<Body> {
    let trailers = status.map(|status| headers([("grpc-status", &status.to_string())]));
    let body = Full::new(bytes).with_trailers(async move { trailers.map(Ok) });
    head_of_grpc().body(Body::new(body)).unwrap()
}

pub(in crate::envoy) fn head_of_grpc() -> http::response::Builder {
    Response::builder().header("content-type", "application/grpc+proto")
}

/// A status without a message.
pub(in crate::envoy) fn trailers_only(status: u64) -> Response<Body> {
    let head = head_of_grpc().header("grpc-status", status);
    head.body(Body::empty()).unwrap()
}

pub(in crate::envoy) fn headers<const N: usize>(fields: [(&str, &str); N]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::try_from(name).unwrap();
        headers.append(name, HeaderValue::try_from(value).unwrap());
    }
    headers
}

pub(in crate::envoy) fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).unwrap()
}
