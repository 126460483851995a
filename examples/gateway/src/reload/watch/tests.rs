use std::{fs, os::unix::fs::symlink, path::PathBuf, sync::Arc, time::Duration};

use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode, CreateKind, DataChange, ModifyKind},
};
use tokio::time::{Instant, sleep, timeout};

use super::{Signals, eyes::Eyes, places::Places};

const QUIET: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_secs(2);

fn event(kind: EventKind) -> Event {
    Event::new(kind).add_path(PathBuf::from("/a/b.yaml"))
}

fn created() -> Event {
    event(EventKind::Create(CreateKind::File))
}

fn written() -> Event {
    event(EventKind::Modify(ModifyKind::Data(DataChange::Any)))
}

fn closed() -> Event {
    event(EventKind::Access(AccessKind::Close(AccessMode::Write)))
}

fn opened() -> Event {
    event(EventKind::Access(AccessKind::Open(AccessMode::Any)))
}

/// When a change is taken for whole, of events at these times.
async fn settles(events: Vec<(u64, Event)>) -> Option<Duration> {
    let signals = Arc::new(Signals::default());
    let (begun, told) = (Instant::now(), Arc::clone(&signals));
    tokio::spawn(async move {
        for (at, event) in events {
            tokio::time::sleep_until(begun + Duration::from_millis(at)).await;
            told.saw(&event);
        }
    });
    let settled = timeout(Duration::from_secs(60), signals.settled(QUIET, LIMIT));
    settled.await.ok().map(|()| begun.elapsed())
}

fn about(settled: Option<Duration>, milliseconds: u64) {
    let settled = settled.expect("a change").as_millis();
    let expected = u128::from(milliseconds);
    assert!((expected..expected + 10).contains(&settled), "{settled}");
}

/// Fault C04: many events are one change; one that never rests is read all the same, and a file that is being written is waited for.
#[tokio::test(start_paused = true)]
async fn a_change_is_read_when_it_rests() {
    about(settles(vec![(0, created())]).await, 200);
    let burst = (0..10).map(|nth| (nth * 100, created())).collect();
    about(settles(burst).await, 1100);
    let endless = (0..100).map(|nth| (nth * 100, created())).collect();
    about(settles(endless).await, 2000);
    let in_pieces = vec![
        (0, created()),
        (10, written()),
        (800, written()),
        (900, closed()),
    ];
    about(settles(in_pieces).await, 1100);
    about(settles(vec![(0, written())]).await, 2000);
    // Our own reading is no change.
    assert_eq!(settles(vec![(0, opened()), (5, opened())]).await, None);
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_nobody_waits_is_not_missed() {
    let signals = Signals::default();
    signals.saw(&created());
    sleep(Duration::from_secs(1)).await;
    let settled = signals.settled(QUIET, LIMIT);
    timeout(Duration::from_millis(1), settled)
        .await
        .expect("at once");
    let nothing = timeout(Duration::from_secs(9), signals.settled(QUIET, LIMIT));
    assert!(nothing.await.is_err());
}

/// Fault C04: at the system's limit of watches a reason is given, and the next look tries again.
#[test]
fn a_watcher_that_cannot_be_had_is_told() {
    let full = Eyes::with(
        Arc::default(),
        Some(|_| Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch))),
    );
    let mut eyes = full;
    let root = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let why = eyes.look(&[root.path().to_path_buf()]).unwrap_err();
        assert!(why.contains("limit"), "{why}");
    }
    let mut off = Eyes::new(Arc::default(), false);
    assert!(off.look(&[]).is_err());
}

/// Fault C04: every link on the way to the directory and in it is watched where it stands, and where it leads.
#[test]
fn links_are_watched_where_they_stand_and_where_they_lead() {
    let made = tempfile::tempdir().unwrap();
    let root = made.path().canonicalize().unwrap();
    for folder in ["releases/1/deep/.git", "elsewhere", "releases/1/..v1"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    symlink("releases/1", root.join("current")).unwrap();
    symlink("..v1", root.join("releases/1/..data")).unwrap();
    fs::write(root.join("elsewhere/a.yaml"), "").unwrap();
    symlink("../../elsewhere/a.yaml", root.join("releases/1/a.yaml")).unwrap();
    symlink("loop", root.join("releases/1/loop")).unwrap();
    let places = Places::of(&[root.join("./x/../current")]);
    let matters = |path: &str| places.matter(&root.join(path));
    for path in [
        "current",
        "releases/1",
        "releases/1/..data",
        "releases/1/new.yaml",
        "releases/1/deep/b.yaml",
        "elsewhere/a.yaml",
    ] {
        assert!(matters(path), "{path}");
    }
    for path in [
        "other",
        "elsewhere/b.yaml",
        "releases/2",
        "releases/1/.a.swp",
        "releases/1/deep/.git/x",
    ] {
        assert!(!matters(path), "{path}");
    }
    let watched = places.watched();
    for path in ["", "releases", "releases/1", "releases/1/deep", "elsewhere"] {
        assert!(
            watched.contains(&root.join(path).components().collect::<PathBuf>()),
            "{path} in {watched:?}"
        );
    }
}
