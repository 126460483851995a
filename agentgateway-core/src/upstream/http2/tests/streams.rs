//! Exchanges on a connection that stays.

use super::*;

type Upload = http_body_util::channel::Sender<Bytes, std::convert::Infallible>;

fn upload() -> (Upload, Body) {
    let (sender, body) = Channel::new(1);
    (sender, Body::new(body))
}

#[tokio::test]
async fn one_task_carries_all_exchanges() {
    let spawned = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&spawned);
    let spawn = Spawn::new(move |task| {
        counter.fetch_add(1, SeqCst);
        tokio::spawn(task);
    });
    let (connected, mut peer) = connected().await;
    peer.settings(&[]).await;
    let mut client: Client = soon(Client::handshake(
        connected,
        &Http2Settings::new(),
        &spawn,
        (),
        || {},
    ))
    .await
    .unwrap();
    soon(peer.preface()).await;
    let mut open = Vec::new();
    for _ in 0..20 {
        let (mut sender, body) = upload();
        let (stream, pending) = start(&mut client, &mut peer, post(body)).await;
        sender.send_data(Bytes::from_static(b"up")).await.unwrap();
        drop(sender);
        open.push((stream, pending));
    }
    assert_eq!(client.streams(), 20);
    for (stream, pending) in open.into_iter().rev() {
        peer.head(stream, 0).await;
        let answer = pending.done().await.unwrap();
        peer.data(stream, peer::END_STREAM, b"down").await;
        assert_eq!(text(answer).await.unwrap(), "down");
    }
    let none = async {
        while client.streams() > 0 {
            tokio::task::yield_now().await;
        }
    };
    soon(none).await;
    assert_eq!(spawned.load(SeqCst), 1);
}

#[tokio::test]
async fn the_services_limit_is_seen_when_it_changes() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[(3, 2)]).await;
    let (one, first) = start(&mut client.join().unwrap(), &mut peer, get()).await;
    let (_, _second) = start(&mut client.join().unwrap(), &mut peer, get()).await;
    assert!(!client.has_room() && client.join().is_none());
    // Sent all the same it waits for its turn.
    let mut behind = tokio_test::task::spawn(client.send(get()));
    assert!(behind.poll().is_pending());
    peer.head(one, peer::END_STREAM).await;
    drop(first.done().await.unwrap());
    assert_eq!(soon(peer.next_of(kind::HEADERS)).await.stream, 5);
    peer.settings(&[(3, 9)]).await;
    let room = async {
        while !client.has_room() {
            tokio::task::yield_now().await;
        }
    };
    soon(room).await;
}

#[tokio::test]
async fn own_limit_holds_where_the_service_has_none() {
    let (client, _peer) = client(&Http2Settings::new(), &[]).await;
    let joined: Vec<_> = (0..100).map(|_| client.join().unwrap()).collect();
    assert!(client.join().is_none());
    drop(joined);
    assert_eq!((client.streams(), client.has_room()), (0, true));
}

#[tokio::test]
async fn dropping_the_future_or_the_body_resets_the_stream() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let (before_head, pending) = start(&mut client, &mut peer, get()).await;
    pending.cancel().await;
    let reset = soon(peer.next_of(kind::RST_STREAM)).await;
    assert_eq!(
        (reset.stream, reset.number(0)),
        (before_head, reason::CANCEL)
    );

    for streams_up in [false, true] {
        let (_sender, body) = upload();
        let body = if streams_up { body } else { Body::empty() };
        let (stream, pending) = start(&mut client, &mut peer, post(body)).await;
        peer.head(stream, 0).await;
        peer.data(stream, 0, b"part").await;
        let mut answer = pending.done().await.unwrap().into_body();
        assert!(soon(answer.frame()).await.unwrap().is_ok());
        drop(answer);
        let reset = soon(peer.next_of(kind::RST_STREAM)).await;
        assert_eq!((reset.stream, reset.number(0)), (stream, reason::CANCEL));
    }
    let none = async {
        while client.streams() > 0 {
            tokio::task::yield_now().await;
        }
    };
    soon(none).await;
    assert!(client.is_open());
}

#[tokio::test]
async fn an_upload_goes_on_after_an_answer_that_came_early() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let (mut sender, body) = upload();
    let (stream, pending) = start(&mut client, &mut peer, post(body)).await;
    peer.head(stream, 0).await;
    peer.data(stream, peer::END_STREAM, b"early").await;
    let answer = pending.done().await.unwrap();
    assert_eq!(text(answer).await.unwrap(), "early");
    assert_eq!(client.streams(), 1);
    sender.send_data(Bytes::from_static(b"late")).await.unwrap();
    drop(sender);
    let mut uploaded: Vec<Frame> = Vec::new();
    while !uploaded.last().is_some_and(Frame::ends) {
        uploaded.push(soon(peer.next_of(kind::DATA)).await);
    }
    let bytes: Vec<u8> = uploaded
        .into_iter()
        .flat_map(|frame| frame.payload)
        .collect();
    assert_eq!(bytes, b"late");
}

/// Fault H40: a hundred trailers pass over HTTP/2, without those that no trailer may hold.
#[tokio::test]
async fn trailers_pass_without_what_they_may_not_hold() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let (stream, pending) = start(&mut client, &mut peer, get()).await;
    peer.head(stream, 0).await;
    peer.data(stream, 0, b"data").await;
    let mut fields: Vec<_> = (0..100).map(|n| (format!("x-field-{n}"), "v")).collect();
    for forbidden in ["content-length", "host", "authorization", "set-cookie"] {
        fields.push((forbidden.to_owned(), "7"));
    }
    peer.trailers(stream, &fields).await;
    let answer = pending.done().await.unwrap();
    let whole = soon(answer.into_body().collect()).await.unwrap();
    let trailers = whole.trailers().unwrap();
    assert_eq!(trailers.len(), 100);
    assert!(
        trailers
            .keys()
            .all(|name| name.as_str().starts_with("x-field-"))
    );
}

/// Fault H40: trailers over 32 KiB, as HPACK counts them, end the answer with an error.
#[tokio::test]
async fn trailers_have_a_limit() {
    let (mut client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let (stream, pending) = start(&mut client, &mut peer, get()).await;
    peer.head(stream, 0).await;
    let answer = pending.done().await.unwrap();
    peer.repeated_trailer(stream, 500).await;
    let error = text(answer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadAnswer);
    assert!(client.is_open());
}

/// Slow readers must not use up what the connection may send to the others.
#[tokio::test]
async fn the_connections_window_holds_all_streams_windows() {
    let (_client, mut peer) = client(&Http2Settings::new(), &[]).await;
    let settings = soon(peer.next_of(kind::SETTINGS)).await;
    let stream_window = settings
        .payload
        .chunks(6)
        .find(|setting| setting[..2] == [0, 4])
        .map(|setting| u32::from_be_bytes(setting[2..].try_into().unwrap()))
        .unwrap();
    let update = soon(peer.next_of(kind::WINDOW_UPDATE)).await;
    assert_eq!(update.stream, 0);
    assert_eq!(stream_window, 128 * 1024);
    assert_eq!(update.number(0) + 65_535, 100 * stream_window);
}
