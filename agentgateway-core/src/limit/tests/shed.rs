use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, StreamBody};
use tokio::time::{advance, sleep};

use super::support::*;
use crate::{
    error::{Error, ErrorKind},
    limit::{
        heap::{Heap, MemoryUse, Pressure},
        shed::Shed,
    },
};

const SAMPLE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn sheds_while_the_probe_says_so() {
    let full = Arc::new(AtomicBool::new(false));
    let probe = Arc::clone(&full);
    let shed = Shed::new("full", move || probe.load(SeqCst)).retry_after(SAMPLE * 20);
    let mut rig = Rig::new(shed);
    let _stream = rig.answered(of("alice"), 200);
    full.store(true, SeqCst);
    let refused = rig.refused(of("alice"));
    assert_eq!(refused.kind(), ErrorKind::Overloaded);
    assert_eq!(refused.retry_after(), Some(SAMPLE * 20));
    assert_eq!(refused.decided_by().map(|by| &**by), Some("full"));
    full.store(false, SeqCst);
    drop(rig.answered(of("alice"), 200));
}

/// Memory of which so many of 1,000 bytes are in use, and how often it was looked at.
fn memory() -> (Heap, Arc<AtomicU64>, Arc<AtomicU64>) {
    let (used, looks) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (source, count) = (Arc::clone(&used), Arc::clone(&looks));
    let heap = Heap::with_source(move || {
        count.fetch_add(1, SeqCst);
        Some(MemoryUse::new(source.load(SeqCst), 1000))
    });
    (heap, used, looks)
}

#[tokio::test(start_paused = true)]
async fn a_pressure_ends_well_below_where_it_begins() {
    let (heap, used, _) = memory();
    let course = [
        (899, Pressure::Normal),
        (900, Pressure::Shedding),
        (949, Pressure::Shedding),
        (950, Pressure::Closing),
        (901, Pressure::Closing),
        (899, Pressure::Shedding),
        (851, Pressure::Shedding),
        (849, Pressure::Normal),
        (899, Pressure::Normal),
        (990, Pressure::Closing),
        (10, Pressure::Normal),
    ];
    for (bytes, pressure) in course {
        used.store(bytes, SeqCst);
        advance(SAMPLE).await;
        assert_eq!(heap.pressure(), pressure, "at {bytes}");
        assert_eq!(heap.last_seen(), Some(MemoryUse::new(bytes, 1000)));
    }
}

#[tokio::test(start_paused = true)]
async fn memory_is_looked_at_ten_times_a_second_at_most() {
    let (heap, used, looks) = memory();
    used.store(1000, SeqCst);
    for _ in 0..100 {
        assert_eq!(heap.clone().pressure(), Pressure::Closing);
    }
    assert_eq!(looks.load(SeqCst), 1);
    used.store(0, SeqCst);
    advance(SAMPLE - Duration::from_millis(1)).await;
    assert_eq!(heap.pressure(), Pressure::Closing);
    advance(Duration::from_millis(1)).await;
    assert_eq!(heap.pressure(), Pressure::Normal);
    assert_eq!(looks.load(SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_as_long_as_there_is_need() {
    let (heap, used, _) = memory();
    let closed = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&closed);
    tokio::spawn(heap.maintain(SAMPLE, move || {
        count.fetch_add(1, SeqCst);
    }));
    used.store(940, SeqCst);
    sleep(SAMPLE * 5).await;
    assert_eq!(closed.load(SeqCst), 0);
    used.store(960, SeqCst);
    sleep(SAMPLE * 5).await;
    let often = closed.load(SeqCst);
    assert!((4..=6).contains(&often), "{often}");
    used.store(100, SeqCst);
    sleep(SAMPLE * 5).await;
    assert!(closed.load(SeqCst) <= often + 1);
}

#[tokio::test]
async fn where_nothing_is_known_there_is_no_pressure() {
    let heap = Heap::with_source(|| None);
    assert_eq!(heap.pressure(), Pressure::Normal);
    assert_eq!(heap.last_seen(), None);
}

/// The body of an upload in pieces of so many bytes.
fn upload(
    heap: &Heap,
    bytes: usize,
    count: usize,
) -> impl HttpBody<Data = Bytes, Error = Error> + Unpin {
    let frames = (0..count).map(move |_| Ok::<_, Error>(Frame::data(Bytes::from(vec![0; bytes]))));
    let body = StreamBody::new(tokio_stream::iter(frames));
    heap.upload(Request::new(body)).into_body()
}

#[tokio::test(start_paused = true)]
async fn an_upload_goes_on_while_there_is_room_for_it_once_more() {
    let (heap, used, _) = memory();
    used.store(350, SeqCst);
    // 950 less 350.
    let whole = upload(&heap, 100, 6).collect().await.unwrap();
    assert_eq!(whole.to_bytes().len(), 600);
    let mut large = upload(&heap, 100, 100);
    for _ in 0..6 {
        assert!(large.frame().await.unwrap().is_ok());
    }
    let error = large.frame().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    assert!(error.retry_after().is_some());
    assert!(large.frame().await.is_none());
    assert!(large.is_end_stream());
    // What there is no room for at all fails at once, and small ones go on again when there is.
    used.store(960, SeqCst);
    advance(SAMPLE).await;
    assert!(upload(&heap, 1, 1).collect().await.is_err());
    used.store(0, SeqCst);
    advance(SAMPLE).await;
    assert!(upload(&heap, 1, 1).collect().await.is_ok());
}

/// Each piece may cost as much as all that came before it, and all uploads grow at one time.
#[tokio::test(start_paused = true)]
async fn uploads_that_grow_together_never_take_more_than_there_is() {
    let (heap, used, looks) = memory();
    let mut uploads: Vec<_> = (0..8).map(|_| Some(upload(&heap, 10, 100))).collect();
    for pieces in 1..=100 {
        for own in &mut uploads {
            let Some(upload) = own else { continue };
            match upload.frame().await.unwrap() {
                Ok(_) => {
                    let before = used.fetch_add(pieces * 10, SeqCst);
                    assert!(before + pieces * 10 <= 950, "{before} and {pieces} pieces");
                }
                Err(_) => *own = None,
            }
        }
    }
    assert!(
        uploads.iter().all(Option::is_none),
        "there is no room for any"
    );
    // Not for each of the pieces.
    let looks = looks.load(SeqCst);
    assert!((2..=16).contains(&looks), "{looks}");
}
