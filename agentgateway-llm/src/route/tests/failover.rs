use std::time::Duration;

use super::{
    support::{Does, Scripted, ask, gateway},
    words::{Words, words},
};
use crate::{LlmDialect, upstream::ProviderKind};

const BODY: &str =
    r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

/// Fault L07: the second provider learns nothing of the first, nor of the client's secrets.
#[tokio::test]
async fn each_attempt_carries_its_own_credential_alone() {
    let first = Scripted::new("first", ProviderKind::OpenAi, [Does::Says(500, &[], "{}")]);
    let Words {
        begin,
        content,
        end,
        ..
    } = words(LlmDialect::AnthropicMessages);
    let second = Scripted::new(
        "second",
        ProviderKind::Anthropic,
        [Does::Streams(vec![begin, content, end])],
    );
    let seen = ask(gateway(&[&first, &second]), "/v1/chat/completions", BODY).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    let heads = second.heads();
    assert_eq!(heads[0].headers["authorization"], "Bearer key-of-second");
    for (name, value) in &heads[0].headers {
        let text = value.to_str().unwrap();
        assert!(
            !text.contains("of-the-client") && !text.contains("first"),
            "{name}: {text}"
        );
    }
}

/// Fault L20: who says when to come again is left alone so long.
/// Fault L21: when all providers of a model are left alone, nobody is asked.
#[tokio::test(start_paused = true)]
async fn a_provider_that_says_when_is_left_alone_so_long() {
    let kind = ProviderKind::OpenAi;
    let says = || {
        Does::Says(
            429,
            &[("retry-after", "30")],
            r#"{"error":{"message":"slow down"}}"#,
        )
    };
    let only = Scripted::new("only", kind, (0..12).map(|_| says()).collect::<Vec<_>>());
    let make = || agentgateway_core::balance::Balancer::builder().fail_fast();
    let route = super::super::ModelRoute::new("m")
        .target(only.target())
        .balancer(make);
    let service = super::super::LlmGateway::builder()
        .route(route)
        .retries(0)
        .build()
        .unwrap();
    let ask = || async {
        use tower::{Layer, ServiceExt};
        let request = http::Request::post("/v1/chat/completions")
            .header("content-type", "application/json")
            .body(http_body_util::Full::new(bytes::Bytes::from_static(
                br#"{"model":"m"}"#,
            )))
            .unwrap();
        crate::LlmLayer::new()
            .layer(service.clone())
            .oneshot(request)
            .await
            .unwrap()
    };
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(ask().await.status().as_u16());
    }
    let asked = only.bodies().len();
    assert!(asked < 12, "{statuses:?}");
    let last = ask().await;
    assert_eq!(last.status(), 503);
    let wait: u64 = last.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(only.bodies().len(), asked);
}

/// Fault L02: JSON that breaks off is no answer.
#[tokio::test]
async fn json_that_breaks_off_is_a_bad_gateway() {
    let cut = Does::Says(200, &[], r#"{"choices":[{"message":{"content":"he"#);
    let only = Scripted::new("only", ProviderKind::OpenAi, [cut]);
    let seen = ask(
        gateway(&[&only]).retries(0),
        "/v1/chat/completions",
        r#"{"model":"m"}"#,
    )
    .await;
    assert_eq!(seen.status, 502, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_thinks_for_long_goes_out_after_hold_max() {
    let Words { begin, .. } = words(LlmDialect::OpenAiChat);
    let does = Does::Stalls(vec![begin.clone()]);
    let only = Scripted::new("only", ProviderKind::OpenAi, [does]);
    let begun = tokio::time::Instant::now();
    let gateway = gateway(&[&only]).hold_max(Duration::from_secs(3));
    let seen = ask(gateway, "/v1/chat/completions", BODY).await;
    assert_eq!((seen.status.as_u16(), seen.bytes), (200, begin));
    assert!(begun.elapsed() >= Duration::from_secs(3));
}

/// A stream whose last event lacks its blank line has said something when its trailers come.
#[tokio::test]
async fn trailers_that_come_before_the_first_content_is_known_pass() {
    use super::super::{
        hold::{Begun, hold},
        routes::HoldClocks,
    };
    use agentgateway_core::{Body, Error};
    use http_body::Frame;
    use http_body_util::{BodyExt, StreamBody};

    let Words { content, .. } = words(LlmDialect::OpenAiChat);
    let said = content.slice(..content.len() - 2);
    let trailers = http::HeaderMap::from_iter([(
        http::HeaderName::from_static("x-checksum"),
        http::HeaderValue::from_static("1"),
    )]);
    let frames = [
        Ok::<_, Error>(Frame::data(said.clone())),
        Ok(Frame::trailers(trailers.clone())),
    ];
    let response = http::Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::new(StreamBody::new(futures_util::stream::iter(
            frames,
        ))))
        .unwrap();
    let clocks = HoldClocks {
        hold_max: Duration::from_secs(1),
        first_content: None,
        token_gap: None,
    };
    let codec = crate::bridge::codec_of(LlmDialect::OpenAiChat).unwrap();
    let begun = hold(Some(&*codec), response, clocks).await.unwrap();
    let Begun::Answer(response) = begun else {
        panic!("{begun:?}");
    };
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers(), Some(&trailers));
    assert_eq!(collected.to_bytes(), said);
}
