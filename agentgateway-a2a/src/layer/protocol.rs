use std::{fmt, sync::Arc};

use agentgateway_core::{
    Error, ErrorKind,
    context::MountPath,
    jsonrpc::RpcId,
    media,
    protocol::{Look, OnFinished, Protocol, Rejection},
    rescue::Dialect,
};
use bytes::Bytes;
#[cfg(feature = "signatures")]
use http::Response;
use http::{HeaderValue, Method, header as names, request};
use percent_encoding::percent_decode_str;
use tracing::Span;

use super::{
    A2aDialect, A2aReport, A2aSubject, A2aWatch,
    parse::{card_call, declared_version, route_call, rpc_call, rpc_id, with_body},
};
#[cfg(feature = "grpc")]
use crate::policy::card::Treatment;
use crate::{
    call::A2aCall,
    policy::card::CardPolicy,
    wire::{A2aBinding, A2aOperation, Route, card::PublicUrl, header, route, route_in_any_case},
};
#[cfg(feature = "signatures")]
use crate::{
    policy::card::{etag, is_named},
    wire::card::{SigningKey, jwks},
};

const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// What [`A2aLayer`](super::A2aLayer) brings to the engine of the protocol layers.
#[derive(Clone)]
pub struct A2aProtocol {
    settings: Arc<Settings>,
}

/// What the layer's setters set.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) public_url: Option<PublicUrl>,
    pub(super) upstream_base: String,
    pub(super) card_paths: Vec<String>,
    pub(super) rewrite_cards: bool,
    #[cfg(feature = "grpc")]
    pub(super) reads_grpc: bool,
    pub(super) cards: CardPolicy,
    #[cfg(feature = "signatures")]
    pub(super) jwks_path: String,
    pub(super) max_body_bytes: usize,
    pub(super) max_event_bytes: usize,
    pub(super) on_finished: OnFinished<A2aCall, A2aReport>,
    pub(super) agent: Option<Arc<str>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            upstream_base: String::new(),
            card_paths: vec![
                header::CARD_PATH.to_owned(),
                header::CARD_PATH_V0_2.to_owned(),
            ],
            rewrite_cards: true,
            #[cfg(feature = "grpc")]
            reads_grpc: false,
            cards: CardPolicy::default(),
            #[cfg(feature = "signatures")]
            jwks_path: header::JWKS_PATH.to_owned(),
            max_body_bytes: MAX_BODY_BYTES,
            max_event_bytes: MAX_EVENT_BYTES,
            on_finished: OnFinished::default(),
            agent: None,
        }
    }
}

/// The `If-None-Match` of a request for a card: the layer answers it, since the agent knows another card.
#[derive(Clone, Debug)]
pub(super) struct Conditional(pub(super) Vec<HeaderValue>);

impl Settings {
    /// Whether cards are looked at at all.
    pub(super) fn touches_cards(&self) -> bool {
        self.rewrite_cards || self.cards.reads()
    }

    fn is_card(&self, head: &request::Parts) -> bool {
        self.card_paths.iter().any(|known| reads_at(head, known))
    }

    /// The part of the public URL's path that stands in a request's path: what a router took off
    /// does not, nor does what a proxy took off before it.
    fn public_path(&self, head: &request::Parts) -> &str {
        let path = self.public_url.as_ref().map_or("", PublicUrl::path);
        match head.extensions.get::<MountPath>().map(MountPath::as_str) {
            None | Some("") => path,
            Some(mount) => path
                .strip_prefix(mount)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
                .unwrap_or_default(),
        }
    }

    /// The answer to this call must come readable and whole.
    fn want_readable(&self, operation: &A2aOperation, head: &mut request::Parts) {
        let headers = &mut head.headers;
        if !operation.brings_card() {
            headers.remove(names::ACCEPT_ENCODING);
        } else if self.touches_cards() {
            let known: Vec<_> = headers
                .get_all(names::IF_NONE_MATCH)
                .iter()
                .cloned()
                .collect();
            if !known.is_empty() {
                head.extensions.insert(Conditional(known));
            }
            for name in [
                names::ACCEPT_ENCODING,
                names::IF_NONE_MATCH,
                names::IF_MODIFIED_SINCE,
                names::IF_RANGE,
                names::RANGE,
            ] {
                headers.remove(name);
            }
        }
    }
}

#[cfg(feature = "grpc")]
impl Settings {
    fn treatment(&self, head: &request::Parts) -> Treatment {
        let public = self.public_url.clone();
        Treatment {
            policy: self.cards.clone(),
            base: self.upstream_base.clone(),
            public: public.or_else(|| PublicUrl::of_request(head)),
        }
    }
}

impl A2aProtocol {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    fn head_call(&self, head: &mut request::Parts, call: A2aCall) -> Look<A2aCall> {
        self.settings.want_readable(call.operation(), head);
        Look::Call(call.to(self.settings.agent.as_ref()))
    }

    /// Calls of gRPC are read where the layer was told to: by their path, which the head has.
    #[cfg_attr(
        not(feature = "grpc"),
        expect(clippy::unused_self, reason = "without the feature nothing is read")
    )]
    fn look_at_grpc(&self, head: &request::Parts) -> Result<Look<A2aCall>, Rejection> {
        #[cfg(feature = "grpc")]
        if self.settings.reads_grpc && super::grpc::is_call(head) {
            return Ok(Look::Body {
                limit_bytes: self.settings.max_body_bytes,
            });
        }
        #[cfg(feature = "grpc")]
        if self.settings.reads_grpc && super::grpc::is_in_another_case(head) {
            let message = "paths are told apart by their case; no method has this one";
            let error = Error::new(ErrorKind::NotFound, message);
            let say = |error: &Error| A2aDialect.response(error, &A2aSubject::Grpc);
            return Err(Rejection::new(error, say));
        }
        let _ = head;
        Ok(Look::Pass)
    }

    fn read(&self, head: &mut request::Parts) -> Result<Look<A2aCall>, Rejection> {
        if media::is_coded(&head.headers) {
            let message = "a body in a content coding is not accepted; send it without";
            let error = Error::new(ErrorKind::UnsupportedMediaType, message);
            let stranger = self.stranger(head);
            let say = move |error: &Error| A2aDialect.response(error, &stranger);
            return Err(Rejection::new(error, say));
        }
        Ok(Look::Body {
            limit_bytes: self.settings.max_body_bytes,
        })
    }
}

impl Protocol for A2aProtocol {
    type Call = A2aCall;
    type Dialect = A2aDialect;
    type Watch = A2aWatch;

    fn dialect(&self) -> &A2aDialect {
        &A2aDialect
    }

    fn stranger(&self, head: &request::Parts) -> A2aSubject {
        if media::is_grpc(&head.headers) {
            return A2aSubject::Grpc;
        }
        let posts_json = head.method == Method::POST && media::is_json(&head.headers);
        if posts_json && route(&head.method, head.uri.path()).is_none() {
            return A2aSubject::JsonRpc {
                id: RpcId::null(),
                version: declared_version(head),
            };
        }
        A2aSubject::HttpJson
    }

    fn stranger_with(&self, head: &request::Parts, body: &Bytes) -> A2aSubject {
        match self.stranger(head) {
            A2aSubject::JsonRpc { version, .. } => A2aSubject::JsonRpc {
                id: rpc_id(body).unwrap_or_else(RpcId::null),
                version,
            },
            other => other,
        }
    }

    #[cfg(feature = "signatures")]
    fn answer(&self, head: &request::Parts) -> Option<Response<Bytes>> {
        let key = self.settings.cards.key()?;
        reads_at(head, &self.settings.jwks_path).then(|| published(key, head))
    }

    fn look(&self, head: &mut request::Parts) -> Result<Look<A2aCall>, Rejection> {
        if media::is_grpc(&head.headers) && is_method(head) {
            return self.look_at_grpc(head);
        }
        if reads_otherwise(head) {
            let error = Error::new(
                ErrorKind::InvalidRequest,
                "the path must not hold encoded slashes: agents read it as another",
            );
            let stranger = self.stranger(head);
            let say = move |error: &Error| A2aDialect.response(error, &stranger);
            return Err(Rejection::new(error, say));
        }
        if self.settings.is_card(head) {
            let call = card_call(head);
            return Ok(self.head_call(head, call));
        }
        if is_in_another_case(head) {
            let error = Error::new(
                ErrorKind::NotFound,
                "paths are told apart by their case; no operation has this one",
            );
            let stranger = self.stranger(head);
            let say = move |error: &Error| A2aDialect.response(error, &stranger);
            return Err(Rejection::new(error, say));
        }
        let posts = head.method == Method::POST;
        let json = media::is_json(&head.headers);
        match route(&head.method, head.uri.path()) {
            Some(_) if posts && json => self.read(head),
            // A route that is reached with another media type is a call all the same: a policy
            // must see what the agent may serve.
            Some(route) => {
                let call = route_call(head, route, self.settings.public_path(head))?;
                Ok(self.head_call(head, call.into()))
            }
            None if posts && json => self.read(head),
            None => Ok(Look::Pass),
        }
    }

    fn parse(&self, head: &mut request::Parts, body: &Bytes) -> Result<A2aCall, Rejection> {
        #[cfg(feature = "grpc")]
        if media::is_grpc(&head.headers) && is_method(head) {
            let call = super::grpc::call(head, body)?;
            if call.operation().brings_card() && self.settings.touches_cards() {
                let treatment = self.settings.treatment(head);
                head.extensions.insert(treatment);
            }
            return Ok(call.to(self.settings.agent.as_ref()));
        }
        let call = match route(&head.method, head.uri.path()) {
            Some(route) => {
                let call = route_call(head, route, self.settings.public_path(head))?;
                with_body(call, body)?
            }
            None => rpc_call(head, body)?,
        };
        self.settings.want_readable(call.operation(), head);
        Ok(call.to(self.settings.agent.as_ref()))
    }

    fn subject(&self, call: &A2aCall) -> A2aSubject {
        match call.binding() {
            A2aBinding::JsonRpc => A2aSubject::JsonRpc {
                id: call.id().cloned().unwrap_or_else(RpcId::null),
                version: call.version(),
            },
            A2aBinding::HttpJson => A2aSubject::HttpJson,
            A2aBinding::Grpc => A2aSubject::Grpc,
        }
    }

    fn watch(&self, head: &request::Parts, call: &A2aCall) -> A2aWatch {
        A2aWatch::new(self.settings.clone(), self.subject(call), head, call)
    }

    fn span(&self, watch: &A2aWatch) -> Span {
        watch.span()
    }

    fn rejected(&self, _: &request::Parts, error: &Error) {
        let report = A2aReport {
            failed: true,
            ..A2aReport::default()
        };
        self.settings.on_finished.tell_rejected(&report, error);
    }
}

impl fmt::Debug for A2aProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

/// Whether this is a GET or HEAD of a path that ends so.
fn reads_at(head: &request::Parts, known: &str) -> bool {
    let reads = head.method == Method::GET || head.method == Method::HEAD;
    // Decoded, as agents' routers do: another spelling must not fetch another card.
    let path = percent_decode_str(head.uri.path()).decode_utf8_lossy();
    reads && path.trim_end_matches('/').ends_with(known)
}

/// The public key that cards are signed with, for all to read.
#[cfg(feature = "signatures")]
fn published(key: &SigningKey, head: &request::Parts) -> Response<Bytes> {
    let body = jwks(std::slice::from_ref(key));
    let tag = etag(&body);
    let known = head.headers.get_all(names::IF_NONE_MATCH);
    let has_it = tag.as_ref().is_some_and(|tag| is_named(tag, known));
    let mut response = Response::new(if has_it { Bytes::new() } else { body });
    let headers = response.headers_mut();
    headers.extend(tag.map(|tag| (names::ETAG, tag)));
    let age = HeaderValue::from_static("public, max-age=300");
    headers.insert(names::CACHE_CONTROL, age);
    if has_it {
        *response.status_mut() = http::StatusCode::NOT_MODIFIED;
    } else {
        let kind = HeaderValue::from_static("application/jwk-set+json");
        headers.insert(names::CONTENT_TYPE, kind);
    }
    response
}

/// Whether a path may be that of a method of gRPC: a POST of two segments, the first of them a service.
fn is_method(head: &request::Parts) -> bool {
    let mut segments = head.uri.path().split('/');
    let service = (
        segments.next(),
        segments.next(),
        segments.next(),
        segments.next(),
    );
    let (Some(""), Some(service), Some(_), None) = service else {
        return false;
    };
    head.method == Method::POST && service.contains('.')
}

/// Whether an agent that does not tell cases apart finds a route where there is none, or another.
fn is_in_another_case(head: &request::Parts) -> bool {
    let Some(loose) = route_in_any_case(&head.method, head.uri.path()) else {
        return false;
    };
    let same = |a: &Option<Box<str>>, b: &Option<Box<str>>| match (a, b) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    };
    !route(&head.method, head.uri.path()).is_some_and(|exact| {
        exact.operation == loose.operation
            && same(&exact.task_id, &loose.task_id)
            && same(&exact.push_config_id, &loose.push_config_id)
    })
}

/// Whether an agent that decodes a path before it takes it apart finds another route in it.
fn reads_otherwise(head: &request::Parts) -> bool {
    let path = head.uri.path();
    if !path.contains('%') {
        return false;
    }
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let as_a_whole = route(&head.method, &decoded);
    let by_segments = route(&head.method, path);
    let same = |a: &Route, b: &Route| {
        (&a.operation, &a.task_id, &a.push_config_id)
            == (&b.operation, &b.task_id, &b.push_config_id)
    };
    match (&as_a_whole, &by_segments) {
        (Some(one), Some(other)) => !same(one, other),
        (Some(_), None) => true,
        // It finds none.
        (None, _) => false,
    }
}
