use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Body, Error,
    context::{AuthMethod, Principal},
};
use bytes::Bytes;
use http::{Extensions, Request, Response, header};
use http_body_util::BodyExt as _;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    upstream::{
        Serve as _,
        pipe::{Connect, Driving, Outbox, Pipe, Pool, PoolLimits},
    },
    wire::headers,
};

/// Of paused time: longer than anything here takes.
const TOO_LONG: Duration = Duration::from_secs(24 * 3600);

pub(super) const MODERN: &str = "2026-07-28";
pub(super) const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#;

/// Pipes whose other end the test holds.
pub(super) struct Peers {
    pub(super) pool: Arc<Pool>,
    opened: mpsc::UnboundedReceiver<Peer>,
}

/// The other end of a pipe.
pub(super) struct Peer {
    pub(super) pipe: Arc<Pipe>,
    outbox: Option<Outbox>,
}

struct Open {
    opened: mpsc::UnboundedSender<Peer>,
    /// How long it takes to end.
    end: Duration,
}

impl Connect for Open {
    fn connect(&self, _: &Extensions, pipe: &Arc<Pipe>, outbox: Outbox) -> Result<Driving, Error> {
        let pipe = pipe.clone();
        let (peer, outbox) = (pipe.clone(), Some(outbox));
        self.opened.send(Peer { pipe: peer, outbox }).unwrap();
        let end = self.end;
        Ok(Box::pin(async move {
            pipe.finished().await;
            pipe.stop("over");
            sleep(end).await;
        }))
    }
}

impl Peers {
    pub(super) fn new() -> Self {
        Self::with(PoolLimits::default())
    }

    pub(super) fn with(limits: PoolLimits) -> Self {
        Self::that_end(Duration::ZERO, limits)
    }

    /// Peers that take so long to end.
    pub(super) fn that_end(end: Duration, limits: PoolLimits) -> Self {
        let (opened, receiver) = mpsc::unbounded_channel();
        let pool = Arc::new(Pool::new(limits, Open { opened, end }));
        Self {
            pool,
            opened: receiver,
        }
    }

    pub(super) async fn next(&mut self) -> Peer {
        self.opened.recv().await.unwrap()
    }

    pub(super) fn has_next(&mut self) -> bool {
        !self.opened.is_empty()
    }

    /// Sends in the background.
    pub(super) fn send(&self, request: Request<Bytes>) -> Sent {
        let answering = self.pool.serve(request);
        tokio::spawn(async {
            timeout(TOO_LONG, answering)
                .await
                .expect("it is never answered")
        })
    }

    /// A session of this caller's, initialised.
    pub(super) async fn session(&mut self, caller: &str) -> (String, Peer) {
        let sent = self.send(by(caller, post(HELLO)));
        let mut peer = self.next().await;
        assert!(peer.read().await.contains("initialize"));
        peer.say(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#).await;
        let answer = sent.await.unwrap().unwrap();
        (id_of(&answer), peer)
    }
}

pub(super) type Sent = JoinHandle<Result<Response<Body>, Error>>;

impl Peer {
    /// The next line that is written.
    pub(super) async fn read(&mut self) -> String {
        let line = timeout(TOO_LONG, self.outbox.as_mut().unwrap().next()).await;
        let line = line.expect("it is never written").unwrap();
        String::from_utf8(line.text().to_vec()).unwrap()
    }

    /// Whether nothing is written.
    pub(super) async fn reads_nothing(&mut self) -> bool {
        let read = timeout(Duration::from_millis(10), self.read());
        read.await.is_err()
    }

    pub(super) async fn say(&self, text: impl Into<Bytes>) {
        self.pipe.receive(text.into()).await;
    }

    /// Ends as a process that has died.
    pub(super) fn die(&mut self) {
        self.outbox = None;
        self.pipe.fail("it died");
    }
}

pub(super) fn id_of(answer: &Response<Body>) -> String {
    answer.headers()[headers::SESSION_ID]
        .to_str()
        .unwrap()
        .to_owned()
}

pub(super) fn post(body: &str) -> Request<Bytes> {
    Request::post("/")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

pub(super) fn modern(body: &str) -> Request<Bytes> {
    let mut request = post(body);
    request
        .headers_mut()
        .insert(headers::PROTOCOL_VERSION, MODERN.parse().unwrap());
    request
}

pub(super) fn within(session: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    request
        .headers_mut()
        .insert(headers::SESSION_ID, session.parse().unwrap());
    request
}

pub(super) fn by(caller: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    Principal::new(AuthMethod::ApiKey, caller).insert(request.extensions_mut());
    request
}

pub(super) fn get() -> Request<Bytes> {
    Request::get("/").body(Bytes::new()).unwrap()
}

pub(super) fn is_json(answer: &Response<Body>) -> bool {
    answer.headers()[header::CONTENT_TYPE] == "application/json"
}

pub(super) async fn text(answer: Response<Body>) -> String {
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The message of the next event.
pub(super) async fn event(answer: &mut Response<Body>) -> Option<Result<String, Error>> {
    let frame = timeout(TOO_LONG, answer.body_mut().frame()).await;
    let frame = frame.expect("it is never said")?;
    Some(frame.map(|frame| {
        let data = frame.into_data().unwrap();
        let text = std::str::from_utf8(&data).unwrap();
        let text = text.strip_prefix("event: message\ndata: ").unwrap();
        text.strip_suffix("\n\n").unwrap().to_owned()
    }))
}

pub(super) fn request(id: &str, method: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#)
}

pub(super) fn result(id: u64) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#)
}
