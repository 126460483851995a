//! Several clients of one task, over sockets: none of them waits for another.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_a2a::A2aLayer;
use agentgateway_core::{
    Body,
    server::{Config, Drain, Listener, serve},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::channel::Channel;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tower::service_fn;
use tower_layer::Layer;

/// More than the sockets of a connection hold.
const EVENTS: usize = 400;
const EVENT_BYTES: usize = 64 * 1024;

/// The task's story: the task, much of an artifact, and its end. Each subscriber has a stream of it.
fn story() -> Body {
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
    tokio::spawn(async move {
        let task = r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#;
        let text = "x".repeat(EVENT_BYTES);
        let piece = format!(
            r#"{{"artifactUpdate":{{"taskId":"t","contextId":"c","artifact":{{"artifactId":"a","parts":[{{"text":"{text}"}}]}}}}}}"#
        );
        let done = r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#;
        let events = std::iter::once(task)
            .chain(std::iter::repeat_n(&*piece, EVENTS))
            .chain([done]);
        for event in events {
            let frame = Frame::data(Bytes::from(format!("data: {event}\n\n")));
            if sender.send(frame).await.is_err() {
                return;
            }
        }
    });
    Body::new(body)
}

async fn subscribed(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /tasks/t:subscribe HTTP/1.1\r\nhost: gw\r\na2a-version: 1.0\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Fault A18: subscribe to one task by three clients; one stops reading: the others are told all in their time, and the
/// slow one is dropped, with a reason.
#[tokio::test]
async fn a_client_that_stops_reading_is_dropped_alone() {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let told = ends.clone();
    let layer = A2aLayer::new().on_finished(move |finished| {
        let end = (finished.end.as_str(), finished.report.events);
        told.lock().unwrap().push(end);
    });
    let service = layer.layer(service_fn(|_: Request<_>| async {
        let answer = Response::builder().header("content-type", "text/event-stream");
        Ok::<_, Infallible>(answer.body(story()).unwrap())
    }));
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let address = listener.local_addr();
    let config = Config::new().write_timeout(Duration::from_millis(500));
    tokio::spawn(serve(listener, service, config, Drain::new()));

    let silent = subscribed(address).await;
    let readers = [subscribed(address).await, subscribed(address).await];
    // Both at once: who waits for the other reads nothing either.
    let readers = readers.map(|mut reader| {
        tokio::spawn(async move {
            let mut text = Vec::new();
            let read = reader.read_to_end(&mut text);
            timeout(Duration::from_secs(30), read)
                .await
                .unwrap()
                .unwrap();
            text
        })
    });
    for reader in readers {
        let text = reader.await.unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(
            text.contains("TASK_STATE_COMPLETED"),
            "{} bytes",
            text.len()
        );
    }
    for _ in 0..100 {
        if ends.lock().unwrap().len() == 3 {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    let mut ends = ends.lock().unwrap().clone();
    ends.sort_unstable();
    let whole = ("complete", EVENTS as u64 + 2);
    assert_eq!(&ends[..2], &[whole, whole]);
    assert!(ends[2].0 == "dropped" && ends[2].1 < whole.1, "{ends:?}");
    drop(silent);
}
