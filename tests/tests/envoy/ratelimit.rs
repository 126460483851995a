use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    BoxError, ErrorKind, Peeked,
    envoy::ratelimit::{Descriptor, GlobalRateLimit, LimitOverride, RateUnit},
    policy::{Policy, PolicyLayer},
};
use agentgateway_llm::LlmLayer;
use agentgateway_tests::raw::eventually;
use bytes::Bytes;
use envoy_types::pb::{
    envoy::{
        config::core::v3::HeaderValue,
        extensions::common::ratelimit::v3::{
            RateLimitDescriptor,
            rate_limit_descriptor::{Entry, RateLimitOverride},
        },
        service::ratelimit::v3::{
            RateLimitRequest, RateLimitResponse,
            rate_limit_response::{Code, DescriptorStatus, RateLimit, rate_limit::Unit},
        },
        r#type::v3::RateLimitUnit,
    },
    google::protobuf::{Duration, UInt64Value},
};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use super::scene::*;

fn limit(port: u16) -> GlobalRateLimit {
    GlobalRateLimit::new("gateway", endpoint(port), client()).deadline(PATIENCE)
}

fn by_user() -> Descriptor {
    Descriptor::new().entry("user", |head| {
        Some(head.headers.get("x-user")?.to_str().ok()?.to_owned())
    })
}

fn of(user: &str) -> Request<()> {
    Request::get("/").header("x-user", user).body(()).unwrap()
}

fn says(code: Code) -> RateLimitResponse {
    RateLimitResponse {
        overall_code: code as i32,
        ..Default::default()
    }
}

fn field(key: &str, value: &str) -> HeaderValue {
    HeaderValue {
        key: key.into(),
        value: value.into(),
        ..Default::default()
    }
}

fn entry(key: &str, value: &str) -> Entry {
    Entry {
        key: key.into(),
        value: value.into(),
    }
}

#[tokio::test]
async fn a_request_is_told_in_envoys_own_message() {
    let judge = Start::default().ratelimit(|_| Ok(says(Code::Ok))).await;
    for (unit, theirs) in [
        (RateUnit::Second, RateLimitUnit::Second),
        (RateUnit::Minute, RateLimitUnit::Minute),
        (RateUnit::Hour, RateLimitUnit::Hour),
        (RateUnit::Day, RateLimitUnit::Day),
        (RateUnit::Month, RateLimitUnit::Month),
        (RateUnit::Year, RateLimitUnit::Year),
    ] {
        let overridden = by_user()
            .constant("plan", "free")
            .cost(|_| 7)
            .limit_override(move |_| Some(LimitOverride::new(5, unit)));
        call(limit(judge.port).descriptor(overridden), of("alice"))
            .await
            .unwrap();
        let expected = RateLimitRequest {
            domain: "gateway".into(),
            descriptors: vec![RateLimitDescriptor {
                entries: vec![entry("user", "alice"), entry("plan", "free")],
                limit: Some(RateLimitOverride {
                    requests_per_unit: 5,
                    unit: theirs as i32,
                }),
                hits_addend: Some(UInt64Value { value: 7 }),
            }],
            hits_addend: 7,
        };
        assert_eq!(judge.asked(), [expected]);
    }
}

/// So many requests of each user in a minute, as such a service counts them.
fn counting(limit: u32) -> impl Fn(&RateLimitRequest) -> Result<RateLimitResponse, tonic::Status> {
    let counts = Mutex::new(HashMap::<String, u64>::new());
    move |request| {
        let mut counts = counts.lock().unwrap();
        let (mut statuses, mut overall) = (Vec::new(), Code::Ok);
        for descriptor in &request.descriptors {
            let key = format!("{:?}", descriptor.entries);
            let count = counts.entry(key).or_default();
            *count += descriptor.hits_addend.as_ref().map_or(1, |hits| hits.value);
            let over = *count > u64::from(limit);
            if over {
                overall = Code::OverLimit;
            }
            let left = u64::from(limit).saturating_sub(*count);
            statuses.push(DescriptorStatus {
                code: if over { Code::OverLimit } else { Code::Ok } as i32,
                current_limit: Some(RateLimit {
                    requests_per_unit: limit,
                    unit: Unit::Minute as i32,
                    ..Default::default()
                }),
                limit_remaining: u32::try_from(left).unwrap(),
                duration_until_reset: Some(Duration {
                    seconds: 30,
                    nanos: 1,
                }),
                ..Default::default()
            });
        }
        Ok(RateLimitResponse {
            statuses,
            response_headers_to_add: vec![field("x-quota", "told")],
            request_headers_to_add: vec![field("x-checked", "1")],
            ..says(overall)
        })
    }
}

#[tokio::test]
async fn each_user_has_a_limit_that_all_replicas_share() {
    let judge = Start::default().ratelimit(counting(3)).await;
    // Two replicas with a client each.
    let replicas = [0, 1].map(|_| limit(judge.port).descriptor(by_user()).tell_clients(true));
    for (at, left) in [(0, "2"), (1, "1"), (0, "0")] {
        let answer = call(replicas[at].clone(), of("alice")).await.unwrap();
        assert_eq!(answer.headers()["x-ratelimit-limit"], "3, 3;w=60");
        assert_eq!(answer.headers()["x-ratelimit-remaining"], left);
        assert_eq!(answer.headers()["x-ratelimit-reset"], "30");
        assert_eq!(answer.headers()["x-quota"], "told");
        let behind = answer.extensions().get::<Behind>().unwrap();
        assert_eq!(behind.headers["x-checked"], "1");
    }
    let error = call(replicas[1].clone(), of("alice"))
        .await
        .expect_err("over the limit");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let mut said = http::HeaderMap::new();
    error.write_headers(&mut said);
    assert_eq!(said["retry-after"], "31");
    assert_eq!(said["x-quota"], "told");
    call(replicas[1].clone(), of("bob")).await.unwrap();
}

#[tokio::test]
async fn a_body_of_the_services_is_the_answer() {
    let judge = Start::default().ratelimit(|_| {
        Ok(RateLimitResponse {
            raw_body: b"slow down".to_vec(),
            ..says(Code::OverLimit)
        })
    });
    let judge = judge.await;
    let answer = call(limit(judge.port).descriptor(by_user()), of("alice"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(
        answer.into_body().collect().await.unwrap().to_bytes(),
        "slow down"
    );
}

/// Asks a model behind this policy, which says that it has used 150 tokens.
async fn ask_model(policy: impl Policy, user: &str) -> StatusCode {
    let model = service_fn(|_: Request<Peeked<Full<Bytes>>>| async {
        let answer = r#"{"id":"c","object":"chat.completion","choices":[],
            "usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150}}"#;
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, BoxError>(response.body(Full::<Bytes>::from(answer))?)
    });
    let model = LlmLayer::new().layer(PolicyLayer::new(policy).layer(model));
    let question = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .header("x-user", user)
        .body(Full::<Bytes>::from(r#"{"model":"m"}"#))
        .unwrap();
    let answer = model.oneshot(question).await.unwrap();
    let status = answer.status();
    answer.into_body().collect().await.unwrap();
    status
}

#[tokio::test]
async fn tokens_that_a_model_has_used_count_for_the_next_request() {
    let judge = Start::default().ratelimit(counting(100)).await;
    let policy = limit(judge.port).descriptor(by_user().tokens());
    assert_eq!(ask_model(policy.clone(), "alice").await, 200);
    let asked = Arc::new(Mutex::new(Vec::new()));
    eventually("the service is told", || {
        let mut asked = asked.lock().unwrap();
        asked.extend(judge.asked());
        asked.len() == 2
    })
    .await;
    let hits: Vec<_> = asked
        .lock()
        .unwrap()
        .iter()
        .map(|request| {
            let descriptor = &request.descriptors[0];
            (
                descriptor.entries[0].value.clone(),
                descriptor.hits_addend.as_ref().unwrap().value,
            )
        })
        .collect();
    assert_eq!(hits, [("alice".into(), 0), ("alice".into(), 150)]);
    assert_eq!(ask_model(policy.clone(), "alice").await, 429);
    assert_eq!(ask_model(policy, "bob").await, 200);
}
