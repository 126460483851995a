use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{
    Body, BoxError, Error,
    policy::{Policy, PolicyLayer, ResponseBody},
    upstream::{Client, Endpoint},
};
use envoy_types::pb::envoy::service::{
    auth::v3::{
        CheckRequest, CheckResponse,
        authorization_server::{Authorization, AuthorizationServer},
    },
    ratelimit::v3::{
        RateLimitRequest, RateLimitResponse,
        rate_limit_service_server::{RateLimitService, RateLimitServiceServer},
    },
};
use http::{Request, Response, request};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Status, transport::Server};
use tower::{Layer, ServiceExt, service_fn};

/// Longer than any answer takes on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

type Answer<Q, A> = Box<dyn Fn(&Q) -> Result<A, Status> + Send + Sync>;

/// A service that answers as a test says, and keeps what it was asked.
pub(crate) struct Judge<Q> {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Q>>>,
    /// Dropped, it ends the server and its connections.
    _stop: oneshot::Sender<()>,
}

type Stopped = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Script<Q, A> {
    asked: Arc<Mutex<Vec<Q>>>,
    answer: Answer<Q, A>,
    delay: Duration,
    calls: Arc<Mutex<Calls>>,
}

/// How many calls have begun, and how many of them were not answered to their end.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) begun: usize,
    pub(crate) cancelled: usize,
}

struct Unanswered(Option<Arc<Mutex<Calls>>>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(calls) = self.0.take() {
            calls.lock().unwrap().cancelled += 1;
        }
    }
}

impl<Q, A> Script<Q, A> {
    async fn answer(&self, question: Q) -> Result<tonic::Response<A>, Status> {
        self.calls.lock().unwrap().begun += 1;
        let mut unanswered = Unanswered(Some(Arc::clone(&self.calls)));
        tokio::time::sleep(self.delay).await;
        let answer = (self.answer)(&question);
        self.asked.lock().unwrap().push(question);
        unanswered.0 = None;
        answer.map(tonic::Response::new)
    }
}

#[tonic::async_trait]
impl Authorization for Script<CheckRequest, CheckResponse> {
    async fn check(
        &self,
        request: tonic::Request<CheckRequest>,
    ) -> Result<tonic::Response<CheckResponse>, Status> {
        self.answer(request.into_inner()).await
    }
}

#[tonic::async_trait]
impl RateLimitService for Script<RateLimitRequest, RateLimitResponse> {
    async fn should_rate_limit(
        &self,
        request: tonic::Request<RateLimitRequest>,
    ) -> Result<tonic::Response<RateLimitResponse>, Status> {
        self.answer(request.into_inner()).await
    }
}

/// What both kinds are started with.
pub(crate) struct Start {
    pub(crate) port: u16,
    pub(crate) delay: Duration,
    pub(crate) calls: Arc<Mutex<Calls>>,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            port: 0,
            delay: Duration::ZERO,
            calls: Arc::default(),
        }
    }
}

impl Start {
    pub(crate) async fn authz(
        self,
        answer: impl Fn(&CheckRequest) -> Result<CheckResponse, Status> + Send + Sync + 'static,
    ) -> Judge<CheckRequest> {
        let (listener, asked, script) = self.script(answer).await;
        let service = Server::builder().add_service(AuthorizationServer::new(script));
        Judge::run(listener, asked, |incoming, stopped| async {
            let served = service.serve_with_incoming_shutdown(incoming, stopped);
            served.await.expect("it serves");
        })
    }

    pub(crate) async fn ratelimit(
        self,
        answer: impl Fn(&RateLimitRequest) -> Result<RateLimitResponse, Status> + Send + Sync + 'static,
    ) -> Judge<RateLimitRequest> {
        let (listener, asked, script) = self.script(answer).await;
        let service = Server::builder().add_service(RateLimitServiceServer::new(script));
        Judge::run(listener, asked, |incoming, stopped| async {
            let served = service.serve_with_incoming_shutdown(incoming, stopped);
            served.await.expect("it serves");
        })
    }

    async fn script<Q, A>(
        self,
        answer: impl Fn(&Q) -> Result<A, Status> + Send + Sync + 'static,
    ) -> (TcpListener, Arc<Mutex<Vec<Q>>>, Script<Q, A>) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let asked = Arc::<Mutex<Vec<Q>>>::default();
        let script = Script {
            asked: Arc::clone(&asked),
            answer: Box::new(answer),
            delay: self.delay,
            calls: self.calls,
        };
        (listener, asked, script)
    }
}

impl<Q> Judge<Q> {
    fn run<F>(
        listener: TcpListener,
        asked: Arc<Mutex<Vec<Q>>>,
        serve: impl FnOnce(TcpListenerStream, Stopped) -> F,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let stopped: Stopped = Box::pin(async {
            let _ = stopped.await;
        });
        tokio::spawn(serve(TcpListenerStream::new(listener), stopped));
        Self {
            port,
            asked,
            _stop: stop,
        }
    }

    /// What it was asked since it was last looked at.
    pub(crate) fn asked(&self) -> Vec<Q> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

pub(crate) fn endpoint(port: u16) -> Endpoint {
    format!("127.0.0.1:{port}").parse().unwrap()
}

pub(crate) fn client() -> Client {
    Client::builder().http2_only().build()
}

/// The request as it came to the service behind, in the answer's extensions.
pub(crate) type Behind = Arc<request::Parts>;

/// Sends a request through a policy to a service that answers with a field `x-behind`.
pub(crate) async fn call(
    policy: impl Policy,
    request: Request<()>,
) -> Result<Response<ResponseBody<Body>>, Error> {
    let inner = service_fn(|request: Request<()>| async move {
        let mut response = Response::builder().header("x-behind", "1");
        let behind: Behind = Arc::new(request.into_parts().0);
        response.extensions_mut().unwrap().insert(behind);
        Ok::<_, BoxError>(response.body(Body::empty())?)
    });
    PolicyLayer::new(policy).layer(inner).oneshot(request).await
}

pub(crate) fn get(path: &str) -> Request<()> {
    Request::get(path).body(()).unwrap()
}

pub(crate) fn fields(headers: &http::HeaderMap) -> Vec<(&str, &[u8])> {
    let fields = headers.iter();
    fields
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}
