//! Nobody but the configuration says where a request goes.

use http::Method;

use super::*;
use crate::bridge::OpenAiChat;

/// Fault L08: a redirect, to wherever, is followed by nobody: it is an error in the client's dialect, without the place.
#[tokio::test]
async fn a_redirect_of_a_provider_is_an_error() {
    let elsewhere = [
        "https://other.example.org/v1/messages",
        "http://api.example.org/",
        "http://169.254.169.254/latest",
    ];
    for (status, place) in [301, 302, 303, 307, 308]
        .into_iter()
        .flat_map(|status| elsewhere.map(|place| (status, place)))
    {
        for kind in [ProviderKind::OpenAi, ProviderKind::Anthropic] {
            let asked = Arc::new(Mutex::new(0));
            let count = Arc::clone(&asked);
            let service = ServiceBuilder::new()
                .layer(LlmLayer::new())
                .layer(LlmUpstreamLayer::new(provider(kind)))
                .service(service_fn(move |_: Request<Peeked<Sent>>| {
                    *count.lock().unwrap() += 1;
                    let response = Response::builder().status(status).header("location", place);
                    async { response.body(Sent::default()) }
                }));
            let request = post(
                "/v1/chat/completions",
                r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#,
            );
            let response = service.oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
            assert!(!response.headers().contains_key("location"));
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let text = String::from_utf8(body.to_vec()).unwrap();
            assert!(text.contains("redirect") && !text.contains(place), "{text}");
            assert_eq!(*asked.lock().unwrap(), 1);
        }
    }
}

/// Fault L10: members of a body that name a place, a key or headers choose none of them.
#[tokio::test]
async fn members_of_the_body_choose_no_destination() {
    let body = r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}],"api_base":"http://evil.test","base_url":"http://evil.test","api_key":"evil","user_config":{"api_base":"http://evil.test"},"callbacks":["http://evil.test"],"extra_headers":{"x-evil":"evil"}}"#;
    for kind in [
        ProviderKind::OpenAi,
        ProviderKind::Anthropic,
        ProviderKind::Gemini,
        ProviderKind::Bedrock,
    ] {
        let own = provider(kind).credential(Credential::bearer("own").unwrap());
        let received = sent(own, post("/v1/chat/completions", body)).await;
        assert_eq!(received.head.uri.host(), Some("api.example.org"));
        assert_eq!(received.header("authorization"), Some("Bearer own"));
        for (name, value) in &received.head.headers {
            let shown = format!("{name}: {value:?}");
            assert!(!shown.contains("evil"), "{shown}");
        }
        // Whoever speaks the client's dialect is sent what the client wrote; nobody else sees it.
        assert_eq!(received.body.contains("evil"), kind == ProviderKind::OpenAi);
    }
}

/// Providers that have the model in their paths.
fn in_paths() -> Vec<Provider> {
    let endpoint: Endpoint = "https://api.example.org".parse().unwrap();
    vec![
        provider(ProviderKind::Gemini),
        provider(ProviderKind::Bedrock),
        Provider::azure("p", endpoint.clone(), "2024-10-21", None),
        Provider::vertex("p", endpoint, "project", "region"),
    ]
}

fn is_sound(path: &str, model: &str) -> Result<(), String> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let climbs = decoded
        .split(['/', '\\'])
        .any(|part| matches!(part, "." | ".."));
    // One segment holds all of it.
    let segments = path.split('/').filter(|segment| {
        let segment = segment.split(':').next().unwrap_or_default();
        let text = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
        text == model
    });
    if climbs || segments.count() == 0 {
        return Err(format!("{model:?} became {path}"));
    }
    Ok(())
}

/// Fault L11: a model's name is one segment of a provider's path, whatever is in it, or the request is refused.
#[tokio::test]
async fn a_models_name_stays_in_its_segment() {
    let long = "a".repeat(10 * 1024);
    let refused_names = [
        "..",
        ".",
        "../files",
        "a/../b",
        "a\\..\\b",
        "a\r\nx: y",
        "a\nb",
        "\u{7f}",
        &long,
        "",
    ];
    let sound = [
        "a%2f..%2fb",
        "a?key=x",
        "a#b",
        "a b",
        "a/b",
        "a:generateContent",
        "％２ｆ．．／",
        "…",
        "ａ",
        "@",
        ";x=1",
    ];
    for provider in in_paths() {
        for model in refused_names {
            let body = serde_json::json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
            let request = post("/v1/chat/completions", &body.to_string());
            let (status, text) = refused(provider.clone(), request).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{model:?}");
            assert!(text.contains("invalid_request_error"), "{text}");
        }
        for model in sound {
            let body = serde_json::json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
            let request = post("/v1/chat/completions", &body.to_string());
            let received = sent(provider.clone(), request).await;
            is_sound(received.head.uri.path(), model).unwrap();
            assert_eq!(received.head.method, Method::POST);
        }
    }
}

proptest! {
    /// Fault L11: a model's name is one segment of a provider's path, whatever is in it, or the request is refused.
    #[test]
    fn any_models_name_stays_in_its_segment(model in "([./\\\\%?#:a-c\u{2024}é\r\n]|\\PC){0,12}", at in 0..4_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = serde_json::json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
        let request = post("/v1/chat/completions", &body.to_string());
        let provider = in_paths().remove(at);
        let (response, received) = runtime.block_on(through(provider, request, "application/json", "{}"));
        match received {
            Some(received) => prop_assert_eq!(is_sound(received.head.uri.path(), &model), Ok(())),
            None => prop_assert_eq!(response.status(), StatusCode::BAD_REQUEST),
        }
    }
}

/// Fault L27: many inputs, none, and tokens for text pass as they are; what is too long, or cannot be translated, is refused in the dialect.
#[tokio::test]
async fn embeddings_pass_in_any_number() {
    let many = vec!["text"; 2048];
    for input in [
        serde_json::json!(many),
        serde_json::json!([]),
        serde_json::json!(""),
        serde_json::json!([[1, 2, 3], [4]]),
    ] {
        let body = serde_json::json!({"model": "m", "input": input}).to_string();
        let request = || post("/v1/embeddings", &body);
        let received = sent(provider(ProviderKind::OpenAi), request()).await;
        assert_eq!(received.body, body);
        let (status, text) = refused(provider(ProviderKind::Anthropic), request()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("invalid_request_error"), "{text}");
        let (status, text) = limited(request()).await;
        let is_long = body.len() > 1024;
        assert_eq!(status == StatusCode::PAYLOAD_TOO_LARGE, is_long, "{text}");
        assert_eq!(text.contains(r#""error":{"#), is_long, "{text}");
    }
}

/// A reranking goes to who offers one, with the provider's model; who offers none is not asked.
#[tokio::test]
async fn a_reranking_goes_to_who_offers_one() {
    let request = || {
        post(
            "/v2/rerank",
            r#"{"model":"m","query":"q","documents":["d"]}"#,
        )
    };
    let own = provider(ProviderKind::Custom)
        .dialects(&[LlmDialect::CohereRerank, LlmDialect::AnthropicMessages])
        .credential(Credential::bearer("own").unwrap())
        .model("rerank-v3.5");
    let received = sent(own.clone(), request()).await;
    assert_eq!(received.head.uri, "https://api.example.org/v2/rerank");
    assert_eq!(received.header("authorization"), Some("Bearer own"));
    let body = r#"{"model":"rerank-v3.5","query":"q","documents":["d"]}"#;
    assert_eq!(received.body, body);
    let chat = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    let translated = sent(own, post("/v1/chat/completions", chat)).await;
    assert_eq!(translated.head.uri.path(), "/v1/messages");
    for kind in [ProviderKind::OpenAi, ProviderKind::Gemini] {
        let (status, text) = refused(provider(kind), request()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            text.starts_with(r#"{"message":"rerank of Cohere Rerank has no counterpart"#),
            "{text}"
        );
    }
}

/// What a layer with a limit of 1 KiB says.
async fn limited(request: Request<Sent>) -> (StatusCode, String) {
    let service =
        LlmLayer::new()
            .max_body_bytes(1024)
            .layer(service_fn(|_: Request<Peeked<Sent>>| async {
                Ok::<_, Infallible>(Response::new(Sent::default()))
            }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, String::from_utf8_lossy(&body).into_owned())
}

/// Fault L26: media that are too long are refused; what stands behind a URL is fetched by nobody here.
#[tokio::test]
async fn media_are_bounded_and_nothing_is_fetched() {
    let with = |url: &str| {
        let image = serde_json::json!({"type": "image_url", "image_url": {"url": url}});
        let body =
            serde_json::json!({"model": "m", "messages": [{"role": "user", "content": [image]}]});
        post("/v1/chat/completions", &body.to_string())
    };
    let long = format!("data:image/png;base64,{}", "A".repeat(50 * 1024 * 1024));
    let (response, received) = through(
        provider(ProviderKind::OpenAi),
        with(&long),
        "application/json",
        "{}",
    )
    .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(received.is_none());
    let private = "http://169.254.169.254/latest/meta-data";
    for kind in [ProviderKind::OpenAi, ProviderKind::Anthropic] {
        // It goes on as a URL: whoever fetches it is not within.
        let received = sent(provider(kind), with(private)).await;
        assert_eq!(received.head.uri.host(), Some("api.example.org"));
        assert!(received.body.contains(private), "{}", received.body);
    }
    for url in [
        private,
        "data:text/html;base64,PGI+",
        "data:nonsense",
        "file:///etc/passwd",
    ] {
        let (response, received) = through(
            provider(ProviderKind::Bedrock),
            with(url),
            "application/json",
            "{}",
        )
        .await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{url}");
        assert!(received.is_none(), "{url}");
    }
    // A client of Gemini's says what stands there.
    let file = serde_json::json!({"fileData": {"mimeType": "image/png", "fileUri": private}});
    let body = serde_json::json!({"contents": [{"role": "user", "parts": [file]}]});
    let request = post("/v1beta/models/m:generateContent", &body.to_string());
    let (status, text) = refused(provider(ProviderKind::Bedrock), request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
    assert!(text.contains("remote_media"), "{text}");
}

/// OpenAI's own hosts take one word for the most tokens of an answer, servers that follow it the other.
#[tokio::test]
async fn the_limit_of_an_answer_is_told_in_a_word_that_the_host_takes() {
    let asks = || {
        let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
        post("/v1/messages", body)
    };
    let of = |host: &str| {
        let endpoint: Endpoint = format!("https://{host}").parse().unwrap();
        Provider::new("p", ProviderKind::OpenAi, endpoint)
    };
    let azure = |host: &str| {
        let endpoint: Endpoint = format!("https://{host}").parse().unwrap();
        Provider::azure("p", endpoint, "v1", None)
    };
    let own = |host: &str| of(host).codec(Arc::new(OpenAiChat));
    for (provider, word) in [
        (of("api.openai.com"), "max_completion_tokens"),
        (of("eu.api.openai.com"), "max_completion_tokens"),
        (of("own.openai.azure.com"), "max_completion_tokens"),
        (azure("models.example.org"), "max_completion_tokens"),
        (own("api.example.org"), "max_completion_tokens"),
        (of("api.mistral.ai"), "max_tokens"),
        (of("notapi.openai.com.example.org"), "max_tokens"),
        (
            provider(ProviderKind::Custom).dialects(&[LlmDialect::OpenAiChat]),
            "max_tokens",
        ),
    ] {
        let told = format!("{:?}", provider.endpoint);
        let body: serde_json::Value =
            serde_json::from_str(&sent(provider, asks()).await.body).unwrap();
        let words = body.as_object().unwrap().keys();
        let words: Vec<_> = words.filter(|name| name.starts_with("max_")).collect();
        assert_eq!(words, [word], "{told}");
    }
}

/// Fault L34: what nobody knows is told as lost where it is translated, and refused where it is a part of the conversation.
#[tokio::test]
async fn what_is_not_known_is_lost_aloud_or_refused() {
    let asks = |body: &str| post("/v1/chat/completions", body);
    let member = r#"{"model":"m","x_new":1,"messages":[{"role":"user","content":"hi"}]}"#;
    let block = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"x_new","x":1}]}]}"#;
    for kind in [
        ProviderKind::Anthropic,
        ProviderKind::Gemini,
        ProviderKind::Bedrock,
    ] {
        let (status, text) = refused(provider(kind), asks(block)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
        let answer = match kind {
            ProviderKind::Anthropic => {
                r#"{"id":"r","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#
            }
            ProviderKind::Gemini => {
                r#"{"candidates":[{"content":{"parts":[{"text":"hello"}]},"finishReason":"STOP"}]}"#
            }
            _ => {
                r#"{"output":{"message":{"role":"assistant","content":[{"text":"hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#
            }
        };
        let (response, received) =
            through(provider(kind), asks(member), "application/json", answer).await;
        assert!(!received.unwrap().body.contains("x_new"));
        let lost = response.headers()["x-agw-loss"].to_str().unwrap();
        assert!(lost.contains("unknown_member"), "{lost}");
        assert_eq!(response.status(), 200, "{response:?}");
    }
}
