use std::task::{Context, Poll, ready};

use http::{Request, Response};
use hyper::{body::Incoming, client::conn::TrySendError};

use super::link::{Answer, Link, Turn};
use crate::upstream::{
    body::{RequestBody, copy},
    pool::Place,
};

/// One request on one connection, up to the head of its answer.
///
/// Dropping it closes the connection.
pub(in crate::upstream) struct Exchange {
    answer: Answer,
    /// None when it has ended.
    link: Option<Box<Link>>,
    received: u64,
    sent: u64,
    /// A copy for an old connection, if the body is in memory: hyper does not give back what it has
    /// taken, even where not a byte of it could be written.
    replay: Option<Box<Request<RequestBody>>>,
    replayable: bool,
}

/// No head came.
pub(in crate::upstream) struct Broken {
    pub(in crate::upstream) error: hyper::Error,
    /// The request, where it may be sent once more.
    pub(in crate::upstream) request: Option<Request<RequestBody>>,
    /// The service has done nothing of the request.
    pub(in crate::upstream) unprocessed: bool,
    pub(in crate::upstream) place: Option<Place>,
}

impl Exchange {
    /// `replayable`: sending the request twice does what sending it once does.
    pub(in crate::upstream) fn start(
        mut link: Box<Link>,
        request: Request<RequestBody>,
        replayable: bool,
    ) -> Self {
        // A new connection that breaks says something of the service; an old one may only be old.
        let replay = link.reused.then(|| copy(&request)).flatten();
        Self {
            received: link.socket.received(),
            sent: link.socket.sent(),
            answer: link.send(request),
            link: Some(link),
            replay,
            replayable,
        }
    }

    pub(in crate::upstream) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(Response<Incoming>, Box<Link>), Broken>> {
        let Some(link) = &mut self.link else {
            return Poll::Pending;
        };
        let answer = &mut self.answer;
        let polled = link.drive(cx, |cx| match answer.as_mut().poll(cx) {
            Poll::Ready(result) => Turn::Done(result),
            Poll::Pending => Turn::Waiting,
        });
        if polled.is_pending() && !self.replayable && link.socket.sent() != self.sent {
            // The wait for the head may be long, and the body large.
            self.replay = None;
        }
        let result = ready!(polled);
        let Some(link) = self.link.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(response) => Ok((response, link)),
            Err(error) => Err(self.broken(error, link)),
        })
    }

    fn broken(&mut self, mut error: TrySendError<Request<RequestBody>>, link: Box<Link>) -> Broken {
        let unanswered = link.socket.received() == self.received;
        let unsent = link.socket.sent() == self.sent;
        // hyper gives back what it has not begun to send.
        let back = error.take_message().filter(|_| unsent);
        let replay = self.replay.take().map(|request| *request);
        let harmless = unsent || (self.replayable && unanswered);
        Broken {
            error: error.into_error(),
            request: back.or(replay.filter(|_| harmless)),
            unprocessed: unsent,
            place: link.close(),
        }
    }
}
