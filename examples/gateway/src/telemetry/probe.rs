//! `probe otlp`: does a collector take spans, and if not, at which step does it fail?

use std::{fmt, future::Future, net::SocketAddr, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};
use tonic::{
    Code,
    transport::{ClientTlsConfig, Endpoint},
};

use super::{
    otlp::{Target, Wire, cause},
    settings::{Collector, OtlpProtocol},
    variables::{Batching, Speaking, parse_endpoint},
};

/// How long one step may take.
const STEP: Duration = Duration::from_secs(5);

/// The beginning of a connection of HTTP/2: the preface and empty SETTINGS.
///
/// # Source
/// RFC 9113, section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The type of a SETTINGS frame, and where it stands.
const SETTINGS: (usize, u8) = (3, 4);

/// What was tried, and how it went.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ProbeReport {
    /// The URL that was called.
    pub url: String,
    /// `grpc` or `http/protobuf`.
    pub protocol: &'static str,
    /// It takes spans.
    pub ok: bool,
    /// The steps, up to the first one that failed.
    pub steps: Vec<ProbeStep>,
}

/// One step of a probe.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ProbeStep {
    /// `url`, `name`, `tcp`, `tls`, `h2` or `export`.
    pub name: &'static str,
    /// How long it took, in milliseconds.
    pub milliseconds: f64,
    /// What came of it, or what went wrong.
    pub detail: String,
    /// It went well.
    pub ok: bool,
    /// What may help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a step that failed says, and what may help.
type Failure = (String, Option<&'static str>);

/// Calls a collector as an exporter would, with no spans, and tells each step.
///
/// `url` is written like `http://localhost:4317`; for HTTP its path is `/v1/traces` unless it has
/// one. A step may take five seconds.
///
/// # Cancel safety
/// Dropping the future ends the probe.
pub async fn probe(url: &str, protocol: &OtlpProtocol) -> ProbeReport {
    let grpc = matches!(protocol, OtlpProtocol::Grpc);
    let mut report = ProbeReport {
        url: without_user(url),
        protocol: if grpc { "grpc" } else { "http/protobuf" },
        ok: false,
        steps: Vec::new(),
    };
    let Some((collector, path)) = parse_endpoint(url, grpc) else {
        let (wrong, hint) = if url.contains('@') {
            let hint = "credentials go into OTEL_EXPORTER_OTLP_HEADERS";
            ("a user in the URL is not taken", Some(hint))
        } else {
            (
                "this is no URL; one is written like http://localhost:4317",
                None,
            )
        };
        report
            .step(
                "url",
                async { Err::<(), Failure>((wrong.to_owned(), hint)) },
                |()| String::new(),
            )
            .await;
        return report;
    };
    let protocol = match protocol {
        OtlpProtocol::Http { .. } if path.len() > 1 => OtlpProtocol::Http {
            path: path.to_owned(),
        },
        other => other.clone(),
    };
    let target = Target {
        collector,
        protocol,
        speaking: Speaking::default(),
        batching: Batching::default(),
        resource: Vec::new(),
    };
    report.url = target.url();
    report.ok = steps(&mut report, &target).await.is_some();
    report
}

/// The URL without what stands before an `@`: a user and a password, perhaps.
fn without_user(url: &str) -> String {
    let Some((before, rest)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    let scheme = before.find("://").and_then(|at| before.get(..at + 3));
    format!("{}{rest}", scheme.unwrap_or_default())
}

async fn steps(report: &mut ProbeReport, target: &Target) -> Option<()> {
    let collector = &target.collector;
    let grpc = matches!(target.protocol, OtlpProtocol::Grpc);
    let named = |found: &Vec<SocketAddr>| {
        let addresses = found.iter().take(4).map(|found| found.ip().to_string());
        addresses.collect::<Vec<_>>().join(", ")
    };
    let found = report
        .step("name", resolve(&collector.authority), named)
        .await?;
    let connected = |stream: &TcpStream| {
        let peer = stream.peer_addr();
        peer.map_or_else(
            |_| "connected".to_owned(),
            |peer| format!("connected to {peer}"),
        )
    };
    let stream = report
        .step("tcp", connect(&found, target), connected)
        .await?;
    if grpc && collector.tls {
        drop(stream);
        let done = |()| "handshake done, HTTP/2 agreed on".to_owned();
        report
            .step("tls", secure(collector), |&()| done(()))
            .await?;
    } else if grpc {
        report
            .step("h2", preface(stream), |&()| "it speaks HTTP/2".to_owned())
            .await?;
    }
    let answered = if grpc { "grpc-status 0" } else { "HTTP 200" };
    report
        .step("export", export(target), |&()| answered.to_owned())
        .await
}

impl ProbeReport {
    async fn step<T>(
        &mut self,
        name: &'static str,
        work: impl Future<Output = Result<T, Failure>>,
        told: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let begun = Instant::now();
        let done = timeout(STEP, work).await;
        let seconds = STEP.as_secs();
        let late = |_| {
            let hint = "something on the way swallows what is sent: a firewall, a NetworkPolicy";
            Err((format!("no answer in {seconds} s"), Some(hint)))
        };
        let done = done.unwrap_or_else(late);
        let (detail, hint) = match &done {
            Ok(done) => (told(done), None),
            Err((wrong, hint)) => (wrong.clone(), hint.map(str::to_owned)),
        };
        self.steps.push(ProbeStep {
            name,
            milliseconds: (begun.elapsed().as_secs_f64() * 1e5).round() / 100.0,
            detail,
            ok: done.is_ok(),
            hint,
        });
        done.ok()
    }
}

async fn resolve(authority: &str) -> Result<Vec<SocketAddr>, Failure> {
    let hint = "is the Service there, and its namespace in the name?";
    match lookup_host(authority).await {
        Ok(found) => {
            let found: Vec<_> = found.collect();
            if found.is_empty() {
                return Err(("the name has no address".to_owned(), Some(hint)));
            }
            Ok(found)
        }
        Err(error) => Err((error.to_string(), Some(hint))),
    }
}

async fn connect(found: &[SocketAddr], target: &Target) -> Result<TcpStream, Failure> {
    TcpStream::connect(found).await.map_err(|error| {
        let port = target.collector.authority.rsplit(':').next();
        let hint = match (error.kind(), port, &target.protocol) {
            (std::io::ErrorKind::ConnectionRefused, Some("4318"), OtlpProtocol::Grpc) => {
                "nothing listens there; the port of gRPC is usually 4317"
            }
            (std::io::ErrorKind::ConnectionRefused, Some("4317"), OtlpProtocol::Http { .. }) => {
                "nothing listens there; the port of HTTP is usually 4318"
            }
            (std::io::ErrorKind::ConnectionRefused, ..) => {
                "nothing listens there: is the collector up, with its otlp receiver on 0.0.0.0?"
            }
            _ => "can this machine reach that address?",
        };
        (error.to_string(), Some(hint))
    })
}

async fn secure(collector: &Collector) -> Result<(), Failure> {
    let hint = Some(
        "does the port speak TLS, is its certificate of a public authority and for this name, \
         and does it agree on HTTP/2?",
    );
    let endpoint = Endpoint::from_shared(collector.to_string());
    let tls = ClientTlsConfig::new().with_enabled_roots();
    let endpoint = endpoint.and_then(|endpoint| endpoint.tls_config(tls));
    let endpoint = endpoint.map_err(|error| (cause(&error), hint))?;
    let connected = endpoint.connect().await;
    connected.map(drop).map_err(|error| (cause(&error), hint))
}

/// The first frame of an HTTP/2 server is SETTINGS.
async fn preface(mut stream: TcpStream) -> Result<(), Failure> {
    let failed = |error: std::io::Error| (error.to_string(), Some("it ends connections of HTTP/2"));
    stream.write_all(PREFACE).await.map_err(failed)?;
    let mut first = [0; 9];
    let mut read = 0;
    while let Some(free) = first.get_mut(read..).filter(|free| !free.is_empty()) {
        let more = stream.read(free).await.map_err(failed)?;
        if more == 0 {
            let hint =
                "it ends connections of HTTP/2: does it want TLS (https), or speak HTTP/1 alone?";
            return Err(("the connection was closed".to_owned(), Some(hint)));
        }
        read += more;
    }
    let (at, settings) = SETTINGS;
    if first.starts_with(b"HTTP/1") {
        let hint = "gRPC is spoken on another port: 4317 usually; 4318 is the one of HTTP";
        Err(("it answers in HTTP/1".to_owned(), Some(hint)))
    } else if first.get(at) == Some(&settings) {
        Ok(())
    } else {
        let hint = "is it a collector? With TLS the URL begins with https";
        Err(("it does not answer in HTTP/2".to_owned(), Some(hint)))
    }
}

async fn export(target: &Target) -> Result<(), Failure> {
    let wire = Wire::new(target).map_err(|wrong| (wrong, None))?;
    let Err(error) = wire.send(Bytes::new()).await else {
        return Ok(());
    };
    let hint = match (error.code, error.status.map(|status| status.as_u16())) {
        // What tonic makes of an answer without a status of gRPC.
        (Some(_), _) if error.text.contains("mapped from HTTP status code") => {
            Some("it speaks HTTP/2, but no gRPC: is another server there?")
        }
        (Some(Code::Unimplemented), _) => Some("it speaks gRPC, but has no receiver of traces"),
        (Some(Code::Unauthenticated | Code::PermissionDenied), _) | (_, Some(401 | 403)) => {
            Some("it wants a credential: OTEL_EXPORTER_OTLP_HEADERS")
        }
        (_, Some(404 | 405)) => Some("is the path right? It is usually /v1/traces"),
        (_, Some(415)) => Some("it does not take protobuf"),
        (None, None) => {
            Some("does it speak HTTP/1 here? The port of gRPC is usually 4317, that of HTTP 4318")
        }
        _ => None,
    };
    Err((error.text, hint))
}

/// A line for each step, and one for what came of it.
impl fmt::Display for ProbeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} by {}", self.url, self.protocol)?;
        for step in &self.steps {
            let went = if step.ok { "ok" } else { "failed" };
            writeln!(
                f,
                "  {:<7} {went:<7} {:>9.2} ms  {}",
                step.name, step.milliseconds, step.detail
            )?;
            if let Some(hint) = &step.hint {
                writeln!(f, "  {:<7} {hint}", "hint")?;
            }
        }
        let came = if self.ok {
            "it takes spans"
        } else {
            "it takes no spans"
        };
        writeln!(f, "{came}")
    }
}
