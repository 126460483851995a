//! A thread of those that serve which does not come back.

use std::{sync::mpsc, time::Duration};

use agentgateway_tests::{TestGateway, get, raw::RawClient};
use tokio::time::Instant;

/// Fault O13 (part): while one of the threads that serve is blocked, the others serve all requests, and the process counts as alive and ready.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_thread_that_is_blocked_holds_nobody_up() {
    let gateway = TestGateway::demo().await;
    let (let_go, held) = mpsc::channel::<()>();
    let (begun, is_blocked) = tokio::sync::oneshot::channel();
    // Not `spawn_blocking`: it takes a thread from requests, as a layer that computes for ever does.
    let blocking = tokio::spawn(async move {
        begun.send(()).unwrap();
        let _ = held.recv_timeout(Duration::from_secs(5));
    });
    is_blocked.await.unwrap();
    let since = Instant::now();
    for number in 0..100 {
        let mut client = RawClient::connect(gateway.addr("llm")).await;
        client
            .send("GET /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n")
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
    let_go.send(()).unwrap();
    blocking.await.unwrap();
}
