//! The agents, and the gateways before them.

use std::time::Duration;

use agentgateway_tests::{Manifests, Peer, TestGateway, objects};
use serde_json::Value;

use crate::clients::{CLIENTS, Client, Sdk};

/// What only the gateway knows.
const TOKEN: &str = "only-the-gateway";

/// An agent of one SDK that offers one binding, or all.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) sdk: Sdk,
    /// `None`: all of them.
    pub(crate) binding: Option<&'static str>,
}

pub(crate) const AGENTS: [Kind; 8] = [
    Kind::new("py1 rpc", Sdk::Python1, "jsonrpc"),
    Kind::new("py1 rest", Sdk::Python1, "rest"),
    Kind::new("py1 grpc", Sdk::Python1, "grpc"),
    Kind::new("py03 rpc", Sdk::Python03, "jsonrpc"),
    Kind::new("py03 rest", Sdk::Python03, "rest"),
    Kind::new("py03 grpc", Sdk::Python03, "grpc"),
    Kind {
        name: "js1 all",
        sdk: Sdk::Node1,
        binding: None,
    },
    Kind::new("js03 rpc", Sdk::Node03, "jsonrpc"),
];

impl Kind {
    const fn new(name: &'static str, sdk: Sdk, binding: &'static str) -> Self {
        Self {
            name,
            sdk,
            binding: Some(binding),
        }
    }

    pub(crate) const fn is_v0_3(&self) -> bool {
        matches!(self.sdk, Sdk::Python03 | Sdk::Node03)
    }
}

/// A running agent.
pub(crate) struct Agent {
    kind: &'static Kind,
    peer: Peer,
}

impl Agent {
    pub(crate) async fn start(kind: &'static Kind) -> Self {
        let mut arguments = vec!["0", "--only-from", TOKEN];
        if let Some(binding) = kind.binding {
            arguments.extend(["--binding", binding]);
        }
        let mut peer = match kind.sdk {
            Sdk::Python1 => Peer::python("py", "a2a_matrix_agent.py", &arguments).await,
            Sdk::Python03 => Peer::python("py-a2a03", "a2a03_matrix_agent.py", &arguments).await,
            Sdk::Node1 | Sdk::Rust1 => {
                arguments.extend(["--sdk", "v1"]);
                Peer::node("a2a_matrix_agent.mjs", &arguments).await
            }
            Sdk::Node03 => {
                arguments.extend(["--sdk", "v03"]);
                Peer::node("a2a_matrix_agent.mjs", &arguments).await
            }
        };
        if kind.binding.is_none_or(|binding| binding == "grpc") {
            peer.read_until("GRPC", Duration::from_secs(30))
                .await
                .expect("it listens for gRPC");
        }
        Self { kind, peer }
    }

    /// What the Python client of the agent's own version is told without a gateway.
    pub(crate) async fn direct(&self) -> Value {
        let url = format!("http://127.0.0.1:{}", self.peer.port());
        self.own_client()
            .asks(&url, Some(TOKEN))
            .await
            .expect("the agent answers its own SDK")
    }

    fn own_client(&self) -> &'static Client {
        let sdk = if self.kind.is_v0_3() {
            Sdk::Python03
        } else {
            Sdk::Python1
        };
        let binding = self.kind.binding.unwrap_or("jsonrpc");
        let own = |client: &&Client| client.sdk == sdk && client.binding == binding;
        CLIENTS.iter().find(own).expect("there is such a client")
    }

    pub(crate) async fn gateway(&self) -> TestGateway {
        let backend = format!("{{a2a: {{host: 127.0.0.1, port: {}}}}}", self.peer.port());
        let filters = format!(
            "filters: [{{type: RequestHeaderModifier, requestHeaderModifier: {{set: [{{name: \
             x-matrix-gate, value: {TOKEN}}}]}}}}]"
        );
        let route = objects::routed("a2a", "agent", "/", &backend, &filters);
        TestGateway::serve(&Manifests::default().and(&route)).await
    }
}
