use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::upstream::{Client, Upstream};

use crate::config::snapshot::{Keepalive, TlsTerms};

/// How connections are made: in what two clients differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Transport {
    /// HTTP/2 alone; otherwise HTTP/1.1, or within TLS what is agreed on.
    pub(super) http2: bool,
    /// How long a connection may take to stand, where it is not as usual.
    pub(super) connect: Option<Duration>,
    /// Their keep-alive, where it is not as usual.
    pub(super) keepalive: Option<Keepalive>,
    /// How TLS is spoken, where it is not as usual.
    pub(super) tls: Option<Arc<TlsTerms>>,
}

impl Transport {
    /// Whether it is as usual, but for the version of HTTP.
    pub(super) fn is_usual(&self) -> bool {
        let usual = Self {
            http2: self.http2,
            ..Self::default()
        };
        *self == usual
    }

    /// A client that connects so.
    ///
    /// # Errors
    /// What cannot be used of the terms of TLS, for the operator.
    pub(super) fn client(&self) -> Result<Upstream, String> {
        let mut builder = Client::builder();
        builder = match &self.tls {
            None => builder.tls(),
            Some(terms) => builder.tls_with(
                terms
                    .client()
                    .map_err(|(field, error)| format!("its tls.{field}: {error}"))?,
            ),
        };
        if self.http2 {
            builder = builder.http2_only();
        }
        if let Some(deadline) = self.connect {
            builder = builder.connect_deadline(deadline);
        }
        if let Some(Keepalive {
            idle,
            interval,
            probes,
        }) = self.keepalive
        {
            builder = builder.tcp_keepalive_probes(idle, interval, probes);
        }
        Ok(maintained(builder.build()))
    }
}

/// A client whose idle connections are looked after, within a runtime.
pub(super) fn maintained(client: Client) -> Upstream {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(client.maintain());
    }
    Upstream::from(client)
}

/// The clients whose transport is not as usual, each once, as long as plans have a backend for it.
///
/// A pool belongs to its client: backends that are spoken to on the same terms share one, which stays over
/// a reload, and with a changed certificate connections begin anew.
#[derive(Clone, Default)]
pub(super) struct Clients(Arc<Mutex<HashMap<Transport, Upstream>>>);

impl Clients {
    /// The client of this transport, made where there is none yet.
    ///
    /// # Errors
    /// Why there is none, for the operator.
    pub(super) fn of(&self, transport: &Transport) -> Result<Upstream, String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(transport) {
            return Ok(client.clone());
        }
        let made = transport.client()?;
        known.insert(transport.clone(), made.clone());
        Ok(made)
    }

    /// Drops all but these. What runs on one that is dropped ends as it began.
    pub(super) fn keep(&self, used: &HashSet<Transport>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|transport, _| used.contains(transport));
    }
}

#[cfg(test)]
impl Clients {
    /// Of which transports there are clients.
    pub(super) fn transports(&self) -> HashSet<Transport> {
        self.0.lock().unwrap().keys().cloned().collect()
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}
