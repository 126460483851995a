use std::time::Duration;

use agentgateway_core::{Error, ErrorKind};
use tokio::time::{Instant, advance};

use super::support::*;
use crate::upstream::pipe::PoolLimits;

fn peers(change: impl FnOnce(&mut PoolLimits)) -> Peers {
    let mut limits = PoolLimits::default();
    change(&mut limits);
    Peers::with(limits)
}

const LOG: &str = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#;
const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;

/// Fault M29: a flood of notifications is bounded, and a client that does not read it still gets its answer.
#[tokio::test(start_paused = true)]
async fn a_slow_client_loses_notifications_and_keeps_its_answer() {
    for bytes in [usize::MAX, 4 * LOG.len()] {
        let mut peers = peers(|limits| {
            limits.pipe.max_waiting = if bytes == usize::MAX { 4 } else { 1000 };
            limits.pipe.max_waiting_bytes = bytes;
        });
        let (session, mut peer) = peers.session("a").await;
        let sent = peers.send(within(&session, by("a", post(&request("7", "m")))));
        peer.read().await;
        peer.say(LOG).await;
        let mut answer = sent.await.unwrap().unwrap();
        let start = Instant::now();
        for _ in 0..100 {
            peer.say(LOG).await;
        }
        assert_eq!(
            start.elapsed(),
            Duration::from_secs(1),
            "it is waited for once"
        );
        peer.say(result(2)).await;
        let mut count = 0;
        loop {
            let text = event(&mut answer).await.unwrap().unwrap();
            if text != LOG {
                assert_eq!(text, result(7));
                break;
            }
            count += 1;
        }
        assert!((5..=6).contains(&count), "{count}");
        assert_eq!(peers.pool.counts().crowded_out, 101 - count);
    }
}

#[tokio::test(start_paused = true)]
async fn the_pipe_waits_for_a_client_that_reads() {
    let mut peers = peers(|limits| limits.pipe.max_waiting = 1);
    let (session, mut peer) = peers.session("a").await;
    let sent = peers.send(within(&session, by("a", post(&request("7", "m")))));
    peer.read().await;
    let reading = tokio::spawn(async move {
        let mut answer = sent.await.unwrap().unwrap();
        let mut count = 0;
        while let Some(text) = event(&mut answer).await {
            text.unwrap();
            count += 1;
            tokio::time::sleep(Duration::from_millis(900)).await;
        }
        count
    });
    for _ in 0..20 {
        peer.say(LOG).await;
    }
    peer.say(result(2)).await;
    assert_eq!(reading.await.unwrap(), 21);
    assert_eq!(peers.pool.counts().crowded_out, 0);
}

/// Fault M45: one who listens and does not read is let go.
#[tokio::test(start_paused = true)]
async fn a_slow_listener_is_ended() {
    let mut peers = peers(|limits| limits.pipe.max_waiting = 2);
    let (session, peer) = peers.session("a").await;
    let mut stream = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    for _ in 0..10 {
        peer.say(CHANGED).await;
    }
    for _ in 0..2 {
        assert_eq!(event(&mut stream).await.unwrap().unwrap(), CHANGED);
    }
    assert!(event(&mut stream).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_question_that_finds_no_room_is_answered() {
    let mut peers = peers(|limits| limits.pipe.max_waiting = 1);
    let (session, mut peer) = peers.session("a").await;
    let _sent = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    peer.say(CHANGED).await;
    peer.say(request("0", "roots/list")).await;
    let refusal = peer.read().await;
    assert!(
        refusal.contains(r#""id":0,"error":{"code":-31503"#),
        "{refusal}"
    );
}

#[tokio::test(start_paused = true)]
async fn so_many_questions_are_open_and_no_more() {
    let mut peers = peers(|limits| limits.pipe.max_questions = 2);
    let (session, mut peer) = peers.session("a").await;
    let _sent = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    for id in ["0", "1", "2"] {
        peer.say(request(id, "roots/list")).await;
    }
    assert!(peer.read().await.contains(r#""id":2,"error""#));
}

fn is_overloaded(error: &Error) -> bool {
    error.kind() == ErrorKind::Overloaded && error.is_unprocessed()
}

#[tokio::test(start_paused = true)]
async fn so_many_requests_run_and_no_more() {
    let mut peers = peers(|limits| limits.pipe.max_running = 2);
    let first = peers.send(modern(&request("7", "m")));
    let mut peer = peers.next().await;
    let _second = peers.send(modern(&request("7", "m")));
    peer.read().await;
    peer.read().await;
    let error = peers
        .send(modern(&request("7", "m")))
        .await
        .unwrap()
        .unwrap_err();
    assert!(is_overloaded(&error));
    peer.say(result(1)).await;
    first.await.unwrap().unwrap();
    let _third = peers.send(modern(&request("7", "m")));
    peer.read().await;
}

/// Fault M39: a process that hangs is found out by the requests that were given up.
#[tokio::test(start_paused = true)]
async fn a_server_that_answers_nobody_is_ended() {
    let mut peers = peers(|limits| limits.pipe.max_abandoned = 2);
    let (session, mut peer) = peers.session("a").await;
    for left in 0..3 {
        assert!(peer.pipe.ended().is_none(), "{left}");
        let sent = peers.send(within(&session, by("a", post(&request("7", "m")))));
        peer.read().await;
        sent.abort();
        assert!(sent.await.unwrap_err().is_cancelled());
    }
    assert!(peer.pipe.ended().unwrap().failed);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_is_ended() {
    let mut peers = peers(|limits| {
        limits.pipe.max_running = 2;
        limits.pipe.max_questions = 2;
    });
    let (_session, peer) = peers.session("a").await;
    for id in 0..5 {
        assert!(peer.pipe.ended().is_none());
        peer.say(request(&id.to_string(), "roots/list")).await;
    }
    assert!(peer.pipe.ended().unwrap().failed);
}

#[tokio::test(start_paused = true)]
async fn the_pipe_that_was_idle_longest_makes_room() {
    let mut peers = peers(|limits| limits.max_pipes = 2);
    let (first, _peer) = peers.session("a").await;
    advance(Duration::from_secs(1)).await;
    let (second, _other) = peers.session("a").await;
    advance(Duration::from_secs(1)).await;
    let ask = |session: &str| within(session, by("a", get()));
    let stream = peers.send(ask(&first)).await.unwrap().unwrap();
    drop(stream);
    let (third, _other) = peers.session("b").await;
    let answer = peers.send(ask(&second)).await.unwrap().unwrap();
    assert_eq!(answer.status(), 404);
    let _used = peers.send(ask(&first)).await.unwrap().unwrap();
    let _used = peers
        .send(within(&third, by("b", get())))
        .await
        .unwrap()
        .unwrap();
    let error = peers.send(by("c", post(HELLO))).await.unwrap().unwrap_err();
    assert!(is_overloaded(&error));
}

#[tokio::test(start_paused = true)]
async fn those_that_are_ending_are_bounded_as_well() {
    let limits = PoolLimits {
        max_pipes: 2,
        ..PoolLimits::default()
    };
    let mut peers = Peers::that_end(Duration::from_secs(60), limits);
    for _ in 0..4 {
        let (_session, peer) = peers.session("a").await;
        peer.pipe.stop("over");
    }
    let error = peers.send(by("a", post(HELLO))).await.unwrap().unwrap_err();
    assert!(is_overloaded(&error));
    advance(Duration::from_secs(61)).await;
    peers.session("a").await;
}

#[tokio::test(start_paused = true)]
async fn what_nobody_uses_is_ended() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    let running = peers.send(within(&session, by("a", post(&request("7", "m")))));
    peer.read().await;
    advance(Duration::from_secs(3600)).await;
    assert!(peer.pipe.ended().is_none());
    peer.say(result(2)).await;
    running.await.unwrap().unwrap();
    let start = Instant::now();
    peer.pipe.finished().await;
    assert_eq!(start.elapsed(), Duration::from_secs(300));
}

/// Fault M39: what ends at once is started again later each time.
#[tokio::test(start_paused = true)]
async fn what_fails_is_opened_again_later_each_time() {
    let mut peers = Peers::new();
    for wait in [250, 500, 1000, 2000] {
        let sent = peers.send(by("a", modern(&request("7", "m"))));
        peers.next().await.die();
        assert!(sent.await.unwrap().is_err());
        let error = peers
            .send(by("a", modern(&request("7", "m"))))
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_millis(wait)));
        assert!(error.is_unprocessed());
        advance(Duration::from_millis(wait)).await;
    }
    let _other = peers.send(by("b", modern(&request("7", "m"))));
    peers.next().await.read().await;
    assert_eq!(
        (peers.pool.counts().opened, peers.pool.counts().failed),
        (5, 4)
    );
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_is_dropped_lets_what_runs_end() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    let running = peers.send(within(&session, by("a", post(&request("7", "m")))));
    peer.read().await;
    let mut stream = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    peer.say(LOG).await;
    let mut answer = running.await.unwrap().unwrap();
    drop(peers);
    assert!(event(&mut stream).await.is_none());
    assert!(peer.pipe.ended().is_none());
    peer.say(result(2)).await;
    event(&mut answer).await.unwrap().unwrap();
    assert_eq!(event(&mut answer).await.unwrap().unwrap(), result(7));
    peer.pipe.finished().await;
}
