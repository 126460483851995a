use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use tokio::time::advance;

use super::support::*;
use crate::{
    body::End,
    context::{Meter, Used},
    error::ErrorKind,
    limit::{rate::RateLimit, *},
    policy::FailureMode,
    store::{MemoryRates, Rate},
};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn each_key_has_its_own_rate() {
    let mut rig = Rig::new(RateLimit::new(
        "calls",
        Key::principal(),
        [Rate::per_minute(2)],
    ));
    for caller in ["alice", "bob"] {
        drop(rig.answered(of(caller), 200));
        drop(rig.answered(of(caller), 200));
        let refused = rig.refused(of(caller));
        assert_eq!(refused.kind(), ErrorKind::RateLimited);
        assert_eq!(refused.retry_after(), Some(SECOND * 30));
        assert_eq!(refused.decided_by().map(|by| &**by), Some("calls rate[0]"));
        assert!(!format!("{refused}").contains(caller));
    }
    advance(SECOND * 30).await;
    drop(rig.answered(of("alice"), 200));
    rig.refused(of("alice"));
}

#[tokio::test(start_paused = true)]
async fn what_has_no_key_is_not_limited() {
    let mut rig = Rig::new(RateLimit::new(
        "calls",
        Key::principal(),
        [Rate::per_minute(0)],
    ));
    drop(rig.answered(http::Request::new(()), 200));
    rig.refused(of("alice"));
}

#[tokio::test(start_paused = true)]
async fn all_rates_must_allow() {
    let rates = [Rate::per_second(1), Rate::per_hour(2)];
    let mut rig = Rig::new(RateLimit::new("calls", Key::everybody(), rates));
    drop(rig.answered(of("alice"), 200));
    let decided = |error: crate::Error| error.decided_by().unwrap().to_string();
    assert_eq!(decided(rig.refused(of("bob"))), "calls rate[0]");
    advance(SECOND).await;
    drop(rig.answered(of("alice"), 200));
    advance(SECOND).await;
    assert_eq!(decided(rig.refused(of("bob"))), "calls rate[1]");
}

#[tokio::test(start_paused = true)]
async fn policies_of_two_names_share_a_store_and_no_bucket() {
    let store = Arc::new(MemoryRates::new());
    for name in ["one", "two"] {
        let limit =
            RateLimit::new(name, Key::everybody(), [Rate::per_hour(1)]).store(store.clone());
        let mut rig = Rig::new(limit);
        drop(rig.answered(of("alice"), 200));
        rig.refused(of("alice"));
    }
}

#[tokio::test(start_paused = true)]
async fn clients_are_told_what_is_left() {
    let rates = [Rate::per_minute(60).burst(30), Rate::per_hour(1000)];
    let limit = RateLimit::new("tenant \"a\"", Key::everybody(), rates).tell_clients(true);
    let mut rig = Rig::new(limit);
    let told = |headers: &HeaderMap, name: &str| headers[name].to_str().unwrap().to_owned();
    let (_sender, response) = rig.answered(of("alice"), 200);
    assert_eq!(
        told(response.headers(), "ratelimit-policy"),
        r#""tenant a-0";q=30;w=30, "tenant a-1";q=1000;w=3600"#
    );
    let limit = told(response.headers(), "ratelimit");
    assert_eq!(limit, r#""tenant a-0";r=29;t=1"#);
    for _ in 0..29 {
        drop(rig.answered(of("alice"), 200));
    }
    let mut headers = HeaderMap::new();
    rig.refused(of("alice")).write_headers(&mut headers);
    assert_eq!(told(&headers, "ratelimit"), r#""tenant a-0";r=0;t=30"#);
    assert_eq!(told(&headers, "retry-after"), "1");
    assert!(headers.contains_key("ratelimit-policy"));
}

#[tokio::test(start_paused = true)]
async fn two_limits_are_told_in_one_list() {
    let limit =
        |name| RateLimit::new(name, Key::everybody(), [Rate::per_hour(9)]).tell_clients(true);
    let mut rig = Rig::all([
        Arc::new(limit("a")) as Arc<dyn crate::policy::Policy>,
        Arc::new(limit("b")),
    ]);
    let (_sender, response) = rig.answered(of("alice"), 200);
    assert_eq!(response.headers().get_all("ratelimit").iter().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_taken_when_they_are_known() {
    let limit = RateLimit::new("tokens", Key::principal(), [Rate::per_minute(600)]).tokens();
    let mut rig = Rig::new(limit);
    let (sender, mut response) = rig.answered(of("alice"), 200);
    let claim = Meter::claim(response.extensions_mut()).unwrap();
    // Nothing is taken before it is known.
    drop(rig.answered(of("alice"), 503));
    claim.settle(&Used::tokens(1000, 500), End::Complete);
    drop((sender, response));
    let refused = rig.refused(of("alice"));
    assert_eq!(refused.message(), "too many tokens, try again later");
    assert_eq!(refused.retry_after(), Some(Duration::from_millis(90_100)));
    advance(Duration::from_millis(90_100)).await;
    drop(rig.answered(of("alice"), 200));
}

#[tokio::test(start_paused = true)]
async fn tokens_that_nobody_reads_are_estimated() {
    let limit = RateLimit::new("tokens", Key::everybody(), [Rate::per_hour(2200)]).tokens();
    let mut rig = Rig::new(limit);
    // 400 bytes are 100 tokens, and two answers of 1,024.
    drop(rig.answered(call(400, None), 200));
    let (_sender, _response) = rig.answered(call(400, 10), 200);
    drop(rig.answered(call(400, 10), 429));
    drop((_sender, _response));
    rig.refused(of("alice"));
}

/// Fault L29 (part): a store without a word, now or soon, is answered for as the mode says.
#[tokio::test(start_paused = true)]
async fn a_store_without_a_word_is_answered_for_as_the_mode_says() {
    for soon in [false, true] {
        let limit = RateLimit::new("calls", Key::everybody(), [Rate::per_hour(0)])
            .store(Arc::new(Away { soon }));
        let mut rig = Rig::new(limit.clone());
        drop(rig.answered(of("alice"), 200));
        let mut rig = Rig::new(limit.failure_mode(FailureMode::Closed));
        let refused = rig.refused(of("alice"));
        assert_eq!(refused.kind(), ErrorKind::Overloaded);
        assert_eq!(refused.retry_after(), Some(SECOND));
        assert_eq!(refused.decided_by().map(|by| &**by), Some("calls"));
    }
}
