use std::time::Duration;

use tokio::time::advance;
use tokio_test::{assert_pending, assert_ready, task::spawn};

use super::{super::*, support::*};

#[tokio::test(start_paused = true)]
async fn a_token_is_used_until_shortly_before_its_end() {
    let issuer = Issuer::new()
        .answers(200, issued("a", 100))
        .answers(200, issued("b", 30))
        .answers(200, issued("c", 30))
        .answers(200, r#"{"access_token":"d","token_type":"bearer"}"#);
    let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
    let token = || token_of(&tokens, None);
    assert_eq!(token().await.as_deref(), Some("Bearer a"));
    advance(Duration::from_secs(69)).await;
    assert_eq!(token().await.as_deref(), Some("Bearer a"));
    advance(Duration::from_secs(1)).await;
    assert_eq!(token().await.as_deref(), Some("Bearer b"));
    // It lives no longer than the leeway, and is not kept.
    assert_eq!(token().await.as_deref(), Some("Bearer c"));
    assert_eq!(token().await.as_deref(), Some("Bearer d"));
    // Of a token of which nothing is said a minute is believed.
    advance(Duration::from_secs(29)).await;
    assert_eq!(token().await.as_deref(), Some("Bearer d"));
    advance(Duration::from_secs(1)).await;
    assert_eq!(token().await.as_deref(), Some("Bearer t5"));
    // Nor is one kept for years.
    let issuer = Issuer::new().answers(200, issued("a", u64::MAX));
    let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
    token_of(&tokens, None).await;
    advance(Duration::from_secs(24 * 60 * 60)).await;
    assert_eq!(token_of(&tokens, None).await.as_deref(), Some("Bearer t2"));
}

#[tokio::test]
async fn one_asks_for_all_who_wait() {
    let issuer = Issuer::waiting();
    let tokens = UpstreamTokens::exchange(issuer.endpoint());
    let caller = Some(("alice", "a1"));
    let mut all: Vec<_> = (0..10).map(|_| spawn(token_of(&tokens, caller))).collect();
    for waiting in &mut all {
        assert_pending!(waiting.poll());
    }
    assert_eq!(issuer.count(), 1);
    // The one who asked leaves, and its question goes on.
    drop(all.remove(0));
    issuer.may_answer(1);
    for waiting in &mut all {
        assert_eq!(assert_ready!(waiting.poll()).as_deref(), Some("Bearer t1"));
    }
    assert_eq!(issuer.count(), 1);
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_is_given_up() {
    let issuer = Issuer::waiting();
    let tokens = UpstreamTokens::exchange(issuer.endpoint());
    let caller = Some(("alice", "a1"));
    let mut first = spawn(token_of(&tokens, caller));
    assert_pending!(first.poll());
    drop(first);
    issuer.may_answer(1);
    assert_eq!(
        token_of(&tokens, caller).await.as_deref(),
        Some("Bearer t2")
    );
    assert_eq!(issuer.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_nobody_asks_for_a_second() {
    let issuer = Issuer::new().answers(503, "{}");
    let tokens = UpstreamTokens::exchange(issuer.endpoint());
    let alice = Some(("alice", "a1"));
    for _ in 0..3 {
        assert_eq!(sent(&tokens, call(alice), (200, &[])).await.status, 502);
    }
    assert_eq!(issuer.count(), 1);
    advance(Duration::from_secs(1)).await;
    assert_eq!(token_of(&tokens, alice).await.as_deref(), Some("Bearer t2"));
}

#[tokio::test]
async fn of_too_many_that_goes_which_was_used_the_longest_ago() {
    let issuer = Issuer::new();
    let tokens = UpstreamTokens::exchange(issuer.endpoint()).max_tokens(2);
    for (caller, expected) in [
        ("a", "Bearer t1"),
        ("b", "Bearer t2"),
        ("a", "Bearer t1"),
        ("c", "Bearer t3"),
        ("a", "Bearer t1"),
        ("b", "Bearer t4"),
    ] {
        let sent = token_of(&tokens, Some((caller, caller))).await;
        assert_eq!(sent.as_deref(), Some(expected), "{caller}");
    }
    assert!(format!("{tokens:?}").contains("kept: 2"));
}

#[tokio::test]
async fn more_questions_than_tokens_are_not_asked() {
    let issuer = Issuer::waiting();
    let tokens = UpstreamTokens::exchange(issuer.endpoint()).max_tokens(2);
    let mut first = spawn(token_of(&tokens, Some(("a", "a"))));
    let mut second = spawn(token_of(&tokens, Some(("b", "b"))));
    assert_pending!(first.poll());
    assert_pending!(second.poll());
    let third = sent(&tokens, call(Some(("c", "c"))), (200, &[])).await;
    assert_eq!((third.status, third.sent), (503, None));
    drop(second);
    issuer.may_answer(2);
    assert_eq!(
        token_of(&tokens, Some(("c", "c"))).await.as_deref(),
        Some("Bearer t3")
    );
    assert_eq!(first.await.as_deref(), Some("Bearer t1"));
}
