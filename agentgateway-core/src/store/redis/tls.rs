use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::link::Settings;
use crate::{error::BoxError, roots::mozilla_roots};

pub(super) async fn agree(
    settings: &Settings,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, BoxError> {
    let config = settings.tls.clone();
    let config = config.unwrap_or_else(|| Arc::new(mozilla_roots()));
    let name = ServerName::try_from(host.to_owned())?;
    Ok(TlsConnector::from(config).connect(name, stream).await?)
}
