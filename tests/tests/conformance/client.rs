//! The client of the conformance tests: it says exactly what a request is told to say.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Collected, Full};
use hyper::{body::Incoming, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinHandle,
};

use super::{certificates::Certificates, echo, expectation::Ask, tls, websocket};

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// What the echo said; `None` when something else answered.
    pub(crate) echo: Option<Value>,
    /// Of gRPC.
    pub(crate) code: Option<u16>,
    /// The path with its query, as it was sent.
    pub(crate) sent: String,
}

/// A request to one address of a Gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    pub(crate) certificates: &'a Certificates,
    /// Where the Gateway is said to be: the host, where a request names none.
    pub(crate) said: SocketAddr,
    /// Where it is.
    pub(crate) at: SocketAddr,
}

impl Client<'_> {
    /// The host that is asked for.
    pub(crate) fn host(&self, ask: &Ask) -> String {
        let usual = if ask.tls() { 443 } else { 80 };
        ask.host.clone().unwrap_or_else(|| match self.said.port() {
            port if port == usual => self.said.ip().to_string(),
            _ => self.said.to_string(),
        })
    }

    /// Sends it on a connection of its own. `unique` goes where the request wants such a value;
    /// `more` are headers beside its own.
    pub(crate) async fn send(
        &self,
        ask: &Ask,
        unique: &str,
        more: &[(&str, &str)],
    ) -> Result<Got, String> {
        let mut target = ask.path.clone();
        if let Some(name) = &ask.unique_query_param {
            let sign = if target.contains('?') { '&' } else { '?' };
            target = format!("{target}{sign}{name}={unique}");
        }
        let grpc = ask.speaks("grpc");
        let http2 = grpc || ask.speaks("h2") || ask.speaks("h2c-prior-knowledge");
        let request = self.request(ask, &target, http2, more)?;
        let stream = TcpStream::connect(self.at).await.map_err(said)?;
        let response = if ask.tls() {
            let trusted = ask.trusted_ca_secret.as_ref();
            let trusted = &self.certificates.pairs[trusted.ok_or("nobody is trusted")?];
            let client = ask.client_certificate_secret.as_ref();
            let client = client.map(|name| &self.certificates.pairs[name]);
            let name = ask.sni.clone().ok_or("no name for TLS")?;
            let name = name.try_into().map_err(said)?;
            let connector = tls::connector(trusted, client, http2);
            let stream = connector.connect(name, stream).await.map_err(said)?;
            exchange(stream, request, http2).await?
        } else {
            exchange(stream, request, http2).await?
        };
        Ok(got(response, grpc, target))
    }

    fn request(
        &self,
        ask: &Ask,
        target: &str,
        http2: bool,
        more: &[(&str, &str)],
    ) -> Result<Request<Full<Bytes>>, String> {
        let grpc = ask.speaks("grpc");
        let method = ask.method.as_deref();
        let method = method.unwrap_or(if grpc { "POST" } else { "GET" });
        let host = self.host(ask);
        let uri: Uri = if http2 {
            let scheme = if ask.tls() { "https" } else { "http" };
            format!("{scheme}://{host}{target}").parse().map_err(said)?
        } else {
            target.parse().map_err(said)?
        };
        let mut request = Request::builder().method(method).uri(uri);
        if !http2 {
            request = request.header(header::HOST, host);
        }
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        if !ask.backend_sets_response_headers.is_empty() {
            let pairs = ask.backend_sets_response_headers.iter();
            let pairs: Vec<_> = pairs
                .map(|(name, value)| format!("{name}:{value}"))
                .collect();
            request = request.header("x-echo-set-header", pairs.join(","));
        }
        let mut body = Bytes::new();
        if grpc {
            request = request
                .header(header::CONTENT_TYPE, "application/grpc")
                .header(header::TE, "trailers");
            body = echo::message(&[]);
        }
        request.body(Full::new(body)).map_err(said)
    }

    /// Opens a WebSocket, and sends a frame of text and one of bytes: what came back.
    pub(crate) async fn websocket(
        &self,
        ask: &Ask,
        text: &str,
        binary: &[u8],
    ) -> Result<(String, Vec<u8>), String> {
        let upgrade = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", websocket::KEY),
        ];
        let request = self.request(ask, &ask.path, false, &upgrade)?;
        let stream = TcpStream::connect(self.at).await.map_err(said)?;
        let (mut sender, connection) = conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(said)?;
        let _driven = Driven(tokio::spawn(async move {
            let _ = connection.with_upgrades().await;
        }));
        let response = sender.send_request(request).await.map_err(said)?;
        let accept = HeaderValue::from_static(websocket::ACCEPT);
        if response.status() != StatusCode::SWITCHING_PROTOCOLS
            || response.headers().get(header::SEC_WEBSOCKET_ACCEPT) != Some(&accept)
        {
            return Err(format!("no upgrade: {}", response.status()));
        }
        let upgraded = hyper::upgrade::on(response).await.map_err(said)?;
        let mut socket = TokioIo::new(upgraded);
        let mut frames = Vec::new();
        for (kind, payload) in [
            (websocket::TEXT, text.as_bytes()),
            (websocket::BINARY, binary),
        ] {
            let mask = Some([7, 1, 9, 3]);
            websocket::write(&mut socket, kind, payload, mask)
                .await
                .map_err(said)?;
            let (found, payload) = websocket::read(&mut socket).await.map_err(said)?;
            if found != kind {
                return Err(format!("a frame of kind {found:#x} for one of {kind:#x}"));
            }
            frames.push(payload);
        }
        let binary = frames.pop().unwrap_or_default();
        let text = frames.pop().unwrap_or_default();
        Ok((String::from_utf8_lossy(&text).into_owned(), binary))
    }
}

/// A task that ends with this.
struct Driven(JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type Whole = Response<Collected<Bytes>>;

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, http2: bool) -> Result<Whole, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let (response, _driven): (Response<Incoming>, _) = if http2 {
        let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), io)
            .await
            .map_err(said)?;
        let driven = Driven(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let response = sender.send_request(request).await;
        (response.map_err(said)?, driven)
    } else {
        let (mut sender, connection) = conn::http1::handshake(io).await.map_err(said)?;
        let driven = Driven(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let response = sender.send_request(request).await;
        (response.map_err(said)?, driven)
    };
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(said)?;
    Ok(Response::from_parts(head, body))
}

fn got(response: Whole, grpc: bool, sent: String) -> Got {
    let (head, body) = response.into_parts();
    let status = HeaderName::from_static("grpc-status");
    let code = body.trailers().and_then(|trailers| trailers.get(&status));
    let code = code.or(head.headers.get(&status));
    let code = code.and_then(|code| code.to_str().ok()?.parse().ok());
    let code = code.or(grpc.then(|| implied(head.status)));
    let bytes = body.to_bytes();
    let payload = if grpc {
        bytes.get(5..)
    } else {
        Some(&bytes[..])
    };
    let echo: Option<Value> = payload.and_then(|text| serde_json::from_slice(text).ok());
    Got {
        status: head.status,
        headers: head.headers,
        echo: echo.filter(|echo| echo["pod"].is_string()),
        code,
        sent,
    }
}

/// What a client of gRPC takes an answer for that has no `grpc-status` (gRPC, HTTP to gRPC status
/// code mapping).
fn implied(status: StatusCode) -> u16 {
    match status.as_u16() {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    }
}

/// All that an error says.
fn said(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
