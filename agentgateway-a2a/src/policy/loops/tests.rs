use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use agentgateway_core::{
    Body,
    context::{AuthMethod, Principal},
    policy::PolicyLayer,
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::Loops;
use crate::A2aLayer;

type Asking = Pin<Box<dyn Future<Output = String> + Send>>;

/// What agents send on when they call the other one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Forwards {
    Hops,
    Trace,
    Nothing,
}

/// Two agents that call each other through the gateway, for ever.
#[derive(Clone)]
struct World {
    loops: Loops,
    forwards: Forwards,
    laps: Arc<AtomicUsize>,
    /// The lists that agents were shown.
    lists: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn new(loops: Loops, forwards: Forwards) -> Self {
        Self {
            loops,
            forwards,
            laps: Arc::default(),
            lists: Arc::default(),
        }
    }

    /// One call through the gateway to this agent, which calls the other one before it answers.
    fn call(&self, agent: &'static str, headers: HeaderMap) -> Asking {
        let world = self.clone();
        Box::pin(async move {
            let lap = world.laps.fetch_add(1, Ordering::Relaxed);
            assert!(lap < 1000, "nobody stops it");
            let inner = world.clone();
            let service = ServiceBuilder::new()
                .layer(A2aLayer::new().agent(agent))
                .layer(PolicyLayer::new(world.loops.clone()))
                .service(service_fn(move |request: Request<_>| {
                    inner.clone().answer(agent, request.headers().clone())
                }));
            // A new context each lap: the bound of contexts alone would not hold it.
            let body = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{{"message":{{"messageId":"m","contextId":"c{lap}","parts":[]}}}}}}"#
            );
            let mut request = Request::post("/")
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from(body)))
                .unwrap();
            request.headers_mut().extend(headers);
            // An agent is one caller, whoever began.
            let caller = Principal::new(AuthMethod::ApiKey, agent);
            caller.insert(request.extensions_mut());
            let answer = service.oneshot(request).await.unwrap();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            String::from_utf8(body.to_vec()).unwrap()
        })
    }

    async fn answer(
        self,
        agent: &'static str,
        headers: HeaderMap,
    ) -> Result<Response<Body>, Infallible> {
        let list = headers.get("x-a2a-hops").unwrap().to_str().unwrap();
        self.lists.lock().unwrap().push(list.to_owned());
        let mut sent = HeaderMap::new();
        let name = match self.forwards {
            Forwards::Hops => "x-a2a-hops",
            Forwards::Trace => "traceparent",
            Forwards::Nothing => "x-none",
        };
        if let Some(value) = headers.get(name) {
            sent.insert(name, value.clone());
        }
        let other = if agent == "planner" {
            "researcher"
        } else {
            "planner"
        };
        let said = self.call(other, sent).await;
        let response = Response::builder().header("content-type", "application/json");
        Ok(response.body(Body::from(Bytes::from(said))).unwrap())
    }

    fn laps(&self) -> usize {
        self.laps.load(Ordering::Relaxed)
    }
}

fn begun(forwards: Forwards) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if forwards == Forwards::Trace {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        headers.insert("traceparent", trace.parse().unwrap());
    }
    headers
}

/// Fault A15: a delegation loop A->gateway->B->gateway->A, with agents that forward the hop header: stopped at the hop limit, and the error names the loop.
#[tokio::test]
async fn a_loop_is_stopped_where_agents_send_the_hops_on() {
    let world = World::new(Loops::new().max_hops(4), Forwards::Hops);
    let said = world.call("planner", HeaderMap::new()).await;
    assert_eq!(world.laps(), 5);
    let chain = "planner -> researcher -> planner -> researcher -> planner";
    assert!(said.contains(chain), "{said}");
    assert!(said.contains(r#""code":-31403"#), "{said}");
    let lists = world.lists.lock().unwrap();
    assert_eq!(
        lists.last().unwrap(),
        "planner, researcher, planner, researcher"
    );
}

/// Fault A15: agents that forward `traceparent` alone: stopped by the calls of one trace to one agent at once.
#[tokio::test]
async fn a_loop_is_stopped_where_agents_send_the_trace_on() {
    let world = World::new(Loops::new().max_of_trace(3), Forwards::Trace);
    let said = world.call("planner", begun(Forwards::Trace)).await;
    assert_eq!(world.laps(), 7);
    assert!(
        said.contains("of this trace are in flight to the agent"),
        "{said}"
    );
    assert!(said.contains(r#""code":-31429"#), "{said}");
    assert_eq!(world.loops.in_flight(), 0);
}

/// Fault A15: agents that drop both: bounded by in-flight calls per caller and agent, whatever contexts they make up.
#[tokio::test]
async fn a_loop_is_bounded_where_agents_send_nothing_on() {
    let world = World::new(Loops::new().max_of_caller(6), Forwards::Nothing);
    let said = world.call("planner", HeaderMap::new()).await;
    assert_eq!(world.laps(), 13);
    assert!(said.contains("of this caller are in flight"), "{said}");
    assert_eq!(world.loops.in_flight(), 0);
}

/// Fault A16: fan-out bomb: one task spawns 1,000 children at once: bounded at each agent.
#[tokio::test]
async fn a_fan_out_of_one_trace_is_bounded() {
    let loops = Loops::new().max_of_trace(10);
    let service = ServiceBuilder::new()
        .layer(A2aLayer::new().agent("worker"))
        .layer(PolicyLayer::new(loops))
        .service(service_fn(|_: Request<_>| {
            std::future::pending::<Result<Response<Body>, Infallible>>()
        }));
    let child = || {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{}}"#;
        let mut request = Request::post("/")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        request.headers_mut().extend(begun(Forwards::Trace));
        request
    };
    let mut children = Vec::new();
    let mut refused = 0;
    for _ in 0..1000 {
        let mut one = tokio_test::task::spawn(service.clone().oneshot(child()));
        match one.poll() {
            std::task::Poll::Ready(answer) => {
                refused += usize::from(answer.unwrap().status() == 429);
            }
            std::task::Poll::Pending => children.push(one),
        }
    }
    assert_eq!((children.len(), refused), (10, 990));
}

/// Fault A16: fan-out bomb: one task spawns 1,000 children one after another, through several agents: held to a
/// budget of its own, which another task does not spend.
#[tokio::test]
async fn a_root_task_has_a_budget() {
    let loops = Loops::new().max_of_root(100);
    let send = |agent: &'static str, trace: u32| {
        let service = ServiceBuilder::new()
            .layer(A2aLayer::new().agent(agent))
            .layer(PolicyLayer::new(loops.clone()))
            .service(service_fn(|_: Request<_>| async {
                Ok::<_, Infallible>(Response::new(Body::empty()))
            }));
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{}}"#;
        let trace = format!("00-{trace:032x}-b7ad6b7169203331-01");
        let request = Request::post("/")
            .header("content-type", "application/json")
            .header("traceparent", trace)
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        service.oneshot(request)
    };
    let mut refused = 0;
    for child in 0..1000 {
        let agent = ["worker", "planner"][child % 2];
        let answer = send(agent, 7).await.unwrap();
        if answer.status() == 429 {
            assert!(answer.headers().contains_key("retry-after"));
            refused += 1;
        }
    }
    assert_eq!(refused, 900);
    assert_eq!(send("worker", 8).await.unwrap().status(), 200);
}

/// Fault A15: the header cannot be reset by the caller: what is sent counts, in one header or in several.
#[tokio::test]
async fn a_list_of_the_caller_only_counts_up() {
    let loops = Loops::new().max_hops(3);
    for (values, stopped) in [
        (&["a, b, c"][..], true),
        (&["a", "b,c"], true),
        (&["a", "", " ,, "], false),
        (&["a", "\u{e9}", "\u{e9}"], true),
    ] {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append("x-a2a-hops", value);
        }
        let world = World::new(loops.clone(), Forwards::Hops);
        world.call("planner", headers).await;
        assert_eq!(world.laps() == 1, stopped, "{values:?}");
    }
    let mut long = HeaderMap::new();
    long.insert("x-a2a-hops", "x".repeat(5000).parse().unwrap());
    let world = World::new(loops, Forwards::Hops);
    let said = world.call("planner", long).await;
    assert!(world.laps() == 1 && said.len() < 1000, "{said}");
}
