use std::{
    future::Future,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked, error::Origin, media, upstream::Endpoint,
};
use bytes::Bytes;
use http::{Extensions, Method, Request, Response, StatusCode, Uri};
use http_body::Body as HttpBody;
use tokio::time::sleep;
use tower_service::Service;

use super::{
    AnyAgentBuilder, AsTenant, KnownCard,
    doubt::{Heard, heard},
    found::{CARD_BYTES, Found, PAUSE},
    judge,
    paths::behind_interface,
};
use crate::{
    A2aCall,
    bridge::{
        Interface, Speech, gather,
        translate::{Limits, translate},
    },
    upstream::{A2aAgent, Answering, Directed},
    wire::{A2aBinding, A2aOperation, A2aVersion, header},
};

/// One agent, for clients of every binding and version.
///
/// See the [module](super) for what it does. A clone costs a reference count.
#[derive(Clone, Debug)]
pub struct AnyAgent(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) agent: A2aAgent,
    pub(super) grpc: A2aAgent,
    pub(super) told: Option<Arc<[Interface]>>,
    pub(super) found: Found,
    pub(super) limits: Limits,
}

impl AnyAgent {
    /// The agent behind this service, which is at `endpoint`.
    #[must_use]
    pub fn builder(agent: A2aAgent, endpoint: Endpoint) -> AnyAgentBuilder {
        AnyAgentBuilder::new(agent, endpoint)
    }

    /// Its card, as it was read last; `None` until that has happened.
    ///
    /// A call reads it where the interfaces were not told; so do [`refresh`](Self::refresh) and
    /// [`run`](Self::run).
    #[must_use]
    pub fn card(&self) -> Option<KnownCard> {
        self.0.found.last()
    }

    /// Reads its card now.
    ///
    /// The agent is asked with nothing of any client or operator.
    ///
    /// # Errors
    /// The card cannot be fetched or read, or names no interface that may be called. The last good one stays.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the last good card.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.0.found.refresh(None).await
    }

    /// Reads its card again and again, before it is too old; while it cannot be read, after 5 seconds and then after
    /// waits that double up to its lifetime. The agent is asked with nothing of any client or operator.
    ///
    /// It never ends: the application spawns it, and drops it when it is done with the agent.
    pub fn run(&self) -> impl Future<Output = ()> + Send + 'static {
        let inner = self.0.clone();
        async move {
            let lifetime = inner.found.lifetime();
            let usual = lifetime.mul_f32(0.8).max(Duration::from_secs(1));
            let mut failing = PAUSE;
            loop {
                let pause = match inner.found.refresh(None).await {
                    Ok(()) => {
                        failing = PAUSE;
                        usual
                    }
                    Err(_) => {
                        let next = failing.saturating_mul(2).min(usual.max(PAUSE));
                        std::mem::replace(&mut failing, next)
                    }
                };
                sleep(pause).await;
            }
        }
    }

    /// Its card, read now where it is unknown or too old.
    pub(crate) async fn current_card(&self, asking: &Extensions) -> Option<KnownCard> {
        self.0.found.card(asking).await
    }

    pub(super) const fn new(inner: Arc<Inner>) -> Self {
        Self(inner)
    }
}

impl<B> Service<Request<Peeked<B>>> for AnyAgent
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
        let inner = self.0.clone();
        let call = request.extensions().get::<A2aCall>().cloned();
        let Some(call) = call else {
            return inner.pass_unread(request.map(erased));
        };
        if *call.operation() == A2aOperation::AgentCard {
            return Box::pin(async move { inner.card(request.map(erased)).await });
        }
        if let Some(known) = inner.told.clone().or_else(|| inner.found.fresh()) {
            // The common case waits for nothing before it asks.
            let interface = chosen(&known, &call);
            let is_known = call.declared_version() != A2aVersion::Unknown;
            let interface = interface.filter(|one| is_known && passes(one, &call, &request));
            if let Some(interface) = interface {
                return inner.pass(interface, &call, request.map(erased));
            }
        }
        Box::pin(async move { inner.serve(call, request).await })
    }
}

fn erased<B>(body: Peeked<B>) -> Peeked<Body>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    match body.whole() {
        Some(whole) => Peeked::from(whole),
        None => Peeked::untouched(body.into_body()),
    }
}

impl Inner {
    async fn serve<B>(
        &self,
        call: A2aCall,
        request: Request<Peeked<B>>,
    ) -> Result<Response<Body>, Error>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError> + Send,
    {
        let known = match &self.told {
            Some(told) => Some(told.clone()),
            // What must be written anew is written for somebody. What does something is not sent to find out:
            // an error may be that of somebody else whom the agent has asked.
            None if self.found.knows()
                || !call.operation().is_safe()
                || call.binding() == A2aBinding::Grpc
                || request.extensions().get::<AsTenant>().is_some() =>
            {
                self.found.interfaces(request.extensions()).await
            }
            None => return self.try_as_it_is(&call, request.map(erased)).await,
        };
        self.serve_known(known.as_deref(), &call, request.map(erased))
            .await
    }

    /// The agent is asked to read something as the client wrote it: its answer tells whether it speaks so. What it
    /// has not taken is asked by its card.
    async fn try_as_it_is(
        &self,
        call: &A2aCall,
        request: Request<Peeked<Body>>,
    ) -> Result<Response<Body>, Error> {
        let (head, body) = request.into_parts();
        let Some(whole) = body.whole() else {
            return self.agent.send(Request::from_parts(head, body)).await;
        };
        let again = Request::from_parts(head.clone(), whole);
        let answer = self.agent.send(Request::from_parts(head, body)).await?;
        let answer = match heard(call.binding(), answer).await? {
            Heard::Taken(answer) => return Ok(answer),
            Heard::Doubtful(answer) => answer,
        };
        let known = self.found.interfaces(again.extensions()).await;
        let interface = known.as_deref().and_then(|known| chosen(known, call));
        match interface {
            Some(interface) if !self.is_where_it_was(interface, call, again.uri()) => {
                self.serve_known(known.as_deref(), call, again.map(Peeked::from))
                    .await
            }
            _ => Ok(answer),
        }
    }

    /// Whether a call to this interface would be what was sent already.
    fn is_where_it_was(&self, interface: &Interface, call: &A2aCall, uri: &Uri) -> bool {
        let target = |endpoint: &Endpoint, uri: Uri| {
            let (mut head, ()) = Request::new(()).into_parts();
            head.uri = uri;
            endpoint.apply(&mut head).ok().map(|()| head.uri)
        };
        let (place, path) = interface.target(behind_interface(call, uri));
        let speaks = Speech::new(call.binding(), call.version());
        let now = path.parse().ok().and_then(|path| target(&place, path));
        interface.speech == speaks && now == target(self.found.place(), uri.clone())
    }

    async fn serve_known(
        &self,
        known: Option<&[Interface]>,
        call: &A2aCall,
        request: Request<Peeked<Body>>,
    ) -> Result<Response<Body>, Error> {
        if known.is_some() {
            judge::version(self.found.last().as_ref(), call)?;
        }
        let speaks = Speech::new(call.binding(), call.version());
        let told = request.extensions().get::<AsTenant>();
        let own;
        let interface = match known.and_then(|known| chosen(known, call)) {
            Some(interface) => interface,
            None if told.is_none() && call.binding() == A2aBinding::Grpc => {
                return self.grpc.send(request).await;
            }
            None if told.is_none() => return self.agent.send(request).await,
            // The client's tenant is none of the agent's, whatever the agent speaks.
            None => {
                own = self.found.endpoint(speaks);
                &own
            }
        };
        let tenant = match (&interface.tenant, told) {
            (Some(tenant), _) => Some(&**tenant),
            (None, Some(told)) => told.get(),
            (None, None) => call.tenant(),
        };
        let by_tenant = told.is_some() || tenant != call.tenant();
        if interface.speech == speaks && !by_tenant && !brings_grpc_card(call) {
            return self.pass(interface, call, request).await;
        }
        let (head, body) = request.into_parts();
        // The layer has read the whole body of what is a call.
        let body = body.whole().ok_or_else(|| {
            unsendable("the body of this call was not read, so it cannot be translated")
        })?;
        let request = Request::from_parts(head, body);
        let agent = self.service(interface);
        // The agent judges what it is told in its own words; what the bridge says for the client must hold.
        judge::extensions(self.found.last().as_ref(), call)?;
        translate(agent, interface, call, request, self.limits).await
    }

    /// What is no call: reads of what else an agent serves, and gRPC where the layer does not read it. A message
    /// that does not say that it is JSON is nothing that a policy has seen.
    fn pass_unread(&self, request: Request<Peeked<Body>>) -> Answering {
        if media::is_grpc(request.headers()) {
            return self.grpc.send(request);
        }
        let reads = [Method::GET, Method::HEAD, Method::OPTIONS];
        if reads.contains(request.method()) {
            return self.agent.send(request);
        }
        let message = "the body must be JSON, and its content type must say so";
        let error = Error::new(ErrorKind::UnsupportedMediaType, message);
        Box::pin(std::future::ready(Err(error)))
    }

    /// The card as the agent says it; while the agent fails, the last good one.
    async fn card(&self, request: Request<Peeked<Body>>) -> Result<Response<Body>, Error> {
        let (mut head, body) = request.into_parts();
        self.found.direct(&mut head);
        let (method, path) = (head.method.clone(), head.uri.path().to_owned());
        let asks = self.found.asks_for_card(&head);
        let declares = head.headers.contains_key(header::VERSION);
        let asking = head.extensions.clone();
        let mut answer = self.agent.send(Request::from_parts(head, body)).await;
        if let (Ok(card), true) = (&answer, asks) {
            if card.status() == StatusCode::OK && !media::is_coded(card.headers()) {
                answer = self.learn(answer?, &path, declares).await;
            }
        }
        let status = answer.as_ref().ok().map(Response::status);
        let card = match status {
            Some(status) if has_none(status) => self.found.elsewhere(&path, &asking).await,
            Some(status) if !status.is_server_error() => None,
            _ => self.found.last(),
        };
        card.map_or(answer.map_err(not_yet), |card| Ok(card.answer(&method)))
    }

    /// A card that passes tells what the agent speaks. To a client that declares no version, agents may show the
    /// card of v0.3, which tells a part of it.
    async fn learn(
        &self,
        card: Response<Body>,
        path: &str,
        declares: bool,
    ) -> Result<Response<Body>, Error> {
        let (head, body) = card.into_parts();
        let (text, _) = gather::whole(body, CARD_BYTES).await?;
        self.found.learn(text.clone(), path, declares);
        Ok(Response::from_parts(head, Body::from(text)))
    }

    const fn service(&self, interface: &Interface) -> &A2aAgent {
        match interface.speech.binding {
            A2aBinding::Grpc => &self.grpc,
            _ => &self.agent,
        }
    }

    fn pass(
        &self,
        interface: &Interface,
        call: &A2aCall,
        mut request: Request<Peeked<Body>>,
    ) -> Answering {
        let (place, path) = interface.target(behind_interface(call, request.uri()));
        match path.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(error) => return Box::pin(std::future::ready(Err(unsendable(error)))),
        }
        request.extensions_mut().remove::<AsTenant>();
        request.extensions_mut().insert(Directed::new(place));
        self.service(interface).send(request)
    }
}

/// No card is known, and the agent cannot be reached: this passes, and the client is told when to come again.
fn not_yet(error: Error) -> Error {
    if error.kind() != ErrorKind::Unavailable {
        return error;
    }
    let message = "the agent cannot be reached, and its card is not known yet";
    Error::new(ErrorKind::Overloaded, message)
        .with_origin(Origin::Upstream)
        .with_retry_after(PAUSE)
        .with_source(error)
}

/// Whether an agent says so that its card is not at this path.
fn has_none(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    )
}

/// Whether a call goes to this interface as it is, whatever tenant it is told.
fn passes<B>(interface: &Interface, call: &A2aCall, request: &Request<B>) -> bool {
    let speaks = Speech::new(call.binding(), call.version());
    interface.speech == speaks
        && (interface.tenant.is_none() || interface.tenant.as_deref() == call.tenant())
        && request.extensions().get::<AsTenant>().is_none()
        && !brings_grpc_card(call)
}

/// The layer reads no messages of gRPC: a card would tell where the agent is.
fn brings_grpc_card(call: &A2aCall) -> bool {
    call.binding() == A2aBinding::Grpc && call.operation().brings_card()
}

/// The interface that a call goes to: the client's own binding and version, else its version, else its
/// binding, else the first.
fn chosen<'a>(known: &'a [Interface], call: &A2aCall) -> Option<&'a Interface> {
    if call.version() == A2aVersion::Unknown {
        return None;
    }
    // v0.3 has no method for it.
    let lists = *call.operation() == A2aOperation::ListTasks;
    let cost = |interface: &Interface| {
        let Speech { binding, version } = interface.speech;
        let lacks = lists && version == A2aVersion::V0_3 && call.version() != version;
        (lacks, version != call.version(), binding != call.binding())
    };
    known.iter().min_by_key(|interface| cost(interface))
}

fn unsendable(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidRequest, reason.to_string())
}
