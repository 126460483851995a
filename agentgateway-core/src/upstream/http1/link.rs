use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1},
};
use tokio::{sync::oneshot, time::Instant};

use super::wake::LinkWaker;
use crate::upstream::{
    body::RequestBody,
    connect::{Connected, Io, Socket, Unread},
    pool::{Place, Runtime},
};

/// The largest head of an answer, and the largest read, in bytes.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// Polls without progress in one turn, before others get theirs: where tokio's budget for the task
/// is used up, everything is pending and woken at once.
const SPINS: usize = 3;

/// What came of polling an exchange once.
pub(super) enum Turn<T> {
    Done(T),
    /// There may be more: the connection is to be polled again.
    Progress,
    Waiting,
}

pub(super) type Answer = Pin<
    Box<dyn Future<Output = Result<Response<Incoming>, TrySendError<Request<RequestBody>>>> + Send>,
>;

/// One HTTP/1.1 connection, in an exchange or idle.
pub(in crate::upstream) struct Link {
    sender: http1::SendRequest<RequestBody>,
    /// None when it has ended: it must not be polled again.
    connection: Option<http1::Connection<Io, RequestBody>>,
    pub(super) socket: Socket,
    pub(super) waker: LinkWaker,
    tls: bool,
    /// A request body that hyper has not let go of holds a clone.
    sending: Arc<()>,
    /// It has served an exchange, or lain idle: a service may be about to close it.
    pub(super) reused: bool,
    runtime: Runtime,
    idle_since: Instant,
    /// None while it lies idle; see [`Place`].
    place: Option<Place>,
}

impl Link {
    pub(in crate::upstream) async fn open(
        connected: Connected,
        place: Place,
    ) -> Result<Box<Self>, hyper::Error> {
        let Connected {
            io, socket, tls, ..
        } = connected;
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_BUFFER_BYTES)
            .handshake(io)
            .await?;
        Ok(Box::new(Self {
            sender,
            connection: Some(connection),
            socket,
            waker: LinkWaker::new(),
            tls,
            sending: Arc::new(()),
            reused: false,
            runtime: Runtime::current(),
            idle_since: Instant::now(),
            place: Some(place),
        }))
    }

    pub(in crate::upstream) const fn runtime(&self) -> Runtime {
        self.runtime
    }

    pub(in crate::upstream) const fn idle_since(&self) -> Instant {
        self.idle_since
    }

    pub(in crate::upstream) const fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// It goes to lie idle, where it must not keep its pool alive.
    pub(in crate::upstream) fn rest(&mut self) -> Option<Place> {
        self.idle_since = Instant::now();
        self.place.take()
    }

    /// It comes from where it lay idle.
    pub(in crate::upstream) fn resume(&mut self, place: Place) {
        self.reused = true;
        self.place = Some(place);
    }

    /// Closes the connection and keeps its place.
    pub(in crate::upstream) fn close(mut self: Box<Self>) -> Option<Place> {
        self.place.take()
    }

    /// Whether a request may be sent: nothing has come since the last answer, no FIN either.
    pub(in crate::upstream) fn is_usable(&mut self) -> bool {
        match self.socket.peek() {
            Unread::Nothing => self.is_idle(),
            // In TLS a record may be a ticket; the connection must have seen it and be idle still.
            Unread::Bytes if self.tls => {
                self.turn_alone();
                self.is_idle() && matches!(self.socket.peek(), Unread::Nothing)
            }
            Unread::Bytes | Unread::Closed => false,
        }
    }

    /// After the last byte of an answer: detached from its task, and whether it can be used again.
    pub(super) fn settle(&mut self) -> bool {
        self.reused = true;
        self.waker.detach();
        self.turn_alone();
        self.is_idle() && !self.is_sending()
    }

    fn is_idle(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }

    /// Whether hyper still has the body of the request.
    pub(super) fn is_sending(&self) -> bool {
        Arc::strong_count(&self.sending) > 1
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.connection.is_none()
    }

    pub(super) fn send(&mut self, mut request: Request<RequestBody>) -> Answer {
        request.body_mut().note_sending(&self.sending);
        Box::pin(self.sender.try_send_request(request))
    }

    /// Polls the connection once, with the waker of this link.
    pub(super) fn turn(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        // Its error is told to the exchange, too.
        let polled = Pin::new(connection).poll(&mut self.waker.context());
        if polled.is_ready() {
            self.connection = None;
        }
    }

    fn turn_alone(&mut self) {
        self.turn();
        self.waker.was_woken();
    }

    /// Polls the connection and then `work`, in turns, until neither has anything left to do.
    pub(super) fn drive<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut work: impl FnMut(&mut Context<'_>) -> Turn<T>,
    ) -> Poll<T> {
        self.waker.enter(cx);
        let mut spins = 0;
        let polled = loop {
            // What was woken before is served by this turn.
            self.waker.was_woken();
            self.turn();
            match work(&mut self.waker.context()) {
                Turn::Done(value) => break Poll::Ready(value),
                Turn::Progress => spins = 0,
                Turn::Waiting if !self.waker.was_woken() => break Poll::Pending,
                Turn::Waiting if spins == SPINS => {
                    cx.waker().wake_by_ref();
                    break Poll::Pending;
                }
                Turn::Waiting => spins += 1,
            }
        };
        self.waker.leave(polled.is_pending());
        polled
    }

    /// Spawns the connection. It ends with its exchange, or when the guard is dropped.
    pub(super) fn detach(mut self: Box<Self>) -> Option<oneshot::Sender<()>> {
        let mut connection = self.connection.take()?;
        let spawn = self.place.as_ref()?.shared().spawn.clone();
        let (guard, mut dropped) = oneshot::channel();
        self.waker.detach();
        spawn.spawn(async move {
            // Its place is taken until it has ended.
            let _link = self;
            std::future::poll_fn(|cx| {
                if Pin::new(&mut dropped).poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                Pin::new(&mut connection).poll(cx).map(drop)
            })
            .await;
        });
        Some(guard)
    }
}
