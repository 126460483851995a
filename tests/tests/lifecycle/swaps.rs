//! Two hundred stacks, one after the other, under two hundred streams and a steady load.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use agentgateway::{
    assemble::{self, Parts, Table},
    config::{self, File, LoadOptions},
    observe::Observer,
    telemetry::ExportStats,
};
use agentgateway_core::{
    Body,
    server::{Config, Drain, Listener, RequestBody, serve},
    swap::{Swap, SwapHandle},
};
use agentgateway_tests::{
    raw::{RawClient, eventually},
    traffic::{Call, Verdict},
};
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};

use super::held::Held;

const SWAPS: u64 = 200;
/// Calls of the steady load have numbers from here on.
const STEADY: u64 = 1_000_000;
const STREAMS: [Call; 3] = [Call::ChatStream, Call::ToolStream, Call::MessageStream];
/// The answer's field that names its stack.
const STACK: &str = "x-stack";

/// A listener's routes as the command has them, and which stack they are.
#[derive(Clone)]
struct Stack {
    table: Table,
    of: Arc<u64>,
}

impl Service<Request<RequestBody>> for Stack {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// The stack is held by its bodies, and each begins and ends in it.
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Self { table, of } = self.clone();
        Box::pin(async move {
            let mut response = table.oneshot(request.map(Body::new)).await?;
            let name = HeaderValue::from_str(&of.to_string()).unwrap();
            response.headers_mut().insert(STACK, name);
            let held = move |frame| {
                let _of = &of;
                frame
            };
            Ok(response.map(|body| Body::new(body.map_frame(held))))
        })
    }
}

/// The stacks of one listener, made anew from manifests each time, over one client.
struct Stacks {
    parts: Parts,
    upstream: u16,
    listener: &'static str,
    made: Vec<Weak<u64>>,
}

impl Stacks {
    fn next(&mut self) -> Stack {
        let manifests = Call::manifests(self.upstream);
        let files = [File::new("test.yaml", manifests.text())];
        let loaded = config::load(&files[..], &LoadOptions::default());
        let loaded = loaded.unwrap_or_else(|report| panic!("{report}"));
        let plan = assemble::plan(&loaded.compiled.snapshot, &self.parts);
        let mut sockets = plan.sockets.into_iter();
        let planned = sockets.find(|planned| planned.listeners[0].name == self.listener);
        let of = Arc::new(self.made.len() as u64);
        self.made.push(Arc::downgrade(&of));
        Stack {
            table: planned.unwrap().table,
            of,
        }
    }

    /// Stacks that somebody still has.
    fn alive(&self) -> usize {
        self.made
            .iter()
            .filter(|made| made.strong_count() > 0)
            .count()
    }
}

/// A listener that serves the current one of them.
async fn listening(stacks: &mut Stacks) -> (SocketAddr, SwapHandle<Stack>) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let (service, handle) = Swap::new(stacks.next());
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    (addr, handle)
}

/// Asks until it is told to stop; gives how many were answered. Stacks never come back.
async fn steadily(
    addr: SocketAddr,
    call: Call,
    numbers: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> u64 {
    let mut client = RawClient::connect(addr).await;
    let (mut asked, mut last) = (0, 0);
    while !stop.load(Relaxed) {
        let number = numbers.fetch_add(1, Relaxed);
        client.send(call.request(number)).await;
        let answer = client.answer().await;
        assert_eq!(call.judge(number, answer.as_ref()), Verdict::Whole);
        let stack = answer.unwrap().values(STACK)[0].parse().unwrap();
        assert!(stack >= last, "{stack} after {last}");
        (asked, last) = (asked + 1, stack);
    }
    asked
}

/// Fault C05 (part): 200 stacks under 200 streams and a steady load: no request fails, each stream ends in the stack that it began in, and old stacks are freed with their last stream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stacks_are_replaced_under_load_and_cost_no_request() {
    let upstream = Held::start().await;
    let parts = Parts::new(Observer::new(&ExportStats::default()));
    let mut all: Vec<_> = ["llm", "mcp", "a2a"]
        .map(|listener| Stacks {
            parts: parts.clone(),
            upstream: upstream.raw.port(),
            listener,
            made: Vec::new(),
        })
        .into();
    let mut handles = Vec::new();
    for stacks in &mut all {
        handles.push(listening(stacks).await);
    }
    let (stop, numbers) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(STEADY)),
    );
    let mut load = JoinSet::new();
    for nth in 0..6 {
        let call = [Call::Chat, Call::Tool, Call::Message, Call::Get][nth % 4];
        let place = ["llm", "mcp", "a2a"]
            .iter()
            .position(|name| *name == call.listener());
        let addr = handles[place.unwrap()].0;
        load.spawn(steadily(addr, call, numbers.clone(), stop.clone()));
    }

    let mut streams = Vec::new();
    for number in 0..SWAPS {
        let place = (number % 3) as usize;
        let call = STREAMS[place];
        let mut client = RawClient::connect(handles[place].0).await;
        client.send(call.request(number)).await;
        client.peek(&call.answer(number)[0]).await;
        streams.push((call, number, client, all[place].made.len() - 1));
        let next = all[place].next();
        handles[place].1.replace(next);
    }
    let alive: usize = all.iter().map(Stacks::alive).sum();
    assert_eq!(alive as u64, SWAPS + 3, "each stream holds its stack");

    upstream.let_go(SWAPS);
    for (call, number, mut client, stack) in streams {
        let answer = client.answer().await;
        assert_eq!(call.judge(number, answer.as_ref()), Verdict::Whole);
        assert_eq!(answer.unwrap().values(STACK), [stack.to_string()]);
    }
    eventually("the end of the old stacks", || {
        all.iter().all(|stacks| stacks.alive() == 1)
    })
    .await;
    stop.store(true, Relaxed);
    let asked: Vec<u64> = load.join_all().await;
    assert!(asked.iter().all(|count| *count > 0), "{asked:?}");
}
