use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    BoxError, Peeked,
    body::{Look, Peek},
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    ResponseBody,
    calls::Calls,
    join::{Form, Join},
    layer::Limits,
    read,
};

/// So far white space is looked over at first.
const BEGINNING_BYTES: usize = 64;

pin_project_lite::pin_project! {
    /// The future of [`Batch`](super::Batch): look, and pass; or call for each message, and join.
    ///
    /// # Cancel safety
    /// Dropping it drops the calls that have begun.
    pub struct ResponseFuture<S, B, RB>
    where
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
        RB: HttpBody,
    {
        service: S,
        #[pin]
        state: State<S::Future, B, RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<F, B, RB>
    where
        B: HttpBody,
        RB: HttpBody,
    {
        Begin { peek: Peek<B>, head: Option<request::Parts>, limits: Limits },
        Peek { peek: Peek<B>, head: Option<request::Parts>, limits: Limits },
        Ready { request: Option<Request<Peeked<B>>> },
        Pass { #[pin] future: F },
        Call { calls: Calls<F, B, RB> },
        Join { join: Join<F, RB>, is_array: bool },
        Over,
    }
}

impl<S, B, RB> ResponseFuture<S, B, RB>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody,
{
    pub(super) fn peek(service: S, head: request::Parts, body: B, limits: Limits) -> Self {
        // What is no batch is not held up: it may be refused before its body is there.
        let state = State::Begin {
            peek: Peeked::peek_beginning(body, 1),
            head: Some(head),
            limits,
        };
        Self { service, state }
    }

    pub(super) const fn pass(service: S, request: Request<Peeked<B>>) -> Self {
        let request = Some(request);
        let state = State::Ready { request };
        Self { service, state }
    }
}

impl<F, B, RB> State<F, B, RB>
where
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    /// The beginning of the body was read.
    fn begun(head: request::Parts, look: Look<B>, limits: Limits) -> Self {
        match look {
            Look::OverLimit(body) if may_be_array(&body) => Self::Peek {
                peek: body.peek_more(limits.body_bytes),
                head: Some(head),
                limits,
            },
            look => Self::peeked(head, look, limits),
        }
    }

    /// The body was read, or is no batch.
    fn peeked(mut head: request::Parts, look: Look<B>, limits: Limits) -> Self {
        let (text, body) = match look {
            Look::Whole(text, body) => (text, body),
            Look::OverLimit(body) | Look::Failed(body) => (Bytes::new(), body),
        };
        match read::read(&text, limits.messages) {
            Some(Ok(messages)) => {
                let calls = Calls::new(head, messages, limits);
                return Self::Call { calls };
            }
            Some(Err(unfit)) => {
                head.extensions.insert(unfit);
            }
            None => {}
        }
        let request = Some(Request::from_parts(head, body));
        Self::Ready { request }
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B, RB>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<S::Future, RB>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Begin { peek, head, limits } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    match head.take() {
                        Some(head) => State::begun(head, look, *limits),
                        None => State::Over,
                    }
                }
                StateProj::Peek { peek, head, limits } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    match head.take() {
                        Some(head) => State::peeked(head, look, *limits),
                        None => State::Over,
                    }
                }
                StateProj::Ready { request } => {
                    ready!(this.service.poll_ready(cx))?;
                    match request.take() {
                        Some(request) => State::Pass {
                            future: this.service.call(request),
                        },
                        None => State::Over,
                    }
                }
                StateProj::Pass { future } => {
                    let answer = ready!(future.poll(cx))?;
                    return Poll::Ready(Ok(answer.map(ResponseBody::pass)));
                }
                StateProj::Call { calls } => {
                    ready!(calls.poll_called(this.service, cx));
                    let slots = std::mem::take(&mut calls.slots);
                    State::Join {
                        join: Join::new(slots, calls.accepts, calls.limits),
                        is_array: false,
                    }
                }
                StateProj::Join { join, is_array } => {
                    if !*is_array {
                        let form = ready!(join.poll_form(cx));
                        *is_array = form == Form::Array;
                        if let Some(answer) = answered(join, form) {
                            this.state.set(State::Over);
                            return Poll::Ready(Ok(answer));
                        }
                    }
                    ready!(join.poll_texts(cx));
                    let answer = join.array().map(ResponseBody::whole);
                    this.state.set(State::Over);
                    return Poll::Ready(Ok(answer));
                }
                // Polled again after it was ready, which a future's contract forbids.
                StateProj::Over => return Poll::Pending,
            };
            this.state.set(next);
        }
    }
}

/// Whether the first bytes begin an array, or could stand before one.
fn may_be_array<B>(body: &Peeked<B>) -> bool
where
    B: HttpBody<Data = Bytes>,
{
    let beginning = body.beginning(BEGINNING_BYTES);
    let first = beginning.trim_ascii_start().first();
    first.is_none_or(|first| *first == b'[')
}

/// The answer, where nothing must be read before it.
fn answered<F, RB>(join: &mut Join<F, RB>, form: Form) -> Option<Response<ResponseBody<F, RB>>>
where
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    match form {
        Form::Array => None,
        Form::Taken => Some(join.taken().unwrap_or_default()),
        Form::Stream => {
            let mut head = join.head("text/event-stream");
            let cache = HeaderValue::from_static("no-cache");
            head.headers.entry(header::CACHE_CONTROL).or_insert(cache);
            let slots = std::mem::take(&mut join.slots);
            let body = ResponseBody::stream(slots, join.limits);
            Some(Response::from_parts(head, body))
        }
    }
}

impl<S, B, RB> fmt::Debug for ResponseFuture<S, B, RB>
where
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
