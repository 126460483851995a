//! What requests of a client meet, with the pool between.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::*;
use crate::upstream::{Client as Pooled, ClientBuilder};

/// Hands the nth connection, greeted, to `script`.
async fn peers<F, Fut>(script: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(usize, Peer) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let nth = counter.fetch_add(1, SeqCst);
            tokio::spawn(script(nth, Peer::new(stream)));
        }
    });
    (addr, accepted)
}

/// Answers each request, as soon as it has come, until the client leaves.
async fn answer(mut peer: Peer) {
    while let Some(frame) = peer.read().await {
        if frame.kind == kind::HEADERS {
            peer.head(frame.stream, 0).await;
            peer.data(frame.stream, peer::END_STREAM, b"ok").await;
        }
    }
}

async fn greeted(mut peer: Peer) -> Peer {
    peer.settings(&[]).await;
    peer.preface().await;
    peer
}

fn h2c() -> ClientBuilder {
    Pooled::builder().http2_only()
}

async fn ask(client: &Pooled, addr: SocketAddr) -> Result<String, Error> {
    let request = Request::post(format!("http://{addr}/"))
        .body(Body::from(Bytes::from_static(b"question")))
        .unwrap();
    let answer = soon(tower::ServiceExt::oneshot(client.clone(), request)).await?;
    let whole = soon(answer.into_body().collect()).await?;
    Ok(String::from_utf8(whole.to_bytes().to_vec()).unwrap())
}

/// Fault H36: behind a service that never finishes the preface nobody waits; the next gets a new connection.
#[tokio::test]
async fn nobody_waits_behind_a_preface_that_does_not_come() {
    let (addr, accepted) = peers(|nth, mut peer| async move {
        if nth == 0 {
            peer.closed().await;
        } else {
            answer(greeted(peer).await).await;
        }
    })
    .await;
    let client = h2c().connect_deadline(Duration::from_secs(1)).build();
    let error = ask(&client, addr).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(ask(&client, addr).await.unwrap(), "ok");
    assert_eq!(accepted.load(SeqCst), 2);
}

/// Fault H37: after a silent connection was given up, requests succeed on a new one.
#[tokio::test]
async fn a_silent_connection_is_replaced() {
    let (addr, _) = peers(|nth, peer| async move {
        let mut peer = greeted(peer).await;
        if nth == 0 {
            peer.answers_pings = false;
            peer.closed().await;
        } else {
            answer(peer).await;
        }
    })
    .await;
    let client = h2c()
        .http2_ping(Duration::from_millis(50), Duration::from_millis(500))
        .build();
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        asked.spawn(async move { ask(&client, addr).await });
    }
    while let Some(answer) = asked.join_next().await {
        // Whoever asked after the others had failed has the new connection already.
        if let Err(error) = answer.unwrap() {
            assert_eq!(error.kind(), ErrorKind::Unavailable);
        }
    }
    assert_eq!(ask(&client, addr).await.unwrap(), "ok");
}

/// Fault H38: a request that GOAWAY has left out is sent again on another connection, though it is a POST.
#[tokio::test]
async fn a_request_that_goaway_left_out_is_sent_again() {
    let (addr, accepted) = peers(|nth, peer| async move {
        let mut peer = greeted(peer).await;
        if nth == 0 {
            peer.next_of(kind::HEADERS).await;
            peer.go_away(0, reason::NO_ERROR).await;
            peer.closed().await;
        } else {
            answer(peer).await;
        }
    })
    .await;
    let client = h2c().build();
    assert_eq!(ask(&client, addr).await.unwrap(), "ok");
    assert_eq!(ask(&client, addr).await.unwrap(), "ok");
    assert_eq!(accepted.load(SeqCst), 2);
}

/// Fault H39: a refused stream is sent again once, and not for ever.
#[tokio::test]
async fn a_refused_request_is_sent_again_once() {
    for (refusals, succeeds) in [(1, true), (usize::MAX, false)] {
        let requests = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&requests);
        let (addr, _) = peers(move |_, peer| {
            let seen = Arc::clone(&seen);
            async move {
                let mut peer = greeted(peer).await;
                while let Some(frame) = peer.read().await {
                    if frame.kind != kind::HEADERS {
                        continue;
                    }
                    if seen.fetch_add(1, SeqCst) < refusals {
                        peer.reset(frame.stream, reason::REFUSED_STREAM).await;
                    } else {
                        peer.head(frame.stream, 0).await;
                        peer.data(frame.stream, peer::END_STREAM, b"ok").await;
                    }
                }
            }
        })
        .await;
        let answer = ask(&h2c().build(), addr).await;
        match succeeds {
            true => assert_eq!(answer.unwrap(), "ok"),
            false => assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable),
        }
        assert_eq!(requests.load(SeqCst), 2);
    }
}

/// A service that takes two streams of a connection, and holds that the client keeps to it.
async fn two_at_once(mut peer: Peer) {
    peer.settings(&[(3, 2)]).await;
    peer.preface().await;
    let mut open = 0;
    while let Some(frame) = peer.read().await {
        if frame.kind == kind::HEADERS {
            open += 1;
            assert!(open <= 2);
        } else if frame.kind == kind::DATA && frame.ends() {
            tokio::task::yield_now().await;
            open -= 1;
            peer.head(frame.stream, 0).await;
            peer.data(frame.stream, peer::END_STREAM, b"ok").await;
        }
    }
}

#[tokio::test]
async fn beyond_the_services_limit_more_connections_are_opened_and_then_it_is_waited_for() {
    for max_connections in [100, 2] {
        let (addr, accepted) = peers(|_, peer| two_at_once(peer)).await;
        let client = h2c().max_connections_per_host(max_connections).build();
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let client = client.clone();
            asked.spawn(async move { ask(&client, addr).await });
        }
        while let Some(answer) = asked.join_next().await {
            assert_eq!(answer.unwrap().unwrap(), "ok");
        }
        let accepted = accepted.load(SeqCst);
        assert!(
            (2..=max_connections.min(10)).contains(&accepted),
            "{accepted}"
        );
    }
}

/// A connection is not idle while its service takes its time to greet, nor before its first stream.
#[tokio::test]
async fn the_opener_gets_a_stream_however_short_the_idle_timeout() {
    let (addr, accepted) = peers(|_, peer| async move {
        // What is tested is a slow service.
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer(greeted(peer).await).await;
    })
    .await;
    let client = h2c().idle_timeout(Duration::ZERO).build();
    assert_eq!(ask(&client, addr).await.unwrap(), "ok");
    assert_eq!(accepted.load(SeqCst), 1);
}

#[tokio::test]
async fn who_is_refused_twice_is_told_that_nothing_was_processed() {
    for (code, unprocessed) in [(reason::REFUSED_STREAM, true), (reason::CANCEL, false)] {
        let (addr, _) = peers(move |_, peer| async move {
            let mut peer = greeted(peer).await;
            while let Some(frame) = peer.read().await {
                if frame.kind == kind::HEADERS {
                    peer.reset(frame.stream, code).await;
                }
            }
        })
        .await;
        let error = ask(&h2c().build(), addr).await.unwrap_err();
        assert_eq!(error.is_unprocessed(), unprocessed, "{error:?}");
    }
}
