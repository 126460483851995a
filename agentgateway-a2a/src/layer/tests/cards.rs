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
    assert_ne!(
        headers["etag"], "7",
        "it is that of the card which is served"
    );
    assert!(!headers.contains_key("last-modified") && !headers.contains_key("vary"));

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

/// Fault A06 (part): an extended card is kept in no cache that others read.
#[tokio::test]
async fn an_extended_card_is_for_its_caller_alone() {
    for (said, expected) in [
        (None, "private, no-cache"),
        (Some("public, max-age=60"), "private, no-cache"),
        (Some("max-age=60"), "private, no-cache"),
        (Some("Private, max-age=60"), "Private, max-age=60"),
        (Some("no-store"), "no-store"),
    ] {
        let mut answer = json(200, CARD).unwrap();
        if let Some(said) = said {
            let headers = answer.headers_mut();
            headers.insert("cache-control", said.parse().unwrap());
        }
        let exchange = exchange(public(), get("/extendedAgentCard"), Ok(answer)).await;
        assert_eq!(exchange.answer.headers()["cache-control"], expected);
    }
    let refused = exchange(public(), get("/extendedAgentCard"), json(401, "who?")).await;
    assert_eq!(
        (refused.answer.status().as_u16(), refused.text()),
        (401, "who?")
    );
}

/// Fault A06 (part): the card of one caller is never served to another.
#[tokio::test]
async fn nothing_of_one_extended_card_is_in_the_next() {
    let layer = public();
    for name in ["acme", "other"] {
        let card = format!(r#"{{"name":"{name}","url":"http://10.0.0.5/internal"}}"#);
        let exchange = exchange(layer.clone(), get("/extendedAgentCard"), json(200, &card)).await;
        assert!(exchange.text().contains(name));
    }
}

#[tokio::test]
async fn a_client_that_has_the_card_is_told_so() {
    let path = "/.well-known/agent-card.json";
    let first = exchange(public(), get(path), json(200, CARD)).await;
    let tag = first.answer.headers()["etag"].clone();
    let ask = |tag: http::HeaderValue| {
        let mut request = get(path);
        request.headers_mut().insert("if-none-match", tag);
        let mut answer = json(200, CARD).unwrap();
        let headers = answer.headers_mut();
        headers.insert("cache-control", "max-age=60".parse().unwrap());
        exchange(public(), request, Ok(answer))
    };
    let again = ask(tag.clone()).await;
    assert_eq!(again.answer.status(), StatusCode::NOT_MODIFIED);
    let headers = again.answer.headers();
    assert_eq!((&headers["etag"], again.text()), (&tag, ""));
    assert_eq!(headers["cache-control"], "max-age=60");
    assert!(!headers.contains_key("content-length") && !headers.contains_key("content-type"));
    assert!(!again.only().report.failed);
    let other = ask("\"x\"".parse().unwrap()).await;
    assert_eq!(
        (other.answer.status(), other.text()),
        (StatusCode::OK, first.text())
    );
    // By JSON-RPC there is none.
    let call = r#"{"jsonrpc":"2.0","id":9,"method":"GetExtendedAgentCard"}"#;
    let answer = format!(r#"{{"id":9,"jsonrpc":"2.0","result":{CARD}}}"#);
    let by_rpc = exchange(public(), rpc(call), json(200, &answer)).await;
    assert!(!by_rpc.answer.headers().contains_key("etag"));
}

#[tokio::test]
async fn a_card_is_offered_in_the_version_that_the_client_declares() {
    use crate::wire::card::{Interface, Offer};
    let offer = Offer::new("https://gw.example/p".parse().unwrap())
        .interface(Interface::new("JSONRPC", "1.0"))
        .interface(Interface::new("JSONRPC", "0.3"));
    let layer = A2aLayer::new().offer(offer).dialect_by_version(true);
    for (version, v1_0, v0_3) in [
        (None, true, true),
        (Some("1.0"), true, false),
        (Some("0.3"), false, true),
        (Some("9.0"), true, true),
    ] {
        let mut request = get("/.well-known/agent-card.json");
        if let Some(version) = version {
            let headers = request.headers_mut();
            headers.insert("a2a-version", version.parse().unwrap());
        }
        let exchange = exchange(layer.clone(), request, json(200, CARD)).await;
        let text = exchange.text();
        assert_eq!(text.contains("supportedInterfaces"), v1_0, "{text}");
        assert_eq!(text.contains("preferredTransport"), v0_3, "{text}");
        assert!(!text.contains("10.0.0.5") && !text.contains("signatures"));
        assert_eq!(exchange.answer.headers()["vary"], "A2A-Version");
        assert!(exchange.only().report.signatures_removed);
    }
}

/// Fault A02 (part): the signature of a card that would change and must keep it: refused, never left broken.
#[tokio::test]
async fn a_signed_card_that_would_change_is_refused_where_signatures_are_preserved() {
    use crate::policy::card::Signatures;
    let path = "/.well-known/agent-card.json";
    let layer = || public().signatures(Signatures::Preserve);
    let refused = exchange(layer(), get(path), json(200, CARD)).await;
    assert_eq!(refused.answer.status(), StatusCode::BAD_GATEWAY);
    assert!(refused.text().contains("signatures"), "{}", refused.text());
    let own = CARD.replace(
        "http://10.0.0.5:9999/internal",
        "https://agents.example.org/planner",
    );
    let kept = exchange(layer(), get(path), json(200, &own)).await;
    assert_eq!(kept.text(), own);
    let unsigned = r#"{"url":"http://10.0.0.5:9999/internal/a2a"}"#;
    let changed = exchange(layer(), get(path), json(200, unsigned)).await;
    assert_eq!(
        changed.text(),
        r#"{"url":"https://agents.example.org/planner/a2a"}"#
    );
}

/// Fault A04 (part): a card of 10 MB: refused, and never held beyond the limit.
#[tokio::test]
async fn a_card_that_is_too_long_is_refused() {
    use crate::wire::card::{Interface, Offer};
    let long = |bytes: usize| format!(r#"{{"name":"p","description":"{}"}}"#, "x".repeat(bytes));
    let path = "/.well-known/agent-card.json";
    let by_limit = exchange(public(), get(path), json(200, &long(10_000_000))).await;
    assert_eq!(by_limit.answer.status(), StatusCode::BAD_GATEWAY);
    let base = "https://gw.example".parse().unwrap();
    let offer = Offer::new(base).interface(Interface::new("JSONRPC", "1.0"));
    let layer = A2aLayer::new().offer(offer);
    let offered = exchange(layer, get(path), json(200, &long(1 << 20))).await;
    assert!(
        offered.text().contains("longer than 1 MiB"),
        "{}",
        offered.text()
    );
}
