//! Clients and clocks.

use std::{future::Future, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE, response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::time::timeout;

/// No test hangs.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future)
        .await
        .expect("it hangs")
}

/// A POST of JSON.
pub(crate) fn post<B>(uri: impl AsRef<str>, body: B) -> Request<B> {
    Request::post(uri.as_ref())
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .unwrap()
}

pub(crate) async fn read<B>(response: Response<B>) -> (response::Parts, String)
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (head, String::from_utf8(bytes.into()).unwrap())
}

/// The versions of HTTP that a client speaks from the first byte on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Version {
    One,
    Two,
}

/// One request over a socket.
pub(crate) async fn send(
    version: Version,
    addr: SocketAddr,
    path: &str,
    body: &'static str,
    fail: bool,
) -> Response<Incoming> {
    let mut request = post(format!("http://{addr}{path}"), Full::from(body));
    if fail {
        request
            .headers_mut()
            .insert("x-fail", "yes".parse().unwrap());
    }
    let client = Client::builder(TokioExecutor::new())
        .http2_only(matches!(version, Version::Two))
        .build_http::<Full<Bytes>>();
    within(client.request(request)).await.unwrap()
}
