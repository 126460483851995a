use std::net::IpAddr;

use agentgateway_core::route::Hostname;

use super::{Table, TlsPlan};
use crate::config::{
    resource::Reference,
    snapshot::{ConnectionSettings, HttpSettings},
};

/// All that is to be served.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Plan {
    /// The sockets, each address and port once.
    pub sockets: Vec<PlannedSocket>,
}

impl Plan {
    /// Keeps the listeners of these names, and the sockets that have one; all of them when no name is
    /// given.
    ///
    /// # Errors
    /// A name that no listener has, with those that there are.
    pub fn only(self, names: &[String]) -> Result<Self, String> {
        let all: Vec<_> = self.listeners().map(|found| found.name.as_str()).collect();
        if let Some(name) = names.iter().find(|name| !all.contains(&name.as_str())) {
            return Err(format!(
                "there is no listener `{name}`; there are: {}",
                all.join(", ")
            ));
        }
        Ok(self.keep(names))
    }

    /// The same, whether each name is that of a listener or not.
    #[must_use]
    pub fn keep(mut self, names: &[String]) -> Self {
        if names.is_empty() {
            return self;
        }
        for socket in &mut self.sockets {
            let before = socket.listeners.len();
            socket
                .listeners
                .retain(|listener| names.contains(&listener.name));
            if socket.listeners.len() < before {
                socket.table = socket.table.only(names);
            }
        }
        self.sockets.retain(|socket| !socket.listeners.is_empty());
        self
    }

    /// The listeners of all sockets.
    pub fn listeners(&self) -> impl Iterator<Item = &PlannedListener> {
        self.sockets.iter().flat_map(|socket| &socket.listeners)
    }
}

/// One socket to be: what listeners of one Gateway share on one address and port.
#[derive(Debug)]
#[non_exhaustive]
pub struct PlannedSocket {
    /// The Gateway whose listeners these are; none without a configuration.
    pub gateway: Option<Reference>,
    /// The address to listen on; `None` is where the gateway was told to listen.
    pub address: Option<IpAddr>,
    /// The port; 0 lets the system choose.
    pub port: u16,
    /// The listeners, in the order of the manifest.
    pub listeners: Vec<PlannedListener>,
    /// The certificates, where TLS is spoken.
    pub tls: Option<TlsPlan>,
    /// Limits and clocks of connections.
    pub http: HttpSettings,
    /// How connections begin, and who may open them.
    pub connections: ConnectionSettings,
    /// The stacks. It reads [`ServerName`](agentgateway_core::context::ServerName), where the
    /// server writes it, to refuse requests for another listener than the connection was made to.
    pub table: Table,
    /// What to do when the port cannot be had.
    pub remedy: String,
}

impl PlannedSocket {
    /// A socket in clear text, of no Gateway.
    #[must_use]
    pub fn new(port: u16, listener: PlannedListener, table: Table, remedy: String) -> Self {
        Self {
            gateway: None,
            address: None,
            port,
            listeners: vec![listener],
            tls: None,
            http: HttpSettings::default(),
            connections: ConnectionSettings::default(),
            table,
            remedy,
        }
    }
}

/// One listener of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedListener {
    /// Its name, unique in the Gateway.
    pub name: String,
    /// The hostname that it serves; `None` for every one.
    pub hostname: Option<Hostname>,
    /// Its routes, a line each, for the status page.
    pub routes: Vec<String>,
}

impl PlannedListener {
    /// A listener for every hostname.
    #[must_use]
    pub fn new(name: impl Into<String>, routes: Vec<String>) -> Self {
        Self {
            name: name.into(),
            hostname: None,
            routes,
        }
    }
}
