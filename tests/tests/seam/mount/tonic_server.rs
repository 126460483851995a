//! On tonic: what is not the protocol's passes, unread.

use std::net::SocketAddr;

use axum::{Router, extract::Request, response::Response, routing::post};
use bytes::Bytes;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{
    service::Routes,
    transport::{Channel, Server},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::Layer;

use super::{
    CALL, PATH, ProtocolLayer,
    echo::{assert_echo, echo},
};
use crate::{
    grpc::{Frames, RawEcho},
    support::{Version, send, within},
};

async fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// One call of each kind.
async fn check(addr: SocketAddr) {
    let channel = Channel::from_shared(format!("http://{addr}")).unwrap();
    let channel = within(channel.connect()).await.unwrap();
    unary_and_server_stream(channel.clone()).await;
    within(both_ways(channel)).await;
}

async fn unary_and_server_stream(channel: Channel) {
    let mut health = HealthClient::new(channel);
    let answer = within(health.check(HealthCheckRequest::default()))
        .await
        .unwrap();
    assert_eq!(answer.into_inner().status, 1);
    let watched = within(health.watch(HealthCheckRequest::default()))
        .await
        .unwrap();
    let mut stream = watched.into_inner();
    assert_eq!(within(stream.message()).await.unwrap().unwrap().status, 1);
    let unknown = HealthCheckRequest {
        service: "unknown".into(),
    };
    let refused = within(health.check(unknown)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::NotFound);
}

/// The request's body ends after the answer has begun: a layer that read it first would wait for ever.
async fn both_ways(channel: Channel) {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let (sender, receiver) = mpsc::channel(1);
    let request = tonic::Request::new(ReceiverStream::new(receiver));
    let path = "/test.RawEcho/Both".parse().unwrap();
    let answer = client.streaming(request, path, Frames).await.unwrap();
    let mut answer = answer.into_inner();
    for said in ["one", "two", CALL] {
        sender.send(Bytes::from(said)).await.unwrap();
        assert_eq!(answer.message().await.unwrap().unwrap(), said);
    }
    drop(sender);
    assert_eq!(answer.message().await.unwrap(), None);
    let trailers = answer.trailers().await.unwrap().unwrap();
    assert!(
        trailers
            .get("grpc-status")
            .is_none_or(|status| status == "0")
    );
}

#[tokio::test]
async fn on_its_server() {
    let (listener, addr) = bound().await;
    let (_, health) = tonic_health::server::health_reporter();
    let server = Server::builder()
        .layer(ProtocolLayer::new())
        .add_service(health)
        .add_service(RawEcho);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    check(addr).await;
}

#[tokio::test]
async fn with_tonics_own_limits() {
    let (listener, addr) = bound().await;
    let (_, health) = tonic_health::server::health_reporter();
    let server = Server::builder()
        .timeout(std::time::Duration::from_secs(20))
        .concurrency_limit_per_connection(8)
        .load_shed(true)
        .layer(ProtocolLayer::new())
        .add_service(health)
        .add_service(RawEcho);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    check(addr).await;
}

#[tokio::test]
async fn over_its_routes_beside_axum() {
    async fn handler(request: Request) -> Response {
        echo(request).unwrap()
    }
    let (listener, addr) = bound().await;
    let (_, health) = tonic_health::server::health_reporter();
    let routes = Routes::new(health).add_service(RawEcho);
    let app = Router::new()
        .route(PATH, post(handler).layer(ProtocolLayer::new()))
        .fallback_service(ProtocolLayer::new().layer(routes));
    tokio::spawn(axum::serve(listener, app).into_future());
    check(addr).await;
    assert_echo(send(Version::One, addr, PATH, CALL, false).await).await;
}

#[tokio::test]
async fn one_layer_over_grpc_and_json() {
    async fn handler(request: Request) -> Response {
        echo(request).unwrap()
    }
    let (listener, addr) = bound().await;
    let (_, health) = tonic_health::server::health_reporter();
    let app = Routes::new(health)
        .add_service(RawEcho)
        .into_axum_router()
        .route(PATH, post(handler))
        .layer(ProtocolLayer::new());
    tokio::spawn(axum::serve(listener, app).into_future());
    check(addr).await;
    assert_echo(send(Version::Two, addr, PATH, CALL, false).await).await;
}
