//! Servers of MCP behind an AgentgatewayBackend.

use super::backends::{Built, static_endpoints};
use super::located::located;
use super::lookup::{AGENTGATEWAY, OWN, kind_name, not_found};
use super::service::{Speech, is_tcp, port, usual_path};
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{LocalRef, McpSelector, McpSpec, McpStatic, Reference, ServiceSpec};
use crate::config::snapshot::{
    BackendKind, BackendSettings, Endpoints, LocalProcess, McpBackend, McpServer, McpTarget, Secret,
};

/// All servers that can be found; those that cannot are faults.
pub(super) fn build(
    context: &Context<'_>,
    object: &Object,
    spec: &McpSpec,
    own: &BackendSettings,
) -> Built {
    // A server that is named goes before those that labels choose: it is the one that is meant.
    let (mut fixed, mut chosen, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (index, target) in spec.targets.iter().enumerate() {
        let path = format!("spec.mcp.targets[{index}]");
        if let Some(spec) = &target.fixed {
            match server(context, object, spec, &format!("{path}.static"), own) {
                Ok(server) => {
                    let mut found = McpTarget::new(&*target.name, server);
                    found.era = spec.era;
                    fixed.push(found);
                }
                Err(fault) => faults.push(fault),
            }
        } else if let Some(selector) = &target.selector {
            let path = format!("{path}.selector");
            let (found, more) = selected(context, object, selector, &path);
            chosen.extend(found);
            faults.extend(more);
        }
    }
    let mut targets = fixed;
    targets.append(&mut chosen);
    finish(targets, spec, faults)
}

fn finish(targets: Vec<McpTarget>, spec: &McpSpec, mut faults: Vec<Fault>) -> Built {
    if targets.is_empty() {
        let nothing = || Fault::new("spec.mcp.targets", "Invalid", "no target leads to a server");
        let fault = if faults.is_empty() {
            nothing()
        } else {
            faults.remove(0)
        };
        return Built {
            faults,
            ..Built::failed(fault)
        };
    }
    let mut backend = McpBackend::new(targets);
    backend.session_routing = spec.session_routing.unwrap_or_default();
    backend.failure_mode = spec.failure_mode.unwrap_or_default();
    backend.prefix_mode = spec.prefix_mode.unwrap_or_default();
    Built {
        faults,
        ..Built::new(BackendKind::Mcp(backend))
    }
}

fn server(
    context: &Context<'_>,
    object: &Object,
    spec: &McpStatic,
    path: &str,
    own: &BackendSettings,
) -> Result<McpServer, Fault> {
    let transport = spec.protocol.unwrap_or_default();
    let at = |endpoints: Endpoints| {
        let usual = usual_path(transport).to_owned();
        let path = spec.path.clone().unwrap_or(usual);
        McpServer::Http {
            endpoints,
            path,
            transport,
            tls: own.tls,
        }
    };
    if let Some(reference) = &spec.backend_ref {
        let path = format!("{path}.backendRef");
        return referred(context, object, (spec, reference), &path, &at);
    }
    match (&spec.host, spec.port) {
        (Some(host), Some(port)) => located(context, host, port)
            .map(at)
            .map_err(|message| Fault::new(path, "Unavailable", message)),
        _ => Err(Fault::new(
            path,
            "Invalid",
            "a static target needs host and port, or a backendRef",
        )),
    }
}

/// The server behind a backendRef of a target.
fn referred(
    context: &Context<'_>,
    object: &Object,
    (spec, reference): (&McpStatic, &LocalRef),
    path: &str,
    at: &dyn Fn(Endpoints) -> McpServer,
) -> Result<McpServer, Fault> {
    let namespace = &object.reference.namespace;
    let LocalRef {
        group, kind, name, ..
    } = reference;
    let wanted = Reference::new(group, kind, namespace, name);
    match (group.as_str(), kind.as_str()) {
        ("", "Service") => {
            let found = port(context, &wanted, spec.port, path)?;
            let endpoints = found.endpoints;
            endpoints
                .map(at)
                .map_err(|message| Fault::new(path, "Unavailable", message))
        }
        (AGENTGATEWAY, "AgentgatewayBackend") => {
            let found = context.store.get(&wanted);
            let found = found.and_then(|object| object.spec.backend());
            let missing = || Fault::new(path, "BackendNotFound", not_found(context.store, &wanted));
            let found = found.ok_or_else(missing)?;
            let fixed = found.fixed.as_ref();
            let endpoints = fixed.and_then(|spec| static_endpoints(context, spec));
            let not_static =
                || Fault::new(path, "Invalid", format!("{wanted} is no static backend"));
            let endpoints = endpoints.ok_or_else(not_static)?;
            endpoints
                .map(at)
                .map_err(|message| Fault::new(path, "Unavailable", message))
        }
        (OWN, "LocalProcess") => process(context, &wanted, path),
        _ => {
            let message = format!(
                "{} is no server of MCP; use a Service, an AgentgatewayBackend or a LocalProcess",
                kind_name(group, kind)
            );
            Err(Fault::new(path, "InvalidKind", message))
        }
    }
}

fn process(context: &Context<'_>, wanted: &Reference, path: &str) -> Result<McpServer, Fault> {
    let found = context.store.get(wanted);
    let found = found.and_then(|object| object.spec.local_process());
    let missing = || Fault::new(path, "BackendNotFound", not_found(context.store, wanted));
    let spec = found.ok_or_else(missing)?;
    if !context.options.local_processes {
        let message = format!(
            "{wanted} is not started: processes are started only when they stand in the \
             directory given at start"
        );
        return Err(Fault::new(path, "RefNotPermitted", message));
    }
    let mut process = LocalProcess::new(wanted.clone(), &*spec.command);
    process.args.clone_from(&spec.args);
    let env = spec.env.iter();
    process.env = env
        .map(|(name, value)| (name.clone(), Secret::new(value.as_str())))
        .collect();
    process
        .working_directory
        .clone_from(&spec.working_directory);
    Ok(McpServer::Process(process))
}

/// The servers that labels choose, by namespace and name.
fn selected(
    context: &Context<'_>,
    object: &Object,
    selector: &McpSelector,
    path: &str,
) -> (Vec<McpTarget>, Vec<Fault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let services = context.store.services().filter(|(service, _)| {
        let namespace = &service.reference.namespace;
        let near = match &selector.namespaces {
            None => *namespace == object.reference.namespace,
            Some(selector) => context
                .store
                .namespace_labels(namespace)
                .is_some_and(|labels| selector.matches(labels)),
        };
        let chosen = selector.services.as_ref();
        near && chosen.is_none_or(|chosen| chosen.matches(&service.meta.labels))
    });
    for (service, spec) in services {
        if !speaks_mcp(spec) {
            continue;
        }
        if let Err(fault) = context.permit(object, &service.reference, path) {
            faults.push(fault);
            continue;
        }
        for number in spec
            .ports
            .iter()
            .filter(|port| is_tcp(port))
            .map(|port| port.port)
        {
            match target(context, &service.reference, number, path) {
                Ok(target) => found.extend(target),
                Err(fault) => faults.push(fault),
            }
        }
    }
    if found.is_empty() && faults.is_empty() {
        let message = "the selector chooses no Service with appProtocol agentgateway.dev/mcp";
        faults.push(Fault::new(path, "BackendNotFound", message));
    }
    (found, faults)
}

fn speaks_mcp(spec: &ServiceSpec) -> bool {
    let mut protocols = spec
        .ports
        .iter()
        .filter_map(|port| port.app_protocol.as_deref());
    protocols.any(|protocol| protocol.contains("dev/mcp"))
}

/// The server at a port of a Service; `None` when the port speaks something else.
fn target(
    context: &Context<'_>,
    service: &Reference,
    number: u16,
    path: &str,
) -> Result<Option<McpTarget>, Fault> {
    let Ok(found) = port(context, service, Some(number), path) else {
        return Ok(None);
    };
    let Speech::Mcp(transport) = found.speech else {
        return Ok(None);
    };
    match &found.endpoints {
        Ok(endpoints) => Ok(Some(found.target(transport, endpoints.clone()))),
        Err(message) => Err(Fault::new(path, "Unavailable", &**message)),
    }
}
