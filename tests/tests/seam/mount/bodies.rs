//! Over services of one concrete body type.

use agentgateway_core::{
    Body, BoxError, Error, Peeked,
    body::{AdaptLayer, Look},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};

use super::{
    CALL, PATH, ProtocolLayer,
    echo::{Echo, assert_echo, assert_error, echo},
};
use crate::support::{post, within};

#[tokio::test]
async fn of_axum() {
    use axum::body::Body;
    let inner =
        |request: Request<Peeked<Body>>| async { Ok::<_, BoxError>(echo(request)?.map(Body::new)) };
    let service = ProtocolLayer::new().layer(service_fn(inner));
    let response: Response<_> = within(service.oneshot(post(PATH, Body::from(CALL))))
        .await
        .unwrap();
    assert_echo(response).await;
}

#[tokio::test]
async fn of_tonic() {
    use tonic::body::Body;
    let inner =
        |request: Request<Peeked<Body>>| async { Ok::<_, BoxError>(echo(request)?.map(Body::new)) };
    let service = ProtocolLayer::new().layer(service_fn(inner));
    let request = post(PATH, Body::new(Full::from(CALL)));
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}

#[tokio::test]
async fn of_any_type() {
    let service = ProtocolLayer::new().layer(Echo);
    let request = post(PATH, Full::<Bytes>::from(CALL));
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}

#[tokio::test]
async fn erased_behind_an_adapter() {
    let inner =
        service_fn(|request: Request<Body>| async { echo(request).map_err(Error::from_boxed) });
    let inner: BoxCloneSyncService<Request<Body>, Response<Body>, Error> =
        BoxCloneSyncService::new(inner);
    let service = (ProtocolLayer::new(), AdaptLayer::new(Body::new)).layer(inner);
    let request = post(PATH, Full::<Bytes>::from(CALL));
    assert_echo(within(service.clone().oneshot(request)).await.unwrap()).await;
    let mut request = post(PATH, Full::<Bytes>::from(CALL));
    request
        .headers_mut()
        .insert("x-fail", "yes".parse().unwrap());
    let response = within(service.oneshot(request)).await.unwrap();
    assert_error(response, StatusCode::BAD_GATEWAY).await;
}

#[tokio::test]
async fn a_second_look_is_given_the_same_bytes() {
    let inner = |request: Request<Peeked<Full<Bytes>>>| async {
        let (head, body) = request.into_parts();
        let first = body.whole().unwrap();
        let Look::Whole(bytes, body) = Peeked::peek(body, 1024).await else {
            panic!("it was whole before");
        };
        assert_eq!(first.as_ptr(), bytes.as_ptr(), "a copy");
        echo(Request::from_parts(head, body))
    };
    let service = ProtocolLayer::new().layer(service_fn(inner));
    let request = post(PATH, Full::<Bytes>::from(CALL));
    assert_echo(within(service.oneshot(request)).await.unwrap()).await;
}

#[tokio::test]
async fn switched_off_it_says_nothing() {
    let service = ProtocolLayer::new().enabled(false).layer(Echo);
    let request = post(PATH, Full::<Bytes>::from(CALL));
    let response = within(service.oneshot(request)).await.unwrap();
    assert_eq!(response.headers()["x-seen"], "nothing");
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        CALL
    );
}
