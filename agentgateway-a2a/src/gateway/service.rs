use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError, Error, ErrorKind, Peeked, context::MountPath};
use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    A2aGatewayBuilder, cards, expose, head,
    root::{Misled, Root},
};
use crate::{
    A2aLayer,
    layer::A2a,
    route::{Place, Stop, hinted_name, place},
    upstream::A2aAgent,
};

/// One agent, with all around it.
pub(super) type Stack = A2a<A2aAgent>;

/// What a request will be answered with: it never fails.
type Answered = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// Many agents behind one listener.
///
/// See the [module](super) for what it does. A clone costs a reference count.
#[derive(Clone)]
pub struct A2aGateway(Arc<Parts>);

pub(super) struct Parts {
    root: Root,
    /// What all agents share.
    shared: A2a<Root>,
    /// Where no agent is: says so in the client's form.
    nowhere: A2a<Root>,
    /// By host: the agent's place, and its stack there.
    hosts: BTreeMap<String, (usize, Stack)>,
}

/// Where a request goes.
enum Way {
    Agent(Stack),
    Shared(A2a<Root>),
}

impl Parts {
    pub(super) fn new(
        layer: &A2aLayer,
        root: Root,
        hosts: BTreeMap<String, (usize, Stack)>,
    ) -> Self {
        Self {
            shared: layer.layer(root.clone()),
            nowhere: layer.clone().refuses_all(true).layer(root.clone()),
            root,
            hosts,
        }
    }
}

impl A2aGateway {
    /// Without any agent yet.
    pub fn builder() -> A2aGatewayBuilder {
        A2aGatewayBuilder::new()
    }

    /// A gateway of this agent alone, which [speaks v1.0 over JSON-RPC](expose()): it is served in every binding and
    /// version, at the root. Its name is `agent`; more can be set before it is built.
    ///
    /// ```
    /// # use agentgateway_core::{Body, Error, Peeked};
    /// # use http::{Request, Response};
    /// use agentgateway_a2a::A2aGateway;
    ///
    /// # let mine = tower::service_fn(|_: Request<Peeked<Body>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
    /// let app = A2aGateway::expose(mine).build()?;
    /// # let _ = app;
    /// # Ok::<_, agentgateway_a2a::gateway::InvalidGateway>(())
    /// ```
    pub fn expose<S, B>(service: S) -> A2aGatewayBuilder
    where
        S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::builder().agent("agent", expose(service))
    }

    pub(super) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Reads every agent's card again and again, in the background: see
    /// [`AnyAgent::run`](crate::bridge::AnyAgent::run).
    ///
    /// It never ends: the application spawns it, and drops it when it is done with the gateway.
    pub fn run(&self) -> impl Future<Output = ()> + Send + 'static {
        let all = self
            .0
            .root
            .members()
            .iter()
            .map(|member| member.agent.run());
        let all: Vec<_> = all.collect();
        async move {
            cards::together(all).await;
        }
    }

    /// Finds who answers, and writes what that one must know into the head.
    fn placed(&self, head: &mut request::Parts) -> Way {
        self.find(head).unwrap_or_else(|error| {
            head.extensions.insert(Misled::new(&error));
            Way::Shared(self.0.nowhere.clone())
        })
    }

    fn find(&self, head: &mut request::Parts) -> Result<Way, Error> {
        let parts = &*self.0;
        let by_host = head::host(head).and_then(|host| parts.hosts.get(&host));
        let found = place(head.uri.path(), parts.root.base(), parts.root.prefix());
        let agent = match found {
            Err(Stop::Climbs) => {
                let message = "a path with '.' or '..' as a segment is not taken here";
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
            Err(Stop::Nameless) => return Err(no_agent()),
            Ok(Place::Agent(name, taken)) => Some((name, taken)),
            Ok(Place::Root(_)) => None,
        };
        let (at, stack) = match (agent, by_host) {
            (Some((name, taken)), host) => {
                let (at, member) = parts.root.named(&name).ok_or_else(no_agent)?;
                if host.is_some_and(|(other, _)| *other != at) {
                    let message = "the host and the path name different agents";
                    return Err(Error::new(ErrorKind::InvalidRequest, message));
                }
                let mount = format!(
                    "{}{}/{name}",
                    self.outside(head, taken),
                    parts.root.prefix()
                );
                head.uri = head::without(&head.uri, taken).ok_or_else(no_agent)?;
                head.extensions.insert(MountPath::new(&mount));
                (at, &member.stack)
            }
            (None, Some((at, stack))) => (*at, stack),
            (None, None) => match parts.root.members() {
                [only] => (0, &only.root),
                _ => return Ok(Way::Shared(parts.shared.clone())),
            },
        };
        let names = parts.root.members().iter().map(|member| &*member.name);
        let other = head::hint(&head.headers)?.and_then(|hint| hinted_name(names, hint));
        let own = parts.root.members().get(at);
        if other.is_some_and(|(name, _)| own.is_none_or(|own| *own.name != *name)) {
            let message = "x-a2a-skill names another agent than the path or the host does";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        Ok(Way::Agent(stack.clone()))
    }

    /// What stands before the prefix: what a router took off, and the public URL's path where it did not.
    fn outside(&self, head: &request::Parts, taken: usize) -> String {
        let mount = head.extensions.get::<MountPath>();
        let mount = mount.map_or("", MountPath::as_str).to_owned();
        let base = self.0.root.base();
        let behind = head.uri.path().get(..taken).unwrap_or_default();
        match is_behind(behind, base) {
            true => mount + base,
            false => mount,
        }
    }
}

/// Whether a path begins with the public URL's own.
fn is_behind(path: &str, base: &str) -> bool {
    !base.is_empty()
        && path
            .strip_prefix(base)
            .is_some_and(|rest| rest.starts_with('/'))
}

fn no_agent() -> Error {
    Error::new(ErrorKind::NotFound, "no agent is at this path")
}

impl<B> Service<Request<B>> for A2aGateway
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answered;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answered {
        let (mut head, body) = request.into_parts();
        let way = self.placed(&mut head);
        let request = Request::from_parts(head, Body::new(body));
        // Protocol layers are ready at once.
        match way {
            Way::Agent(mut stack) => answered(stack.call(request)),
            Way::Shared(mut shared) => answered(shared.call(request)),
        }
    }
}

fn answered<F, RB>(answer: F) -> Answered
where
    F: Future<Output = Result<Response<RB>, Infallible>> + Send + 'static,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    Box::pin(async move { Ok(answer.await?.map(Body::new)) })
}

impl fmt::Debug for A2aGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents = self.0.root.members().iter();
        let agents: Vec<_> = agents.map(|member| &*member.name).collect();
        f.debug_struct("A2aGateway")
            .field("agents", &agents)
            .finish_non_exhaustive()
    }
}
