//! Who fetches, and who waits for it.

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tokio::time::{advance, sleep};
use tokio_test::{assert_pending, task};

use super::{super::support::*, support::*};
use crate::{
    auth::{jwt::*, tests::support},
    body::Body,
};

/// Fault M33: those who come before the keys wait for one fetch, which they share.
#[tokio::test(start_paused = true)]
async fn the_first_requests_share_one_fetch() {
    let signer = Signer::new(1, Some("a"));
    let server = Server::of(&[&signer]);
    server.takes(seconds(2));
    let policy = by(&server.keys());
    let token = signer.token(&good());
    let (one, two, three) = tokio::join!(
        asked(&policy, &token),
        asked(&policy, &token),
        asked(&policy, &token)
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(server.asked(), 1);
    // From now on nobody waits.
    assert!(judged(&policy, &token).is_ok());
    assert_eq!(server.asked(), 1);
}

/// Fault M33: a slow refresh keeps nobody waiting who could have the old keys.
#[tokio::test(start_paused = true)]
async fn a_slow_refresh_is_waited_for_a_second() {
    let signer = Signer::new(1, Some("a"));
    let token = signer.token(&good());
    let server = Server::of(&[&signer]);
    let policy = by(&server.keys());
    assert_eq!(told(asked(&policy, &token).await), "passes");
    server.takes(seconds(3));
    advance(seconds(300)).await;
    let started = tokio::time::Instant::now();
    let (one, two) = tokio::join!(asked(&policy, &token), asked(&policy, &token));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(started.elapsed(), seconds(1));
    // Then nobody waits for a while.
    assert!(judged(&policy, &token).is_ok());
    assert_eq!(server.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_in_the_background_keeps_nobody_waiting() {
    let (old, new) = (Signer::new(1, Some("a")), Signer::new(2, Some("b")));
    let server = Server::of(&[&old]);
    let remote = server.keys().refreshed_by(|refresh| {
        tokio::spawn(refresh);
    });
    let policy = by(&remote);
    assert_eq!(told(asked(&policy, &old.token(&good())).await), "passes");
    server.says(keys(&[&old, &new]));
    server.takes(seconds(3));
    advance(seconds(300)).await;
    for _ in 0..100 {
        assert!(judged(&policy, &old.token(&good())).is_ok());
    }
    sleep(seconds(4)).await;
    assert_eq!(server.asked(), 2);
    assert_eq!(remote.standing().keys, 2);
    assert!(judged(&policy, &new.token(&good())).is_ok());
    // A client that leaves does not take the fetch with it.
    let unknown = support::bearer(&Signer::new(3, Some("c")).token(&good()));
    advance(seconds(20)).await;
    let mut waiting = task::spawn(support::decided(&policy, unknown));
    assert_pending!(waiting.poll());
    drop(waiting);
    sleep(seconds(4)).await;
    assert_eq!((server.asked(), server.open()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn keys_can_be_fetched_before_they_are_needed() {
    let signer = Signer::new(1, Some("a"));
    let server = Server::of(&[&signer]);
    let remote = server.keys();
    assert_eq!(
        remote.standing(),
        KeysStanding {
            stale: true,
            ..Default::default()
        }
    );
    assert_eq!(remote.refresh().await, Ok(()));
    assert!(judged(&by(&remote), &signer.token(&good())).is_ok());
    server.says(down);
    assert!(matches!(
        remote.refresh().await,
        Err(KeysFailure::Unreachable(_))
    ));
    assert!(judged(&by(&remote), &signer.token(&good())).is_ok());
    let shown = format!("{remote:?}");
    assert!(shown.contains("https://id.example.org/keys"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn asks_for_json_as_it_is() {
    let signer = Signer::new(1, Some("a"));
    let text = jwks([&signer]);
    let server = Server::new(move |request| {
        assert_eq!(request.method(), "GET");
        assert_eq!(request.uri(), "https://id.example.org/keys?secret=hunter2");
        assert_eq!(request.headers()["accept-encoding"], "identity");
        assert_eq!(request.headers().len(), 2);
        let mut answer = Response::new(Full::new(Bytes::from(text.clone())));
        let kind = "application/jwk-set+json; charset=utf-8".parse().unwrap();
        answer.headers_mut().insert("content-type", kind);
        Ok(answer.map(Body::new))
    });
    assert_eq!(server.keys().refresh().await, Ok(()));
}
