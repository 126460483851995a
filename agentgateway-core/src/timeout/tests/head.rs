use super::*;

#[test]
fn forwards_readiness_and_its_errors() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new()));
    rig.peer.allow(0);
    assert_pending!(rig.service.poll_ready());
    rig.peer.send_error("closed");
    let error = assert_ready_err!(rig.service.poll_ready());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_ends() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new()));
    let mut call = rig.call(request());
    let (sent, reply) = rig.next();
    assert!(sent.extensions().get::<Deadline>().is_none());
    wait(1_000_000).await;
    assert_pending!(call.poll());
    let (_sender, answer) = answer();
    reply.send_response(answer);
    let mut body = task::spawn(assert_ready_ok!(call.poll()).into_body());
    assert_pending!(poll(&mut body));
    wait(1_000_000).await;
    assert_pending!(poll(&mut body));
}

#[tokio::test(start_paused = true)]
async fn streams_and_whole_answers_have_heads_of_their_own() {
    let clocks = Clocks::new().stream_head(seconds(10)).head(seconds(60));
    let layer = TimeoutLayer::new(clocks).streams(|extensions| extensions.get::<u8>().is_none());
    let mut whole = request();
    whole.extensions_mut().insert(0_u8);
    for (request, limit) in [(request(), 10), (whole, 60)] {
        let mut rig = Rig::new(layer);
        let mut call = rig.call(request);
        assert_pending!(call.poll());
        wait(limit - 1).await;
        assert_pending!(call.poll());
        wait(1).await;
        assert!(call.is_woken());
        assert_timeout(&assert_ready_err!(call.poll()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_here_is_not_too_late() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().stream_head(seconds(10))));
    let mut call = rig.call(request());
    assert_pending!(call.poll());
    let (_sender, answer) = answer();
    rig.next().1.send_response(answer);
    wait(60).await;
    assert_ready_ok!(call.poll());
}

#[tokio::test(start_paused = true)]
async fn the_whole_counts_from_the_arrival_and_an_attempt_from_its_sending() {
    for (clocks, limit) in [
        (Clocks::new().request(seconds(10)), 4),
        (Clocks::new().attempt(seconds(10)), 10),
        (Clocks::new().request(seconds(30)).attempt(seconds(10)), 10),
        (Clocks::new().head(seconds(1)).request(seconds(10)), 4),
    ] {
        let mut rig = Rig::new(TimeoutLayer::new(clocks));
        let mut arrived = request();
        arrived.extensions_mut().insert(Arrived::now());
        wait(6).await;
        let mut call = rig.call(arrived);
        assert_pending!(call.poll());
        let (sent, _reply) = rig.next();
        let left = sent.extensions().get::<Deadline>().unwrap().left();
        assert_eq!(left, Duration::from_secs(limit), "{clocks:?}");
        wait(limit).await;
        assert_timeout(&assert_ready_err!(call.poll()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_earlier_deadline_stays() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().stream_head(seconds(10))));
    for (outside, left) in [(5, 5), (50, 10)] {
        let mut asked = request();
        let outside = Deadline::after(Duration::from_secs(outside)).unwrap();
        outside.insert(asked.extensions_mut());
        let _call = rig.call(asked);
        let held = *rig.next().0.extensions().get::<Deadline>().unwrap();
        assert_eq!(held.left(), Duration::from_secs(left));
    }
}

/// Fault O12: an alarm that rings long after its time is told as the gateway's own fault, before the head.
#[tokio::test(start_paused = true)]
async fn an_alarm_that_this_process_slept_through_blames_no_service() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().stream_head(seconds(10))));
    let mut call = rig.call(request());
    assert_pending!(call.poll());
    wait(60).await;
    let error = assert_ready_err!(call.poll());
    let told = (error.kind(), error.origin());
    assert_eq!(told, (ErrorKind::Timeout, Origin::Gateway));
}

#[tokio::test(start_paused = true)]
async fn reads_the_inner_errors_and_drops_the_inner_call() {
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new().stream_head(seconds(10))));
    let mut call = rig.call(request());
    rig.next()
        .1
        .send_error(Error::new(ErrorKind::Forbidden, "no"));
    assert_eq!(assert_ready_err!(call.poll()).kind(), ErrorKind::Forbidden);
    let (held, gone) = std::sync::mpsc::channel::<()>();
    let inner = tower::service_fn(move |_: Request<()>| {
        let held = held.clone();
        async move {
            let _held = held;
            std::future::pending::<()>().await;
            Ok::<_, Error>(Response::new(()))
        }
    });
    let call = TimeoutLayer::new(Clocks::new())
        .layer(inner)
        .call(Request::new(()));
    drop(call);
    assert!(gone.try_recv().is_err());
}

#[test]
fn limits_to_the_end_take_the_place_of_those_to_the_head() {
    let usual = Clocks::new()
        .head(seconds(1))
        .stream_head(seconds(2))
        .first_byte(seconds(3))
        .gap(seconds(4));
    let whole = Clocks::new().gap(seconds(4)).request(seconds(9));
    assert_eq!(usual.to_the_end(seconds(9), None), whole);
    assert_eq!(usual.to_the_end(None, None), Clocks::new());
}

#[test]
fn is_shared_between_threads() {
    fn all<T: Clone + Send + Sync>() {}
    fn send<T: Send>() {}
    all::<TimeoutLayer>();
    all::<Timeout<()>>();
    send::<ResponseFuture<()>>();
    send::<ResponseBody<()>>();
}
