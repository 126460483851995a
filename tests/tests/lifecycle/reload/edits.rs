//! Edits of the directory, good and bad, as editors and Kubernetes make them.

use std::{fs, io::Write, os::unix::fs::symlink, time::Duration};

use agentgateway_tests::{raw::RawUpstream, traffic::Call};
use tokio::time::sleep;

use super::scene::{Scene, manifests};
use crate::held::Held;

/// Fault C02: an invalid edit keeps the last good configuration serving, and is told once.
/// Fault C11: the page of the running configuration and the reason of a refusal show no key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_edit_leaves_what_runs_and_is_told_once() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    assert_eq!(scene.metric("config_last_reload_success").await, Some(1.0));
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: default}\nstringData: {a: canary}\n";
    let bad = scene.text.replace("parentRefs", "parentRef") + secret;
    scene.write(&bad);
    let refused = |status: &serde_json::Value| status["onDisk"]["applied"] == false;
    let status = scene.until("the refusal", refused).await;
    assert_eq!(status["running"]["generation"], 1);
    let problems = status["onDisk"]["problems"].to_string();
    assert!(
        problems.contains("gateway.yaml") && problems.contains("parentRef"),
        "{problems}"
    );
    for call in [Call::Get, Call::Tool, Call::Message] {
        assert_eq!(scene.ask(call).await, 200, "{call:?}");
    }
    assert_eq!(scene.metric("config_last_reload_success").await, Some(0.0));
    assert_eq!(scene.metric("config_stale").await, Some(1.0));
    assert_eq!(scene.metric("config_generation").await, Some(1.0));
    assert!(scene.page("readyz").await.starts_with("ready"));
    let config = scene.admin("config").await;
    assert_eq!(
        config["error"]["fingerprint"],
        status["onDisk"]["fingerprint"]
    );
    assert!(
        config["documents"].to_string().contains("parentRefs"),
        "what runs"
    );

    // The same content again, by whatever cause, is no news.
    for _ in 0..3 {
        scene.process.hang_up().await;
        scene.write(&bad);
        scene
            .until("quiet", |status| status["pending"]["validating"] == false)
            .await;
    }
    let other = bad.replace("canary", "canary2");
    scene.write(&other);
    scene
        .until("the other", |now| {
            now["onDisk"]["fingerprint"] != status["onDisk"]["fingerprint"]
        })
        .await;
    assert_eq!(
        scene
            .metric(r#"config_reloads_total{outcome="refused"}"#)
            .await,
        Some(2.0)
    );

    scene.write(&scene.text);
    scene
        .until("the way back", |status| status["onDisk"]["applied"] == true)
        .await;
    assert_eq!(scene.generation().await, 1, "it ran all the time");
    assert_eq!(scene.metric("config_last_reload_success").await, Some(1.0));
    scene.write(&other.replace("parentRef:", "parentRefs:"));
    scene.runs(2).await;
    let config = scene.page("config").await;
    assert!(
        config.contains("stringData") && !config.contains("canary"),
        "{config}"
    );
    let log = scene.process.log();
    assert_eq!(
        log.matches("the configuration is refused").count(),
        2,
        "{log}"
    );
    assert!(!log.contains("canary"), "{log}");
}

/// Fault C04: a file that is written in pieces, renamed, or deleted and made anew is one reload, and no half of it is taken for valid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_read_when_it_is_whole() {
    let upstream = RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let scene = Scene::start(upstream.port()).await;
    let path = scene.folder.path().join("gateway.yaml");
    // Half of it is a valid configuration: the first document behind which there is one more.
    let half = scene.text.rfind("---").unwrap();
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&scene.text.as_bytes()[..half]).unwrap();
    file.sync_all().unwrap();
    // More than the time of quiet; the file is not closed.
    sleep(Duration::from_millis(600)).await;
    file.write_all(&scene.text.as_bytes()[half..]).unwrap();
    writeln!(file, "# written in two pieces").unwrap();
    drop(file);
    scene.runs(2).await;

    let aside = scene.folder.path().join("half.tmp");
    fs::write(&aside, &scene.text[..half]).unwrap();
    sleep(Duration::from_millis(300)).await;
    fs::write(&aside, format!("{}# renamed\n", scene.text)).unwrap();
    fs::rename(&aside, &path).unwrap();
    scene.runs(3).await;

    fs::remove_file(&path).unwrap();
    fs::write(&path, format!("{}# made anew\n", scene.text)).unwrap();
    scene.runs(4).await;

    let folder = scene.folder.path().join("more/deep");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.yaml"), NAMESPACE).unwrap();
    scene.runs(5).await;
    fs::write(folder.join("a.yaml"), NAMESPACE.replace("one", "two")).unwrap();
    scene.runs(6).await;
    assert_eq!(
        scene
            .metric(r#"config_reloads_total{outcome="refused"}"#)
            .await,
        None
    );
    assert_eq!(
        scene
            .metric(r#"config_reloads_total{outcome="applied"}"#)
            .await,
        Some(6.0)
    );
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n";

/// Fault C04: a mounted ConfigMap is swapped by a link, and a release by a link to the directory: each is one reload.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_followed_when_they_are_swapped() {
    let upstream = RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let folder = tempfile::tempdir().unwrap();
    let text = manifests(upstream.port()).text();
    let (root, mount) = (folder.path().to_path_buf(), folder.path().join("mount"));
    for version in 1..=3 {
        let own = mount.join(format!("..v{version}"));
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("gateway.yaml"), format!("{text}# {version}\n")).unwrap();
    }
    symlink("..v1", mount.join("..data")).unwrap();
    symlink("..data/gateway.yaml", mount.join("gateway.yaml")).unwrap();
    symlink("mount", root.join("current")).unwrap();
    let scene = Scene::over(folder, "current", text.clone()).await;
    for version in 2..=3 {
        symlink(format!("..v{version}"), mount.join("..data_tmp")).unwrap();
        fs::rename(mount.join("..data_tmp"), mount.join("..data")).unwrap();
        scene.runs(version).await;
    }
    let release = root.join("release");
    fs::create_dir(&release).unwrap();
    fs::write(release.join("gateway.yaml"), format!("{text}# release\n")).unwrap();
    symlink("release", root.join("next")).unwrap();
    fs::rename(root.join("next"), root.join("current")).unwrap();
    scene.runs(4).await;
    fs::write(release.join("gateway.yaml"), format!("{text}# in place\n")).unwrap();
    scene.runs(5).await;
    assert_eq!(
        scene
            .metric(r#"config_reloads_total{outcome="refused"}"#)
            .await,
        None
    );
}
