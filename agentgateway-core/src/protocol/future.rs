use std::{
    convert::Infallible,
    fmt,
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header, request, response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    Look, Protocol, Rejection, Told,
    service::{Exchange, ResponseBody},
};
use crate::{
    body::{self, GivenUp, Peek, Peeked},
    context::{CallView, Trail},
    error::{BoxError, Error, ErrorKind, Origin},
    rescue::{Dialect, Handling, Watch},
};

pin_project_lite::pin_project! {
    /// The future of [`ProtocolService`](super::ProtocolService): peek, wait, call, rescue.
    ///
    /// # Cancel safety
    /// Dropping it drops the request and the inner call; the exchange ends as dropped, or as refused
    /// ([`Canceled`](ErrorKind::Canceled)) while its body is still read.
    pub struct ResponseFuture<P, S, B, RB>
    where
        P: Protocol,
        S: Service<Request<Peeked<B>>>,
        B: HttpBody,
        RB: HttpBody,
    {
        service: S,
        #[pin]
        state: State<P, S::Future, B, RB>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<P, F, B, RB>
    where
        P: Protocol,
        B: HttpBody,
        RB: HttpBody,
    {
        Peek { asking: Asking<P>, peek: Peek<B> },
        Ready { request: Option<Request<Peeked<B>>>, exchange: Option<Running<P>> },
        Call { #[pin] future: F, exchange: Option<Running<P>>, span: tracing::Span },
        Rewrite { head: Option<response::Parts>, peek: Peek<RB>, exchange: Option<Running<P>> },
        Answer { answer: Option<Response<Bytes>> },
        Over,
    }
}

/// A request whose body is still read. When it is dropped, the client has left within its request.
struct Asking<P: Protocol> {
    protocol: P,
    refuses_all: bool,
    head: Option<request::Parts>,
}

impl<P: Protocol> Drop for Asking<P> {
    fn drop(&mut self) {
        if let Some(head) = self.head.take() {
            let message = "the client left before its request was whole";
            let error = Error::new(ErrorKind::Canceled, message);
            self.protocol.rejected(&head, &error);
        }
    }
}

/// An exchange whose end is told even when the future is dropped.
struct Running<P: Protocol>(Option<Exchange<P>>);

impl<P: Protocol> Running<P> {
    fn take(mut self) -> Option<Exchange<P>> {
        self.0.take()
    }
}

impl<P: Protocol> Drop for Running<P> {
    fn drop(&mut self) {
        if let Some(mut exchange) = self.0.take() {
            exchange.end(body::End::Dropped);
        }
    }
}

impl<P, S, B, RB> ResponseFuture<P, S, B, RB>
where
    P: Protocol,
    S: Service<Request<Peeked<B>>>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody,
{
    pub(super) fn new(
        protocol: P,
        service: S,
        request: Request<B>,
        (enabled, refuses_all): (bool, bool),
    ) -> Self {
        let (mut head, body) = request.into_parts();
        if let Some(answer) = enabled.then(|| protocol.answer(&head)).flatten() {
            let answer = Some(answer);
            let state = State::Answer { answer };
            return Self { service, state };
        }
        let look = if enabled {
            protocol.look(&mut head)
        } else {
            Ok(Look::Pass)
        };
        let state = match look {
            Ok(Look::Pass) => {
                let subject = protocol.stranger(&head);
                State::ready(protocol, subject, None, head, Peeked::untouched(body))
            }
            Ok(Look::Call(call)) => State::inward(&protocol, head, &call, Peeked::untouched(body)),
            Ok(Look::Body { limit_bytes }) => State::Peek {
                asking: Asking {
                    protocol,
                    refuses_all,
                    head: Some(head),
                },
                peek: Peeked::peek(body, limit_bytes),
            },
            Err(_) if refuses_all => {
                let subject = protocol.stranger(&head);
                State::ready(protocol, subject, None, head, Peeked::untouched(body))
            }
            Err(rejection) => State::reject(&protocol, &head, rejection),
        };
        Self { service, state }
    }
}

impl<P, F, B, RB> State<P, F, B, RB>
where
    P: Protocol,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody,
{
    fn ready(
        protocol: P,
        subject: <P::Dialect as Dialect>::Subject,
        watch: Option<P::Watch>,
        head: request::Parts,
        body: Peeked<B>,
    ) -> Self {
        let exchange = Exchange::new(protocol, subject, watch, &head);
        Self::Ready {
            request: Some(Request::from_parts(head, body)),
            exchange: Some(Running(Some(exchange))),
        }
    }

    /// The call is known: it is written into the extensions, and its watch begins.
    fn inward(protocol: &P, mut head: request::Parts, call: &P::Call, body: Peeked<B>) -> Self {
        let subject = protocol.subject(call);
        head.extensions.insert(call.clone());
        head.extensions.insert(CallView::of::<P::Call>());
        let watch = protocol.watch(&head, call);
        let admitted = protocol
            .span(&watch)
            .in_scope(|| protocol.admit(&head, call));
        if let Err(rejection) = admitted {
            let exchange = Exchange::new(protocol.clone(), subject, Some(watch), &head);
            return Self::Answer {
                answer: Some(exchange.refuse(&head, rejection)),
            };
        }
        Self::ready(protocol.clone(), subject, Some(watch), head, body)
    }

    fn reject(protocol: &P, head: &request::Parts, rejection: Rejection) -> Self {
        let (error, mut response) = rejection.answer(head);
        protocol.rejected(head, &error);
        Trail::tell(&head.extensions, body::End::Failed(&error));
        response.extensions_mut().insert(Told);
        Self::Answer {
            answer: Some(response),
        }
    }

    fn refuse(protocol: &P, head: &request::Parts, error: Error) -> Self {
        let (dialect, stranger) = (protocol.dialect().clone(), protocol.stranger(head));
        let say = move |error: &Error| dialect.response(error, &stranger);
        Self::reject(protocol, head, Rejection::new(error, say))
    }

    /// The body was read, or could not be; what is no call goes inward where all are refused.
    fn peeked(
        (protocol, refuses_all): (&P, bool),
        mut head: request::Parts,
        look: body::Look<B>,
        limit: usize,
    ) -> Self {
        match look {
            body::Look::Whole(bytes, body) => match protocol.parse(&mut head, &bytes) {
                Ok(call) => Self::inward(protocol, head, &call, body),
                Err(_) if refuses_all => {
                    let subject = protocol.stranger_with(&head, &bytes);
                    Self::ready(protocol.clone(), subject, None, head, body)
                }
                Err(rejection) => Self::reject(protocol, &head, rejection),
            },
            body::Look::OverLimit(body) | body::Look::Failed(body) if refuses_all => {
                let subject = protocol.stranger(&head);
                Self::ready(protocol.clone(), subject, None, head, body)
            }
            body::Look::OverLimit(_) => {
                let message = format!("the request body is over the limit of {limit} bytes");
                Self::refuse(protocol, &head, Error::new(ErrorKind::TooLarge, message))
            }
            body::Look::Failed(_) => {
                let error = GivenUp::of(&head.extensions).unwrap_or_else(|| {
                    let message = "the request body broke off before its end";
                    Error::new(ErrorKind::InvalidRequest, message)
                });
                Self::refuse(protocol, &head, error)
            }
        }
    }
}

impl<P, S, B, RB> fmt::Debug for ResponseFuture<P, S, B, RB>
where
    P: Protocol,
    S: Service<Request<Peeked<B>>>,
    B: HttpBody,
    RB: HttpBody,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<P, S, B, RB> Future for ResponseFuture<P, S, B, RB>
where
    P: Protocol,
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<RB, P>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::Peek { asking, peek } => {
                    let limit = peek.limit_bytes();
                    let look = ready!(Pin::new(peek).poll(cx));
                    let Some(head) = asking.head.take() else {
                        return Poll::Pending;
                    };
                    let asked = (&asking.protocol, asking.refuses_all);
                    State::peeked(asked, head, look, limit)
                }
                StateProj::Ready { request, exchange } => {
                    let ready = ready!(this.service.poll_ready(cx));
                    match (ready, request.take(), exchange.take()) {
                        (Ok(()), Some(request), Some(running)) => {
                            State::called(this.service, request, running)
                        }
                        (Err(error), _, running) => State::failed(running, error.into()),
                        _ => State::Over,
                    }
                }
                StateProj::Call {
                    future,
                    exchange,
                    span,
                } => {
                    let result = ready!(span.in_scope(|| future.poll(cx)));
                    match State::answered(exchange.take(), result) {
                        ControlFlow::Break(response) => {
                            this.state.set(State::Over);
                            return Poll::Ready(Ok(response));
                        }
                        ControlFlow::Continue(next) => next,
                    }
                }
                StateProj::Rewrite {
                    head,
                    peek,
                    exchange,
                } => {
                    let look = ready!(Pin::new(peek).poll(cx));
                    let (head, running) = (head.take(), exchange.take());
                    State::Answer {
                        answer: rewritten(head, running, look),
                    }
                }
                StateProj::Answer { answer } => {
                    let answer = answer.take();
                    this.state.set(State::Over);
                    match answer {
                        Some(answer) => return Poll::Ready(Ok(answer.map(ResponseBody::own))),
                        None => return Poll::Pending,
                    }
                }
                // Polled again after it was ready, which a future's contract forbids.
                StateProj::Over => return Poll::Pending,
            };
            this.state.set(next);
        }
    }
}

impl<P, F, B, RB> State<P, F, B, RB>
where
    P: Protocol,
    B: HttpBody,
    RB: HttpBody<Data = Bytes>,
{
    /// The inner service is ready; it is called within the protocol's span.
    fn called<S>(service: &mut S, request: Request<Peeked<B>>, running: Running<P>) -> Self
    where
        S: Service<Request<Peeked<B>>, Future = F>,
    {
        let exchange = running.0.as_ref();
        let span = exchange.map_or_else(tracing::Span::none, Exchange::span);
        let future = span.in_scope(|| service.call(request));
        Self::Call {
            future,
            exchange: Some(running),
            span,
        }
    }

    fn failed(running: Option<Running<P>>, error: BoxError) -> Self {
        let error = Error::from_boxed(error);
        let answer = running
            .and_then(Running::take)
            .map(|exchange| exchange.fail(error));
        Self::Answer { answer }
    }

    /// The inner service has answered: what goes out now, or the state that goes on.
    fn answered<E: Into<BoxError>>(
        running: Option<Running<P>>,
        result: Result<Response<RB>, E>,
    ) -> ControlFlow<Response<ResponseBody<RB, P>>, Self> {
        let response = match result {
            Ok(response) => response,
            Err(error) => return ControlFlow::Continue(Self::failed(running, error.into())),
        };
        let Some(mut exchange) = running.and_then(Running::take) else {
            return ControlFlow::Continue(Self::Over);
        };
        let (mut head, body) = response.into_parts();
        match exchange.head(&mut head) {
            Handling::Rewrite { limit_bytes } => ControlFlow::Continue(Self::Rewrite {
                head: Some(head),
                peek: Peeked::peek(body, limit_bytes),
                exchange: Some(Running(Some(exchange))),
            }),
            handling => {
                let body = ResponseBody::new(body, exchange, handling);
                ControlFlow::Break(Response::from_parts(head, body))
            }
        }
    }
}

fn rewritten<P, RB>(
    head: Option<response::Parts>,
    running: Option<Running<P>>,
    look: body::Look<RB>,
) -> Option<Response<Bytes>>
where
    P: Protocol,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    let (mut head, mut exchange) = (head?, running.and_then(Running::take)?);
    let rewritten = match look {
        body::Look::Whole(bytes, _) => exchange.rewrite(&mut head, bytes),
        body::Look::OverLimit(_) => {
            let message = "the service's answer is over the limit for answers that are rewritten";
            let error = Error::new(ErrorKind::BadAnswer, message);
            exchange.over_limit(&mut head, error)
        }
        body::Look::Failed(mut peeked) => Err(match peeked.take_error() {
            Some(error) => Error::from_boxed(error.into()).with_origin(Origin::Upstream),
            None => Error::new(ErrorKind::BadAnswer, "the service's answer broke off"),
        }),
    };
    Some(match rewritten {
        Ok(bytes) => {
            head.headers.remove(header::TRANSFER_ENCODING);
            // Of a 304 it would be the length of what the client has.
            if head.status == StatusCode::NOT_MODIFIED {
                head.headers.remove(header::CONTENT_LENGTH);
            } else {
                head.headers
                    .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
            }
            exchange.end(body::End::Complete);
            Response::from_parts(head, bytes)
        }
        Err(error) => exchange.fail(error),
    })
}
