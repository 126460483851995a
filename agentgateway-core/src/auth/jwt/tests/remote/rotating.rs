//! Keys that change, and tokens whose key is not known.

use tokio::time::{advance, sleep};
use tokio_test::{assert_pending, assert_ready, task};

use super::{super::support::*, support::*};
use crate::auth::tests::support;

/// Fault M33: a new key is looked for at once, an unknown one at most once in ten seconds.
#[tokio::test(start_paused = true)]
async fn a_rotated_key_is_found_and_unknown_ones_are_no_stampede() {
    let (old, new) = (Signer::new(1, Some("a")), Signer::new(2, Some("b")));
    let server = Server::of(&[&old]);
    let remote = server.keys();
    let policy = by(&remote);
    assert_eq!(told(asked(&policy, &old.token(&good())).await), "passes");
    server.says(keys(&[&new]));
    assert_eq!(told(asked(&policy, &new.token(&good())).await), "passes");
    assert_eq!(server.asked(), 2);
    // What was rotated out is not valid any more.
    assert_eq!(told(asked(&policy, &old.token(&good())).await), "401 key");

    let unknown = Signer::new(3, Some("c")).token(&good());
    for _ in 0..100 {
        assert_eq!(told(asked(&policy, &unknown).await), "401 key");
    }
    advance(seconds(9)).await;
    assert_eq!(told(asked(&policy, &unknown).await), "401 key");
    assert_eq!(server.asked(), 2);
    advance(seconds(1)).await;
    for _ in 0..100 {
        assert_eq!(told(asked(&policy, &unknown).await), "401 key");
        assert_eq!(told(asked(&policy, &new.token(&good())).await), "passes");
    }
    assert_eq!(server.asked(), 3);
    // Those who come while it is looked for wait for the same fetch.
    advance(seconds(10)).await;
    server.takes(seconds(1));
    let third = Signer::new(3, Some("c"));
    server.says(keys(&[&new, &third]));
    let (one, two) = tokio::join!(asked(&policy, &unknown), asked(&policy, &unknown));
    assert_eq!((told(one), told(two)), ("passes".into(), "passes".into()));
    assert_eq!(server.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_server_says_how_long_its_keys_are_used() {
    let signer = Signer::new(1, Some("a"));
    let token = signer.token(&good());
    for (said, used) in [
        ("max-age=600", 600),
        ("public, MAX-AGE=\"600\" , must-revalidate", 600),
        ("max-age=1", 60),
        ("max-age=31536000", 3600),
        ("no-store, max-age=600", 60),
        ("no-cache", 60),
        ("max-age=soon", 300),
        ("private", 300),
    ] {
        let text = jwks([&signer]);
        let server = Server::new(move |_| {
            let mut answer = json(text.clone());
            answer
                .headers_mut()
                .insert("cache-control", said.parse().unwrap());
            Ok(answer)
        });
        let policy = by(&server.keys());
        assert_eq!(told(asked(&policy, &token).await), "passes");
        advance(seconds(used - 1)).await;
        assert_eq!(told(asked(&policy, &token).await), "passes");
        assert_eq!(server.asked(), 1, "{said}");
        advance(seconds(1)).await;
        assert_eq!(told(asked(&policy, &token).await), "passes");
        assert_eq!(server.asked(), 2, "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_nobody_waits_for_is_given_up() {
    let (known, new) = (Signer::new(1, Some("a")), Signer::new(2, Some("b")));
    let server = Server::of(&[&known]);
    server.takes(seconds(2));
    let policy = by(&server.keys());
    let head = || support::bearer(&known.token(&good()));
    let mut first = task::spawn(support::decided(&policy, head()));
    let mut second = task::spawn(support::decided(&policy, head()));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    drop(first);
    assert_eq!((server.asked(), server.open()), (1, 1));
    sleep(seconds(2)).await;
    assert!(second.is_woken());
    assert!(
        assert_ready!(second.poll()).is_ok(),
        "it goes on for who stays"
    );

    // One who looks for an unknown key and leaves keeps it from nobody for long.
    server.says(keys(&[&known, &new]));
    let unknown = || support::bearer(&new.token(&good()));
    let mut leaves = task::spawn(support::decided(&policy, unknown()));
    assert_pending!(leaves.poll());
    drop(leaves);
    assert_eq!((server.asked(), server.open()), (2, 0));
    assert_eq!(told(asked(&policy, &new.token(&good())).await), "401 key");
    advance(seconds(1)).await;
    assert_eq!(told(asked(&policy, &new.token(&good())).await), "passes");
}
