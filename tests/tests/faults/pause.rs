//! The gateway stopped for a while, as by SIGSTOP or in a container that is starved of its processor.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use agentgateway_tests::{
    Configured, Manifests, Process,
    raw::{RawClient, RawUpstream},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::say::{get, ok};

/// A Service of these ports, behind a route whose answers may take two seconds.
fn service(ports: &[u16]) -> String {
    let mut text = "
apiVersion: v1
kind: Service
metadata: {name: pair, namespace: default}
spec: {ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: pair, namespace: default}
spec:
  parentRefs: [{name: gateway, sectionName: llm}]
  rules:
  - backendRefs: [{name: pair, port: 80}]
    timeouts: {request: 2s}
"
    .to_owned();
    for port in ports {
        write!(
            text,
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: pair-{port}, namespace: default, labels: {{kubernetes.io/service-name: pair}}}}\n\
             addressType: IPv4\nports: [{{name: http, port: {port}}}]\n\
             endpoints: [{{addresses: [127.0.0.1]}}]\n"
        )
        .unwrap();
    }
    text
}

/// Answers at once, but for requests that are held; those are reset when it is told.
async fn holding(told: watch::Receiver<bool>) -> RawUpstream {
    RawUpstream::start(move |mut connection| {
        let mut told = told.clone();
        async move {
            while let Some(request) = connection.request().await {
                if request.head.contains("/held") {
                    let _ = told.wait_for(|told| *told).await;
                    connection.reset();
                    return;
                }
                connection.send(ok("{}")).await;
            }
        }
    })
    .await
}

async fn asked(gateway: &Process, path: &str) -> RawClient {
    let mut client = RawClient::connect(gateway.addr("llm")).await;
    client.send(get(path, "")).await;
    client
}

/// Fault O12: stopped for longer than its clocks, the gateway ends what has expired when it goes on, sends nothing again, and blames no endpoint for what broke meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_expires_requests_and_blames_nobody() {
    const HELD: usize = 24;
    let (reset, told) = watch::channel(false);
    let pair = [holding(told.clone()).await, holding(told).await];
    let pair = Arc::new(pair);
    let begun = || pair.iter().map(RawUpstream::begun).sum::<usize>();
    let scene = Configured::new(Manifests::default());
    let ports: Vec<_> = pair.iter().map(RawUpstream::port).collect();
    scene.add("pair.yaml", &service(&ports));
    let gateway = scene.start(&[]).await;

    let mut held = Vec::new();
    for number in 0..HELD {
        held.push(asked(&gateway, "/held").await);
        agentgateway_tests::raw::eventually("a request upstream", || begun() > number).await;
    }
    assert!(pair.iter().all(|one| one.begun() > 5), "both have several");
    gateway.suspend().await;
    // Their connections break while nobody looks.
    reset.send_replace(true);
    sleep(Duration::from_secs(5)).await;
    gateway.resume().await;
    let resumed = Instant::now();
    for client in &mut held {
        let status = client.answer().await.unwrap().status;
        assert!(matches!(status, 502 | 504), "{status}");
    }
    assert!(resumed.elapsed() < Duration::from_secs(2));
    assert_eq!(begun(), HELD, "nothing was sent again");

    let before = pair.iter().map(RawUpstream::begun).collect::<Vec<_>>();
    let both = || {
        let now = pair.iter().map(RawUpstream::begun);
        now.zip(&before).all(|(now, before)| now > *before)
    };
    // Who is blamed is out for a second. The faster one may get many in a row all the same.
    let patience = Instant::now() + Duration::from_millis(900);
    while !both() {
        assert!(Instant::now() < patience, "one gets none after {before:?}");
        let mut clients = Vec::new();
        for _ in 0..8 {
            clients.push(asked(&gateway, "/now").await);
        }
        for mut client in clients {
            assert_eq!(client.answer().await.unwrap().status, 200);
        }
    }
}
