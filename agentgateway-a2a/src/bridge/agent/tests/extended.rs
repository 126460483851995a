use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use agentgateway_core::{
    Body, Peeked,
    auth::{ApiKey, ApiKeys, Authentication},
    context::Principal,
    policy::PolicyLayer,
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::{super::AnyAgent, support::layer};
use crate::upstream::A2aAgent;

/// The gateway before an agent that has a card for each caller, and one for all.
#[derive(Clone, Default)]
struct World {
    asked: Arc<AtomicUsize>,
    away: Arc<AtomicBool>,
    agent: Option<AnyAgent>,
}

impl World {
    fn new() -> Self {
        let mut world = Self::default();
        let (asked, away) = (world.asked.clone(), world.away.clone());
        let service = service_fn(move |request: Request<Peeked<Body>>| {
            asked.fetch_add(1, SeqCst);
            let of = request.extensions().get::<Principal>();
            let extended = request.uri().path() == "/extendedAgentCard";
            let name = of.filter(|_| extended).map_or("all", Principal::name);
            let card = format!(
                r#"{{"name":"{name}","supportedInterfaces":[{{"url":"http://agent:1","protocolBinding":"HTTP+JSON","protocolVersion":"1.0"}}]}}"#
            );
            let mut answer = Response::new(Body::from(Bytes::from(card)));
            let json = "application/json".parse().unwrap();
            answer.headers_mut().insert("content-type", json);
            if away.load(SeqCst) {
                *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                *answer.body_mut() = Body::empty();
            }
            async move { Ok::<_, Infallible>(answer) }
        });
        let endpoint = "http://agent:1".parse().unwrap();
        let agent = AnyAgent::builder(A2aAgent::new(service), endpoint).build();
        world.agent = Some(agent);
        world
    }

    async fn get(&self, path: &str, key: Option<&str>) -> (u16, HeaderMap, String) {
        let keys = [("alice", "key-of-alice"), ("bob", "key-of-bob")];
        let keys = keys.map(|(name, key)| ApiKey::new(name, key).unwrap());
        let keys = Authentication::new(ApiKeys::new(keys).unwrap());
        let layer = layer();
        let service = ServiceBuilder::new()
            .layer(layer.rescue())
            .layer(PolicyLayer::new(keys))
            .layer(layer)
            .service(self.agent.clone().unwrap());
        let mut request = Request::get(path)
            .header("host", "gw")
            .header("a2a-version", "1.0");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let answer = service.oneshot(request.body(Body::empty()).unwrap()).await;
        let (head, body) = answer.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        (head.status.as_u16(), head.headers, text)
    }
}

/// Fault A06: extended card without auth; with auth of another tenant: 401; each caller's own card; never kept for
/// another, nor for all, also where the agent fails.
#[tokio::test]
async fn each_caller_has_its_own_extended_card() {
    const PATH: &str = "/extendedAgentCard";
    let world = World::new();
    for key in [None, Some("guess")] {
        let (status, headers, _) = world.get(PATH, key).await;
        assert_eq!((status, world.asked.load(SeqCst)), (401, 0));
        assert!(headers.contains_key("www-authenticate"));
    }
    for name in ["alice", "bob", "alice"] {
        let (status, headers, card) = world.get(PATH, Some(&format!("key-of-{name}"))).await;
        assert_eq!(status, 200);
        assert!(card.contains(&format!(r#""name":"{name}""#)), "{card}");
        let cached = headers["cache-control"].to_str().unwrap();
        assert!(cached.contains("private"), "{cached}");
    }
    let alice = Some("key-of-alice");
    let (_, _, card) = world.get("/.well-known/agent-card.json", alice).await;
    assert!(card.contains(r#""name":"all""#), "{card}");
    // The last good card is that for all.
    world.away.store(true, SeqCst);
    let (status, _, text) = world.get(PATH, Some("key-of-bob")).await;
    assert!(status >= 500 && !text.contains("alice"), "{status} {text}");
}
