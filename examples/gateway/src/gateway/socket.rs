use std::time::Duration;

use agentgateway_core::{
    Body,
    forwarded::{ForwardedLayer, Networks},
    limit::heap::Heap,
    policy::PolicyLayer,
    request_id::RequestIds,
    server::{
        ClientAuth, Drain, Drained, Handshakes, Identity, Listener, ListenerHandle, RequestBody,
        Tls, TlsError, serve,
    },
    swap::{Swap, SwapHandle},
    telemetry::TelemetryLayer,
};
use http::Request;
use tokio::task::{AbortHandle, JoinSet};
use tower::{ServiceBuilder, util::MapRequestLayer};

use super::{
    connection,
    identities::{clients, identities},
};
use crate::{
    assemble::{PlannedSocket, Table, TlsPlan},
    telemetry::{AccessLogLayer, OpenedServer, SocketTracing},
};

/// What a socket is within TLS.
pub(super) struct Secured {
    identities: Vec<Identity>,
    clients: ClientAuth,
    handshakes: Handshakes,
}

impl Secured {
    pub(super) fn new(plan: &TlsPlan) -> Result<Self, TlsError> {
        Ok(Self {
            identities: identities(plan)?,
            clients: clients(plan)?,
            handshakes: match &plan.handshakes {
                None => Handshakes::new(),
                Some(terms) => terms.handshakes()?,
            },
        })
    }

    pub(super) fn tls(&self) -> Result<Tls, TlsError> {
        let tls = Tls::new(&self.identities)?;
        tls.agree_on(self.handshakes.clone())?;
        tls.ask_clients(self.clients.clone())?;
        Ok(tls)
    }

    fn replace(self, tls: &Tls) -> Result<(), TlsError> {
        // Who may come in first: a new certificate is shown to nobody else.
        tls.agree_on(self.handshakes)?;
        tls.ask_clients(self.clients)?;
        tls.replace(&self.identities)
    }
}

/// How often the memory is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A socket that is served, and what changes it.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) handle: ListenerHandle,
    pub(super) tls: Option<Tls>,
    table: SwapHandle<Table>,
    tracing: SocketTracing,
    trusted: Networks,
    drain: Drain,
    /// Closes idle connections where memory is short.
    relief: Option<AbortHandle>,
    /// What is served, for who asks.
    pub(super) planned: PlannedSocket,
}

impl Socket {
    /// Serves a bound listener in a task of its own.
    pub(super) fn serve(
        listener: Listener,
        tls: Option<Tls>,
        planned: PlannedSocket,
        drain: Drain,
        (tracing, trusted, serving): (SocketTracing, &Networks, &mut JoinSet<Drained>),
    ) -> Self {
        let (swap, table) = Swap::new(planned.table.clone());
        let ids = PolicyLayer::new(RequestIds::new().trusting(trusted.clone()));
        let believing = (!trusted.is_empty()).then(|| ForwardedLayer::new(trusted.clone()));
        let service = ServiceBuilder::new()
            .option_layer(believing)
            .layer(ids)
            .layer(tracing.layer())
            .layer(AccessLogLayer::new(tracing.clone()))
            .layer(TelemetryLayer::server().instrument(OpenedServer::default()))
            .layer(MapRequestLayer::new(|request: Request<RequestBody>| {
                request.map(Body::new)
            }))
            .service(swap);
        let handle = listener.handle();
        let listener = match &tls {
            Some(tls) => listener.with_tls(tls.clone()),
            None => listener,
        };
        let config = connection::config(&planned, trusted);
        let trusted = trusted.clone();
        serving.spawn(serve(listener, service, config, drain.clone()));
        Self {
            handle,
            tls,
            table,
            tracing,
            trusted,
            drain,
            relief: None,
            planned,
        }
    }

    /// Closes idle connections from now on whenever this is nearly full.
    pub(super) fn relieve(&mut self, heap: Option<&Heap>) {
        let handle = self.handle.clone();
        let relief = heap.map(|heap| heap.maintain(LOOK, move || handle.close_idle()));
        self.relief = relief.map(|relief| tokio::spawn(relief).abort_handle());
    }

    /// Whether the plan can be served without a new listener.
    pub(super) fn can_become(&self, secured: Option<&Secured>) -> bool {
        self.tls.is_some() == secured.is_some()
    }

    /// Serves this from the next request on; certificates and limits from the next connection on.
    pub(super) fn change_to(
        &mut self,
        planned: PlannedSocket,
        secured: Option<Secured>,
        tracing: &SocketTracing,
    ) {
        if let (Some(tls), Some(secured)) = (&self.tls, secured) {
            // It fails for what staging has refused alone.
            let _ = secured.replace(tls);
        }
        let before = (&self.planned.http, &self.planned.connections);
        if before != (&planned.http, &planned.connections) {
            let config = connection::config(&planned, &self.trusted);
            self.handle.configure(config);
        }
        self.tracing.follow(tracing);
        self.table.replace(planned.table.clone());
        self.planned = planned;
    }

    /// Takes nothing new from now on; what is under way has until the deadline.
    pub(super) fn retire(self, deadline: Duration) {
        self.drain.begin_within(Duration::ZERO, deadline);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(relief) = &self.relief {
            relief.abort();
        }
    }
}
