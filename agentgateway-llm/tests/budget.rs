//! Budgets and limits of tokens inside of the layer, which tells them what calls used.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    BoxError, Peeked,
    context::CallView,
    limit::{Key, budget::Budget, rate::RateLimit},
    policy::{Policy, PolicyLayer},
    store::{Allowance, MemoryLedger, Rate},
};
use agentgateway_llm::{LlmCall, LlmLayer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

type Sent = Full<Bytes>;

const ANSWER: &str = "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":10,\"total_tokens\":30}}\n\n\
    data: [DONE]\n\n";

fn ask(body: &'static str) -> Request<Sent> {
    Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::from(body))
        .unwrap()
}

/// A model behind this policy, which says the same whatever it is asked.
fn model(
    policy: impl Policy,
) -> impl tower::Service<
    Request<Sent>,
    Response = Response<impl http_body::Body<Data = Bytes, Error = agentgateway_core::Error>>,
    Error = std::convert::Infallible,
> + Clone {
    let model = service_fn(|request: Request<Peeked<Sent>>| async move {
        assert!(request.extensions().get::<LlmCall>().is_some());
        assert!(request.extensions().get::<CallView>().is_some());
        let response = Response::builder().header("content-type", "text/event-stream");
        Ok::<_, BoxError>(response.body(Full::<Bytes>::from(ANSWER))?)
    });
    LlmLayer::new().layer(PolicyLayer::new(policy).layer(model))
}

fn daily(tokens: u64) -> (Budget, Arc<MemoryLedger>) {
    let ledger = Arc::new(MemoryLedger::new());
    let day = Allowance::new(tokens, Duration::from_secs(86_400));
    let budget = Budget::new("daily", Key::everybody(), day).ledger(ledger.clone());
    (budget, ledger)
}

#[tokio::test]
async fn a_budget_counts_what_the_provider_tells() {
    let (budget, ledger) = daily(1000);
    let model = model(budget);
    let request = ask(r#"{"model":"m","stream":true,"max_tokens":100,"n":2}"#);
    let response = model.clone().oneshot(request).await.unwrap();
    assert_eq!(ledger.spent("daily/"), 50 / 4 + 200, "it is reserved");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, ANSWER);
    assert_eq!(ledger.spent("daily/"), 30);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_clients_dialect() {
    let (budget, ledger) = daily(50);
    let request = ask(r#"{"model":"m","max_tokens":100}"#);
    let response = model(budget).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body["error"]["message"],
        "the budget of this caller is used up"
    );
    assert_eq!(ledger.spent("daily/"), 0);
}

/// Fault L14 (part): a budget is settled once, wherever the client leaves.
#[tokio::test]
async fn a_budget_is_settled_where_the_client_leaves() {
    for frames in 0..3 {
        let (budget, ledger) = daily(1000);
        let request = ask(r#"{"model":"m","stream":true,"max_tokens":100}"#);
        let mut body = model(budget).oneshot(request).await.unwrap().into_body();
        for _ in 0..frames {
            body.frame().await;
        }
        drop(body);
        let spent = ledger.spent("daily/");
        // Nothing has passed, or all of it in one frame.
        let expected = if frames == 0 { 44 / 4 } else { 30 };
        assert_eq!(spent, expected, "after {frames}");
    }
}

/// Fault L28: streams that run at once take no more than each of them uses, and what is too much is paid by those that come later.
#[tokio::test(start_paused = true)]
async fn streams_at_once_are_in_debt_and_later_ones_pay() {
    let limit = RateLimit::new("tokens", Key::everybody(), [Rate::per_minute(25)]).tokens();
    let model = model(limit);
    let request = || ask(r#"{"model":"m","stream":true}"#);
    let mut running = Vec::new();
    for _ in 0..10 {
        running.push(model.clone().oneshot(request()).await.unwrap());
    }
    for response in running {
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.unwrap();
    }
    // 10 times 30 tokens were used, of 25 that were there; each minute brings 25.
    let refused = model.clone().oneshot(request()).await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((11 * 60..=12 * 60).contains(&wait), "{wait}");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(
        model.clone().oneshot(request()).await.unwrap().status(),
        429
    );
    tokio::time::advance(Duration::from_secs(wait)).await;
    assert_eq!(model.oneshot(request()).await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_tokens_takes_them_when_they_are_told() {
    let limit = RateLimit::new("tokens", Key::everybody(), [Rate::per_minute(25)]).tokens();
    let model = model(limit.tell_clients(true));
    let request = || ask(r#"{"model":"m","stream":true}"#);
    let response = model.clone().oneshot(request()).await.unwrap();
    assert_eq!(response.headers()["ratelimit"], r#""tokens-0";r=25;t=0"#);
    response.into_body().collect().await.unwrap();
    let refused = model.clone().oneshot(request()).await.unwrap();
    assert_eq!(refused.status(), 429);
    // Five in debt, and one to be there.
    assert_eq!(refused.headers()["retry-after"], "15");
    assert_eq!(refused.headers()["ratelimit"], r#""tokens-0";r=0;t=72"#);
}
