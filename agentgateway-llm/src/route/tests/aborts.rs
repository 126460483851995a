//! Clients that leave: what they used is written down once, and nobody works on for them.

use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    limit::{Key, budget::Budget},
    policy::PolicyLayer,
    store::{Allowance, MemoryLedger},
};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tower::{ServiceBuilder, ServiceExt};

use super::{
    matrix::pairs,
    support::{Does, Scripted, gateway},
    words::{Words, asks, heard, kind_of, words},
};
use crate::{LlmDialect, LlmLayer};

fn ask(dialect: LlmDialect) -> Request<Full<Bytes>> {
    let (path, body) = asks(dialect);
    Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

/// The layers of a call with a budget, around these providers.
macro_rules! budgeted {
    ($scripted:expr, $ledger:expr) => {{
        let day = Allowance::new(1_000_000, Duration::from_secs(86_400));
        let budget = Budget::new("daily", Key::everybody(), day).ledger($ledger.clone());
        ServiceBuilder::new()
            .layer(LlmLayer::new())
            .layer(PolicyLayer::new(budget))
            .service(gateway($scripted).build().unwrap())
    }};
}

/// Fault L14: a client that leaves behind any event, also of a translated stream, and behind a failover, has spent once what has passed.
#[tokio::test(start_paused = true)]
async fn who_leaves_has_spent_what_has_passed() {
    for (client, provider) in pairs() {
        let Words {
            begin,
            content,
            end,
            error,
        } = words(provider);
        let says = vec![
            begin.clone(),
            content.clone(),
            content.clone(),
            content,
            end,
        ];
        for left_after in 0..says.len() {
            let fails = Does::Streams(vec![begin.clone(), error.clone()]);
            let first = Scripted::new("first", kind_of(provider), [fails]);
            let second = Scripted::new("second", kind_of(provider), [Does::Stalls(says.clone())]);
            let ledger = Arc::new(MemoryLedger::new());
            let service = budgeted!(&[&first, &second], ledger);
            let mut body = Box::pin(service.oneshot(ask(client)).await.unwrap().into_body());
            let mut read = Vec::new();
            for _ in 0..left_after {
                let frame = body.frame().await.unwrap().unwrap();
                read.extend_from_slice(frame.data_ref().unwrap());
            }
            let case = format!("{client} from {provider} after {left_after}");
            assert_eq!((first.open(), second.open()), (0, 1), "{case}");
            drop(body);
            assert_eq!(second.open(), 0, "nobody works on: {case}");
            let passed = heard(client, &read).text.len() / "hello".len();
            let spent = ledger.spent("daily/");
            assert!(spent >= passed as u64, "{case}: {spent}");
            assert!(
                spent <= 60,
                "it is settled, and no reservation is left: {case}: {spent}"
            );
            tokio::time::advance(Duration::from_secs(60)).await;
            assert_eq!(ledger.spent("daily/"), spent, "once: {case}");
        }
    }
}

/// Fault L15: a client that leaves before the answer: the provider's work ends, and what was reserved counts.
#[tokio::test(start_paused = true)]
async fn who_leaves_before_the_answer_ends_the_work() {
    for (client, provider) in pairs() {
        let first = Scripted::new("first", kind_of(provider), [Does::Refuses]);
        let second = Scripted::new("second", kind_of(provider), [Does::Hangs]);
        let ledger = Arc::new(MemoryLedger::new());
        let service = budgeted!(&[&first, &second], ledger);
        let asked = tokio::time::timeout(Duration::from_secs(9), service.oneshot(ask(client)));
        let asked = asked.await;
        assert!(
            asked.is_err(),
            "{client} from {provider}: {:?}",
            asked.map(|a| a.unwrap().into_parts().0)
        );
        assert_eq!((first.open(), second.open()), (0, 0));
        assert_eq!(second.bodies().len(), 1);
        assert!(ledger.spent("daily/") > 0, "{client} from {provider}");
    }
}
