use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ScriptInvocation, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, error::Elapsed, timeout},
};

use super::{
    InvalidRedisUrl, RedisBuilder, RedisStanding, owed::Owed, scripts::Scripts, url::Place,
};
use crate::store::StoreError;

/// How many answers in sequence may be late before the connection is given up.
const MAX_LATE: u32 = 3;

/// A Redis that keeps rates, spending, tasks and sessions. Clones are one.
///
/// See the [module](super) for what it does.
#[derive(Clone)]
pub struct Redis(pub(super) Arc<Link>);

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) place: Place,
    pub(super) prefix: Box<str>,
    pub(super) deadline: Duration,
    pub(super) connect_deadline: Duration,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<rustls::ClientConfig>>,
}

/// The connection that all share, while there is one.
pub(super) struct Link {
    pub(super) settings: Settings,
    pub(super) scripts: Scripts,
    pub(super) owed: Owed,
    current: ArcSwapOption<Connected>,
    broken: Notify,
    presence: watch::Sender<Presence>,
    /// What tells this process's reservations from those of others.
    nonce: u64,
    reservations: AtomicU64,
}

pub(super) struct Connected {
    connection: MultiplexedConnection,
    /// How many answers in sequence were late.
    late: AtomicU32,
}

#[derive(Clone, Copy)]
struct Presence {
    is_present: bool,
    since: Instant,
}

/// Why an operation has no answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failed {
    /// It was not sent.
    Unsent,
    /// It may have been done.
    Unsure(StoreError),
    /// The server refused it.
    Refused,
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Unsent => Self::Away,
            Failed::Unsure(error) => error,
            Failed::Refused => Self::BadAnswer,
        }
    }
}

impl Redis {
    /// Sets where it is: `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS,
    /// `redis+unix:///path`, or the same with `valkey`.
    ///
    /// # Errors
    /// [`InvalidRedisUrl`], which does not repeat the URL.
    pub fn builder(url: &str) -> Result<RedisBuilder, InvalidRedisUrl> {
        RedisBuilder::new(url)
    }

    /// How things are.
    #[must_use]
    pub fn standing(&self) -> RedisStanding {
        let presence = *self.0.presence.borrow();
        RedisStanding {
            is_present: presence.is_present,
            since: presence.since.elapsed(),
            owed: self.0.owed.count(),
            lost: self.0.owed.lost(),
        }
    }

    /// Waits until it is asked: at the start, within a deadline.
    ///
    /// # Cancel safety
    /// It may be dropped and called again.
    pub async fn present(&self) {
        self.0.present().await;
    }

    /// Waits until nothing is owed any more: before the process ends, within a deadline.
    ///
    /// # Cancel safety
    /// It may be dropped and called again.
    pub async fn settled(&self) {
        self.0.owed.none().await;
    }

    pub(super) fn from_settings(settings: Settings) -> Self {
        Self(Arc::new(Link {
            settings,
            scripts: Scripts::new(),
            owed: Owed::new(),
            current: ArcSwapOption::empty(),
            broken: Notify::new(),
            presence: watch::Sender::new(Presence {
                is_present: false,
                since: Instant::now(),
            }),
            nonce: RandomState::new().hash_one(0),
            reservations: AtomicU64::new(0),
        }))
    }
}

impl Link {
    /// What Redis knows a key of a room by.
    pub(super) fn key(&self, room: &str, key: &str) -> String {
        [&self.settings.prefix, ":", room, ":{", key, "}"].concat()
    }

    /// A number that no other reservation has, of this process or another.
    pub(super) fn reservation(&self) -> u128 {
        let number = self.reservations.fetch_add(1, Relaxed);
        u128::from(self.nonce) << 64 | u128::from(number)
    }

    pub(super) fn is_away(&self) -> bool {
        self.current.load().is_none()
    }

    /// Runs a script, which is loaded where the server has forgotten it.
    pub(super) async fn invoke<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Failed> {
        let connected = self.current.load_full().ok_or(Failed::Unsent)?;
        let mut connection = connected.connection.clone();
        let word = script.invoke_async(&mut connection);
        let word = timeout(self.settings.deadline, word).await;
        self.judge(&connected, word)
    }

    pub(super) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failed> {
        let connected = self.current.load_full().ok_or(Failed::Unsent)?;
        let mut connection = connected.connection.clone();
        let word = command.query_async(&mut connection);
        let word = timeout(self.settings.deadline, word).await;
        self.judge(&connected, word)
    }

    /// From here on it is asked.
    pub(super) fn connected(&self, connection: MultiplexedConnection) -> Arc<Connected> {
        let connected = Arc::new(Connected {
            connection,
            late: AtomicU32::new(0),
        });
        // In this order: who is asked first may give it up, and that word is the last.
        self.tell(true);
        self.current.store(Some(Arc::clone(&connected)));
        connected
    }

    /// It is asked no more, unless another connection has taken the place of this one.
    pub(super) fn give_up(&self, connected: &Arc<Connected>) {
        let ours = Some(Arc::clone(connected));
        let before = self.current.compare_and_swap(&ours, None);
        let was_ours = before
            .as_ref()
            .is_some_and(|before| Arc::ptr_eq(before, connected));
        if was_ours {
            self.tell(false);
            self.broken.notify_one();
        }
    }

    /// Waits until this connection is given up.
    pub(super) async fn given_up(&self, connected: &Arc<Connected>) {
        while self
            .current
            .load()
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, connected))
        {
            self.broken.notified().await;
        }
    }

    /// Waits until there is a connection.
    pub(super) async fn present(&self) {
        let mut presence = self.presence.subscribe();
        // It fails when the link is gone, and then nobody waits.
        let _ = presence.wait_for(|presence| presence.is_present).await;
    }

    fn tell(&self, is_present: bool) {
        self.presence.send_replace(Presence {
            is_present,
            since: Instant::now(),
        });
    }

    fn judge<T>(
        &self,
        connected: &Arc<Connected>,
        word: Result<RedisResult<T>, Elapsed>,
    ) -> Result<T, Failed> {
        let error = match word {
            Ok(Ok(word)) => {
                connected.late.store(0, Relaxed);
                return Ok(word);
            }
            Ok(Err(error)) => error,
            Err(_) => {
                if connected.late.fetch_add(1, Relaxed) + 1 >= MAX_LATE {
                    self.give_up(connected);
                }
                return Err(Failed::Unsure(StoreError::Late));
            }
        };
        tracing::debug!(
            error = error.category(),
            code = error.code(),
            "redis failed"
        );
        match error.kind() {
            ErrorKind::Server(kind) => {
                if is_elsewhere(kind) {
                    self.give_up(connected);
                }
                Err(Failed::Refused)
            }
            _ if is_broken(&error) => {
                self.give_up(connected);
                Err(Failed::Unsure(StoreError::Away))
            }
            _ => Err(Failed::Refused),
        }
    }
}

/// The server cannot serve now, or is no longer the one to ask.
fn is_elsewhere(kind: ServerErrorKind) -> bool {
    matches!(
        kind,
        ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown | ServerErrorKind::ReadOnly
    )
}

fn is_broken(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.is_io_error() || error.is_unrecoverable_error()
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("settings", &self.0.settings)
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}
