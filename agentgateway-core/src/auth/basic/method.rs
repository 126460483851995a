use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use base64::{Engine, prelude::BASE64_STANDARD};
use http::request;
use ring::{hmac, rand::SystemRandom};
use tokio::sync::Semaphore;

use super::{
    Htpasswd,
    check::{Pair, begin},
    table::{Step, Table},
};
use crate::{
    auth::{Authenticate, Challenge, Location, Rejection, Verdict, digest::Digest},
    context::{AuthMethod, Credential, Principal},
    error::{Error, ErrorKind},
};

/// The longest name and password that are looked at, in bytes of base64.
const MAX_BYTES: usize = 2 * 1024;

/// When one who found no room may come again.
const RETRY: Duration = Duration::from_secs(1);

/// Callers known by a name and a password; see the [module](crate::auth::basic).
///
/// Clones share users and bounds.
#[derive(Clone)]
pub struct Basic {
    table: Arc<ArcSwap<Table>>,
    key: hmac::Key,
    places: Arc<Semaphore>,
    spawn: Spawn,
    terms: Terms,
    location: Location,
    challenge: Challenge,
}

/// Work that takes its time.
type Job = Box<dyn FnOnce() + Send>;
pub(super) type Spawn = Arc<dyn Fn(Job) + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) remembered_for: Duration,
    pub(super) max_remembered: usize,
    pub(super) max_waiting: usize,
}

impl Basic {
    /// These users, behind `Authorization: Basic`.
    ///
    /// # Errors
    /// [`Internal`](ErrorKind::Internal) when the system gives no random bytes.
    pub fn new(users: Htpasswd) -> Result<Self, Error> {
        let random = SystemRandom::new();
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &random).map_err(|error| {
            let message = "the system gives no random bytes";
            Error::new(ErrorKind::Internal, message).with_source(error)
        })?;
        Ok(Self {
            table: Arc::new(ArcSwap::from_pointee(Table::new(users))),
            key,
            places: Arc::new(Semaphore::new(2)),
            spawn: Arc::new(|job| {
                tokio::task::spawn_blocking(job);
            }),
            terms: Terms {
                remembered_for: Duration::from_secs(5 * 60),
                max_remembered: 1_000,
                max_waiting: 64,
            },
            location: Location::basic(),
            challenge: Challenge::new("Basic").parameter("charset", "UTF-8"),
        })
    }

    /// Replaces the users, here and in every clone, from the next request on. What was remembered of
    /// the others is forgotten.
    pub fn update(&self, users: Htpasswd) {
        self.table.store(Arc::new(Table::new(users)));
    }

    /// Where name and password stand. Default: [`Location::basic`].
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// The realm that a refused client is told. Default: `Restricted`.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<Box<str>>) -> Self {
        self.challenge = self.challenge.realm(realm);
        self
    }

    /// Where passwords are checked: a thread that may be busy for a while. Default:
    /// `tokio::task::spawn_blocking`, of the runtime in which the request is polled.
    #[must_use]
    pub fn checked_by(mut self, spawn: impl Fn(Job) + Send + Sync + 'static) -> Self {
        self.spawn = Arc::new(spawn);
        self
    }

    /// How many passwords are checked at once. Default: 2. At least one is.
    #[must_use]
    pub fn at_once(mut self, checks: usize) -> Self {
        self.places = Arc::new(Semaphore::new(checks.clamp(1, Semaphore::MAX_PERMITS)));
        self
    }

    /// How many passwords may be checked or wait for it. Default: 64. Above it a caller is told 503,
    /// and to come again.
    #[must_use]
    pub const fn max_waiting(mut self, checks: usize) -> Self {
        self.terms.max_waiting = checks;
        self
    }

    /// How long a password that was right is not checked again. Default: 5 min.
    #[must_use]
    pub const fn remembered_for(mut self, limit: Duration) -> Self {
        self.terms.remembered_for = limit;
        self
    }

    /// How many passwords that were right are remembered. Default: 1,000. Above it those that end
    /// the soonest are forgotten.
    #[must_use]
    pub const fn max_remembered(mut self, passwords: usize) -> Self {
        self.terms.max_remembered = passwords;
        self
    }

    fn judge(&self, text: &str) -> Result<Verdict, Rejection> {
        let pair = read(text)?;
        let digest = Digest::keyed(&self.key, pair.user.as_bytes(), &pair.password);
        // The same for a name each time, or the times of several would tell.
        let decoy = Digest::keyed(&self.key, pair.user.as_bytes(), b"").start();
        let user = pair.user.clone();
        let table = self.table.load_full();
        let step = table.step(digest, &self.terms, || {
            let (table, places) = (Arc::clone(&table), Arc::clone(&self.places));
            let spawn = Arc::clone(&self.spawn);
            begin(table, places, spawn, self.terms, (digest, decoy), pair)
        });
        Ok(match step {
            Step::Right => Verdict::Valid(principal(user)),
            Step::Full => busy(),
            Step::Wait(check) => Verdict::ask(async move {
                match check.await {
                    Some(true) => Verdict::Valid(principal(user)),
                    Some(false) => Verdict::Invalid(unknown()),
                    None => busy(),
                }
            }),
        })
    }
}

impl Authenticate for Basic {
    fn name(&self) -> &str {
        "basic"
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        let judged = match self.location.find(head) {
            Ok(None) => return Verdict::Absent,
            Ok(Some(text)) => self.judge(&text),
            Err(rejection) => Err(rejection),
        };
        judged.unwrap_or_else(Verdict::Invalid)
    }

    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        let text = self.location.take(head)?;
        Some(Credential::new(AuthMethod::Basic, text))
    }

    fn challenge(&self) -> Option<Challenge> {
        Some(self.challenge.clone())
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic")
            .field("users", &self.table.load().users.len())
            .field("terms", &self.terms)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

/// RFC 7617, 2: the name ends at the first colon.
fn read(text: &str) -> Result<Pair, Rejection> {
    let malformed = || Rejection::new("the credential is malformed", "malformed");
    if text.len() > MAX_BYTES {
        return Err(malformed());
    }
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| malformed())?;
    let colon = bytes.iter().position(|byte| *byte == b':');
    let colon = colon.ok_or_else(malformed)?;
    let (user, password) = bytes.split_at_checked(colon).ok_or_else(malformed)?;
    let user = std::str::from_utf8(user).map_err(|_| malformed())?;
    Ok(Pair {
        user: user.into(),
        password: password.get(1..).unwrap_or_default().to_vec(),
    })
}

fn principal(user: Box<str>) -> Principal {
    Principal::new(AuthMethod::Basic, user)
}

fn unknown() -> Rejection {
    Rejection::new("the name or the password is not valid", "unknown")
}

fn busy() -> Verdict {
    let message = "too many passwords are being checked";
    let error = Error::new(ErrorKind::Overloaded, message);
    Verdict::Unavailable(error.with_retry_after(RETRY))
}
