use std::time::Duration;

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;

use crate::{
    expression::Scalar,
    telemetry::{
        settings::{Collector, OtlpProtocol},
        variables::{Batching, Speaking},
    },
};

/// How long one attempt may take, when nothing says otherwise.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Where spans go, and in whose name: what makes one pipeline another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) collector: Collector,
    pub(crate) protocol: OtlpProtocol,
    pub(crate) speaking: Speaking,
    pub(crate) batching: Batching,
    /// Attributes of the resource; the last of a name counts.
    pub(crate) resource: Vec<(String, Scalar)>,
}

impl Target {
    /// The URL of the collector.
    pub(crate) fn url(&self) -> String {
        match &self.protocol {
            OtlpProtocol::Grpc => self.collector.to_string(),
            OtlpProtocol::Http { path } => format!("{}{path}", self.collector),
        }
    }

    /// The name of the protocol.
    pub(crate) const fn protocol_name(&self) -> &'static str {
        match self.protocol {
            OtlpProtocol::Grpc => "grpc",
            OtlpProtocol::Http { .. } => "http/protobuf",
        }
    }

    /// How long one attempt may take.
    pub(crate) fn attempt(&self) -> Duration {
        self.speaking.timeout.unwrap_or(ATTEMPT)
    }

    /// What looks wrong about it.
    pub(crate) fn warning(&self) -> Option<String> {
        let port = self.collector.authority.rsplit(':').next()?;
        let advice = match (&self.protocol, port) {
            (OtlpProtocol::Grpc, "4318") => "usually speaks HTTP; for gRPC it is usually 4317",
            (OtlpProtocol::Http { .. }, "4317") => {
                "usually speaks gRPC; for HTTP it is usually 4318"
            }
            _ => return None,
        };
        let protocol = self.protocol_name();
        Some(format!(
            "spans go to {} by {protocol}, but port {port} {advice}",
            self.url()
        ))
    }

    pub(crate) fn resource(&self) -> Resource {
        let sdk = [
            ("telemetry.sdk.language", "rust"),
            ("telemetry.sdk.name", "opentelemetry"),
        ];
        let named = self.resource.iter();
        Resource::builder_empty()
            .with_attributes(sdk.map(|(key, value)| KeyValue::new(key, value)))
            .with_attributes(named.map(|(key, value)| KeyValue::new(key.clone(), attribute(value))))
            .build()
    }
}

/// The value of an attribute.
pub(crate) fn attribute(value: &Scalar) -> Value {
    match value {
        Scalar::Bool(truth) => (*truth).into(),
        Scalar::Int(number) => (*number).into(),
        Scalar::Double(number) => (*number).into(),
        Scalar::Text(text) => text.clone().into(),
    }
}
