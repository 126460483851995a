use std::{sync::Arc, time::Duration};

use agentgateway_core::{Body, Error, seal::Sealer};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::support::*;
use crate::{bridge::LegacyClients, upstream::McpServer};

const CANCEL: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;

/// The server's ends of the streams that it has opened, in order.
#[derive(Clone, Default)]
struct Opened(Arc<Mutex<Vec<(Seen, Sender<Bytes, Error>)>>>);

impl Opened {
    /// Tells a message on the stream of this number; false when nobody reads it any more.
    async fn tell(&self, at: usize, message: &Value) -> bool {
        let text = format!("data: {message}\n\n");
        let sent = self.0.lock().await[at].1.send_data(text.into()).await;
        sent.is_ok()
    }

    async fn progress(&self, at: usize, progress: u32) -> bool {
        let params = json!({"progressToken": 1, "progress": progress});
        let method = "notifications/progress";
        self.tell(
            at,
            &json!({"jsonrpc": "2.0", "method": method, "params": params}),
        )
        .await
    }

    async fn finish(&self, at: usize) -> bool {
        let id = self.seen(at).await.body["id"].clone();
        let result = json!({"resultType": "complete", "content": []});
        self.tell(at, &json!({"jsonrpc": "2.0", "id": id, "result": result}))
            .await
    }

    async fn seen(&self, at: usize) -> Seen {
        self.0.lock().await[at].0.clone()
    }

    async fn len(&self) -> usize {
        self.0.lock().await.len()
    }
}

/// A server that answers each request with a stream.
fn streaming() -> (McpServer, Opened) {
    let opened = Opened::default();
    let kept = opened.clone();
    let (server, _) = server(move |seen| {
        let kept = kept.clone();
        Box::pin(async move {
            let (sender, body) = Channel::new(64);
            kept.0.lock().await.push((seen, sender));
            event_stream(Body::new(body))
        })
    });
    (server, opened)
}

fn progress_of(event: &Event) -> u64 {
    event.message["params"]["progress"].as_u64().unwrap()
}

async fn resume(client: &Client, last: &str) -> Events {
    Events::of(client.send("GET", &[("last-event-id", last)], "").await)
}

/// Waits until what goes on beside has had its turns.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_client_that_cancels_gets_no_answer_and_the_server_is_told() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    opened.progress(0, 1).await;
    events.next().await.unwrap();
    assert_eq!(progress_of(&events.next().await.unwrap()), 1);
    // Another session's word is none.
    let other = client.clone().initialized("2025-11-25", json!({})).await;
    assert_eq!(other.post(CANCEL).await.status(), 202);
    assert!(opened.progress(0, 2).await);
    assert_eq!(client.post(CANCEL).await.status(), 202);
    assert!(!opened.progress(0, 3).await);
    assert_eq!(events.next().await, None);
    assert_eq!(client.post(CANCEL).await.status(), 202);
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn a_request_that_is_cancelled_before_its_answer_is_taken_and_no_more() {
    let (server, log) = server(|_| Box::pin(std::future::pending()));
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.post(CALL).await }
    });
    settle().await;
    assert_eq!(log.of("tools/call").len(), 1);
    client.post(CANCEL).await;
    let answer = asking.await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), body(answer).await),
        (202, String::new())
    );
}

#[tokio::test]
async fn a_client_that_loses_its_stream_takes_it_up_again() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    for progress in 1..=3 {
        opened.progress(0, progress).await;
    }
    let primed = events.next().await.unwrap();
    assert_eq!(primed.message, Value::Null);
    let first = events.next().await.unwrap();
    drop(events);
    settle().await;
    assert!(opened.progress(0, 4).await, "the call goes on");
    settle().await;

    // From the very beginning, and while it goes on.
    let mut again = resume(&client, primed.id.as_deref().unwrap()).await;
    assert_eq!(again.next().await.unwrap(), first);
    for progress in 2..=4 {
        assert_eq!(progress_of(&again.next().await.unwrap()), progress);
    }
    opened.progress(0, 5).await;
    assert_eq!(progress_of(&again.next().await.unwrap()), 5);
    drop(again);
    assert!(opened.finish(0).await);
    settle().await;

    // When it is over.
    let rest = resume(&client, first.id.as_deref().unwrap())
        .await
        .rest()
        .await;
    assert_eq!(rest.len(), 5);
    assert_eq!(rest[4].message["result"], json!({"content": []}));
    let last = rest[4].id.as_deref().unwrap();
    assert_eq!(resume(&client, last).await.rest().await, []);
}

#[tokio::test]
async fn a_stream_is_taken_over_from_a_connection_that_hangs() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut hanging = Events::of(client.post(CALL).await);
    let primed = hanging.next().await.unwrap();
    let mut again = resume(&client, primed.id.as_deref().unwrap()).await;
    opened.progress(0, 1).await;
    assert_eq!(progress_of(&again.next().await.unwrap()), 1);
    assert_eq!(hanging.next().await, None);
    drop(hanging);
    opened.finish(0).await;
    assert_eq!(again.rest().await.len(), 1);
}

/// Fault M13 (part): the stream of another session is not told again, whoever knows its ids.
#[tokio::test]
async fn a_stream_is_told_again_to_its_own_session_alone() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    let primed = events.next().await.unwrap().id.unwrap();
    opened.progress(0, 1).await;
    events.next().await.unwrap();
    drop(events);
    let other = client.clone().initialized("2025-11-25", json!({})).await;
    for (who, last) in [
        (&other, primed.as_str()),
        (&client, "r-0"),
        (&client, "rAAAAAAAAAAAAAAAAAAAAAA-0"),
        (&client, "nonsense"),
        (&client, &primed.replace("-0", "-x")),
    ] {
        let refused = who.send("GET", &[("last-event-id", last)], "").await;
        assert_eq!(refused.status(), 400, "{last}");
    }
    assert_eq!(
        resume(&client, &primed).await.next().await.unwrap().message["params"]["progress"],
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_comes_back_for_is_cancelled_in_the_end() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    drop(client.post(CALL).await);
    tokio::time::sleep(Duration::from_secs(299)).await;
    assert!(opened.progress(0, 1).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!opened.progress(0, 2).await);
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_the_answer_does_not_cancel() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let (done, ended) = tokio::sync::oneshot::channel::<()>();
    let once = Arc::new(Mutex::new(Some((wait, done))));
    let (server, _) = server(move |seen| {
        let once = once.clone();
        Box::pin(async move {
            let (wait, done) = once.lock().await.take().unwrap();
            wait.await.unwrap();
            done.send(()).unwrap();
            seen.result(&json!({"content": []}))
        })
    });
    let client = client(server).initialized("2025-06-18", json!({})).await;
    let post = client.post(CALL);
    let left = tokio::time::timeout(Duration::from_millis(1), post).await;
    assert!(left.is_err());
    go.send(()).unwrap();
    ended.await.unwrap();
    settle().await;
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn calls_whose_clients_have_left_are_bounded() {
    let (server, opened) = streaming();
    let client = client_of(
        LegacyClients::builder().max_left(1),
        server,
        &Sealer::random(),
    );
    let client = client.initialized("2025-11-25", json!({})).await;
    drop(client.post(CALL).await);
    drop(client.post(CALL).await);
    settle().await;
    assert!(opened.progress(0, 1).await);
    assert!(!opened.progress(1, 1).await);
}

#[tokio::test]
async fn what_is_kept_of_streams_is_bounded() {
    let (server, opened) = streaming();
    let builder = LegacyClients::builder()
        .max_stream_bytes(1000)
        .max_kept_bytes(1500);
    let client = client_of(builder, server, &Sealer::random());
    let client = client.initialized("2025-11-25", json!({})).await;
    let kept = || client.clients.shared().streams.kept_bytes();
    let mut firsts = Vec::new();
    for call in 0..3 {
        let mut events = Events::of(client.post(CALL).await);
        firsts.push(events.next().await.unwrap().id.unwrap());
        drop(events);
        for progress in 0..20 {
            opened.progress(call, progress).await;
            settle().await;
        }
        opened.finish(call).await;
        settle().await;
        assert!(kept() <= 1500, "{}", kept());
    }
    let rest = resume(&client, &firsts[2]).await.rest().await;
    assert!(rest.len() > 2 && rest.len() < 21, "{}", rest.len());
    assert_eq!(rest.last().unwrap().message["id"], 7);
    let refused = client
        .send("GET", &[("last-event-id", &firsts[0])], "")
        .await;
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn an_answer_that_is_no_longer_kept_is_an_error() {
    let (server, opened) = streaming();
    let builder = LegacyClients::builder().max_stream_bytes(10);
    let client = client_of(builder, server, &Sealer::random());
    let client = client.initialized("2025-06-18", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    opened.progress(0, 1).await;
    let first = events.next().await.unwrap().id.unwrap();
    drop(events);
    opened.finish(0).await;
    settle().await;
    let rest = resume(&client, &first).await.rest().await;
    assert_eq!(rest.len(), 1);
    assert_eq!(
        (&rest[0].message["id"], &rest[0].message["error"]["code"]),
        (&json!(7), &json!(-31404))
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_silent_gets_comments() {
    use http_body_util::BodyExt as _;
    let (server, _) = streaming();
    let client = client(server).initialized("2025-06-18", json!({})).await;
    let begun = tokio::time::Instant::now();
    let mut silent = client.post(CALL).await.into_body();
    for seconds in [15, 30] {
        let frame = silent.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(frame, ": keep-alive\n\n");
        assert_eq!(begun.elapsed().as_secs(), seconds);
    }
}

/// Fault M10: two requests with one id in one session at one time: each gets its own answer.
#[tokio::test]
async fn two_requests_with_one_id_are_two() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let one = Events::of(client.post(CALL).await);
    let mut two = Events::of(client.post(CALL).await);
    assert_eq!(two.next().await.unwrap().message, Value::Null);
    client.post(CANCEL).await;
    assert_eq!(two.next().await, None);
    assert!(!opened.progress(1, 1).await);
    opened.finish(0).await;
    assert_eq!(one.rest().await[1].message["id"], 7);
}

#[tokio::test]
async fn a_session_that_ends_takes_its_calls_and_streams_with_it() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut call = Events::of(client.post(CALL).await);
    let mut stream = Events::of(client.send("GET", &[], "").await);
    call.next().await.unwrap();
    stream.next().await.unwrap();
    assert_eq!(client.send("DELETE", &[], "").await.status(), 204);
    assert_eq!((call.next().await, stream.next().await), (None, None));
    assert!(!opened.progress(0, 1).await);
}

/// Tells that a resource has changed, to the subscription that this stream is.
async fn updated(opened: &Opened, at: usize, uri: &str) -> bool {
    let id = opened.seen(at).await.body["id"].clone();
    let meta = json!({"io.modelcontextprotocol/subscriptionId": id});
    let params = json!({"uri": uri, "_meta": meta});
    let method = "notifications/resources/updated";
    opened
        .tell(
            at,
            &json!({"jsonrpc": "2.0", "method": method, "params": params}),
        )
        .await
}

fn subscribe(method: &str, uri: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":9,"method":"resources/{method}","params":{{"uri":"{uri}"}}}}"#
    )
}

#[tokio::test]
async fn the_sessions_stream_tells_what_the_server_tells() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-06-18", json!({})).await;
    let mut stream = Events::of(client.send("GET", &[], "").await);
    let reading = tokio::spawn(async move {
        let first = stream.next().await.unwrap();
        (first, stream)
    });
    settle().await;
    let listen = opened.seen(0).await;
    assert_eq!(listen.method(), "subscriptions/listen");
    assert_eq!(
        listen.body["params"]["notifications"],
        json!({"toolsListChanged": true})
    );
    assert!(listen.session.is_some());
    let acknowledged = "notifications/subscriptions/acknowledged";
    opened
        .tell(
            0,
            &json!({"jsonrpc": "2.0", "method": acknowledged, "params": {}}),
        )
        .await;
    let id = &listen.body["id"];
    let params = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": id}});
    let method = "notifications/tools/list_changed";
    opened
        .tell(
            0,
            &json!({"jsonrpc": "2.0", "method": method, "params": params}),
        )
        .await;
    let (first, mut stream) = reading.await.unwrap();
    assert_eq!(
        first.message,
        json!({"jsonrpc": "2.0", "method": method, "params": {}})
    );
    assert!(first.id.unwrap().starts_with('s'));

    // A subscription: the server is asked anew, and the stream before is dropped.
    let reading = tokio::spawn(async move {
        let next = stream.next().await.unwrap();
        (next, stream)
    });
    settle().await;
    for uri in ["a:1", "a:2", "a:1"] {
        assert_eq!(
            client.ask(&subscribe("subscribe", uri)).await["result"],
            json!({})
        );
        settle().await;
    }
    assert_eq!(opened.len().await, 3);
    let filter = opened.seen(2).await.body["params"]["notifications"].clone();
    assert_eq!(filter["resourceSubscriptions"], json!(["a:1", "a:2"]));
    assert!(!updated(&opened, 1, "a:1").await);
    updated(&opened, 2, "a:2").await;
    let (next, stream) = reading.await.unwrap();
    assert_eq!(next.message["params"], json!({"uri": "a:2"}));
    assert_eq!(
        client.ask(&subscribe("unsubscribe", "a:1")).await["result"],
        json!({})
    );
    drop(stream);
    settle().await;
    assert!(!updated(&opened, 2, "a:2").await);
    assert_eq!(client.clients.shared().lives.len(), 0);

    // The next stream begins with what is subscribed to.
    let _stream = tokio::spawn(Events::of(client.send("GET", &[], "").await).rest());
    settle().await;
    let filter = opened.seen(opened.len().await - 1).await.body["params"]["notifications"].clone();
    assert_eq!(filter["resourceSubscriptions"], json!(["a:2"]));
}

#[tokio::test]
async fn subscriptions_are_bounded() {
    let (server, _) = streaming();
    let client = client_of(
        LegacyClients::builder().max_subscriptions(2),
        server,
        &Sealer::random(),
    );
    let client = client.initialized("2025-06-18", json!({})).await;
    for (uri, status) in [("a:1", 200), ("a:2", 200), ("a:3", 429), ("a:1", 200)] {
        assert_eq!(
            client.post(&subscribe("subscribe", uri)).await.status(),
            status,
            "{uri}"
        );
    }
    client.post(&subscribe("unsubscribe", "a:1")).await;
    assert_eq!(
        client.post(&subscribe("subscribe", "a:3")).await.status(),
        200
    );
    let long = format!("a:{}", "x".repeat(50_000));
    client.post(&subscribe("unsubscribe", "a:2")).await;
    assert_eq!(
        client.post(&subscribe("subscribe", &long)).await.status(),
        429
    );
}

#[tokio::test]
async fn a_second_stream_of_a_session_takes_the_place_of_the_first() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut first = Events::of(client.send("GET", &[], "").await);
    let primed = first.next().await.unwrap().id.unwrap();
    let reading = tokio::spawn(async move {
        let told = first.next().await;
        (told, first.next().await)
    });
    settle().await;
    opened.progress(0, 1).await;
    settle().await;
    // The connection seems dead to the client, which takes it up again: what it has missed is told.
    let mut second = resume(&client, &primed).await;
    assert_eq!(second.next().await.unwrap().message, Value::Null);
    assert_eq!(progress_of(&second.next().await.unwrap()), 1);
    let (told, end) = reading.await.unwrap();
    assert!(told.is_some() && end.is_none());
    assert!(!opened.progress(0, 2).await);
    // One of another replica, or of long ago, is a new one.
    let mut third = resume(&client, "sAAAAAAAAAAAAAAAAAAAAAA-5").await;
    assert_eq!(third.next().await.unwrap().message, Value::Null);
    assert_eq!(second.next().await, None);
}

#[tokio::test]
async fn a_server_that_never_tells_anything_has_no_stream() {
    let service = tower::service_fn(|_: http::Request<agentgateway_core::Peeked<Body>>| async {
        let result = json!({"resultType": "complete", "capabilities": {"tools": {}}});
        Ok::<_, Error>(reply(
            200,
            &json!({"jsonrpc": "2.0", "id": "agw-discover", "result": result}),
        ))
    });
    let client = client(McpServer::new(service))
        .initialized("2025-11-25", json!({}))
        .await;
    assert_eq!(client.send("GET", &[], "").await.status(), 405);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_telling_is_asked_anew_later_and_later() {
    let (server, log) = server(|_| now(events(&[], false)));
    let client = client(server).initialized("2025-06-18", json!({})).await;
    let stream = Events::of(client.send("GET", &[], "").await);
    let reading = tokio::spawn(stream.rest());
    for (seconds, asked) in [(0, 1), (1, 2), (2, 3), (4, 4), (8, 5), (600, 16)] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(log.of("subscriptions/listen").len(), asked, "{seconds}");
    }
    reading.abort();
}
