//! Plans of handmade snapshots, over a client that tells what it was given.

mod balance;
mod clients;
mod filters;
mod leaving;
mod limits;
mod listeners;
mod memory;
mod mirrors;
mod models;
mod phases;
mod reload;
mod shares;
mod spoken;
mod timeouts;

use std::sync::{Arc, Mutex};

use agentgateway_core::{
    Body, BoxError,
    route::PathMatch,
    upstream::{DialAddr, HostField, Upstream},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::BodyExt;
use tower::{ServiceExt, service_fn};

use super::{Parts, Table, plan};
use crate::{
    config::{
        resource::Reference,
        snapshot::{
            Action, Backend, BackendKind, Endpoints, Gateway, HostPort, Listener, Outcome,
            Protocol, Rule, Snapshot, WeightedBackend,
        },
    },
    observe::Observer,
    telemetry::ExportStats,
};

/// What went upstream.
#[derive(Debug)]
struct Sent {
    uri: Uri,
    host: Option<HostField>,
    dialled: Option<DialAddr>,
    headers: HeaderMap,
    body: Bytes,
}

/// Parts whose client answers 200 with the authority that it was sent to, and what it was sent.
fn parts() -> (Parts, Arc<Mutex<Vec<Sent>>>) {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&sent);
    let client = Upstream::new(service_fn(move |request: Request<Body>| {
        let log = Arc::clone(&log);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let to = head.uri.authority().unwrap().to_string();
            log.lock().unwrap().push(Sent {
                host: head.extensions.get().cloned(),
                dialled: head.extensions.get().copied(),
                uri: head.uri,
                headers: head.headers,
                body,
            });
            let response = Response::builder().header("x-from", &to);
            Ok::<_, BoxError>(response.body(Body::from(Bytes::from(to))).unwrap())
        }
    }));
    (over(client), sent)
}

/// Parts over this client.
fn over(client: Upstream) -> Parts {
    let mut parts = Parts::new(Observer::new(&ExportStats::default()));
    parts.http2 = client.clone();
    parts.client = client;
    parts
}

fn service(name: &str) -> Arc<Backend> {
    let reference = Reference::new("", "Service", "ns", name);
    let at = Endpoints::Name(HostPort::new(format!("{name}.ns.svc"), 80));
    Backend::new(reference, Some(80), BackendKind::Http(at)).into()
}

fn backend(kind: BackendKind) -> Arc<Backend> {
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "ns", "own");
    Backend::new(reference, None, kind).into()
}

fn to(name: &str) -> Vec<WeightedBackend> {
    vec![WeightedBackend::new(1, Outcome::Backend(service(name)))]
}

/// A rule of HTTPRoute `ns/route` for a prefix.
fn rule(prefix: &str, action: Action) -> Rule {
    let route = Reference::new("gateway.networking.k8s.io", "HTTPRoute", "ns", "route");
    let mut rule = Rule::new(route, 0, action);
    rule.matches[0].path = PathMatch::Prefix(prefix.to_owned());
    rule
}

fn listener(name: &str, rules: Vec<Rule>) -> Listener {
    let mut listener = Listener::new(name, 8080, Protocol::Http);
    listener.rules = rules;
    listener
}

fn snapshot(listeners: Vec<Listener>) -> Snapshot {
    let reference = Reference::new("gateway.networking.k8s.io", "Gateway", "ns", "gw");
    let mut gateway = Gateway::new(reference);
    gateway.listeners = listeners;
    let mut snapshot = Snapshot::default();
    snapshot.gateways.push(gateway);
    snapshot
}

/// The table of the one socket.
fn table(parts: &Parts, listeners: Vec<Listener>) -> Table {
    let plan = plan(&snapshot(listeners), parts);
    let [socket] = &plan.sockets[..] else {
        panic!("{plan:?}")
    };
    socket.table.clone()
}

/// The table of one listener with these rules.
fn serving(parts: &Parts, rules: Vec<Rule>) -> Table {
    table(parts, vec![listener("http", rules)])
}

fn get(path: &str) -> Request<Body> {
    let request = Request::get(path).header("host", "example.com:8080");
    request.body(Body::empty()).unwrap()
}

fn post(path: &str, body: &'static str) -> Request<Body> {
    Request::post(path)
        .header("host", "example.com:8080")
        .header("content-type", "application/json")
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

async fn ask(table: &Table, request: Request<Body>) -> Response<Body> {
    let Ok(response) = table.clone().oneshot(request).await;
    response
}

async fn status(table: &Table, request: Request<Body>) -> u16 {
    ask(table, request).await.status().as_u16()
}

async fn text(response: Response<Body>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}
