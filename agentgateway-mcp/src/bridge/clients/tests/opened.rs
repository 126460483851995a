use std::sync::Arc;

use agentgateway_core::{Body, Error};
use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::support::*;
use crate::upstream::McpServer;

/// The server's ends of the streams that it has opened, in order.
#[derive(Clone, Default)]
pub(super) struct Opened(Arc<Mutex<Vec<(Seen, Sender<Bytes, Error>)>>>);

impl Opened {
    /// Tells a message on the stream of this number; false when nobody reads it any more.
    pub(super) async fn tell(&self, at: usize, message: &Value) -> bool {
        let text = format!("data: {message}\n\n");
        let sent = self.0.lock().await[at].1.send_data(text.into()).await;
        sent.is_ok()
    }

    pub(super) async fn progress(&self, at: usize, progress: u32) -> bool {
        let params = json!({"progressToken": 1, "progress": progress});
        let method = "notifications/progress";
        self.tell(
            at,
            &json!({"jsonrpc": "2.0", "method": method, "params": params}),
        )
        .await
    }

    pub(super) async fn finish(&self, at: usize) -> bool {
        let id = self.seen(at).await.body["id"].clone();
        let result = json!({"resultType": "complete", "content": []});
        self.tell(at, &json!({"jsonrpc": "2.0", "id": id, "result": result}))
            .await
    }

    pub(super) async fn seen(&self, at: usize) -> Seen {
        self.0.lock().await[at].0.clone()
    }

    pub(super) async fn len(&self) -> usize {
        self.0.lock().await.len()
    }
}

/// A server that answers each request with a stream.
pub(super) fn streaming() -> (McpServer, Opened) {
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

pub(super) fn progress_of(event: &Event) -> u64 {
    event.message["params"]["progress"].as_u64().unwrap()
}

pub(super) async fn resume(client: &Client, last: &str) -> Events {
    Events::of(client.send("GET", &[("last-event-id", last)], "").await)
}

/// Waits until what goes on beside has had its turns.
pub(super) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
