use std::{
    io,
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{net::TcpListener, sync::Notify};

use super::{Config, Listener};

/// Changes how a listener serves its next connections, while it serves.
///
/// From [`Listener::handle`]. It does not keep the socket open. Clones are one handle.
#[derive(Clone, Debug)]
pub struct ListenerHandle {
    pub(super) socket: Weak<TcpListener>,
    pub(super) addr: SocketAddr,
    pub(super) wishes: std::sync::Arc<Wishes>,
}

impl ListenerHandle {
    /// Serves connections with this configuration from the next one on. Those that are open keep
    /// theirs.
    ///
    /// [`max_connections`](Config::max_connections), and how long a drain takes, stay as they were
    /// when [`serve`](super::serve) began; for the latter see [`Drain::begin_within`].
    ///
    /// [`Drain::begin_within`]: super::Drain::begin_within
    pub fn configure(&self, config: Config) {
        *self.wishes.config() = Some(config);
        self.wishes.version.fetch_add(1, Ordering::Release);
    }

    /// Closes connections that lie idle: those without a request in flight now, and of HTTP/1 the
    /// others behind the answer that is in flight. Streams go on, and new connections are taken.
    ///
    /// For when memory runs out. It is a word to the connections, which hear it at their next turn;
    /// words in quick succession are one. Clients of HTTP/2 are told by `GOAWAY`. Once a drain has
    /// come to its end, idle connections are closed anyway.
    pub fn close_idle(&self) {
        self.wishes.sweep.notify_one();
    }

    /// A second listener on the same socket, in the clear until it is given TLS.
    ///
    /// For what one listener cannot change: serve the second, then drain the first. No connection
    /// is refused in between; the two take turns while both are served. The port is released with
    /// the last of them.
    ///
    /// # Errors
    ///
    /// The system's, such as too many open files; `NotConnected` when the socket is closed already.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn duplicate(&self) -> io::Result<Listener> {
        let Some(socket) = self.socket.upgrade() else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        #[cfg(unix)]
        let copy = std::os::fd::AsFd::as_fd(&*socket).try_clone_to_owned()?;
        #[cfg(windows)]
        let copy = std::os::windows::io::AsSocket::as_socket(&*socket).try_clone_to_owned()?;
        Listener::from_std(copy.into())
    }

    /// The address that is listened on.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.addr
    }
}

/// What the handle asks of the listener that is served.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    version: AtomicU64,
    config: Mutex<Option<Config>>,
    sweep: Notify,
}

impl Wishes {
    /// The configuration, when it is another than at `seen`.
    pub(super) fn since(&self, seen: &mut u64) -> Option<Config> {
        let version = self.version.load(Ordering::Acquire);
        if version == *seen {
            return None;
        }
        *seen = version;
        self.config().clone()
    }

    /// Waits until idle connections are to be closed.
    pub(super) async fn sweep(&self) {
        self.sweep.notified().await;
    }

    fn config(&self) -> MutexGuard<'_, Option<Config>> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
