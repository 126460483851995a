use agentgateway_core::upstream::{Client, Upstream};

use super::Table;
use crate::observe::Observer;

/// What every stack is built with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parts {
    /// The client of all upstreams; a request's scheme says whether TLS is spoken.
    pub client: Upstream,
    /// Is told of every exchange.
    pub observer: Observer,
}

impl Parts {
    /// The usual client: in clear text and by TLS. Within a runtime, its idle connections are
    /// looked after.
    #[must_use]
    pub fn new(observer: Observer) -> Self {
        let client = Client::builder().tls().build();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(client.maintain());
        }
        Self {
            client: Upstream::from(client),
            observer,
        }
    }
}

/// All that is to be served.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The listeners.
    pub listeners: Vec<Planned>,
}

impl Plan {
    /// Keeps the listeners of these names; all of them when no name is given.
    ///
    /// # Errors
    /// A name that no listener has, with those that there are.
    pub fn only(mut self, names: &[String]) -> Result<Self, String> {
        if names.is_empty() {
            return Ok(self);
        }
        for name in names {
            if !self.listeners.iter().any(|listener| listener.name == *name) {
                let all: Vec<_> = self
                    .listeners
                    .iter()
                    .map(|found| found.name.as_str())
                    .collect();
                return Err(format!(
                    "there is no listener `{name}`; there are: {}",
                    all.join(", ")
                ));
            }
        }
        self.listeners
            .retain(|listener| names.contains(&listener.name));
        Ok(self)
    }
}

/// One listener to be.
#[derive(Debug)]
#[non_exhaustive]
pub struct Planned {
    /// Its name.
    pub name: String,
    /// Its port; 0 lets the system choose.
    pub port: u16,
    /// Its routes, a line each, for the status page.
    pub routes: Vec<String>,
    /// What to do when the port cannot be had.
    pub remedy: String,
    /// Its stacks.
    pub table: Table,
}
