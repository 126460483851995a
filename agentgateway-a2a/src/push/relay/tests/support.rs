use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{
    Body,
    context::ClientAddr,
    egress::Guard,
    forwarded::{Network, Networks},
    seal::Sealer,
    upstream::Client,
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tower::ServiceExt;

use crate::push::{
    relay::{PushRelay, PushRelayBuilder, PushRelayLayer},
    tests::support::{Answer, rpc, through},
};

pub(super) const PUBLIC: &str = "https://gw.example/a2a";
pub(super) const TASK: &str =
    r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#;
pub(super) const WORKING: &str =
    r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#;
pub(super) const TASK_V0_3: &str =
    r#"{"kind":"task","id":"t","contextId":"c","status":{"state":"completed"}}"#;

/// The machine itself, over plain HTTP.
pub(super) fn loopback() -> Guard {
    let here: Network = "127.0.0.0/8".parse().unwrap();
    Guard::new()
        .allow_http()
        .allow_networks(Networks::from_iter([here]))
}

pub(super) fn builder() -> PushRelayBuilder {
    PushRelay::builder(PUBLIC.parse().unwrap(), Sealer::new(&[7; 32]))
        .guard(loopback())
        .client(Client::builder())
        .first_wait(Duration::from_millis(5))
}

/// What one connection has brought.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) head: String,
    pub(super) body: String,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// A receiver on loopback that gives these answers in their order, and the last one from then on.
pub(super) struct Receiver {
    pub(super) url: String,
    pub(super) port: u16,
    got: Arc<Mutex<Vec<Got>>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(super) async fn start(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let record = got.clone();
        let task = tokio::spawn(async move {
            let mut count = 0;
            while let Ok((mut socket, _)) = listener.accept().await {
                let answer = answers[count.min(answers.len() - 1)].clone();
                count += 1;
                let record = record.clone();
                tokio::spawn(async move {
                    let read = read(&mut socket).await;
                    record.lock().unwrap().extend(read);
                    if answer.is_empty() {
                        // It never answers.
                        std::future::pending::<()>().await;
                    }
                    let _ = socket.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}/hook?key=s3cr3t"),
            port,
            got,
            task,
        }
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until so many have come.
    pub(super) async fn wait_for(&self, count: usize) -> Vec<Got> {
        until(|| self.got().len() >= count).await;
        self.got()
    }
}

/// Waits for something that happens soon.
pub(super) async fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it has not happened within 5 s");
}

async fn read(socket: &mut tokio::net::TcpStream) -> Option<Got> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let got = Got {
                head: head.to_owned(),
                body: body.to_owned(),
            };
            let length: usize = got.header("content-length")?.parse().ok()?;
            if body.len() >= length {
                return Some(got);
            }
        }
        let mut piece = [0; 4096];
        let count = socket.read(&mut piece).await.ok()?;
        if count == 0 {
            return None;
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}

pub(super) fn answer(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")
}

/// Registers a URL in this version, with a token and credentials, and gives what the agent was told.
pub(super) async fn registered(relay: &PushRelay, version: &str, url: &str) -> String {
    let (answer, told) = register(relay, version, url).await;
    told.unwrap_or_else(|| panic!("{answer:?}"))
}

pub(super) async fn register(
    relay: &PushRelay,
    version: &str,
    url: &str,
) -> (Answer, Option<String>) {
    register_through(relay.layer(), version, url).await
}

pub(super) async fn register_through(
    layer: PushRelayLayer,
    version: &str,
    url: &str,
) -> (Answer, Option<String>) {
    let mut request = match version {
        "1.0" => rpc(
            version,
            "CreateTaskPushNotificationConfig",
            &format!(
                r#"{{"taskId":"t","url":"{url}","token":"tok","authentication":{{"scheme":"Bearer","credentials":"cred"}}}}"#
            ),
        ),
        _ => rpc(
            version,
            "tasks/pushNotificationConfig/set",
            &format!(
                r#"{{"taskId":"t","pushNotificationConfig":{{"url":"{url}","token":"tok","authentication":{{"schemes":["Bearer"],"credentials":"cred"}}}}}}"#
            ),
        ),
    };
    let client = ClientAddr::new("192.0.2.1:7".parse().unwrap());
    request.extensions_mut().insert(client);
    let (answer, seen) = through(layer, request, "{}").await;
    let seen = seen.lock().unwrap();
    let url = seen.first().map(|(_, body)| {
        let text = String::from_utf8_lossy(body).into_owned();
        let (_, rest) = text.split_once(PUBLIC).unwrap_or_else(|| panic!("{text}"));
        let (path, _) = rest.split_once('"').unwrap();
        format!("{PUBLIC}{path}")
    });
    (answer, url)
}

/// What the receiver answers to an agent that pushes this.
pub(super) async fn push(relay: &PushRelay, url: &str, body: &str) -> (StatusCode, String) {
    let answer: Response<Body> = relay
        .receiver()
        .oneshot(
            Request::post(url)
                .header("content-type", "application/json")
                .header("x-a2a-notification-token", "of the agent")
                .header("authorization", "Bearer of-the-agent")
                .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
                .unwrap(),
        )
        .await
        .unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
