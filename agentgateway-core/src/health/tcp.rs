use tokio::net::TcpStream;

use super::Check;
use crate::{
    error::{Error, ErrorKind},
    upstream::Endpoint,
};

/// Opens a TCP connection to the endpoint's host and port, and closes it.
///
/// It says that somebody listens, and no more. Names are looked up by the system.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TcpCheck;

impl TcpCheck {
    /// The one there is.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Check<Endpoint> for TcpCheck {
    fn check(&self, endpoint: &Endpoint) -> impl Future<Output = Result<(), Error>> + Send {
        // An IPv6 address stands in brackets there.
        let host = endpoint.host().trim_matches(['[', ']']).to_owned();
        let port = endpoint.port();
        async move {
            let connected = TcpStream::connect((host, port)).await;
            connected.map(drop).map_err(|error| {
                Error::new(ErrorKind::Unavailable, "it takes no connection").with_source(error)
            })
        }
    }
}
