//! The configuration room from manifests to snapshot.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which are to fail loudly"
)]

mod accepted;
mod fixtures;
mod order;
mod refused;

use agentgateway::config::{File, Report, Snapshot, load};

/// A class and a Gateway with one listener that takes routes of all namespaces.
const GATEWAY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agentgateway}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: agentgateway
  listeners:
  - {name: http, port: 8080, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
";

/// A static backend in the namespace of the routes.
const BACKEND: &str = "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: web, namespace: apps}
spec: {static: {host: 127.0.0.1, port: 3000}}
";

/// A route `apps/web` whose rules are these lines of YAML, in flow style.
fn route(rules: &str) -> String {
    route_with("{name: edge, namespace: infra}", rules)
}

fn route_with(parent: &str, rules: &str) -> String {
    format!(
        "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: web, namespace: apps}}
spec:
  parentRefs: [{parent}]
  rules: [{rules}]
"
    )
}

/// A reference to the backend of [`BACKEND`].
const TO_WEB: &str =
    "backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: web}]";

/// An `AgentgatewayBackend` `apps/it` with this spec, in flow style.
fn backend(spec: &str) -> String {
    format!(
        "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {{name: it, namespace: apps}}
spec: {spec}
"
    )
}

fn load_text(text: &str) -> Result<Snapshot, Report> {
    load([File::new("m.yaml", text)].as_slice())
}

/// Documents as one text.
fn joined<T: AsRef<str>>(documents: &[T]) -> String {
    documents
        .iter()
        .map(AsRef::as_ref)
        .collect::<Vec<_>>()
        .join("\n---\n")
}

/// What is said of these documents beside a valid Gateway and backend, without the file's name.
fn said(documents: &[&str]) -> Vec<String> {
    let text = joined(&[&[GATEWAY, BACKEND], documents].concat());
    let report = load_text(&text).expect_err("must be refused");
    let texts = report.problems.iter().map(ToString::to_string);
    texts
        .map(|text| text.trim_start_matches("m.yaml, ").to_owned())
        .collect()
}
