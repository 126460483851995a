//! One attempt at a call: a target, its answer, and what came of it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    balance::{ByStatus, Classify, Lease, Outcome},
};
use http::{HeaderValue, Request, Response, header};

use super::{
    ModelTarget,
    hold::{Begun, hold},
    judge,
    routes::{Picked, Routes},
};
use crate::{
    LlmCall,
    bridge::{self, Fault},
    settle::{Ended, Over, Settle},
    wire::wait,
};

/// How many attempts a request has had, in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn several(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

/// Asks one target.
pub(super) async fn attempt(
    routes: Arc<Routes>,
    request: Request<Peeked<Body>>,
) -> Result<Response<Body>, Error> {
    let (mut head, body) = request.into_parts();
    let Some(call) = head.extensions.get::<LlmCall>().cloned() else {
        return Err(Error::new(ErrorKind::NotFound, "no such path"));
    };
    if let Some(attempts) = head.extensions.get::<Attempts>() {
        attempts.count();
    }
    let picked = routes.pick(&call, &mut head, &body)?;
    let server = picked.lease.value().server.clone();
    let mut held = Leased(picked);
    let response = match server.ask(Request::from_parts(head, body)).await {
        Ok(response) => response,
        Err(error) => return Err(held.failed(error)),
    };
    let codec = bridge::codec_of(call.dialect());
    match hold(codec.as_deref(), response, routes.clocks).await {
        Ok(Begun::Answer(response)) => Ok(held.answers(response)),
        Ok(Begun::Fault(response, fault)) => Ok(held.refused(response, &fault)),
        Err(error) => Err(held.failed(error)),
    }
}

/// What an attempt holds until it is known what came of it.
struct Leased(Picked);

impl Leased {
    fn settle(&mut self, outcome: Outcome) {
        let Picked { lease, tried } = &mut self.0;
        lease.settle(outcome);
        if let Some(tried) = tried {
            lease.note_left(tried);
        }
    }

    fn failed(&mut self, error: Error) -> Error {
        self.settle(ByStatus::new().error(&error));
        error
    }

    /// The provider said no.
    fn refused(&mut self, response: Response<Body>, fault: &Fault) -> Response<Body> {
        let (mut head, body) = response.into_parts();
        let wait = fault
            .retry_after
            .or_else(|| wait(head.status, &head.headers));
        if let Some(wait) = wait {
            // For whoever waits, here or at the client: some providers tell it in the body alone.
            let seconds = wait.as_secs_f64().ceil();
            let value = HeaderValue::try_from(format!("{seconds}"));
            if let (Ok(value), false) = (value, head.headers.contains_key(header::RETRY_AFTER)) {
                head.headers.insert(header::RETRY_AFTER, value);
            }
        }
        let outcome = match ByStatus::new().head(&head) {
            Some(Outcome::Overloaded { retry_after }) => Outcome::Overloaded {
                retry_after: wait.or(retry_after),
            },
            Some(outcome) => outcome,
            None if judge::fails(&head) => Outcome::Failure,
            None => Outcome::Canceled,
        };
        self.settle(outcome);
        Response::from_parts(head, body)
    }

    /// The answer is this target's. How it ends is told by whoever reads it.
    fn answers(self, mut response: Response<Body>) -> Response<Body> {
        let Picked { mut lease, .. } = self.0;
        lease.answered();
        response
            .extensions_mut()
            .insert(Settle::new(Settled(lease)));
        response
    }
}

struct Settled(Lease<ModelTarget>);

impl Over for Settled {
    fn over(mut self: Box<Self>, ended: Ended) {
        self.0.settle(match ended {
            Ended::Well => Outcome::Success,
            Ended::Badly => Outcome::Failure,
            Ended::Left => Outcome::Canceled,
        });
    }
}
