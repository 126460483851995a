//! Checks that several kinds share: names, hosts, paths.

use std::net::IpAddr;

use super::node::{Fields, Node};
use crate::config::old::snapshot::{HostPort, Hostname};
use crate::config::old::suggest::quoted;

/// Whether this is a DNS subdomain: labels in lower case with dots between.
fn is_subdomain(value: &str) -> bool {
    value.len() <= 253 && value.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    crate::config::old::snapshot::is_label(label)
}

/// The name of an object, a listener, a rule or a target.
pub(super) fn object_name(node: &Node<'_>) -> Option<String> {
    let name = node.text()?;
    if is_subdomain(name) {
        return Some(name.to_owned());
    }
    node.problem_with_hint(
        format!("{} is not a name", quoted(name)),
        "use lower case letters, digits, \"-\" and \".\"",
    );
    None
}

/// A namespace.
pub(super) fn label(node: &Node<'_>) -> Option<String> {
    let name = node.text()?;
    if is_label(name) && name.len() <= 63 {
        return Some(name.to_owned());
    }
    node.problem_with_hint(
        format!("{} is not a namespace", quoted(name)),
        "use up to 63 lower case letters, digits and \"-\"",
    );
    None
}

/// A hostname, exact or with `*.` in front.
pub(super) fn hostname(node: &Node<'_>) -> Option<Hostname> {
    let value = node.text()?;
    let parsed = Hostname::parse(value);
    if parsed.is_none() {
        node.problem_with_hint(
            format!("{} is not a hostname", quoted(value)),
            "write it in lower case without port, as in \"example.com\" or \"*.example.com\"",
        );
    }
    parsed
}

/// The required fields `host` and `port` of an object.
pub(super) fn host_port(fields: &Fields<'_>) -> Option<HostPort> {
    let host = fields.required("host").and_then(host);
    let port = fields.required("port").and_then(Node::port);
    Some(HostPort::new(host?, port?))
}

/// A host to connect to: a name or an address, and nothing around it.
pub(super) fn host(node: &Node<'_>) -> Option<String> {
    let value = node.filled(256)?;
    let address = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(value);
    if address.parse::<IpAddr>().is_ok() {
        return Some(address.to_owned());
    }
    let name = value.strip_suffix('.').unwrap_or(value);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if name
        .split('.')
        .all(|label| !label.is_empty() && label.bytes().all(plain))
    {
        return Some(value.to_owned());
    }
    // What stands before an "@" may be a password.
    let shown = if value.contains('@') {
        "this".to_owned()
    } else {
        quoted(value)
    };
    node.problem_with_hint(
        format!("{shown} is not a host"),
        "write a name or an address alone, without scheme, port and path",
    );
    None
}

/// A path of a URL that is sent as it stands.
pub(super) fn absolute_path(node: &Node<'_>) -> Option<String> {
    let value = node.filled(1_024)?;
    path_fault(value).map_or_else(
        || Some(value.to_owned()),
        |fault| {
            node.problem(fault);
            None
        },
    )
}

/// What is wrong with a path, if anything.
///
/// # Source
/// Gateway API v1, the validation rules of `HTTPPathMatch`.
pub(super) fn path_fault(value: &str) -> Option<String> {
    if !value.starts_with('/') {
        let right = format!("/{value}");
        return Some(format!(
            "{} must start with \"/\", as {} does",
            quoted(value),
            quoted(&right)
        ));
    }
    let inner = ["//", "/./", "/../", "%2f", "%2F", "#"];
    if let Some(part) = inner.iter().find(|part| value.contains(**part)) {
        return Some(format!("{} must not contain \"{part}\"", quoted(value)));
    }
    if let Some(end) = ["/..", "/."].iter().find(|end| value.ends_with(**end)) {
        return Some(format!("{} must not end with \"{end}\"", quoted(value)));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@%".contains(&byte);
    let escaped = value.split('%').skip(1).all(|rest| {
        rest.as_bytes()
            .get(..2)
            .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    });
    if !value.bytes().all(legal) || !escaped {
        return Some(format!(
            "{} has a character that a path must percent-encode",
            quoted(value)
        ));
    }
    None
}
