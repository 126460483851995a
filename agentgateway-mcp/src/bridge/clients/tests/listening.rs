use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Body, Error,
    seal::Sealer,
    store::{Later, MemorySessions, SessionStore, StoreError},
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{opened::*, support::*};
use crate::{bridge::LegacyClients, upstream::McpServer};

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

/// A store in another process.
struct Far(Arc<MemorySessions>);

impl SessionStore for Far {
    fn put(&self, session: &str, sealed: Bytes, life: Duration) -> Later<Result<(), StoreError>> {
        let (store, session) = (self.0.clone(), session.to_owned());
        Later::soon(async move {
            tokio::task::yield_now().await;
            store.put(&session, sealed, life).wait().await
        })
    }

    fn get(&self, session: &str) -> Later<Result<Option<Bytes>, StoreError>> {
        let (store, session) = (self.0.clone(), session.to_owned());
        Later::soon(async move {
            tokio::task::yield_now().await;
            store.get(&session).wait().await
        })
    }

    fn remove(&self, session: &str) -> Later<Result<(), StoreError>> {
        self.0.remove(session)
    }
}

#[tokio::test]
async fn subscriptions_at_one_time_are_all_kept() {
    let (server, opened) = streaming();
    let store = Arc::new(Far(Arc::default()));
    let clients = LegacyClients::new(server.clone(), Sealer::random(), store);
    let client = client(server).in_front(clients);
    let client = client.initialized("2025-06-18", json!({})).await;
    let uris = ["a:1", "a:2", "a:3"].map(|uri| subscribe("subscribe", uri));
    futures_util::future::join_all(uris.iter().map(|text| client.ask(text))).await;
    let _stream = tokio::spawn(Events::of(client.send("GET", &[], "").await).rest());
    settle().await;
    let filter = opened.seen(0).await.body["params"]["notifications"].clone();
    assert_eq!(
        filter["resourceSubscriptions"],
        json!(["a:1", "a:2", "a:3"])
    );
}
