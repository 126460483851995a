//! Signals while the configuration is read.

use std::{fmt::Write as _, time::Duration};

use agentgateway_tests::{
    Process,
    raw::{RawUpstream, eventually},
};
use tokio::time::timeout;

use super::scene::{Scene, manifests};

/// So much that a validation takes its time.
fn large(text: &str) -> String {
    let mut text = text.to_owned();
    for number in 0..1500 {
        write!(text, "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{number}, namespace: default}}\nspec: {{ports: [{{port: 80}}]}}\n").unwrap();
    }
    text
}

/// Fault O03: SIGTERM while the first configuration is read ends the process cleanly, with status 0.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_during_the_start_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), large(&manifests(1).text())).unwrap();
    let config = folder.path().to_str().unwrap();
    let arguments = [
        "--config",
        config,
        "--bind",
        "127.0.0.1",
        "--admin",
        "127.0.0.1:0",
        "--drain-delay",
        "0",
    ];
    let mut process = Process::launch(&arguments);
    eventually("a process that hears", || process.hears_terminate()).await;
    process.terminate().await;
    assert_eq!(process.ended().await, Some(0), "{}", process.log());
}

/// Fault O03: SIGTERM while a change is validated ends the process cleanly; the change is given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_during_a_reload_ends_it() {
    let upstream = RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let mut scene = Scene::start(upstream.port()).await;
    scene.write(&large(&scene.text));
    scene.process.hang_up().await;
    scene
        .until("a validation", |status| {
            status["pending"]["validating"] == true || status["running"]["generation"] == 2
        })
        .await;
    scene.process.terminate().await;
    let ended = timeout(Duration::from_secs(20), scene.process.ended()).await;
    assert_eq!(ended.unwrap(), Some(0), "{}", scene.process.log());
}
