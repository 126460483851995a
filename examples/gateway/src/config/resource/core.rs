//! Kinds of Kubernetes itself: Namespace, Service, EndpointSlice, Secret, ConfigMap.
//!
//! They are read leniently: of their many fields, those alone that a gateway needs.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// `Namespace`: nothing but its metadata is read.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Namespace {}

/// `Service.spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-also" = ["clusterIPs", "externalIPs"]))]
#[non_exhaustive]
pub struct ServiceSpec {
    /// The ports.
    #[serde(default)]
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["port", "protocol"]))]
    pub ports: Vec<ServicePort>,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort", null]))]
    pub kind: Option<String>,
    /// `None` for a headless Service.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<String>,
    /// The name that an `ExternalName` stands for.
    pub external_name: Option<String>,
    /// The pods behind it; only for readers here.
    #[serde(default)]
    pub selector: BTreeMap<String, String>,
}

/// `Service`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Service {
    /// What it serves.
    #[serde(default)]
    pub spec: ServiceSpec,
}

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServicePort {
    /// Its name, unique in the Service.
    pub name: Option<String>,
    /// Its number.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// The port of the pods, a number or a name.
    pub target_port: Option<serde_json::Value>,
    /// What is spoken: `agentgateway.dev/a2a`, `agentgateway.dev/mcp`, `kubernetes.io/h2c`, ...
    pub app_protocol: Option<String>,
    /// `TCP`, `UDP` or `SCTP`.
    #[schemars(extend("enum" = ["TCP", "UDP", "SCTP", null]))]
    pub protocol: Option<String>,
}

/// `EndpointSlice`, `discovery.k8s.io/v1`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EndpointSlice {
    /// `IPv4`, `IPv6` or `FQDN`.
    #[serde(default)]
    pub address_type: String,
    /// The endpoints.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// The ports that all of them have.
    #[serde(default)]
    pub ports: Vec<EndpointPort>,
}

/// One endpoint.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Endpoint {
    /// Its addresses, of which the first counts.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Whether it may be used.
    #[serde(default)]
    pub conditions: EndpointConditions,
}

/// Whether an endpoint may be used.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EndpointConditions {
    /// Ready; absent, it is so unless one of the others says something else.
    pub ready: Option<bool>,
    /// Able to answer, also while it ends; absent counts as true.
    pub serving: Option<bool>,
    /// About to end: used only while none is ready.
    pub terminating: Option<bool>,
}

/// A port of all endpoints of a slice.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EndpointPort {
    /// The name of the Service's port.
    #[serde(default)]
    pub name: Option<String>,
    /// The number.
    pub port: Option<u16>,
    /// What is spoken.
    pub app_protocol: Option<String>,
}

/// `Secret`. Its `Debug` shows no value.
#[derive(Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Secret {
    /// What it is for: `Opaque`, `kubernetes.io/tls`, ...
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Values in base64.
    #[serde(default)]
    #[schemars(extend("x-secret" = true))]
    pub data: BTreeMap<String, String>,
    /// Values as they are; they beat those of `data`.
    #[serde(default)]
    #[schemars(extend("x-secret" = true))]
    pub string_data: BTreeMap<String, String>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.data.keys().chain(self.string_data.keys()).collect();
        f.debug_struct("Secret")
            .field("keys", &names)
            .finish_non_exhaustive()
    }
}

/// `ConfigMap`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConfigMap {
    /// Its values.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
}
