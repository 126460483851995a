use std::time::Duration;

use agentgateway_core::{Body, Error, ErrorKind};
use http::Request;
use tower::{ServiceExt, service_fn};

use super::{super::*, support::*};

/// The error of a call whose token cannot be had, and why.
async fn failed(tokens: &UpstreamTokens) -> (Error, String) {
    let server =
        service_fn(|_: Request<()>| async { Ok::<_, Error>(http::Response::new(Body::empty())) });
    let service = tower::Layer::layer(&UpstreamTokenLayer::new(tokens.clone()), server);
    let error = service.oneshot(Request::new(())).await.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    (error, why)
}

#[tokio::test]
async fn what_is_no_token_is_none() {
    let long = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(70_000));
    let no_token = "the answer holds no bearer token";
    for (status, media, body, why) in [
        (200, "application/json", "{}", no_token),
        (200, "application/json", "", no_token),
        (200, "application/json", "[]", no_token),
        (
            200,
            "application/json",
            r#"{"access_token":"canary"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"canary","token_type":"DPoP"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"canary","token_type":"N_A"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"","token_type":"bearer"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":7,"token_type":"bearer"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"canary\r\nx: y","token_type":"bearer"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"canary b","token_type":"bearer"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            r#"{"access_token":"canary","access_token":"b","token_type":"bearer"}"#,
            no_token,
        ),
        (
            200,
            "text/html",
            r#"{"access_token":"canary","token_type":"bearer"}"#,
            no_token,
        ),
        (
            200,
            "application/json",
            &long,
            "the answer is longer than 65536 bytes",
        ),
        (
            201,
            "application/json",
            r#"{"access_token":"canary","token_type":"bearer"}"#,
            "status 201",
        ),
        (302, "application/json", "{}", "status 302"),
        (500, "text/plain", "canary", "status 500"),
        (
            400,
            "application/json",
            r#"{"error":"canary"}"#,
            "status 400",
        ),
        (
            401,
            "application/json",
            r#"{"error":"invalid_client"}"#,
            "refused: invalid_client",
        ),
    ] {
        let issuer = Issuer::new().says(status, media, body);
        let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
        let (error, found) = failed(&tokens).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{body}");
        assert!(error.is_unprocessed());
        assert_eq!(found, why, "{body}");
        assert!(!format!("{error:?} {error}").contains("canary"), "{body}");
    }
}

#[tokio::test]
async fn what_is_a_token_is_sent_as_it_is() {
    for (body, expected) in [
        (
            r#"{"access_token":"a.b-c_~+/=","token_type":"bearer"}"#,
            "Bearer a.b-c_~+/=",
        ),
        (
            r#"{"token_type":"BEARER","access_token":"x","expires_in":"3600","y":{}}"#,
            "Bearer x",
        ),
        (
            r#"{"access_token":"x","token_type":"Bearer","expires_in":-1}"#,
            "Bearer x",
        ),
        (
            r#"{"access_token":"x","token_type":"Bearer","expires_in":1e300}"#,
            "Bearer x",
        ),
        (
            r#"{"access_token":"x","token_type":"Bearer","expires_in":null}"#,
            "Bearer x",
        ),
    ] {
        let issuer = Issuer::new().answers(200, body);
        let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
        assert_eq!(
            token_of(&tokens, None).await.as_deref(),
            Some(expected),
            "{body}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let issuer = Issuer::waiting();
    let endpoint = issuer.endpoint().timeout(Duration::from_secs(3));
    let began = tokio::time::Instant::now();
    let (error, why) = failed(&UpstreamTokens::client_credentials(endpoint)).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(why, "no answer in time");
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn a_server_that_does_not_know_its_token_gets_another() {
    let issuer = Issuer::new();
    let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
    let challenge: &[_] = &[(
        "www-authenticate",
        "Bearer resource_metadata=\"https://evil\"",
    )];
    let called = sent(&tokens, call(None), (401, challenge)).await;
    // It is the gateway that was refused: its client has done nothing wrong.
    assert_eq!(called.status, 502);
    assert!(!called.headers.contains_key("www-authenticate"));
    assert_eq!(called.sent.as_deref(), Some("Bearer t1"));
    assert_eq!(token_of(&tokens, None).await.as_deref(), Some("Bearer t2"));

    let called = sent(&tokens, call(None), (403, challenge)).await;
    assert_eq!(called.status, 403);
    assert!(!called.headers.contains_key("www-authenticate"));
    assert_eq!(token_of(&tokens, None).await.as_deref(), Some("Bearer t2"));
}
