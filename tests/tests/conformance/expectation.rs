//! What the conformance tests of Gateway API ask, and what they expect.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value;

/// The expectations and manifests, where the machine has them.
pub(crate) struct Suite {
    root: PathBuf,
    /// The tests, in the order of their list.
    pub(crate) tests: Vec<Test>,
}

impl Suite {
    /// `None` is said on standard error.
    pub(crate) fn load() -> Option<Self> {
        let root = agentgateway_tests::shared_data("gateway-api")?;
        let text = std::fs::read_to_string(root.join("conformance-expectations.json")).ok()?;
        let mut all: Vec<Value> = serde_json::from_str(&text).unwrap();
        // What stands first explains the form of the others.
        all.remove(0);
        let tests = all.into_iter().map(|test| {
            let name = test["test"].to_string();
            serde_json::from_value(test).unwrap_or_else(|error| panic!("{name}: {error}"))
        });
        Some(Self {
            tests: tests.collect(),
            root,
        })
    }

    /// The folder of the manifests.
    pub(crate) fn manifests(&self) -> &Path {
        &self.root
    }
}

/// One test.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Test {
    #[serde(rename = "test")]
    pub(crate) name: String,
    pub(crate) manifest: Vec<String>,
    #[serde(default)]
    pub(crate) gateway: Vec<String>,
    #[serde(default)]
    pub(crate) steps: Vec<Step>,
    #[serde(flatten)]
    pub(crate) first: Expected,
}

/// A change of the manifests, and what must be true after it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) object: String,
    pub(crate) change: String,
    #[serde(default)]
    pub(crate) value: Value,
    #[serde(default)]
    pub(crate) listener_added: Value,
    #[serde(default)]
    pub(crate) listener_removed: Value,
    pub(crate) expect: Expected,
}

/// What must be true.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Expected {
    #[serde(default)]
    pub(crate) requests: Vec<Exchange>,
    #[serde(default)]
    pub(crate) conditions: Vec<Value>,
    #[serde(default)]
    pub(crate) status_checks: Vec<Value>,
    #[serde(default)]
    pub(crate) attached_routes: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    pub(crate) supported_kinds: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    pub(crate) listener_status_count: BTreeMap<String, usize>,
}

/// A request and its answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) request: Ask,
    pub(crate) expect: Answer,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    pub(crate) gateway: Option<String>,
    pub(crate) scheme: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) host: Option<String>,
    pub(crate) path: String,
    pub(crate) method: Option<String>,
    pub(crate) protocol: Option<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) backend_sets_response_headers: BTreeMap<String, String>,
    pub(crate) sni: Option<String>,
    pub(crate) trusted_ca_secret: Option<String>,
    pub(crate) client_certificate_secret: Option<String>,
    pub(crate) unique_query_param: Option<String>,
    /// Redirects are never followed here.
    #[serde(rename = "follow_redirects")]
    pub(crate) _follow_redirects: Option<bool>,
}

impl Ask {
    pub(crate) fn tls(&self) -> bool {
        self.scheme.as_deref() == Some("https")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls() { 443 } else { 80 })
    }

    pub(crate) fn speaks(&self, protocol: &str) -> bool {
        self.protocol.as_deref() == Some(protocol)
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme.as_deref().unwrap_or("http");
        let protocol = self.protocol.as_deref().unwrap_or("HTTP/1.1");
        let method = self.method.as_deref().unwrap_or("GET");
        let (host, path) = (self.host.as_deref().unwrap_or("(the gateway)"), &self.path);
        let (port, gateway) = (self.port(), self.gateway.as_deref().unwrap_or("it"));
        write!(
            f,
            "{protocol} {method} {scheme}://{host}{path} at port {port} of {gateway}"
        )?;
        write!(f, ", headers {:?}", self.headers)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    #[serde(default)]
    pub(crate) status: Value,
    pub(crate) backend: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) path_at_backend: Option<String>,
    pub(crate) host_at_backend: Option<String>,
    pub(crate) method_at_backend: Option<String>,
    #[serde(default)]
    pub(crate) request_headers_at_backend: Headers,
    /// Listed by the suite, and compared by nobody.
    #[serde(rename = "request_headers_listed_unchecked")]
    pub(crate) _unchecked: Option<Value>,
    #[serde(default)]
    pub(crate) response_headers: Headers,
    pub(crate) answered_by: Option<String>,
    pub(crate) redirect: Option<Redirect>,
    #[serde(default)]
    pub(crate) mirrored_to: Vec<Mirror>,
    #[serde(default)]
    pub(crate) connection_fails: bool,
    /// Said beside the number.
    #[serde(rename = "grpc_status")]
    pub(crate) _grpc_status: Option<String>,
    pub(crate) grpc_code: Option<u16>,
    pub(crate) weights: Option<BTreeMap<String, f64>>,
    pub(crate) weights_sample: Option<Sample>,
    pub(crate) repeat: Option<usize>,
    pub(crate) backend_named_by_request_header: Option<String>,
    pub(crate) echo_text_frame: Option<String>,
    #[serde(default)]
    pub(crate) echo_binary_frame: Vec<u8>,
    pub(crate) sni_at_backend: Option<String>,
    pub(crate) client_certificate_at_backend: Option<String>,
}

/// Headers by name, whose case does not matter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Headers {
    #[serde(default)]
    pub(crate) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) one_of: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) absent: Vec<String>,
    #[serde(default)]
    pub(crate) ignore_whitespace: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redirect {
    pub(crate) scheme: String,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
    pub(crate) status: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mirror {
    pub(crate) backend: String,
    pub(crate) namespace: String,
    pub(crate) percent: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    pub(crate) requests: usize,
    pub(crate) concurrency: usize,
    pub(crate) tolerance: f64,
    pub(crate) max_attempts: usize,
}
