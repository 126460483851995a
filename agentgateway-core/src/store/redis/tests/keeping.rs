use std::time::Duration;

use bytes::Bytes;

use super::{server::Server, *};
use crate::store::{MAX_SESSION_BYTES, SessionStore, StoreError, TaskIndex};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn two_gateways_know_the_same_tasks() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, two) = (gateway(&server).await, gateway(&server).await);
    soon(TaskIndex::put(&one, "tenant/1", "http://a:1", HOUR))
        .await
        .unwrap();
    let home = soon(two.home("tenant/1")).await.unwrap();
    assert_eq!(home.as_deref(), Some("http://a:1"));
    soon(TaskIndex::remove(&two, "tenant/1")).await.unwrap();
    assert_eq!(soon(one.home("tenant/1")).await.unwrap(), None);
}

#[tokio::test]
async fn two_gateways_know_the_same_sessions() {
    let Some(server) = Server::start() else {
        return;
    };
    let (one, two) = (gateway(&server).await, gateway(&server).await);
    let sealed = Bytes::from((0..=255).collect::<Vec<u8>>());
    soon(SessionStore::put(&one, "s", sealed.clone(), HOUR))
        .await
        .unwrap();
    assert_eq!(soon(two.get("s")).await.unwrap(), Some(sealed));
    let left: i64 = server.ask(&["PTTL", "test:session:{s}"]);
    assert!(left > 3_590_000);
    soon(SessionStore::remove(&two, "s")).await.unwrap();
    assert_eq!(soon(one.get("s")).await.unwrap(), None);
    let large = Bytes::from(vec![0; MAX_SESSION_BYTES + 1]);
    let refused = now(SessionStore::put(&one, "s", large, HOUR));
    assert_eq!(refused.unwrap_err(), StoreError::TooLarge);
}

#[tokio::test]
async fn what_is_kept_has_its_time() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let short = Duration::from_millis(50);
    soon(TaskIndex::put(&redis, "t", "h", short)).await.unwrap();
    soon(SessionStore::put(&redis, "s", Bytes::new(), Duration::ZERO))
        .await
        .unwrap();
    sleep(short * 2).await;
    assert_eq!(soon(redis.home("t")).await.unwrap(), None);
    assert_eq!(soon(redis.get("s")).await.unwrap(), None);
}

#[tokio::test]
async fn what_another_has_written_there_is_no_answer() {
    let Some(server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let _: i64 = server.ask(&["LPUSH", "test:task:{t}", "x"]);
    let error = soon(redis.home("t")).await.unwrap_err();
    assert_eq!(error, StoreError::BadAnswer);
    assert!(redis.standing().is_present, "others are answered");
}

#[tokio::test]
async fn a_password_is_asked_for_and_never_shown() {
    let Some(server) = Server::start_with(&["--requirepass", "swordfish"]) else {
        return;
    };
    let url = |password| format!("redis://:{password}@127.0.0.1:{}", server.port());
    let wrong = Redis::builder(&url("wrongfish")).unwrap().build();
    let right = Redis::builder(&url("swordfish")).unwrap().build();
    for redis in [&wrong, &right] {
        assert!(!format!("{redis:?}").contains("fish"));
        tokio::spawn(redis.maintain());
    }
    timeout(SOON, right.present()).await.unwrap();
    assert_eq!(soon(right.home("t")).await.unwrap(), None);
    assert!(!wrong.standing().is_present);
}
