//! Rerankings and embeddings: calls that are no turns, and that nobody translates.

use super::{
    super::{LlmGateway, ModelRoute},
    support::{Does, Scripted, ask, gateway},
};
use crate::upstream::ProviderKind;

const BODY: &str = r#"{"model":"m","query":"q","documents":["d","e"]}"#;
const ANSWER: &str =
    r#"{"results":[{"index":1,"relevance_score":0.9}],"usage":{"total_tokens":8}}"#;

fn scripted(name: &str, does: Does) -> Scripted {
    Scripted::new(name, ProviderKind::Custom, [does])
}

#[tokio::test]
async fn a_reranking_that_fails_is_asked_of_another() {
    for fails in [
        Does::Refuses,
        Does::Says(429, &[("retry-after", "7")], r#"{"message":"slow down"}"#),
        Does::Says(500, &[], "oh"),
        Does::Says(200, &[], r#"{"results":[{"index":"#),
    ] {
        let first = scripted("first", fails);
        let second = scripted("second", Does::Says(200, &[], ANSWER));
        let seen = ask(gateway(&[&first, &second]), "/v2/rerank", BODY).await;
        assert_eq!((seen.status.as_u16(), &*seen.text), (200, ANSWER));
        assert_eq!(second.bodies(), [BODY]);
        let key = &second.heads()[0].headers["authorization"];
        assert_eq!(key, "Bearer key-of-second");
    }
}

#[tokio::test]
async fn an_error_of_the_last_one_passes_as_it_is() {
    let says = r#"{"message":"slow down"}"#;
    let only = scripted("only", Does::Says(429, &[("retry-after", "7")], says));
    let seen = ask(gateway(&[&only]).retries(0), "/v1/rerank", BODY).await;
    assert_eq!((seen.status.as_u16(), &*seen.text), (429, says));
    assert_eq!(seen.headers["retry-after"], "7");
}

/// What no translation can say is not asked of who does not speak it, wherever it stands.
#[tokio::test]
async fn a_call_that_is_no_turn_goes_to_a_target_that_takes_it() {
    let turns = || Scripted::new("turns", ProviderKind::Anthropic, []);
    for (path, kind) in [
        ("/v1/embeddings", ProviderKind::OpenAi),
        ("/v2/rerank", ProviderKind::Custom),
    ] {
        for retries in [0, 2] {
            let first = turns();
            let second =
                Scripted::new("second", kind, (0..9).map(|_| Does::Says(200, &[], ANSWER)));
            let prioritised = || gateway(&[&first, &second]).retries(retries);
            assert_eq!(ask(prioritised(), path, BODY).await.status, 200, "{path}");
            let alike = ModelRoute::new("m")
                .target(first.target())
                .target(second.target());
            for _ in 0..8 {
                let gateway = LlmGateway::builder().route(alike.clone()).retries(retries);
                assert_eq!(ask(gateway, path, BODY).await.status, 200, "{path}");
            }
        }
        let seen = ask(gateway(&[&turns()]), path, BODY).await;
        assert_eq!(seen.status, 400, "{path}: {}", seen.text);
    }
}

#[tokio::test]
async fn who_does_not_take_a_call_is_not_asked_when_nobody_else_can_be() {
    let turns = Scripted::new("turns", ProviderKind::Anthropic, []);
    let says = (0..2).map(|_| Does::Says(500, &[], "{}"));
    let other = Scripted::new("other", ProviderKind::OpenAi, says);
    let seen = ask(
        gateway(&[&turns, &other]).retries(1),
        "/v1/embeddings",
        BODY,
    )
    .await;
    assert!(seen.status.is_server_error(), "{seen:?}");
}
