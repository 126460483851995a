//! Keys that are fetched, from a server that does as it is told; time is made up.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, request};
use http_body_util::Full;
use tokio::time::{advance, sleep};
use tokio_test::{assert_pending, assert_ready, task};

use super::support::*;
use crate::{
    auth::{Authentication, Mode, jwt::*, tests::support},
    body::Body,
    error::{Error, ErrorKind},
};

type Answer = Result<Response<Body>, Error>;

/// Answers as it was told last, and counts who asks.
#[derive(Clone)]
struct Server(Arc<Inner>);

struct Inner {
    answer: Mutex<Box<dyn Fn(&Request<Body>) -> Answer + Send>>,
    delay: Mutex<Duration>,
    asked: AtomicUsize,
    /// Fetches that were begun and neither answered nor given up.
    open: AtomicUsize,
}

impl Server {
    fn new(answer: impl Fn(&Request<Body>) -> Answer + Send + 'static) -> Self {
        Self(Arc::new(Inner {
            answer: Mutex::new(Box::new(answer)),
            delay: Mutex::default(),
            asked: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        }))
    }

    fn of(signers: &[&Signer]) -> Self {
        Self::new(keys(signers))
    }

    fn says(&self, answer: impl Fn(&Request<Body>) -> Answer + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    fn takes(&self, delay: Duration) {
        *self.0.delay.lock().unwrap() = delay;
    }

    fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    fn open(&self) -> usize {
        self.0.open.load(Ordering::SeqCst)
    }

    fn keys(&self) -> RemoteKeys {
        let inner = Arc::clone(&self.0);
        let service = tower::service_fn(move |request: Request<Body>| {
            let inner = Arc::clone(&inner);
            async move {
                inner.asked.fetch_add(1, Ordering::SeqCst);
                inner.open.fetch_add(1, Ordering::SeqCst);
                let open = Open(Arc::clone(&inner));
                let delay = *inner.delay.lock().unwrap();
                sleep(delay).await;
                drop(open);
                let answer = inner.answer.lock().unwrap();
                answer(&request)
            }
        });
        RemoteKeys::new("https://id.example.org/keys?secret=hunter2", service).unwrap()
    }
}

struct Open(Arc<Inner>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

fn json(text: impl Into<Bytes>) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(text.into()))
        .unwrap()
}

fn keys(signers: &[&Signer]) -> impl Fn(&Request<Body>) -> Answer + Send + 'static {
    let text = jwks(signers.iter().copied());
    move |_| Ok(json(text.clone()))
}

fn down(_: &Request<Body>) -> Answer {
    Err(Error::new(
        ErrorKind::Unavailable,
        "no connection to id.example.org",
    ))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn by(keys: &RemoteKeys) -> Authentication {
    policy(issuer(keys.clone()))
}

async fn asked(policy: &Authentication, token: &str) -> Result<request::Parts, String> {
    let decided = support::decided(policy, support::bearer(token)).await;
    decided.map_err(|error| {
        let rule = support::rule(&error).rsplit(' ').next().unwrap();
        format!("{} {rule}", error.status().as_u16())
    })
}

fn told<T>(result: Result<T, String>) -> String {
    result.map_or_else(|error| error, |_| "passes".to_owned())
}

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

/// Fault M33: a server that is down, stalls or lies: who has a token is told 503, never 401, and the
/// server is left in peace.
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

/// Fault M33: keys are rotated: a new one is looked for at once, an unknown one at most once in ten
/// seconds.
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

#[test]
fn a_url_that_leads_nowhere_is_told_at_once() {
    let nobody = tower::service_fn(|_: Request<Body>| async { Err::<Response<Body>, _>(no()) });
    for url in [
        "",
        "/keys",
        "id.example.org",
        "ftp://h/",
        "https://u:p@h/",
        "file:///etc/passwd",
    ] {
        let error = RemoteKeys::new(url, nobody).unwrap_err();
        assert_eq!(error, InvalidKeys::NotUrl, "{url}");
        assert!(RemoteKeys::discover(url, nobody).is_err(), "{url}");
    }
    assert!(RemoteKeys::discover("https://h/?a", nobody).is_err());
}

fn no() -> Error {
    Error::new(ErrorKind::Unavailable, "no")
}

// === discovery ===

const CONFIGURATION: &str = "https://id.example.org/tenant/.well-known/openid-configuration";

fn discovering(configuration: serde_json::Value) -> RemoteKeys {
    let keys = jwks([&Signer::new(1, Some("a"))]);
    let service = tower::service_fn(move |request: Request<Body>| {
        let text = if request.uri() == CONFIGURATION {
            configuration.to_string()
        } else {
            keys.clone()
        };
        async move { Ok::<_, Error>(json(text)) }
    });
    RemoteKeys::discover("https://id.example.org/tenant/", service).unwrap()
}

#[tokio::test]
async fn a_configuration_leads_to_keys_on_its_own_server() {
    let said = |issuer: &str, keys: &str| serde_json::json!({"issuer": issuer, "jwks_uri": keys});
    let own = "https://id.example.org/tenant/";
    for keys in [
        "https://id.example.org/keys",
        "https://ID.example.org:443/keys?v=1",
    ] {
        assert_eq!(
            discovering(said(own, keys)).refresh().await,
            Ok(()),
            "{keys}"
        );
    }
    for keys in [
        "https://keys.example.org/",
        "https://id.example.org:8443/keys",
        "http://id.example.org/keys",
    ] {
        let refused = discovering(said(own, keys)).refresh().await;
        assert_eq!(refused, Err(KeysFailure::ForeignUrl), "{keys}");
    }
    let elsewhere = || discovering(said(own, "https://keys.example.org/"));
    assert_eq!(
        elsewhere().allow_host("Keys.example.org").refresh().await,
        Ok(())
    );
    assert!(
        elsewhere()
            .allow_host("example.org")
            .refresh()
            .await
            .is_err()
    );
    for configuration in [
        said(
            "https://id.example.org/tenant",
            "https://id.example.org/keys",
        ),
        said(own, "file:///etc/passwd"),
        said(own, "/keys"),
        serde_json::json!({"issuer": own}),
        serde_json::json!([]),
    ] {
        let refused = discovering(configuration).refresh().await;
        assert_eq!(refused, Err(KeysFailure::Malformed));
    }
}
