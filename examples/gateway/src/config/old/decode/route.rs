//! HTTPRoute.

use super::checks;
use super::gateway::listed;
use super::node::{Fields, Node};
use crate::config::old::model::{BackendRef, Key, ParentRef, RouteSpec, RuleSpec, Spec};
use crate::config::old::snapshot::PathMatch;
use crate::config::old::suggest::quoted;

const FILTERS: &[&str] = &[
    "CORS",
    "ExtensionRef",
    "ExternalAuth",
    "RequestHeaderModifier",
    "RequestMirror",
    "RequestRedirect",
    "ResponseHeaderModifier",
];

/// `namespace` is the route's own, which its references default to.
pub(super) fn route(spec: &Node<'_>, namespace: &str) -> Option<Spec> {
    let fields = spec.fields(
        &["parentRefs", "hostnames", "rules"],
        &["useDefaultGateways"],
    )?;
    let parents = fields
        .required("parentRefs")
        .and_then(|node| parents(node, namespace));
    let hostnames = match fields.optional("hostnames") {
        Some(node) => node.items()?.iter().filter_map(checks::hostname).collect(),
        None => Vec::new(),
    };
    let rules = fields.required("rules").and_then(|node| listed(node, 16));
    let rules: Option<Vec<_>> = rules.map(|rules| {
        rules
            .iter()
            .filter_map(|node| rule(node, namespace))
            .collect()
    });
    Some(Spec::HttpRoute(RouteSpec {
        parents: parents?,
        hostnames,
        rules: rules?,
    }))
}

fn parents(node: &Node<'_>, namespace: &str) -> Option<Vec<ParentRef>> {
    let nodes = listed(node, 32)?;
    let mut parents: Vec<ParentRef> = Vec::new();
    for node in &nodes {
        let Some(parent) = parent(node, namespace) else {
            continue;
        };
        let same = |other: &&ParentRef| other.gateway == parent.gateway;
        let shares = |other: &ParentRef| {
            other.port == parent.port
                && (other.section == parent.section
                    || other.section.is_none()
                    || parent.section.is_none())
        };
        if parents.iter().filter(same).any(shares) {
            node.problem_with_hint(
                format!("refers to Gateway {} a second time", parent.gateway),
                "give each of these references a sectionName of its own",
            );
        }
        parents.push(parent);
    }
    Some(parents)
}

fn parent(node: &Node<'_>, namespace: &str) -> Option<ParentRef> {
    let known = ["group", "kind", "name", "namespace", "sectionName", "port"];
    let fields = node.fields(&known, &[])?;
    if let Some(group) = fields.optional("group") {
        group.choice(&[("gateway.networking.k8s.io", ())], &[""]);
    }
    if let Some(kind) = fields.optional("kind") {
        kind.choice(&[("Gateway", ())], &["ListenerSet", "Service"]);
    }
    let name = fields.required("name").and_then(checks::object_name);
    let section = fields.optional("sectionName").map(checks::object_name);
    let port = fields.optional("port").map(Node::port);
    let namespace = referred_namespace(&fields, namespace)?;
    Some(ParentRef {
        gateway: Key::new(namespace, name?),
        section: section.flatten(),
        port: port.flatten(),
    })
}

fn referred_namespace(fields: &Fields<'_>, own: &str) -> Option<String> {
    match fields.optional("namespace") {
        Some(node) => checks::label(node),
        None => Some(own.to_owned()),
    }
}

fn rule(node: &Node<'_>, namespace: &str) -> Option<RuleSpec> {
    let known = ["name", "matches", "filters", "backendRefs", "timeouts"];
    let fields = node.fields(&known, &["retry", "sessionPersistence"])?;
    let name = fields.optional("name").map(checks::object_name);
    let matches = matches(&fields);
    let rewrite_prefix = filters(&fields);
    let no_timeout = fields.optional("timeouts").is_some_and(no_timeouts);
    let backend = backend(&fields, namespace);
    let matches = matches?;
    if rewrite_prefix.is_some() && !matches!(matches.as_slice(), [PathMatch::Prefix(_)]) {
        let message = "a rule with ReplacePrefixMatch must have exactly one match, a PathPrefix";
        fields.node().problem_with_hint(message, "split the rule");
    }
    Some(RuleSpec {
        name: name.flatten(),
        matches,
        rewrite_prefix,
        no_timeout,
        backend: backend?,
    })
}

/// The matches of a rule; all paths where none are given.
fn matches(fields: &Fields<'_>) -> Option<Vec<PathMatch>> {
    let all = || PathMatch::Prefix("/".to_owned());
    let nodes = match fields.optional("matches") {
        Some(node) => node.items()?,
        None => Vec::new(),
    };
    if nodes.is_empty() {
        return Some(vec![all()]);
    }
    let mut matches = Vec::new();
    for node in nodes {
        let Some(inner) = node.fields(&["path"], &["headers", "method", "queryParams"]) else {
            continue;
        };
        match inner.optional("path") {
            Some(path) => matches.extend(path_match(path)),
            None => matches.push(all()),
        }
    }
    Some(matches)
}

fn path_match(node: &Node<'_>) -> Option<PathMatch> {
    let fields = node.fields(&["type", "value"], &[])?;
    let exact = match fields.optional("type") {
        Some(kind) => kind.choice(
            &[("PathPrefix", false), ("Exact", true)],
            &["RegularExpression"],
        ),
        None => Some(false),
    };
    let value = match fields.optional("value") {
        Some(value) => checks::absolute_path(value),
        None => Some("/".to_owned()),
    };
    Some(if exact? {
        PathMatch::Exact(value?)
    } else {
        PathMatch::Prefix(value?)
    })
}

/// What the rule's filters replace the prefix with, if they do.
fn filters(fields: &Fields<'_>) -> Option<String> {
    let nodes = fields.optional("filters").and_then(Node::items)?;
    let mut rewrite = None;
    for node in &nodes {
        let Some(found) = filter(node) else { continue };
        if rewrite.replace(found).is_some() {
            node.problem("a second URLRewrite in one rule");
        }
    }
    rewrite
}

fn filter(node: &Node<'_>) -> Option<String> {
    let top = node.entries()?;
    let kind = top.required("type")?;
    kind.choice(&[("URLRewrite", ())], FILTERS)?;
    let fields = node.fields(&["type", "urlRewrite"], &[])?;
    let rewrite = fields
        .required("urlRewrite")?
        .fields(&["path"], &["hostname"])?;
    let path = rewrite
        .required("path")?
        .fields(&["type", "replacePrefixMatch"], &["replaceFullPath"])?;
    path.required("type")?
        .choice(&[("ReplacePrefixMatch", ())], &["ReplaceFullPath"])?;
    let node = path.required("replacePrefixMatch")?;
    let replacement = node.text()?;
    let fault = match replacement {
        "" => None,
        _ => checks::path_fault(replacement),
    };
    match fault {
        Some(fault) => {
            node.problem(fault);
            None
        }
        None => Some(replacement.to_owned()),
    }
}

/// Accepts only `0s`, which turns the gateway's own timeouts off. True when one is given.
fn no_timeouts(node: &Node<'_>) -> bool {
    let Some(fields) = node.fields(&["request", "backendRequest"], &[]) else {
        return false;
    };
    let mut off = false;
    for (_, node) in fields.iter() {
        match node.text() {
            None => {}
            Some("0s" | "0m" | "0h" | "0ms") => off = true,
            Some(value) => node.problem_with_hint(
                format!("a timeout of {} is not supported yet", quoted(value)),
                "only \"0s\", no timeout, is",
            ),
        }
    }
    off
}

fn backend(fields: &Fields<'_>, namespace: &str) -> Option<BackendRef> {
    let node = fields.required("backendRefs")?;
    let nodes = node.items()?;
    let [only] = nodes.as_slice() else {
        match nodes.len() {
            0 => node.problem("must have one item, found 0"),
            count => node.problem_with_hint(
                format!("several backendRefs are not supported yet, found {count}"),
                "give one",
            ),
        }
        return None;
    };
    let known = ["group", "kind", "name", "namespace", "port", "weight"];
    let fields = only.fields(&known, &["filters"])?;
    if let Some(weight) = fields.optional("weight")
        && weight.integer(0, 1_000_000) == Some(0)
    {
        weight.problem("a weight of 0 on the only backend leaves none to answer");
    }
    let name = fields.required("name").and_then(checks::object_name);
    let port = fields.optional("port").map(Node::port);
    let to = referred_namespace(&fields, namespace)?;
    if to != namespace {
        cross_namespace(&fields, namespace, &to);
        return None;
    }
    let service = is_service(&fields)?;
    let key = Key::new(to, name?);
    if !service {
        return Some(BackendRef::Backend(key));
    }
    if port.is_none() {
        only.problem("field \"port\" is required for a Service");
    }
    Some(BackendRef::Service(key, port??))
}

/// Whether the reference is to a Service, and not to an AgentgatewayBackend.
fn is_service(fields: &Fields<'_>) -> Option<bool> {
    let text = |name| {
        fields
            .optional(name)
            .map(|node| node.text())
            .unwrap_or(Some(""))
    };
    let (group, kind) = (text("group")?, text("kind")?);
    let hint = "give kind Service, or group agentgateway.dev and kind AgentgatewayBackend";
    match (group, kind) {
        ("", "" | "Service") => return Some(true),
        ("agentgateway.dev", "AgentgatewayBackend") => return Some(false),
        ("", "AgentgatewayBackend") => fields.node().problem_with_hint(
            "AgentgatewayBackend is of no core group",
            "add group: agentgateway.dev",
        ),
        _ => fields.node().problem_with_hint(
            format!(
                "a backend of group {} and kind {} is not supported",
                quoted(group),
                quoted(kind)
            ),
            hint,
        ),
    }
    None
}

fn cross_namespace(fields: &Fields<'_>, from: &str, to: &str) {
    let node = fields.optional("namespace").unwrap_or(fields.node());
    node.problem_with_hint(
        format!(
            "a route in namespace \"{from}\" may use a backend in namespace \"{to}\" only by a \
             ReferenceGrant in \"{to}\", and ReferenceGrant is not supported yet"
        ),
        format!("move the backend to namespace \"{from}\", or the route to \"{to}\""),
    );
}
