use http::HeaderMap;
use http_body_util::Full;

use super::*;

/// Fault L22 (part): a stream whose first byte comes too late fails, also behind its head; once it has begun that clock says nothing more.
#[tokio::test(start_paused = true)]
async fn a_stream_must_begin_in_time_also_behind_its_head() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().first_byte(seconds(10))));
    // The head is awaited no longer than the first byte.
    let mut call = rig.call(request());
    assert_pending!(call.poll());
    wait(10).await;
    assert_timeout(&assert_ready_err!(call.poll()));
    let _ = rig.next();

    let (_sender, mut body) = rig.body(request());
    assert_pending!(poll(&mut body));
    wait(9).await;
    assert_pending!(poll(&mut body));
    wait(1).await;
    assert!(body.is_woken());
    assert_timeout(&assert_ready!(poll(&mut body)).unwrap().unwrap_err());
    assert!(assert_ready!(poll(&mut body)).is_none() && body.is_end_stream());

    let (mut sender, mut body) = rig.body(request());
    assert_pending!(poll(&mut body));
    send(&mut sender).await;
    wait(60).await;
    assert!(
        assert_ready!(poll(&mut body)).unwrap().is_ok(),
        "it is here"
    );
    wait(1_000).await;
    assert_pending!(poll(&mut body));
}

/// Fault L22 (part): a stream that falls silent for too long fails; a reader that takes its time stalls nothing.
#[tokio::test(start_paused = true)]
async fn a_gap_ends_a_body_and_a_reader_that_takes_its_time_does_not() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().gap(seconds(10))));
    let (mut sender, mut body) = rig.body(request());
    for _ in 0..5 {
        assert_pending!(poll(&mut body));
        wait(9).await;
        send(&mut sender).await;
        assert!(assert_ready!(poll(&mut body)).unwrap().is_ok());
        wait(60).await;
    }
    assert_pending!(poll(&mut body));
    wait(10).await;
    assert_timeout(&assert_ready!(poll(&mut body)).unwrap().unwrap_err());
    assert!(assert_ready!(poll(&mut body)).is_none());
}

/// Fault L22 (part): an answer that takes longer than it may in all fails, also while it sends.
#[tokio::test(start_paused = true)]
async fn a_limit_to_the_end_cuts_an_answer_that_always_has_a_byte() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().request(seconds(10))));
    let (mut sender, mut body) = rig.body(request());
    for _ in 0..4 {
        send(&mut sender).await;
        assert!(assert_ready!(poll(&mut body)).unwrap().is_ok());
        wait(2).await;
    }
    send(&mut sender).await;
    wait(2).await;
    assert_timeout(&assert_ready!(poll(&mut body)).unwrap().unwrap_err());
    assert!(assert_ready!(poll(&mut body)).is_none());
}

/// Fault O12: an alarm that rings long after its time is told as the gateway's own fault, within a body.
#[tokio::test(start_paused = true)]
async fn an_alarm_that_this_process_slept_through_blames_no_service() {
    for clocks in [
        Clocks::new().gap(seconds(10)),
        Clocks::new().first_byte(seconds(10)),
        Clocks::new().attempt(seconds(10)),
    ] {
        let mut rig = Rig::new(TimeoutLayer::new(clocks));
        let (_sender, mut body) = rig.body(request());
        assert_pending!(poll(&mut body));
        wait(60).await;
        let error = assert_ready!(poll(&mut body)).unwrap().unwrap_err();
        let told = (error.kind(), error.origin());
        assert_eq!(told, (ErrorKind::Timeout, Origin::Gateway), "{clocks:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn data_trailers_and_errors_pass() {
    let clocks = Clocks::new().gap(seconds(10)).request(seconds(10));
    let mut rig = Rig::new(TimeoutLayer::new(clocks));
    let (mut sender, mut body) = rig.body(request());
    send(&mut sender).await;
    sender.send_trailers(HeaderMap::new()).await.unwrap();
    drop(sender);
    let first = assert_ready!(poll(&mut body)).unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "x");
    let last = assert_ready!(poll(&mut body)).unwrap().unwrap();
    assert!(last.is_trailers());
    assert!(assert_ready!(poll(&mut body)).is_none());

    let (sender, mut body) = rig.body(request());
    sender.abort(Error::new(ErrorKind::TooLarge, "no more"));
    let error = assert_ready!(poll(&mut body)).unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn tells_length_and_end_and_has_a_default() {
    let inner = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Error>(Response::new(Full::new(Bytes::from_static(b"abc"))))
    });
    let mut service = TimeoutLayer::new(Clocks::new()).layer(inner);
    let body = assert_ready_ok!(task::spawn(service.call(Request::new(()))).poll()).into_body();
    assert_eq!(body.size_hint().exact(), Some(3));
    assert!(!body.is_end_stream());
    assert!(ResponseBody::<Full<Bytes>>::default().is_end_stream());
}
