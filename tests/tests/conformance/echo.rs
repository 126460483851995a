//! What the pods of the conformance manifests answer: what they were asked, as JSON.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version, header,
    request::Parts,
};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use serde_json::{Value, json};

use super::websocket;

pub(crate) type EchoBody = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// One pod, and what its Deployment was asked.
#[derive(Clone, Debug)]
pub(crate) struct Echo {
    pub(crate) namespace: String,
    pub(crate) pod: String,
    pub(crate) grpc: bool,
    pub(crate) seen: Seen,
}

/// What the pods of a Deployment were asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    /// How often each target was asked for.
    targets: HashMap<String, usize>,
    /// How often each series of attempts was seen.
    attempts: HashMap<String, usize>,
}

impl Seen {
    /// How often this path with its query was asked for.
    pub(crate) fn count(&self, target: &str) -> usize {
        let log = self.0.lock().unwrap();
        log.targets.get(target).copied().unwrap_or_default()
    }

    fn note(&self, target: &str) {
        let mut log = self.0.lock().unwrap();
        *log.targets.entry(target.to_owned()).or_default() += 1;
    }

    /// Which attempt of this series it is, from 1.
    fn attempt(&self, series: &str) -> usize {
        let mut log = self.0.lock().unwrap();
        let count = log.attempts.entry(series.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// The connection is to be cut.
#[derive(Debug)]
pub(crate) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the echo cuts the connection")
    }
}

impl std::error::Error for Cut {}

impl Echo {
    /// Answers a request. `sni` is what the client of a TLS connection asked for.
    pub(crate) async fn answer(
        self,
        request: Request<Incoming>,
        sni: Option<String>,
    ) -> Result<Response<EchoBody>, Cut> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |all| all.as_str());
        self.seen.note(target);
        let query: BTreeMap<&str, &str> = parts.uri.query().into_iter().flat_map(pairs).collect();
        if parts.headers.contains_key(header::UPGRADE) {
            let request = Request::from_parts(parts, body);
            return Ok(websocket::echo(request).map(|()| whole(Bytes::new())));
        }
        // A body is read to its end: a pod that answers early is not what is tested.
        let _ = body.collect().await;
        let said = self.said(&parts, target, sni.as_deref());
        if self.grpc {
            return Ok(grpc(&said));
        }
        if let Some(delay) = query.get("delay").and_then(|delay| duration(delay)) {
            tokio::time::sleep(delay).await;
        }
        let status = self.retried(&query).await?;
        let mut response = Response::new(whole(Bytes::from(said.to_string())));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        set_headers(&parts.headers, headers);
        Ok(response)
    }

    fn said(&self, parts: &Parts, target: &str, sni: Option<&str>) -> Value {
        let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in &parts.headers {
            let values = headers.entry(name.as_str()).or_default();
            values.push(value.to_str().unwrap_or_default());
        }
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let host = parts.uri.authority().map(|own| own.as_str()).or(host);
        json!({
            "path": target,
            "host": host,
            "method": parts.method.as_str(),
            "proto": match parts.version {
                Version::HTTP_2 => "HTTP/2.0",
                _ => "HTTP/1.1",
            },
            "headers": headers,
            "namespace": self.namespace,
            "pod": self.pod,
            "sni": sni,
        })
    }

    /// The status of one of several attempts: the first ones fail.
    async fn retried(&self, query: &BTreeMap<&str, &str>) -> Result<StatusCode, Cut> {
        let fails = query
            .get("succeedAfter")
            .and_then(|count| count.parse().ok());
        let Some(fails): Option<usize> = fails else {
            return Ok(StatusCode::OK);
        };
        let attempt = self.seen.attempt(query.get("uuid").unwrap_or(&""));
        if attempt > fails {
            return Ok(StatusCode::OK);
        }
        if let Some(delay) = query.get("delayRetry").and_then(|delay| duration(delay)) {
            tokio::time::sleep(delay).await;
        }
        let code = query.get("responseCode").and_then(|code| code.parse().ok());
        code.ok_or(Cut)
    }
}

/// The headers that the request wants in its answer.
fn set_headers(asked: &HeaderMap, answered: &mut HeaderMap) {
    for list in asked.get_all("x-echo-set-header") {
        for pair in list.to_str().unwrap_or_default().split(',') {
            let Some((name, value)) = pair.split_once(':') else {
                continue;
            };
            let name = HeaderName::try_from(name.trim());
            let value = HeaderValue::try_from(value.trim());
            if let (Ok(name), Ok(value)) = (name, value) {
                answered.append(name, value);
            }
        }
    }
}

/// One message and `OK`. A gateway forwards messages unread, so these hold the same JSON.
fn grpc(said: &Value) -> Response<EchoBody> {
    let frames = [
        Ok(Frame::data(message(said.to_string().as_bytes()))),
        Ok(Frame::trailers(HeaderMap::from_iter([(
            HeaderName::from_static("grpc-status"),
            HeaderValue::from_static("0"),
        )]))),
    ];
    let body = StreamBody::new(tokio_stream::iter(frames));
    let mut response = Response::new(BodyExt::boxed_unsync(body));
    let kind = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A message of gRPC: not compressed, with its length.
pub(crate) fn message(payload: &[u8]) -> Bytes {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[0], &length[..], payload].concat().into()
}

fn whole(bytes: Bytes) -> EchoBody {
    Full::new(bytes).boxed_unsync()
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&');
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// `300ms` or `1s`.
fn duration(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    let seconds = text.strip_suffix('s')?;
    seconds.parse().ok().map(Duration::from_secs)
}
