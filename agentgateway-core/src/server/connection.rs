use std::{future::poll_fn, net::SocketAddr, pin::pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{net::TcpStream, sync::OwnedSemaphorePermit};
use tower_service::Service;

use super::{
    Config,
    body::RequestBody,
    clock::{Activity, Clock, Expired},
    drain::Drain,
    io::WatchedIo,
    service::ConnectionService,
};
use crate::error::BoxError;

/// hyper's smallest buffer for a head.
const MIN_HEADER_BYTES: u32 = 8 * 1024;

/// How connections are spoken to; one for a listener.
#[derive(Clone)]
pub(super) struct Protocol {
    builder: auto::Builder<TokioExecutor>,
    config: Arc<Config>,
}

/// An accepted connection, and the place that it takes.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) permit: OwnedSemaphorePermit,
}

impl Protocol {
    pub(super) fn new(config: Arc<Config>) -> Self {
        let header_bytes = config.max_header_bytes.max(MIN_HEADER_BYTES);
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // The clock of this room knows heads from idleness.
            .header_read_timeout(None)
            .max_buf_size(usize::try_from(header_bytes).unwrap_or(usize::MAX));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.max_streams)
            .max_header_list_size(header_bytes);
        Self { builder, config }
    }

    /// Serves one connection to its end. `closing` resolves when it should end of itself.
    pub(super) async fn serve<S, B>(self, accepted: Accepted, service: S, closing: Drain)
    where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Accepted {
            stream,
            peer,
            permit: _permit,
        } = accepted;
        let activity = Arc::new(Activity::default());
        let io = watched(stream, &activity);
        let mut clock = self.clock(&activity);
        let service = ConnectionService::new(service, peer, activity);
        let mut connection = pin!(self.builder.serve_connection(io, service));
        let mut closing = pin!(closing.begun());
        let mut told = false;
        loop {
            tokio::select! {
                // The clock reads what the connection's turn has noted.
                biased;
                result = connection.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(%peer, error, "connection failed");
                    }
                    return;
                }
                () = closing.as_mut(), if !told => {}
                expired = poll_fn(|cx| clock.poll_expired(cx)) => match expired {
                    Expired::Idle => {}
                    Expired::Head => {
                        tracing::debug!(%peer, "connection closed by its clock");
                        return;
                    }
                },
            }
            // Once: what follows a second call is not said by hyper.
            if !told {
                told = true;
                connection.as_mut().graceful_shutdown();
                clock.close();
            }
        }
    }
    fn clock(&self, activity: &Arc<Activity>) -> Clock {
        let (header, idle) = (self.config.header_timeout, self.config.idle_timeout);
        Clock::new(Arc::clone(activity), header, idle)
    }
}

fn watched(stream: TcpStream, activity: &Arc<Activity>) -> TokioIo<WatchedIo<TcpStream>> {
    // Events are small, and each is wanted at once. A socket that refuses is served all the same.
    let _ = stream.set_nodelay(true);
    TokioIo::new(WatchedIo::new(stream, Arc::clone(activity)))
}
