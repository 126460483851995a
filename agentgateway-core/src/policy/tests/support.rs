use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, request, response};
use http_body_util::{Channel, channel::Sender};
use tokio_test::{assert_ready, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::{
    body::End,
    error::{Error, ErrorKind},
    policy::*,
};

pub(super) type Answer = Response<Channel<Bytes, Error>>;
pub(super) type Stack = Policed<mock::Mock<Request<&'static str>, Answer>>;
pub(super) type Calling = task::Spawn<<Stack as Service<Request<&'static str>>>::Future>;

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    pub(super) fn write(&self, entry: impl Into<String>) {
        self.0.lock().unwrap().push(entry.into());
    }

    /// What happened since it was last asked.
    pub(super) fn read(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A policy that decides as it is told, and writes down what it sees.
pub(super) struct Probe<F> {
    pub(super) name: &'static str,
    pub(super) decide: F,
}

impl<F> Policy for Probe<F>
where
    F: Fn(&mut request::Parts) -> Decision + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        (self.decide)(head)
    }
}

/// Follows an exchange and writes down what it is told.
pub(super) struct Seen {
    name: &'static str,
    journal: Journal,
}

impl Follow for Seen {
    fn head(&mut self, head: &mut response::Parts) {
        let name = self.name;
        head.headers
            .append("seen-by", HeaderValue::from_static(name));
        self.journal
            .write(format!("{name}: {}", head.status.as_u16()));
    }

    fn end(&mut self, end: End<'_>) {
        self.journal
            .write(format!("{}: {}", self.name, end.as_str()));
    }
}

pub(super) fn following(name: &'static str, journal: &Journal) -> Arc<dyn Policy> {
    let journal = journal.clone();
    Arc::new(Probe {
        name,
        decide: move |_: &mut request::Parts| {
            journal.write(format!("{name}: asked"));
            Decision::Follow(Box::new(Seen {
                name,
                journal: journal.clone(),
            }))
        },
    })
}

pub(super) fn refusing(name: &'static str) -> Arc<dyn Policy> {
    Arc::new(Probe {
        name,
        decide: |_: &mut request::Parts| {
            Decision::Refuse(Error::new(ErrorKind::Forbidden, "not you"))
        },
    })
}

/// A service that says what to answer by hand.
pub(super) struct Rig {
    pub(super) service: mock::Spawn<Stack>,
    pub(super) peer: mock::Handle<Request<&'static str>, Answer>,
}

impl Rig {
    pub(super) fn new(policies: impl IntoIterator<Item = Arc<dyn Policy>>) -> Self {
        let (client, peer) = mock::pair();
        let service = PolicyLayer::all(policies).layer(client);
        Self {
            service: mock::Spawn::new(service),
            peer,
        }
    }

    pub(super) fn call(&mut self) -> Calling {
        assert_ready_ok!(self.service.poll_ready());
        task::spawn(self.service.get_mut().call(Request::new("body")))
    }

    pub(super) fn next(&mut self) -> (Request<&'static str>, mock::SendResponse<Answer>) {
        let mut request = task::spawn(self.peer.next_request());
        assert_ready!(request.poll()).unwrap()
    }
}

pub(super) fn answer() -> (Sender<Bytes, Error>, Answer) {
    let (sender, body) = Channel::new(2);
    (sender, Response::new(body))
}
