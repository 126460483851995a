//! How connections begin, and who may open them, as a policy asks for it.

use agentgateway_core::server::{Handshakes, TlsError};

use super::one::Policy;
use super::{Closed, access};
use crate::config::compile::duration::{duration, no_duration};
use crate::config::compile::{Context, Fault};
use crate::config::resource::{FrontendPolicies, FrontendTls, ProxyProtocol};
use crate::config::snapshot::{
    ConnectionSettings, HandshakeTerms, ProxyHeader, ProxyVersion, TlsVersion,
};
use crate::config::suggest::quoted;

const TLS: &str = "spec.frontend.tls";
const ADMISSION: &str = "frontend.networkAuthorization";

impl Policy<'_> {
    /// What it says of connections. Who may open them is a guard: with any fault it closes what it is
    /// for.
    pub(super) fn connections(
        &mut self,
        context: &Context<'_>,
        spec: &FrontendPolicies,
    ) -> ConnectionSettings {
        let mut found = ConnectionSettings {
            proxy_header: spec.proxy_protocol.as_ref().map(proxy_header),
            ..ConnectionSettings::default()
        };
        if let Some(tls) = &spec.tls {
            let (terms, faults) = handshakes(tls);
            found.handshakes = Some(terms);
            self.invalid.extend(faults);
        }
        if let Some(spec) = &spec.network_authorization {
            let of = &self.object.reference;
            let origin = format!("{}/{}", of.namespace, of.name);
            match access::rule(&context.connection, (&origin, ADMISSION), spec) {
                Ok(rule) => found.admission.push(rule),
                Err(faults) => {
                    self.layer
                        .closed
                        .add(&Closed::by(self.object, faults.iter()));
                    self.invalid.extend(faults);
                }
            }
        }
        found
    }
}

fn proxy_header(spec: &ProxyProtocol) -> ProxyHeader {
    ProxyHeader {
        required: spec.mode.as_deref() != Some("Optional"),
        only: match spec.version.as_deref() {
            Some("All") => None,
            Some("V1") => Some(ProxyVersion::V1),
            _ => Some(ProxyVersion::V2),
        },
    }
}

/// How handshakes are made, and what of it cannot be. That is left out, and the rest holds: a version
/// that is demanded is not given up for a group that is not there.
fn handshakes(spec: &FrontendTls) -> (HandshakeTerms, Vec<Fault>) {
    let (mut found, mut faults) = (HandshakeTerms::default(), Vec::new());
    if let Some(text) = &spec.handshake_timeout {
        found.timeout = duration(text);
        if found.timeout.is_none() {
            let path = format!("{TLS}.handshakeTimeout");
            faults.push(Fault::new(path, "Invalid", no_duration(text)));
        }
    }
    let protocols = spec.alpn_protocols.as_deref().unwrap_or_default();
    found.protocols = known(protocols, "alpnProtocols", &mut faults, |name| {
        Handshakes::new().protocols([name])
    });
    found.suites = known(&spec.cipher_suites, "cipherSuites", &mut faults, |name| {
        Handshakes::new().cipher_suites([name])
    });
    let groups = &spec.key_exchange_groups;
    found.groups = known(groups, "keyExchangeGroups", &mut faults, |name| {
        Handshakes::new().key_exchange_groups([name])
    });
    found.least = version(spec.min_protocol_version.as_deref());
    found.most = version(spec.max_protocol_version.as_deref());
    if found.most.is_some_and(|most| found.least > Some(most)) {
        found.most = None;
        let path = format!("{TLS}.maxProtocolVersion");
        let message = "maxProtocolVersion is below minProtocolVersion";
        faults.push(Fault::new(path, "Invalid", message));
    }
    if let Err(error) = found.handshakes() {
        found.suites.clear();
        let path = format!("{TLS}.cipherSuites");
        faults.push(Fault::new(
            path,
            "Invalid",
            format!("with these suites {error}"),
        ));
    }
    (found, faults)
}

/// Those that the server has.
fn known(
    names: &[String],
    field: &str,
    faults: &mut Vec<Fault>,
    read: impl Fn(&str) -> Result<Handshakes, TlsError>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match read(name) {
            Ok(_) => found.push(name.clone()),
            Err(error) => {
                let path = format!("{TLS}.{field}[{index}]");
                let message = format!("{} is not served: {error}", quoted(name));
                faults.push(Fault::new(path, "UnsupportedValue", message));
            }
        }
    }
    found
}

fn version(text: Option<&str>) -> Option<TlsVersion> {
    match text {
        Some("1.2") => Some(TlsVersion::Tls12),
        Some("1.3") => Some(TlsVersion::Tls13),
        _ => None,
    }
}
