//! A service that does not begin, falls silent or leaves; a client that leaves.

use tokio::io::AsyncWriteExt;

use super::*;

/// Fault H36: a service that accepts and does not finish the preface gives no connection; who gives up closes it.
#[tokio::test]
async fn a_connection_begins_with_the_services_settings() {
    let (connected, mut peer) = connected().await;
    let settings = Http2Settings::new();
    let spawn = Spawn::default();
    let mut opening =
        tokio_test::task::spawn(Client::handshake(connected, &settings, &spawn, (), || {}));
    assert!(opening.poll().is_pending());
    soon(peer.preface()).await;
    soon(peer.next_of(kind::SETTINGS)).await;
    // The acknowledgement of the client's settings is not yet the service's own word.
    let frame = [0, 0, 6, kind::SETTINGS, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 7];
    for byte in &frame[..frame.len() - 1] {
        peer.stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
        assert!(opening.poll().is_pending());
    }
    drop(opening);
    soon(peer.closed()).await;
}

#[tokio::test]
async fn settings_may_come_byte_by_byte() {
    let (connected, mut peer) = connected().await;
    let settings = Http2Settings::new();
    let opening = tokio::spawn(async move {
        Client::handshake(connected, &settings, &Spawn::default(), (), || {}).await
    });
    for byte in [0, 0, 6, kind::SETTINGS, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1] {
        peer.stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let client = soon(opening).await.unwrap().unwrap();
    assert!(client.is_open());
    // The one stream is the opener's, until it lets go of it.
    assert!(!client.has_room() && client.join().is_none());
    let other = client.clone();
    drop(client);
    let client = other;
    assert!(client.has_room());
}

#[tokio::test]
async fn what_is_not_http2_is_told() {
    for (said, kind) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            ErrorKind::BadAnswer,
        ),
        (b"\0\0\0", ErrorKind::Unavailable),
        (b"", ErrorKind::Unavailable),
    ] {
        let (connected, mut peer) = connected().await;
        peer.stream.write_all(said).await.unwrap();
        peer.stream.shutdown().await.unwrap();
        let settings = Http2Settings::new();
        let spawn = Spawn::default();
        let error = soon(Client::handshake(connected, &settings, &spawn, (), || {}))
            .await
            .unwrap_err();
        assert_eq!(Error::from_boxed(error).kind(), kind, "{said:?}");
    }
}

#[tokio::test]
async fn a_service_that_takes_no_streams_is_none() {
    let (connected, mut peer) = connected().await;
    peer.settings(&[(3, 0)]).await;
    let settings = Http2Settings::new();
    let spawn = Spawn::default();
    let error = soon(Client::handshake(connected, &settings, &spawn, (), || {}))
        .await
        .unwrap_err();
    assert_eq!(Error::from_boxed(error).kind(), ErrorKind::Unavailable);
}

/// Fault H37: a connection that fell silent under 50 streams ends them all and is used no more.
#[tokio::test]
async fn a_silent_connection_is_found_by_ping() {
    let settings = Http2Settings {
        ping_interval: Some(Duration::from_millis(50)),
        ping_timeout: Duration::from_millis(50),
        ..Http2Settings::new()
    };
    let (mut client, mut peer) = client(&settings, &[]).await;
    peer.answers_pings = false;
    // All at once: the clock runs from the first.
    let pending: Vec<_> = (0..50).map(|_| client.send(get())).collect();
    for pending in pending {
        let failed = soon(pending).await.unwrap_err();
        assert!(!not_processed(&failed.error), "{:?}", failed.error);
        assert!(failed.request.is_none());
    }
    assert!(!client.is_open() && client.join().is_none());
    let (mut heads, mut pings) = (0, 0);
    while let Some(frame) = soon(peer.read()).await {
        heads += usize::from(frame.kind == kind::HEADERS);
        pings += usize::from(frame.kind == kind::PING);
    }
    assert_eq!((heads, pings), (50, 1));
}

#[tokio::test]
async fn a_silence_with_signs_of_life_is_borne() {
    let settings = Http2Settings {
        ping_interval: Some(Duration::from_millis(20)),
        ping_timeout: SOON,
        ..Http2Settings::new()
    };
    let (mut client, mut peer) = client(&settings, &[]).await;
    let (stream, pending) = start(&mut client, &mut peer, get()).await;
    for _ in 0..5 {
        soon(peer.next_of(kind::PING)).await;
    }
    peer.head(stream, 0).await;
    peer.data(stream, peer::END_STREAM, b"late").await;
    let answer = pending.done().await.unwrap();
    assert_eq!(text(answer).await.unwrap(), "late");
}

/// Fault H38: after GOAWAY the streams it leaves out may be sent again, the others finish, and no new one begins.
#[tokio::test]
async fn a_service_that_leaves_finishes_what_it_has_begun() {
    for code in [reason::NO_ERROR, reason::ENHANCE_YOUR_CALM] {
        let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
        let (first, finishing) = start(&mut client, &mut peer, get()).await;
        let mut left_out = Vec::new();
        for _ in 0..2 {
            left_out.push(start(&mut client, &mut peer, get()).await.1);
        }
        peer.go_away(first, code).await;
        for pending in left_out {
            let failed = pending.done().await.unwrap_err();
            assert!(not_processed(&failed.error), "{:?}", failed.error);
        }
        assert!(!client.is_open() && !client.has_room() && client.join().is_none());
        let refused = soon(client.send(get())).await.unwrap_err();
        assert!(refused.request.is_some());
        peer.head(first, 0).await;
        peer.data(first, peer::END_STREAM, b"whole").await;
        let answer = finishing.done().await.unwrap();
        assert_eq!(text(answer).await.unwrap(), "whole");
        soon(peer.closed()).await;
    }
}

/// Fault H38: a stream below GOAWAY's last one that breaks then may have been processed.
#[tokio::test]
async fn a_service_that_leaves_early_may_have_processed() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let (first, pending) = start(&mut client, &mut peer, get()).await;
    let (_, left_out) = start(&mut client, &mut peer, get()).await;
    peer.go_away(first, reason::NO_ERROR).await;
    assert!(not_processed(&left_out.done().await.unwrap_err().error));
    drop(peer);
    let failed = pending.done().await.unwrap_err();
    assert!(!not_processed(&failed.error) && failed.request.is_none());
}

/// Fault H39: a refused stream may be sent again, on the same connection; another reset may not.
#[tokio::test]
async fn a_refused_stream_was_not_processed() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    for (code, may) in [
        (reason::REFUSED_STREAM, true),
        (reason::CANCEL, false),
        (reason::INTERNAL_ERROR, false),
        (reason::NO_ERROR, false),
    ] {
        let (stream, pending) = start(&mut client, &mut peer, get()).await;
        peer.reset(stream, code).await;
        let failed = pending.done().await.unwrap_err();
        assert_eq!(not_processed(&failed.error), may, "{code}");
        assert!(client.is_open() && client.has_room());
    }
    // After the head it is a broken answer, whatever it says.
    let (stream, pending) = start(&mut client, &mut peer, get()).await;
    peer.head(stream, 0).await;
    peer.reset(stream, reason::REFUSED_STREAM).await;
    if let Ok(answer) = pending.done().await {
        assert!(text(answer).await.is_err());
    }
}

/// Something of the pool's, which is dropped with the connection.
struct Kept(Arc<AtomicUsize>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[tokio::test]
async fn an_unused_connection_ends_by_itself() {
    let gone = Arc::new(AtomicUsize::new(0));
    let (connected, mut peer) = connected().await;
    peer.settings(&[]).await;
    let settings = Http2Settings {
        idle_timeout: Duration::from_millis(100),
        ..Http2Settings::new()
    };
    let kept = Kept(Arc::clone(&gone));
    let mut client = soon(Client::handshake(
        connected,
        &settings,
        &Spawn::default(),
        kept,
        || {},
    ))
    .await
    .unwrap();
    soon(peer.preface()).await;
    let (stream, pending) = start(&mut client, &mut peer, get()).await;
    // Used for longer than it may be unused.
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(client.is_open());
    peer.head(stream, peer::END_STREAM).await;
    let ended = std::time::SystemTime::now();
    drop(pending.done().await.unwrap());
    soon(peer.closed()).await;
    assert!(ended.elapsed().unwrap() >= Duration::from_millis(80));
    assert!(!client.is_open() && !client.has_room());
    let kept = async {
        while gone.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    soon(kept).await;
    let refused = soon(client.send(get())).await.unwrap_err();
    assert!(refused.request.is_some());
}

#[tokio::test]
async fn a_connection_ends_with_its_last_handle_and_stream() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let (stream, pending) = start(&mut client, &mut peer, get()).await;
    drop(client);
    peer.head(stream, 0).await;
    peer.data(stream, peer::END_STREAM, b"last").await;
    let answer = pending.done().await.unwrap();
    assert_eq!(text(answer).await.unwrap(), "last");
    soon(peer.closed()).await;
}

#[tokio::test]
async fn a_driver_that_is_not_run_is_no_connection() {
    let (connected, mut peer) = connected().await;
    let nobody = Spawn::new(drop);
    let settings = Http2Settings::new();
    let error = soon(Client::handshake(connected, &settings, &nobody, (), || {})).await;
    let error: BoxError = error.unwrap_err();
    assert_eq!(Error::from_boxed(error).kind(), ErrorKind::Unavailable);
    soon(peer.closed()).await;
}
