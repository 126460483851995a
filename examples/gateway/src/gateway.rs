//! Sockets, and the life of the process: bind, serve, drain.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use agentgateway_core::{
    Body,
    server::{BindError, Config, Drain, Drained, Listener, RequestBody, serve},
    telemetry::TelemetryLayer,
};
use http::Request;
use tokio::task::JoinSet;
use tower::{ServiceBuilder, ServiceExt, util::MapRequestLayer};

use crate::{
    admin::{Admin, Health, Served},
    assemble::Plan,
    observe::Observer,
    telemetry::{AccessLogLayer, GatewayName, OpenedServer, Tracing},
};

/// The name of the admin listener.
const ADMIN: &str = "admin";

/// Where and how to serve.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The address of the listeners.
    pub bind: IpAddr,
    /// The address of the admin listener.
    pub admin: SocketAddr,
    /// How long to serve on, unready, after the drain has begun. Default: 0.
    pub drain_delay: Duration,
    /// How long answers under way may take after that. Default: 300 s.
    pub drain_deadline: Duration,
    /// The tracing of the listeners. Default: none.
    pub tracing: Tracing,
}

impl Settings {
    /// Listens on `bind`, with the admin listener on `admin`.
    #[must_use]
    pub fn new(bind: IpAddr, admin: SocketAddr) -> Self {
        Self {
            bind,
            admin,
            drain_delay: Duration::ZERO,
            drain_deadline: Duration::from_secs(300),
            tracing: Tracing::detached(),
        }
    }
}

/// A gateway whose sockets are bound.
#[derive(Debug)]
pub struct Gateway {
    listeners: Vec<(Listener, crate::assemble::Table)>,
    served: Vec<Served>,
    admin: Listener,
    observer: Observer,
    health: Health,
    drain: Drain,
    settings: Settings,
}

/// A port that cannot be had, and what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct StartError {
    listener: String,
    remedy: String,
    error: BindError,
}

impl StartError {
    fn new(listener: &str, remedy: &str, error: BindError) -> Self {
        let own_address = error.kind() == io::ErrorKind::AddrNotAvailable && listener != ADMIN;
        let remedy = if own_address {
            "--bind says which"
        } else {
            remedy
        };
        Self {
            listener: listener.to_owned(),
            remedy: remedy.to_owned(),
            error,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "listener {}: {} ({})",
            self.listener, self.error, self.remedy
        )
    }
}

impl std::error::Error for StartError {
    /// What the system said: the rest is in the message.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl Gateway {
    /// Binds every socket of the plan, or none.
    ///
    /// # Errors
    /// [`StartError`] names the listener, the address and the remedy.
    pub async fn bind(
        plan: Plan,
        settings: Settings,
        observer: Observer,
    ) -> Result<Self, StartError> {
        let (mut listeners, mut served) = (Vec::new(), Vec::new());
        for socket in plan.sockets {
            let ip = socket.address.unwrap_or(settings.bind);
            let names: Vec<_> = socket.listeners.iter().map(|l| l.name.as_str()).collect();
            let listener = Listener::bind(SocketAddr::new(ip, socket.port))
                .await
                .map_err(|error| StartError::new(&names.join(", "), &socket.remedy, error))?;
            for planned in socket.listeners {
                let addr = listener.local_addr();
                served.push(Served::new(planned.name, addr, planned.routes));
            }
            listeners.push((listener, socket.table));
        }
        let admin = Listener::bind(settings.admin)
            .await
            .map_err(|error| StartError::new(ADMIN, "--admin says which address", error))?;
        let (health, drain) = (Health::default(), Drain::new());
        Ok(Self {
            listeners,
            served,
            admin,
            observer,
            health,
            drain,
            settings,
        })
    }

    /// The listeners, with the addresses that they have.
    #[must_use]
    pub fn served(&self) -> &[Served] {
        &self.served
    }

    /// The address of the admin listener.
    #[must_use]
    pub const fn admin_addr(&self) -> SocketAddr {
        self.admin.local_addr()
    }

    /// Ends the serving, gracefully or at once.
    #[must_use]
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Serves until it is drained; says how many connections had to be cut.
    ///
    /// # Cancel safety
    /// Dropping the future ends every connection at once.
    pub async fn run(self) -> usize {
        let config = Config::new()
            .drain_delay(self.settings.drain_delay)
            .drain_deadline(self.settings.drain_deadline);
        let mut serving: JoinSet<Drained> = JoinSet::new();
        let gateway = GatewayName::new("default", "agentgateway");
        let tracing = self.settings.tracing.gateway(&gateway);
        for (listener, table) in self.listeners {
            let service = ServiceBuilder::new()
                .layer(tracing.layer())
                .layer(AccessLogLayer::new(tracing.clone()))
                .layer(TelemetryLayer::server().instrument(OpenedServer::default()))
                .layer(MapRequestLayer::new(|request: Request<RequestBody>| {
                    request.map(Body::new)
                }))
                .service(table);
            serving.spawn(serve(listener, service, config.clone(), self.drain.clone()));
        }
        // The admin listener outlives the others, so that a drain can be watched.
        let local = self.admin.local_addr().ip().is_loopback();
        let admin = Admin::new(self.observer, self.health.clone(), self.served).local(local);
        let admin_drain = Drain::new();
        let admin_config = Config::new()
            .drain_delay(Duration::ZERO)
            .drain_deadline(Duration::ZERO);
        let mut watching = JoinSet::new();
        let admin = admin.map_request(|request: Request<RequestBody>| request);
        watching.spawn(serve(self.admin, admin, admin_config, admin_drain.clone()));
        self.health.ready();
        self.drain.begun().await;
        self.health.draining();
        let mut cut = 0;
        while let Some(drained) = serving.join_next().await {
            cut += drained.map_or(0, |drained| drained.cut);
        }
        admin_drain.abort();
        let _ = watching.join_next().await;
        cut
    }
}
