//! Objects of manifests that many tests need, as YAML. Several are joined by [`SEPARATOR`].

/// What stands between two objects.
pub const SEPARATOR: &str = "---\n";

/// A field of a rule: what is behind the route's prefix begins at the root.
pub const FROM_THE_ROOT: &str = "filters: [{type: URLRewrite, urlRewrite: {path: {type: \
                                 ReplacePrefixMatch, replacePrefixMatch: /}}}]";

/// The target of a policy: a Gateway's listener.
#[must_use]
pub fn of_listener(name: &str) -> String {
    format!(
        "{{group: gateway.networking.k8s.io, kind: Gateway, name: gateway, sectionName: {name}}}"
    )
}

/// The target of a policy: a route.
#[must_use]
pub fn of_route(name: &str) -> String {
    format!("{{group: gateway.networking.k8s.io, kind: HTTPRoute, name: {name}}}")
}

/// A policy with this field of its spec.
#[must_use]
pub fn policy(name: &str, target: &str, field: &str) -> String {
    format!(
        "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {{name: {name}, namespace: default}}
spec:
  targetRefs: [{target}]
  {field}
"
    )
}

/// The spec of a backend on this machine, with further fields of it.
#[must_use]
pub fn at(port: u16, fields: &str) -> String {
    format!("{{static: {{host: 127.0.0.1, port: {port}}}, {fields}}}")
}

/// A backend with this spec.
#[must_use]
pub fn backend(name: &str, spec: &str) -> String {
    format!(
        "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {{name: {name}, namespace: default}}
spec: {spec}
"
    )
}

/// A backend with this spec, and a route of this listener to it, by the prefix that is their name. The rule
/// has this field too.
#[must_use]
pub fn served(listener: &str, name: &str, spec: &str, field: &str) -> String {
    routed(listener, name, &format!("/{name}"), spec, field)
}

/// A backend with this spec, and a route of this listener to it, by a prefix. The rule has this field too.
#[must_use]
pub fn routed(listener: &str, name: &str, prefix: &str, spec: &str, field: &str) -> String {
    format!(
        "{}{SEPARATOR}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}, namespace: default}}
spec:
  parentRefs: [{{name: gateway, sectionName: {listener}}}]
  rules:
  - matches: [{{path: {{type: PathPrefix, value: {prefix}}}}}]
    backendRefs: [{{group: agentgateway.dev, kind: AgentgatewayBackend, name: {name}}}]
    {field}
",
        backend(name, spec)
    )
}
