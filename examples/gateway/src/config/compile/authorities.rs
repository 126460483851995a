//! The authorities that vouch for certificates of clients.

use agentgateway_core::server::ClientAuth;

use super::lookup::kind_name;
use super::secrets::{config_value, secret, value};
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{AuthorityRef, ClientValidation, GatewayFrontendTls, Reference};
use crate::config::snapshot::ClientCertificates;

const PATH: &str = "spec.tls.frontend";

/// The key of an object that holds certificates of authorities.
const KEY: &str = "ca.crt";

/// What the listeners of HTTPS on one port ask their clients for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// None where they ask for nothing.
    pub(super) clients: Option<ClientCertificates>,
    /// References that cannot be followed.
    pub(super) unresolved: Vec<Fault>,
    /// Nothing is left to judge a client by: whoever would be let in is not known.
    pub(super) rejected: Option<Fault>,
}

/// What is asked for on a port. What is said of the port alone takes the place of what is said of all,
/// also where it is nothing.
pub(super) fn asked(
    context: &Context<'_>,
    gateway: &Object,
    frontend: &GatewayFrontendTls,
    port: u16,
) -> Asked {
    let mut ports = frontend.per_port.iter().enumerate();
    let (tls, path) = match ports.find(|(_, own)| own.port == port) {
        Some((index, own)) => (&own.tls, format!("{PATH}.perPort[{index}].tls")),
        None => (&frontend.default, format!("{PATH}.default")),
    };
    let Some(validation) = &tls.validation else {
        return Asked::default();
    };
    let path = format!("{path}.validation.caCertificateRefs");
    let mut found = Asked::default();
    let (mut roots, mut holders) = (String::new(), Vec::new());
    for (index, reference) in validation.ca_certificate_refs.iter().enumerate() {
        match authority(context, gateway, reference, &format!("{path}[{index}]")) {
            Ok((holder, pem)) => {
                roots.push_str(&pem);
                roots.push('\n');
                holders.push(holder);
            }
            Err(fault) => found.unresolved.push(fault),
        }
    }
    if holders.is_empty() {
        let message = "certificates of clients are asked for, and there is no authority that could \
                       vouch for one";
        found.rejected = Some(Fault::new(path, "NoValidCACertificate", message));
    } else {
        found.clients = Some(ClientCertificates {
            roots: roots.into(),
            holders,
            enforced: !is_insecure(validation),
        });
    }
    found
}

/// Whether anything lets clients in without a good certificate.
pub(super) fn lets_others_in(frontend: &GatewayFrontendTls) -> bool {
    let ports = frontend.per_port.iter().map(|own| &own.tls);
    let mut all = std::iter::once(&frontend.default).chain(ports);
    all.any(|tls| tls.validation.as_ref().is_some_and(is_insecure))
}

fn is_insecure(validation: &ClientValidation) -> bool {
    validation.mode.as_deref() == Some("AllowInsecureFallback")
}

/// The certificates of one reference, in PEM.
fn authority(
    context: &Context<'_>,
    gateway: &Object,
    reference: &AuthorityRef,
    path: &str,
) -> Result<(Reference, String), Fault> {
    let fault = |message: String| Fault::new(path, "InvalidCACertificateRef", message);
    let AuthorityRef { group, kind, .. } = reference;
    if !group.is_empty() || !["ConfigMap", "Secret"].contains(&kind.as_str()) {
        let found = kind_name(group, kind);
        let message = format!("a caCertificateRef must be a ConfigMap or a Secret, found {found}");
        return Err(Fault::new(path, "InvalidCACertificateKind", message));
    }
    let own = &gateway.reference.namespace;
    let namespace = reference.namespace.as_ref().unwrap_or(own);
    let wanted = Reference::new("", kind, namespace, &reference.name);
    context.permit(gateway, &wanted, path)?;
    let pem = match kind.as_str() {
        "Secret" => secret(context.store, &wanted).and_then(|found| value(found, &wanted, KEY)),
        _ => config_value(context.store, &wanted, KEY),
    };
    let pem = pem.map_err(fault)?.expose().to_owned();
    ClientAuth::required(pem.as_bytes()).map_err(|error| fault(format!("{wanted}: {error}")))?;
    Ok((wanted, pem))
}
