//! Limits before real sockets on loopback.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Channel};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tower::{Layer, ServiceExt, service_fn};

use crate::{
    Body, Error,
    limit::{
        concurrency::ConcurrencyLimit,
        heap::{Heap, MemoryUse},
        shed::Shed,
    },
    policy::PolicyLayer,
    server::*,
    upstream::Client,
};

const SOON: Duration = Duration::from_secs(5);

/// A body that goes on until its client leaves.
async fn stream(_: Request<RequestBody>) -> Result<Response<Body>, Infallible> {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        while sender.send_data(Bytes::from_static(b"tick")).await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    Ok(Response::new(Body::new(body)))
}

async fn listen(policies: PolicyLayer) -> (SocketAddr, ListenerHandle) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, handle) = (listener.local_addr(), listener.handle());
    let service = policies.layer(service_fn(stream));
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    (addr, handle)
}

async fn get(client: &Client, addr: SocketAddr) -> Result<Response<Body>, Error> {
    let request = Request::get(format!("http://{addr}/")).body(Body::empty());
    client.clone().oneshot(request.unwrap()).await
}

/// Waits until a fact holds.
async fn until(mut holds: impl FnMut() -> bool) {
    let seen = async {
        while !holds() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(SOON, seen).await.unwrap();
}

/// Fault H56: at the limit a request is refused with 503 and `Retry-After` in less than 10 ms, and other listeners go on answering.
#[tokio::test]
async fn at_the_limit_refusals_are_quick_and_other_listeners_answer() {
    let limit = ConcurrencyLimit::new("listener").total(20);
    let (addr, _) = listen(PolicyLayer::new(limit.clone())).await;
    let (admin, _) = listen(PolicyLayer::all([])).await;
    let client = Client::new();
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(get(&client, addr).await.unwrap());
    }
    let mut took = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let refused = get(&client, addr).await.unwrap();
        took.push(begun.elapsed());
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        refused.into_body().collect().await.unwrap();
    }
    took.sort_unstable();
    assert!(took[50] < Duration::from_millis(10), "{:?}", took[50]);
    assert_eq!(get(&client, admin).await.unwrap().status(), StatusCode::OK);
    for stream in &mut streams {
        assert!(stream.body_mut().frame().await.unwrap().is_ok());
    }
    drop(streams);
    until(|| limit.in_flight() == 0).await;
    assert_eq!(get(&client, addr).await.unwrap().status(), StatusCode::OK);
}

/// Fault H57: above the soft limit of memory new requests are shed, idle connections are closed, streams go on, and all recovers by itself.
#[tokio::test]
async fn when_memory_runs_out_streams_go_on_and_nothing_new_begins() {
    let used = Arc::new(AtomicU64::new(0));
    let source = Arc::clone(&used);
    let heap = Heap::with_source(move || Some(MemoryUse::new(source.load(SeqCst), 100)));
    let (addr, handle) = listen(PolicyLayer::new(Shed::new("memory", heap.clone()))).await;
    let closing = heap.maintain(Duration::from_millis(100), move || handle.close_idle());
    let maintaining = tokio::spawn(closing);
    let client = Client::new();
    let mut stream = get(&client, addr).await.unwrap();
    // A client with its own connection, which lies idle behind a refusal.
    used.store(92, SeqCst);
    until(|| heap.last_seen().unwrap().used_bytes == 92).await;
    let refused = get(&client, addr).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let mut idle = TcpStream::connect(addr).await.unwrap();
    let asked = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut idle, asked)
        .await
        .unwrap();
    used.store(97, SeqCst);
    let mut said = String::new();
    timeout(SOON, idle.read_to_string(&mut said))
        .await
        .unwrap()
        .unwrap();
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
    assert!(stream.body_mut().frame().await.unwrap().is_ok());
    used.store(50, SeqCst);
    let begun = Instant::now();
    while get(&client, addr).await.unwrap().status() != StatusCode::OK {
        assert!(begun.elapsed() < SOON);
        sleep(Duration::from_millis(10)).await;
    }
    assert!(stream.body_mut().frame().await.unwrap().is_ok());
    maintaining.abort();
}
