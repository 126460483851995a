use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    Body,
    body::{End, WithEnd},
    context::RouteName,
    protocol::Told,
};
use http::{HeaderValue, Method, Response};
use tokio::time::Instant;

use super::{
    RuleStack, Share,
    gate::Pages,
    stack::{Answering, Waits},
};
use crate::observe::{Exchange, Observer};

/// The future of [`Table`](super::Table).
///
/// # Cancel safety
/// Dropping it drops the stack's own future.
pub struct TableFuture {
    pub(super) answer: Answer,
    /// Nobody else would tell of this exchange if it ended now.
    pub(super) waits: Waits,
    /// Behind the gate of a listener this table is asked again, and tells of the exchange then.
    pub(super) is_gated: bool,
    pub(super) after: Option<After>,
    pub(super) pages: Option<Pages>,
    pub(super) method: Method,
    pub(super) route: Option<RouteName>,
    pub(super) begun: Instant,
    pub(super) observer: Observer,
}

/// Where the answer comes from.
pub(super) enum Answer {
    /// The table's own.
    Now(Option<Response<Body>>),
    Stack(Answering),
}

/// What is changed in the answer.
pub(super) struct After {
    pub(super) rule: Arc<RuleStack>,
    pub(super) share: Arc<Share>,
    pub(super) origin: Option<HeaderValue>,
}

impl After {
    fn apply(&self, response: &mut Response<Body>) {
        let headers = response.headers_mut();
        self.share.response.apply(headers);
        self.rule.response.apply(headers);
        if let Some(cors) = &self.rule.cors {
            cors.apply(self.origin.as_ref(), headers);
        }
    }
}

impl fmt::Debug for TableFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableFuture")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

impl Future for TableFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = match &mut self.answer {
            Answer::Stack(answer) => ready!(answer.as_mut().poll(cx)),
            Answer::Now(response) => match response.take() {
                Some(response) => response,
                // Polled again after it was ready, which a future's contract forbids.
                None => return Poll::Pending,
            },
        };
        let is_told = match self.is_gated {
            true => self.waits.are_over(),
            false => response.extensions().get::<Told>().is_some(),
        };
        self.waits = Waits::No;
        if !is_told {
            response = self.told(response);
        }
        if let Some(after) = self.after.take() {
            after.apply(&mut response);
        }
        if let Some(pages) = self.pages.take() {
            pages.apply(&mut response);
        }
        if let Some(name) = self.route.take() {
            response.extensions_mut().insert(name);
        }
        Poll::Ready(Ok(response))
    }
}

impl TableFuture {
    /// Tells the observer of an answer that no protocol layer tells it of, when it has ended.
    fn told(&self, response: Response<Body>) -> Response<Body> {
        let book = self.booking(Some(response.status().as_u16()));
        response.map(|body| Body::new(WithEnd::new(body, book)))
    }

    fn booking(&self, status: Option<u16>) -> impl FnOnce(End<'_>) + Send + 'static + use<> {
        let route = self.route.as_ref().map_or("(no route)", RouteName::as_str);
        let call = format!("{} {route}", self.method);
        let (begun, observer) = (self.begun, self.observer.clone());
        move |end: End<'_>| {
            observer.book(Exchange {
                protocol: "http",
                call: call.into(),
                end,
                error: None,
                status,
                elapsed: begun.elapsed(),
                trace_id: None,
            });
        }
    }
}

impl Drop for TableFuture {
    /// The client left before the head of the answer.
    fn drop(&mut self) {
        if !self.waits.are_over() {
            self.booking(None)(End::Dropped);
        }
    }
}
