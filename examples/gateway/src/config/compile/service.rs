//! What a port of a Service is, and where.

use std::collections::BTreeSet;

use super::endpoints::usable;
use super::located::{name_of, resolved};
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{HttpVersion, McpTransport, Reference, ServicePort, ServiceSpec};
use crate::config::snapshot::{
    Backend, BackendKind, BackendSettings, Endpoints, HostPort, McpBackend, McpServer, McpTarget,
};
use crate::config::suggest::quoted;

/// The type of a Service that is a name for a host elsewhere.
const EXTERNAL_NAME: &str = "ExternalName";
/// The annotation with the path of an MCP server.
const MCP_PATH: &str = "agentgateway.dev/mcp-path";
/// The annotation with the name of an MCP server.
const MCP_NAME: &str = "agentgateway.dev/mcp-target-name";

/// What a port of a Service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    Http,
    Http2,
    Tls,
    A2a,
    Mcp(McpTransport),
}

/// A port of a Service that is there.
#[derive(Debug)]
pub(super) struct PortView<'a> {
    pub(super) object: &'a Object,
    pub(super) speech: Speech,
    /// Where it is, or why it is nowhere for now.
    pub(super) endpoints: Result<Endpoints, String>,
    pub(super) label: String,
}

/// The port of a Service.
///
/// # Errors
/// There is no such Service or port, or it speaks what is not served.
pub(super) fn port<'a>(
    context: &Context<'a>,
    wanted: &Reference,
    number: Option<u16>,
    path: &str,
) -> Result<PortView<'a>, Fault> {
    let missing = |message| Fault::new(path, "BackendNotFound", message);
    let object = context.store.get(wanted);
    let found = object.and_then(|object| Some((object, object.spec.service()?)));
    let (object, spec) = found.ok_or_else(|| missing(context.not_found(wanted)))?;
    let number =
        number.ok_or_else(|| missing(format!("{wanted} is referred to without a port")))?;
    if spec.kind.as_deref() == Some(EXTERNAL_NAME) {
        let message = external(wanted, spec);
        return Err(Fault::new(path, "UnsupportedProtocol", message));
    }
    let port = numbered(spec, number).ok_or_else(|| missing(no_port(wanted, spec, number)))?;
    let speech = speech(port).map_err(|message| {
        Fault::new(path, "UnsupportedProtocol", format!("{wanted} {message}"))
    })?;
    Ok(PortView {
        object,
        speech,
        endpoints: endpoints(context, wanted, spec, port),
        label: port.name.clone().unwrap_or_else(|| number.to_string()),
    })
}

fn no_port(service: &Reference, spec: &ServiceSpec, number: u16) -> String {
    let ports: BTreeSet<u16> = spec.ports.iter().map(|port| port.port).collect();
    let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
    let there = match ports.as_slice() {
        [] => "none".to_owned(),
        ports => ports.join(", "),
    };
    format!("{service} has no port {number}; it has {there}")
}

/// Why a name elsewhere is not forwarded to: who may write Services of a namespace could reach with it
/// what stands in another one, past its grants.
///
/// # Source
/// Gateway API v1, `BackendObjectReference`: it should not be supported (CVE-2021-25740).
fn external(service: &Reference, spec: &ServiceSpec) -> String {
    let name = spec.external_name.as_deref().unwrap_or("its host");
    format!(
        "{service} is of type {EXTERNAL_NAME}, which is not forwarded to; name {name} in an \
         AgentgatewayBackend with static"
    )
}

/// The port of this number: that of TCP, where there is one of UDP beside it.
pub(super) fn numbered(spec: &ServiceSpec, number: u16) -> Option<&ServicePort> {
    let all = || spec.ports.iter().filter(|port| port.port == number);
    all().find(|port| is_tcp(port)).or_else(|| all().next())
}

/// Whether HTTP can be spoken at a port.
pub(super) fn is_tcp(port: &ServicePort) -> bool {
    port.protocol.as_deref().is_none_or(|name| name == "TCP")
}

/// Whether a port of a Service says that it speaks WebSocket.
pub(super) fn is_websocket(context: &Context<'_>, service: &Reference, number: u16) -> bool {
    let object = context.store.get(service);
    let spec = object.and_then(|object| object.spec.service());
    let protocol = spec
        .and_then(|spec| numbered(spec, number))
        .and_then(|port| port.app_protocol.as_deref());
    protocol.is_some_and(|protocol| {
        let name = protocol.trim_start_matches("kubernetes.io/");
        ["ws", "wss"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    })
}

fn speech(port: &ServicePort) -> Result<Speech, String> {
    if let Some(other) = port.protocol.as_deref().filter(|_| !is_tcp(port)) {
        return Err(format!(
            "port {} is of protocol {other}, not TCP",
            port.port
        ));
    }
    let protocol = port.app_protocol.as_deref().unwrap_or("http");
    Ok(match protocol {
        "agentgateway.dev/a2a" | "kgateway.dev/a2a" => Speech::A2a,
        "agentgateway.dev/mcp" | "kgateway.dev/mcp" => Speech::Mcp(McpTransport::StreamableHttp),
        "agentgateway.dev/mcp-sse" => Speech::Mcp(McpTransport::Sse),
        "kubernetes.io/h2c" => Speech::Http2,
        "kubernetes.io/ws" => Speech::Http,
        "kubernetes.io/wss" => Speech::Tls,
        other => match other.to_ascii_lowercase().as_str() {
            "http" | "ws" | "tcp" => Speech::Http,
            "http2" | "h2c" | "grpc" => Speech::Http2,
            "https" | "wss" => Speech::Tls,
            _ => {
                let other = quoted(other);
                return Err(format!(
                    "port {} has appProtocol {other}, which is not served",
                    port.port
                ));
            }
        },
    })
}

/// Where a port is: where the options say, at the endpoints that may be used, or behind its name.
fn endpoints(
    context: &Context<'_>,
    service: &Reference,
    spec: &ServiceSpec,
    port: &ServicePort,
) -> Result<Endpoints, String> {
    let name = HostPort::new(name_of(service), port.port);
    if let Some(resolved) = resolved(context, service, port.port) {
        return resolved.map(|addresses| Endpoints::Addresses(name, addresses));
    }
    let slices = context.slices(service);
    if slices.is_empty() {
        // A headless Service's name leads to its pods, where the port is theirs.
        let headless = spec.cluster_ip.as_deref() == Some("None");
        let target = port
            .target_port
            .as_ref()
            .and_then(serde_json::Value::as_u64);
        let target = target.and_then(|target| u16::try_from(target).ok());
        let number = target.filter(|target| headless && *target > 0);
        let number = number.unwrap_or(port.port);
        return Ok(Endpoints::Name(HostPort::new(name.host, number)));
    }
    let usable = usable(service, slices, port)?;
    Ok(Endpoints::Addresses(name, usable))
}

impl PortView<'_> {
    /// The backend that answers at these endpoints.
    pub(super) fn backend(&self, port: Option<u16>, endpoints: Endpoints) -> Backend {
        let kind = match self.speech {
            Speech::A2a => BackendKind::A2a(endpoints),
            Speech::Mcp(transport) => {
                BackendKind::Mcp(McpBackend::new(vec![self.target(transport, endpoints)]))
            }
            Speech::Http | Speech::Http2 | Speech::Tls => BackendKind::Http(endpoints),
        };
        let mut backend = Backend::new(self.object.reference.clone(), port, kind);
        backend.settings = BackendSettings::default();
        match self.speech {
            Speech::Http2 => backend.settings.version = Some(HttpVersion::Http2),
            Speech::Tls => backend.settings.tls = true,
            Speech::Http | Speech::A2a | Speech::Mcp(_) => {}
        }
        backend
    }

    /// The MCP server that it is: its path and name are in annotations.
    pub(super) fn target(&self, transport: McpTransport, endpoints: Endpoints) -> McpTarget {
        let annotation = |name: &str| self.object.meta.annotations.get(name).cloned();
        let path = annotation(MCP_PATH).filter(|path| path.starts_with('/'));
        let path = path.unwrap_or_else(|| usual_path(transport).to_owned());
        let by_port = || format!("{}-{}", self.object.reference.name, self.label);
        let name = annotation(MCP_NAME).unwrap_or_else(by_port);
        McpTarget::new(name, McpServer::http(endpoints, path).with(transport))
    }
}

/// Where an MCP server is when nothing is said.
pub(super) const fn usual_path(transport: McpTransport) -> &'static str {
    match transport {
        McpTransport::StreamableHttp => "/mcp",
        McpTransport::Sse => "/sse",
    }
}
