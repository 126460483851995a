use std::{io, sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep_until},
};

use super::{Config, Listener, connection::Accepted};

/// The pause after the system refused a connection for want of something, such as descriptors. It
/// doubles while the system goes on refusing.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where connections come from; a seam for tests.
pub(super) trait Accept {
    /// The next connection.
    fn accept(&self) -> impl Future<Output = io::Result<Arrived>> + Send;

    /// Whether programs of this machine alone can connect.
    fn is_on_loopback(&self) -> bool {
        false
    }
}

/// A connection as the system gives it.
pub(super) type Arrived = (tokio::net::TcpStream, std::net::SocketAddr);

impl Accept for Listener {
    fn accept(&self) -> impl Future<Output = io::Result<Arrived>> + Send {
        self.next()
    }

    fn is_on_loopback(&self) -> bool {
        self.local_addr().ip().is_loopback()
    }
}

/// Takes connections as long as there are places for them.
pub(super) struct Acceptor<A> {
    source: A,
    places: Arc<Semaphore>,
    pause: Duration,
    resume: Option<Instant>,
}

impl<A: Accept> Acceptor<A> {
    pub(super) fn new(source: A, config: &Config) -> Self {
        let places = config.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            source,
            places: Arc::new(Semaphore::new(places)),
            pause: FIRST_PAUSE,
            resume: None,
        }
    }

    /// The next connection, and its place. Failures are waited out.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped and called again; a pause goes on where it was.
    pub(super) async fn next(&mut self) -> Accepted {
        loop {
            if let Some(resume) = self.resume {
                sleep_until(resume).await;
                self.resume = None;
            }
            let Ok(permit) = Arc::clone(&self.places).acquire_owned().await else {
                // Never closed; if it were, nothing could be served.
                return std::future::pending().await;
            };
            match self.source.accept().await {
                Ok((stream, peer)) => {
                    self.pause = FIRST_PAUSE;
                    return Accepted {
                        stream,
                        peer,
                        on_loopback: self.source.is_on_loopback(),
                        permit,
                    };
                }
                Err(error) if is_the_peers(&error) => {}
                Err(error) => self.wait(&error),
            }
        }
    }

    /// Something has been given back to the system: the pause may be over.
    pub(super) fn retry(&mut self) {
        self.resume = None;
    }

    fn wait(&mut self, error: &io::Error) {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            pause = ?self.pause,
            "cannot accept a connection"
        );
        self.resume = Some(Instant::now() + self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
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
