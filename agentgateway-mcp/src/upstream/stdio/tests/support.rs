use std::{path::Path, time::Duration};

use agentgateway_core::{Body, Error};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    upstream::{
        McpServer,
        stdio::{StdioBuilder, StdioServer},
    },
    wire::headers,
};

/// A server of 2026-07-28 that answers each request with the result of `answer(request)`.
const LOOP: &str = r#"
import json, os, signal, subprocess, sys, time
def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
def serve(answer):
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" in asked and "method" in asked:
            say({"jsonrpc": "2.0", "id": asked["id"], "result": answer(asked)})
"#;

/// A script as a server.
pub(super) struct Script {
    pub(super) dir: TempDir,
    path: std::path::PathBuf,
}

impl Script {
    pub(super) fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.py");
        std::fs::write(&path, format!("{LOOP}\n{text}")).unwrap();
        Self { dir, path }
    }

    pub(super) fn builder(&self) -> StdioBuilder {
        StdioServer::builder("/usr/bin/env")
            .args(["PATH=/usr/local/bin:/usr/bin:/bin", "python3", "-u"])
            .arg(&self.path)
            .grace(Duration::from_millis(200))
    }

    pub(super) fn server(&self) -> (StdioServer, McpServer) {
        let stdio = self.builder().build().unwrap();
        let server = stdio.server();
        (stdio, server)
    }
}

pub(super) fn ask(method: &str) -> Request<Bytes> {
    let body = format!(r#"{{"jsonrpc":"2.0","id":"own","method":"{method}"}}"#);
    let mut request = Request::post("/").body(body.into()).unwrap();
    let version = http::HeaderValue::from_static("2026-07-28");
    request
        .headers_mut()
        .insert(headers::PROTOCOL_VERSION, version);
    request
}

/// A request that wants to be told of progress.
pub(super) fn with_token(method: &str) -> Request<Bytes> {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":"own","method":"{method}","params":{{"_meta":{{"progressToken":"t"}}}}}}"#
    );
    ask(method).map(|_| body.into())
}

/// What a process says to a request, within ten seconds.
pub(super) async fn answer(server: &McpServer, method: &str) -> Result<String, Error> {
    let answer = within(server.send(ask(method))).await?;
    text(answer).await
}

pub(super) async fn text(answer: Response<Body>) -> Result<String, Error> {
    let bytes = within(answer.into_body().collect()).await?.to_bytes();
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

/// The result in an answer.
pub(super) fn result(answer: &str) -> serde_json::Value {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["id"], "own");
    answer["result"].clone()
}

pub(super) async fn within<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), work)
        .await
        .expect("it takes too long")
}

/// Waits until this is so.
pub(super) async fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(10), "it never is so");
        sleep(Duration::from_millis(5)).await;
    }
}

pub(super) fn pid_in(value: &serde_json::Value) -> i32 {
    i32::try_from(value.as_i64().unwrap()).unwrap()
}

/// Whether there is such a process, if only as a zombie.
pub(super) fn is_there(pid: i32) -> bool {
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
}

/// Whether such a process runs. What was orphaned may be waited for late, by whoever does that here.
pub(super) fn runs(pid: i32) -> bool {
    let status = Path::new("/proc").join(pid.to_string()).join("stat");
    match std::fs::read_to_string(status) {
        Ok(stat) => !stat
            .rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('Z'),
        Err(_) if Path::new("/proc/self/stat").exists() => false,
        Err(_) => is_there(pid),
    }
}
