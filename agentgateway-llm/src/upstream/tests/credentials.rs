//! Headers and credentials: the client's, and the gateway's own.

use super::*;

/// Fault L09: the client's credentials, cookies and forwarded headers: stay here.
#[tokio::test]
async fn headers_go_on_by_a_list_and_credentials_do_not() {
    let secrets = [
        "authorization",
        "x-api-key",
        "x-goog-api-key",
        "api-key",
        "cookie",
    ];
    let kept = [
        "user-agent",
        "anthropic-beta",
        "x-stainless-lang",
        "traceparent",
        "x-mine",
    ];
    let lost = [
        "x-forwarded-for",
        "proxy-authorization",
        "host",
        "te",
        "x-other",
        "openai-organization",
        "openai-project",
    ];
    let request = || {
        let mut request = post("/v1/messages", r#"{"model":"m"}"#);
        for name in secrets.iter().chain(&kept).chain(&lost) {
            let headers = request.headers_mut();
            headers.append(*name, "one".parse().unwrap());
            headers.append(*name, "canary".parse().unwrap());
        }
        request
    };
    let mine = HeaderName::from_static("x-mine");
    // A cookie and the host stay here, also where they are asked for by name.
    let base = provider(ProviderKind::Anthropic)
        .forward_header(mine)
        .forward_header(header::COOKIE)
        .forward_header(header::HOST);
    let own = Credential::x_api_key("own-key").unwrap();
    for (provider, key) in [
        (base.clone(), None),
        (base.clone().credential(own.clone()), Some("own-key")),
        // The provider's own wins over the client's.
        (
            base.clone().credential(own).forward_client_credential(true),
            Some("own-key"),
        ),
    ] {
        let received = sent(provider, request()).await;
        assert_eq!(received.header("x-api-key"), key);
        assert_eq!(received.header("anthropic-version"), Some("2023-06-01"));
        for name in kept {
            assert_eq!(
                received.head.headers.get_all(name).iter().count(),
                2,
                "{name}"
            );
        }
        for name in secrets
            .iter()
            .chain(&lost)
            .filter(|name| **name != "x-api-key")
        {
            assert_eq!(received.header(name), None, "{name}");
        }
    }
    let received = sent(base.forward_client_credential(true), request()).await;
    assert_eq!(received.header("x-api-key"), Some("one"));
    assert_eq!(received.header("authorization"), Some("one"));
    assert_eq!(received.header("cookie"), None);
}

#[tokio::test]
async fn a_version_of_the_client_stays() {
    let mut request = post("/v1/messages", r#"{"model":"m"}"#);
    let version = "2099-01-01".parse().unwrap();
    request.headers_mut().insert("anthropic-version", version);
    let received = sent(provider(ProviderKind::Anthropic), request).await;
    assert_eq!(received.header("anthropic-version"), Some("2099-01-01"));
}

fn attached(credential: &Credential) -> http::HeaderMap {
    let (mut head, ()) = Request::get("http://p/").body(()).unwrap().into_parts();
    credential.attach(&mut head, None).unwrap();
    head.headers
}

#[test]
fn secrets_are_not_shown() {
    let credential = Credential::bearer("hunter2").unwrap();
    let provider = provider(ProviderKind::OpenAi).credential(credential.clone());
    for shown in [
        format!("{credential:?}"),
        format!("{provider:?}"),
        format!("{:?}", attached(&credential)),
        format!("{:?}", LlmUpstreamLayer::new(provider)),
        format!("{:?}", Credential::bearer("hunter2\n").unwrap_err()),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

/// Fault L09: the client's credentials, cookies and forwarded headers: stay here.
#[tokio::test]
async fn a_gemini_key_in_the_query_stays_here() {
    let path = "/v1beta/models/g:streamGenerateContent?key=canary&alt=sse&%6Bey=canary&access_token=canary&x=%26";
    for kind in [ProviderKind::Gemini, ProviderKind::Custom] {
        let received = sent(provider(kind), post(path, "{}")).await;
        let expected = "/v1beta/models/g:streamGenerateContent?alt=sse&x=%26";
        assert_eq!(received.head.uri.path_and_query().unwrap(), expected);
    }
    let only = post("/v1/models/g:generateContent?key=canary", "{}");
    let received = sent(provider(ProviderKind::Gemini), only).await;
    let path = received.head.uri.path_and_query().unwrap();
    assert_eq!(path, "/v1/models/g:generateContent");
    let forwarding = provider(ProviderKind::Gemini).forward_client_credential(true);
    let received = sent(forwarding, post("/v1/models/g:generateContent?key=k", "{}")).await;
    assert_eq!(received.head.uri.query(), Some("key=k"));
}
