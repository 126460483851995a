//! A slow and lossy line between the gateway and its upstream.
//!
//! What is lost or comes out of order on the way, TCP sends again and puts in order: whoever reads
//! sees pauses and bursts. The line makes these, on every machine and without a right to do so.

use std::time::Duration;

use agentgateway_tests::{
    TestGateway,
    raw::{RawClient, RawConnection, RawUpstream},
    traffic::{Call, Verdict},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{Instant, sleep_until},
};

use super::say;

/// How long a byte is under way.
const DELAY: Duration = Duration::from_millis(200);
/// Bytes in a second, each way: 64 kbit/s.
const RATE: u32 = 8_000;
/// The most in one packet, in bytes.
const PACKET: usize = 1_400;
/// One packet of so many is lost, and sent again so much later.
const LOST: (u32, Duration) = (20, Duration::from_millis(300));
/// Packets that are under way at once.
const WINDOW: usize = 64;

/// Carries every connection to an upstream.
struct Link {
    port: u16,
    slow: watch::Sender<bool>,
    carrying: JoinHandle<()>,
}

impl Link {
    async fn to(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (slow, is_slow) = watch::channel(true);
        let carrying = tokio::spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                let near = listener.accept().await.unwrap().0;
                let far = TcpStream::connect(("127.0.0.1", upstream)).await.unwrap();
                let ((from, to), (back, forth)) = (near.into_split(), far.into_split());
                carried.spawn(carry(from, forth, is_slow.clone()));
                carried.spawn(carry(back, to, is_slow.clone()));
            }
        });
        Self {
            port,
            slow,
            carrying,
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

/// One direction of a connection.
async fn carry(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    is_slow: watch::Receiver<bool>,
) {
    let (packets, mut under_way) = mpsc::channel::<(Instant, Vec<u8>)>(WINDOW);
    let sending = async move {
        let (mut number, mut last) = (0, Instant::now());
        let mut packet = vec![0; PACKET];
        while let Ok(count @ 1..) = from.read(&mut packet).await {
            let mut due = Instant::now();
            if *is_slow.borrow() {
                let takes = Duration::from_secs(1) * count as u32 / RATE;
                due = last.max(due + DELAY) + takes;
                number += 1;
                if number % LOST.0 == 0 {
                    due += LOST.1;
                }
                last = due;
            }
            if packets.send((due, packet[..count].to_vec())).await.is_err() {
                return;
            }
        }
    };
    let arriving = async move {
        while let Some((due, packet)) = under_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&packet).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    tokio::join!(sending, arriving);
}

async fn serve(mut connection: RawConnection) {
    while let Some(request) = connection.request().await {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let asked = Call::asked(&request.head).or_else(|| Call::asked(&body));
        let (call, number) = asked.unwrap();
        let pieces = call.answer(number);
        if call.is_stream() {
            connection.send(say::STREAM).await;
            for piece in pieces {
                connection.send(say::chunk(&piece)).await;
            }
            connection.send(say::LAST_CHUNK).await;
        } else {
            connection.send(say::ok(&pieces.concat())).await;
        }
    }
}

/// The same route on another listener, for a second at most.
const HURRIED: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: hurried, namespace: default}
spec:
  parentRefs: [{name: gateway, sectionName: mcp}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /plain}}]
    backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: hurried}]
    timeouts: {request: 1s}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: hurried, namespace: default}
";

/// Every call, with answers that fit a line of this kind.
async fn all(gateway: &TestGateway) -> Duration {
    let begun = Instant::now();
    let mut calling = JoinSet::new();
    for call in Call::ALL {
        for number in [7, 8, 9, 10, 12] {
            let addr = gateway.addr(call.listener());
            calling.spawn(async move {
                let mut client = RawClient::connect(addr).await;
                client.send(call.request(number)).await;
                let verdict = call.judge(number, client.answer().await.as_ref());
                assert_eq!(verdict, Verdict::Whole, "{call:?} {number}");
            });
        }
    }
    calling.join_all().await;
    begun.elapsed()
}

/// Fault O19 (part): over a line of 64 kbit/s that delays, and stands still where packets are lost, every answer comes whole; a route's clock rings in its time; and when the line is good again, so is the gateway.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_slow_and_lossy_changes_nothing_but_the_time() {
    let upstream = RawUpstream::start(serve).await;
    let link = Link::to(upstream.port()).await;
    let spec = format!(
        "spec: {{static: {{host: 127.0.0.1, port: {}}}}}\n",
        link.port
    );
    let manifests = Call::manifests(link.port).and(&format!("{HURRIED}{spec}"));
    let gateway = TestGateway::serve(&manifests).await;
    assert!(all(&gateway).await > 2 * DELAY);

    // 20,000 bytes take more than two seconds.
    const LARGE: u64 = 4;
    let begun = Instant::now();
    let mut client = RawClient::connect(gateway.addr("mcp")).await;
    client.send(Call::Get.request(LARGE)).await;
    let verdict = Call::Get.judge(LARGE, client.answer().await.as_ref());
    assert_eq!(
        verdict,
        Verdict::Cut,
        "its head has come, and then the clock rings"
    );
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(950) && took < Duration::from_secs(2),
        "{took:?}"
    );

    link.slow.send_replace(false);
    // What is under way still takes its time.
    all(&gateway).await;
    let took = all(&gateway).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}
