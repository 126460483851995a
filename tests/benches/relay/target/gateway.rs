use std::{future::pending, process::id};

use agentgateway::telemetry::Tracing;
use agentgateway_tests::{Manifests, TestGateway};
use anyhow::{Context, Result};

use crate::process;

/// What the manifests of the gateway assemble, as the command does. Its fourth port is the admin's.
pub(super) async fn serve(upstream: u16) -> Result<()> {
    // Without an endpoint in the environment no span is recorded.
    let tracing = Tracing::install()?;
    let gateway = TestGateway::traced(&manifests(upstream), &tracing).await;
    let port = |url: String| -> Result<u16> {
        let (_, port) = url.rsplit_once(':').context("a URL with a port")?;
        Ok(port.parse()?)
    };
    let [llm, mcp, a2a] = ["llm", "mcp", "a2a"].map(|listener| port(gateway.url(listener)));
    process::ready(id(), &[llm?, mcp?, a2a?, port(gateway.admin())?])?;
    pending().await
}

/// One route on each listener.
fn manifests(upstream: u16) -> Manifests {
    let at = format!("host: 127.0.0.1, port: {upstream}");
    Manifests::default()
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
        .route(
            "mcp",
            "/mcp",
            None,
            &format!(
                "{{mcp: {{targets: [{{name: local, static: {{{at}, path: /mcp, protocol: \
                 StreamableHTTP}}}}]}}}}"
            ),
        )
        .route("a2a", "/a2a", None, &format!("{{a2a: {{{at}}}}}"))
}
