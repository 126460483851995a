use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Channel, channel::Sender};
use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::{
    context::{AuthMethod, CallFacts, CallView, Fact, Principal},
    error::Error,
    policy::*,
    store::*,
};

pub(super) type Answer = Response<Channel<Bytes, Error>>;
pub(super) type Body = ResponseBody<Channel<Bytes, Error>>;
pub(super) type Stack = Policed<mock::Mock<Request<()>, Answer>>;
pub(super) type Calling = task::Spawn<<Stack as Service<Request<()>>>::Future>;

/// Policies over a service that says what to answer by hand.
pub(super) struct Rig {
    service: mock::Spawn<Stack>,
    peer: mock::Handle<Request<()>, Answer>,
}

impl Rig {
    pub(super) fn new(policy: impl Policy) -> Self {
        Self::all([Arc::new(policy) as Arc<dyn Policy>])
    }

    pub(super) fn all(policies: impl IntoIterator<Item = Arc<dyn Policy>>) -> Self {
        let (client, peer) = mock::pair();
        let service = mock::Spawn::new(PolicyLayer::all(policies).layer(client));
        Self { service, peer }
    }

    pub(super) fn call(&mut self, request: Request<()>) -> Calling {
        assert_ready_ok!(self.service.poll_ready());
        task::spawn(self.service.get_mut().call(request))
    }

    /// The request that has come through.
    pub(super) fn next(&mut self) -> mock::SendResponse<Answer> {
        let mut request = task::spawn(self.peer.next_request());
        assert_ready!(request.poll()).unwrap().1
    }

    /// A request that goes through and is answered so; what sends its body, and its answer.
    pub(super) fn answered(
        &mut self,
        request: Request<()>,
        status: u16,
    ) -> (Sender<Bytes, Error>, Response<Body>) {
        let mut call = self.call(request);
        // What is asked soon is asked now.
        assert_pending!(call.poll());
        let (sender, body) = Channel::new(2);
        let response = Response::builder().status(status).body(body).unwrap();
        self.next().send_response(response);
        (sender, assert_ready_ok!(call.poll()))
    }

    /// What a request is refused with.
    pub(super) fn refused(&mut self, request: Request<()>) -> Error {
        assert_ready!(self.call(request).poll()).unwrap_err()
    }
}

pub(super) fn empty() -> Answer {
    Response::new(Channel::new(1).1)
}

/// A request of this caller.
pub(super) fn of(caller: &str) -> Request<()> {
    let mut request = Request::new(());
    Principal::new(AuthMethod::ApiKey, caller).insert(request.extensions_mut());
    request
}

/// A typed call as a protocol layer writes it.
#[derive(Clone)]
struct Call {
    body_bytes: u64,
    max_tokens: Option<u64>,
}

impl CallFacts for Call {
    const PROTOCOL: &'static str = "test";
    const NAMES: &'static [&'static str] = &["bodyBytes", "maxTokens", "choices"];

    fn fact(&self, name: &str) -> Option<Fact<'_>> {
        Some(Fact::Number(match name {
            "bodyBytes" => self.body_bytes,
            "maxTokens" => self.max_tokens?,
            "choices" => 2,
            _ => return None,
        }))
    }
}

/// A call of alice's, of so many bytes, that asks for two answers.
pub(super) fn call(body_bytes: u64, max_tokens: impl Into<Option<u64>>) -> Request<()> {
    let mut request = of("alice");
    request.extensions_mut().insert(CallView::of::<Call>());
    request.extensions_mut().insert(Call {
        body_bytes,
        max_tokens: max_tokens.into(),
    });
    request
}

/// A ledger that counts how often it is asked and told.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) ledger: MemoryLedger,
    pub(super) granted: AtomicUsize,
    pub(super) settled: AtomicUsize,
    pub(super) charged: Mutex<Vec<u64>>,
}

impl Ledger for Counted {
    fn reserve(
        &self,
        key: &str,
        amount: u64,
        allowance: Allowance,
    ) -> Later<Result<Reserved, StoreError>> {
        let reserved = self.ledger.reserve(key, amount, allowance);
        if let Later::Now(Ok(Reserved::Granted(_))) = &reserved {
            self.granted.fetch_add(1, SeqCst);
        }
        reserved
    }

    fn settle(&self, reservation: Reservation, spent: u64) {
        self.settled.fetch_add(1, SeqCst);
        self.ledger.settle(reservation, spent);
    }

    fn charge(&self, _: &str, spent: u64, _: Allowance) {
        self.charged.lock().unwrap().push(spent);
    }
}

/// A store that is away, and says so now or soon.
pub(super) struct Away {
    pub(super) soon: bool,
}

impl Away {
    fn word<T: Send + 'static>(&self) -> Later<Result<T, StoreError>> {
        if self.soon {
            Later::soon(async { Err(StoreError::Late) })
        } else {
            Later::Now(Err(StoreError::Away))
        }
    }
}

impl RateStore for Away {
    fn take(&self, _: &str, _: &[Rate], _: u64) -> Later<Result<Taken, StoreError>> {
        self.word()
    }

    fn charge(&self, _: &str, _: &[Rate], _: u64) {}
}

impl Ledger for Away {
    fn reserve(&self, _: &str, _: u64, _: Allowance) -> Later<Result<Reserved, StoreError>> {
        self.word()
    }

    fn settle(&self, _: Reservation, _: u64) {}

    fn charge(&self, _: &str, _: u64, _: Allowance) {}
}
