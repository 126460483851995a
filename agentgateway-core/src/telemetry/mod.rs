//! Spans of HTTP exchanges, and W3C trace context in and out.
//!
//! [`TelemetryLayer`] opens a span per exchange and closes it when the answer's body has ended:
//! [`TelemetryLayer::server`] stands outside, for the client's hop; [`TelemetryLayer::client`] stands
//! around the client of a service, for each attempt upstream. What a span is called and what it
//! records is an [`Instrument`]'s work; the protocol crates bring their own.
//!
//! Spans are `tracing` spans in the fields that `tracing-opentelemetry` reads (`otel.name`,
//! `otel.kind`, `otel.status_code`). Nothing is installed here: without a subscriber a span costs a
//! branch. How a remote parent is set and read depends on the subscriber, hence the trait
//! [`Propagate`]; with the feature `otel`, `OtelPropagation` is the one for `tracing-opentelemetry`.
//!
//! # Reads / Writes
//! `server` reads `traceparent`, `tracestate` and `baggage` and writes [`Propagation`] into the
//! request's extensions; `client` reads it from there and writes the headers. `client` also reads
//! [`Attempt`](crate::context::Attempt): what is sent again has `http.request.resend_count` in its span.
//!
//! # Source
//! W3C Trace Context level 1, sections 3.2 and 3.3; OpenTelemetry semantic conventions, HTTP spans.

mod http_spans;
mod instrument;
mod layer;
#[cfg(feature = "otel")]
mod otel;
mod propagate;
mod service;
#[cfg(test)]
mod tests;
mod trace_context;

#[cfg(feature = "otel")]
#[cfg_attr(docsrs, doc(cfg(feature = "otel")))]
pub use self::otel::OtelPropagation;
pub use self::{
    http_spans::{HttpClient, HttpServer, record_target},
    instrument::{Instrument, record_end},
    layer::TelemetryLayer,
    propagate::{Propagate, Propagation},
    service::{AttemptSpan, ResponseBody, ResponseFuture, SpanEnd, Telemetry},
    trace_context::TraceContext,
};
