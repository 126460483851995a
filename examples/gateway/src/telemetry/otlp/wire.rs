use std::{error::Error, fmt::Write as _, io::Write as _};

use agentgateway_core::{
    Body,
    upstream::{Client, Upstream},
};
use bytes::{BufMut as _, Bytes};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, Request, StatusCode, Uri, header, uri::PathAndQuery};
use http_body_util::{BodyExt, Limited};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tonic::{
    Code, Status,
    client::Grpc,
    codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    transport::{Channel, ClientTlsConfig, Endpoint},
};
use tower::ServiceExt;

use super::Target;
use crate::telemetry::settings::OtlpProtocol;

/// The longest answer that is read.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The longest chain of causes that is told.
const MAX_CAUSES: usize = 6;

/// The method of gRPC.
const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// Speaks to a collector.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    /// By gRPC.
    Grpc {
        client: Grpc<Channel>,
        metadata: MetadataMap,
    },
    /// By HTTP.
    Http {
        client: Upstream,
        uri: Uri,
        headers: HeaderMap,
        gzip: bool,
    },
}

/// Why an export failed.
#[derive(Debug)]
pub(crate) struct WireError {
    pub(crate) text: String,
    /// The collector may take the same spans later.
    pub(crate) passing: bool,
    /// The code of gRPC, where the collector said one.
    pub(crate) code: Option<Code>,
    /// The status of HTTP, where the collector said one.
    pub(crate) status: Option<StatusCode>,
}

impl WireError {
    pub(crate) fn passing(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            passing: true,
            code: None,
            status: None,
        }
    }
}

impl Wire {
    /// Speaks to this collector, which is not called yet. Must run within a tokio runtime.
    pub(crate) fn new(target: &Target) -> Result<Self, String> {
        let headers: HeaderMap = target.speaking.headers.iter().cloned().collect();
        let gzip = target.speaking.gzip;
        if !matches!(target.protocol, OtlpProtocol::Grpc) {
            let uri = target
                .url()
                .parse()
                .map_err(|_| format!("{} is no URL", target.url()))?;
            let client = Client::builder().tls().build();
            return Ok(Self::Http {
                client: Upstream::from(client),
                uri,
                headers,
                gzip,
            });
        }
        let wrong = |error: tonic::transport::Error| cause(&error);
        let mut endpoint = Endpoint::from_shared(target.url()).map_err(wrong)?;
        if target.collector.tls {
            let tls = ClientTlsConfig::new().with_enabled_roots();
            endpoint = endpoint.tls_config(tls).map_err(wrong)?;
        }
        let mut client = Grpc::new(endpoint.connect_lazy());
        if gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        Ok(Self::Grpc {
            client,
            metadata: MetadataMap::from_headers(headers),
        })
    }

    /// Sends an encoded `ExportTraceServiceRequest`; says how many of its spans the collector did
    /// not take, and why.
    pub(crate) async fn send(&self, message: Bytes) -> Result<Option<(usize, String)>, WireError> {
        let answer = match self {
            Self::Grpc { client, metadata } => call(client.clone(), metadata, message).await?,
            Self::Http {
                client,
                uri,
                headers,
                gzip,
            } => post(client, uri, headers, *gzip, message).await?,
        };
        Ok(answer.partial_success.and_then(|partial| {
            let rejected = usize::try_from(partial.rejected_spans).unwrap_or_default();
            (rejected > 0).then_some((rejected, partial.error_message))
        }))
    }
}

async fn call(
    mut client: Grpc<Channel>,
    metadata: &MetadataMap,
    message: Bytes,
) -> Result<ExportTraceServiceResponse, WireError> {
    client
        .ready()
        .await
        .map_err(|error| WireError::passing(cause(&error)))?;
    let mut request = tonic::Request::new(message);
    *request.metadata_mut() = metadata.clone();
    let path = PathAndQuery::from_static(EXPORT);
    let answer = client.unary(request, path, Encoded).await;
    Ok(answer.map_err(|status| refused(&status))?.into_inner())
}

/// Messages that are encoded already: what is sent again is not encoded again.
#[derive(Clone, Copy, Debug)]
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = ExportTraceServiceResponse;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = ExportTraceServiceResponse;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let decoded = ExportTraceServiceResponse::decode(buffer);
        decoded
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

async fn post(
    client: &Upstream,
    uri: &Uri,
    headers: &HeaderMap,
    gzip: bool,
    mut message: Bytes,
) -> Result<ExportTraceServiceResponse, WireError> {
    let mut request =
        Request::post(uri.clone()).header(header::CONTENT_TYPE, "application/x-protobuf");
    if gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory cannot fail.
        let written = encoder.write_all(&message);
        if let (Ok(()), Ok(compressed)) = (written, encoder.finish()) {
            message = compressed.into();
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
    }
    let mut request = request
        .body(Body::from(message))
        .map_err(|error| WireError::passing(cause(&error)))?;
    for (name, value) in headers {
        request.headers_mut().insert(name, value.clone());
    }
    let answer = client.clone().oneshot(request).await;
    let answer = answer.map_err(|error| WireError::passing(cause(&error)))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(WireError {
            text: format!("the collector answered {status}"),
            passing: matches!(status.as_u16(), 429 | 502..=504),
            code: None,
            status: Some(status),
        });
    }
    let read = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
        .collect()
        .await;
    let read = read.map_err(|error| WireError::passing(cause(&*error)))?;
    // A collector that took the spans need not be able to say so well.
    Ok(ExportTraceServiceResponse::decode(read.to_bytes()).unwrap_or_default())
}

/// # Source
/// OTLP 1.x, section "Failures": the codes after which a client tries again.
fn refused(status: &Status) -> WireError {
    let passing = matches!(
        status.code(),
        Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss
            // What tonic says of a connection that broke.
            | Code::Unknown
    );
    let mut text = format!("{:?}: {}", status.code(), status.message());
    if let Some(source) = status.source() {
        let _ = write!(text, ": {}", cause(source));
    }
    WireError {
        text,
        passing,
        code: Some(status.code()),
        status: None,
    }
}

/// An error and its causes, each told once.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    for _ in 0..MAX_CAUSES {
        let Some(found) = source else { break };
        let said = found.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        source = found.source();
    }
    text
}
