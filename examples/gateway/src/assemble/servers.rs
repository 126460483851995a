//! Servers of MCP behind one backend, as one.

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
};

use agentgateway_mcp::{
    Era, McpEndpoint, McpGateway, McpServer, McpUpstreamLayer,
    policy::{Allows, Caller, Denied, Item, tools::ToolAuthorization},
    route::{FailMode, PrefixMode, ToolOverride},
    upstream::{InvalidMcpEndpoint, sse::SseServer, stdio::StdioServer},
};
use http::header;

use super::{
    Parts,
    backend::{bearer, reached},
    policies::rules_of_tools,
    stack,
};
use crate::config::{
    resource::{self, FailureMode, McpEra, McpTransport, SessionRouting},
    snapshot::{
        Backend, BackendSettings, LocalProcess, McpBackend, McpServer as Server, McpTarget,
        ToolWords,
    },
};

/// The gateway of a backend's servers.
///
/// # Errors
/// Why one of them cannot be spoken to, for the operator.
pub(super) fn gateway(
    parts: &Parts,
    backend: &McpBackend,
    whole: &Backend,
) -> Result<McpGateway, String> {
    let settings = &whole.settings;
    let mut gateway = McpGateway::builder()
        .sealer(parts.sealer.clone())
        // All share one key.
        .scope(whole.reference.to_string())
        .session_store(parts.sessions.clone())
        .stateless(backend.session_routing == SessionRouting::Stateless)
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
        let server = match backend.only() {
            Some(_) => server(parts, &target.server, settings),
            None => one_of_several(parts, target),
        };
        let server = server.map_err(|error| format!("target {}: {error}", target.name))?;
        let era = target.era.map(|era| match era {
            McpEra::Legacy => Era::Legacy,
            McpEra::Modern => Era::Modern,
        });
        gateway = gateway.server_of(&*target.name, server, era);
        for told in &target.tools {
            gateway = gateway.tool(&*target.name, &*told.tool, words(told));
        }
    }
    if let Some(rules) = rules(backend, settings) {
        gateway = gateway.filter(rules);
    }
    gateway.build().map_err(|error| error.to_string())
}

fn words(told: &ToolWords) -> ToolOverride {
    let mut words = ToolOverride::new();
    if let Some(name) = &told.name {
        words = words.name(&**name);
    }
    if let Some(description) = &told.description {
        words = words.description(&**description);
    }
    words
}

/// Which tools of several servers are whose: what is asked for of all of them, and of each.
struct Rules {
    all: Option<ToolAuthorization>,
    each: HashMap<String, ToolAuthorization>,
}

fn rules(backend: &McpBackend, settings: &BackendSettings) -> Option<Rules> {
    if backend.only().is_some() {
        return None;
    }
    let all = rules_of_tools(&settings.policies.authorization);
    let of = |target: &McpTarget| {
        let rules = rules_of_tools(&target.settings.policies.authorization)?;
        Some((target.name.clone(), rules))
    };
    let each: HashMap<_, _> = backend.targets.iter().filter_map(of).collect();
    (all.is_some() || !each.is_empty()).then_some(Rules { all, each })
}

impl Allows for Rules {
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied> {
        let own = self.each.get(item.target());
        self.all
            .iter()
            .chain(own)
            .try_for_each(|rules| rules.judge(caller, item))
    }
}

/// A server of several, with its own settings.
fn one_of_several(parts: &Parts, target: &McpTarget) -> Result<McpServer, String> {
    let (settings, policies) = (&target.settings, &target.settings.policies);
    let server = server(parts, &target.server, settings)?;
    if policies.ext_auth.is_some() || policies.transform.is_some() {
        let message = "of what is decided for one of several targets `mcp.authorization` alone is \
                       served: attach the rest to the whole backend";
        return Err(message.to_owned());
    }
    Ok(server)
}

fn server(parts: &Parts, server: &Server, settings: &BackendSettings) -> Result<McpServer, String> {
    match server {
        Server::Http {
            endpoints,
            path,
            transport,
            tls,
            ..
        } => {
            let tls = *tls || settings.tls;
            let (client, endpoint) = reached(parts, endpoints, tls, settings, false)?;
            let endpoint: McpEndpoint = format!("{endpoint}{path}")
                .parse()
                .map_err(|error: InvalidMcpEndpoint| error.to_string())?;
            let credential = settings.credential.as_ref().map(bearer).transpose()?;
            Ok(match transport {
                McpTransport::StreamableHttp => {
                    let mut upstream = McpUpstreamLayer::new(endpoint);
                    if let Some(credential) = credential {
                        upstream = upstream.credential(header::AUTHORIZATION, credential);
                    }
                    stack::mcp_server(client, upstream)
                }
                McpTransport::Sse => {
                    let mut server = SseServer::builder(endpoint);
                    if let Some(credential) = credential {
                        server = server.header(header::AUTHORIZATION, credential);
                    }
                    server.build(stack::mcp_client(client)).server()
                }
            })
        }
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
