use std::{
    fmt, io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, timeout};

use super::{
    Io, Settings, Socket,
    dial::{dial, in_turn},
    settings::{Allow, Keepalive},
};
use crate::{
    error::{Error, ErrorKind},
    timeout::missed,
    upstream::{CachedResolver, Resolve, SystemResolver, failure::Target},
};

/// Opens connections. Clones share all of it.
#[derive(Clone)]
pub(in crate::upstream) struct Connector {
    shared: Arc<Shared>,
}

struct Shared {
    deadline: Duration,
    keepalive: Option<Keepalive>,
    http2_only: bool,
    resolver: Arc<dyn Resolve>,
    allow: Option<Allow>,
    #[cfg(feature = "tls")]
    tls: Option<super::tls::Agreement>,
}

/// A connection on which nothing of HTTP was said yet.
#[derive(Debug)]
pub(in crate::upstream) struct Connected {
    pub(in crate::upstream) io: Io,
    /// The socket under `io`, to look at.
    pub(in crate::upstream) socket: Socket,
    /// HTTP/2 was agreed on, or nothing else is spoken.
    pub(in crate::upstream) http2: bool,
    pub(in crate::upstream) tls: bool,
}

impl Connector {
    pub(in crate::upstream) fn new(settings: Settings) -> Self {
        let resolver = settings
            .resolver
            .unwrap_or_else(|| Arc::new(CachedResolver::new(SystemResolver::new())));
        Self {
            shared: Arc::new(Shared {
                deadline: settings.deadline,
                keepalive: settings.keepalive,
                http2_only: settings.http2_only,
                resolver,
                allow: settings.allow,
                #[cfg(feature = "tls")]
                tls: settings
                    .tls
                    .map(|terms| super::tls::Agreement::new(terms, settings.http2_only)),
            }),
        }
    }

    /// Opens a connection within the deadline, from the name to the first bytes of HTTP.
    ///
    /// # Errors
    /// `Timeout` at the deadline; those of `opening`.
    ///
    /// # Cancel safety
    /// Dropping it drops `opening`.
    pub(in crate::upstream) async fn in_time<T>(
        &self,
        target: &Target,
        opening: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let (begun, deadline) = (Instant::now(), self.shared.deadline);
        timeout(deadline, opening).await.unwrap_or_else(|_| {
            let due = begun.checked_add(deadline).unwrap_or(begun);
            let words = format!("did not take a connection within {deadline:?}");
            let detail = format!("{target} {words}");
            Err(missed(due, format!("the service {words}")).with_detail(detail))
        })
    }

    /// Looks the name up, connects to one of its addresses, and agrees on TLS.
    ///
    /// # Errors
    /// `Unavailable` without an address, a connection or an agreement, `Forbidden` when no address
    /// may be dialled, `Internal` for `https` without TLS or a port that is none.
    ///
    /// # Cancel safety
    /// Dropping it closes what it has opened. It knows no deadline.
    pub(in crate::upstream) async fn connect(&self, target: &Target) -> Result<Connected, Error> {
        self.speaks(target)?;
        let addresses = self.addresses(target).await?;
        let stream = dial(&addresses, self.shared.keepalive)
            .await
            .map_err(|error| unreachable(target, error))?;
        self.agree(target, Socket::new(stream)).await
    }

    #[cfg(feature = "tls")]
    fn speaks(&self, target: &Target) -> Result<(), Error> {
        if target.is_https() && self.shared.tls.is_none() {
            return Err(no_tls(target));
        }
        Ok(())
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "the other one needs it")]
    fn speaks(&self, target: &Target) -> Result<(), Error> {
        if target.is_https() {
            return Err(no_tls(target));
        }
        Ok(())
    }

    /// The addresses that are dialled, each of them allowed.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Error> {
        if let Some(address) = target.dial() {
            let allowed = self.allows(address).then_some(vec![address]);
            return allowed.ok_or_else(|| forbidden(target));
        }
        let port = target.port().ok_or_else(|| no_port(target))?;
        let known: Vec<IpAddr> = match literal(target.host()) {
            Some(address) => vec![address],
            None => self
                .shared
                .resolver
                .resolve(target.host())
                .await
                .map_err(|error| unknown(target, error))?
                .into_addresses(),
        };
        if known.is_empty() {
            return Err(unknown(target, io::ErrorKind::NotFound.into()));
        }
        let allowed = in_turn(
            known
                .into_iter()
                .map(|address| SocketAddr::new(address, port))
                .filter(|address| self.allows(*address)),
        );
        if allowed.is_empty() {
            return Err(forbidden(target));
        }
        Ok(allowed)
    }

    fn allows(&self, address: SocketAddr) -> bool {
        self.shared
            .allow
            .as_ref()
            .is_none_or(|allow| allow(address))
    }

    #[cfg(feature = "tls")]
    async fn agree(&self, target: &Target, socket: Socket) -> Result<Connected, Error> {
        let Some(tls) = self.shared.tls.as_ref().filter(|_| target.is_https()) else {
            return Ok(self.plain(socket));
        };
        let stream = tls.agree(target, socket.clone()).await?;
        let http2 = self.shared.http2_only || super::tls::chose_http2(&stream);
        Ok(Connected {
            io: Io::Tls(Box::new(stream)),
            socket,
            http2,
            tls: true,
        })
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "the other one awaits")]
    async fn agree(&self, _: &Target, socket: Socket) -> Result<Connected, Error> {
        Ok(self.plain(socket))
    }

    fn plain(&self, socket: Socket) -> Connected {
        Connected {
            io: Io::Plain(socket.clone()),
            socket,
            http2: self.shared.http2_only,
            tls: false,
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// The address that a host spells out, as a URI does: IPv6 in brackets.
///
/// What is no such spelling (octal, decimal, short forms) is a name: if the system's resolver takes
/// it for an address, that address is checked like any other answer.
fn literal(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

fn unreachable(target: &Target, error: io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "cannot reach the service")
        .with_detail(format!("cannot reach {target}"))
        .with_source(error)
}

fn unknown(target: &Target, error: io::Error) -> Error {
    let words = "its name was not found";
    Error::new(
        ErrorKind::Unavailable,
        format!("cannot reach the service: {words}"),
    )
    .with_detail(format!("cannot reach {target}: {words}"))
    .with_source(error)
}

fn forbidden(target: &Target) -> Error {
    target.error(
        ErrorKind::Forbidden,
        "has no address that this client may dial",
    )
}

fn no_port(target: &Target) -> Error {
    target.error(ErrorKind::Internal, "has no valid port")
}

fn no_tls(target: &Target) -> Error {
    target.error(
        ErrorKind::Internal,
        "needs TLS, which this client was not given",
    )
}
