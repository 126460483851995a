//! What is asked, and what is an answer.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Channel, Full};

use crate::{
    body::Body,
    error::Error,
    health::{Check, GrpcCheck, HttpCheck, TcpCheck},
    upstream::Endpoint,
};

fn endpoint(text: &str) -> Endpoint {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_path_is_asked_for_and_a_status_expected() {
    let client = |status: u16| {
        tower::service_fn(move |request: Request<Body>| async move {
            assert_eq!(request.method(), "GET");
            assert_eq!(request.uri(), "https://h:1/base/healthz?deep");
            assert_eq!(request.headers()["user-agent"], "agentgateway-health");
            let response = Response::builder().status(status);
            Ok::<_, Error>(response.body(Body::empty()).unwrap())
        })
    };
    for (status, usual, wide) in [
        (200, true, true),
        (204, true, true),
        (302, false, true),
        (404, false, false),
        (503, false, false),
    ] {
        let check = HttpCheck::new(client(status), "/healthz?deep".parse().unwrap());
        let target = endpoint("https://h:1/base");
        assert_eq!(check.check(&target).await.is_ok(), usual, "{status}");
        let check = check.expect(200..=399);
        assert_eq!(check.check(&target).await.is_ok(), wide, "{status}");
    }
    let gone = tower::service_fn(|_: Request<Body>| async {
        Err::<Response<Body>, _>(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))
    });
    let check = HttpCheck::new(gone, "/".parse().unwrap());
    let error = check.check(&endpoint("h:1")).await.unwrap_err();
    assert_eq!(error.message(), "the service cannot be reached");
}

#[tokio::test]
async fn a_connection_is_enough_for_tcp() {
    for host in ["127.0.0.1", "[::1]"] {
        // A machine may have no IPv6.
        let Ok(listener) = tokio::net::TcpListener::bind((host.trim_matches(['[', ']']), 0)).await
        else {
            continue;
        };
        let port = listener.local_addr().unwrap().port();
        let target = endpoint(&format!("{host}:{port}"));
        assert!(TcpCheck::new().check(&target).await.is_ok(), "{host}");
        drop(listener);
        let error = TcpCheck::new().check(&target).await.unwrap_err();
        assert_eq!(error.message(), "it takes no connection");
    }
}

/// An answer of the gRPC health service: its message, and its status in the trailers.
fn grpc(message: &'static [u8], status: &str) -> Response<Body> {
    let (mut sender, body) = Channel::<Bytes, Error>::new(2);
    if !message.is_empty() {
        sender
            .try_send(Frame::data(Bytes::from_static(message)))
            .unwrap();
    }
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", status.parse().unwrap());
    sender.try_send(Frame::trailers(trailers)).unwrap();
    Response::new(Body::new(body))
}

#[tokio::test]
async fn grpc_is_asked_by_its_own_protocol() {
    let serving: &[u8] = &[0, 0, 0, 0, 2, 8, 1];
    for (message, status, well) in [
        (serving, "0", true),
        (&[0, 0, 0, 0, 2, 8, 2], "0", false),
        (&[0, 0, 0, 0, 0], "0", false),
        (&[], "5", false),
        (serving, "13", false),
        (&[0, 0, 0, 0, 9, 8, 1], "0", false),
    ] {
        let client = tower::service_fn(move |request: Request<Body>| async move {
            let (head, body) = request.into_parts();
            assert_eq!(head.method, "POST");
            assert_eq!(head.uri, "http://h:1/grpc.health.v1.Health/Check");
            assert_eq!(head.headers["content-type"], "application/grpc");
            assert_eq!(head.headers["te"], "trailers");
            let sent = body.collect().await.unwrap().to_bytes();
            assert_eq!(sent, &b"\0\0\0\0\x05\x0a\x03a.B"[..]);
            Ok::<_, Error>(grpc(message, status))
        });
        let check = GrpcCheck::new(client).service("a.B");
        let found = check.check(&endpoint("h:1")).await;
        assert_eq!(found.is_ok(), well, "{message:?} {status}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_grpc_is_not_well() {
    let large = Full::new(Bytes::from(vec![0; 2_000]));
    for (status, field, body) in [
        (404, "x", Full::default()),
        (200, "grpc-status", Full::default()),
        (200, "x", large),
    ] {
        let client = tower::service_fn(move |_: Request<Body>| {
            let body = body.clone();
            async move {
                let response = Response::builder().status(status).header(field, "12");
                Ok::<_, Error>(response.body(body).unwrap())
            }
        });
        let check = GrpcCheck::new(client);
        assert!(
            check.check(&endpoint("h:1")).await.is_err(),
            "{status} {field}"
        );
    }
}
