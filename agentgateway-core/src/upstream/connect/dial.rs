//! TCP to one of several addresses.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt};
use socket2::SockRef;
use tokio::{net::TcpStream, time};

use super::settings::Keepalive;

/// How long an attempt is alone before the next one starts beside it.
///
/// RFC 8305, section 5: the Connection Attempt Delay.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How many addresses of one name are tried.
pub(super) const MAX_ADDRESSES: usize = 8;

/// Puts the families in turn, the first address's first, and keeps no more than are tried.
///
/// RFC 8305, section 4.
pub(super) fn in_turn(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut addresses = addresses.into_iter().peekable();
    let first_is_v6 = addresses.peek().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.partition(|address| address.is_ipv6() == first_is_v6);
    let mut second = second.into_iter();
    let mut turns = Vec::with_capacity(MAX_ADDRESSES);
    for address in first {
        turns.push(address);
        turns.extend(second.next());
    }
    turns.extend(second);
    turns.truncate(MAX_ADDRESSES);
    turns
}

/// Connects to the first that answers. The next is tried when one fails, or has not answered yet.
///
/// # Cancel safety
/// Dropping it closes all that it has opened.
pub(super) async fn dial(
    addresses: &[SocketAddr],
    keepalive: Option<Keepalive>,
) -> io::Result<TcpStream> {
    let mut waiting = addresses.iter();
    let mut attempts = FuturesUnordered::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        attempts.extend(waiting.next().map(|address| open(*address, keepalive)));
        let done = if waiting.as_slice().is_empty() {
            attempts.next().await
        } else {
            match time::timeout(ATTEMPT_DELAY, attempts.next()).await {
                Ok(done) => done,
                Err(_) => continue,
            }
        };
        match done {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => failure = error,
            None => return Err(failure),
        }
    }
}

async fn open(address: SocketAddr, keepalive: Option<Keepalive>) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    if let Some(keepalive) = keepalive {
        SockRef::from(&stream).set_tcp_keepalive(&keepalive.probes())?;
    }
    Ok(stream)
}
