//! The same connections for hyper-util's client, under the deadline.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::Uri;
use hyper_util::client::legacy::connect::{Connected as Facts, Connection};
use tower_service::Service;

use super::{Connector, Io};
use crate::{
    error::{Error, ErrorKind},
    upstream::failure::Target,
};

impl Service<Uri> for Connector {
    type Response = Io;
    type Error = Error;
    // One box per new connection, beside a name lookup and a handshake.
    type Future = Pin<Box<dyn Future<Output = Result<Io, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let Some(target) = Target::of(&uri) else {
                return Err(Error::new(
                    ErrorKind::Internal,
                    "a connection needs a target",
                ));
            };
            let connected = connector
                .in_time(&target, connector.connect(&target))
                .await?;
            Ok(connected.io)
        })
    }
}

impl Connection for Io {
    fn connected(&self) -> Facts {
        match self {
            Self::Plain(_) => Facts::new(),
            #[cfg(feature = "tls")]
            Self::Tls(stream) if super::tls::chose_http2(stream) => Facts::new().negotiated_h2(),
            #[cfg(feature = "tls")]
            Self::Tls(_) => Facts::new(),
        }
    }
}
