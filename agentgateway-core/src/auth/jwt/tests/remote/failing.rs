//! A server that is down, stalls or lies.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use tokio::time::advance;

use super::{super::support::*, support::*};
use crate::{
    auth::{Mode, jwt::*, tests::support},
    body::Body,
};

/// Fault M33: without keys a caller is told 503, never 401, and the server is left in peace.
#[tokio::test(start_paused = true)]
async fn without_keys_nobody_is_told_that_it_is_unknown() {
    let signer = Signer::new(1, Some("a"));
    let token = signer.token(&good());
    let lies: [(fn(&Request<Body>) -> Answer, KeysFailure); 9] = [
        (
            down,
            KeysFailure::Unreachable("no connection to id.example.org".into()),
        ),
        (
            |_| {
                let mut page = json("<html>");
                *page.status_mut() = StatusCode::BAD_GATEWAY;
                Ok(page)
            },
            KeysFailure::Status(502),
        ),
        (
            |_| {
                let away = Response::builder()
                    .status(302)
                    .header("location", "https://evil.example/");
                Ok(away.body(Body::empty()).unwrap())
            },
            KeysFailure::Status(302),
        ),
        (
            |_| {
                Ok(Response::new(Body::from(Bytes::from_static(
                    br#"{"keys":[]}"#,
                ))))
            },
            KeysFailure::NotJson,
        ),
        (
            |_| {
                let mut coded = json(r#"{"keys":[]}"#);
                coded
                    .headers_mut()
                    .insert("content-encoding", "gzip".parse().unwrap());
                Ok(coded)
            },
            KeysFailure::NotJson,
        ),
        (|_| Ok(json("<html>login</html>")), KeysFailure::Malformed),
        (|_| Ok(json(r#"{"keys":[]}"#)), KeysFailure::NoKeys),
        (
            // A secret that all can read is none.
            |_| {
                Ok(json(
                    r#"{"keys":[{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}"#,
                ))
            },
            KeysFailure::NoKeys,
        ),
        (
            |_| Ok(json(vec![b' '; 256 * 1024 + 1])),
            KeysFailure::TooLarge(256 * 1024),
        ),
    ];
    for (lie, failure) in lies {
        let server = Server::new(lie);
        let remote = server.keys();
        let policy = by(&remote);
        assert_eq!(told(asked(&policy, &token).await), "503 unavailable");
        assert_eq!(remote.standing().failure, Some(failure));
        // Nobody asks again for a second, then the pauses grow.
        assert_eq!(told(asked(&policy, &token).await), "503 unavailable");
        assert_eq!(server.asked(), 1);
        advance(seconds(1)).await;
        assert_eq!(told(asked(&policy, &token).await), "503 unavailable");
        assert_eq!(server.asked(), 2);
        advance(seconds(1)).await;
        let error = support::now(&policy, support::bearer(&token)).unwrap_err();
        assert_eq!(error.retry_after(), Some(seconds(1)));
        assert_eq!(server.asked(), 2);
        server.says(keys(&[&signer]));
        advance(seconds(1)).await;
        assert_eq!(told(asked(&policy, &token).await), "passes");
        assert_eq!(remote.standing().failure, None);
    }
}

/// Fault M33: a server that stalls is given up in time.
#[tokio::test(start_paused = true)]
async fn a_server_that_stalls_is_given_up() {
    let signer = Signer::new(1, Some("a"));
    let server = Server::of(&[&signer]);
    server.takes(seconds(3600));
    let remote = server.keys();
    let started = tokio::time::Instant::now();
    let answer = asked(&by(&remote), &signer.token(&good())).await;
    assert_eq!(told(answer), "503 unavailable");
    assert_eq!(started.elapsed(), seconds(5));
    assert_eq!(remote.standing().failure, Some(KeysFailure::TimedOut));
    assert_eq!(server.open(), 0);
    let permissive = by(&remote).mode(Mode::Permissive);
    let head = support::now(&permissive, support::bearer("a.b.c")).unwrap();
    assert_eq!(support::caller(&head), None);
}

/// Fault M33: the last good keys serve for a bounded time while the server is down.
/// Fault O11: an issuer's keys grow old by the monotonic clock, whatever the wall clock does meanwhile.
#[tokio::test(start_paused = true)]
async fn good_keys_serve_on_for_a_bounded_time() {
    let signer = Signer::new(1, Some("a"));
    let token = signer.token(&good());
    let server = Server::of(&[&signer]);
    let remote = server.keys();
    let policy = by(&remote);
    assert_eq!(told(asked(&policy, &token).await), "passes");
    server.says(down);
    advance(seconds(299)).await;
    assert_eq!(told(asked(&policy, &token).await), "passes");
    assert_eq!(server.asked(), 1);
    assert!(!remote.standing().stale);
    advance(seconds(1)).await;
    for _ in 0..3 {
        assert_eq!(told(asked(&policy, &token).await), "passes");
    }
    assert_eq!(server.asked(), 2, "once, and then after a pause");
    let standing = remote.standing();
    assert!(standing.stale && standing.failure.is_some());
    assert_eq!((standing.keys, standing.age), (1, Some(seconds(300))));
    // An unknown key may be a new one: only the server could say.
    let other = Signer::new(2, Some("b")).token(&good());
    assert_eq!(told(asked(&policy, &other).await), "503 unavailable");
    assert_eq!(server.asked(), 2, "it is not asked for each");
    advance(seconds(3599)).await;
    assert_eq!(told(asked(&policy, &token).await), "passes");
    advance(seconds(11)).await;
    assert_eq!(told(asked(&policy, &token).await), "503 unavailable");
    server.says(keys(&[&signer]));
    advance(seconds(11)).await;
    assert_eq!(told(asked(&policy, &token).await), "passes");
}
