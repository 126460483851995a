//! Signals to the built command while streams are open.

use std::{net::SocketAddr, process::Command, time::Duration};

use agentgateway_tests::{
    Configured, Process, get,
    raw::{RawClient, eventually},
    traffic::{Call, Verdict},
};
use tokio::{net::TcpStream, task::JoinSet, time::Instant};

use super::held::Held;

const STREAMS: [Call; 3] = [Call::ChatStream, Call::ToolStream, Call::MessageStream];
/// Streams of all three listeners; those from `SHORT` on do not end in time.
const ALL: u64 = 1000;
const SHORT: u64 = 900;
const DELAY: u64 = 1;
const DEADLINE: u64 = 4;

/// This process holds both ends of each stream, and its children have the same limit.
pub(crate) fn many_descriptors() {
    let own = std::process::id().to_string();
    let raised = Command::new("prlimit")
        .args(["--pid", &own, "--nofile=16384:"])
        .status();
    // Where there is no such command the limit may do as it is.
    let _ = raised;
}

/// Opens streams up to `count`; each has had its first event.
async fn open(gateway: &Process, count: u64) -> Vec<(Call, u64, RawClient)> {
    let mut opening = JoinSet::new();
    let mut open = Vec::new();
    for number in 0..count {
        let call = STREAMS[(number % 3) as usize];
        let addr = gateway.addr(call.listener());
        opening.spawn(async move {
            let mut client = RawClient::connect(addr).await;
            client.send(call.request(number)).await;
            client.peek(&call.answer(number)[0]).await;
            (call, number, client)
        });
        if opening.len() >= 50 {
            open.push(opening.join_next().await.unwrap().unwrap());
        }
    }
    open.extend(opening.join_all().await);
    open
}

async fn is_ready(gateway: &Process) -> u16 {
    let url = format!("{}/readyz", gateway.url("admin"));
    get(&url).await.status().as_u16()
}

/// Waits until the gateway says that it drains.
async fn drains(gateway: &Process) {
    for _ in 0..500 {
        if is_ready(gateway).await == 503 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it does not drain");
}

async fn refuses(addr: SocketAddr) {
    for _ in 0..1000 {
        if TcpStream::connect(addr).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{addr} takes connections");
}

/// Fault O01: SIGTERM with 1,000 open streams: unready at once, taking connections for the delay and then none; what ends in time ends whole, the rest is told its end in its protocol, and the status is 0 within a second of the deadline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drain_lets_streams_end_and_cuts_the_rest_at_the_deadline() {
    many_descriptors();
    let upstream = Held::start().await;
    let configured = Configured::new(Call::manifests(upstream.raw.port()));
    let (delay, deadline) = (DELAY.to_string(), DEADLINE.to_string());
    let options = ["--drain-delay", &delay, "--drain-deadline", &deadline];
    let mut gateway = configured.start(&options).await;
    let streams = open(&gateway, ALL).await;
    assert_eq!(streams.len() as u64, ALL);

    gateway.terminate().await;
    let begun = Instant::now();
    drains(&gateway).await;
    if begun.elapsed() < Duration::from_secs(DELAY) / 2 {
        let mut late = RawClient::connect(gateway.addr("mcp")).await;
        late.send(Call::Tool.request(ALL)).await;
        let verdict = Call::Tool.judge(ALL, late.answer().await.as_ref());
        assert_eq!(verdict, Verdict::Whole, "a connection within the delay");
    }
    for listener in ["llm", "mcp", "a2a"] {
        refuses(gateway.addr(listener)).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(DELAY) / 2);
    upstream.let_go(SHORT);
    let mut ending = JoinSet::new();
    for (call, number, mut client) in streams {
        ending.spawn(async move {
            let verdict = call.judge(number, client.answer().await.as_ref());
            (call, number, verdict, Instant::now())
        });
    }
    let ended = ending.join_all().await;
    let status = gateway.ended().await;
    let took = begun.elapsed();
    let (mut whole, mut cut) = (0, 0);
    for (call, number, verdict, at) in ended {
        let after = at - begun;
        match verdict {
            Verdict::Whole if number < SHORT => {
                assert!(after < Duration::from_secs(DELAY + DEADLINE), "{after:?}");
                whole += 1;
            }
            Verdict::ToldInStream if number >= SHORT => cut += 1,
            other => panic!("{call:?} {number} after {after:?}: {other:?}"),
        }
    }
    assert_eq!((whole, cut), (SHORT, ALL - SHORT));
    assert_eq!(status, Some(0), "{}", gateway.log());
    let limit = Duration::from_secs(DELAY + DEADLINE + 1);
    // A second more for a machine that is busy.
    assert!(took < limit + Duration::from_secs(1), "{took:?}");
    let log = gateway.log();
    assert!(log.contains("100 connections were cut"), "{log}");
    eventually("the end of the work upstream", || upstream.raw.open() == 0).await;
}

/// Fault O02: a second SIGTERM ends the process at once, with the status that the guide names; no stream that it cuts is a success.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_it_at_once() {
    let upstream = Held::start().await;
    let configured = Configured::new(Call::manifests(upstream.raw.port()));
    let options = ["--drain-delay", "60", "--drain-deadline", "60"];
    let mut gateway = configured.start(&options).await;
    let streams = open(&gateway, 30).await;
    gateway.terminate().await;
    drains(&gateway).await;
    let second = Instant::now();
    gateway.terminate().await;
    assert_eq!(gateway.ended().await, Some(0), "{}", gateway.log());
    assert!(
        second.elapsed() < Duration::from_secs(5),
        "{:?}",
        second.elapsed()
    );
    for (call, number, mut client) in streams {
        let verdict = call.judge(number, client.answer().await.as_ref());
        assert!(
            matches!(verdict, Verdict::Cut | Verdict::ToldInStream),
            "{call:?}: {verdict:?}"
        );
    }
    upstream.raw.left().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configured_end_is_over_within_its_longest_time() {
    let upstream = Held::start().await;
    let manifests = Call::manifests(upstream.raw.port()).shutdown(2, 3);
    let mut gateway = Configured::new(manifests).start(&[]).await;
    let streams = open(&gateway, 3).await;
    let begun = Instant::now();
    gateway.terminate().await;
    assert_eq!(gateway.ended().await, Some(0), "{}", gateway.log());
    let took = begun.elapsed();
    // Both times one after the other would be five.
    assert!(
        took >= Duration::from_secs(3) && took < Duration::from_millis(4_900),
        "{took:?}"
    );
    assert!(
        gateway.log().contains("3 connections were cut"),
        "{}",
        gateway.log()
    );
    drop(streams);
}
