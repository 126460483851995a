//! Certificates of listeners.

use agentgateway_core::server::Tls;

use super::lookup::kind_name;
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
            Ok((certificate, fault)) => {
                good.push(certificate);
                faults.extend(fault);
            }
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

/// A certificate, with what is wrong with it where the last good one stands in for it.
fn certificate(
    context: &Context<'_>,
    gateway: &Object,
    reference: &SecretRef,
    path: &str,
) -> Result<(Certificate, Option<Fault>), Fault> {
    let fault = |message: String| Fault::new(path, INVALID, message);
    if !reference.group.is_empty() || reference.kind != "Secret" {
        let found = kind_name(&reference.group, &reference.kind);
        return Err(fault(format!(
            "a certificateRef must be a Secret, found {found}"
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
    match Tls::from_pem(chain.expose().as_bytes(), key.expose().as_bytes()) {
        Ok(_) => Ok((Certificate::new(wanted, chain, key), None)),
        Err(error) => {
            let last = context.options.last_certificates.get(&wanted);
            let fault = fault(format!("{wanted}: {error}"));
            let Some(last) = last else {
                return Err(fault);
            };
            let message = format!("{}; the last good pair is still served", fault.message);
            Ok((last.clone(), Some(Fault { message, ..fault })))
        }
    }
}
