use std::time::Duration;

use bytes::Bytes;
use tokio::time::advance;

use super::now;
use crate::store::*;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_task_is_known_for_its_time() {
    let tasks = MemoryTasks::new();
    assert_eq!(now(tasks.home("t1")).unwrap(), None);
    now(tasks.put("t1", "http://one", MINUTE)).unwrap();
    now(tasks.put("t2", "http://one", MINUTE)).unwrap();
    now(tasks.put("t2", "http://two", MINUTE * 2)).unwrap();
    assert_eq!(
        now(tasks.home("t1")).unwrap().as_deref(),
        Some("http://one")
    );
    assert_eq!(
        now(tasks.home("t2")).unwrap().as_deref(),
        Some("http://two")
    );
    advance(MINUTE).await;
    assert_eq!(now(tasks.home("t1")).unwrap(), None);
    assert!(now(tasks.home("t2")).unwrap().is_some());
    now(tasks.remove("t2")).unwrap();
    assert_eq!(now(tasks.home("t2")).unwrap(), None);
    assert_eq!(tasks.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn tasks_are_bounded() {
    let tasks = MemoryTasks::with_max_tasks(1000);
    for number in 0..10_000 {
        now(tasks.put(&number.to_string(), "http://one", MINUTE)).unwrap();
    }
    assert!(tasks.len() <= 1000 + 64, "{}", tasks.len());
    assert!(now(tasks.home("9999")).unwrap().is_some());
    assert!(now(tasks.home("0")).unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn sessions_are_bounded_by_their_bytes() {
    let sessions = MemorySessions::with_max_bytes(2 * 1024 * 1024);
    let sealed = Bytes::from(vec![7; 32 * 1024]);
    for number in 0..1000 {
        now(sessions.put(&number.to_string(), sealed.clone(), MINUTE)).unwrap();
        assert!(now(sessions.get("0")).unwrap().is_some(), "it is in use");
    }
    assert!(sessions.len() <= 64, "{}", sessions.len());
    let large = Bytes::from(vec![7; MAX_SESSION_BYTES + 1]);
    assert_eq!(
        now(sessions.put("large", large, MINUTE)).unwrap_err(),
        StoreError::TooLarge
    );
    now(sessions.remove("0")).unwrap();
    assert_eq!(now(sessions.get("0")).unwrap(), None);
}
