//! An upstream whose streams end when the test says so.

use agentgateway_tests::{
    raw::{RawConnection, RawUpstream},
    traffic::Call,
};
use tokio::sync::watch;

/// Answers at once; but of a stream it sends the first event, and the rest when it is let go.
pub(crate) struct Held {
    pub(crate) raw: RawUpstream,
    /// The numbers below this are let go.
    below: watch::Sender<u64>,
}

impl Held {
    pub(crate) async fn start() -> Self {
        let (below, let_go) = watch::channel(0);
        let serve = move |connection| serve(connection, let_go.clone());
        Self {
            raw: RawUpstream::start_forgetful(serve).await,
            below,
        }
    }

    /// The same on this port, and holds nothing.
    pub(crate) async fn free_on(port: u16) -> Self {
        let (below, let_go) = watch::channel(u64::MAX);
        let serve = move |connection| serve(connection, let_go.clone());
        Self {
            raw: RawUpstream::start_on(port, serve).await,
            below,
        }
    }

    /// Lets the streams below this number end.
    pub(crate) fn let_go(&self, below: u64) {
        self.below.send_replace(below);
    }
}

async fn serve(mut connection: RawConnection, mut let_go: watch::Receiver<u64>) {
    while let Some(head) = connection.head().await {
        let Some(content) = connection.content(&head).await else {
            return;
        };
        let content = String::from_utf8_lossy(&content);
        let asked = Call::asked(&head).or_else(|| Call::asked(&content));
        let (call, number) = asked.unwrap_or_else(|| panic!("nobody has asked this: {content}"));
        let pieces = call.answer(number);
        if !call.is_stream() {
            let content = pieces.concat();
            let kind = "content-type: application/json";
            let length = content.len();
            connection
                .send(format!(
                    "HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{content}"
                ))
                .await;
            continue;
        }
        let kind = "content-type: text/event-stream\r\ntransfer-encoding: chunked";
        let mut said = format!("HTTP/1.1 200 OK\r\n{kind}\r\n\r\n");
        said.push_str(&chunk(&pieces[0]));
        connection.send(said).await;
        tokio::select! {
            gone = let_go.wait_for(|below| number < *below) => {
                if gone.is_err() {
                    return;
                }
            }
            () = connection.patiently_closed() => return,
        }
        let rest: String = pieces[1..].iter().map(|piece| chunk(piece)).collect();
        connection.send(rest + "0\r\n\r\n").await;
    }
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}
