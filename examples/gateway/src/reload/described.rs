use std::collections::BTreeMap;

use super::{Candidate, Digest};
use crate::config::{
    compile::{Compiled, Diagnosis, Facts, Severity, without_remedies},
    snapshot::{Protocol, Snapshot},
};

/// Listeners by what they are asked for, each with why it is not served.
type Unprogrammed = BTreeMap<String, String>;

/// All that is told of a candidate beside its plan and its documents.
pub(super) fn describe(candidate: &mut Candidate, compiled: &Compiled, only: &[String]) {
    let (snapshot, facts) = (&compiled.snapshot, &compiled.facts);
    candidate.unprogrammed = unprogrammed(facts, only);
    candidate.credentials = credentials(facts, snapshot);
    for gateway in &snapshot.gateways {
        let Some(of) = &gateway.parameters.reference else {
            continue;
        };
        for variable in &gateway.parameters.env {
            if !is_live(&variable.name) {
                let field = format!("{of}: spec.env {}", variable.name);
                let digest = Digest::of(&variable.value.expose());
                candidate.fixed.insert(field, digest);
            }
        }
    }
}

/// Whether a change of this variable counts while the process runs.
fn is_live(name: &str) -> bool {
    name.starts_with("OTEL_") || name == "RUST_LOG"
}

fn unprogrammed(facts: &Facts, only: &[String]) -> Unprogrammed {
    let asked = |name: &String| only.is_empty() || only.contains(name);
    let (mut found, mut served) = (Unprogrammed::new(), false);
    for (gateway, of) in &facts.gateways {
        for listener in of.listeners.iter().filter(|it| asked(&it.name)) {
            if listener.served {
                served = true;
                continue;
            }
            let claims = [&of.accepted, &listener.accepted, &listener.resolved];
            let broken = claims.into_iter().find(|claim| !claim.holds());
            let why = &broken.unwrap_or(&listener.conflicted).message;
            let name = format!("{}/{}/{}", gateway.namespace, gateway.name, listener.name);
            found.insert(name, without_remedies(why).to_owned());
        }
    }
    if !served && found.is_empty() {
        found = nothing(facts);
    }
    found
}

/// Why there is no listener at all: nobody should be sent here.
fn nothing(facts: &Facts) -> Unprogrammed {
    let gateways = facts.strays.iter();
    let gateways = gateways.filter(|(stray, _)| stray.kind == "Gateway");
    let waiting = gateways.filter_map(|(stray, of)| {
        let why = of.claims.first().map(|claim| &claim.message);
        let why = why.or(of.left.as_ref())?;
        Some((format!("{}/{}", stray.namespace, stray.name), why.clone()))
    });
    let mut found: Unprogrammed = waiting.collect();
    if found.is_empty() {
        let why = if facts.gateways.is_empty() {
            format!("there is no Gateway of a class of {}", facts.controller)
        } else {
            "no Gateway has one".to_owned()
        };
        found.insert("listeners".to_owned(), why);
    }
    found
}

/// Certificates and credentials: whether each that is asked for can be had. One that may not be
/// referred to is none: a grant that is taken away is revoked.
fn credentials(facts: &Facts, snapshot: &Snapshot) -> BTreeMap<String, Result<(), String>> {
    let mut found = BTreeMap::new();
    for diagnosis in facts.diagnoses() {
        if let Some(of) = lacking(facts, diagnosis) {
            found.entry(of).or_insert(Err(diagnosis.to_string()));
        }
    }
    for gateway in &snapshot.gateways {
        for listener in &gateway.listeners {
            if matches!(listener.protocol, Protocol::Https(_)) {
                let name = format!("{}, listener {}", gateway.reference, listener.name);
                found.entry(name).or_insert(Ok(()));
            }
        }
    }
    let parameters = snapshot.gateways.iter();
    for of in parameters.filter_map(|gateway| gateway.parameters.reference.as_ref()) {
        found.entry(of.to_string()).or_insert(Ok(()));
    }
    for backend in facts.backends.keys() {
        found.entry(backend.to_string()).or_insert(Ok(()));
    }
    found
}

/// What lacks its certificate or its credential, as this tells.
fn lacking(facts: &Facts, diagnosis: &Diagnosis) -> Option<String> {
    let of = &diagnosis.object;
    if diagnosis.reason == "InvalidCertificateRef" {
        let index = diagnosis.path.strip_prefix("spec.listeners[")?;
        let index: usize = index.split_once(']')?.0.parse().ok()?;
        let listener = facts.gateways.get(of)?.listeners.get(index)?;
        return Some(format!("{of}, listener {}", listener.name));
    }
    let refused = diagnosis.reason == "RefNotPermitted" || diagnosis.severity != Severity::Error;
    let secret = diagnosis.message.contains("Secret");
    let lacks = secret || diagnosis.reason == "InvalidCACertificateRef";
    let is_own = || of.kind == "AgentgatewayParameters" && diagnosis.path.contains("rawConfig");
    let lacks = lacks && (facts.backends.contains_key(of) || is_own());
    (lacks && !refused).then(|| of.to_string())
}
