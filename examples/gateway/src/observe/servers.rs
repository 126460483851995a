use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use agentgateway_mcp::gateway::{ServerState, ServerWatch};
use serde::Serialize;

use crate::reload::rfc3339;

/// The servers of MCP that are spoken to, as long as a plan has them.
#[derive(Debug, Default)]
pub struct McpServers(Mutex<Vec<Watched>>);

#[derive(Debug)]
struct Watched {
    backend: String,
    watch: ServerWatch,
}

/// What is known of one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KnownServer {
    /// Its backend, as `namespace/name`.
    pub backend: String,
    /// The name of the target.
    pub target: String,
    /// Whether it understands clients of revisions up to 2025-11-25; absent where nobody knows yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legacy: Option<bool>,
    /// Whether it understands clients of 2026-07-28; absent where nobody knows yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modern: Option<bool>,
    /// Whether the configuration says so.
    pub told: bool,
    /// When it was found out, as RFC 3339 writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// When it has failed last by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// How it has failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl McpServers {
    /// Tells of the servers of this backend from now on. Those that are gone are forgotten.
    pub fn add(&self, backend: impl Into<String>, watch: ServerWatch) {
        let mut watched = self.watched();
        watched.retain(|one| one.watch.states().is_some());
        let backend = backend.into();
        watched.push(Watched { backend, watch });
    }

    /// All of them, by backend and target. Where rules ask for one backend in several ways, each finds out by itself:
    /// of these, what was learnt last.
    #[must_use]
    pub fn list(&self) -> Vec<KnownServer> {
        let mut found: BTreeMap<(String, Box<str>), ServerState> = BTreeMap::new();
        for one in &*self.watched() {
            for state in one.watch.states().into_iter().flatten() {
                let key = (one.backend.clone(), state.name.clone());
                let newer = |known: &ServerState| learnt(known) >= learnt(&state);
                if !found.get(&key).is_some_and(newer) {
                    found.insert(key, state);
                }
            }
        }
        let known = found.into_iter();
        known
            .map(|((backend, _), state)| KnownServer::new(backend, state))
            .collect()
    }

    fn watched(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When something was learnt of a server.
fn learnt(state: &ServerState) -> Option<SystemTime> {
    let failed = state.last_failure.as_ref().map(|(at, _)| *at);
    state.found.max(failed)
}

impl KnownServer {
    fn new(backend: String, state: ServerState) -> Self {
        let (failed, failure) = state.last_failure.unzip();
        Self {
            backend,
            target: state.name.into(),
            legacy: state.legacy,
            modern: state.modern,
            told: state.is_told,
            found: state.found.map(rfc3339),
            failed: failed.map(rfc3339),
            failure,
        }
    }
}
