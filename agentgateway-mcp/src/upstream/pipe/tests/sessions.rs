use agentgateway_core::ErrorKind;
use http::{Method, Request};

use super::support::*;
use crate::{bridge::ClientSession, upstream::pipe::PoolLimits};

fn shared() -> Peers {
    Peers::with(PoolLimits {
        shared: true,
        ..PoolLimits::default()
    })
}

/// Fault M13: a session is that of the caller who began it.
#[tokio::test(start_paused = true)]
async fn a_session_is_its_callers_alone() {
    let mut peers = Peers::new();
    let (session, mut peer) = peers.session("a").await;
    for (session, caller) in [(&*session, "b"), ("other", "a")] {
        for request in [post(&request("7", "tools/list")), get()] {
            let answer = peers
                .send(within(session, by(caller, request)))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(answer.status(), 404);
        }
    }
    let answer = peers.send(by("a", post(&request("7", "tools/list")))).await;
    assert_eq!(answer.unwrap().unwrap().status(), 400);
    let mut delete = within(&session, by("a", get()));
    *delete.method_mut() = Method::DELETE;
    let running = peers.send(within(&session, by("a", post(&request("7", "tools/call")))));
    peer.read().await;
    let answer = peers.send(delete).await.unwrap().unwrap();
    assert_eq!(answer.status(), 204);
    assert!(running.await.unwrap().is_err());
    let answer = peers
        .send(within(&session, by("a", get())))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.status(), 404);
    peers.pool.end().await;
}

#[tokio::test(start_paused = true)]
async fn each_session_has_a_pipe_of_its_own() {
    let mut peers = Peers::new();
    let (one, _peer) = peers.session("a").await;
    let (other, _peer) = peers.session("a").await;
    assert_ne!(one, other);
    assert_eq!(peers.pool.counts().opened, 2);
}

#[tokio::test(start_paused = true)]
async fn initialize_that_is_refused_or_left_leaves_no_session() {
    let mut peers = Peers::new();
    let sent = peers.send(post(HELLO));
    let mut peer = peers.next().await;
    peer.read().await;
    peer.say(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":""}}"#)
        .await;
    let answer = sent.await.unwrap().unwrap();
    assert!(!answer.headers().contains_key("mcp-session-id"));
    peer.pipe.finished().await;

    let sent = peers.send(post(HELLO));
    let peer = peers.next().await;
    sent.abort();
    peer.pipe.finished().await;
    assert_eq!(peers.pool.counts().failed, 0);
}

#[tokio::test(start_paused = true)]
async fn requests_that_stand_alone_share_the_pipe_of_their_caller() {
    let mut peers = Peers::new();
    let in_session = |name: &str, mut request: Request<bytes::Bytes>| {
        request.extensions_mut().insert(ClientSession(name.into()));
        request
    };
    let request = || modern(&request("7", "tools/list"));
    for request in [
        by("a", request()),
        by("a", request()),
        by("b", request()),
        in_session("s", by("a", request())),
        in_session("t", by("a", request())),
        in_session("s", by("a", request())),
    ] {
        let sent = peers.send(request);
        tokio::task::yield_now().await;
        sent.abort();
    }
    assert_eq!(peers.pool.counts().opened, 4);
    assert!(peers.has_next());
}

#[tokio::test(start_paused = true)]
async fn a_pipe_that_ended_is_followed_by_another() {
    let mut peers = Peers::new();
    let _sent = peers.send(modern(&request("7", "tools/list")));
    let peer = peers.next().await;
    peer.pipe.stop("over");
    let _sent = peers.send(modern(&request("7", "tools/list")));
    assert!(peers.next().await.read().await.contains("tools/list"));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_or_no_method_is_refused() {
    let peers = Peers::new();
    for body in [
        "",
        "[]",
        "{}",
        r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#,
    ] {
        let error = peers.send(modern(body)).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{body}");
    }
    let error = peers.send(modern(&result(1))).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let mut request = modern("");
        *request.method_mut() = method;
        let error = peers.send(request).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MethodNotAllowed);
    }
    assert_eq!(peers.pool.counts().opened, 0);
}

#[tokio::test(start_paused = true)]
async fn who_shares_a_pipe_is_greeted_once_for_all() {
    let mut peers = shared();
    let (one, mut peer) = peers.session("a").await;
    assert!(peer.read().await.contains("notifications/initialized"));
    let hello = HELLO.replace("\"id\":1", "\"id\":\"x\"");
    let answer = peers.send(by("b", post(&hello))).await.unwrap().unwrap();
    let other = id_of(&answer);
    assert_ne!(one, other);
    assert_eq!(
        text(answer).await,
        r#"{"jsonrpc":"2.0","id":"x","result":{}}"#
    );
    let heard = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    peers
        .send(within(&other, by("b", post(heard))))
        .await
        .unwrap()
        .unwrap();
    assert!(peer.reads_nothing().await);
    assert_eq!(peers.pool.counts().opened, 1);

    // What could be anybody's is nobody's.
    let _a = peers.send(within(&one, by("a", post(&request("7", "m")))));
    peer.read().await;
    peer.say(request("0", "roots/list")).await;
    let _b = peers.send(within(&other, by("b", post(&request("7", "m")))));
    peer.read().await;
    peer.say(request("1", "roots/list")).await;
    assert!(
        peer.read()
            .await
            .contains(r#""id":1,"error":{"code":-32601"#)
    );

    // And only who was asked may answer.
    let answer = post(r#"{"jsonrpc":"2.0","id":0,"result":{}}"#);
    peers
        .send(within(&other, by("b", answer.clone())))
        .await
        .unwrap()
        .unwrap();
    assert!(peer.reads_nothing().await);
    peers
        .send(within(&one, by("a", answer)))
        .await
        .unwrap()
        .unwrap();
    assert!(peer.read().await.contains(r#""id":0"#));
}

#[tokio::test(start_paused = true)]
async fn a_greeting_that_failed_is_tried_again() {
    let mut peers = shared();
    let sent = peers.send(post(HELLO));
    let mut peer = peers.next().await;
    peer.read().await;
    peer.say(r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":""}}"#)
        .await;
    assert!(text(sent.await.unwrap().unwrap()).await.contains("error"));
    let sent = peers.send(post(HELLO));
    peer.read().await;
    peer.say(result(2)).await;
    id_of(&sent.await.unwrap().unwrap());
}
