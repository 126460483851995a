//! AgentgatewayBackend.

use super::node::{Fields, Node};
use super::{checks, provider};
use crate::config::old::model::{BackendSpec, Spec};
use crate::config::old::snapshot::Backend;

const KINDS: &[&str] = &["ai", "static", "dynamicForwardProxy", "mcp", "aws", "a2a"];

/// `name` is the backend's own, which a provider without a name takes.
pub(super) fn backend(spec: &Node<'_>, name: &str) -> Option<Spec> {
    let known = ["ai", "static", "mcp", "a2a", "policies"];
    let fields = spec.fields(&known, &["aws", "dynamicForwardProxy"])?;
    let (kind, node) = fields.exactly_one(KINDS)?;
    let policies = fields.optional("policies");
    if let Some(policies) = policies.filter(|_| kind != "ai") {
        policies.problem(format!(
            "policies of a backend of kind \"{kind}\" are not supported yet"
        ));
    }
    let spec = match kind {
        "ai" => provider::ai(node, policies, name).map(BackendSpec::Ai),
        "mcp" => mcp(node).map(BackendSpec::Ready),
        "a2a" => plain(node, &[]).map(|at| BackendSpec::Ready(Backend::A2a(at))),
        "static" => plain(node, &["unixPath"]).map(|at| BackendSpec::Ready(Backend::Static(at))),
        // Named as unsupported by `fields` above.
        _ => None,
    };
    spec.map(Spec::Backend)
}

fn plain(node: &Node<'_>, unsupported: &[&str]) -> Option<crate::config::old::HostPort> {
    checks::host_port(&node.fields(&["host", "port"], unsupported)?)
}

/// One MCP server. With a single target the modes differ in nothing but what is refused here.
fn mcp(node: &Node<'_>) -> Option<Backend> {
    let known = ["targets", "sessionRouting", "failureMode", "prefixMode"];
    let fields = node.fields(&known, &[])?;
    mode(&fields, "sessionRouting", &["Stateful"], &["Stateless"]);
    mode(&fields, "failureMode", &["FailClosed"], &["FailOpen"]);
    mode(
        &fields,
        "prefixMode",
        &["Conditional", "Never"],
        &["Always"],
    );
    let node = fields.required("targets")?;
    let targets = node.items()?;
    let decoded: Vec<_> = targets.iter().map(target).collect();
    if targets.len() > 1 {
        let message = format!(
            "several targets are not supported yet, found {}",
            targets.len()
        );
        node.problem_with_hint(message, "give one");
    } else if targets.is_empty() {
        node.problem("must have one item, found 0");
    }
    decoded.into_iter().next().flatten()
}

fn mode(fields: &Fields<'_>, name: &str, known: &[&str], unsupported: &[&str]) {
    let known: Vec<_> = known.iter().map(|word| (*word, ())).collect();
    if let Some(node) = fields.optional(name) {
        node.choice(&known, unsupported);
    }
}

fn target(node: &Node<'_>) -> Option<Backend> {
    let fields = node.fields(&["name", "static"], &["selector"])?;
    let name = fields.required("name").and_then(checks::object_name);
    let (kind, inner) = fields.exactly_one(&["selector", "static"])?;
    if kind == "selector" {
        return None;
    }
    let known = ["host", "port", "path", "protocol"];
    let fields = inner.fields(&known, &["backendRef", "policies"])?;
    let target = checks::host_port(&fields);
    let path = match fields.optional("path") {
        Some(path) => checks::absolute_path(path),
        None => Some("/mcp".to_owned()),
    };
    mode(&fields, "protocol", &["StreamableHTTP"], &["SSE"]);
    Some(Backend::Mcp {
        target: target?,
        path: path?,
        name: name?,
    })
}
