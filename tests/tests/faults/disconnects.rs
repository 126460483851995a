//! Clients that leave, and clients that do not read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::raw::{RawClient, RawUpstream, eventually};
use tokio::{net::TcpSocket, sync::mpsc::UnboundedReceiver, time::Instant};

use super::{
    say::{STREAM, calls, chunk, get},
    scene::Scene,
};

/// How soon an upstream must see that nobody waits any more.
const SOON: Duration = Duration::from_millis(100);

/// Says what is given of an answer, and waits for the client's end; tells when it came.
async fn leaves_with(said: &'static str) -> (RawUpstream, UnboundedReceiver<Instant>) {
    let (told, left) = tokio::sync::mpsc::unbounded_channel();
    let upstream = RawUpstream::start(move |mut connection| {
        let told = told.clone();
        async move {
            if connection.request().await.is_some() {
                connection.send(said).await;
                connection.closed().await;
                let _ = told.send(Instant::now());
            }
        }
    });
    (upstream.await, left)
}

/// When the upstream saw that nobody waits any more.
async fn told(left: &mut UnboundedReceiver<Instant>) -> Instant {
    let told = tokio::time::timeout(Duration::from_secs(30), left.recv()).await;
    told.unwrap().unwrap()
}

/// Fault H42: a client that leaves before the head of the answer ends the work upstream within 100 ms, and is told of once.
#[tokio::test]
async fn a_client_that_leaves_before_the_head_ends_the_work_upstream() {
    for call in calls() {
        let (upstream, mut left) = leaves_with("").await;
        let scene = Scene::before(upstream).await;
        let mut best = Duration::MAX;
        // A machine that is busy may be late once; a gateway that does not look is late each time.
        let mut tries = 0;
        while best > SOON && tries < 10 {
            tries += 1;
            let mut client = scene.client(call.listener).await;
            client.send(&call.request).await;
            scene.upstream.requested(tries).await;
            let leaves = Instant::now();
            drop(client);
            best = best.min(told(&mut left).await - leaves);
        }
        assert!(best <= SOON, "{}: {best:?}", call.protocol);
        scene.settled(tries).await;
    }
}

/// Fault H42: an exchange of a plain route that the client leaves before the head is told of once, as dropped.
#[tokio::test]
async fn a_plain_exchange_that_is_left_before_its_head_is_told_of() {
    let (upstream, _left) = leaves_with("").await;
    let scene = Scene::before(upstream).await;
    let mut client = scene.client("llm").await;
    client.send(get("/plain", "")).await;
    scene.upstream.requested(1).await;
    drop(client);
    scene.upstream.left().await;
    eventually_dropped(&scene, 1).await;
    scene.settled(1).await;
}

/// Fault H42: a client that leaves within the answer ends the work upstream within 100 ms, and is told of once, as dropped.
#[tokio::test]
async fn a_client_that_leaves_within_the_answer_ends_the_work_upstream() {
    let said: &'static str = Box::leak(format!("{STREAM}{}", chunk(": here\n\n")).into_boxed_str());
    for call in calls() {
        let (upstream, mut left) = leaves_with(said).await;
        let scene = Scene::before(upstream).await;
        let mut best = Duration::MAX;
        let mut tries = 0;
        while best > SOON && tries < 10 {
            tries += 1;
            let mut client = scene.client(call.listener).await;
            client.send(&call.request).await;
            client.until(": here").await;
            let leaves = Instant::now();
            drop(client);
            best = best.min(told(&mut left).await - leaves);
        }
        assert!(best <= SOON, "{}: {best:?}", call.protocol);
        eventually_dropped(&scene, tries).await;
        scene.settled(tries).await;
    }
}

async fn eventually_dropped(scene: &Scene, count: usize) {
    for _ in 0..1000 {
        if scene.ended("dropped").await == count {
            return;
        }
    }
    panic!("not told as dropped:\n{}", scene.metrics().await);
}

/// A client whose own buffer is small, so that what it does not read stays with the gateway.
async fn narrow(scene: &Scene) -> RawClient {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let stream = socket.connect(scene.gateway().addr("llm")).await.unwrap();
    RawClient::over(stream)
}

/// Fault H20: a client that stops reading a gibibyte stops the upstream too: what waits in between is bounded, and it goes on when the client does.
#[tokio::test]
async fn a_client_that_does_not_read_holds_the_upstream_back() {
    const ALL: usize = 1 << 30;
    const BOUND: usize = 32 << 20;
    let pushed = Arc::new(AtomicUsize::new(0));
    let counts = pushed.clone();
    let upstream = RawUpstream::start(move |mut connection| {
        let pushed = counts.clone();
        async move {
            connection.request().await;
            connection
                .send(format!("HTTP/1.1 200 OK\r\ncontent-length: {ALL}\r\n\r\n"))
                .await;
            let piece = vec![b'x'; 64 * 1024];
            while connection.try_send(&piece).await.is_ok() {
                pushed.fetch_add(piece.len(), Relaxed);
            }
        }
    });
    let scene = Scene::before(upstream.await).await;
    let mut client = narrow(&scene).await;
    client.send(get("/plain", "")).await;
    client.head().await.unwrap();
    let held = standstill(&pushed).await;
    assert!(
        held > 0 && held < BOUND,
        "{held} bytes wait for a client that does not read"
    );
    // It was held back, not given up.
    let mut stream = client.into_inner();
    let mut buffer = vec![0; 1 << 20];
    while pushed.load(Relaxed) < held + (4 << 20) {
        let read = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer);
        assert!(
            tokio::time::timeout(Duration::from_secs(30), read)
                .await
                .unwrap()
                .unwrap()
                > 0
        );
    }
    drop(stream);
    scene.settled(1).await;
}

/// The count when it has stood still for half a second.
async fn standstill(count: &AtomicUsize) -> usize {
    let (mut last, mut since) = (0, Instant::now());
    eventually("a standstill", || {
        let now = count.load(Relaxed);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        last > 0 && since.elapsed() > Duration::from_millis(500)
    })
    .await;
    last
}
