//! On hyper's own server, and on `agentgateway_core::server`.

use std::net::SocketAddr;

use agentgateway_core::{
    BoxError,
    server::{Config, Drain, Listener, serve},
};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceBuilder, service_fn};

use super::{
    CALL, EVENT, PATH, ProtocolLayer,
    echo::{Echo, assert_echo, assert_error, breaks, breaks_as},
    is_error,
};
use crate::support::{Version, read, send, within};

/// hyper's server, as its users write it.
async fn hyper_server<S, B>(service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    addr
}

async fn check(addr: SocketAddr) {
    for version in [Version::One, Version::Two] {
        assert_echo(send(version, addr, PATH, CALL, false).await).await;
        let failed = send(version, addr, PATH, CALL, true).await;
        assert_error(failed, StatusCode::BAD_GATEWAY).await;
    }
}

#[tokio::test]
async fn under_hyper() {
    let service = ServiceBuilder::new()
        .layer(ProtocolLayer::new())
        .service(Echo);
    check(hyper_server(service).await).await;
}

#[tokio::test]
async fn under_the_listener_of_core() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    let service = ProtocolLayer::new().layer(Echo);
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    check(addr).await;
}

#[tokio::test]
async fn a_broken_stream_ends_with_an_error_event() {
    let addr = hyper_server(ProtocolLayer::new().layer(service_fn(breaks))).await;
    for version in [Version::One, Version::Two] {
        let (head, body) = within(read(send(version, addr, PATH, CALL, false).await)).await;
        assert_eq!(head.status, StatusCode::OK);
        let error = body.strip_prefix(EVENT).expect("what had come is not lost");
        assert!(error.ends_with("\n\n"), "{error}");
        assert!(is_error(error), "{error}");
        assert!(!error.contains("no client may see"), "{error}");
    }
}

#[tokio::test]
async fn a_broken_body_that_is_no_stream_is_aborted() {
    let inner = service_fn(|_: Request<_>| breaks_as("application/octet-stream"));
    let addr = hyper_server(ProtocolLayer::new().layer(inner)).await;
    for version in [Version::One, Version::Two] {
        let response = send(version, addr, PATH, CALL, false).await;
        let ended = within(response.into_body().collect()).await;
        assert!(
            ended.is_err(),
            "{version:?}: a cut answer was taken for a whole one"
        );
    }
}
