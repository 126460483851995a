//! Verdicts that are used again.

use std::{sync::Arc, time::Duration};

use ::http::Response;
use tokio::time::advance;

use super::*;
use crate::{
    body::Body,
    envoy::{
        authz::{
            cache::Key,
            verdict::{Allowed, Denied, Verdict},
        },
        tests::*,
    },
    error::{Error, ErrorKind},
};

const TTL: Duration = Duration::from_secs(60);

fn by_key() -> VerdictCache {
    VerdictCache::new(
        |head| Some(vec![head.headers.get("x-key")?.as_bytes().to_vec()]),
        TTL,
    )
}

fn of(key: &str) -> Request<()> {
    with("/", &[("x-key", key), ("x-user", "mallory")])
}

fn rig(cache: VerdictCache) -> (Rig, ExtAuthz) {
    let mut policy = None;
    let rig = Rig::new(|client| {
        let asking = ExtAuthz::grpc(service(client)).cache(cache);
        policy.insert(asking).clone()
    });
    (rig, policy.unwrap())
}

fn alice() -> CheckResponse {
    yes(OkHttpResponse {
        headers: vec![set("x-user", "alice")],
        response_headers_to_add: vec![set("x-seen", "1")],
        ..Default::default()
    })
}

#[tokio::test(start_paused = true)]
async fn a_kept_yes_does_what_the_first_one_did() {
    let (mut rig, policy) = rig(by_key());
    rig.judged(of("a"), Ok(grpc(&alice()))).1.passed();
    for _ in 0..2 {
        let passed = rig.unasked(of("a")).passed();
        assert_eq!(passed.head.headers["x-user"], "alice");
        assert_eq!(
            passed.answer(Response::new(Body::empty())).headers()["x-seen"],
            "1"
        );
    }
    let (_, outcome) = rig.judged(of("b"), Ok(grpc(&no(401, Vec::new(), "who"))));
    outcome.answered();
    let client = rig.unasked(of("b")).answered();
    assert_eq!(
        (client.status().as_u16(), &**client.body()),
        (401, &b"who"[..])
    );
    let counts = policy.counts();
    assert_eq!((counts.allowed, counts.denied, counts.cached), (3, 2, 3));
}

#[tokio::test(start_paused = true)]
async fn a_verdict_is_kept_for_its_time() {
    let (mut rig, _) = rig(by_key());
    rig.judged(of("a"), Ok(grpc(&alice()))).1.passed();
    advance(TTL - Duration::from_secs(1)).await;
    rig.unasked(of("a")).passed();
    advance(Duration::from_secs(2)).await;
    rig.judged(of("a"), Ok(grpc(&alice()))).1.passed();
}

#[tokio::test(start_paused = true)]
async fn the_time_may_be_read_of_the_request_as_it_goes_on() {
    let (mut rig, _) = rig(by_key().ttl(|head| match head.headers["x-user"].to_str() {
        Ok("alice") => Some(Duration::from_secs(5)),
        Ok("bob") => Some(Duration::ZERO),
        Ok("far") => Some(Duration::MAX),
        _ => None,
    }));
    let user = |user: &str| {
        let headers = vec![set("x-user", user)];
        grpc(&yes(OkHttpResponse {
            headers,
            ..Default::default()
        }))
    };
    rig.judged(of("a"), Ok(user("alice"))).1.passed();
    rig.unasked(of("a")).passed();
    for other in ["bob", "far", "eve"] {
        for _ in 0..2 {
            rig.judged(of(other), Ok(user(other))).1.passed();
        }
    }
    advance(Duration::from_secs(6)).await;
    rig.judged(of("a"), Ok(user("alice"))).1.passed();
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_never_kept() {
    let (mut rig, _) = rig(by_key());
    rig.judged(of("a"), Err(Error::new(ErrorKind::Unavailable, "gone")))
        .1
        .refused();
    rig.judged(of("a"), Ok(grpc(&CheckResponse::default())))
        .1
        .refused();
    let words = CheckResponse {
        http_response: Some(HttpResponse::Error(DeniedHttpResponse::default())),
        ..Default::default()
    };
    rig.judged(of("a"), Ok(grpc(&words))).1.answered();
    rig.judged(of("a"), Ok(grpc(&alice()))).1.passed();
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_key_is_asked_about() {
    let (mut rig, _) = rig(by_key());
    let long = "x".repeat(5000);
    for _ in 0..2 {
        rig.judged(get("/"), Ok(grpc(&alice()))).1.passed();
        rig.judged(of(&long), Ok(grpc(&alice()))).1.passed();
    }
    let (mut rig, _) = self::rig(VerdictCache::new(|_| Some(Vec::new()), TTL));
    for _ in 0..2 {
        rig.judged(of("a"), Ok(grpc(&alice()))).1.passed();
    }
}

fn keep(cache: &VerdictCache, key: &str, verdict: Verdict) {
    let (head, ()) = get("/").into_parts();
    cache.keep(vec![key.into()], &Arc::new(verdict), &head);
}

fn has(cache: &VerdictCache, key: &str) -> bool {
    let key: Key = vec![key.into()];
    cache.find(&key).is_some()
}

fn allowed() -> Verdict {
    Verdict::Allowed(Allowed::default())
}

#[tokio::test(start_paused = true)]
async fn at_the_limit_the_oldest_goes() {
    let cache = by_key().max_entries(3);
    for key in ["a", "b", "c"] {
        keep(&cache, key, allowed());
    }
    keep(&cache, "d", allowed());
    assert_eq!(
        ["a", "b", "c", "d"].map(|key| has(&cache, key)),
        [false, true, true, true]
    );
    // However often one is kept anew, there are no more than so many.
    for _ in 0..100 {
        keep(&cache, "d", allowed());
    }
    assert!(has(&cache, "d"));
    keep(&cache, "e", allowed());
    assert!(has(&cache, "d") && has(&cache, "e"));
    advance(TTL).await;
    assert!(!has(&cache, "d"));
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_key_do_not_run_together() {
    let cache = by_key();
    let (head, ()) = get("/").into_parts();
    let key = |parts: [&str; 2]| -> Key { parts.map(Into::into).into() };
    cache.keep(key(["ab", "c"]), &Arc::new(allowed()), &head);
    assert!(cache.find(&key(["ab", "c"])).is_some());
    assert!(cache.find(&key(["a", "bc"])).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_verdict_that_is_too_large_is_not_kept() {
    let cache = by_key();
    let denied = |bytes: usize| {
        Verdict::Denied(Denied {
            body: vec![b'x'; bytes].into(),
            ..Denied::bare(::http::StatusCode::FORBIDDEN)
        })
    };
    keep(&cache, "small", denied(1000));
    keep(&cache, "large", denied(17_000));
    assert!(has(&cache, "small") && !has(&cache, "large"));
}
