use std::{
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError, Error, Peeked,
    balance::{Chosen, Prefer, Tried},
    media,
};
use bytes::Bytes;
use http::{Method, Request, Response, request};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    TaskAffinityLayer,
    exchange::Exchange,
    probe::looked_at,
    resume::{Again, Resuming},
};
use crate::{
    A2aBinding, A2aCall,
    upstream::{A2aAgent, Answering},
};

/// The service of [`TaskAffinityLayer`]. A clone costs a reference count.
#[derive(Clone, Debug)]
pub struct TaskAffinity(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    agent: A2aAgent,
    settings: TaskAffinityLayer,
}

impl TaskAffinity {
    pub(super) fn new(agent: A2aAgent, settings: TaskAffinityLayer) -> Self {
        Self(Arc::new(Inner { agent, settings }))
    }
}

impl<B> Service<Request<Peeked<B>>> for TaskAffinity
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Answering {
        let (head, body) = request.into_parts();
        let body = match body.whole() {
            Some(whole) => Peeked::from(whole),
            None => Peeked::untouched(body.into_body()),
        };
        let call = head.extensions.get::<A2aCall>().cloned();
        let call = call.filter(|call| !call.operation().brings_card());
        let Some(call) = call else {
            return self.0.agent.send(Request::from_parts(head, body));
        };
        let inner = self.0.clone();
        Box::pin(async move { inner.serve(call, head, body).await })
    }
}

impl Inner {
    async fn serve(
        &self,
        call: A2aCall,
        mut head: request::Parts,
        body: Peeked<Body>,
    ) -> Result<Response<Body>, Error> {
        let homes = &self.settings.homes;
        let known = homes.of_call(&call).await;
        let reads = call.operation().is_safe();
        let exchange = Exchange::new(homes.clone(), known.clone().filter(|_| reads));
        if let (Some(home), None) = (&known, head.extensions.get::<Prefer>()) {
            head.extensions.insert(Prefer::new(Arc::clone(home)));
        }
        let again = self.again(&call, &head);
        let asks_more = self.settings.probes > 0 && reads && call.task_id().is_some();
        let mut answer = match replayed(&head, &body).filter(|_| asks_more) {
            Some(body) => self.probe(&call, head, &body, known.as_deref()).await?,
            None => self.agent.send(Request::from_parts(head, body)).await?,
        };
        if let Some(chosen) = answer.extensions().get::<Chosen>() {
            exchange.answered_by(chosen.key());
        }
        exchange.listen(answer.extensions_mut());
        Ok(match again.filter(|_| is_plain_stream(&answer)) {
            Some(again) => {
                let (agent, how) = (self.agent.clone(), self.settings.resume);
                answer.map(|body| Body::new(Resuming::new(body, agent, again, exchange, how)))
            }
            None => answer,
        })
    }

    /// How a stream is asked for again, where that is wanted.
    fn again(&self, call: &A2aCall, head: &request::Parts) -> Option<Again> {
        let may = self.settings.resume.attempts > 0
            && call.operation().streams()
            && call.binding() != A2aBinding::Grpc;
        may.then(|| Again::new(call.clone(), head))
    }

    /// Asks one replica after the other, until one knows the task.
    async fn probe(
        &self,
        call: &A2aCall,
        mut head: request::Parts,
        body: &Bytes,
        known: Option<&str>,
    ) -> Result<Response<Body>, Error> {
        if head.extensions.get::<Tried>().is_none() {
            head.extensions.insert(Tried::new());
        }
        let mut asked: Vec<String> = Vec::new();
        loop {
            let body = Peeked::from(body.clone());
            let request = Request::from_parts(head.clone(), body);
            let answer = self.agent.send(request).await?;
            let (answer, is_unknown) = looked_at(answer, call.binding()).await;
            let chosen = answer.extensions().get::<Chosen>().map(Chosen::key);
            let Some(chosen) = chosen.filter(|_| is_unknown && asked.len() < self.settings.probes)
            else {
                return Ok(answer);
            };
            // Its home has forgotten it, or everybody was asked.
            if known == Some(chosen) || asked.iter().any(|before| before == chosen) {
                return Ok(answer);
            }
            asked.push(chosen.to_owned());
        }
    }
}

/// The body, where it can be sent more than once.
fn replayed(head: &request::Parts, body: &Peeked<Body>) -> Option<Bytes> {
    let whole = body.whole();
    // That of a GET was not read, since it says nothing.
    whole.or_else(|| (head.method == Method::GET).then(Bytes::new))
}

fn is_plain_stream(answer: &Response<Body>) -> bool {
    answer.status().is_success()
        && media::is_event_stream(answer.headers())
        && !media::is_coded(answer.headers())
}
