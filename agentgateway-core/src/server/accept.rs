use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tower_service::Service;

use super::{
    Config, Drain, Listener,
    body::RequestBody,
    connection::{Accepted, Protocol},
};
use crate::error::BoxError;

/// The pause after the system refused a connection for want of something, such as descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Connections that were cut: at the deadline, or by an abort.
    pub cut: usize,
}

/// Serves a listener until `drain` is turned; see the [module](crate::server).
///
/// On [`Drain::begin`] it goes on for the [delay](Config::drain_delay), then closes the socket,
/// tells idle connections to go and waits for the others up to the
/// [deadline](Config::drain_deadline). On [`Drain::abort`] it returns at once. Failures to accept,
/// such as too many open files, are waited out. A service that panics ends its own connection.
///
/// # Cancel safety
///
/// Dropping the future closes the socket and ends all of its connections.
pub async fn serve<S, B>(listener: Listener, service: S, config: Config, drain: Drain) -> Drained
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    // Turned when the delay is over: connections that come during it are served as ever.
    let closing = Drain::new();
    let protocol = Protocol::new(Arc::new(config.clone()));
    let mut connections = JoinSet::new();
    let accepting = async {
        // Owned, so that the service need not be `Sync`.
        let (places, service) = (places(&config), service);
        loop {
            tokio::select! {
                Some(ended) = connections.join_next() => report(ended),
                accepted = next(&listener, &places) => {
                    let protocol = protocol.clone();
                    connections.spawn(protocol.serve(accepted, service.clone(), closing.clone()));
                }
            }
        }
    };
    tokio::select! {
        () = drain.aborted() => {}
        () = delayed(&drain, config.drain_delay) => {}
        () = accepting => {}
    }
    drop(listener);
    closing.begin();
    finish(connections, &drain, config.drain_deadline).await
}

async fn delayed(drain: &Drain, delay: Duration) {
    drain.begun().await;
    sleep(delay).await;
}

/// Waits for the connections up to the deadline, or up to an abort, and cuts the rest.
async fn finish(mut connections: JoinSet<()>, drain: &Drain, deadline: Duration) -> Drained {
    let ended = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    tokio::select! {
        biased;
        () = drain.aborted() => {}
        _ = timeout(deadline, ended) => {}
    }
    while let Some(ended) = connections.try_join_next() {
        report(ended);
    }
    let cut = connections.len();
    connections.shutdown().await;
    Drained { cut }
}

fn places(config: &Config) -> Arc<Semaphore> {
    let places = config.max_connections.clamp(1, Semaphore::MAX_PERMITS);
    Arc::new(Semaphore::new(places))
}

async fn next(listener: &Listener, places: &Arc<Semaphore>) -> Accepted {
    loop {
        let Ok(permit) = Arc::clone(places).acquire_owned().await else {
            // Never closed; if it were, nothing could be served.
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                return Accepted {
                    stream,
                    peer,
                    permit,
                };
            }
            Err(error) if is_the_peers(&error) => {}
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot accept a connection"
                );
                drop(permit);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The peer left while it was queued; the next one is not touched by it.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
    )
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        if error.is_panic() {
            tracing::error!("a service panicked and its connection was closed");
        }
    }
}
