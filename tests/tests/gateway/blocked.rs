//! A thread of those that serve which does not come back.

use std::{sync::mpsc, time::Duration};

use agentgateway_tests::{TestGateway, get, raw::RawClient};
use tokio::time::{Instant, sleep, timeout};

/// The numbers of threads that are blocked, and of times that one was.
async fn watched(gateway: &TestGateway) -> (u64, u64) {
    let said = get(&format!("{}/metrics", gateway.admin())).await;
    let said = String::from_utf8(said.into_body().to_vec()).unwrap();
    let of = |name: &str| {
        let lines = said.lines();
        let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        values.next().unwrap().parse().unwrap()
    };
    let blocks = of("agentgateway_thread_blocks_total");
    (of("agentgateway_threads_blocked"), blocks)
}

async fn becomes(gateway: &TestGateway, expected: (u64, u64)) {
    let waiting = async {
        while watched(gateway).await != expected {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let became = timeout(Duration::from_secs(20), waiting).await;
    assert!(became.is_ok(), "it does not become {expected:?}");
}

/// Fault O13: while one of the threads that serve is blocked, the others serve all requests, metrics count that thread and neither idle nor busy ones, and the process counts as alive and ready.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thread_that_is_blocked_holds_nobody_up() {
    let gateway = TestGateway::demo().await;
    // One that always has something to do, and does it.
    let busy = tokio::spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    let (let_go, held) = mpsc::channel::<()>();
    let (begun, is_blocked) = tokio::sync::oneshot::channel();
    // Not `spawn_blocking`: it takes a thread from requests, as a layer that computes for ever does.
    let blocking = tokio::spawn(async move {
        begun.send(()).unwrap();
        let _ = held.recv_timeout(Duration::from_secs(60));
    });
    is_blocked.await.unwrap();
    let since = Instant::now();
    for number in 0..100 {
        let mut client = RawClient::connect(gateway.addr("llm")).await;
        client
            .send("GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status, 200, "{number}");
    }
    for path in ["livez", "readyz"] {
        let answer = get(&format!("{}/{path}", gateway.admin())).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
    assert!(!blocking.is_finished(), "it was blocked all the while");
    assert!(
        since.elapsed() < Duration::from_secs(4),
        "{:?}",
        since.elapsed()
    );
    becomes(&gateway, (1, 1)).await;
    // For as long as others would have been told of.
    sleep(Duration::from_secs(3)).await;
    assert_eq!(watched(&gateway).await, (1, 1));
    let_go.send(()).unwrap();
    blocking.await.unwrap();
    becomes(&gateway, (0, 1)).await;
    busy.abort();
}
