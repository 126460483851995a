//! Silence, and pings that break it.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::time::Instant;
use tower::{Layer, ServiceExt};

use super::{
    support::{Does, Scripted, ask, gateway, seen},
    words::{DIALECTS, Words, asks, heard, kind_of, words},
};
use crate::{LlmDialect, LlmLayer, upstream::ProviderKind};

const PING: Bytes = Bytes::from_static(b"event: ping\ndata: {\"type\":\"ping\"}\n\n");
const ANTHROPIC: LlmDialect = LlmDialect::AnthropicMessages;

/// A stream that begins, pings each second for so long, and then says hello.
fn thinks(for_seconds: usize) -> Does {
    let Words {
        begin,
        content,
        end,
        ..
    } = words(ANTHROPIC);
    let soon = Duration::from_secs(1);
    let mut pieces = vec![(Duration::ZERO, begin)];
    pieces.extend(vec![(soon, PING); for_seconds]);
    pieces.extend([(soon, content), (Duration::ZERO, end)]);
    Does::Paced(pieces)
}

/// Fault L22: pings are no content: a first token that is later than its clock allows fails the attempt.
#[tokio::test(start_paused = true)]
async fn pings_do_not_stop_the_clock_of_the_first_content() {
    let first = Scripted::new("first", ProviderKind::Anthropic, [thinks(300)]);
    let second = Scripted::new("second", ProviderKind::Anthropic, [thinks(1)]);
    let gateway = gateway(&[&first, &second]).first_content(Duration::from_secs(5));
    let (path, body) = asks(ANTHROPIC);
    let begun = Instant::now();
    let seen = ask(gateway, path, body).await;
    assert!(heard(ANTHROPIC, &seen.bytes).ended, "{seen:?}");
    assert_eq!(
        seen.text.matches("message_start").count(),
        2,
        "its name and its type"
    );
    assert_eq!((first.open(), second.bodies().len()), (0, 1));
    assert!(
        (5..9).contains(&begun.elapsed().as_secs()),
        "{:?}",
        begun.elapsed()
    );
}

/// Fault L23: five minutes of thinking, with pings, are no fault by default: all of it passes.
#[tokio::test(start_paused = true)]
async fn long_thoughts_with_pings_pass() {
    for client in [ANTHROPIC, LlmDialect::OpenAiChat] {
        let only = Scripted::new("only", ProviderKind::Anthropic, [thinks(300)]);
        let (path, body) = asks(client);
        let seen = ask(gateway(&[&only]), path, body).await;
        let heard = heard(client, &seen.bytes);
        assert_eq!(
            (heard.text.as_str(), heard.ended),
            ("hello", true),
            "{client}"
        );
    }
}

/// A whole stream, and its pieces, torn anywhere, also within an event, with a long silence before each.
fn torn(dialect: LlmDialect) -> (Bytes, Vec<(Duration, Bytes)>) {
    let Words {
        begin,
        content,
        end,
        ..
    } = words(dialect);
    let all = Bytes::from([begin, content, end].concat());
    let pieces = all.chunks(all.len() / 7);
    let pieces = pieces.map(|piece| (Duration::from_secs(120), Bytes::copy_from_slice(piece)));
    let pieces = pieces.collect();
    (all, pieces)
}

/// Fault L24: while a provider is silent nothing is said in its place by default, and nothing between the bytes of its events.
#[tokio::test(start_paused = true)]
async fn nothing_is_said_in_silence() {
    for dialect in DIALECTS {
        let (all, pieces) = torn(dialect);
        let does = Does::Paced(pieces);
        let only = Scripted::new("only", kind_of(dialect), [does]);
        let (path, body) = asks(dialect);
        let seen = ask(gateway(&[&only]), path, body).await;
        assert_eq!(seen.bytes, all, "{dialect}");
    }
}

/// Fault L24: what keeps a silent stream alive stands between its events, never within one nor behind the last.
#[tokio::test(start_paused = true)]
async fn silence_is_broken_between_events_where_a_dialect_has_a_word_for_it() {
    for dialect in DIALECTS {
        let (all, mut pieces) = torn(dialect);
        // Silent behind the end, too.
        pieces.push((Duration::from_secs(120), Bytes::new()));
        let only = Scripted::new("only", kind_of(dialect), [Does::Paced(pieces)]);
        let service = LlmLayer::new().keep_alive(Duration::from_secs(50));
        let service = service.layer(gateway(&[&only]).build().unwrap());
        let (path, body) = asks(dialect);
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from_static(body.as_bytes())))
            .unwrap();
        let seen = seen(service.oneshot(request).await.unwrap()).await;
        let word = match dialect {
            ANTHROPIC => "event: ping\ndata: {\"type\": \"ping\"}\n\n",
            LlmDialect::OpenAiChat | LlmDialect::OpenAiResponses => ": keep-alive\n\n",
            _ => {
                assert_eq!(seen.bytes, all, "{dialect}");
                continue;
            }
        };
        // Twice in each silence, but for the one that is behind the end.
        assert!(
            seen.text.matches(word).count() >= 8,
            "{dialect}: {}",
            seen.text
        );
        assert_eq!(seen.text.replace(word, "").as_bytes(), all, "{dialect}");
        assert!(!seen.text.ends_with(word), "{dialect}: {}", seen.text);
        for event in seen.text.split_inclusive("\n\n") {
            let whole = event == word
                || all
                    .windows(event.len())
                    .any(|part| part == event.as_bytes());
            assert!(whole, "{dialect}: {event}");
        }
    }
}
