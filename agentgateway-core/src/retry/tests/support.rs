use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body_util::{Channel, channel::Sender};
use tokio::time::advance;
use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::{
    body::Body,
    context::{CallFacts, CallView, Fact},
    error::Error,
    retry::*,
};

pub(super) type Answer = Response<Channel<Bytes, Error>>;
pub(super) type Client = mock::Mock<Request<Body>, Answer>;
pub(super) type Calling<J> = task::Spawn<ResponseFuture<Client, J, Body>>;

/// A service that is answered by hand, behind a layer whose waits are the longest that chance gives.
pub(super) struct Rig<J = Transient> {
    pub(super) service: mock::Spawn<Retry<Client, J>>,
    pub(super) peer: mock::Handle<Request<Body>, Answer>,
    pub(super) told: Told,
}

/// What the layer has told, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn write(&self, word: impl Into<String>) {
        self.0.lock().unwrap().push(word.into());
    }

    /// What was told since it was last asked.
    pub(super) fn read(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(|layer| layer)
    }
}

impl<J: Judge + Clone> Rig<J> {
    pub(super) fn with(set: impl FnOnce(RetryLayer) -> RetryLayer<J>) -> Self {
        let (client, peer) = mock::pair();
        let told = Told::default();
        let (retries, skips) = (told.clone(), told.clone());
        let layer = set(RetryLayer::new())
            .random(|| u64::MAX)
            .on_retry(move |attempt| retries.write(format!("attempt {attempt}")))
            .on_skip(move |why| skips.write(why.as_str()));
        Self {
            service: mock::Spawn::new(layer.layer(client)),
            peer,
            told,
        }
    }

    pub(super) fn call(&mut self, request: Request<Body>) -> Calling<J> {
        assert_ready_ok!(self.service.poll_ready());
        let mut call = task::spawn(self.service.get_mut().call(request));
        assert_pending!(call.poll());
        call
    }

    /// The request that arrived, and how to answer it.
    pub(super) fn next(&mut self) -> (Request<Body>, mock::SendResponse<Answer>) {
        let mut request = task::spawn(self.peer.next_request());
        assert_ready!(request.poll()).unwrap()
    }

    /// Nothing arrives.
    pub(super) fn is_quiet(&mut self) -> bool {
        task::spawn(self.peer.next_request()).poll().is_pending()
    }

    /// Answers what has arrived with this status, and lets the call see it.
    pub(super) fn answer(&mut self, status: u16) -> Request<Body> {
        self.answer_with(status, &[])
    }

    pub(super) fn answer_with(&mut self, status: u16, fields: &[(&str, &str)]) -> Request<Body> {
        let (request, reply) = self.next();
        reply.send_response(answer(status, fields).1);
        request
    }

    pub(super) fn fail(&mut self, error: Error) -> Request<Body> {
        let (request, reply) = self.next();
        reply.send_error(error);
        request
    }
}

pub(super) fn answer(status: u16, fields: &[(&str, &str)]) -> (Sender<Bytes, Error>, Answer) {
    let (sender, body) = Channel::new(2);
    let mut response = Response::builder().status(status);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    (sender, response.body(body).unwrap())
}

pub(super) fn get() -> Request<Body> {
    Request::get("/").body(Body::empty()).unwrap()
}

pub(super) fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/").body(body.into()).unwrap()
}

pub(super) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Lets so much time go by. Timers ring at whole milliseconds.
pub(super) async fn wait(time: Duration) {
    advance(time + ms(1)).await;
}

/// A call of a protocol that says whether it is safe.
#[derive(Clone, Debug)]
pub(super) struct Call(pub(super) bool);

impl CallFacts for Call {
    const PROTOCOL: &'static str = "test";
    const NAMES: &'static [&'static str] = &[];

    fn fact(&self, _: &str) -> Option<Fact<'_>> {
        None
    }

    fn is_safe(&self) -> bool {
        self.0
    }
}

/// A POST that carries a call.
pub(super) fn calling(is_safe: bool) -> Request<Body> {
    let mut request = post(Body::from(Bytes::from_static(b"{}")));
    request.extensions_mut().insert(Call(is_safe));
    request.extensions_mut().insert(CallView::of::<Call>());
    request
}

/// A judge that wants everything again.
#[derive(Clone, Debug)]
pub(super) struct Always;

impl Judge for Always {
    fn answer(&self, _: &request::Parts, _: &http::response::Parts) -> Verdict {
        Verdict::Again
    }

    fn error(&self, _: &request::Parts, _: &Error) -> Verdict {
        Verdict::Again
    }
}
