//! Helpers shared by the end-to-end tests: peers, clients and gateways that end with their test.
#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod client;
mod collector;
mod gateway;
mod http;
pub mod mounting;
pub mod objects;
mod peer;
mod process;
pub mod raw;
pub mod traffic;

pub use self::{
    client::run_client,
    collector::{Collector, Span},
    gateway::{Manifests, TestGateway, before_demo},
    http::{get, post},
    peer::Peer,
    process::{Configured, Process, free_port},
};

/// The example of the guide runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/resilience.md")]
struct ResilienceGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/policies.md")]
struct PoliciesGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/first-tool-policy.md")]
struct FirstToolPolicyGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/agent-cards.md")]
struct AgentCardsGuide;

/// The example of the guide runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/models.md")]
struct ModelsGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/own-provider.md")]
struct OwnProviderGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/agents.md")]
struct AgentsGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/agent-replicas.md")]
struct AgentReplicasGuide;

/// The example of the guide runs.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/agent-policies.md")]
struct AgentPoliciesGuide;

/// The examples of the guide run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/push.md")]
struct PushGuide;

use std::path::PathBuf;

/// The folder of this package.
#[must_use]
pub fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The interpreter of one of the installed environments: `py`, `py-a2a03` or `py-mcp1`.
///
/// `tests/install` puts them there.
#[must_use]
pub fn python(environment: &str) -> PathBuf {
    let path = here().join(".deps").join(environment).join("bin/python");
    assert!(
        path.exists(),
        "{} is missing: run tests/install first",
        path.display()
    );
    path
}

/// Recorded traffic, where the machine has it. `None` is said on standard error.
#[must_use]
pub fn shared_data(folder: &str) -> Option<PathBuf> {
    let roots = ["../../shared/data", "../../../shared/data"];
    let found = roots
        .iter()
        .map(|root| here().join(root).join(folder))
        .find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no shared data `{folder}` here");
    }
    found
}
