//! Certificates of listeners.

use agentgateway_core::server::Tls;

use super::secrets::{secret, value};
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{ListenerSpec, Reference, SecretRef, TlsMode};
use crate::config::snapshot::Certificate;

const INVALID: &str = "InvalidCertificateRef";

/// The certificates of a listener that ends TLS, those alone that can be used, and what is wrong
/// with the others.
pub(super) fn certificates(
    context: &Context<'_>,
    gateway: &Object,
    listener: &ListenerSpec,
    path: &str,
) -> (Vec<Certificate>, Vec<Fault>) {
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    let refs = listener
        .tls
        .as_ref()
        .map(|tls| tls.certificate_refs.as_slice());
    let refs = refs.unwrap_or_default();
    for (index, reference) in refs.iter().enumerate() {
        let path = format!("{path}.tls.certificateRefs[{index}]");
        match certificate(context, gateway, reference, &path) {
            Ok(certificate) => good.push(certificate),
            Err(fault) => faults.push(fault),
        }
    }
    let passthrough = listener
        .tls
        .as_ref()
        .is_some_and(|tls| tls.mode == TlsMode::Passthrough);
    if refs.is_empty() && !passthrough {
        let message = format!("listener {} has no certificateRefs", listener.name);
        faults.push(Fault::new(path, INVALID, message));
    }
    (good, faults)
}

fn certificate(
    context: &Context<'_>,
    gateway: &Object,
    reference: &SecretRef,
    path: &str,
) -> Result<Certificate, Fault> {
    let fault = |message: String| Fault::new(path, INVALID, message);
    if !reference.group.is_empty() || reference.kind != "Secret" {
        let found = format!("{}/{}", reference.group, reference.kind);
        return Err(fault(format!(
            "must be a Secret of the core, found {found}"
        )));
    }
    let own = &gateway.reference.namespace;
    let namespace = reference.namespace.as_ref().unwrap_or(own);
    let wanted = Reference::new("", "Secret", namespace, &reference.name);
    context.permit(gateway, &wanted, path)?;
    let found = secret(context.store, &wanted).map_err(fault)?;
    if found.kind.as_deref() != Some("kubernetes.io/tls") {
        return Err(fault(format!("{wanted} is not of type kubernetes.io/tls")));
    }
    let chain = value(found, &wanted, "tls.crt").map_err(fault)?;
    let key = value(found, &wanted, "tls.key").map_err(fault)?;
    Tls::from_pem(chain.expose().as_bytes(), key.expose().as_bytes())
        .map_err(|error| fault(format!("{wanted}: {error}")))?;
    Ok(Certificate::new(wanted, chain, key))
}
