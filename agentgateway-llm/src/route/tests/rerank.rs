//! Rerankings, which no codec knows.

use super::support::{Does, Scripted, ask, gateway};
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
