use agentgateway_core::context::MountPath;
use http::{Request, Response, StatusCode};
use http_body_util::Full;

use super::support::{Script, exchange, get, json, rpc};
use crate::{A2aCall, A2aLayer, A2aOperation};

const CARD: &str =
    r#"{"name":"p", "url":"http://10.0.0.5:9999/internal/a2a", "signatures":[{"protected":"x"}]}"#;

fn public() -> A2aLayer {
    A2aLayer::new()
        .public_url("https://agents.example.org/planner/".parse().unwrap())
        .upstream_base_path("/internal/")
}

#[tokio::test]
async fn rewrites_a_card_and_forgets_what_described_it() {
    let mut request = get("/.well-known/agent-card.json");
    for name in ["accept-encoding", "if-none-match", "range"] {
        request.headers_mut().insert(name, "x".parse().unwrap());
    }
    let mut answer = json(200, CARD).unwrap();
    for name in ["etag", "last-modified", "content-length", "cache-control"] {
        answer.headers_mut().insert(name, "7".parse().unwrap());
    }
    let exchange = exchange(public(), request, Ok(answer)).await;
    let expected = r#"{"name":"p", "url":"https://agents.example.org/planner/a2a"}"#;
    assert_eq!(exchange.text(), expected);
    let headers = exchange.answer.headers();
    assert_eq!(headers["content-length"], expected.len().to_string());
    assert_eq!(headers["cache-control"], "7");
    assert!(!headers.contains_key("etag") && !headers.contains_key("last-modified"));

    let seen = exchange.seen.as_ref().unwrap();
    assert_eq!(seen.head.headers.len(), 1);
    assert_eq!(*exchange.call().operation(), A2aOperation::AgentCard);
    let told = exchange.only();
    assert_eq!(told.end, "complete");
    assert_eq!(
        (told.report.urls_rewritten, told.report.signatures_removed),
        (1, true)
    );
}

#[tokio::test]
async fn takes_the_public_url_from_the_request() {
    for path in [
        "/.well-known/agent.json",
        "/x/.well-known/agent-card.json",
        "/custom/card",
        "/.well-known/agent%2Ejson",
        "/.well-known/agent-card.json/",
    ] {
        let mut request = get(path);
        request.extensions_mut().insert(MountPath::new("/planner"));
        let layer = A2aLayer::new().card_path("custom/card");
        let exchange = exchange(layer, request, json(200, CARD)).await;
        let expected = r#"{"name":"p", "url":"http://gw.example:8080/planner/internal/a2a"}"#;
        assert_eq!(exchange.text(), expected, "{path}");
    }
}

/// Fault A01 (part): a card whose URLs lead elsewhere: given the gateway's, in all places; one that cannot be judged is refused.
#[tokio::test]
async fn a_request_without_a_host_gets_no_card() {
    let request = Request::get("/.well-known/agent.json")
        .body(Full::default())
        .unwrap();
    let exchange = exchange(A2aLayer::new(), request, json(200, CARD)).await;
    assert_eq!(exchange.answer.status(), StatusCode::BAD_REQUEST);
    assert!(exchange.text().contains("names no host"));
}

/// Fault A01 (part): a card whose URLs lead elsewhere: given the gateway's, in all places; one that cannot be judged is refused.
#[tokio::test]
async fn rewrites_extended_cards_of_each_binding() {
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"agent/getAuthenticatedExtendedCard"}"#;
    let answer = format!(r#" {{"id":9,"jsonrpc":"2.0","result": {CARD} }}"#);
    let by_rpc = exchange(public(), rpc(call), json(200, &answer)).await;
    assert_eq!(
        by_rpc.text(),
        r#" {"id":9,"jsonrpc":"2.0","result": {"name":"p", "url":"https://agents.example.org/planner/a2a"} }"#
    );
    assert!(by_rpc.only().report.signatures_removed);

    for path in ["/v1/card", "/extendedAgentCard", "/acme/extendedAgentCard"] {
        let by_rest = exchange(public(), get(path), json(200, CARD)).await;
        assert_eq!(
            by_rest.text(),
            r#"{"name":"p", "url":"https://agents.example.org/planner/a2a"}"#
        );
        let operation = by_rest.call().operation();
        assert_eq!(*operation, A2aOperation::GetExtendedAgentCard, "{path}");
    }
}

#[tokio::test]
async fn an_error_in_place_of_an_extended_card_passes() {
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"GetExtendedAgentCard"}"#;
    let answer = r#"{"jsonrpc":"2.0","id":9,"error":{"code":-32007,"message":"none"}}"#;
    let exchange = exchange(public(), rpc(call), json(200, answer)).await;
    assert_eq!(exchange.text(), answer);
    assert_eq!(exchange.only().report.error_code, Some(-32007));
}

/// Fault A25 (part): an agent that answers with an error or fails: reported, and said in the binding's form.
#[tokio::test]
async fn a_card_that_cannot_be_read_is_said_so() {
    let html = || {
        Response::builder()
            .header("content-type", "text/html")
            .body(Script::new(["<html>"]))
            .map_err(|_| unreachable!())
    };
    let by_get = exchange(public(), get("/.well-known/agent.json"), html()).await;
    assert_eq!(by_get.answer.status(), StatusCode::BAD_GATEWAY);
    let text = by_get.text();
    assert!(text.starts_with(r#"{"error":{"code":502,"#), "{text}");
    assert!(
        text.contains("the agent card cannot be read: not JSON"),
        "{text}"
    );
    assert_eq!(by_get.only().end, "failed");

    let mut coded = json(200, CARD).unwrap();
    coded
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    let by_get = exchange(public(), get("/.well-known/agent.json"), Ok(coded)).await;
    assert!(by_get.text().contains("content coding"));

    let call = r#"{"jsonrpc":"2.0","id":9,"method":"GetExtendedAgentCard"}"#;
    let by_rpc = exchange(public(), rpc(call), json(200, "{}")).await;
    assert!(
        by_rpc
            .text()
            .starts_with(r#"{"jsonrpc":"2.0","id":9,"error":{"code":-31502"#)
    );

    let small = public().max_body_bytes(10);
    let long = exchange(small, get("/.well-known/agent.json"), json(200, CARD)).await;
    assert_eq!(long.answer.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn other_statuses_of_a_card_pass() {
    for status in [304, 404, 401] {
        let exchange = exchange(
            public(),
            get("/.well-known/agent.json"),
            json(status, "nothing"),
        )
        .await;
        assert_eq!(exchange.answer.status().as_u16(), status);
        assert_eq!(exchange.text(), "nothing");
        assert_eq!(exchange.only().report.failed, status >= 400);
    }
}

#[tokio::test]
async fn cards_pass_untouched_when_asked() {
    let mut request = get("/.well-known/agent.json");
    request
        .headers_mut()
        .insert("if-none-match", "\"a\"".parse().unwrap());
    let mut answer = json(200, CARD).unwrap();
    answer
        .headers_mut()
        .insert("etag", "\"a\"".parse().unwrap());
    let exchange = exchange(public().rewrite_cards(false), request, Ok(answer)).await;
    assert_eq!(exchange.text(), CARD);
    assert_eq!(exchange.answer.headers()["etag"], "\"a\"");
    let seen = exchange.seen.unwrap();
    assert!(seen.head.headers.contains_key("if-none-match"));
    assert!(seen.head.extensions.get::<A2aCall>().is_some());
}

#[tokio::test]
async fn a_head_request_promises_nothing_of_the_old_card() {
    let mut request = get("/.well-known/agent.json");
    *request.method_mut() = http::Method::HEAD;
    let mut answer = Response::new(Script::default());
    for name in ["etag", "content-length"] {
        answer.headers_mut().insert(name, "7".parse().unwrap());
    }
    let exchange = exchange(public(), request, Ok(answer)).await;
    assert!(exchange.answer.headers().is_empty());
}
