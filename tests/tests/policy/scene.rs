//! A stack of a Gateway within the test, and the tracing of this process.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway::{
    expression::{Expression, Vocabulary},
    telemetry::{
        AccessLogLayer, Collector as Address, Environment, GatewayName, OpenedServer, OtlpProtocol,
        Scope, SocketTracing, TelemetrySettings, Tracing, TracingPolicy, TracingState,
    },
};
use agentgateway_core::{
    Body, BoxError, route::Hostname, telemetry::TelemetryLayer, upstream::Upstream,
};
use agentgateway_tests::Collector;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};
use tower::{ServiceBuilder, ServiceExt, service_fn};

static TRACING: std::sync::OnceLock<Tracing> = std::sync::OnceLock::new();
static ALONE: AsyncMutex<()> = AsyncMutex::const_new(());

/// The tracing of this process, for one test at a time.
pub(crate) struct Scene {
    pub(crate) tracing: Tracing,
    _alone: MutexGuard<'static, ()>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let alone = ALONE.lock().await;
        let tracing = TRACING.get_or_init(|| Tracing::install().unwrap());
        Self {
            tracing: tracing.clone(),
            _alone: alone,
        }
    }

    /// Applies these states, with spans sent after 50 ms.
    pub(crate) fn apply(
        &self,
        states: &[(&str, TracingState)],
        variables: &[(&str, &str)],
    ) -> Vec<String> {
        let usual = [
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_SERVICE_NAME", "gw"),
        ];
        let environment = Environment::empty()
            .with_parameters("ns/params", variables.iter().copied())
            .with_parameters("ns/usual", usual);
        let states = states.iter().cloned();
        let tracing = states.map(|(name, state)| (named(name), state)).collect();
        self.tracing.apply(&TelemetrySettings {
            environment,
            tracing,
            ..TelemetrySettings::default()
        })
    }

    /// Applies these states of listeners, with spans sent after 50 ms.
    pub(crate) fn apply_to(&self, states: impl IntoIterator<Item = (Scope, TracingState)>) {
        let soon = [("OTEL_BSP_SCHEDULE_DELAY", "50")];
        self.tracing.apply(&TelemetrySettings {
            environment: Environment::empty().with_parameters("ns/usual", soon),
            tracing: states.into_iter().collect(),
            ..TelemetrySettings::default()
        });
    }

    /// The stack of a Gateway with one listener.
    pub(crate) fn gateway(&self, name: &str) -> Stack {
        self.stack(self.tracing.scope(&named(name)))
    }

    /// The tracing of a socket of the Gateway `ns/split`, with listeners of these hostnames.
    pub(crate) fn socket(&self, hostnames: &[&str]) -> SocketTracing {
        let listeners = hostnames.iter().map(|hostname| {
            let scope = Scope::listener(&split(), *hostname);
            (Hostname::parse(hostname), scope)
        });
        let listeners: Vec<_> = listeners.collect();
        self.tracing
            .socket(&listeners, &Scope::strays(&split(), 80))
    }

    /// The stack of a socket.
    pub(crate) fn stack(&self, tracing: SocketTracing) -> Stack {
        let seen = Arc::<Mutex<Vec<HeaderMap>>>::default();
        let heads = seen.clone();
        let upstream = Upstream::new(service_fn(move |request: Request<Body>| {
            heads.lock().unwrap().push(request.headers().clone());
            let path = request.uri().path();
            let code = if path == "/bad" { 502 } else { 200 };
            let answer = Response::builder().status(code);
            let answer = answer.body(Body::from(Bytes::from_static(b"ok")));
            std::future::ready(Ok::<_, BoxError>(answer.unwrap()))
        }));
        let service = ServiceBuilder::new()
            .layer(tracing.layer())
            .layer(AccessLogLayer::new(tracing))
            .layer(TelemetryLayer::server().instrument(OpenedServer::default()))
            .layer(TelemetryLayer::client())
            .service(upstream);
        let call = move |request: Request<Body>| {
            let service = service.clone();
            let answering: Answering = Box::pin(async move {
                let answer = service.oneshot(request).await.unwrap();
                let code = answer.status().as_u16();
                answer.into_body().collect().await.unwrap();
                Ok(code)
            });
            answering
        };
        Stack {
            call: Arc::new(call),
            seen,
        }
    }
}

/// The next test begins with nothing that is sent.
impl Drop for Scene {
    fn drop(&mut self) {
        // Nobody is named, and the environment names no endpoint.
        self.tracing.apply(&TelemetrySettings::default());
    }
}

type Answering = std::pin::Pin<Box<dyn Future<Output = Result<u16, Infallible>> + Send>>;

#[derive(Clone)]
pub(crate) struct Stack {
    call: Arc<dyn Fn(Request<Body>) -> Answering + Send + Sync>,
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Stack {
    /// The status of a GET.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::default()).unwrap();
        let Ok(code) = (self.call)(request).await;
        code
    }

    /// The last `traceparent` that the upstream saw.
    pub(crate) fn traceparent(&self) -> Option<String> {
        let seen = self.seen.lock().unwrap();
        let value = seen.last()?.get("traceparent")?;
        Some(value.to_str().unwrap().to_owned())
    }
}

/// The Gateway of more than one listener.
pub(crate) fn split() -> GatewayName {
    GatewayName::new("ns", "split")
}

fn named(name: &str) -> Scope {
    Scope::listener(&GatewayName::new("ns", name), "http")
}

/// A policy that traces everything to this collector.
pub(crate) fn policy(collector: &Collector) -> TracingPolicy {
    let address = Address::new(format!("127.0.0.1:{}", collector.port()), false);
    let mut policy = TracingPolicy::new("ns/otel", address, OtlpProtocol::Grpc);
    policy.random_sampling = Some(compile("true"));
    policy.client_sampling = Some(compile("true"));
    policy
}

pub(crate) fn compile(text: &str) -> Expression {
    Expression::compile(text, &Vocabulary::request().with_response()).unwrap()
}

/// Waits for a fact, for at most ten seconds.
pub(crate) async fn eventually(fact: impl Fn() -> bool) {
    for _ in 0..500 {
        if fact() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come true");
}
