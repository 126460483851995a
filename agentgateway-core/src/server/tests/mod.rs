//! Real sockets on loopback, bounded in time.

mod accept;
mod admission;
mod agreement;
mod caps;
#[cfg(feature = "tls")]
mod certificates;
#[cfg(feature = "tls")]
mod clients;
mod clocks;
mod drain;
mod early;
mod exchange;
mod frames;
mod framing;
mod h2;
mod handle;
mod head;
mod hyper_guards;
mod proxy;
mod stalls;
#[cfg(feature = "tls")]
mod tls;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Channel, Full};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use super::*;
use crate::{Body, Error, ErrorKind, context::ClientAddr, upstream::Client};

const SOON: Duration = Duration::from_secs(5);
/// More than the buffers of a loopback socket.
const LARGE: usize = 32 * 1024 * 1024;

fn quick() -> Config {
    Config::new().drain_delay(Duration::ZERO)
}

async fn start(config: Config) -> (SocketAddr, Drain, JoinHandle<Drained>) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, drain) = (listener.local_addr(), Drain::new());
    let serving = serve(listener, tower::service_fn(answer), config, drain.clone());
    (addr, drain, tokio::spawn(serving))
}

/// What no other path says is an echo of the body.
async fn answer(request: Request<RequestBody>) -> Result<Response<Body>, Error> {
    let body = match request.uri().path() {
        "/peer" => text(
            request
                .extensions()
                .get::<ClientAddr>()
                .unwrap()
                .addr()
                .to_string(),
        ),
        "/version" => text(format!("{:?}", request.version())),
        "/fail" => return Err(Error::new(ErrorKind::Overloaded, "no more")),
        "/empty" => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            return Ok(response);
        }
        // Answers without a look at the body.
        "/refuse" => {
            let mut response = Response::new(text("too large".to_owned()));
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            return Ok(response);
        }
        // Reads the whole body, and says its length.
        "/length" => {
            let whole = request.into_body().collect().await?.to_bytes();
            text(whole.len().to_string())
        }
        "/large" => Body::from(Bytes::from(vec![b'x'; LARGE])),
        "/endless" => {
            let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
            tokio::spawn(async move {
                while sender
                    .send_data(Bytes::from_static(b"tick\n"))
                    .await
                    .is_ok()
                {
                    sleep(Duration::from_millis(10)).await;
                }
            });
            Body::new(body)
        }
        "/trailers" => {
            let trailers =
                HeaderMap::from_iter([("x-end".parse().unwrap(), "yes".parse().unwrap())]);
            Body::new(
                Full::new(Bytes::from_static(b"data")).with_trailers(async { Some(Ok(trailers)) }),
            )
        }
        _ => Body::new(request.into_body()),
    };
    Ok(Response::new(body))
}

fn text(words: String) -> Body {
    Body::from(Bytes::from(words))
}

fn get(addr: SocketAddr, path: &str) -> Request<Body> {
    Request::get(format!("http://{addr}{path}"))
        .body(Body::empty())
        .unwrap()
}

async fn said(client: &Client, request: Request<Body>) -> (StatusCode, String) {
    let response = client.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap() {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A server that counts what reaches its service, which says the path.
async fn counting(config: Config) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, calls) = (listener.local_addr(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&calls);
    let service = tower::service_fn(move |request: Request<RequestBody>| {
        counter.fetch_add(1, Ordering::SeqCst);
        answer(request)
    });
    tokio::spawn(serve(listener, service, config, Drain::new()));
    (addr, calls)
}

/// Sends bytes as they are, and reads until the server closes.
async fn ask(addr: SocketAddr, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    // A server that has closed already takes no more.
    let _ = stream.write_all(bytes.as_ref()).await;
    read_to_end(&mut stream).await
}

/// Reads until these words have come.
async fn read_until(stream: &mut TcpStream, words: &str) -> String {
    let (mut read, mut piece) = (String::new(), [0; 4096]);
    while !read.contains(words) {
        let bytes = timeout(SOON, stream.read(&mut piece))
            .await
            .unwrap()
            .unwrap();
        assert!(bytes > 0, "closed after {read:?}");
        read.push_str(&String::from_utf8_lossy(&piece[..bytes]));
    }
    read
}

/// Waits until a fact holds.
async fn until(mut holds: impl FnMut() -> bool) {
    let seen = async {
        while !holds() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(SOON, seen).await.unwrap();
}
