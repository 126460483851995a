//! The file of `--log-file`, and what becomes of it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::Path,
    time::Duration,
};

use agentgateway_tests::{Process, raw::eventually};
use tokio::time::Instant;

use super::log::{REQUESTS, Scene};

/// How long a file may take to be there again; it is looked for once a second.
const LIMIT: Duration = Duration::from_secs(15);

/// The lines of exchanges and the others in these files, as far as they are written; none is cut.
fn lines(paths: &[&Path]) -> (u64, u64) {
    let (mut exchanges, mut others) = (0, 0);
    for path in paths {
        let text = fs::read_to_string(path).unwrap_or_default();
        let (written, _) = text.rsplit_once('\n').unwrap_or_default();
        for line in written.lines() {
            assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
            if line.contains("agentgateway.outcome") {
                exchanges += 1;
            } else {
                others += 1;
            }
        }
    }
    (exchanges, others)
}

impl Scene {
    /// Asks until it is so; says how often.
    async fn asks_until(&self, what: &str, is_so: impl Fn() -> bool) -> u64 {
        let begun = Instant::now();
        let mut asked = 0;
        while !is_so() {
            assert!(begun.elapsed() < LIMIT, "{what}");
            self.ask(1).await;
            asked += 1;
        }
        asked
    }
}

/// Fault O09: the log file that was moved away or deleted is opened anew while requests go on; of a file that was moved no line is lost, and none is torn.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_file_that_is_moved_or_deleted_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("log"), folder.path().join("log.1"));
    let named = path.to_str().unwrap();
    let scene = Scene::by("exec \"$0\" \"$@\"", &["--log-file", named]).await;
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o007, 0);
    scene.ask(REQUESTS).await;
    fs::rename(&path, &moved).unwrap();
    // It means nothing to the log.
    scene.gateway.hang_up().await;
    let asked = REQUESTS + scene.asks_until("a new file", || path.exists()).await;
    let (exchanges, others) = (2 * asked, asked);
    let whole = || {
        let (found, rest) = lines(&[&moved, &path]);
        found == exchanges && rest >= others
    };
    eventually("all lines in both files", whole).await;

    fs::remove_file(&path).unwrap();
    scene.asks_until("another file", || path.exists()).await;
    let (before, _) = lines(&[&path]);
    scene.ask(REQUESTS).await;
    let grown = || lines(&[&path]).0 >= before + 2 * REQUESTS;
    eventually("the last lines", grown).await;
    assert_eq!(scene.lost("access_log").await, 0);
    assert_eq!(scene.lost("log").await, 0);
    scene.ends().await;
}

/// Fault O09: while the folder of the log file is gone, full or read-only, requests go on and each lost line is counted; when it is as before, lines are written again.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_file_that_cannot_be_had_stops_no_request_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["own", "full", "fixed"] {
        fs::create_dir(at(name)).unwrap();
    }
    symlink("/dev/full", at("full").join("log")).unwrap();
    let place = at("logs");
    let put = |target: &str| {
        symlink(at(target), at("new")).unwrap();
        fs::rename(at("new"), &place).unwrap();
    };
    put("own");
    // Read-only for the gateway alone; where that is not allowed, it is gone.
    let fixed = at("fixed").display().to_string();
    let script = format!(
        "if unshare -rm mount -t tmpfs -o ro none {fixed}; \
         then exec unshare -rm bash -c 'mount -t tmpfs -o ro none {fixed} && exec \"$0\" \"$@\"' \"$0\" \"$@\"; \
         else rmdir {fixed}; exec \"$0\" \"$@\"; fi"
    );
    let path = place.join("log");
    let scene = Scene::by(&script, &["--log-file", path.to_str().unwrap()]).await;
    let file = at("own").join("log");
    let mut asked = 0;
    for target in ["nowhere", "full", "fixed"] {
        let (exchanges, _) = lines(&[&file]);
        asked += scene
            .asks_until("lines", || lines(&[&file]).0 > exchanges)
            .await;
        put(target);
        let lost = scene.lost("access_log").await;
        let begun = Instant::now();
        while scene.lost("access_log").await < lost + 10 {
            assert!(begun.elapsed() < LIMIT, "{target}: nothing is lost");
            scene.ask(1).await;
            asked += 1;
        }
        put("own");
    }
    let (exchanges, _) = lines(&[&file]);
    asked += scene
        .asks_until("lines", || lines(&[&file]).0 > exchanges)
        .await;
    // Written or counted: nothing else becomes of a line.
    let begun = Instant::now();
    while lines(&[&file]).0 + scene.lost("access_log").await < 2 * asked {
        assert!(begun.elapsed() < LIMIT, "{asked} asked");
    }
    assert_eq!(
        lines(&[&file]).0 + scene.lost("access_log").await,
        2 * asked
    );
    scene.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_file_that_cannot_be_had_at_the_start_is_told_there() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe").display().to_string();
    let script = format!("mkfifo {pipe} && exec \"$0\" \"$@\"");
    let within = folder.path().display().to_string();
    let nowhere = folder.path().join("nowhere/log").display().to_string();
    for (path, why) in [
        (&nowhere, "No such file or directory"),
        (&within, "Is a directory"),
        (&pipe, "it is a pipe, and no file"),
    ] {
        let arguments = ["--log-file", path];
        let (status, said) = if *path == pipe {
            Process::run_by(&script, &arguments).await
        } else {
            Process::run(&arguments).await
        };
        assert_eq!(status, Some(2), "{said}");
        let told = said.contains(&format!("the log file {path} cannot be appended to"));
        assert!(told && said.contains(why), "{said}");
    }
}
