use super::*;
use crate::context::Cutoff;

fn told_of(cutoff: &Cutoff) -> Request<&'static str> {
    let mut request = request();
    request.extensions_mut().insert(cutoff.clone());
    request
}

fn assert_cut(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Overloaded, "{error:?}");
    assert_eq!(error.origin(), Origin::Gateway);
}

/// Fault O01: an answer that is not here when its connection is about to be cut fails, before its head and within its body, and has its say; one that is here is handed on.
#[tokio::test(start_paused = true)]
async fn what_is_not_here_at_the_cutoff_fails() {
    let cutoff = Cutoff::new();
    let mut rig = Rig::new(TimeoutLayer::new(Clocks::new()));
    let mut late = rig.call(told_of(&cutoff));
    assert_pending!(late.poll());
    let _unanswered = rig.next();
    let mut here = rig.call(told_of(&cutoff));
    assert_pending!(here.poll());
    let (_sender, said) = answer();
    rig.next().1.send_response(said);
    let (mut sender, mut body) = rig.body(told_of(&cutoff));
    assert_pending!(poll(&mut body));
    let (_sender, mut other) = rig.body(request());
    assert_pending!(poll(&mut other));

    cutoff.come();
    assert!(late.is_woken() && body.is_woken() && !other.is_woken());
    assert_cut(&assert_ready_err!(late.poll()));
    assert_ready_ok!(here.poll());
    send(&mut sender).await;
    assert!(assert_ready!(poll(&mut body)).unwrap().is_ok());
    assert_cut(&assert_ready!(poll(&mut body)).unwrap().unwrap_err());
    assert!(assert_ready!(poll(&mut body)).is_none() && body.is_end_stream());
    assert_pending!(poll(&mut other));
}
