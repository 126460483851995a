//! The admin listener, and what no route takes.

use agentgateway_tests::{TestGateway, get, post};
use http::{Response, StatusCode};

fn text(answer: &Response<bytes::Bytes>) -> String {
    String::from_utf8(answer.body().to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_health_metrics_and_the_last_requests() {
    let gateway = TestGateway::demo().await;
    let admin = gateway.admin();
    for (path, said) in [("/livez", "ok\n"), ("/readyz", "ready\n")] {
        let answer = get(&format!("{admin}{path}")).await;
        assert_eq!(
            (answer.status(), text(&answer).as_str()),
            (StatusCode::OK, said)
        );
    }
    assert!(text(&get(&admin).await).contains("None yet."));

    let chat = format!("{}/v1/chat/completions", gateway.url("llm"));
    let body = r#"{"model":"<b>bold</b>","messages":[{"role":"user","content":"a secret"}]}"#;
    assert_eq!(post(&chat, &[], body).await.status(), StatusCode::OK);
    let refused = post(&chat, &[], r#"{"messages":[]}"#).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);

    // What is no call is on the page too, by its route alone.
    let models = get(&format!("{}/v1/models?key=secret", gateway.url("llm"))).await;
    assert_eq!(models.status(), StatusCode::OK);
    let nowhere = get(&format!("{}/nowhere", gateway.url("mcp"))).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);

    let page = get(&admin).await;
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'; style-src 'self'")
    );
    let page = text(&page);
    for part in [
        "chat &lt;b&gt;bold&lt;/b&gt;",
        r#"class="fine">complete"#,
        r#"class="failing">failed: invalid_request"#,
        r#"<td class="n">400"#,
        "<code>GET /</code>",
        "<code>GET (no route)</code>",
        r#"<td class="n">404"#,
        &gateway.url("mcp")["http://".len()..],
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(!page.contains("a secret") && !page.contains("<b>"));

    let metrics = text(&get(&format!("{admin}/metrics")).await);
    for line in [
        r#"agentgateway_requests_total{protocol="llm",outcome="complete"} 1"#,
        r#"agentgateway_requests_total{protocol="llm",outcome="failed"} 1"#,
        r#"agentgateway_requests_total{protocol="http",outcome="complete"} 1"#,
        r#"agentgateway_requests_total{protocol="http",outcome="error"} 1"#,
        r#"gen_ai_client_token_usage_count{gen_ai_token_type="input"} 1"#,
    ] {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
    let nothing = get(&format!("{admin}/nothing")).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    let config = get(&format!("{admin}/config")).await;
    assert!(
        text(&config).contains(r#""documents": []"#),
        "none was read"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_nowhere_is_said_in_the_clients_protocol() {
    let provider = super::provider::Provider::start().await;
    let gateway = TestGateway::serve(&provider.manifests()).await;
    let llm = gateway.url("llm");
    let body = r#"{"model":"m","max_tokens":1,"messages":[],"input":""}"#;
    for (path, start) in [
        ("/v1/chat/completions", r#"{"error":{"message":"#),
        ("/v1/responses", r#"{"error":{"message":"#),
        (
            "/v1/messages",
            r#"{"type":"error","error":{"type":"not_found_error""#,
        ),
        (
            "/v1beta/models/m:generateContent",
            r#"{"error":{"code":404,"message":"#,
        ),
    ] {
        let answer = post(&format!("{llm}{path}"), &[], body).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert!(
            text(&answer).starts_with(start),
            "{path}: {}",
            text(&answer)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_tells_the_id_of_its_request() {
    let gateway = TestGateway::demo().await;
    let url = format!("{}/v1/messages", gateway.url("llm"));
    let answer = post(&url, &[("x-request-id", "of-a-stranger")], "{}").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let id = answer.headers()["x-request-id"].to_str().unwrap();
    assert_eq!(id.len(), 36, "{id}");
    assert!(text(&answer).ends_with(&format!(r#","request_id":"{id}"}}"#)));
}
