use std::{fs, os::unix::fs::symlink, path::PathBuf, sync::Arc, time::Duration};

use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode, CreateKind, DataChange, ModifyKind, RenameMode},
};
use tokio::time::{Instant, sleep, timeout};

use super::{Settled, Signals, Watch, eyes::Eyes, places::Places};

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

fn renamed(mode: RenameMode, paths: &[&str]) -> Event {
    let event = Event::new(EventKind::Modify(ModifyKind::Name(mode)));
    let paths = paths.iter().map(PathBuf::from);
    paths.fold(event, Event::add_path)
}

/// When a change is taken for whole, of events at these times; or for unfinished.
async fn settles(events: Vec<(u64, Event)>) -> Option<(Duration, Settled)> {
    let signals = Arc::new(Signals::default());
    let (begun, told) = (Instant::now(), Arc::clone(&signals));
    tokio::spawn(async move {
        for (at, event) in events {
            tokio::time::sleep_until(begun + Duration::from_millis(at)).await;
            told.saw(&event, |path| {
                path.extension().is_some_and(|it| it == "yaml")
            });
        }
    });
    let watch = Watch::new();
    let settled = timeout(Duration::from_secs(60), signals.settled(&watch));
    settled.await.ok().map(|settled| (begun.elapsed(), settled))
}

fn about(settled: Option<(Duration, Settled)>, milliseconds: u64) {
    let (settled, how) = settled.expect("a change");
    let (settled, expected) = (settled.as_millis(), u128::from(milliseconds));
    assert!((expected..expected + 10).contains(&settled), "{settled}");
    assert_eq!(how, Settled::Whole);
}

/// Fault C04: many events are one change, and one that never rests is read all the same.
#[tokio::test(start_paused = true)]
async fn a_change_is_read_when_it_rests() {
    about(settles(vec![(0, created())]).await, 200);
    let burst = (0..10).map(|nth| (nth * 100, created())).collect();
    about(settles(burst).await, 1100);
    let endless = (0..100).map(|nth| (nth * 100, created())).collect();
    about(settles(endless).await, 2000);
    // Our own reading is no change.
    assert_eq!(settles(vec![(0, opened()), (5, opened())]).await, None);
}

/// Fault C04: a file that is being written is waited for until it is closed, however long it takes and whatever its name becomes; one that is not read holds nothing up.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_being_written_is_waited_for() {
    let in_pieces = |end: u64| {
        vec![
            (0, created()),
            (10, written()),
            (end - 100, written()),
            (end, closed()),
        ]
    };
    about(settles(in_pieces(900)).await, 1100);
    about(settles(in_pieces(8000)).await, 8200);
    let from = renamed(RenameMode::From, &["/a/b.yaml"]);
    let both = renamed(RenameMode::Both, &["/a/b.yaml", "/a/c.yaml"]);
    let end = EventKind::Access(AccessKind::Close(AccessMode::Write));
    let end = Event::new(end).add_path(PathBuf::from("/a/c.yaml"));
    let moved = vec![(0, written()), (5, from), (5, both), (5000, end)];
    about(settles(moved).await, 5200);
    let log = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    let log = Event::new(log).add_path(PathBuf::from("/a/own.log"));
    about(settles(vec![(0, log)]).await, 200);
}

/// Fault C04: a file that is never closed is not taken for whole: it is told, and looked at when it is closed.
#[tokio::test(start_paused = true)]
async fn a_file_that_is_never_closed_is_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.yaml");
    fs::write(&path, "half").unwrap();
    let of = |kind| Event::new(kind).add_path(path.clone());
    let written = of(EventKind::Modify(ModifyKind::Data(DataChange::Any)));
    let closed = of(EventKind::Access(AccessKind::Close(AccessMode::Write)));
    let (signals, watch, begun) = (Signals::default(), Watch::new(), Instant::now());
    signals.saw(&written, |_| true);
    let unfinished = Settled::Unfinished(vec![path.clone()]);
    assert_eq!(signals.settled(&watch).await, unfinished);
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert!(signals.is_writing() && !signals.has_change());
    signals.saw(&closed, |_| true);
    assert_eq!(signals.settled(&watch).await, Settled::Whole);
    assert!(!signals.is_writing());
    // One whose end was lost with the file is none.
    signals.saw(&written, |_| true);
    fs::remove_file(&path).unwrap();
    assert_eq!(signals.settled(&watch).await, Settled::Whole);
}

#[tokio::test(start_paused = true)]
async fn what_comes_while_nobody_waits_is_not_missed() {
    let signals = Signals::default();
    let watch = Watch::new();
    signals.saw(&created(), |_| true);
    sleep(Duration::from_secs(1)).await;
    let settled = signals.settled(&watch);
    timeout(Duration::from_millis(1), settled)
        .await
        .expect("at once");
    let nothing = timeout(Duration::from_secs(9), signals.settled(&watch));
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
