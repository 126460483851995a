//! Five providers behind a gateway, one for each dialect.

use agentgateway_tests::{Manifests, Peer, TestGateway, get};
use serde_json::Value;

/// A provider, and the model that it is asked for.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Its dialect.
    pub(crate) name: &'static str,
    pub(crate) model: &'static str,
    kind: &'static str,
    auth: &'static str,
}

const KEY: &str = "secretRef: {name: key}";
const AWS: &str = "aws: {secretRef: {name: aws}}";

/// All of them.
pub(crate) const PROVIDERS: [Provider; 5] = [
    Provider {
        name: "chat",
        model: "gpt-5.1",
        kind: "custom: {formats: [{type: Completions}]}",
        auth: KEY,
    },
    Provider {
        name: "responses",
        model: "gpt-5.1",
        kind: "custom: {formats: [{type: Responses}]}",
        auth: KEY,
    },
    Provider {
        name: "messages",
        model: "claude-sonnet-4-6",
        kind: "anthropic: {}",
        auth: KEY,
    },
    Provider {
        name: "gemini",
        model: "gemini-2.5-flash",
        kind: "gemini: {}",
        auth: KEY,
    },
    Provider {
        name: "converse",
        model: "us.anthropic.claude-sonnet-4-6-v1:0",
        kind: "bedrock: {region: us-east-1}",
        auth: AWS,
    },
];

const AWS_KEY: &str = "
apiVersion: v1
kind: Secret
metadata: {name: aws, namespace: default}
stringData: {accessKey: AKIDSCRIPTED, secretKey: scripted/secret+key}
";

/// The providers, and the gateway before them.
#[derive(Debug)]
pub(crate) struct Scene {
    peer: Peer,
    gateway: TestGateway,
}

impl Scene {
    pub(crate) async fn set() -> Self {
        Self::with(&[]).await
    }

    /// With further backends: a prefix, and the spec of its backend, where `PORT` is the providers'.
    pub(crate) async fn with(more: &[(&str, &str)]) -> Self {
        let peer = Peer::python("py", "llm_providers.py", &[]).await;
        let mut manifests = Manifests::default()
            .secret("key", "of-the-gateway")
            .and(AWS_KEY);
        for Provider {
            name, kind, auth, ..
        } in &PROVIDERS
        {
            let spec = format!(
                "{{ai: {{provider: {{{kind}, host: 127.0.0.1, port: {}}}}}, policies: {{auth: {{{auth}}}}}}}",
                peer.port()
            );
            manifests = manifests.route("llm", &format!("/{name}"), Some("/"), &spec);
        }
        for (prefix, spec) in more {
            let spec = spec.replace("PORT", &peer.port().to_string());
            manifests = manifests.route("llm", prefix, Some("/"), &spec);
        }
        let gateway = TestGateway::serve(&manifests).await;
        Self { peer, gateway }
    }

    /// `http://host:port` of the gateway.
    pub(crate) fn gateway(&self) -> String {
        self.gateway.url("llm")
    }

    /// `http://host:port` of the providers.
    pub(crate) fn providers(&self) -> String {
        format!("http://127.0.0.1:{}", self.peer.port())
    }

    /// What a client asks: every provider, through the gateway and directly.
    pub(crate) fn targets(&self) -> Vec<String> {
        let (gateway, providers) = (self.gateway(), self.providers());
        let both = PROVIDERS.iter().flat_map(|Provider { name, model, .. }| {
            [
                format!("{name}={model}={gateway}/{name}"),
                format!("direct-{name}={model}={providers}"),
            ]
        });
        both.collect()
    }

    /// What the providers were asked for, by cell.
    pub(crate) async fn asked(&self) -> Value {
        let asked = get(&format!("{}/asked", self.providers())).await;
        serde_json::from_slice(asked.body()).expect("what was asked for")
    }
}
