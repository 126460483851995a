use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    BoxError, Error, ErrorKind,
    body::{Look, Peek, Peeked},
    error::Origin,
    json::{self, JsonType, Raw},
    jsonrpc::{RpcError, RpcId},
    media,
};
use bytes::Bytes;
use http::{Response, StatusCode, response};
use http_body::Body as HttpBody;

use super::{
    ResponseBody,
    events::{Reader, Said},
    layer::Limits,
};
use crate::layer::is_same;

/// One message of a batch while it is answered.
pub(super) struct Slot<F, RB>
where
    RB: HttpBody,
{
    /// Of a request.
    pub(super) id: Option<RpcId>,
    /// That of the answer, when it is there.
    pub(super) head: Option<response::Parts>,
    status: StatusCode,
    state: State<F, RB>,
}

enum State<F, RB>
where
    RB: HttpBody,
{
    Calling(Pin<Box<F>>),
    /// An answer in one piece that nobody has read yet.
    Answered(Pin<Box<RB>>),
    Reading(Peek<Pin<Box<RB>>>),
    Events(Reader<RB>, bool),
    /// The answer itself.
    Text(Bytes),
    Over,
}

impl<F, RB> Slot<F, RB>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    pub(super) fn new(id: Option<RpcId>, future: F) -> Self {
        Self {
            id,
            head: None,
            status: StatusCode::OK,
            state: State::Calling(Box::pin(future)),
        }
    }

    /// A message that could not go inward.
    pub(super) fn failed(id: Option<RpcId>, error: &Error) -> Self {
        let mut slot = Self {
            id,
            head: None,
            status: StatusCode::OK,
            state: State::Over,
        };
        slot.fail(error);
        slot
    }

    pub(super) const fn is_calling(&self) -> bool {
        matches!(self.state, State::Calling(_))
    }

    pub(super) const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    pub(super) const fn is_stream(&self) -> bool {
        matches!(self.state, State::Events(..))
    }

    /// It was taken, and no answer is here: it wants none, or has it by the stream of the transport of 2024-11-05.
    pub(super) fn is_taken(&self) -> bool {
        self.id.is_none() || self.status == StatusCode::ACCEPTED
    }

    /// An answer in one piece is being read, or would be.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self.state, State::Answered(_) | State::Reading(_))
    }

    /// Some of an answer in one piece may be held.
    pub(super) const fn is_reading(&self) -> bool {
        matches!(self.state, State::Reading(_))
    }

    /// The beginning of an event is held.
    pub(super) fn is_within_event(&self) -> bool {
        matches!(&self.state, State::Events(reader, _) if reader.is_within_event())
    }

    /// The answer as it came, to a message that is no request.
    pub(super) fn into_answer(self) -> Option<Response<ResponseBody<F, RB>>> {
        let body = match self.state {
            State::Answered(body) => ResponseBody::taken(body),
            State::Text(text) => ResponseBody::whole(text),
            _ => return None,
        };
        Some(Response::from_parts(self.head?, body))
    }

    /// Waits for the answer's head.
    pub(super) fn poll_head<E>(&mut self, cx: &mut Context<'_>, limits: &Limits)
    where
        F: Future<Output = Result<Response<RB>, E>>,
        E: Into<BoxError>,
    {
        let State::Calling(future) = &mut self.state else {
            return;
        };
        match future.as_mut().poll(cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(response)) => {
                let (head, body) = response.into_parts();
                let is_stream = media::is_event_stream(&head.headers) && self.id.is_some();
                self.status = head.status;
                self.head = Some(head);
                let body = Box::pin(body);
                self.state = if is_stream {
                    State::Events(Reader::new(body, limits.event_bytes), false)
                } else {
                    State::Answered(body)
                };
            }
            Poll::Ready(Err(error)) => self.fail(&Error::from_boxed(error.into())),
        }
    }

    /// What it says next; `None` when it has said all, and that a request has an answer is certain then. No
    /// answer in one piece is longer than this.
    pub(super) fn poll_said(&mut self, cx: &mut Context<'_>, limit: usize) -> Poll<Option<Said>> {
        let Some(id) = self.id.clone() else {
            self.state = State::Over;
            return Poll::Ready(None);
        };
        loop {
            let next = match &mut self.state {
                State::Calling(_) => return Poll::Pending,
                State::Over => return Poll::Ready(None),
                State::Text(text) => {
                    let text = std::mem::take(text);
                    self.state = State::Over;
                    return Poll::Ready(Some(Said::Own(text)));
                }
                State::Events(reader, is_answered) => {
                    match ready!(reader.poll_said(cx, &id)) {
                        Some(Ok(Said::Own(text))) => {
                            // One answer for each.
                            if !std::mem::replace(is_answered, true) {
                                return Poll::Ready(Some(Said::Own(text)));
                            }
                            continue;
                        }
                        Some(Ok(said)) => return Poll::Ready(Some(said)),
                        Some(Err(_)) | None if *is_answered => State::Over,
                        Some(Err(error)) => State::Text(said(&error, &id)),
                        None => State::Text(said(&unanswered(self.status), &id)),
                    }
                }
                State::Answered(_) => match std::mem::replace(&mut self.state, State::Over) {
                    State::Answered(body) => State::Reading(Peeked::peek(body, limit)),
                    other => other,
                },
                State::Reading(peek) => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    State::Text(own_answer(look, &id, self.status))
                }
            };
            self.state = next;
        }
    }

    fn fail(&mut self, error: &Error) {
        let id = self.id.as_ref();
        let (head, text) = crate::wire::error::response_to(error, id).into_parts();
        self.status = head.status;
        self.head = Some(head);
        self.state = State::Text(text);
    }
}

impl<F, RB> fmt::Debug for Slot<F, RB>
where
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An error as the answer to a request.
pub(super) fn said(error: &Error, id: &RpcId) -> Bytes {
    RpcError::from(error).encode(id)
}

/// The answer to a request, of what came in one piece; an error where that is none.
fn own_answer<RB>(look: Look<Pin<Box<RB>>>, id: &RpcId, status: StatusCode) -> Bytes
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    match look {
        Look::Whole(text, _) => found(&text, id).unwrap_or_else(|| said(&unanswered(status), id)),
        Look::OverLimit(_) => said(&over_limit(), id),
        Look::Failed(mut body) => {
            let error = body.take_error();
            let error = error.map_or_else(
                || unanswered(status),
                |error| Error::from_boxed(error.into()),
            );
            said(&error, id)
        }
    }
}

/// The answer to a request in this text: a message, or one of a batch. An error about no request is about this one,
/// since nothing else was asked.
fn found(text: &Bytes, id: &RpcId) -> Option<Bytes> {
    match json::members(text, KEYS) {
        Ok(members) => found_in(&text.slice_ref(text.trim_ascii()), members, id),
        Err(error) if error.found() == Some(JsonType::Array) => {
            let mut own = None;
            json::elements(Raw::parse(text).ok()?, |message| {
                if let (None, Ok(members)) = (&own, json::members_of(message, KEYS)) {
                    let message = json::slice_of(text, message).unwrap_or_default();
                    own = found_in(&message, members, id);
                }
            })
            .ok()?;
            own
        }
        Err(_) => None,
    }
}

const KEYS: [&str; 4] = ["id", "method", "result", "error"];

fn found_in(
    message: &Bytes,
    [its, method, result, error]: [Option<Raw<'_>>; 4],
    id: &RpcId,
) -> Option<Bytes> {
    let error = error.filter(|raw| !json::is_null(*raw));
    if method.is_some() || (result.is_none() && error.is_none()) {
        return None;
    }
    match its.filter(|raw| !json::is_null(*raw)) {
        Some(its) => is_same(id, its).then(|| message.clone()),
        None => {
            error?;
            json::with_members(message, &[("id", Some(id.to_bytes()))]).ok()
        }
    }
}

fn unanswered(status: StatusCode) -> Error {
    let message = if status.is_success() {
        "the service gave no answer to this request of the batch".to_owned()
    } else {
        format!(
            "the service refused this request of the batch with status {}",
            status.as_u16()
        )
    };
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}

pub(super) fn over_limit() -> Error {
    let message = "the answer is over the limit for answers to a batch; ask for it alone";
    Error::new(ErrorKind::BadAnswer, message)
}
