//! TLS with backends, from the policies that say how.

use super::certificate::pair;
use super::lookup::kind_name;
use super::secrets::{config_value, secret, value};
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{BackendTls, CaCertificateRef, Reference, WholeSecretRef};
use crate::config::snapshot::{Certificate, Secret, TlsDemand, TlsTerms};

/// Of a Gateway API condition, for what is trusted and for what is shown.
pub(super) const INVALID_CA: &str = "InvalidCACertificateRef";
pub(super) const INVALID_IDENTITY: &str = "InvalidClientCertificateRef";

/// A key exchange that the schema marks: this build's cryptography has it not.
const MARKED: &str = "X25519_MLKEM768";

/// How TLS is spoken.
///
/// # Errors
/// All that cannot be read, or cannot be used. The terms are then of no use as a whole: what is left of
/// them would trust whom they do not name, or show nothing of the gateway.
pub(super) fn terms(
    context: &Context<'_>,
    object: &Object,
    spec: &BackendTls,
    path: &str,
) -> Result<TlsTerms, Vec<Fault>> {
    let mut found = TlsTerms {
        server_name: spec.sni.clone(),
        demand: demand(spec),
        protocols: spec.alpn_protocols.clone().unwrap_or_default(),
        groups: groups(&spec.key_exchange_groups),
        ..TlsTerms::default()
    };
    let mut faults = Vec::new();
    if let Some(reference) = spec.mtls_certificate_ref.first() {
        let path = format!("{path}.mtlsCertificateRef[0]");
        match identity(context, object, reference, &path) {
            Ok((own, roots)) => (found.identity, found.roots) = (Some(own), roots),
            Err(fault) => faults.push(fault),
        }
    }
    if let Some(reference) = spec.ca_certificate_refs.first() {
        let path = format!("{path}.caCertificateRefs[0]");
        match authorities(context, object, reference, &path) {
            Ok(roots) => found.roots = Some(roots),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        faults.extend(unusable(object, spec, &found, path));
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(faults)
    }
}

fn demand(spec: &BackendTls) -> TlsDemand {
    match (
        &spec.verify_subject_alt_names,
        spec.insecure_skip_verify.as_deref(),
    ) {
        (Some(names), _) => TlsDemand::Names(names.clone()),
        (None, Some("Hostname")) => TlsDemand::AnyName,
        (None, Some("All")) => TlsDemand::Anything,
        (None, _) => TlsDemand::Name,
    }
}

/// The groups that can be had: a list is in the order of preference, and one that is marked is passed over
/// while another is left.
fn groups(asked: &[String]) -> Vec<String> {
    let (mut left, marked): (Vec<_>, Vec<_>) =
        asked.iter().cloned().partition(|group| group != MARKED);
    if left.is_empty() {
        left = marked;
    }
    left
}

/// What the fields hold that no client can be made of.
fn unusable(object: &Object, spec: &BackendTls, found: &TlsTerms, path: &str) -> Option<Fault> {
    let (field, error) = found.client().err()?;
    let namespace = &object.reference.namespace;
    let of = |kind: &str, name: &str| Reference::new("", kind, namespace, name);
    let own = spec.mtls_certificate_ref.first();
    let (field, reason, what) = match (field, spec.ca_certificate_refs.first(), own) {
        ("caCertificateRefs", Some(roots), _) => {
            let of = of(kind(roots), &roots.name);
            ("caCertificateRefs[0]", INVALID_CA, format!("{of}: "))
        }
        ("caCertificateRefs", None, Some(own)) => {
            let what = format!("key \"ca.cert\" of {}: ", of("Secret", &own.name));
            ("mtlsCertificateRef[0]", INVALID_CA, what)
        }
        ("mtlsCertificateRef", _, Some(own)) => {
            let what = format!("{}: ", of("Secret", &own.name));
            ("mtlsCertificateRef[0]", INVALID_IDENTITY, what)
        }
        (field, ..) => (field, "Invalid", String::new()),
    };
    Some(Fault::new(
        format!("{path}.{field}"),
        reason,
        format!("{what}{error}"),
    ))
}

fn kind(reference: &CaCertificateRef) -> &str {
    reference.kind.as_deref().unwrap_or("ConfigMap")
}

/// The roots that are to be trusted.
fn authorities(
    context: &Context<'_>,
    object: &Object,
    reference: &CaCertificateRef,
    path: &str,
) -> Result<Secret, Fault> {
    let (kind, namespace) = (kind(reference), &object.reference.namespace);
    let wanted = Reference::new("", kind, namespace, &reference.name);
    let key = "ca.crt";
    let read = if kind == "Secret" {
        secret(context.store, &wanted).and_then(|found| value(found, &wanted, key))
    } else {
        config_value(context.store, &wanted, key)
    };
    read.map_err(|message| Fault::new(path, INVALID_CA, message))
}

/// The gateway's own certificate, and the roots that may stand beside it.
fn identity(
    context: &Context<'_>,
    object: &Object,
    reference: &WholeSecretRef,
    path: &str,
) -> Result<(Certificate, Option<Secret>), Fault> {
    let group = reference.group.as_deref().unwrap_or_default();
    let kind = reference.kind.as_deref().unwrap_or_default();
    if !group.is_empty() || !matches!(kind, "" | "Secret") {
        let found = kind_name(group, kind);
        let message = format!("an mtlsCertificateRef must be a Secret, found {found}");
        return Err(Fault::new(path, "InvalidKind", message));
    }
    let wanted = Reference::new("", "Secret", &object.reference.namespace, &reference.name);
    let fault = |message: String| Fault::new(path, INVALID_IDENTITY, message);
    let own = pair(context.store, &wanted).map_err(fault)?;
    let held = secret(context.store, &wanted).map_err(fault)?;
    let key = "ca.cert";
    let given = held.data.contains_key(key) || held.string_data.contains_key(key);
    let roots = given.then(|| value(held, &wanted, key)).transpose();
    let roots = roots.map_err(|message| Fault::new(path, INVALID_CA, message))?;
    Ok((own, roots))
}
