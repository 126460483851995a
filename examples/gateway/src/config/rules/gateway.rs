//! Rules of Gateway.

use std::collections::{BTreeMap, BTreeSet};

use super::Sheet;
use crate::config::object::field::{item, member};
use crate::config::resource::{Address, GatewaySpec, ListenerSpec, TlsMode};

pub(super) fn check(spec: &GatewaySpec, sheet: &mut Sheet<'_>) {
    for (index, listener) in spec.listeners.iter().enumerate() {
        self::listener(listener, &item("spec.listeners", index), sheet);
    }
    distinct_listeners(&spec.listeners, sheet);
    addresses(&spec.addresses, sheet);
    if let Some(infrastructure) = &spec.infrastructure {
        keys(
            infrastructure.labels.keys(),
            "spec.infrastructure.labels",
            "Label",
            sheet,
        );
        let annotations = infrastructure.annotations.keys();
        keys(
            annotations,
            "spec.infrastructure.annotations",
            "Annotation",
            sheet,
        );
    }
}

fn listener(listener: &ListenerSpec, path: &str, sheet: &mut Sheet<'_>) {
    let bare = listener.tls.as_ref().is_some_and(|tls| {
        tls.mode == TlsMode::Terminate && tls.certificate_refs.is_empty() && tls.options.is_empty()
    });
    sheet.fault_if(
        bare,
        &member(path, "tls"),
        "certificateRefs or options must be specified when mode is Terminate",
    );
}

fn distinct_listeners(listeners: &[ListenerSpec], sheet: &mut Sheet<'_>) {
    let mut seen = BTreeMap::new();
    for (index, listener) in listeners.iter().enumerate() {
        let identity = (listener.port, &listener.protocol, &listener.hostname);
        if let Some(first) = seen.get(&identity) {
            sheet.fault_with(
                &item("spec.listeners", index),
                "Combination of port, protocol and hostname must be unique for each listener",
                format!("listener {first:?} has the same"),
            );
        } else {
            seen.insert(identity, listener.name.as_str());
        }
    }
}

fn addresses(addresses: &[Address], sheet: &mut Sheet<'_>) {
    let mut seen = BTreeSet::new();
    for (index, address) in addresses.iter().enumerate() {
        let path = member(&item("spec.addresses", index), "value");
        let known = matches!(address.kind.as_str(), "IPAddress" | "Hostname");
        if known && !address.value.is_empty() && !seen.insert((&address.kind, &address.value)) {
            sheet.fault(&path, format!("{} values must be unique", address.kind));
        }
        sheet.fault_if(
            address.kind == "Hostname" && !is_hostname(&address.value),
            &path,
            "Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
        );
    }
}

fn is_hostname(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    text.is_empty() || name.split('.').all(is_dns_label)
}

fn is_dns_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = |byte: Option<u8>| byte.is_some_and(inner);
    ends(label.bytes().next())
        && ends(label.bytes().next_back())
        && label.bytes().all(|byte| inner(byte) || byte == b'-')
}

/// The names of labels or annotations.
fn keys<'a>(
    names: impl Iterator<Item = &'a String>,
    path: &str,
    what: &str,
    sheet: &mut Sheet<'_>,
) {
    for name in names {
        let (prefix, last) = match name.split_once('/') {
            Some((prefix, last)) => (Some(prefix), last),
            None => (None, name.as_str()),
        };
        let path = member(path, name);
        if prefix.is_some_and(|prefix| !prefix.split('.').all(is_dns_label)) || !is_name(last) {
            sheet.fault(&path, format!("{what} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters."));
        }
        if prefix.is_some_and(|prefix| prefix.len() >= 253) {
            let what = what.to_lowercase();
            sheet.fault(&path, format!("If specified, the {what} key's prefix must be a DNS subdomain not longer than 253 characters in total."));
        }
    }
}

fn is_name(name: &str) -> bool {
    let ends = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    name.len() <= 63
        && ends(name.bytes().next())
        && ends(name.bytes().next_back())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}
