use http::{Request, Response};
use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task::spawn};
use tower_layer::Layer;
use tower_service::Service;

use super::*;
use crate::error::BoxError;

type Handle = tower_test::mock::Handle<Request<&'static str>, Response<&'static str>>;

fn inner() -> (
    tower_test::mock::Mock<Request<&'static str>, Response<&'static str>>,
    Handle,
) {
    tower_test::mock::pair()
}

/// Fault E01 (part): a service that is never ready, or fails in `poll_ready`: waited for, or answered.
#[test]
fn waits_for_the_inner_service_within_the_call() {
    let (mock, mut handle) = inner();
    handle.allow(0);
    let layer = from_fn(|request, next: Next<_>| async move { next.run(request).await });
    let mut service = spawn(layer.layer(mock));
    assert_ready_ok!(service.enter(|cx, mut service| service.poll_ready(cx)));
    let mut call = spawn(service.call(Request::new("q")));
    assert_pending!(call.poll());
    handle.allow(1);
    assert!(call.is_woken());
    assert_pending!(call.poll());
    let mut request = spawn(async move { handle.next_request().await.unwrap() });
    assert_ready!(request.poll())
        .1
        .send_response(Response::new("a"));
    assert_eq!(*assert_ready!(call.poll()).unwrap().body(), "a");
}

#[tokio::test]
async fn may_refuse_without_calling() {
    let (mock, _handle) = inner();
    let refuse = |_: Request<&'static str>, _: Next<_>| async {
        Err::<Response<&'static str>, BoxError>("no".into())
    };
    let error = from_fn(refuse)
        .layer(mock)
        .call(Request::new("q"))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no");
}
