//! Silence, and pings that break it.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    support::{Does, Scripted, ask, gateway},
    words::{DIALECTS, Words, asks, heard, kind_of, words},
};
use crate::{LlmDialect, upstream::ProviderKind};

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

/// Fault L24: while a provider is silent nothing is said in its place, and nothing between the bytes of its events.
#[tokio::test(start_paused = true)]
async fn nothing_is_said_in_silence() {
    for dialect in DIALECTS {
        let Words {
            begin,
            content,
            end,
            ..
        } = words(dialect);
        let all = Bytes::from([begin, content, end].concat());
        // Torn anywhere, also within an event.
        let torn = all.chunks(all.len() / 7);
        let pieces = torn.map(|piece| (Duration::from_secs(120), Bytes::copy_from_slice(piece)));
        let does = Does::Paced(pieces.collect());
        let only = Scripted::new("only", kind_of(dialect), [does]);
        let (path, body) = asks(dialect);
        let seen = ask(gateway(&[&only]), path, body).await;
        assert_eq!(seen.bytes, all, "{dialect}");
    }
}
