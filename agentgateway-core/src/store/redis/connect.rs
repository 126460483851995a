use std::{future::Future, io, pin::Pin};

use redis::{AsyncConnectionConfig, Value, aio::MultiplexedConnection, cmd};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{link::Settings, url::Address};
use crate::error::BoxError;

/// How many operations may wait to be written.
const MAX_UNWRITTEN: usize = 1024;

/// What must be polled while the connection is used.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Connects, logs in, and has an answer. It knows no deadline.
pub(super) async fn open(settings: &Settings) -> Result<(MultiplexedConnection, Driver), BoxError> {
    match &settings.place.address {
        Address::Tcp { host, port, tls } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            #[cfg(feature = "tls")]
            if *tls {
                return greet(settings, super::tls::agree(settings, host, stream).await?).await;
            }
            // Without the feature no such URL is taken.
            let _ = tls;
            greet(settings, stream).await
        }
        #[cfg(unix)]
        Address::Unix(path) => greet(settings, tokio::net::UnixStream::connect(path).await?).await,
    }
}

async fn greet<S>(
    settings: &Settings,
    stream: S,
) -> Result<(MultiplexedConnection, Driver), BoxError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None)
        .set_pipeline_buffer_size(MAX_UNWRITTEN);
    let login = &settings.place.login;
    let (mut connection, driver) =
        MultiplexedConnection::new_with_config(login, stream, config).await?;
    let mut driver: Driver = Box::pin(driver);
    // A server that is loading takes connections, and serves nobody.
    let ping = cmd("PING");
    tokio::select! {
        word = ping.query_async::<Value>(&mut connection) => word.map(drop)?,
        () = &mut driver => return Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
    }
    Ok((connection, driver))
}
