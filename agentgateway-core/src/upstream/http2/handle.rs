use std::{fmt, io, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use super::{
    Http2Settings, ResponseBody,
    body::{Open, SentBody},
    driver::Driver,
    preface::Preface,
    shared::{Shared, Slot},
    tasks::Tasks,
};
use crate::{
    error::BoxError,
    upstream::{connect::Connected, spawn::Spawn},
};

/// One HTTP/2 connection, to send requests on. Clones share it.
pub(in crate::upstream) struct Streams<B> {
    sender: SendRequest<SentBody<B>>,
    shared: Arc<Shared>,
    /// Reserved for the next request, by [`join`](Self::join) or [`handshake`](Self::handshake).
    slot: Option<Arc<Slot>>,
}

/// A request that got no answer.
#[derive(Debug)]
pub(in crate::upstream) struct Failed<B> {
    pub(in crate::upstream) error: hyper::Error,
    /// The request itself, when nothing of it was sent.
    pub(in crate::upstream) request: Option<Request<B>>,
}

impl<B> Streams<B>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    /// Begins HTTP/2, and waits for the service's SETTINGS. The handle has room for one request.
    ///
    /// `kept` is dropped with the connection, and `freed` is called after each stream.
    ///
    /// # Errors
    /// The connection's, or what the service said instead.
    ///
    /// # Cancel safety
    /// Dropping it closes the connection. It knows no deadline.
    pub(in crate::upstream) async fn handshake<K: Send + Unpin + 'static>(
        connected: Connected,
        settings: &Http2Settings,
        spawn: &Spawn,
        kept: K,
        freed: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, BoxError> {
        let shared = Arc::new(Shared::new(Box::new(freed)));
        let tasks = Tasks::default();
        let io = TokioIo::new(Preface::new(connected.io, Arc::clone(&shared)));
        let (sender, requests) = settings.connection(tasks.clone()).handshake(io).await?;
        let (opener, opened) = oneshot::channel();
        let driver = Driver::new(requests, tasks, Arc::clone(&shared), opener, settings, kept);
        spawn.spawn(driver);
        let slot = match opened.await {
            Ok(word) => word?,
            // The executor has dropped the driver.
            Err(_) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
        };
        Ok(Self {
            sender,
            shared,
            slot,
        })
    }

    /// Whether requests are taken: the service has not left, and the driver runs.
    pub(in crate::upstream) fn is_open(&self) -> bool {
        !self.shared.is_closed() && !self.sender.is_closed()
    }

    /// Streams that are open, or wait to be.
    #[cfg(test)]
    pub(in crate::upstream) fn streams(&self) -> usize {
        self.shared.streams()
    }

    /// Whether one more stream is below the limit.
    #[cfg(test)]
    pub(in crate::upstream) fn has_room(&self) -> bool {
        self.shared.has_room()
    }

    /// How many streams there may be: the service's limit or our own, the smaller.
    pub(in crate::upstream) fn limit(&self) -> usize {
        self.shared.limit()
    }

    /// A handle with room for one request, which nobody else takes. None when there is none.
    pub(in crate::upstream) fn join(&self) -> Option<Self> {
        let slot = self.shared.join()?;
        Some(Self {
            slot: Some(slot),
            ..self.clone()
        })
    }

    /// Sends a request, whose URI is absolute.
    ///
    /// Without room it waits behind the others, in the order of the calls.
    ///
    /// # Errors
    /// The connection's or the stream's, with the request when nothing of it was sent; see also
    /// [`not_processed`](super::not_processed).
    ///
    /// # Cancel safety
    /// Dropping the future, or the body of the answer before its end, resets the stream. A request's
    /// body that the service does not read is let go of when the service reads on or resets.
    pub(in crate::upstream) fn send(
        &mut self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<ResponseBody>, Failed<B>>> + Send + use<B> {
        let slot = self.slot.take().or_else(|| self.shared.join_behind());
        let mut open = Open::new(slot.clone());
        let sent = self
            .sender
            .try_send_request(request.map(|body| SentBody::new(body, slot)));
        async move {
            match sent.await {
                Ok(response) => Ok(response.map(|incoming| ResponseBody::new(incoming, open))),
                Err(mut failed) => {
                    open.end();
                    let request = failed
                        .take_message()
                        .map(|request| request.map(SentBody::into_inner));
                    Err(Failed {
                        error: failed.into_error(),
                        request,
                    })
                }
            }
        }
    }
}

impl<B> Clone for Streams<B> {
    fn clone(&self) -> Self {
        Self {
            sender: self.sender.clone(),
            shared: Arc::clone(&self.shared),
            slot: None,
        }
    }
}

impl<B> fmt::Debug for Streams<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams")
            .field("open", &self.shared.streams())
            .field("limit", &self.shared.limit())
            .finish_non_exhaustive()
    }
}
