//! The deployment of the fixtures, unrendered, in a folder of the test's own.

use std::net::SocketAddr;

use agentgateway_tests::{Peer, post, shared_data};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

use super::scene::Scene;

/// The host that the A2A route is for, once its variables are substituted.
pub(crate) const HOST: &str = "a2a.dev.example.com";

/// `None` where the machine does not have it.
pub(crate) fn manifests() -> Option<Scene> {
    shared_data("gateway-api/manifests").map(|folder| Scene::copy(&folder))
}

/// Where a peer listens.
pub(crate) fn at(peer: &Peer) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], peer.port()))
}

/// Gets `path` of the A2A listener in the name of `host`.
pub(crate) async fn get_as(host: &str, url: &str) -> Response<Bytes> {
    let request = Request::get(url).header("host", host);
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request.body(Full::default()).unwrap()).await;
    let (head, body) = answer.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}

/// Sends a message by A2A 1.0 in the name of `host`.
pub(crate) async fn send_as(
    host: &str,
    url: &str,
    text: &str,
    more: &[(&str, &str)],
) -> Response<Bytes> {
    let headers = [&[("host", host), ("a2a-version", "1.0")], more].concat();
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":"seven","method":"SendMessage","params":{{"message":{{"messageId":"m","role":"ROLE_USER","parts":[{{"text":"{text}"}}]}}}}}}"#
    );
    post(url, &headers, body).await
}

pub(crate) fn json(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).unwrap_or_else(|_| panic!("no JSON: {:?}", answer.body()))
}
