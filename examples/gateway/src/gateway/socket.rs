use std::time::Duration;

use agentgateway_core::{
    Body,
    forwarded::{ForwardedLayer, Networks},
    policy::PolicyLayer,
    request_id::RequestIds,
    server::{Drain, Drained, Identity, Listener, ListenerHandle, RequestBody, Tls, serve},
    swap::{Swap, SwapHandle},
    telemetry::TelemetryLayer,
};
use http::Request;
use tokio::task::JoinSet;
use tower::{ServiceBuilder, util::MapRequestLayer};

use super::connection;
use crate::{
    assemble::{PlannedSocket, Table},
    config::snapshot::HttpSettings,
    telemetry::{AccessLogLayer, OpenedServer, SocketTracing},
};

/// A socket that is served, and what changes it.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) handle: ListenerHandle,
    pub(super) tls: Option<Tls>,
    table: SwapHandle<Table>,
    tracing: SocketTracing,
    http: HttpSettings,
    drain: Drain,
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
        let trusted = (!trusted.is_empty()).then(|| ForwardedLayer::new(trusted.clone()));
        let service = ServiceBuilder::new()
            .option_layer(trusted)
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
        let config = connection::config(&planned.http);
        serving.spawn(serve(listener, service, config, drain.clone()));
        Self {
            handle,
            tls,
            table,
            tracing,
            http: planned.http.clone(),
            drain,
            planned,
        }
    }

    /// Whether the plan can be served without a new listener.
    pub(super) fn can_become(&self, tls: Option<&Vec<Identity>>) -> bool {
        self.tls.is_some() == tls.is_some()
    }

    /// Serves this from the next request on; certificates and limits from the next connection on.
    pub(super) fn change_to(
        &mut self,
        planned: PlannedSocket,
        identities: Option<&[Identity]>,
        tracing: &SocketTracing,
    ) {
        if let (Some(tls), Some(identities)) = (&self.tls, identities) {
            // It fails for an empty list alone, which staging has refused.
            let _ = tls.replace(identities);
        }
        if self.http != planned.http {
            self.handle.configure(connection::config(&planned.http));
            self.http = planned.http.clone();
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
