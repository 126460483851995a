use std::{future::poll_fn, net::SocketAddr, pin::pin, sync::Arc, task::Poll, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until, timeout},
};
use tower_service::Service;

use super::{
    Config,
    activity::Activity,
    ahead::Ahead,
    body::RequestBody,
    clock::{Clock, bearable},
    drain::{Signal, Stage, reached},
    drive::{Ended, drive},
    io::WatchedIo,
    peer::Peer,
    preface::Spoken,
    proxy::{Introduced, Refused, introduced},
    service::ConnectionService,
    socket::{self, Socket, Tcp},
    stream::Streams,
};
use crate::{context::Cutoff, error::BoxError};

/// hyper's smallest buffer.
const MIN_BUFFER_BYTES: usize = 8 * 1024;
/// How many fields hyper counts without memory of its own.
const HYPERS_MAX_HEADERS: usize = 100;
/// What waits in an HTTP/2 stream to be sent, beyond what its window has taken.
const MAX_SEND_BYTES: usize = 64 * 1024;
/// How long a client that has just come may say nothing when its listener ends: its request may be on
/// its way.
const FRESH: Duration = Duration::from_secs(1);
/// The limits of a frame (RFC 9113, 4.2).
const FRAME_BYTES: (u32, u32) = (16 * 1024, 16 * 1024 * 1024 - 1);

/// How connections are spoken to; one for a listener.
#[derive(Clone)]
pub(super) struct Protocol {
    http1: http1::Builder,
    config: Arc<Config>,
    #[cfg(feature = "tls")]
    tls: Option<super::Tls>,
}

/// An accepted connection, and the place that it takes.
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    /// The listener is bound to a loopback address.
    pub(super) on_loopback: bool,
    pub(super) permit: OwnedSemaphorePermit,
}

/// A connection whose first bytes have come.
struct Begun {
    io: WatchedIo,
    clock: Clock,
    activity: Arc<Activity>,
    spoken: Spoken,
    peer: Peer,
}

impl Protocol {
    pub(super) fn new(config: Arc<Config>) -> Self {
        let header_bytes = usize::try_from(config.max_header_bytes).unwrap_or(usize::MAX);
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            // The clock of this room knows heads from idleness.
            .header_read_timeout(None)
            .half_close(config.half_close)
            // The buffer alone is no exact limit: it grows in steps, and is read into as it is.
            .max_header_size(header_bytes)
            .max_buf_size(header_bytes.max(MIN_BUFFER_BYTES));
        if config.max_headers != HYPERS_MAX_HEADERS {
            http1.max_headers(config.max_headers);
        }
        Self {
            http1,
            config,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Within TLS from here on.
    #[cfg(feature = "tls")]
    pub(super) fn with_tls(mut self, tls: Option<super::Tls>) -> Self {
        self.tls = tls;
        self
    }

    /// The same with another configuration.
    pub(super) fn configured(&self, config: Config) -> Self {
        let protocol = Self::new(Arc::new(config));
        #[cfg(feature = "tls")]
        let protocol = protocol.with_tls(self.tls.clone());
        protocol
    }

    /// Serves one connection to its end, which `signal` may bring about.
    pub(super) async fn serve<S, B>(
        self: Arc<Self>,
        accepted: Accepted,
        service: S,
        (signal, cutoff): (watch::Receiver<Signal>, Cutoff),
    ) where
        S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Accepted {
            stream,
            peer: addr,
            on_loopback,
            permit: _permit,
        } = accepted;
        // In a box: what it takes is given back before the first request.
        let peer = Peer::new(addr).on_loopback(on_loopback);
        let begun = Box::pin(self.begin(stream, peer, signal.clone())).await;
        let Some(begun) = begun else {
            return;
        };
        let Begun {
            io,
            clock,
            activity,
            spoken,
            peer,
        } = begun;
        let service = ConnectionService::new(service, peer, Arc::clone(&activity), cutoff);
        let io = TokioIo::new(io);
        let ended = if spoken == Spoken::Http2 {
            // In a box: it is larger, and most connections are none.
            let mut connection = Box::pin(self.http2(&activity).serve_connection(io, service));
            drive(connection.as_mut(), &activity, clock, signal).await
        } else {
            let connection = pin!(self.http1.serve_connection(io, service));
            drive(connection, &activity, clock, signal).await
        };
        report(&ended, addr);
    }

    /// Up to the first bytes, which tell what the client speaks.
    async fn begin(
        &self,
        stream: TcpStream,
        peer: Peer,
        signal: watch::Receiver<Signal>,
    ) -> Option<Begun> {
        socket::prepare(&stream);
        let come = Instant::now();
        let shaken = self.shake(stream, peer, over(signal.clone(), come)).await;
        let (socket, peer) = shaken?;
        let activity = Arc::new(Activity::new(Arc::clone(&self.config)));
        let mut io = WatchedIo::new(socket, Arc::clone(&activity));
        let mut clock = Clock::new(Arc::clone(&activity));
        let spoken = detect(&mut io, &mut clock, over(signal, come)).await?;
        Some(Begun {
            io,
            clock,
            activity,
            spoken,
            peer,
        })
    }

    /// What comes before HTTP. `None` when that fails, takes too long, or is overtaken by the end of
    /// the listener.
    async fn shake(
        &self,
        stream: TcpStream,
        peer: Peer,
        over: impl Future<Output = ()>,
    ) -> Option<(Socket, Peer)> {
        let addr = peer.addr();
        let steps = async {
            let (stream, peer) = self.introduce(stream, peer).await?;
            self.admit(&peer)?;
            self.secure(stream, peer).await
        };
        if !self.shakes() {
            return steps.await;
        }
        let limit = bearable(self.config.handshake_timeout);
        tokio::select! {
            shaken = timeout(limit, steps) => shaken.unwrap_or_else(|_| {
                tracing::debug!(peer = %addr, "handshake took too long");
                None
            }),
            () = over => None,
        }
    }

    /// Whether there is something to wait for.
    fn shakes(&self) -> bool {
        #[cfg(feature = "tls")]
        let tls = self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        let tls = false;
        tls || self.config.proxy_protocol.is_some()
    }

    /// Reads what a load balancer says of its client, if the listener asks for it.
    async fn introduce(&self, mut stream: TcpStream, peer: Peer) -> Option<(Tcp, Peer)> {
        let Some(rules) = &self.config.proxy_protocol else {
            return Some((Tcp::new(stream, Ahead::default()), peer));
        };
        let addr = peer.addr();
        match introduced(&mut stream, addr.ip(), rules).await {
            Ok(Introduced { client, ahead }) => {
                let peer = match client {
                    Some(client) => peer.speaks_for(client),
                    None => peer,
                };
                Some((Tcp::new(stream, ahead), peer))
            }
            Err(refused) => {
                if !matches!(refused, Refused::Left(_)) {
                    rules.count();
                }
                let error = &refused as &dyn std::error::Error;
                tracing::debug!(peer = %addr, error, "connection closed for its beginning");
                None
            }
        }
    }

    /// Whether the client may connect.
    fn admit(&self, peer: &Peer) -> Option<()> {
        let client = peer.client();
        let admitted = self
            .config
            .admission
            .as_ref()
            .is_none_or(|rules| rules.admits(client));
        if !admitted {
            tracing::debug!(%client, "connection refused");
        }
        admitted.then_some(())
    }

    /// Shakes hands, if the listener speaks TLS.
    #[cfg(feature = "tls")]
    async fn secure(&self, stream: Tcp, peer: Peer) -> Option<(Socket, Peer)> {
        let Some(tls) = &self.tls else {
            return Some((Socket::Plain(stream), peer));
        };
        match tls.accept(stream).await {
            Ok((stream, certificate)) => {
                let socket = Socket::Tls(Box::new(stream));
                let server_name = socket.server_name();
                Some((socket, peer.told(server_name, certificate)))
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(peer = %peer.addr(), error, "tls handshake failed");
                None
            }
        }
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_async, reason = "with tls it waits for a handshake")]
    async fn secure(&self, stream: Tcp, peer: Peer) -> Option<(Socket, Peer)> {
        Some((Socket::Plain(stream), peer))
    }

    fn http2(&self, activity: &Arc<Activity>) -> http2::Builder<Streams> {
        let config = &*self.config;
        let mut http2 = http2::Builder::new(Streams::new(Arc::clone(activity)));
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.max_streams)
            .max_header_list_size(config.max_header_list_bytes)
            .initial_stream_window_size(config.stream_window_bytes)
            .initial_connection_window_size(config.connection_window_bytes)
            .adaptive_window(false)
            .max_send_buf_size(MAX_SEND_BYTES)
            .keep_alive_interval(config.ping_interval)
            .keep_alive_timeout(config.ping_timeout);
        if let Some(bytes) = config.max_frame_bytes {
            http2.max_frame_size(bytes.clamp(FRAME_BYTES.0, FRAME_BYTES.1));
        }
        http2
    }
}

/// The listener has ended, and who came then is not fresh any more.
async fn over(signal: watch::Receiver<Signal>, come: Instant) {
    reached(signal, Stage::Closing).await;
    sleep_until(come + FRESH).await;
}

/// `None` when the client left, was too slow, or has said nothing when the listener ends.
async fn detect(
    io: &mut WatchedIo,
    clock: &mut Clock,
    over: impl Future<Output = ()>,
) -> Option<Spoken> {
    let mut over = pin!(over);
    poll_fn(|cx| {
        if let Poll::Ready(spoken) = io.poll_detect(cx) {
            return Poll::Ready(spoken.ok().filter(|spoken| *spoken != Spoken::Nothing));
        }
        let closes = io.is_silent() && over.as_mut().poll(cx).is_ready();
        if closes || clock.poll_expired(cx).is_ready() {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}

fn report(ended: &Ended, peer: SocketAddr) {
    match ended {
        Ended::ByProtocol(Ok(())) => {}
        Ended::ByProtocol(Err(error)) => {
            tracing::debug!(%peer, error = error as &dyn std::error::Error, "connection failed");
        }
        Ended::ByClock(limit) => {
            tracing::debug!(%peer, ?limit, "connection closed by its clock");
        }
    }
}
