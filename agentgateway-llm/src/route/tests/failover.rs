use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt};

use super::{
    support::{Does, Scripted, ask, gateway},
    words::{Words, asks, kind_of, other_of, words},
};
use crate::{LlmDialect, LlmLayer, upstream::ProviderKind};

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
    const DELAY: &str = r#"{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"30s"}]}}"#;
    const PLAIN: &str = r#"{"error":{"message":"slow down"}}"#;
    const LATER: Headers = &[("retry-after", "30")];
    const OTHER: LlmDialect = other_of(LlmDialect::OpenAiChat);
    let used_up: Headers = &[
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "30s"),
    ];
    let cases: [(LlmDialect, Headers, &str); 5] = [
        (LlmDialect::OpenAiChat, LATER, PLAIN),
        (
            LlmDialect::OpenAiChat,
            &[("retry-after-ms", "29500")],
            PLAIN,
        ),
        (LlmDialect::OpenAiChat, used_up, PLAIN),
        (LlmDialect::AnthropicMessages, LATER, PLAIN),
        (LlmDialect::Gemini, &[], DELAY),
    ];
    for (provider, headers, body) in cases {
        left_alone(provider, kind_of(provider), headers, body).await;
    }
    // The same where the answer is translated.
    for (client, provider, headers, body) in [
        (OTHER, LlmDialect::OpenAiChat, LATER, PLAIN),
        (OTHER, LlmDialect::OpenAiChat, used_up, PLAIN),
        (
            LlmDialect::OpenAiChat,
            LlmDialect::AnthropicMessages,
            LATER,
            PLAIN,
        ),
        (LlmDialect::OpenAiChat, LlmDialect::Gemini, &[], DELAY),
    ] {
        left_alone(client, kind_of(provider), headers, body).await;
    }
}

/// What a client of a dialect asks.
fn asking(client: LlmDialect) -> http::Request<Full<Bytes>> {
    let (path, body) = asks(client);
    http::Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

type Headers = &'static [(&'static str, &'static str)];

/// Refuses until it is left alone, which must be for half a minute.
async fn left_alone(client: LlmDialect, kind: ProviderKind, headers: Headers, body: &'static str) {
    let says = || Does::Says(429, headers, body);
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
    let service = LlmLayer::new().layer(service);
    let ask = || service.clone().oneshot(asking(client));
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(ask().await.unwrap().status().as_u16());
    }
    let asked = only.bodies().len();
    assert!(asked < 12, "{client} at {kind:?}: {statuses:?}");
    let last = ask().await.unwrap();
    // Anthropic has a status of its own.
    assert!(matches!(last.status().as_u16(), 503 | 529), "{client}");
    let wait: u64 = last.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(wait, 30, "{client} at {kind:?}, {headers:?}");
    assert_eq!(only.bodies().len(), asked);
}

/// Fault L04: a stream that fails behind content counts as a failure of its provider.
#[tokio::test(start_paused = true)]
async fn who_fails_behind_content_is_ejected() {
    use agentgateway_core::balance::{Balancer, Ejection};
    let make = || {
        let ejection = Ejection::new().consecutive_failures(1).max_share(1.0);
        Balancer::builder().ejection(ejection).fail_fast()
    };
    for (client, provider) in super::matrix::pairs() {
        let Words {
            begin,
            content,
            end,
            error,
        } = words(provider);
        let said = || [begin.clone(), content.clone()];
        for (behind, is_failure) in [
            (Some(error.clone()), true),
            (None, true),
            (Some(end), false),
        ] {
            let pieces = said().into_iter().chain(behind).collect();
            let only = Scripted::new(
                "only",
                kind_of(provider),
                [Does::Streams(pieces), Does::Refuses],
            );
            let route = super::super::ModelRoute::new("m")
                .target(only.target())
                .balancer(make);
            let gateway = super::super::LlmGateway::builder().route(route).retries(0);
            let service = LlmLayer::new().layer(gateway.build().unwrap());
            for _ in 0..2 {
                let response = service.clone().oneshot(asking(client)).await.unwrap();
                let _ = response.into_body().collect().await;
            }
            let asked = if is_failure { 1 } else { 2 };
            assert_eq!(only.bodies().len(), asked, "{client} from {provider}");
        }
    }
}

/// Time to the first content is what counts, not the time to the head: of two providers that answer at once, the one whose
/// model speaks sooner is asked.
#[tokio::test(start_paused = true)]
async fn the_provider_whose_model_speaks_sooner_is_asked() {
    let Words {
        begin,
        content,
        end,
        ..
    } = words(LlmDialect::OpenAiChat);
    let speaks_after = |wait: u64| {
        Does::Paced(vec![
            (Duration::ZERO, begin.clone()),
            (Duration::from_secs(wait), content.clone()),
            (Duration::ZERO, end.clone()),
        ])
    };
    let scripted = |name: &str, wait: u64| {
        Scripted::new(name, ProviderKind::OpenAi, vec![speaks_after(wait); 22])
    };
    for slow_is_first in [true, false] {
        let (slow, fast) = (scripted("slow", 5), scripted("fast", 0));
        let targets = if slow_is_first {
            [&slow, &fast]
        } else {
            [&fast, &slow]
        };
        let route = targets
            .into_iter()
            .fold(super::super::ModelRoute::new("m"), |route, one| {
                route.target(one.target())
            });
        let gateway = super::super::LlmGateway::builder().route(route);
        let service = LlmLayer::new().layer(gateway.build().unwrap());
        for _ in 0..22 {
            let response = service
                .clone()
                .oneshot(asking(LlmDialect::OpenAiChat))
                .await
                .unwrap();
            let _ = response.into_body().collect().await;
        }
        assert_eq!((slow.bodies().len(), fast.bodies().len()), (1, 21));
    }
}

/// Fault L02: JSON that breaks off is no answer, whoever ends it, in every dialect.
#[tokio::test]
async fn json_that_breaks_off_is_a_bad_gateway() {
    const CUT: &str = r#"{"choices":[{"message":{"content":"he"#;
    for (client, provider) in super::matrix::pairs() {
        for does in [Does::Says(200, &[], CUT), Does::Cuts(CUT), Does::Cuts("")] {
            let only = Scripted::new("only", kind_of(provider), [does.clone()]);
            let (path, body) = asks(client);
            let path = path
                .replace("streamGenerateContent?alt=sse", "generateContent")
                .replace("converse-stream", "converse");
            let body = body.replace(r#""stream":true,"#, "");
            let seen = ask(gateway(&[&only]).retries(0), &path, &body).await;
            let case = format!("{client} from {provider}, {does:?}: {seen:?}");
            assert!(matches!(seen.status.as_u16(), 502 | 503), "{case}");
            let whole = serde_json::from_slice::<serde_json::Value>(&seen.bytes);
            assert!(whole.is_ok() && !seen.text.contains("he\""), "{case}");
        }
    }
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
