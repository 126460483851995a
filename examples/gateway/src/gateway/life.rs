use std::{net::SocketAddr, time::Duration};

use agentgateway_core::server::{Drain, Listener};

use super::{Settings, Sockets, StartError, watchdog::Watchdog, watched::Watched};
use crate::{
    admin::{Admin, Served},
    assemble::Plan,
    observe::Observer,
    reload::{Load, Reloader, Standing},
};

/// A gateway whose sockets are bound, with its admin listener.
#[derive(Debug)]
pub struct Gateway {
    sockets: Sockets,
    standing: Standing,
    admin: Watched,
    drain: Drain,
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
        let standing = Standing::new(observer.clone());
        let admin = settings.admin;
        let mut sockets = Sockets::new(settings);
        sockets.apply(plan, Duration::ZERO).await?;
        standing.serves(sockets.served());
        Self::over(sockets, standing, admin, observer).await
    }

    /// These sockets, which the reloader has bound.
    ///
    /// # Errors
    /// [`StartError`] when the address of the admin listener cannot be had.
    pub(crate) async fn over(
        sockets: Sockets,
        standing: Standing,
        admin: SocketAddr,
        observer: Observer,
    ) -> Result<Self, StartError> {
        let drain = Drain::new();
        let inherited = sockets.settings().inherited.clone();
        let (listener, ends) = match inherited.listener(admin) {
            // What it does not take, the next process does: who asks is to hear of that one.
            Some(listener) => (listener.map_err(StartError::serve_admin)?, drain.child()),
            None => {
                let bound = Listener::bind(admin).await;
                (bound.map_err(StartError::admin)?, Drain::new())
            }
        };
        inherited.tell_unused();
        let local = listener.local_addr().ip().is_loopback();
        if !local {
            warn_of_the_open(listener.local_addr());
        }
        let (tracing, heap) = {
            let settings = sockets.settings();
            (settings.tracing.clone(), settings.heap.clone())
        };
        let watchdog = Watchdog::new(observer.metrics().threads().clone());
        let admin = Admin::new(observer, standing.clone(), tracing).local(local);
        let admin = Watched::serve((listener, ends), admin, watchdog, heap).await;
        Ok(Self {
            sockets,
            standing,
            admin: admin.map_err(StartError::serve_admin)?,
            drain,
        })
    }

    /// The listeners, with the addresses that they have.
    #[must_use]
    pub fn served(&self) -> Vec<Served> {
        self.sockets.served()
    }

    /// What is served, what the source holds, and what is to come.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.clone()
    }

    /// The address of the admin listener.
    #[must_use]
    pub const fn admin_addr(&self) -> SocketAddr {
        self.admin.addr()
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
        let (drain, life) = self.begin();
        drain.begun().await;
        life.end(drain).await
    }

    /// The same, and follows the source of its configuration meanwhile.
    ///
    /// # Cancel safety
    /// Dropping the future ends every connection at once.
    pub async fn run_reloading<L: Load>(self, mut reloader: Reloader<L>) -> usize {
        let (drain, mut life) = self.begin();
        tokio::select! {
            biased;
            // A change that is under way is given up: it is made at once, or not at all.
            () = drain.begun() => {}
            () = reloader.run(&mut life.sockets) => {}
        }
        life.end(drain).await
    }

    /// The admin listener outlives the others, so that a drain can be watched.
    fn begin(self) -> (Drain, Life) {
        self.standing.ready();
        let life = Life {
            sockets: self.sockets,
            standing: self.standing,
            _admin: self.admin,
        };
        (self.drain, life)
    }
}

fn warn_of_the_open(addr: SocketAddr) {
    tracing::warn!(
        "the admin listener on {addr} has no authentication, and whoever reaches it reads the \
         configuration (without secrets) and the last requests: let in none but probes, scrapers \
         and operators, or use --admin 127.0.0.1:{}",
        addr.port()
    );
}

struct Life {
    sockets: Sockets,
    standing: Standing,
    /// Ends with this.
    _admin: Watched,
}

impl Life {
    async fn end(mut self, drain: Drain) -> usize {
        self.standing.draining();
        let configured = self.standing.shutdown();
        let (delay, deadline) = self.sockets.settings().drain_times(configured);
        let switch = self.sockets.switch();
        let mut ending = std::pin::pin!(self.sockets.drain(delay, deadline));
        tokio::select! {
            biased;
            cut = &mut ending => return cut,
            () = drain.aborted() => switch.abort(),
        }
        ending.await
    }
}
