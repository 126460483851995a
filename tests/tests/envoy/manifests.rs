//! The same services, asked by a gateway that manifests tell of them.

use agentgateway_tests::{
    before_demo,
    objects::{SEPARATOR, at, of_listener, policy, served},
    post,
    raw::RawUpstream,
};
use envoy_types::pb::envoy::service::{
    auth::v3::{CheckRequest, CheckResponse},
    ratelimit::v3::{RateLimitResponse, rate_limit_response::Code},
};
use envoy_types::pb::google::rpc::Status;
use http::StatusCode;
use serde_json::json;

use super::scene::*;

fn asking(traffic: &str) -> String {
    let field = format!("traffic:\n    {traffic}");
    policy("asked", &of_listener("mcp"), &field)
}

async fn list(url: &str, user: &str) -> http::Response<bytes::Bytes> {
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("x-user", user),
    ];
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {} });
    post(&format!("{url}/mcp"), &headers, body.to_string()).await
}

/// Asks until it is answered so: a service that ends answers what reaches it until then.
async fn answered(expected: StatusCode, url: &str, user: &str) {
    let asking = async {
        while list(url, user).await.status() != expected {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
}

fn user(question: &CheckRequest) -> Option<&String> {
    let asked = question.attributes.as_ref()?.request.as_ref()?;
    asked.http.as_ref()?.headers.get("x-user")
}

fn verdict(allowed: bool) -> CheckResponse {
    let code = if allowed { 0 } else { 7 };
    CheckResponse {
        status: Some(Status {
            code,
            ..Status::default()
        }),
        ..CheckResponse::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_the_manifests_says_who_may_pass() {
    let judge = Start::default()
        .authz(|question| Ok(verdict(user(question).is_some_and(|it| it == "alice"))))
        .await;
    let port = judge.port;
    let asking = |more: &str| {
        asking(&format!(
            "extAuth: {{url: 'http://127.0.0.1:{port}', grpc: {{contextExtensions: {{route: tools}}, \
             requestMetadata: {{seen: '{{\"path\": request.path}}'}}}}{more}}}"
        ))
    };
    let (gateway, _servers) = before_demo(&asking("")).await;
    let url = gateway.url("mcp");
    let passed = list(&url, "alice").await;
    assert_eq!(passed.status(), StatusCode::OK, "{passed:?}");
    let told = judge.asked().remove(0).attributes.unwrap();
    assert_eq!(told.context_extensions["route"], "tools");
    let metadata = told.metadata_context.unwrap().filter_metadata;
    assert!(format!("{:?}", metadata["seen"].fields["path"]).contains("/mcp"));
    assert_eq!(list(&url, "bob").await.status(), StatusCode::FORBIDDEN);

    let (open, _more) = before_demo(&asking(", failureMode: FailOpen")).await;
    drop(judge);
    // Nobody says a word: refused, unless the policy says that such requests pass.
    answered(StatusCode::FORBIDDEN, &url, "alice").await;
    assert_eq!(list(&open.url("mcp"), "bob").await.status(), StatusCode::OK);
}

/// A yes that tells these texts.
fn telling(members: &[(&str, &str)]) -> CheckResponse {
    use envoy_types::pb::google::protobuf::{Struct, Value, value::Kind};
    let text = |(name, text): &(&str, &str)| {
        let kind = Some(Kind::StringValue((*text).to_owned()));
        ((*name).to_owned(), Value { kind })
    };
    CheckResponse {
        dynamic_metadata: Some(Struct {
            fields: members.iter().map(text).collect(),
        }),
        ..verdict(true)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_of_a_backend_adds_to_what_that_of_the_rule_has_told() {
    let near = Start::default();
    let near = near.authz(|_| Ok(telling(&[("team", "red"), ("plan", "free")])));
    let near = near.await;
    let far = Start::default();
    let far = far.authz(|_| Ok(telling(&[("team", "blue")]))).await;
    let objects = asking(&format!(
        "extAuth: {{url: 'http://127.0.0.1:{}', grpc: {{}}}}
    authorization:
      action: Require
      policy: {{matchExpressions: ['extauthz.team == \"blue\" && extauthz.plan == \"free\"']}}
  backend:
    extAuth: {{url: 'http://127.0.0.1:{}', grpc: {{}}}}",
        far.port, near.port
    ));
    let (gateway, _servers) = before_demo(&objects).await;
    let passed = list(&gateway.url("mcp"), "alice").await;
    assert_eq!(passed.status(), StatusCode::OK, "{passed:?}");
    assert_eq!((far.asked().len(), near.asked().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_asked_by_http_and_sees_what_it_may() {
    let service = RawUpstream::serving(
        &b"HTTP/1.1 200 OK\r\nx-tenant: blue\r\ncontent-length: 0\r\n\r\n"[..],
    )
    .await;
    let behind = RawUpstream::serving(&b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"[..]).await;
    let asks = asking(&format!(
        "extAuth:
      url: 'http://127.0.0.1:{}/check'
      http:
        allowedRequestHeaders: [x-user]
        addRequestHeaders: {{x-path: request.path}}
        allowedResponseHeaders: [x-tenant]
      forwardBody: {{maxSize: 8}}",
        service.port()
    ));
    let objects = [served("mcp", "asked", &at(behind.port(), ""), ""), asks].join(SEPARATOR);
    let (gateway, _servers) = before_demo(&objects).await;
    let url = format!("{}/asked", gateway.url("mcp"));
    let headers = [("x-user", "alice"), ("x-secret", "s"), ("x-tenant", "mine")];
    let passed = post(&url, &headers, "tell me").await;
    assert_eq!(passed.status(), StatusCode::OK, "{passed:?}");
    let asked = service.requests().remove(0);
    assert!(asked.head.starts_with("POST /check HTTP/1.1"), "{asked:?}");
    assert_eq!(asked.values("x-user"), ["alice"]);
    assert_eq!(asked.values("x-path"), ["/asked"]);
    assert_eq!(asked.values("x-secret"), [""; 0]);
    assert_eq!(asked.body, b"tell me");
    let forwarded = behind.requests().remove(0);
    assert_eq!(forwarded.values("x-tenant"), ["blue"]);
    assert_eq!(forwarded.body, b"tell me");

    let long = post(&url, &headers, "tell me more").await;
    assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!((service.begun(), behind.begun()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_tells_by_http_is_asked_for_later() {
    let service = RawUpstream::serving(
        &b"HTTP/1.1 200 OK\r\nx-plan: free\r\ncontent-length: 32\r\n\r\n{\"sub\": \"alice\", \"team\": \"blue\"}"[..],
    )
    .await;
    let asks = |rule: &str| {
        asking(&format!(
            "extAuth:
      url: 'http://127.0.0.1:{}'
      http:
        responseMetadata:
          sub: json(response.body).sub
          plan: response.headers['x-plan'] + ' of ' + request.method
          none: response.headers['x-none']
    authorization: {{action: Require, policy: {{matchExpressions: [\"{rule}\"]}}}}",
            service.port()
        ))
    };
    for (rule, expected) in [
        ("extauthz.plan == 'free of POST'", StatusCode::OK),
        ("principal.name == 'alice'", StatusCode::OK),
        ("!has(extauthz.none) && !has(extauthz.team)", StatusCode::OK),
        ("extauthz.team == 'blue'", StatusCode::FORBIDDEN),
    ] {
        let (gateway, _servers) = before_demo(&asks(rule)).await;
        let answer = list(&gateway.url("mcp"), "bob").await;
        assert_eq!(answer.status(), expected, "{rule}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_the_manifests_counts() {
    let judge = Start::default()
        .ratelimit(|question| {
            let bob = format!("{question:?}").contains("bob");
            let code = if bob { Code::OverLimit } else { Code::Ok };
            Ok(RateLimitResponse {
                overall_code: code as i32,
                ..RateLimitResponse::default()
            })
        })
        .await;
    let objects = asking(&format!(
        "rateLimit:
      global:
        url: http://127.0.0.1:{}
        domain: tools
        descriptors:
        - entries: [{{name: user, expression: 'request.headers[\"x-user\"]'}}, {{name: method, expression: mcp.method}}]
          cost: '2'
          limitOverride: '{{\"unit\": \"minute\", \"requestsPerUnit\": 5}}'",
        judge.port
    ));
    let (gateway, _servers) = before_demo(&objects).await;
    let url = gateway.url("mcp");
    assert_eq!(list(&url, "alice").await.status(), StatusCode::OK);
    let asked = judge.asked().remove(0);
    assert_eq!(asked.domain, "tools");
    let descriptor = &asked.descriptors[0];
    let entries: Vec<_> = descriptor
        .entries
        .iter()
        .map(|it| (&*it.key, &*it.value))
        .collect();
    assert_eq!(entries, [("user", "alice"), ("method", "tools/list")]);
    assert_eq!(descriptor.hits_addend.map(|it| it.value), Some(2));
    assert_eq!(descriptor.limit.map(|it| it.requests_per_unit), Some(5));
    assert_eq!(
        list(&url, "bob").await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );

    drop(judge);
    answered(StatusCode::SERVICE_UNAVAILABLE, &url, "alice").await;
}
