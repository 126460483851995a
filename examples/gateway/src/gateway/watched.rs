use std::{io, net::SocketAddr, thread, time::Duration};

use agentgateway_core::{
    limit::heap::Heap,
    server::{Config, Drain, Listener, RequestBody, serve},
};
use http::Request;
use tokio::{runtime, sync::oneshot};
use tower::ServiceExt;

use super::{relief::relief, watchdog::Watchdog};
use crate::admin::Admin;

/// How many clients may be connected; the others wait in the system's queue.
const MAX_CONNECTIONS: usize = 256;

/// How long a client may say nothing, read nothing, or take for a head.
const PATIENCE: Duration = Duration::from_secs(5);

/// The admin listener, served on a thread of its own: what it is asked takes nothing from requests,
/// and is answered however busy these are. From there the threads of requests and the
/// memory are watched, too. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watched {
    addr: SocketAddr,
    _end: oneshot::Sender<()>,
}

impl Watched {
    /// Serves this from now on; once the drain has begun, only what is under way.
    pub(super) async fn serve(
        (listener, drain): (Listener, Drain),
        admin: Admin,
        watchdog: Watchdog,
        heap: Option<Heap>,
    ) -> io::Result<Self> {
        let addr = listener.local_addr();
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (end, ended) = oneshot::channel();
        let (begin, begun) = oneshot::channel();
        let work = move || {
            let serving = serving((listener, drain), admin, begin);
            runtime.block_on(async {
                tokio::select! {
                    () = serving => {}
                    () = watchdog.watch() => {}
                    () = relief(heap) => {}
                    _ = ended => {}
                }
            });
        };
        thread::Builder::new()
            .name("admin".to_owned())
            .spawn(work)?;
        let lost = |_| io::Error::other("the thread of the admin listener ended");
        begun.await.map_err(lost)??;
        Ok(Self { addr, _end: end })
    }

    /// Where it listens.
    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }
}

async fn serving(
    (listener, drain): (Listener, Drain),
    admin: Admin,
    begin: oneshot::Sender<io::Result<()>>,
) {
    // The socket was bound elsewhere, and is to be woken here.
    let own = listener.handle().duplicate();
    drop(listener);
    let (own, begun) = match own {
        Ok(own) => (Some(own), Ok(())),
        Err(error) => (None, Err(error)),
    };
    let _ = begin.send(begun);
    let Some(own) = own else {
        return;
    };
    let admin = admin.map_request(|request: Request<RequestBody>| request);
    serve(own, admin, config(), drain).await;
}

fn config() -> Config {
    Config::new()
        .max_connections(MAX_CONNECTIONS)
        .header_timeout(PATIENCE)
        .write_timeout(PATIENCE)
        .max_streams(8)
        .drain_delay(Duration::ZERO)
}
