use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::{
    ProxyProtocol,
    header::{SIGNATURE, Scan, scan},
};
use crate::server::ahead::Ahead;

/// What a connection has begun with.
#[derive(Debug)]
pub(in crate::server) struct Introduced {
    /// The client that the header names.
    pub(in crate::server) client: Option<SocketAddr>,
    /// What was read and is no header.
    pub(in crate::server) ahead: Ahead<SIGNATURE>,
}

/// Why a connection is closed.
#[derive(Debug)]
pub(in crate::server) enum Refused {
    Untrusted,
    Missing,
    Malformed,
    Version,
    /// The peer left, or the connection failed: nobody's fault.
    Left(io::Error),
}

/// Reads the header of a connection, and nothing of what follows.
pub(in crate::server) async fn introduced<I: AsyncRead + Unpin>(
    io: &mut I,
    peer: IpAddr,
    rules: &ProxyProtocol,
) -> Result<Introduced, Refused> {
    let trusted = rules.trusts(peer);
    if rules.is_required() && !trusted {
        return Err(Refused::Untrusted);
    }
    let mut bytes = Vec::new();
    loop {
        let more = match scan(&bytes).map_err(|_| Refused::Malformed)? {
            Scan::More(more) => more,
            Scan::Foreign if rules.is_required() => return Err(Refused::Missing),
            Scan::Foreign => {
                let ahead = Ahead::from(bytes.as_slice());
                return Ok(Introduced {
                    client: None,
                    ahead,
                });
            }
            // Whose word it is does not count in what would be served as HTTP.
            Scan::Whole(..) if !trusted => return Err(Refused::Untrusted),
            Scan::Whole(version, _) if !rules.takes(version) => return Err(Refused::Version),
            Scan::Whole(_, client) => {
                let ahead = Ahead::default();
                return Ok(Introduced { client, ahead });
            }
        };
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        let came = (&mut *io).take(more).read_buf(&mut bytes).await;
        if came.map_err(Refused::Left)? == 0 {
            return Err(Refused::Left(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => "a PROXY header or a connection of a peer that is not trusted",
            Self::Missing => "a connection without the PROXY header that is required",
            Self::Malformed => "a PROXY header that is malformed",
            Self::Version => "a PROXY header of a version that is not taken",
            Self::Left(_) => "a connection that ended before its PROXY header",
        })
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Left(error) => Some(error),
            _ => None,
        }
    }
}
