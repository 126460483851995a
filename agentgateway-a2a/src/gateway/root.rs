use std::{
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{Body, Error, ErrorKind, Peeked};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header as names, request};
use percent_encoding::percent_decode_str;
use tower_service::Service;

use super::{cards, catalog, directory, head, service::Stack};
use crate::{
    A2aBinding, A2aCall, A2aLayer, A2aOperation, A2aVersion, PublicUrl,
    bridge::{AnyAgent, AsTenant, KnownCard},
    call::AnsweredBy,
    policy::card::Treatment,
    route::{Asked, Candidate, Chosen, Place, Wanted, before_route, choose, hinted_name, place},
    upstream::{A2aAgent, Answering},
    wire::header,
};

/// An agent of the gateway.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Arc<str>,
    pub(super) agent: AnyAgent,
    /// What stands within its layer.
    pub(super) inner: A2aAgent,
    /// Its layer, without a URL.
    pub(super) layer: A2aLayer,
    /// At its own path.
    pub(super) stack: Stack,
    /// At the root, where it is alone.
    pub(super) root: Stack,
}

/// What all agents share: the directory, the catalogue, and calls that say whom they are for.
///
/// It stands inside of an [`A2aLayer`], which has read the call.
#[derive(Clone, Debug)]
pub(super) struct Root(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    members: Vec<Member>,
    default: Option<usize>,
    public: Option<PublicUrl>,
    prefix: String,
    /// Name and description of the directory.
    title: (String, String),
}

/// Why a request leads to no agent, as the layer shall say it.
#[derive(Clone, Debug)]
pub(super) struct Misled(ErrorKind, String);

impl Misled {
    pub(super) fn new(error: &Error) -> Self {
        Self(error.kind(), error.message().to_owned())
    }
}

impl Root {
    pub(super) fn new(
        members: Vec<Member>,
        default: Option<usize>,
        public: Option<PublicUrl>,
        prefix: String,
        title: (String, String),
    ) -> Self {
        Self(Arc::new(Shared {
            members,
            default,
            public,
            prefix,
            title,
        }))
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.0.members
    }

    pub(super) fn named(&self, name: &str) -> Option<(usize, &Member)> {
        let mut members = self.0.members.iter().enumerate();
        members.find(|(_, member)| *member.name == *name)
    }

    /// The path of the public URL.
    pub(super) fn base(&self) -> &str {
        self.0.public.as_ref().map_or("", PublicUrl::path)
    }

    pub(super) fn prefix(&self) -> &str {
        &self.0.prefix
    }
}

impl Service<Request<Peeked<Body>>> for Root {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<Body>>) -> Answering {
        let shared = self.0.clone();
        Box::pin(async move { shared.serve(request).await })
    }
}

impl Shared {
    async fn serve(&self, request: Request<Peeked<Body>>) -> Result<Response<Body>, Error> {
        if let Some(Misled(kind, message)) = request.extensions().get() {
            return Err(Error::new(*kind, message.clone()));
        }
        let (head, body) = request.into_parts();
        let local = percent_decode_str(self.local(&head)).decode_utf8_lossy();
        let reads = head.method == Method::GET || head.method == Method::HEAD;
        let Some(call) = head.extensions.get::<A2aCall>().cloned() else {
            return match reads && local == catalog::PATH {
                true => self.catalog(&head),
                false => Err(nothing_here()),
            };
        };
        if *call.operation() == A2aOperation::AgentCard {
            return match is_card(&local) {
                true => self.directory(&head).await,
                false => Err(nothing_here()),
            };
        }
        let tenant = tenant_of(&call, &head.method, self.local(&head))?;
        let chosen = self.choose(tenant.as_deref(), &head).await?;
        let member = self.members.get(chosen.agent).ok_or_else(nothing_here)?;
        let treatment = call
            .operation()
            .brings_card()
            .then(|| self.treatment(member, &head));
        let request = Request::from_parts(head, body);
        ask(member, chosen.tenant, (call, treatment), request).await
    }

    async fn choose(&self, tenant: Option<&str>, head: &request::Parts) -> Result<Chosen, Error> {
        let hint = head::hint(&head.headers)?;
        let wanted = head.extensions.get::<Wanted>();
        let members = || self.members.iter().map(|member| &*member.name);
        let is_named = hint.is_some_and(|hint| hinted_name(members(), hint).is_some());
        // Nothing is fetched for what the names alone decide.
        let by_card =
            tenant.is_none() && (hint.is_some() && !is_named || hint.is_none() && wanted.is_some());
        let known: Vec<Option<KnownCard>> = match by_card {
            true => cards::current(&self.members, &head.extensions).await,
            false => self.members.iter().map(|one| one.agent.card()).collect(),
        };
        let candidates: Vec<Candidate> = self
            .members
            .iter()
            .zip(known)
            .map(|(member, known)| Candidate {
                name: member.name.clone(),
                card: known.map(KnownCard::into_card),
            })
            .collect();
        let asked = Asked {
            tenant,
            hint,
            wanted,
            default: self.default,
        };
        choose(&candidates, &asked)
    }

    /// What is done with an extended card that is asked for at the root: it is the agent's, at its own path.
    fn treatment(&self, member: &Member, head: &request::Parts) -> Treatment {
        let path = format!("{}/{}", self.prefix, member.name);
        let own = self.url(head).and_then(|url| url.below(&path).ok());
        member.layer.treatment(own)
    }

    async fn directory(&self, head: &request::Parts) -> Result<Response<Body>, Error> {
        let url = self.url(head).ok_or_else(no_host)?;
        let known = cards::current(&self.members, &head.extensions).await;
        let listed: Vec<_> = self.members.iter().zip(known).collect();
        let default = self.default.is_some();
        let card = directory::card(&listed, &url, (&self.prefix, &self.title), default)?;
        Ok(document(head, card, "application/json"))
    }

    fn catalog(&self, head: &request::Parts) -> Result<Response<Body>, Error> {
        let url = self.url(head).ok_or_else(no_host)?;
        let names = self.members.iter().map(|member| &*member.name);
        let linkset = catalog::linkset(names, &url, &self.prefix);
        let mut answer = document(head, linkset, catalog::MEDIA_TYPE);
        let link = HeaderValue::try_from(format!(r#"<{url}{}>; rel="api-catalog""#, catalog::PATH));
        if let Ok(link) = link {
            answer.headers_mut().insert(names::LINK, link);
        }
        Ok(answer)
    }

    /// Where clients find the gateway.
    fn url(&self, head: &request::Parts) -> Option<PublicUrl> {
        let public = self.public.clone();
        public.or_else(|| PublicUrl::of_request(head))
    }

    /// The path behind the public URL's.
    fn local<'a>(&self, head: &'a request::Parts) -> &'a str {
        let base = self.public.as_ref().map_or("", PublicUrl::path);
        let path = head.uri.path();
        match place(path, base, &self.prefix) {
            Ok(Place::Root(taken)) => path.get(taken..).unwrap_or_default(),
            _ => path,
        }
    }
}

/// The agent's answer, as if it had been asked at its own path.
async fn ask(
    member: &Member,
    tenant: Option<Option<Box<str>>>,
    (call, treatment): (A2aCall, Option<Treatment>),
    mut request: Request<Peeked<Body>>,
) -> Result<Response<Body>, Error> {
    let extensions = request.extensions_mut();
    let mut call = call.to(Some(&member.name));
    if let Some(tenant) = tenant {
        extensions.insert(AsTenant::new(tenant.as_deref()));
        // Policies judge what the agent is told.
        call = call.with_tenant(tenant);
    }
    extensions.insert(call);
    // The layer has left its own there, for messages that it does not read.
    if let (Some(treatment), Some(_)) = (&treatment, extensions.get::<Treatment>()) {
        extensions.insert(treatment.clone());
    }
    let mut answer = member.inner.send(request).await?;
    let agent = member.name.clone();
    answer.extensions_mut().insert(AnsweredBy(agent));
    if let Some(treatment) = treatment {
        answer.extensions_mut().insert(treatment);
    }
    Ok(answer)
}

/// The tenant that a call names, as a whole: over HTTP+JSON all that stands before its route.
///
/// # Errors
/// The path is none of A2A's, or names another tenant than the query or the body does.
fn tenant_of(call: &A2aCall, method: &Method, local: &str) -> Result<Option<Box<str>>, Error> {
    let said = call.tenant();
    let before = match call.binding() {
        A2aBinding::HttpJson => {
            before_route(method, local, call.operation()).ok_or_else(nothing_here)?
        }
        A2aBinding::JsonRpc if !matches!(local, "" | "/") => return Err(nothing_here()),
        _ => String::new(),
    };
    let path = match (&*before, call.version()) {
        ("", _) | ("v1", _) => None,
        // v0.3 has no tenant, and no agent is at this path.
        (_, A2aVersion::V0_3) => return Err(nothing_here()),
        (path, _) => Some(path),
    };
    match (path, said) {
        (Some(path), Some(said)) if path != said => {
            let message = "the path and the parameters name different tenants";
            Err(Error::new(ErrorKind::InvalidRequest, message))
        }
        (path, said) => Ok(path.or(said).map(Box::from)),
    }
}

fn document(head: &request::Parts, body: Bytes, media: &'static str) -> Response<Body> {
    let body = match head.method {
        Method::HEAD => Bytes::new(),
        _ => body,
    };
    let mut answer = Response::new(Body::from(body));
    let headers = answer.headers_mut();
    headers.insert(names::CONTENT_TYPE, HeaderValue::from_static(media));
    answer
}

fn is_card(path: &str) -> bool {
    [header::CARD_PATH, header::CARD_PATH_V0_2].contains(&path)
}

fn nothing_here() -> Error {
    Error::new(ErrorKind::NotFound, "no agent is at this path")
}

fn no_host() -> Error {
    let message = "the request names no host, which the URLs would begin with";
    Error::new(ErrorKind::InvalidRequest, message)
}
