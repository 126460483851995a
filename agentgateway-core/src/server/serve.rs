use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tower_service::Service;

use super::{
    Config, Drain, Listener,
    accept::Acceptor,
    body::RequestBody,
    connection::Protocol,
    drain::{Signal, Stage},
};
use crate::{context::Cutoff, error::BoxError};

/// How long answers have to say that they are cut, behind a drain's [deadline](Config::drain_deadline).
pub const LAST_WORDS: Duration = Duration::from_millis(500);

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Connections that were cut: at the deadline, or by an abort.
    pub cut: usize,
}

/// Serves a listener until `drain` is turned; see the [module](crate::server).
///
/// On [`Drain::begin`] it goes on for the [delay](Config::drain_delay), in which clients are told to
/// go elsewhere; then it closes the socket, ends idle connections and waits for the others up to the
/// [deadline](Config::drain_deadline). Answers that have no end by then are told so
/// ([`Cutoff`]): they have half a second to say it. A client that came within the last second is no idle one: its
/// request may be on its way. On [`Drain::abort`] it returns at once. Failures to accept,
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
    let signal = watch::Sender::new(Signal {
        stage: Stage::Serving,
        sweeps: 0,
    });
    let (delay, deadline) = (config.drain_delay, config.drain_deadline);
    let cutoff = Cutoff::new();
    let mut connections = JoinSet::new();
    let accepting = async {
        // Owned, so that the service need not be `Sync`.
        let service = service;
        let protocol = Protocol::new(Arc::new(config.clone()));
        #[cfg(feature = "tls")]
        let protocol = protocol.with_tls(listener.tls().cloned());
        let mut protocol = Arc::new(protocol);
        let (wishes, mut seen) = (listener.wishes(), 0);
        let mut acceptor = Acceptor::new(listener, &config);
        loop {
            tokio::select! {
                Some(ended) = connections.join_next() => {
                    report(ended);
                    acceptor.retry();
                }
                accepted = acceptor.next() => {
                    if let Some(config) = wishes.since(&mut seen) {
                        protocol = Arc::new(protocol.configured(config));
                    }
                    let (protocol, service) = (Arc::clone(&protocol), service.clone());
                    let ends = (signal.subscribe(), cutoff.clone());
                    connections.spawn(protocol.serve(accepted, service, ends));
                }
                () = wishes.sweep() => signal.send_modify(|signal| signal.sweeps += 1),
            }
        }
    };
    tokio::select! {
        () = drain.aborted() => {}
        () = delayed(&drain, &signal, delay) => {}
        () = accepting => {}
    }
    signal.send_modify(|signal| signal.stage = Stage::Closing);
    let deadline = drain.terms().map_or(deadline, |terms| terms.deadline);
    finish(connections, &drain, deadline, &cutoff).await
}

async fn delayed(drain: &Drain, signal: &watch::Sender<Signal>, delay: Duration) {
    drain.begun().await;
    let delay = drain.terms().map_or(delay, |terms| terms.delay);
    signal.send_modify(|signal| signal.stage = Stage::Draining);
    sleep(delay).await;
}

/// Waits for the connections up to the deadline, or up to an abort, and cuts the rest.
async fn finish(
    mut connections: JoinSet<()>,
    drain: &Drain,
    deadline: Duration,
    cutoff: &Cutoff,
) -> Drained {
    tokio::select! {
        biased;
        () = drain.aborted() => {}
        _ = timeout(deadline, all(&mut connections)) => {}
    }
    while let Some(ended) = connections.try_join_next() {
        report(ended);
    }
    let cut = connections.len();
    cutoff.come();
    tokio::select! {
        biased;
        () = drain.aborted() => {}
        _ = timeout(LAST_WORDS, all(&mut connections)) => {}
    }
    connections.shutdown().await;
    Drained { cut }
}

async fn all(connections: &mut JoinSet<()>) {
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        if error.is_panic() {
            tracing::error!("a service panicked and its connection was closed");
        }
    }
}
