//! Logs, traces and access logs: what is installed once, by the binary, and replaced while it runs.
//!
//! # Traces
//! Each listener is traced as its [`TracingState`] says: by the variables `OTEL_*` alone, by a
//! policy, or, where a policy's backendRef is refused, not at all. A request belongs to the listener
//! that its host chooses ([`SocketTracing::layer`]); the spans inside follow it by the context that
//! they begin in. Which requests are traced is told in the table below. A collector that is down
//! costs requests nothing: spans wait in a bounded queue, and those that do not fit are counted.
//!
//! | policy | request | decided by |
//! |---|---|---|
//! | none | any | `OTEL_TRACES_SAMPLER`; unset: `parentbased_always_on`; no endpoint: never |
//! | holds | without a trace | `randomSampling`; absent: the environment's sampler where it is named, else never |
//! | holds | with a trace | `clientSampling`; absent: what the client recorded is recorded |
//! | denied | any | never |
//!
//! The variables are read here and handed on: the process environment over the `env` of an
//! AgentgatewayParameters ([`Environment`]).
//!
//! # Logs
//! On standard error, or in a file, which is opened anew when it was moved away; the level by
//! `RUST_LOG`, else by the manifests, else `info`. A thread writes them; what finds no room is counted
//! and left out, and no request waits.
//!
//! # Access log
//! Off unless a policy asks for it: a line of JSON an exchange on standard output, or of text on a
//! terminal; among the logs where these are in a file. See [`AccessLogLayer`].

pub mod access_log;
mod environment;
mod log_file;
mod logs;
mod otlp;
mod plan;
mod probe;
mod processor;
mod report;
mod sampling;
mod scope;
pub mod server;
mod settings;
mod setup;
mod sink;
mod slot;
mod socket;
mod stats;
mod variables;

pub use self::{
    access_log::AccessLogLayer,
    environment::{Environment, Variable, VariableOrigin},
    probe::{ProbeReport, ProbeStep, probe},
    report::{ExporterReport, SamplerReport, TracingReport},
    sampling::Described,
    scope::{GatewayName, Scope},
    server::{Opened, OpenedServer, TraceLayer},
    settings::{
        AccessLogPolicy, Collector, LogFormat, Logging, OtlpProtocol, TelemetrySettings,
        TracingPolicy, TracingState,
    },
    setup::{Tracing, TracingError},
    socket::SocketTracing,
    stats::ExportStats,
};
pub(crate) use self::{
    logs::{LEVELS, is_level},
    variables::doubts,
};
