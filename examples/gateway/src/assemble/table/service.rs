use std::{
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{
    Body,
    context::{Arrived, NamedHost, RouteName, ServerName},
    limit::{heap::Heap, shed::Probe as _},
    route::{Cors, Found, Head, Hosts, Redirect},
};
use http::{
    Request, Response, StatusCode,
    header::{LOCATION, ORIGIN},
};
use tokio::time::Instant;
use tower_service::Service;
use tracing::{Span, record_all};

use super::{
    Answering, Entry, ListenerTable, RuleStack, ShareAction, TableFuture,
    astray::{Astray, lost, said},
    future::{After, Answer},
    gate::{Onward, Pages},
    stack::Waits,
};
use crate::{assemble::policies::Passed, observe::Observer};

/// The listeners of one socket, and their stacks. Clones share them.
///
/// The host chooses the listener, and the listener's rules the stack. Within TLS a request for another
/// listener than the one whose name the connection was made to is answered with 421.
#[derive(Clone)]
pub struct Table(Arc<Listeners>);

struct Listeners {
    /// The place of a hostname's listener.
    hosts: Hosts<usize>,
    tables: Vec<ListenerTable>,
    observer: Observer,
    heap: Option<Heap>,
}

impl Table {
    /// These listeners. The observer is told of what no protocol layer tells it: plain HTTP.
    /// With a heap no request is taken while that is nearly full.
    pub(in crate::assemble) fn new(
        tables: Vec<ListenerTable>,
        observer: Observer,
        heap: Option<Heap>,
    ) -> Self {
        let named = tables.iter().enumerate();
        let hosts = named
            .map(|(at, table)| (table.hostname.clone(), at))
            .collect();
        Self(Arc::new(Listeners {
            hosts,
            tables,
            observer,
            heap,
        }))
    }

    /// The same with these listeners alone.
    #[must_use]
    pub(in crate::assemble) fn only(&self, names: &[String]) -> Self {
        let named =
            |table: &&ListenerTable| names.iter().any(|name| **name == *table.place.listener);
        let tables = self.0.tables.iter().filter(named).cloned().collect();
        Self::new(tables, self.0.observer.clone(), self.0.heap.clone())
    }

    /// What answers the request, and what is told of it.
    fn choose(&self, mut request: Request<Body>) -> Chosen {
        let listener = self.0.listener(&request, Head::new(&request).host);
        let (at, table) = match listener {
            Ok(found) => found,
            Err(astray) => return Chosen::at_once(astray.answer(&request)),
        };
        let span = Span::current();
        table.place.record(&span);
        if self.0.heap.as_ref().is_some_and(Heap::is_overloaded) {
            return Chosen::refused(table.overloaded.of(&request).answer(request));
        }
        let gate = &table.gate;
        if let Some(cors) = &gate.cors
            && Cors::is_preflight(request.method(), request.headers())
        {
            return Chosen::at_once(preflight(cors, &request));
        }
        let pages = gate.pages(&request);
        let chosen = match &gate.asked {
            None => ruled(request, table, &span),
            Some(asked) => {
                gate.tell(&span, &table.place.listener);
                let stack = asked.of(&request);
                request.extensions_mut().insert(Onward(self.clone(), at));
                let waits = stack.waits(&mut request);
                Chosen {
                    waits,
                    is_gated: gate.reason.is_none(),
                    ..Chosen::refused(stack.answer(request))
                }
            }
        };
        Chosen { pages, ..chosen }
    }

    /// What answers a request that has passed the gate of a listener.
    pub(super) fn route(&self, at: usize, request: Request<Body>) -> TableFuture {
        self.answering(request, |request| match self.0.tables.get(at) {
            Some(table) => ruled(request, table, &Span::current()),
            None => Chosen::at_once(lost()),
        })
    }

    fn answering(
        &self,
        request: Request<Body>,
        choose: impl FnOnce(Request<Body>) -> Chosen,
    ) -> TableFuture {
        let begun = Instant::now();
        let method = request.method().clone();
        let chosen = choose(request);
        TableFuture {
            answer: chosen.answer,
            waits: chosen.waits,
            is_gated: chosen.is_gated,
            after: chosen.after,
            pages: chosen.pages,
            route: chosen.route,
            method,
            begun,
            observer: self.0.observer.clone(),
        }
    }
}

/// Chooses a rule of a listener.
fn ruled(request: Request<Body>, table: &ListenerTable, span: &Span) -> Chosen {
    let head = Head::new(&request);
    let found = preflighted(table, &head).or_else(|| table.router.find(&head));
    match found {
        Some(found) => follow(request, table, found, span),
        None => Chosen::refused(table.nowhere.of(&request).answer(request)),
    }
}

impl Listeners {
    /// The listener that a request belongs to, and its place.
    fn listener<B>(
        &self,
        request: &Request<B>,
        host: &str,
    ) -> Result<(usize, &ListenerTable), Astray> {
        if let [only] = &*self.tables
            && only.hostname.is_none()
        {
            return Ok((0, only));
        }
        let at = self.hosts.find(host).ok_or(Astray::NoListener)?;
        let asked = request.extensions().get::<ServerName>();
        let asked = asked.and_then(|name| self.hosts.find(name.as_str()));
        if asked.is_some_and(|asked| asked != at) {
            return Err(Astray::Misdirected);
        }
        let table = self.tables.get(*at).ok_or(Astray::NoListener)?;
        Ok((*at, table))
    }
}

/// What was chosen for a request.
struct Chosen {
    answer: Answer,
    route: Option<RouteName>,
    after: Option<After>,
    pages: Option<Pages>,
    waits: Waits,
    is_gated: bool,
}

impl Chosen {
    fn at_once(response: Response<Body>) -> Self {
        Self {
            answer: Answer::Now(Some(response)),
            route: None,
            after: None,
            pages: None,
            waits: Waits::Yes,
            is_gated: false,
        }
    }

    /// A refusal by a layer that tells of it.
    fn refused(answer: Answering) -> Self {
        Self {
            answer: Answer::Stack(answer),
            route: None,
            after: None,
            pages: None,
            waits: Waits::No,
            is_gated: false,
        }
    }
}

/// Sends a request on its rule's way.
fn follow(
    mut request: Request<Body>,
    table: &ListenerTable,
    found: Found<'_, Entry>,
    span: &Span,
) -> Chosen {
    let Entry {
        rule,
        mount,
        is_named,
        name,
    } = found.value;
    let origin = rule
        .cors
        .as_ref()
        .and(request.headers().get(ORIGIN))
        .cloned();
    if let Some(cors) = &rule.cors
        && Cors::is_preflight(request.method(), request.headers())
    {
        record(span, rule, "");
        return Chosen {
            route: Some(name.clone()),
            ..Chosen::at_once(preflight(cors, &request))
        };
    }
    let share = rule.pick();
    record(span, rule, &share.backend);
    let (answer, waits) = match &share.action {
        ShareAction::Redirect(redirect, asked) => {
            let response = redirected(redirect, &request, found, table);
            let answer = match asked {
                None => Answer::Now(Some(response)),
                Some(asked) => Answer::Stack(once_passed(asked.answer(request), response)),
            };
            (answer, Waits::Yes)
        }
        ShareAction::Refuse(stack, reason) => {
            reason.tell(span, &rule.route, &rule.rule);
            request.extensions_mut().insert(name.clone());
            let waits = stack.waits(&mut request);
            (Answer::Stack(stack.answer(request)), waits)
        }
        ShareAction::Forward(forward) => {
            let extensions = request.extensions_mut();
            extensions.insert(mount.clone());
            extensions.insert(name.clone());
            if *is_named {
                extensions.insert(NamedHost);
            }
            if rule.is_timed {
                extensions.insert(Arrived::now());
            }
            let (answering, waits) = rule.forward(request, forward, found.path());
            (Answer::Stack(answering), waits)
        }
    };
    let after = rule.edits(share).then(|| After {
        rule: Arc::clone(rule),
        share: Arc::clone(share),
        origin,
    });
    Chosen {
        answer,
        route: Some(name.clone()),
        after,
        pages: None,
        waits,
        is_gated: false,
    }
}

/// The rule that decides on a preflight: the one that would take the request which it asks leave for,
/// where that rule says which pages may call.
fn preflighted<'a>(table: &'a ListenerTable, head: &Head<'_>) -> Option<Found<'a, Entry>> {
    let method = &Cors::preflighted(head.method, head.headers)?;
    let found = table.router.find(&Head { method, ..*head })?;
    found.value.rule.cors.is_some().then_some(found)
}

fn record(span: &Span, rule: &RuleStack, backend: &str) {
    if span.is_disabled() {
        return;
    }
    record_all!(
        span,
        agentgateway.route = &*rule.route,
        agentgateway.rule = &*rule.rule,
        agentgateway.backend = (!backend.is_empty()).then_some(backend),
    );
}

fn preflight(cors: &Cors, request: &Request<Body>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    *response.headers_mut() = cors.preflight(request.headers());
    response
}

/// What was asked says no by its own answer.
fn once_passed(asked: Answering, response: Response<Body>) -> Answering {
    Box::pin(async move {
        let said = asked.await;
        if said.extensions().get::<Passed>().is_some() {
            response
        } else {
            said
        }
    })
}

fn redirected(
    redirect: &Redirect,
    request: &Request<Body>,
    found: Found<'_, Entry>,
    table: &ListenerTable,
) -> Response<Body> {
    let head = Head::new(request);
    let origin = Redirect::origin(request, table.origin);
    let Some(location) = redirect.location(&head, found.path(), origin) else {
        let words = "this route redirects to the host of the request, which names none";
        return said(StatusCode::BAD_REQUEST, "invalid_request", words);
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = redirect.status;
    response.headers_mut().insert(LOCATION, location);
    response
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("listeners", &self.0.tables.len())
            .finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for Table {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = TableFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> TableFuture {
        self.answering(request, |request| self.choose(request))
    }
}
