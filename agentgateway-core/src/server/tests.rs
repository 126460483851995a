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

/// `/slow` streams until the test's patience ends, `/gate` until the request body ends.
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
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn speaks_http1_and_h2c_on_one_port() {
    let (addr, _drain, _serving) = start(quick()).await;
    let (one, two) = (Client::new(), Client::builder().http2_only().build());
    assert_eq!(said(&one, get(addr, "/version")).await.1, "HTTP/1.1");
    assert_eq!(said(&two, get(addr, "/version")).await.1, "HTTP/2.0");
    assert!(
        said(&one, get(addr, "/peer"))
            .await
            .1
            .starts_with("127.0.0.1:")
    );
}

#[tokio::test]
async fn answers_for_a_service_that_fails() {
    let (addr, _drain, _serving) = start(quick()).await;
    let (status, words) = said(&Client::new(), get(addr, "/fail")).await;
    assert_eq!(
        (status, words.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "no more")
    );
}

#[tokio::test]
async fn bind_error_names_the_address_and_the_remedy() {
    let held = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = held.local_addr();
    let error = Listener::bind(addr).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "port {} on 127.0.0.1 is taken by another process; stop it or choose another port",
            addr.port()
        )
    );
    assert_eq!(
        (error.addr(), error.kind()),
        (addr, io::ErrorKind::AddrInUse)
    );
}

#[tokio::test]
async fn closes_connections_whose_head_is_late() {
    let config = quick().header_timeout(Duration::from_millis(80));
    let (addr, _drain, _serving) = start(config).await;
    for start in ["", "P", "GET / HTTP/1.1\r\nx: "] {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, "", "after {start:?}");
    }
}

#[tokio::test]
async fn tells_a_late_second_head_from_idleness() {
    let config = quick()
        .header_timeout(Duration::from_millis(80))
        .idle_timeout(SOON * 4);
    let (addr, _drain, _serving) = start(config).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut head = [0; 512];
    stream.write_all(request).await.unwrap();
    assert!(stream.read(&mut head).await.unwrap() > 0);
    sleep(Duration::from_millis(160)).await;
    stream.write_all(request).await.unwrap();
    assert!(
        stream.read(&mut head).await.unwrap() > 0,
        "idle is no late head"
    );
    stream.write_all(b"GET /em").await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "");
}

#[tokio::test]
async fn closes_idle_connections_and_not_busy_ones() {
    let limit = Duration::from_millis(80);
    let (addr, _drain, _serving) = start(quick().idle_timeout(limit)).await;
    let mut idle = TcpStream::connect(addr).await.unwrap();
    idle.write_all(b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let client = Client::new();
    let mut busy = client
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    assert!(read_to_end(&mut idle).await.starts_with("HTTP/1.1 204"));
    sleep(limit * 2).await;
    for _ in 0..20 {
        assert!(busy.frame().await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_slow_reader_of_a_whole_body_is_not_idle() {
    let limit = Duration::from_millis(100);
    let (addr, _drain, _serving) = start(quick().idle_timeout(limit).header_timeout(limit)).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let (mut piece, mut received) = (vec![0; 1024 * 1024], 0);
    loop {
        match timeout(SOON, stream.read(&mut piece))
            .await
            .unwrap()
            .unwrap()
        {
            0 => break,
            bytes => received += bytes,
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert!(received > LARGE, "{received}");
}

#[tokio::test]
async fn clocks_bear_any_limit() {
    for limit in [Duration::ZERO, Duration::MAX] {
        let config = quick().idle_timeout(limit).drain_deadline(limit);
        let (addr, drain, serving) = start(config).await;
        assert_eq!(
            said(&Client::new(), get(addr, "/version")).await.1,
            "HTTP/1.1"
        );
        drain.begin();
        timeout(SOON, serving).await.unwrap().unwrap();
    }
    let (addr, _drain, _serving) = start(quick().header_timeout(Duration::MAX)).await;
    assert_eq!(
        said(&Client::new(), get(addr, "/version")).await.1,
        "HTTP/1.1"
    );
}

#[tokio::test]
async fn closes_idle_h2_connections() {
    let limit = Duration::from_millis(80);
    let (addr, _drain, serving) = start(quick().idle_timeout(limit).header_timeout(limit)).await;
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut bytes = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut bytes)).await.unwrap();
    // Frame type 7 is GOAWAY.
    assert!(bytes.windows(9).any(|frame| frame[..5] == [0, 0, 8, 7, 0]));
    serving.abort();
}

#[tokio::test]
async fn closes_h2_connections_that_fall_idle() {
    let limit = Duration::from_millis(80);
    let (addr, drain, serving) = start(quick().idle_timeout(limit)).await;
    let client = Client::builder().http2_only().build();
    assert_eq!(said(&client, get(addr, "/version")).await.1, "HTTP/2.0");
    let mut busy = client
        .clone()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    sleep(limit * 3).await;
    assert!(busy.frame().await.unwrap().is_ok(), "busy is not idle");
    drop(busy);
    sleep(limit * 4).await;
    drain.abort();
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
}

#[tokio::test]
async fn one_over_the_cap_waits_for_a_place() {
    let (addr, _drain, _serving) = start(quick().max_connections(1)).await;
    let mut first = TcpStream::connect(addr).await.unwrap();
    first
        .write_all(b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(first.read(&mut [0; 512]).await.unwrap() > 0);
    let client = Client::new();
    let second = said(&client, get(addr, "/version"));
    tokio::pin!(second);
    assert!(
        timeout(Duration::from_millis(80), &mut second)
            .await
            .is_err()
    );
    drop(first);
    assert_eq!(timeout(SOON, second).await.unwrap().1, "HTTP/1.1");
}

#[tokio::test]
async fn drain_ends_streams_in_flight_and_then_returns() {
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let (addr, drain, mut serving) = start(quick()).await;
        let mut idle = TcpStream::connect(addr).await.unwrap();
        let (mut upload, body) = Channel::<Bytes, Infallible>::new(1);
        let request = Request::post(format!("http://{addr}/echo"))
            .body(Body::new(body))
            .unwrap();
        let mut echo = client.clone().oneshot(request).await.unwrap().into_body();

        drain.begin();
        assert!(drain.has_begun());
        assert_eq!(read_to_end(&mut idle).await, "");
        assert!(
            timeout(Duration::from_millis(50), &mut serving)
                .await
                .is_err()
        );
        let refused = TcpStream::connect(addr).await;
        assert!(refused.is_err(), "the socket is closed");

        upload.send_data(Bytes::from_static(b"late")).await.unwrap();
        let frame = timeout(SOON, echo.frame()).await.unwrap().unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "late");
        drop(upload);
        let rest = timeout(SOON, echo.collect()).await.unwrap().unwrap();
        assert!(rest.to_bytes().is_empty());
        assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 0);
    }
}

#[tokio::test]
async fn drain_delay_still_takes_connections() {
    let config = Config::new().drain_delay(Duration::from_millis(150));
    let (addr, drain, serving) = start(config).await;
    drain.begin();
    sleep(Duration::from_millis(20)).await;
    assert_eq!(
        said(&Client::new(), get(addr, "/version")).await.1,
        "HTTP/1.1"
    );
    timeout(SOON, serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn drain_deadline_cuts_what_does_not_end() {
    let (addr, drain, serving) = start(quick().drain_deadline(Duration::from_millis(80))).await;
    let mut body = Client::new()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    drain.begin();
    assert_eq!(timeout(SOON, serving).await.unwrap().unwrap().cut, 1);
    let mut last = body.frame().await;
    while let Some(Ok(_)) = last {
        last = timeout(SOON, body.frame()).await.unwrap();
    }
    assert!(last.unwrap().is_err(), "a cut answer is not a whole one");
}

#[tokio::test]
async fn second_signal_ends_at_once() {
    let (addr, drain, serving) = start(Config::new()).await;
    let _body = Client::new()
        .oneshot(get(addr, "/endless"))
        .await
        .unwrap()
        .into_body();
    drain.begin();
    sleep(Duration::from_millis(20)).await;
    drain.abort();
    let drained = timeout(Duration::from_secs(1), serving)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(drained.cut, 1);
}

#[tokio::test]
async fn dropping_serve_ends_its_connections() {
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let (addr, _drain, serving) = start(quick()).await;
        let mut body = client
            .oneshot(get(addr, "/endless"))
            .await
            .unwrap()
            .into_body();
        serving.abort();
        let ended = async { while let Some(Ok(_)) = body.frame().await {} };
        timeout(SOON, ended).await.unwrap();
    }
}

#[tokio::test]
async fn a_panic_ends_its_own_connection_alone() {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, calls) = (listener.local_addr(), Arc::new(AtomicUsize::new(0)));
    let service = tower::service_fn(move |_: Request<RequestBody>| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(call > 0, "the first call panics");
            Ok::<_, Infallible>(Response::new(Body::empty()))
        }
    });
    let _serving = tokio::spawn(serve(listener, service, quick(), Drain::new()));
    let client = Client::new();
    assert!(client.clone().oneshot(get(addr, "/")).await.is_err());
    assert_eq!(said(&client, get(addr, "/")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn head_and_trailers_pass() {
    let (addr, _drain, _serving) = start(quick()).await;
    let mut head = get(addr, "/version");
    *head.method_mut() = Method::HEAD;
    assert_eq!(
        said(&Client::new(), head).await,
        (StatusCode::OK, String::new())
    );
    let client = Client::builder().http2_only().build();
    let response = client.oneshot(get(addr, "/trailers")).await.unwrap();
    let whole = response.into_body().collect().await.unwrap();
    assert_eq!(whole.trailers().unwrap()["x-end"], "yes");
}

#[tokio::test]
async fn too_large_a_head_is_431() {
    let (addr, _drain, _serving) = start(quick().max_header_bytes(1)).await;
    let mut request = get(addr, "/version");
    request
        .headers_mut()
        .insert("x", "a".repeat(20_000).parse().unwrap());
    assert_eq!(
        said(&Client::new(), request).await.0,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
}
