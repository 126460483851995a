use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Sleep, sleep},
};

use super::{Host, Offer, Place, Runtime, host::Next};
use crate::{
    error::{Error, ErrorKind},
    upstream::{http1::Link, http2::Http2},
};

/// How long a connection that somebody else opens is waited for, where it would serve many.
const SHARED_SOON: Duration = Duration::from_secs(1);

/// A connection that can be used.
pub(in crate::upstream) enum Opened {
    Link(Box<Link>),
    Streams(Http2),
}

type Connecting = Pin<Box<dyn Future<Output = Result<Opened, Error>> + Send>>;

/// Waiting for a connection: one that is given back, or one of its own.
///
/// Nobody waits for somebody else's new connection alone: it may never come.
pub(in crate::upstream) struct Opening {
    host: Arc<Host>,
    offer: Option<oneshot::Receiver<Offer>>,
    connecting: Option<Connecting>,
    /// Ends the wait for a connection that somebody else opens.
    hedge: Option<Pin<Box<Sleep>>>,
    /// Runs while there is no place.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Opening {
    pub(in crate::upstream) fn new(host: Arc<Host>) -> Self {
        let next = host.next(Runtime::current());
        let mut opening = Self {
            host,
            offer: None,
            connecting: None,
            hedge: None,
            deadline: None,
        };
        match next {
            Next::Now(Offer::Place(place)) => {
                opening.offer = Some(opening.host.wait(Runtime::current()));
                opening.connect(place);
            }
            Next::Now(other) => {
                let (sender, offer) = oneshot::channel();
                let _ = sender.send(other);
                opening.offer = Some(offer);
            }
            Next::Wait { offer, soon } => {
                let limit = opening.host.shared().limits.wait_deadline;
                opening.offer = Some(offer);
                opening.hedge = soon.then(|| Box::pin(sleep(SHARED_SOON)));
                opening.deadline = Some(Box::pin(sleep(limit)));
            }
        }
        opening
    }

    /// A new connection and no other, in the place of one that broke.
    pub(in crate::upstream) fn anew(place: Place) -> Self {
        let mut opening = Self {
            host: Arc::clone(place.host()),
            offer: None,
            connecting: None,
            hedge: None,
            deadline: None,
        };
        opening.connect(place);
        opening
    }

    fn connect(&mut self, place: Place) {
        self.deadline = None;
        self.hedge = None;
        if self.connecting.is_none() {
            self.connecting = Some(Box::pin(connect(place)));
        }
    }

    pub(in crate::upstream) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Opened, Error>> {
        while let Some(offer) = self.poll_offer(cx) {
            match offer {
                Offer::Link(link) => {
                    if let Some(opened) = self.take(link) {
                        return Poll::Ready(Ok(opened));
                    }
                }
                Offer::Streams(streams) => return Poll::Ready(Ok(Opened::Streams(streams))),
                Offer::Place(place) => self.connect(place),
            }
        }
        if let Some(connecting) = &mut self.connecting {
            return connecting.as_mut().poll(cx);
        }
        if self
            .hedge
            .as_mut()
            .is_some_and(|hedge| hedge.as_mut().poll(cx).is_ready())
        {
            self.hedge = None;
            if let Some(place) = self.host.place_now() {
                self.connect(place);
                return self.poll(cx);
            }
        }
        if let Some(deadline) = &mut self.deadline {
            ready!(deadline.as_mut().poll(cx));
        }
        Poll::Ready(Err(self.no_place()))
    }

    fn poll_offer(&mut self, cx: &mut Context<'_>) -> Option<Offer> {
        match Pin::new(self.offer.as_mut()?).poll(cx) {
            Poll::Ready(offered) => {
                self.offer = None;
                offered.ok()
            }
            Poll::Pending => None,
        }
    }

    /// A connection that was given back, unless it was closed in the meantime.
    fn take(&mut self, mut link: Box<Link>) -> Option<Opened> {
        if !link.is_usable() {
            if let Some(place) = link.close() {
                self.connect(place);
            }
            return None;
        }
        if let Some(connecting) = self.connecting.take() {
            // Half a handshake is half a connection for the next request.
            let host = Arc::clone(&self.host);
            self.host.shared().spawn.spawn(async move {
                if let Ok(Opened::Link(link)) = connecting.await {
                    host.check_in(link);
                }
            });
        }
        Some(Opened::Link(link))
    }

    fn no_place(&self) -> Error {
        let limits = &self.host.shared().limits;
        let words = format!(
            "all {} connections to {} were in use for {:?}",
            limits.max_connections,
            self.host.target(),
            limits.wait_deadline
        );
        Error::new(ErrorKind::Overloaded, words)
    }
}

impl Drop for Opening {
    /// What was offered at the last moment goes to the next.
    fn drop(&mut self) {
        if let Some(mut offer) = self.offer.take() {
            offer.close();
            if let Ok(Offer::Link(link)) = offer.try_recv() {
                self.host.check_in(link);
            }
        }
    }
}

/// Name, TCP, TLS and preface, under one deadline.
async fn connect(place: Place) -> Result<Opened, Error> {
    let host = Arc::clone(place.host());
    let connector = &host.shared().connector;
    connector.in_time(host.target(), open(&host, place)).await
}

async fn open(host: &Arc<Host>, place: Place) -> Result<Opened, Error> {
    let _opening = host.opening();
    let shared = Arc::clone(host.shared());
    let connected = shared.connector.connect(host.target()).await?;
    if connected.http2 {
        let waiting = Arc::downgrade(host);
        let freed = move || {
            if let Some(host) = waiting.upgrade() {
                host.offer_streams();
            }
        };
        let streams = Http2::handshake(connected, &shared.http2, &shared.spawn, place, freed)
            .await
            .map_err(|error| host.target().failed(error))?;
        // The first stream is for who has opened the connection; a clone has none.
        host.share(&streams);
        Ok(Opened::Streams(streams))
    } else {
        host.share_nothing();
        let link = Link::open(connected, place).await;
        link.map(Opened::Link)
            .map_err(|error| host.target().failed(error))
    }
}
