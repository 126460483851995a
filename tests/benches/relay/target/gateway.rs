use std::{future::pending, process::id};

use agentgateway::telemetry::Tracing;
use agentgateway_tests::{Manifests, TestGateway};
use anyhow::{Context, Result};

use crate::{
    llm::Dialect,
    process,
    work::{PLACES, SERVERS},
};

/// Who calls, by key; what they may do, by an expression about the call; how often; and a line for each.
pub(super) const GUARDS: &str = r#"
apiVersion: v1
kind: Secret
metadata: {name: callers, namespace: default}
stringData: {client: of-the-client}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: guards, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}]
  frontend: {accessLog: {}}
  traffic:
    apiKeyAuthentication: {secretRef: {name: callers}}
    authorization:
      action: Deny
      policy:
        matchExpressions: ['principal.name == "nobody" || request.path.startsWith("/none")']
    rateLimit: {local: [{requests: 100000000, unit: Seconds}]}
"#;

/// What the manifests of the gateway assemble, as the command does. Its last port is the admin's.
pub(super) async fn serve(upstream: u16, more: &str) -> Result<()> {
    // Without an endpoint in the environment no span is recorded.
    let tracing = Tracing::install()?;
    let mut manifests = manifests(upstream);
    if !more.is_empty() {
        manifests = manifests.and(more);
    }
    let gateway = TestGateway::telling(&manifests, &tracing).await;
    let port = |url: String| -> Result<u16> {
        let (_, port) = url.rsplit_once(':').context("a URL with a port")?;
        Ok(port.parse()?)
    };
    let [llm, mcp, a2a] = ["llm", "mcp", "a2a"].map(|listener| port(gateway.url(listener)));
    let (llm, mcp, a2a) = (llm?, mcp?, a2a?);
    // Models stand on one listener, by the beginning of their paths.
    let ports: [u16; PLACES] = [llm, mcp, a2a, mcp, mcp, mcp, a2a, llm, llm, llm, llm, llm];
    process::ready(id(), &[&ports[..], &[port(gateway.admin())?]].concat())?;
    pending().await
}

/// One route for each place of a case.
fn manifests(upstream: u16) -> Manifests {
    let at = format!("host: 127.0.0.1, port: {upstream}");
    let server = |name: &str, path: &str| {
        format!("{{name: {name}, static: {{{at}, path: {path}, protocol: StreamableHTTP}}}}")
    };
    let servers = |targets: &str| format!("{{mcp: {{targets: [{targets}]}}}}");
    let one = |path: &str| servers(&server("local", path));
    let ten: Vec<_> = (0..SERVERS)
        .map(|nth| server(&format!("s{nth}"), &format!("/routed/{nth}")))
        .collect();
    models(&at)
        .secret("key", "Bearer of-the-gateway")
        .route(
            "llm",
            "/v1",
            None,
            &format!(
                "{{ai: {{groups: [{{providers: [{{name: local, custom: {{formats: [{{type: \
                 Completions}}]}}, {at}, policies: {{auth: {{secretRef: {{name: key}}}}}}}}]}}]}}}}"
            ),
        )
        .route("mcp", "/mcp", None, &one("/mcp"))
        .route("mcp", "/routed", None, &servers(&ten.join(", ")))
        .route("mcp", "/older-server", None, &one("/older-server"))
        .route("mcp", "/older-client", None, &one("/older-client"))
        // The agent is not at the root: the first call is answered so, and the card is read.
        .route("a2a", "/a2a", Some("/"), &format!("{{a2a: {{{at}}}}}"))
}

/// A provider for each dialect that it speaks alone.
fn models(at: &str) -> Manifests {
    let auth = "policies: {auth: {secretRef: {name: key}}}";
    Dialect::ALL
        .into_iter()
        .fold(Manifests::default(), |manifests, dialect| {
            let name = dialect.name();
            let kind = match dialect {
                Dialect::Chat => "custom: {formats: [{type: Completions}]}",
                Dialect::Responses => "custom: {formats: [{type: Responses}]}",
                Dialect::Messages => "anthropic: {}",
                Dialect::Gemini => "gemini: {}",
                Dialect::Converse => "bedrock: {region: us-east-1}",
            };
            let provider = format!("{{name: {name}, {kind}, {at}, {auth}}}");
            let backend = format!("{{ai: {{groups: [{{providers: [{provider}]}}]}}}}");
            manifests.route("llm", &format!("/{name}"), None, &backend)
        })
}
