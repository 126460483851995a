use std::{convert::Infallible, time::Duration};

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tokio::{
    net::TcpListener,
    sync::mpsc,
    time::{Instant, timeout},
};

use super::*;
use crate::telemetry::{
    Collector, ExportStats, OtlpProtocol,
    variables::{Batching, Speaking},
};

fn span() -> SpanData {
    let now = std::time::SystemTime::now();
    let (trace, own) = (TraceId::from(1), SpanId::from(2));
    SpanData {
        span_context: SpanContext::new(trace, own, TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Server,
        name: "GET".into(),
        start_time: now,
        end_time: now,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("test").build(),
    }
}

/// A pipeline of four places to this port, and the word of its end.
fn pipeline(port: u16, stats: &ExportStats) -> (Pipeline, mpsc::Receiver<Infallible>) {
    let (retired, ends) = mpsc::channel(1);
    let target = Target {
        collector: Collector::new(format!("127.0.0.1:{port}"), false),
        protocol: OtlpProtocol::Grpc,
        speaking: Speaking::default(),
        batching: Batching {
            queue: 4,
            batch: 2,
            ..Batching::default()
        },
        resource: Vec::new(),
    };
    (Pipeline::start(target, stats, retired).unwrap(), ends)
}

/// A collector that takes connections and says nothing.
async fn black_hole() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Fault O08: with a collector that swallows everything the queue stays within its bound, what finds no room is counted, and nobody waits.
#[tokio::test]
async fn a_full_queue_drops_and_counts() {
    let (_hole, port) = black_hole().await;
    let stats = ExportStats::default();
    let (pipeline, _ends) = pipeline(port, &stats);
    let begun = Instant::now();
    for _ in 0..1_000 {
        pipeline.push(span());
    }
    // No await stands between: the task has taken nothing.
    assert_eq!(pipeline.waiting(), 4);
    assert_eq!(stats.dropped.get(), 996);
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(pipeline.counts().overflowed, 996);
}

/// Fault O08: with a collector that swallows everything the end waits two seconds at most, also when an export is under way, and what was not sent is counted.
#[tokio::test]
async fn a_black_hole_does_not_hold_the_end() {
    let (hole, port) = black_hole().await;
    let stats = ExportStats::default();
    let (pipeline, mut ends) = pipeline(port, &stats);
    pipeline.push(span());
    pipeline.push(span());
    // The first export has begun.
    let _connection = hole.accept().await.unwrap();
    pipeline.push(span());
    let begun = Instant::now();
    drop(pipeline);
    let ended = timeout(Duration::from_secs(5), ends.recv()).await;
    assert!(ended.unwrap().is_none());
    assert!(
        begun.elapsed() < Duration::from_millis(2_400),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!((stats.dropped.get(), stats.exported.get()), (3, 0));
}

/// Fault O08: with a collector that is down the end does not wait.
#[tokio::test]
async fn a_refused_connection_does_not_hold_the_end() {
    let (hole, port) = black_hole().await;
    drop(hole);
    let stats = ExportStats::default();
    let (pipeline, mut ends) = pipeline(port, &stats);
    pipeline.push(span());
    let begun = Instant::now();
    drop(pipeline);
    assert!(
        timeout(Duration::from_secs(5), ends.recv())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!((stats.dropped.get(), stats.errors.get()), (1, 1));
}
