//! Usage that a stream would not tell unasked.

use super::*;

/// Fault L12: usage that the client did not ask for: asked for upstream, taken out of the stream, recorded.
#[tokio::test]
async fn usage_is_asked_for_where_a_stream_would_not_tell_it() {
    for (body, expected) in [
        (
            r#" {"model":"m","stream":true}"#,
            r#" {"stream_options":{"include_usage":true},"model":"m","stream":true}"#,
        ),
        (
            r#"{"stream":true,"stream_options":{ },"model":"m"}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true },"model":"m"}"#,
        ),
        (
            r#"{"stream":true,"stream_options":{"a":[]},"model":"m"}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true,"a":[]},"model":"m"}"#,
        ),
        (
            r#"{"stream":true,"stream_options":{"include_usage" : false},"model":"m"}"#,
            r#"{"stream":true,"stream_options":{"include_usage" : true},"model":"m"}"#,
        ),
        (
            r#"{"stream":true,"stream_options":null,"model":"m"}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true},"model":"m"}"#,
        ),
        (
            r#"{"stream":true,"stream_options":{"include_usage":true},"model":"m"}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true},"model":"m"}"#,
        ),
        (
            r#"{"model":"m","stream":false}"#,
            r#"{"model":"m","stream":false}"#,
        ),
    ] {
        let request = || post("/v1/chat/completions", body);
        let received = sent(provider(ProviderKind::OpenAi), request()).await;
        assert_eq!(received.body, expected);
        for silent in [
            provider(ProviderKind::OpenAi).inject_usage(false),
            provider(ProviderKind::Custom),
        ] {
            assert_eq!(sent(silent, request()).await.body, body);
        }
    }
    let body = r#"{"model":"m","stream":true}"#;
    let received = sent(provider(ProviderKind::OpenAi), post("/v1/responses", body)).await;
    assert_eq!(received.body, body);
}

/// Fault L12: usage that the client did not ask for: asked for upstream, taken out of the stream, recorded.
#[tokio::test]
async fn the_usage_chunk_comes_back_to_those_who_asked() {
    const ANSWER: &str = "data: {\"id\":\"x\",\"choices\":[{}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\ndata: [DONE]\n\n";
    const WITHOUT: &str =
        "data: {\"id\":\"x\",\"choices\":[{}],\"usage\":null}\n\ndata: [DONE]\n\n";
    for (body, expected) in [
        (r#"{"model":"m","stream":true}"#, WITHOUT),
        (
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
            ANSWER,
        ),
    ] {
        let request = post("/v1/chat/completions", body);
        let openai = provider(ProviderKind::OpenAi);
        let (response, _) = through(openai, request, "text/event-stream", ANSWER).await;
        assert_eq!(response.body(), expected);
    }
}

/// Fault L12: usage that the client did not ask for is not in a translated stream either.
#[tokio::test]
async fn a_translated_stream_tells_its_usage_to_those_who_asked() {
    for (options, asked) in [
        ("", false),
        (r#","stream_options":{"include_usage":false}"#, false),
        (r#","stream_options":{"include_usage":true}"#, true),
    ] {
        let body = format!(
            r#"{{"model":"m","stream":true,"max_tokens":9,"messages":[{{"role":"user","content":"hi"}}]{options}}}"#
        );
        let request = post("/v1/chat/completions", &body);
        let anthropic = provider(ProviderKind::Anthropic);
        let (response, _) = through(anthropic, request, "text/event-stream", HELLO).await;
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(text.contains("hello") && text.contains("[DONE]"), "{text}");
        assert_eq!(
            text.contains("\"prompt_tokens\":3"),
            asked,
            "{options}: {text}"
        );
    }
}
