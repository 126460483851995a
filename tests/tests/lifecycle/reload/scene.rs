use std::{fs, path::Path, time::Duration};

use agentgateway_tests::{Manifests, Process, free_port, get, raw::RawClient, traffic::Call};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_secs(30);

/// The command with a directory that is changed under it.
pub(super) struct Scene {
    pub(super) folder: TempDir,
    pub(super) text: String,
    pub(super) process: Process,
}

/// Manifests of all calls, on ports that are free.
pub(super) fn manifests(upstream: u16) -> Manifests {
    Call::manifests(upstream).ports(free_port(), free_port(), free_port())
}

impl Scene {
    pub(super) async fn start(upstream: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = manifests(upstream).text();
        replace(&folder.path().join("gateway.yaml"), &text);
        Self::over(folder, "", text).await
    }

    /// Serves a folder within `folder`, which is there.
    pub(super) async fn over(folder: TempDir, within: &str, text: String) -> Self {
        let config = folder.path().join(within);
        let process = Process::start(
            &[
                "--config",
                config.to_str().unwrap(),
                "--bind",
                "127.0.0.1",
                "--admin",
                "127.0.0.1:0",
                "--drain-delay",
                "0",
                "--drain-deadline",
                "20",
            ],
            &[],
        )
        .await;
        let scene = Self {
            folder,
            text,
            process,
        };
        scene
            .until("the first look", |status| {
                status["pending"]["validating"] == false
            })
            .await;
        scene
    }

    /// Puts a text in the place of the manifests, as an editor does that renames.
    pub(super) fn write(&self, text: &str) {
        replace(&self.folder.path().join("gateway.yaml"), text);
    }

    pub(super) async fn status(&self) -> Value {
        self.admin("status").await
    }

    pub(super) async fn admin(&self, path: &str) -> Value {
        serde_json::from_str(&self.page(path).await).unwrap()
    }

    pub(super) async fn page(&self, path: &str) -> String {
        let url = format!("{}/{path}", self.process.url("admin"));
        String::from_utf8(get(&url).await.body().to_vec()).unwrap()
    }

    pub(super) async fn generation(&self) -> u64 {
        self.status().await["running"]["generation"]
            .as_u64()
            .unwrap()
    }

    /// Waits until the status is so.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let status = self.status().await;
                if is_so(&status) {
                    return status;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        match timeout(LIMIT, waiting).await {
            Ok(status) => status,
            Err(_) => panic!("{what}: {}\n{}", self.status().await, self.process.log()),
        }
    }

    pub(super) async fn runs(&self, generation: u64) -> Value {
        let what = format!("generation {generation}");
        self.until(&what, |status| {
            status["running"]["generation"] == generation && status["onDisk"]["applied"] == true
        })
        .await
    }

    /// The value of a metric that has no labels, or these.
    pub(super) async fn metric(&self, name: &str) -> Option<f64> {
        let page = self.page("metrics").await;
        let line = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map(|value| value.parse().unwrap())
    }

    pub(super) async fn client(&self, call: Call) -> RawClient {
        RawClient::connect(self.process.addr(call.listener())).await
    }

    /// Asks on a connection of its own; gives the status.
    pub(super) async fn ask(&self, call: Call) -> u16 {
        let mut client = self.client(call).await;
        client.send(call.request(7)).await;
        client.answer().await.unwrap().status
    }
}

pub(super) fn replace(path: &Path, text: &str) {
    let new = path.with_file_name(".new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

/// The manifests without the documents that hold this, and without the listener of this name.
pub(super) fn without(text: &str, part: &str, listener: Option<&str>) -> String {
    let documents = text.split("---\n");
    let kept: Vec<_> = documents
        .filter(|document| document.contains("kind: Gateway\n") || !document.contains(part))
        .collect();
    let start = listener.map(|name| format!("  - {{name: {name}, "));
    let kept = kept.join("---\n");
    let lines = kept
        .lines()
        .filter(|line| !start.as_ref().is_some_and(|start| line.starts_with(start)));
    lines.map(|line| format!("{line}\n")).collect()
}
