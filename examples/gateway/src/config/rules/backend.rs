//! Rules of AgentgatewayBackend.

use std::collections::BTreeSet;

use super::{Sheet, policies, route};
use crate::config::object::field::{item, member};
use crate::config::resource::{AiProvider, AiSpec, BackendSpec, McpSpec, McpStatic, StaticSpec};

const KINDS: &[&str] = &["ai", "static", "dynamicForwardProxy", "mcp", "aws", "a2a"];
const PROVIDERS: &[&str] = &[
    "openai",
    "azureopenai",
    "azure",
    "anthropic",
    "gemini",
    "vertexai",
    "bedrock",
    "custom",
];
const PROVIDER_POLICIES: &[&str] = &[
    "ai",
    "auth",
    "health",
    "http",
    "tcp",
    "tls",
    "transformation",
    "tunnel",
];

pub(super) fn check(spec: &BackendSpec, sheet: &mut Sheet<'_>) {
    sheet.exactly_one("spec", KINDS);
    if let Some(policies) = &spec.policies {
        sheet.fault_if(
            policies.ai.is_some() && spec.ai.is_none(),
            "spec.policies.ai",
            "AI policies require AI backend",
        );
        sheet.fault_if(
            policies.mcp.is_some() && spec.mcp.is_none(),
            "spec.policies.mcp",
            "MCP policies require MCP backend",
        );
        policies::check(policies, policies::ALL, "spec.policies", sheet);
    }
    if let Some(host) = &spec.fixed {
        fixed(host, sheet);
    }
    if let Some(ai) = &spec.ai {
        self::ai(ai, sheet);
    }
    if let Some(mcp) = &spec.mcp {
        self::mcp(mcp, sheet);
    }
}

fn fixed(spec: &StaticSpec, sheet: &mut Sheet<'_>) {
    let socket = spec.unix_path.is_some();
    sheet.fault_if(
        !socket && (spec.host.is_none() || spec.port.is_none()),
        "spec.static",
        "must specify either unixPath or both host and port",
    );
    sheet.fault_if(
        socket && (spec.host.is_some() || spec.port.is_some()),
        "spec.static",
        "unixPath and host/port are mutually exclusive",
    );
}

fn ai(ai: &AiSpec, sheet: &mut Sheet<'_>) {
    sheet.exactly_one("spec.ai", &["provider", "groups"]);
    if let Some(one) = &ai.provider {
        provider(one, "spec.ai.provider", sheet);
        for name in ["name", "policies"] {
            let path = member("spec.ai.provider", name);
            if sheet.has(&path) {
                let message = format!("unknown field {name:?}");
                sheet.fault_with(&path, &message, "it is a field of the providers of groups");
            }
        }
    }
    for (index, group) in ai.groups.iter().flatten().enumerate() {
        let path = member(&item("spec.ai.groups", index), "providers");
        let mut names = BTreeSet::new();
        for (index, one) in group.providers.iter().enumerate() {
            let path = item(&path, index);
            match &one.name {
                Some(name) => sheet.fault_if(
                    !names.insert(name),
                    &member(&path, "name"),
                    "provider names must be unique within a group",
                ),
                None => sheet.fault(&member(&path, "name"), "is required"),
            }
            provider(one, &path, sheet);
            if let Some(policies) = &one.policies {
                policies::check(
                    policies,
                    PROVIDER_POLICIES,
                    &member(&path, "policies"),
                    sheet,
                );
            }
        }
    }
}

fn provider(provider: &AiProvider, path: &str, sheet: &mut Sheet<'_>) {
    sheet.exactly_one(path, PROVIDERS);
    sheet.fault_if(
        provider.host.is_some() != provider.port.is_some(),
        path,
        "both host and port must be set together",
    );
    sheet.fault_if(
        provider.path.is_some() && provider.path_prefix.is_some(),
        &member(path, "pathPrefix"),
        "path and pathPrefix are mutually exclusive",
    );
    sheet.fault_if(
        provider.path_prefix.is_some() && provider.host.is_none(),
        &member(path, "pathPrefix"),
        "pathPrefix requires host to be set",
    );
    let Some(custom) = &provider.custom else {
        return;
    };
    let reference = member(&member(path, "custom"), "backendRef");
    sheet.fault_if(
        custom.backend_ref.is_some() == provider.host.is_some(),
        path,
        "custom providers must specify exactly one of backendRef or host and port",
    );
    if let Some(to) = &custom.backend_ref {
        let service = to.group.is_empty() && to.kind == "Service";
        let pool = to.group == "inference.networking.k8s.io" && to.kind == "InferencePool";
        sheet.fault_if(
            !service && !pool,
            &reference,
            "custom provider backendRef may target only Service or InferencePool",
        );
        route::port(&to.group, &to.kind, to.port, &reference, sheet);
        let namespace = member(&reference, "namespace");
        if to.namespace.is_some() {
            let hint = "this reference is local: it names an object of the backend's own namespace";
            sheet.fault_with(&namespace, "unknown field \"namespace\"", hint);
        }
    }
    formats(provider, path, sheet);
}

fn formats(provider: &AiProvider, path: &str, sheet: &mut Sheet<'_>) {
    let formats = provider.custom.iter().flat_map(|custom| &custom.formats);
    let paths: Vec<_> = formats.map(|format| format.path.as_deref()).collect();
    sheet.fault_if(
        paths.iter().any(Option::is_some)
            && (provider.path.is_some() || provider.path_prefix.is_some()),
        path,
        "path, pathPrefix, and custom format paths are mutually exclusive",
    );
    for (index, format) in paths.iter().enumerate() {
        sheet.fault_if(
            format.is_some_and(|path| !path.starts_with('/')),
            &format!("{path}.custom.formats[{index}].path"),
            "path must start with /",
        );
    }
}

fn mcp(mcp: &McpSpec, sheet: &mut Sheet<'_>) {
    for (index, target) in mcp.targets.iter().enumerate() {
        let path = item("spec.mcp.targets", index);
        sheet.exactly_one(&path, &["selector", "static"]);
        if target.selector.is_some() {
            let path = member(&path, "selector");
            sheet.at_least_one(&path, &["namespaces", "services"]);
        }
        if let Some(server) = &target.fixed {
            self::server(server, &member(&path, "static"), sheet);
        }
    }
}

fn server(server: &McpStatic, path: &str, sheet: &mut Sheet<'_>) {
    sheet.exactly_one(path, &["host", "backendRef"]);
    sheet.fault_if(
        server.backend_ref.is_some() && server.policies.is_some(),
        &member(path, "policies"),
        "mcp target policies may not be used with backendRef",
    );
    // A process of this machine is our own addition, and has no port.
    let process = server.backend_ref.as_ref();
    let process = process.is_some_and(|to| to.kind == "LocalProcess");
    sheet.fault_if(
        server.port.is_none() && !process,
        &member(path, "port"),
        "is required",
    );
}
