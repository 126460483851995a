use std::{sync::Arc, time::Duration};

use agentgateway_core::seal::Sealer;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{opened::*, support::*};
use crate::bridge::LegacyClients;

const CANCEL: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#;

#[tokio::test]
async fn a_client_that_cancels_gets_no_answer_and_the_server_is_told() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    opened.progress(0, 1).await;
    events.next().await.unwrap();
    assert_eq!(progress_of(&events.next().await.unwrap()), 1);
    // Another session's word is none.
    let other = client.clone().initialized("2025-11-25", json!({})).await;
    assert_eq!(other.post(CANCEL).await.status(), 202);
    assert!(opened.progress(0, 2).await);
    assert_eq!(client.post(CANCEL).await.status(), 202);
    assert!(!opened.progress(0, 3).await);
    assert_eq!(events.next().await, None);
    assert_eq!(client.post(CANCEL).await.status(), 202);
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn a_request_that_is_cancelled_before_its_answer_is_taken_and_no_more() {
    let (server, log) = server(|_| Box::pin(std::future::pending()));
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.post(CALL).await }
    });
    settle().await;
    assert_eq!(log.of("tools/call").len(), 1);
    client.post(CANCEL).await;
    let answer = asking.await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), body(answer).await),
        (202, String::new())
    );
}

#[tokio::test]
async fn a_client_that_loses_its_stream_takes_it_up_again() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    for progress in 1..=3 {
        opened.progress(0, progress).await;
    }
    let primed = events.next().await.unwrap();
    assert_eq!(primed.message, Value::Null);
    let first = events.next().await.unwrap();
    drop(events);
    settle().await;
    assert!(opened.progress(0, 4).await, "the call goes on");
    settle().await;

    // From the very beginning, and while it goes on.
    let mut again = resume(&client, primed.id.as_deref().unwrap()).await;
    assert_eq!(again.next().await.unwrap(), first);
    for progress in 2..=4 {
        assert_eq!(progress_of(&again.next().await.unwrap()), progress);
    }
    opened.progress(0, 5).await;
    assert_eq!(progress_of(&again.next().await.unwrap()), 5);
    drop(again);
    assert!(opened.finish(0).await);
    settle().await;

    // When it is over.
    let rest = resume(&client, first.id.as_deref().unwrap())
        .await
        .rest()
        .await;
    assert_eq!(rest.len(), 5);
    assert_eq!(rest[4].message["result"], json!({"content": []}));
    let last = rest[4].id.as_deref().unwrap();
    assert_eq!(resume(&client, last).await.rest().await, []);
}

#[tokio::test]
async fn a_stream_is_taken_over_from_a_connection_that_hangs() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut hanging = Events::of(client.post(CALL).await);
    let primed = hanging.next().await.unwrap();
    let mut again = resume(&client, primed.id.as_deref().unwrap()).await;
    opened.progress(0, 1).await;
    assert_eq!(progress_of(&again.next().await.unwrap()), 1);
    assert_eq!(hanging.next().await, None);
    drop(hanging);
    opened.finish(0).await;
    assert_eq!(again.rest().await.len(), 1);
}

/// Fault M13 (part): the stream of another session is not told again, whoever knows its ids.
#[tokio::test]
async fn a_stream_is_told_again_to_its_own_session_alone() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    let primed = events.next().await.unwrap().id.unwrap();
    opened.progress(0, 1).await;
    events.next().await.unwrap();
    drop(events);
    let other = client.clone().initialized("2025-11-25", json!({})).await;
    for (who, last) in [
        (&other, primed.as_str()),
        (&client, "r-0"),
        (&client, "rAAAAAAAAAAAAAAAAAAAAAA-0"),
        (&client, "nonsense"),
        (&client, &primed.replace("-0", "-x")),
    ] {
        let refused = who.send("GET", &[("last-event-id", last)], "").await;
        assert_eq!(refused.status(), 400, "{last}");
    }
    assert_eq!(
        resume(&client, &primed).await.next().await.unwrap().message["params"]["progress"],
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_comes_back_for_is_cancelled_in_the_end() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    drop(client.post(CALL).await);
    tokio::time::sleep(Duration::from_secs(299)).await;
    assert!(opened.progress(0, 1).await);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!opened.progress(0, 2).await);
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_the_answer_does_not_cancel() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let (done, ended) = tokio::sync::oneshot::channel::<()>();
    let once = Arc::new(Mutex::new(Some((wait, done))));
    let (server, _) = server(move |seen| {
        let once = once.clone();
        Box::pin(async move {
            let (wait, done) = once.lock().await.take().unwrap();
            wait.await.unwrap();
            done.send(()).unwrap();
            seen.result(&json!({"content": []}))
        })
    });
    let client = client(server).initialized("2025-06-18", json!({})).await;
    let post = client.post(CALL);
    let left = tokio::time::timeout(Duration::from_millis(1), post).await;
    assert!(left.is_err());
    go.send(()).unwrap();
    ended.await.unwrap();
    settle().await;
    assert_eq!(client.clients.shared().lives.len(), 0);
}

#[tokio::test]
async fn calls_whose_clients_have_left_are_bounded() {
    let (server, opened) = streaming();
    let client = client_of(
        LegacyClients::builder().max_left(1),
        server,
        &Sealer::random(),
    );
    let client = client.initialized("2025-11-25", json!({})).await;
    drop(client.post(CALL).await);
    drop(client.post(CALL).await);
    settle().await;
    assert!(opened.progress(0, 1).await);
    assert!(!opened.progress(1, 1).await);
}

#[tokio::test]
async fn what_is_kept_of_streams_is_bounded() {
    let (server, opened) = streaming();
    let builder = LegacyClients::builder()
        .max_stream_bytes(1000)
        .max_kept_bytes(1500);
    let client = client_of(builder, server, &Sealer::random());
    let client = client.initialized("2025-11-25", json!({})).await;
    let kept = || client.clients.shared().streams.kept_bytes();
    let mut firsts = Vec::new();
    for call in 0..3 {
        let mut events = Events::of(client.post(CALL).await);
        firsts.push(events.next().await.unwrap().id.unwrap());
        drop(events);
        for progress in 0..20 {
            opened.progress(call, progress).await;
            settle().await;
        }
        opened.finish(call).await;
        settle().await;
        assert!(kept() <= 1500, "{}", kept());
    }
    let rest = resume(&client, &firsts[2]).await.rest().await;
    assert!(rest.len() > 2 && rest.len() < 21, "{}", rest.len());
    assert_eq!(rest.last().unwrap().message["id"], 7);
    let refused = client
        .send("GET", &[("last-event-id", &firsts[0])], "")
        .await;
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn an_answer_that_is_no_longer_kept_is_an_error() {
    let (server, opened) = streaming();
    let builder = LegacyClients::builder().max_stream_bytes(10);
    let client = client_of(builder, server, &Sealer::random());
    let client = client.initialized("2025-06-18", json!({})).await;
    let mut events = Events::of(client.post(CALL).await);
    opened.progress(0, 1).await;
    let first = events.next().await.unwrap().id.unwrap();
    drop(events);
    opened.finish(0).await;
    settle().await;
    let rest = resume(&client, &first).await.rest().await;
    assert_eq!(rest.len(), 1);
    assert_eq!(
        (&rest[0].message["id"], &rest[0].message["error"]["code"]),
        (&json!(7), &json!(-31404))
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_silent_gets_comments() {
    use http_body_util::BodyExt as _;
    let (server, _) = streaming();
    let client = client(server).initialized("2025-06-18", json!({})).await;
    let begun = tokio::time::Instant::now();
    let mut silent = client.post(CALL).await.into_body();
    for seconds in [15, 30] {
        let frame = silent.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(frame, ": keep-alive\n\n");
        assert_eq!(begun.elapsed().as_secs(), seconds);
    }
}

/// Fault M10: two requests with one id in one session at one time: each gets its own answer.
#[tokio::test]
async fn two_requests_with_one_id_are_two() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let one = Events::of(client.post(CALL).await);
    let mut two = Events::of(client.post(CALL).await);
    assert_eq!(two.next().await.unwrap().message, Value::Null);
    client.post(CANCEL).await;
    assert_eq!(two.next().await, None);
    assert!(!opened.progress(1, 1).await);
    opened.finish(0).await;
    assert_eq!(one.rest().await[1].message["id"], 7);
}

#[tokio::test]
async fn a_session_that_ends_takes_its_calls_and_streams_with_it() {
    let (server, opened) = streaming();
    let client = client(server).initialized("2025-11-25", json!({})).await;
    let mut call = Events::of(client.post(CALL).await);
    let mut stream = Events::of(client.send("GET", &[], "").await);
    call.next().await.unwrap();
    stream.next().await.unwrap();
    assert_eq!(client.send("DELETE", &[], "").await.status(), 204);
    assert_eq!((call.next().await, stream.next().await), (None, None));
    assert!(!opened.progress(0, 1).await);
}
