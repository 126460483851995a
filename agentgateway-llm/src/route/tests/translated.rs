use super::support::{Does, Scripted, ask, gateway};
use crate::upstream::ProviderKind;

const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;

#[tokio::test]
async fn a_chat_client_is_answered_by_anthropic() {
    let own = Scripted::new(
        "own",
        ProviderKind::Anthropic,
        [Does::Says(200, &[], MESSAGE)],
    );
    let body = r#"{"model":"m","top_k":3,"seed":1,"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]}"#;
    let seen = ask(gateway(&[&own]), "/v1/chat/completions", body).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let sent: serde_json::Value = serde_json::from_str(&own.bodies()[0]).unwrap();
    assert_eq!(sent["system"][0]["text"], "be brief", "{sent}");
    assert_eq!(own.heads()[0].uri, "http://own.test/v1/messages");
    assert_eq!(own.heads()[0].headers["anthropic-version"], "2023-06-01");
    let said: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
    assert_eq!(said["choices"][0]["message"]["content"], "hello");
    assert_eq!(said["usage"]["total_tokens"], 5);
    assert_eq!(seen.headers["x-agw-loss"], "seed");
}

#[tokio::test]
async fn a_request_that_would_mean_something_else_is_refused() {
    let own = Scripted::new("own", ProviderKind::Anthropic, []);
    let body = r#"{"model":"m","n":2,"messages":[{"role":"user","content":"hi"}]}"#;
    let seen = ask(gateway(&[&own]), "/v1/chat/completions", body).await;
    assert_eq!(seen.status, 400);
    assert!(
        seen.text
            .contains("which speaks Anthropic Messages (choices)"),
        "{}",
        seen.text
    );
    assert!(own.bodies().is_empty());
}

#[tokio::test]
async fn an_error_of_the_provider_is_told_in_the_clients_dialect() {
    let says = r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#;
    let own = Scripted::new(
        "own",
        ProviderKind::Anthropic,
        [Does::Says(429, &[("retry-after", "9")], says)],
    );
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    let seen = ask(gateway(&[&own]).retries(0), "/v1/chat/completions", body).await;
    assert_eq!(seen.status, 429);
    let said: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
    assert_eq!(said["error"]["message"], "slow down");
    assert_eq!(seen.headers["retry-after"], "9");
}
