use std::sync::Arc;

use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task};
use tower::util::BoxCloneSyncService;
use tower_service::Service;
use tower_test::mock;

use super::*;

#[test]
fn request_started_before_the_replace_ends_in_the_old_stack() {
    let (old, mut old_peer) = mock::pair::<&str, &str>();
    let (new, mut new_peer) = mock::pair::<&str, &str>();
    let (mut service, handle) = Swap::new(old);

    let mut first = task::spawn(service.call("first"));
    assert_pending!(first.poll());
    let (_, answer) = next(&mut old_peer);
    handle.replace(new);
    let mut second = task::spawn(service.clone().call("second"));
    assert_pending!(second.poll());
    next(&mut new_peer).1.send_response("new");
    answer.send_response("old");

    assert_eq!(assert_ready_ok!(first.poll()), "old");
    assert_eq!(assert_ready_ok!(second.poll()), "new");
}

#[test]
fn waits_for_the_stack_chosen_at_the_call() {
    let (old, mut old_peer) = mock::pair::<&str, &str>();
    old_peer.allow(0);
    let (new, _new_peer) = mock::pair::<&str, &str>();
    let (mut service, handle) = Swap::new(old);

    let mut call = task::spawn(service.call("early"));
    assert_pending!(call.poll());
    handle.replace(new);
    old_peer.allow(1);
    assert_pending!(call.poll());
    next(&mut old_peer).1.send_response("old");
    assert_eq!(assert_ready_ok!(call.poll()), "old");
}

#[test]
fn is_ready_when_the_stack_is_not_and_passes_its_error() {
    let (stack, mut peer) = mock::pair::<&str, &str>();
    peer.allow(0);
    let (service, _handle) = Swap::new(stack);
    let mut service = mock::Spawn::new(service);
    assert_ready_ok!(service.poll_ready::<&str>());

    let mut call = task::spawn(service.call("x"));
    assert_pending!(call.poll());
    peer.send_error("broken");
    assert_eq!(
        assert_ready!(call.poll()).unwrap_err().to_string(),
        "broken"
    );
}

#[test]
fn old_stack_is_dropped_with_its_last_request() {
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let stack = tower::service_fn(move |()| {
        let held = Arc::clone(&held);
        async move {
            std::future::pending::<()>().await;
            drop(held);
            Ok::<_, crate::Error>(())
        }
    });
    let (mut service, handle) = Swap::new(BoxCloneSyncService::new(stack));
    let mut call = task::spawn(service.call(()));
    assert_pending!(call.poll());
    handle.replace(BoxCloneSyncService::new(tower::service_fn(|()| async {
        Ok(())
    })));
    assert!(Arc::strong_count(&alive) > 1);
    drop(call);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn is_shared_between_threads() {
    fn assert_all<T: Clone + Send + Sync>(_: &T) {}
    fn assert_send<T: Send>(_: &T) {}
    let (mut service, handle) = Swap::new(BoxCloneSyncService::new(tower::service_fn(
        |(): ()| async { Ok::<_, crate::Error>(()) },
    )));
    assert_all(&service);
    assert_all(&handle);
    assert_send(&service.call(()));
}

fn next(
    peer: &mut mock::Handle<&'static str, &'static str>,
) -> (&'static str, mock::SendResponse<&'static str>) {
    let mut request = task::spawn(peer.next_request());
    assert_ready!(request.poll()).unwrap()
}
