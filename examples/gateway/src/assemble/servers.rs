//! Servers of MCP behind one backend, as one.

use std::{
    env,
    path::{Path, PathBuf},
};

use agentgateway_core::upstream::{Endpoint, Upstream};
use agentgateway_mcp::{
    McpGateway, McpServer, McpUpstreamLayer,
    route::{FailMode, PrefixMode},
    upstream::{InvalidMcpEndpoint, StdioServer},
};
use http::{HeaderValue, header};

use super::{Parts, stack};
use crate::config::{
    resource::{self, FailureMode, McpTransport},
    snapshot::{Endpoints, LocalProcess, McpBackend, McpServer as Server},
};

/// How a server's endpoints are reached: a client, and what goes into a request's target.
type Connect<'a> = dyn Fn(&Endpoints, bool) -> Result<(Upstream, Endpoint), String> + 'a;

/// The gateway of a backend's servers.
///
/// # Errors
/// Why one of them cannot be spoken to, for the operator.
pub(super) fn gateway(
    parts: &Parts,
    backend: &McpBackend,
    credential: Option<&HeaderValue>,
    connect: &Connect<'_>,
) -> Result<McpGateway, String> {
    let mut gateway = McpGateway::builder()
        .sealer(parts.sealer.clone())
        .session_store(parts.sessions.clone())
        .prefix_mode(match backend.prefix_mode {
            resource::PrefixMode::Always => PrefixMode::Always,
            resource::PrefixMode::Conditional => PrefixMode::Conditional,
            resource::PrefixMode::Never => PrefixMode::Never,
        })
        .fail_mode(match backend.failure_mode {
            FailureMode::FailClosed => FailMode::Closed,
            FailureMode::FailOpen => FailMode::Open,
        });
    for target in &backend.targets {
        let server = server(&target.server, credential, connect)
            .map_err(|error| format!("target {}: {error}", target.name))?;
        gateway = gateway.server(&*target.name, server);
    }
    gateway.build().map_err(|error| error.to_string())
}

fn server(
    server: &Server,
    credential: Option<&HeaderValue>,
    connect: &Connect<'_>,
) -> Result<McpServer, String> {
    match server {
        Server::Http {
            endpoints,
            path,
            transport: McpTransport::StreamableHttp,
            tls,
            ..
        } => {
            let (client, endpoint) = connect(endpoints, *tls)?;
            let mut upstream = format!("{endpoint}{path}")
                .parse()
                .map(McpUpstreamLayer::new)
                .map_err(|error: InvalidMcpEndpoint| error.to_string())?;
            if let Some(credential) = credential {
                upstream = upstream.credential(header::AUTHORIZATION, credential.clone());
            }
            Ok(stack::mcp_server(client, upstream))
        }
        Server::Http { .. } => Err("SSE is not served yet".to_owned()),
        Server::Process(process) => started(process),
    }
}

/// A process of this machine. It is started when somebody asks for it.
fn started(process: &LocalProcess) -> Result<McpServer, String> {
    let command = Path::new(&process.command);
    let program = if command.is_absolute() {
        command.to_owned()
    } else {
        found(command).ok_or_else(|| format!("{} is not on the PATH", command.display()))?
    };
    let mut server = StdioServer::builder(program)
        .args(&process.args)
        .inherit_env("PATH")
        .inherit_env("HOME");
    for (name, value) in &process.env {
        server = server.env(name, value.expose());
    }
    if let Some(folder) = &process.working_directory {
        server = server.current_dir(folder);
    }
    let server = server.build().map_err(|error| error.to_string())?;
    Ok(server.server())
}

/// The program of this name that the `PATH` finds.
fn found(name: &Path) -> Option<PathBuf> {
    if name.components().count() != 1 {
        return None;
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}
