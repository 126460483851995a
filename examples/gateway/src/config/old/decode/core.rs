//! The core kinds: Secret and Service.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_yaml_ng::Value;

use super::checks;
use super::node::{Fields, Node};
use crate::config::old::model::{ServicePort, ServiceSpec, Spec};
use crate::config::old::snapshot::Secret;

/// Fields of a Service that concern the cluster and not who connects to it.
const SERVICE_OF_THE_CLUSTER: &[&str] = &[
    "allocateLoadBalancerNodePorts",
    "clusterIPs",
    "externalIPs",
    "externalName",
    "externalTrafficPolicy",
    "healthCheckNodePort",
    "internalTrafficPolicy",
    "ipFamilies",
    "ipFamilyPolicy",
    "loadBalancerClass",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "publishNotReadyAddresses",
    "selector",
    "sessionAffinity",
    "sessionAffinityConfig",
    "trafficDistribution",
];

/// The values of a Secret. `stringData` comes before `data`, as it does for the API server.
pub(super) fn secret(top: &Fields<'_>) -> Option<Spec> {
    let mut values = BTreeMap::new();
    if let Some(data) = top.optional("data").and_then(Node::entries) {
        for (name, node) in data.iter() {
            let Some(text) = node.text() else { continue };
            match decoded(text) {
                Some(value) => drop(values.insert(name.to_owned(), Secret::new(value))),
                None => node.problem_with_hint(
                    "is not base64 of UTF-8 text",
                    "write plain text under stringData",
                ),
            }
        }
    }
    if let Some(data) = top.optional("stringData").and_then(Node::entries) {
        for (name, node) in data.iter() {
            values.extend(node.text().map(|text| (name.to_owned(), Secret::new(text))));
        }
    }
    Some(Spec::Secret(values))
}

fn decoded(text: &str) -> Option<String> {
    let compact: String = text
        .chars()
        .filter(|char| !char.is_ascii_whitespace())
        .collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

pub(super) fn service(spec: &Node<'_>, annotations: &BTreeMap<String, String>) -> Option<Spec> {
    let known = [&["ports", "type", "clusterIP"], SERVICE_OF_THE_CLUSTER].concat();
    let fields = spec.fields(&known, &[])?;
    let text = |name| {
        fields
            .optional(name)
            .and_then(Node::text)
            .unwrap_or_default()
    };
    let (external, headless) = (text("type") == "ExternalName", text("clusterIP") == "None");
    let ports = match fields.optional("ports") {
        Some(node) => node.items()?.iter().filter_map(port).collect(),
        None => Vec::new(),
    };
    let own = |name: &str| {
        annotations
            .get(&format!("agentgateway.dev/{name}"))
            .cloned()
    };
    Some(Spec::Service(ServiceSpec {
        ports,
        external,
        headless,
        mcp_path: own("mcp-path"),
        mcp_name: own("mcp-target-name"),
    }))
}

fn port(node: &Node<'_>) -> Option<ServicePort> {
    let known = [
        "name",
        "port",
        "targetPort",
        "appProtocol",
        "protocol",
        "nodePort",
    ];
    let fields = node.fields(&known, &[])?;
    let port = fields.required("port").and_then(Node::port);
    let name = fields.optional("name").map(checks::object_name);
    let app_protocol = fields.optional("appProtocol").map(|node| node.filled(253));
    let target = fields.optional("targetPort");
    Some(ServicePort {
        name: name.flatten(),
        port: port?,
        app_protocol: app_protocol.flatten().map(str::to_owned),
        remapped: target.is_some_and(|target| target.value() != &Value::from(port.unwrap_or(0))),
    })
}
