use std::{
    collections::HashMap,
    io::Read as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::{server::conn::http1, service::service_fn};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::Span as WireSpan,
};
use prost::Message;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A span, as the collector got it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Span {
    /// `service.name` of its resource.
    pub service: String,
    /// The attributes of its resource, as text.
    pub resource: HashMap<String, String>,
    /// Its name.
    pub name: String,
    /// 2 is a server's, 3 a client's, 1 internal.
    pub kind: i32,
    /// In hexadecimal.
    pub trace: String,
    /// In hexadecimal.
    pub id: String,
    /// In hexadecimal; empty for a root.
    pub parent: String,
    /// Its attributes, as text.
    pub attributes: HashMap<String, String>,
    /// The names of its attributes, in their order, each as often as it is there.
    pub names: Vec<String>,
    /// The names of those that are integers.
    pub integers: Vec<String>,
    /// The traces of its links.
    pub links: Vec<String>,
    /// How long it took, in nanoseconds.
    pub nanos: u64,
}

/// An OTLP receiver over gRPC that keeps what it gets.
#[derive(Debug)]
pub struct Collector {
    port: u16,
    spans: Arc<Mutex<Vec<Span>>>,
    running: JoinHandle<()>,
}

#[derive(Debug)]
struct Receiver(Arc<Mutex<Vec<Span>>>);

impl Collector {
    /// Listens on a port of the system's choice.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let spans = Arc::<Mutex<Vec<Span>>>::default();
        let service = TraceServiceServer::new(Receiver(spans.clone()))
            .accept_compressed(tonic::codec::CompressionEncoding::Gzip);
        let running = tokio::spawn(async move {
            let incoming = TcpListenerStream::new(listener);
            let served = Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming);
            served.await.expect("the collector serves");
        });
        Self {
            port,
            spans,
            running,
        }
    }

    /// Listens for OTLP over HTTP, at `/v1/traces`, on a port of the system's choice.
    pub async fn start_http() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let spans = Arc::<Mutex<Vec<Span>>>::default();
        let kept = spans.clone();
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = kept.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| take(kept.clone(), request));
                    let connection = http1::Builder::new()
                        .serve_connection(hyper_util::rt::TokioIo::new(stream), service);
                    // Whoever hangs up has had what it wanted.
                    let _ = connection.await;
                });
            }
        });
        Self {
            port,
            spans,
            running,
        }
    }

    /// The endpoint to export to.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Waits, for at most ten seconds, until so many spans are there that `enough` says so.
    pub async fn wait(&self, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        for _ in 0..200 {
            let spans = self.spans.lock().expect("no panic").clone();
            if enough(&spans) {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!(
            "the spans did not come; there are {:#?}",
            self.spans.lock().expect("no panic")
        );
    }

    /// What has come so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("no panic").clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        keep(&self.0, request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// An export over HTTP.
async fn take(
    kept: Arc<Mutex<Vec<Span>>>,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<String>, hyper::Error> {
    let answer = |status: u16| {
        let answer = http::Response::builder().status(status);
        Ok(answer.body(String::new()).expect("an answer"))
    };
    if request.uri().path() != "/v1/traces" {
        return answer(404);
    }
    let zipped = request.headers().contains_key("content-encoding");
    let bytes = request.into_body().collect().await?.to_bytes();
    let mut plain = Vec::new();
    if zipped {
        let mut decoder = flate2::read::GzDecoder::new(&*bytes);
        decoder.read_to_end(&mut plain).expect("gzip");
    } else {
        plain.extend_from_slice(&bytes);
    }
    let Ok(export) = ExportTraceServiceRequest::decode(&*plain) else {
        return answer(400);
    };
    keep(&kept, export);
    answer(200)
}

fn keep(kept: &Mutex<Vec<Span>>, export: ExportTraceServiceRequest) {
    let mut kept = kept.lock().expect("no panic");
    for resource in export.resource_spans {
        let attributes = resource
            .resource
            .map(|found| found.attributes)
            .unwrap_or_default();
        let resource_attributes: HashMap<_, _> = attributes
            .into_iter()
            .filter_map(|found| Some((found.key, text(found.value)?)))
            .collect();
        for scope in resource.scope_spans {
            let spans = scope.spans.into_iter();
            kept.extend(spans.map(|span| read(&resource_attributes, span)));
        }
    }
}

fn read(resource: &HashMap<String, String>, span: WireSpan) -> Span {
    let names = span.attributes.iter().map(|found| found.key.clone());
    let names = names.collect();
    let integers = span.attributes.iter().filter(|found| {
        let value = found.value.as_ref().and_then(|value| value.value.as_ref());
        matches!(value, Some(Value::IntValue(_)))
    });
    let integers = integers.map(|found| found.key.clone()).collect();
    let attributes = span.attributes.into_iter();
    Span {
        service: resource.get("service.name").cloned().unwrap_or_default(),
        resource: resource.clone(),
        name: span.name,
        kind: span.kind,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        attributes: attributes
            .filter_map(|found| Some((found.key, text(found.value)?)))
            .collect(),
        names,
        integers,
        links: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
        nanos: span
            .end_time_unix_nano
            .saturating_sub(span.start_time_unix_nano),
    }
}

fn text(value: Option<opentelemetry_proto::tonic::common::v1::AnyValue>) -> Option<String> {
    Some(match value?.value? {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => number.to_string(),
        Value::BoolValue(truth) => truth.to_string(),
        other => format!("{other:?}"),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
