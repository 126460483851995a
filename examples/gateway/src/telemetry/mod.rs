//! Logs and traces: what is installed once, by the binary.
//!
//! Spans go to the collector that `OTEL_EXPORTER_OTLP_ENDPOINT` (or
//! `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) names, over gRPC; `OTEL_TRACES_SAMPLER` and
//! `OTEL_TRACES_SAMPLER_ARG` choose which. Without an endpoint no span is recorded. A collector that
//! is down costs requests nothing: spans wait in a bounded queue, and those that do not fit are
//! counted.

mod environment;
mod export;
mod queue;
mod settings;
mod setup;

pub use self::{
    environment::{Environment, Variable, VariableOrigin},
    export::ExportStats,
    settings::{
        AccessLogPolicy, Collector, GatewayName, LogFormat, Logging, OtlpProtocol,
        TelemetrySettings, TracingPolicy, TracingState,
    },
    setup::{Tracing, TracingError},
};
