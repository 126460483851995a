//! Certificates: those of listeners, and how each is read.

use agentgateway_core::server::Tls;

use super::lookup::kind_name;
use super::secrets::{secret, value};
use super::{Context, Fault};
use crate::config::object::{Object, Store};
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
    let found = pair(context.store, &wanted).map_err(fault)?;
    let (chain, key) = (found.chain.expose(), found.key.expose());
    match Tls::from_pem(chain.as_bytes(), key.as_bytes()) {
        Ok(_) => Ok((found, None)),
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

/// What a Secret of Kubernetes' own type holds. Whether the two belong together is not looked at.
///
/// # Errors
/// There is no such Secret, it is of another type, or one of the two is missing.
pub(super) fn pair(store: &Store, wanted: &Reference) -> Result<Certificate, String> {
    let found = secret(store, wanted)?;
    if found.kind.as_deref() != Some("kubernetes.io/tls") {
        return Err(format!("{wanted} is not of type kubernetes.io/tls"));
    }
    let chain = value(found, wanted, "tls.crt")?;
    let key = value(found, wanted, "tls.key")?;
    Ok(Certificate::new(wanted.clone(), chain, key))
}
