//! The HTTP/1.1 pool against peers that are written by hand, one file per question.

mod burst;
mod early;
mod ends;
mod leaving;
mod limits;
mod reuse;
mod runtimes;
mod stale;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use super::*;
use crate::upstream::Client;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A peer that counts its connections and hands each, with its number from 1, to the script.
struct Scripted {
    addr: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Scripted {
    async fn new<F, Fut>(script: F) -> Self
    where
        F: Fn(usize, TcpStream) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let addr = scripted(move |stream| {
            stream.set_nodelay(true).unwrap();
            script(count.fetch_add(1, SeqCst) + 1, stream)
        })
        .await;
        Self { addr, connections }
    }

    /// One that answers every request alike, as long as its connection lasts.
    async fn repeating(answer: &'static str) -> Self {
        Self::new(move |_, mut stream| async move {
            while try_read_head(&mut stream).await.is_some() {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        })
        .await
    }

    fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    fn get(&self) -> Request<Body> {
        get(self.addr, "/")
    }

    fn post(&self, body: Body) -> Request<Body> {
        Request::post(format!("http://{}/", self.addr))
            .body(body)
            .unwrap()
    }
}

/// None when the client closes before a head.
async fn try_read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

async fn ok(client: &Client, request: Request<Body>) {
    assert_eq!(text(call(client, request).await.unwrap()).await, "ok");
}

/// Waits for what another task will soon have made true.
async fn until(mut fact: impl FnMut() -> bool) {
    let wait = async {
        while !fact() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, wait).await.unwrap();
}
