//! Against a peer that writes its frames by hand, on loopback.

mod leaving;
mod peer;
mod pooled;
mod streams;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel};
use tokio::time::timeout;

use self::peer::{Frame, Peer, kind, reason};
use super::*;
use crate::{
    body::Body,
    error::{BoxError, Error, ErrorKind},
    upstream::{
        connect::{Connected, Connector, Settings},
        failure::Target,
        spawn::Spawn,
    },
};

const SOON: Duration = Duration::from_secs(10);

type Client = Streams<Body>;
type Answer = Result<Response<ResponseBody>, Failed<Body>>;

async fn soon<F: Future>(future: F) -> F::Output {
    timeout(SOON, future).await.expect("in time")
}

/// A connection, and the peer that has accepted it and said nothing.
async fn connected() -> (Connected, Peer) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("http://{}", listener.local_addr().unwrap());
    let target = Target::of(&target.parse().unwrap()).unwrap();
    let connector = Connector::new(Settings {
        http2_only: true,
        ..Settings::new()
    });
    let connected = soon(connector.connect(&target)).await.unwrap();
    let peer = Peer::new(soon(listener.accept()).await.unwrap().0);
    (connected, peer)
}

async fn client(settings: &Http2Settings, peer_settings: &[(u16, u32)]) -> (Client, Peer) {
    let (connected, mut peer) = connected().await;
    peer.settings(peer_settings).await;
    let client = soon(Client::handshake(
        connected,
        settings,
        &Spawn::default(),
        (),
        || {},
    ))
    .await;
    soon(peer.preface()).await;
    // A clone has not the opener's stream: the tests count their own.
    let opener = client.unwrap();
    let client = opener.clone();
    drop(opener);
    (client, peer)
}

fn get() -> Request<Body> {
    Request::get("http://h.test/").body(Body::empty()).unwrap()
}

fn post(body: Body) -> Request<Body> {
    Request::post("http://h.test/").body(body).unwrap()
}

/// Sends it as far as the peer has its head; the answer is awaited beside the test.
async fn start(client: &mut Client, peer: &mut Peer, request: Request<Body>) -> (u32, Pending) {
    let answer = tokio::spawn(client.send(request));
    let head = soon(peer.next_of(kind::HEADERS)).await;
    (head.stream, Pending(answer))
}

struct Pending(tokio::task::JoinHandle<Answer>);

impl Pending {
    async fn done(self) -> Answer {
        soon(self.0).await.unwrap()
    }

    /// Drops the future.
    async fn cancel(self) {
        self.0.abort();
        assert!(soon(self.0).await.is_err());
    }
}

async fn text(response: Response<ResponseBody>) -> Result<String, Error> {
    let whole = soon(response.into_body().collect()).await?;
    Ok(String::from_utf8(whole.to_bytes().to_vec()).unwrap())
}
