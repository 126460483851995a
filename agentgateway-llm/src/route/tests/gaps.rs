//! Models that do not begin, or stop in the middle of an answer, while their streams go on.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{
    balance::{Balancer, Ejection},
    body::End,
};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::time::Instant;
use tower::{Layer, ServiceExt};

use super::{
    super::{LlmGateway, LlmGatewayBuilder, ModelRoute},
    matrix::pairs,
    support::{Does, Scripted, Seen, gateway, seen},
    words::{Words, asks, frames, heard, kind_of, named, words},
};
use crate::{LlmDialect, LlmLayer};

const SECOND: Duration = Duration::from_secs(1);

/// What says that a provider is alive, and nothing that the model said.
fn ping(dialect: LlmDialect) -> Bytes {
    match dialect {
        LlmDialect::AnthropicMessages => named(&[r#"{"type":"ping"}"#]),
        LlmDialect::BedrockConverse => frames(&[("ping", "{}")]),
        LlmDialect::OpenAiResponses => named(&[r#"{"type":"keepalive","sequence_number":4}"#]),
        _ => Bytes::from_static(b": ping\n\n"),
    }
}

/// Says hello in two halves of a stream, and pings in between for so many seconds.
fn pauses(dialect: LlmDialect, seconds: usize) -> Does {
    let Words {
        begin,
        content,
        end,
        ..
    } = words(dialect);
    let mut pieces = vec![(Duration::ZERO, begin), (Duration::ZERO, content)];
    pieces.extend(vec![(SECOND, ping(dialect)); seconds]);
    pieces.push((SECOND, end));
    Does::Paced(pieces)
}

/// What a client saw, and what `error.type` is.
async fn ask_and_tell(gateway: LlmGatewayBuilder, client: LlmDialect) -> (Seen, &'static str) {
    let label = Arc::new(Mutex::new(""));
    let told = Arc::clone(&label);
    let layer = LlmLayer::new().on_finished(move |finished| {
        *told.lock().unwrap() = match finished.end {
            End::Failed(error) => error.type_name(),
            end => end.as_str(),
        };
    });
    let (path, body) = asks(client);
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .unwrap();
    let service = layer.layer(gateway.build().unwrap());
    let seen = seen(service.oneshot(request).await.unwrap()).await;
    let label = *label.lock().unwrap();
    (seen, label)
}

/// Fault L22: pings are no tokens: a model that pauses for longer than it may is given up, under a name of its own.
#[tokio::test(start_paused = true)]
async fn a_model_that_stops_is_given_up_in_every_dialect() {
    for (client, provider) in pairs() {
        let only = Scripted::new("only", kind_of(provider), [pauses(provider, 100)]);
        let begun = Instant::now();
        let gateway = gateway(&[&only]).token_gap(30 * SECOND);
        let (seen, label) = ask_and_tell(gateway, client).await;
        let case = format!("{client} from {provider}: {seen:?}");
        let heard = heard(client, &seen.bytes);
        assert_eq!(
            (heard.text.as_str(), heard.ended),
            ("hello", false),
            "{case}"
        );
        assert!(heard.fault.is_some(), "{case}");
        assert_eq!(label, "token_gap_timeout", "{case}");
        assert_eq!((begun.elapsed(), only.open()), (30 * SECOND, 0), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_goes_on_in_time_or_may_pause_is_heard_to_its_end() {
    for (client, provider) in pairs() {
        let (stops, goes_on) = (pauses(provider, 100), pauses(provider, 20));
        for (does, gap) in [(stops, None), (goes_on, Some(30 * SECOND))] {
            let only = Scripted::new("only", kind_of(provider), [does]);
            let gateway = gateway(&[&only]);
            let gateway = match gap {
                Some(gap) => gateway.token_gap(gap),
                None => gateway,
            };
            let (seen, label) = ask_and_tell(gateway, client).await;
            let case = format!("{client} from {provider}: {seen:?}");
            assert!(heard(client, &seen.bytes).ended, "{case}");
            assert_eq!(label, "complete", "{case}");
        }
    }
}

/// A call of a tool whose arguments come piece by piece: where a client's dialect has them whole, they are held.
#[tokio::test(start_paused = true)]
async fn arguments_and_thoughts_are_tokens_also_while_they_are_held() {
    let block = |start: &str, delta: &str| {
        let start =
            format!(r#"{{"type":"content_block_start","index":0,"content_block":{start}}}"#);
        let delta = format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#);
        (named(&[&*start]), named(&[&*delta]))
    };
    let call = block(
        r#"{"type":"tool_use","id":"t","name":"find","input":{}}"#,
        r#"{"type":"input_json_delta","partial_json":" "}"#,
    );
    let thought = block(
        r#"{"type":"thinking","thinking":"","signature":""}"#,
        r#"{"type":"thinking_delta","thinking":"hm"}"#,
    );
    let of = LlmDialect::AnthropicMessages;
    for (start, delta) in [call, thought] {
        for client in super::words::DIALECTS {
            let Words { begin, end, .. } = words(of);
            let begin = begin.slice(..begin.len() - named(&[r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#]).len());
            let mut pieces = vec![(Duration::ZERO, begin), (SECOND, start.clone())];
            pieces.extend(vec![(20 * SECOND, delta.clone()); 9]);
            pieces.push((20 * SECOND, end));
            let only = Scripted::new("only", kind_of(of), [Does::Paced(pieces)]);
            let gateway = gateway(&[&only]).token_gap(30 * SECOND);
            let (seen, label) = ask_and_tell(gateway, client).await;
            assert_eq!(label, "complete", "{client}: {seen:?}");
        }
    }
}

/// Fault L22: a first token that is later than its clock allows is told in the stream, where its head has gone out.
#[tokio::test(start_paused = true)]
async fn a_model_that_does_not_begin_is_given_up_behind_the_head_too() {
    for (client, provider) in pairs() {
        let Words { begin, .. } = words(provider);
        let mut pieces = vec![(SECOND, begin)];
        pieces.extend(vec![(SECOND, ping(provider)); 100]);
        let first = Scripted::new("first", kind_of(provider), [Does::Paced(pieces)]);
        let second = Scripted::new("second", kind_of(provider), []);
        let gateway = gateway(&[&first, &second])
            .hold_max(5 * SECOND)
            .first_content(40 * SECOND);
        let begun = Instant::now();
        let (seen, label) = ask_and_tell(gateway, client).await;
        let case = format!("{client} from {provider}: {seen:?}");
        assert!(heard(client, &seen.bytes).fault.is_some(), "{case}");
        assert_eq!(label, "first_token_timeout", "{case}");
        assert_eq!(begun.elapsed(), 40 * SECOND, "{case}");
        assert!(second.bodies().is_empty(), "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_stops_fails_and_is_left_alone() {
    let of = LlmDialect::OpenAiChat;
    let does = vec![pauses(of, 100); 2];
    let only = Scripted::new("only", kind_of(of), does);
    let make = || {
        let ejection = Ejection::new().consecutive_failures(2);
        Balancer::builder().ejection(ejection).fail_fast()
    };
    let route = ModelRoute::new("m").target(only.target()).balancer(make);
    let gateway = LlmGateway::builder().route(route).retries(0);
    let service = LlmLayer::new().layer(gateway.token_gap(30 * SECOND).build().unwrap());
    let (path, body) = asks(of);
    let request = || {
        Request::post(path)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from_static(body.as_bytes())))
            .unwrap()
    };
    for expected in [200, 200, 503] {
        let seen = seen(service.clone().oneshot(request()).await.unwrap()).await;
        assert_eq!(seen.status, expected, "{seen:?}");
    }
}
