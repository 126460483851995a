//! Each way to fail, before content and behind it, in each dialect: as it is, and translated.

use std::time::Duration;

use agentgateway_core::timeout::{Clocks, TimeoutLayer};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::{ServiceBuilder, ServiceExt};

use super::{
    support::{Does, Scripted, Seen, ask, gateway, seen},
    words::{DIALECTS, Heard, Words, asks, heard, kind_of, other_of, words},
};
use crate::{LlmDialect, LlmLayer};

/// A client's dialect and a provider's: the same, and one to translate.
pub(super) fn pairs() -> impl Iterator<Item = (LlmDialect, LlmDialect)> {
    DIALECTS
        .into_iter()
        .flat_map(|client| [(client, client), (client, other_of(client))])
}

fn hello(starts: usize) -> Heard {
    Heard {
        text: "hello".to_owned(),
        fault: None,
        ended: true,
        starts,
    }
}

fn answers(dialect: LlmDialect) -> Does {
    let Words {
        begin,
        content,
        end,
        ..
    } = words(dialect);
    Does::Streams(vec![begin, content, end])
}

/// What fails before the model has said anything.
fn fails_early(dialect: LlmDialect) -> Vec<Does> {
    let Words { begin, error, .. } = words(dialect);
    let error = || error.clone();
    let begin = || begin.clone();
    vec![
        Does::Refuses,
        Does::Says(
            429,
            &[("retry-after", "7")],
            r#"{"error":{"message":"slow down"}}"#,
        ),
        Does::Says(500, &[], r#"{"error":{"message":"oh"}}"#),
        Does::Says(529, &[], ""),
        Does::Streams(vec![error()]),
        Does::Streams(vec![begin(), error()]),
        Does::Streams(vec![begin()]),
        Does::Streams(vec![]),
        Does::Breaks(vec![begin()]),
        Does::Breaks(vec![]),
        Does::Stalls(vec![begin()]),
        Does::Stalls(vec![]),
    ]
}

/// Fault L03: an error that comes before content is as if the provider had answered with it, and another is asked.
/// Fault L06: a provider that fails before it has said anything leaves no trace.
#[tokio::test(start_paused = true)]
async fn what_fails_before_content_is_asked_of_the_next_in_every_dialect() {
    for (client, provider) in pairs() {
        let (path, body) = asks(client);
        for does in fails_early(provider) {
            let first = Scripted::new("first", kind_of(provider), [does.clone()]);
            let second = Scripted::new("second", kind_of(provider), [answers(provider)]);
            let gateway = gateway(&[&first, &second]).first_content(Duration::from_secs(5));
            let seen = ask(gateway, path, body).await;
            let case = format!("{client} from {provider}, {does:?}: {seen:?}");
            assert_eq!(seen.status, 200, "{case}");
            assert_eq!(heard(client, &seen.bytes), hello(1), "{case}");
            if client == provider {
                let Words {
                    begin,
                    content,
                    end,
                    ..
                } = words(client);
                assert_eq!(seen.bytes, [begin, content, end].concat(), "{case}");
            }
            assert_eq!((first.bodies().len(), second.bodies().len()), (1, 1));
        }
    }
}

/// What fails when the model has said something, as it is and as the client is told of it.
fn fails_late(dialect: LlmDialect) -> Vec<Does> {
    let Words {
        begin,
        content,
        error,
        ..
    } = words(dialect);
    let said = [begin, content];
    vec![
        Does::Streams([&said[..], &[error]].concat()),
        Does::Streams(said.to_vec()),
        Does::Breaks(said.to_vec()),
        Does::Stalls(said.to_vec()),
    ]
}

/// A gap of a minute ends what stands still.
async fn ask_with_clock(scripted: &[&Scripted], client: LlmDialect) -> Seen {
    let (path, body) = asks(client);
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .unwrap();
    let clocks = Clocks::new().gap(Some(Duration::from_secs(60)));
    let service = ServiceBuilder::new()
        .layer(LlmLayer::new())
        .layer(TimeoutLayer::new(clocks))
        .service(gateway(scripted).build().unwrap());
    seen(service.oneshot(request).await.unwrap()).await
}

/// Fault L04: behind content nothing is tried again: the error is told in the client's dialect, and the end is no success.
/// Fault L22 (part): a stream that stands still behind content is ended by the clock of gaps, and told so.
#[tokio::test(start_paused = true)]
async fn what_fails_behind_content_is_told_and_not_spliced_in_any_dialect() {
    for (client, provider) in pairs() {
        for does in fails_late(provider) {
            let first = Scripted::new("first", kind_of(provider), [does.clone()]);
            let second = Scripted::new("second", kind_of(provider), []);
            let seen = ask_with_clock(&[&first, &second], client).await;
            let case = format!("{client} from {provider}, {does:?}: {seen:?}");
            assert_eq!(seen.status, 200, "{case}");
            let heard = heard(client, &seen.bytes);
            assert_eq!((heard.text.as_str(), heard.starts), ("hello", 1), "{case}");
            assert!(!heard.ended, "{case}");
            let fault = heard.fault.unwrap_or_else(|| panic!("{case}"));
            let tells = matches!(&does, Does::Streams(pieces) if pieces.len() == 3);
            assert_eq!(fault.message.contains("too busy"), tells, "{case}");
            assert!(second.bodies().is_empty(), "{case}");
        }
    }
}

/// Fault L05: when all fail there is one clean answer, and the client is told not to multiply the attempts.
#[tokio::test(start_paused = true)]
async fn when_all_fail_there_is_one_clean_answer_in_every_dialect() {
    for (client, provider) in pairs() {
        let Words { begin, error, .. } = words(provider);
        let dies = Does::Streams(vec![begin.clone()]);
        let first = Scripted::new("first", kind_of(provider), [dies]);
        let fails = Does::Streams(vec![begin, error]);
        let second = Scripted::new("second", kind_of(provider), [fails]);
        let (path, body) = asks(client);
        let seen = ask(gateway(&[&first, &second]).retries(1), path, body).await;
        let case = format!("{client} from {provider}: {seen:?}");
        assert!(seen.status.is_server_error(), "{case}");
        assert_eq!(seen.headers["content-type"], "application/json", "{case}");
        assert_eq!(seen.headers["x-should-retry"], "false", "{case}");
        // The form is the dialect's, and nothing of a stream is in it.
        let codec = crate::bridge::codec_of(client).unwrap();
        let fault = codec.decode_fault(seen.status, &seen.headers, &seen.bytes);
        assert_eq!(fault.message, "too busy", "{case}");
        assert!(
            serde_json::from_slice::<serde_json::Value>(&seen.bytes).is_ok(),
            "{case}"
        );
    }
}
