//! Files of which a half is there.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    time::Duration,
};

use agentgateway::{
    config::Directory,
    reload::{Manifests, Reloader, Watch},
};
use agentgateway_tests::raw::RawUpstream;
use tempfile::TempDir;
use tokio::time::sleep;

use super::{
    own::{Own, parts},
    scene::{Scene, manifests, replace},
};

async fn upstream() -> RawUpstream {
    RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
}

/// A gateway in this process that follows a folder in this way.
async fn following(watch: Watch) -> (Own, TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let text = manifests(upstream().await.port()).text();
    replace(&folder.path().join("gateway.yaml"), &text);
    let (parts, root) = (parts(), Directory::new(folder.path()));
    let observer = parts.observer.clone();
    let reloader = Reloader::new(Manifests::new(root, parts), watch, observer);
    (Own::over(reloader, None).await, folder, text)
}

/// A file that is changed every 20 ms, each time to something that is valid.
async fn growing(file: &mut File) {
    for nth in 0..50 {
        writeln!(file, "# {nth}").unwrap();
        sleep(Duration::from_millis(20)).await;
    }
}

/// Fault C04: a half of a file that is still open is not taken for valid, not behind the time of unrest and not at SIGHUP; it is read when it is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_that_is_open_is_not_read() {
    let upstream = upstream().await;
    let scene = Scene::start(upstream.port()).await;
    let half = scene.text.rfind("---").unwrap();
    let path = scene.folder.path().join("gateway.yaml");
    let mut file = File::create(&path).unwrap();
    file.write_all(&scene.text.as_bytes()[..half]).unwrap();
    for _ in 0..3 {
        sleep(Duration::from_millis(900)).await;
        scene.process.hang_up().await;
    }
    let status = scene.status().await;
    assert_eq!(status["running"]["generation"], 1, "{status}");
    assert_eq!(status["onDisk"]["applied"], true, "{status}");
    file.write_all(&scene.text.as_bytes()[half..]).unwrap();
    writeln!(file, "# whole").unwrap();
    drop(file);
    scene.runs(2).await;
    let refused = r#"config_reloads_total{outcome="refused"}"#;
    assert_eq!(scene.metric(refused).await, None);
}

/// Fault C04: a file that is never closed is refused in words, whatever looks; it is read when it is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_that_stays_open_is_refused_in_words() {
    let watch = Watch::new()
        .unfinished(Duration::from_millis(500))
        .poll(Duration::from_millis(100));
    let (own, folder, text) = following(watch).await;
    let path = folder.path().join("gateway.yaml");
    let mut file = File::create(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let view = own.until(|view| !view.on_disk.applied).await;
    let told = &view.on_disk.problems[0];
    assert!(
        told.starts_with(path.to_str().unwrap()) && told.contains("is still being written"),
        "{told}"
    );
    own.ask.reload();
    sleep(Duration::from_millis(500)).await;
    let view = own.standing.view();
    assert_eq!((view.running.generation, view.on_disk.applied), (1, false));
    writeln!(file, "# whole").unwrap();
    drop(file);
    own.until(|view| view.running.generation == 2 && view.on_disk.applied)
        .await;
}

/// Fault C04: where changes are looked for, one counts when two looks have seen the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_told_of_is_looked_at_twice() {
    let watch = Watch::new()
        .told(false)
        .poll_alone(Duration::from_millis(100));
    let (own, folder, _) = following(watch).await;
    let path = folder.path().join("gateway.yaml");
    growing(&mut OpenOptions::new().append(true).open(path).unwrap()).await;
    assert_eq!(own.standing.view().running.generation, 1);
    own.until(|view| view.running.generation == 2).await;
}

/// Fault C04: a change of which the system tells nothing, though it tells of others (a file system of a network), is found, and looked at twice; SIGHUP looks twice, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_system_misses_is_found_and_looked_at_twice() {
    let watch = Watch::new()
        .poll(Duration::from_millis(100))
        .poll_alone(Duration::from_millis(100));
    let (own, folder, text) = following(watch).await;
    // Written by its other name, which is not in a folder that is watched.
    let elsewhere = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
    let other = elsewhere.path().join("other.yaml");
    fs::hard_link(folder.path().join("gateway.yaml"), &other).unwrap();
    let mut file = OpenOptions::new().append(true).open(&other).unwrap();
    growing(&mut file).await;
    assert_eq!(own.standing.view().running.generation, 1);
    own.until(|view| view.running.generation == 2).await;

    for nth in 0..20 {
        writeln!(file, "# again {nth}").unwrap();
        own.ask.reload();
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(own.standing.view().running.generation, 2);
    own.until(|view| view.running.generation == 3).await;
    replace(
        &folder.path().join("gateway.yaml"),
        &format!("{text}# told\n"),
    );
    own.until(|view| view.running.generation == 4).await;
}
