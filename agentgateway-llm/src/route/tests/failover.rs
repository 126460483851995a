use std::time::Duration;

use super::support::{Does, Scripted, ask, gateway};
use crate::upstream::ProviderKind;

const PATHS: [(ProviderKind, &str); 2] = [
    (ProviderKind::OpenAi, "/v1/chat/completions"),
    (ProviderKind::Anthropic, "/v1/messages"),
];

struct Words {
    begin: &'static str,
    error: &'static str,
    content: &'static str,
    end: &'static str,
}

/// What a provider of this kind says in its streams.
fn words(kind: ProviderKind) -> Words {
    match kind {
        ProviderKind::Anthropic => Words {
            begin: "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"r\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":0}}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n",
            error: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"too busy\"}}\n\n",
            content: "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hello\"}}\n\n",
            end: "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        },
        _ => Words {
            begin: "data: {\"id\":\"r\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n",
            error: "data: {\"error\":{\"message\":\"too busy\",\"type\":\"server_error\",\"param\":null,\"code\":\"overloaded\"}}\n\n",
            content: "data: {\"id\":\"r\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"},\"finish_reason\":null}]}\n\n",
            end: "data: {\"id\":\"r\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        },
    }
}

fn marker(kind: ProviderKind) -> &'static str {
    if kind == ProviderKind::Anthropic {
        "message_stop"
    } else {
        "[DONE]"
    }
}

const BODY: &str =
    r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;

fn answers(kind: ProviderKind) -> Does {
    let words = words(kind);
    Does::Streams(vec![words.begin, words.content, words.end])
}

/// Fault L03, fault L06: a provider that fails before it has said anything is as if it had never been asked.
#[tokio::test(start_paused = true)]
async fn what_fails_before_content_is_asked_of_the_next_and_leaves_no_trace() {
    for (kind, path) in PATHS {
        let Words { begin, error, .. } = words(kind);
        let refused = [
            Does::Refuses,
            Does::Says(
                429,
                &[("retry-after", "7")],
                r#"{"error":{"message":"slow down"}}"#,
            ),
            Does::Says(500, &[], r#"{"error":{"message":"oh"}}"#),
            Does::Streams(vec![error]),
            Does::Streams(vec![begin, error]),
            Does::Streams(vec![begin]),
            Does::Breaks(vec![begin]),
            Does::Stalls(vec![begin]),
            Does::Stalls(vec![]),
        ];
        for does in refused {
            let first = Scripted::new("first", kind, [does.clone()]);
            let second = Scripted::new("second", kind, [answers(kind)]);
            let gateway = gateway(&[&first, &second]).first_content(Duration::from_secs(5));
            let seen = ask(gateway, path, BODY).await;
            assert_eq!(seen.status, 200, "{does:?}: {seen:?}");
            let Words {
                begin,
                content,
                end,
                ..
            } = words(kind);
            assert_eq!(seen.text, [begin, content, end].concat(), "{does:?}");
            assert_eq!((first.bodies().len(), second.bodies().len()), (1, 1));
        }
    }
}

/// Fault L04: behind content nothing is tried again, and the end is no success.
#[tokio::test(start_paused = true)]
async fn what_fails_behind_content_is_told_and_not_spliced() {
    for (kind, path) in PATHS {
        let Words {
            begin,
            error,
            content,
            ..
        } = words(kind);
        for does in [
            Does::Streams(vec![begin, content, error]),
            Does::Streams(vec![begin, content]),
            Does::Breaks(vec![begin, content]),
        ] {
            let first = Scripted::new("first", kind, [does.clone()]);
            let second = Scripted::new("second", kind, []);
            let seen = ask(gateway(&[&first, &second]), path, BODY).await;
            assert_eq!(seen.status, 200);
            assert!(
                seen.text.starts_with(&[begin, content].concat()),
                "{does:?}: {}",
                seen.text
            );
            assert!(seen.text.contains("\"error\""), "{does:?}: {}", seen.text);
            assert!(!seen.text.contains(marker(kind)), "{does:?}: {}", seen.text);
            assert_eq!(second.bodies().len(), 0);
        }
    }
}

/// Fault L05: when all fail there is one clean answer, and the client is told not to multiply the attempts.
#[tokio::test(start_paused = true)]
async fn when_all_fail_there_is_one_clean_answer() {
    for (kind, path) in PATHS {
        let Words { begin, error, .. } = words(kind);
        let first = Scripted::new("first", kind, [Does::Streams(vec![begin])]);
        let second = Scripted::new("second", kind, [Does::Streams(vec![begin, error])]);
        let seen = ask(gateway(&[&first, &second]).retries(1), path, BODY).await;
        assert!(seen.status.is_server_error(), "{seen:?}");
        assert!(seen.text.contains("too busy"), "{}", seen.text);
        assert!(!seen.text.contains("message_start") && !seen.text.contains("chunk"));
        assert_eq!(seen.headers["x-should-retry"], "false");
        let (status, text) = (seen.status, seen.text);
        assert_eq!(
            status.as_u16(),
            if kind == ProviderKind::Anthropic {
                529
            } else {
                503
            },
            "{text}"
        );
    }
}

/// Fault L07: the second provider learns nothing of the first, nor of the client's secrets.
#[tokio::test]
async fn each_attempt_carries_its_own_credential_alone() {
    let first = Scripted::new("first", ProviderKind::OpenAi, [Does::Says(500, &[], "{}")]);
    let second = Scripted::new(
        "second",
        ProviderKind::Anthropic,
        [answers(ProviderKind::Anthropic)],
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

/// Fault L20, fault L21: who says when to come again is left alone so long; when all are, nobody is asked.
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
    let Words { begin, .. } = words(ProviderKind::OpenAi);
    let only = Scripted::new("only", ProviderKind::OpenAi, [Does::Stalls(vec![begin])]);
    let begun = tokio::time::Instant::now();
    let gateway = gateway(&[&only]).hold_max(Duration::from_secs(3));
    let seen = ask(gateway, "/v1/chat/completions", BODY).await;
    assert_eq!((seen.status.as_u16(), seen.text.as_str()), (200, begin));
    assert!(begun.elapsed() >= Duration::from_secs(3));
}
