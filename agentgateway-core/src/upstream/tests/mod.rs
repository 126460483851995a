//! Real sockets on loopback, bounded in time.

mod direction;
mod exchange;
mod faults;
mod pool;
mod proxy;
#[cfg(feature = "tls")]
mod terms;
#[cfg(feature = "tls")]
mod tls;
mod unprocessed;

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower_service::Service;

use crate::{
    Body, Error,
    server::{Config, Drain, Listener, RequestBody, serve},
    upstream::HttpClient,
};

const SOON: Duration = Duration::from_secs(5);

/// Serves until the test's runtime ends.
async fn serving<S>(service: S) -> SocketAddr
where
    S: Service<Request<RequestBody>, Response = Response<Body>> + Clone + Send + 'static,
    S::Error: Into<crate::BoxError>,
    S::Future: Send + 'static,
{
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = listener.local_addr();
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    addr
}

/// A peer that is written by hand: accepts, and hands each connection to `script`.
async fn scripted<F, Fut>(script: F) -> SocketAddr
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script(stream));
        }
    });
    addr
}

/// Reads the head of a request; panics when the client closes before its end.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A peer that reads one head, writes `answer` and closes.
async fn answering(answer: &'static str) -> SocketAddr {
    scripted(move |mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await
}

fn get(addr: SocketAddr, path: &str) -> Request<Body> {
    Request::get(format!("http://{addr}{path}"))
        .body(Body::empty())
        .unwrap()
}

async fn call<S: HttpClient>(client: &S, request: Request<Body>) -> Result<Response<Body>, Error> {
    timeout(SOON, tower::ServiceExt::oneshot(client.clone(), request))
        .await
        .unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = timeout(SOON, response.into_body().collect()).await.unwrap();
    String::from_utf8(bytes.unwrap().to_bytes().to_vec()).unwrap()
}

async fn echo(request: Request<RequestBody>) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let mut response = Response::new(Body::new(body));
    if parts.uri.path() == "/headers" {
        *response.body_mut() = Body::from(Bytes::from(format!("{:?}", parts.headers)));
    } else if parts.uri.path() == "/empty" {
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.body_mut() = Body::empty();
    }
    response
        .headers_mut()
        .insert("x-version", format!("{:?}", parts.version).parse().unwrap());
    Ok(response)
}
