//! What backend references lead to.

use std::collections::BTreeMap;

use crate::config::old::decode::{DEFAULT_KEY, credential};
use crate::config::old::model::{
    Auth, BackendRef, BackendSpec, Key, Kind, Object, ProviderSpec, ServicePort, ServiceSpec, Spec,
};
use crate::config::old::suggest::{did_you_mean, quoted};
use crate::config::old::{Backend, HostPort, Problem, Provider, Secret, Store};

/// The compiled AgentgatewayBackends, each once whether it is referred to or not.
#[derive(Debug)]
pub(super) struct Backends<'a> {
    store: &'a Store,
    compiled: BTreeMap<&'a Key, Backend>,
}

impl<'a> Backends<'a> {
    pub(super) fn new(store: &'a Store, problems: &mut Vec<Problem>) -> Self {
        let mut compiled = BTreeMap::new();
        for object in store.all(Kind::Backend) {
            let backend = match &object.spec {
                Some(Spec::Backend(BackendSpec::Ready(backend))) => Some(backend.clone()),
                Some(Spec::Backend(BackendSpec::Ai(spec))) => {
                    provider(store, object, spec, problems)
                }
                _ => None,
            };
            compiled.extend(backend.map(|backend| (&object.key, backend)));
        }
        Self { store, compiled }
    }

    /// What a route's reference leads to; `path` is where the reference stands.
    pub(super) fn resolve(
        &self,
        route: &Object,
        path: &str,
        reference: &BackendRef,
        problems: &mut Vec<Problem>,
    ) -> Option<Backend> {
        let (kind, key) = match reference {
            BackendRef::Backend(key) => (Kind::Backend, key),
            BackendRef::Service(key, _) => (Kind::Service, key),
        };
        let Some(object) = self.store.find(kind, key) else {
            let message = format!("{} {key} is not found", kind.name());
            let mut problem = route.origin.problem(path, message);
            problem.hint = self.store.near_miss(kind, key);
            problems.push(problem);
            return None;
        };
        match (reference, &object.spec) {
            (BackendRef::Backend(key), _) => self.compiled.get(key).cloned(),
            (BackendRef::Service(key, port), Some(Spec::Service(spec))) => {
                service(key, spec, *port)
                    .map_err(|message| problems.push(route.origin.problem(path, message)))
                    .ok()
            }
            _ => None,
        }
    }
}

/// A Service by its name in the cluster; the port's `appProtocol` says what is spoken.
fn service(key: &Key, spec: &ServiceSpec, port: u16) -> Result<Backend, String> {
    let Some(port) = spec.ports.iter().find(|found| found.port == port) else {
        let ports: Vec<_> = spec
            .ports
            .iter()
            .map(|port| port.port.to_string())
            .collect();
        return Err(format!(
            "Service {key} has no port {port}, it has {}",
            ports.join(", ")
        ));
    };
    if spec.external {
        return Err(format!(
            "Service {key} of type ExternalName is not supported"
        ));
    }
    if spec.headless && port.remapped {
        return Err(format!(
            "headless Service {key} with another targetPort is not supported yet"
        ));
    }
    let host = format!("{}.{}.svc.cluster.local", key.name, key.namespace);
    let target = HostPort::new(host, port.port);
    match port.app_protocol.as_deref() {
        None | Some("http" | "kubernetes.io/ws") => Ok(Backend::Static(target)),
        Some("agentgateway.dev/a2a" | "kgateway.dev/a2a") => Ok(Backend::A2a(target)),
        Some("agentgateway.dev/mcp") => mcp(key, spec, port, target),
        Some(other) => {
            let message = format!(
                "appProtocol {} of port {} of Service {key} is not supported yet",
                quoted(other),
                port.port
            );
            Err(message)
        }
    }
}

fn mcp(
    key: &Key,
    spec: &ServiceSpec,
    port: &ServicePort,
    target: HostPort,
) -> Result<Backend, String> {
    let path = spec.mcp_path.clone().unwrap_or_else(|| "/mcp".to_owned());
    if !path.starts_with('/') {
        return Err(format!(
            "annotation agentgateway.dev/mcp-path of Service {key} must start with \"/\""
        ));
    }
    let by_port = || {
        let port = port.name.clone().unwrap_or_else(|| port.port.to_string());
        format!("{}-{port}", key.name)
    };
    let name = spec.mcp_name.clone().unwrap_or_else(by_port);
    Ok(Backend::Mcp { target, path, name })
}

fn provider(
    store: &Store,
    object: &Object,
    spec: &ProviderSpec,
    problems: &mut Vec<Problem>,
) -> Option<Backend> {
    let key = match &spec.auth {
        None => None,
        Some(Auth::Inline(key)) => Some(key.clone()),
        Some(Auth::Reference { path, secret, key }) => {
            Some(referred(store, object, (path, secret, key), problems)?)
        }
    };
    Some(Backend::Ai(Provider {
        name: spec.name.clone(),
        kind: spec.kind.clone(),
        endpoint: spec.endpoint.clone(),
        tls: spec.tls,
        model: spec.model.clone(),
        key,
    }))
}

/// The credential in a Secret of the backend's own namespace.
fn referred(
    store: &Store,
    object: &Object,
    (path, secret, key): (&str, &str, &str),
    problems: &mut Vec<Problem>,
) -> Option<Secret> {
    let place = Key::new(object.key.namespace.as_str(), secret);
    let mut fault = |message: String, hint: Option<String>| {
        let mut problem = object.origin.problem(path, message);
        problem.hint = hint;
        problems.push(problem);
    };
    let Some(found) = store.find(Kind::Secret, &place) else {
        fault(
            format!("Secret {place} is not found"),
            store.near_miss(Kind::Secret, &place),
        );
        return None;
    };
    let Some(Spec::Secret(values)) = &found.spec else {
        return None;
    };
    let Some(value) = values.get(key) else {
        let near = did_you_mean(key, values.keys().map(String::as_str));
        fault(format!("Secret {place} has no key {}", quoted(key)), near);
        return None;
    };
    match credential(value.expose(), key == DEFAULT_KEY) {
        Ok(credential) => Some(credential),
        Err(message) => {
            fault(
                format!("key {} of Secret {place} {message}", quoted(key)),
                None,
            );
            None
        }
    }
}
