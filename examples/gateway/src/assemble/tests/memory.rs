//! What is read of requests while memory runs short.

use agentgateway_core::limit::heap::{Heap, MemoryUse};

use super::*;
use crate::{
    config::snapshot::{
        BeforeRouting, Buffering, Cases, ExtAuth, Held, MessageChanges, Part, Policies,
        Transforming,
    },
    expression::{Expression, Vocabulary},
};

const MIB: u64 = 1024 * 1024;

fn part<T>(spec: T) -> Option<Arc<Part<T>>> {
    let name = "ns/p".into();
    Some(Arc::new(Part { name, spec }))
}

/// Changes that ask for the body of a request.
fn reading() -> Policies {
    let names = Vocabulary::request().with_request_body();
    let body = Expression::compile("request.body", &names).unwrap();
    let request = MessageChanges {
        set: vec![("x-body".to_owned(), body)],
        ..MessageChanges::default()
    };
    let changes = Transforming {
        request,
        ..Transforming::default()
    };
    Policies {
        transform: part(Cases(vec![(None, changes)])),
        ..Policies::default()
    }
}

fn buffering() -> Policies {
    let held = Held {
        max_bytes: None,
        passes_longer: true,
    };
    Policies {
        buffer: part(Buffering {
            request: Some(held),
            response: None,
        }),
        ..Policies::default()
    }
}

/// A service that is asked with the body.
fn forwarding() -> Policies {
    let mut policies = leaving::judged();
    let part = Arc::make_mut(policies.ext_auth.as_mut().unwrap());
    let Cases(cases) = &mut part.spec;
    let all: &mut [(Option<Expression>, ExtAuth)] = cases;
    all[0].1.body_bytes = Some(1 << 20);
    policies
}

async fn status(policies: &Policies, before: &Policies) -> u16 {
    let (mut parts, _) = parts();
    // A request is taken, and there is room for 50 KiB of it.
    let used = || MemoryUse::new(MIB * 9 / 10 - 1024, MIB);
    parts.heap = Some(Heap::with_source(move || Some(used())));
    let mut rule = rule("/", Action::Forward(to("any")));
    rule.policies = Arc::new(policies.clone());
    let mut own = listener("own", vec![rule]);
    own.before = BeforeRouting {
        policies: before.clone(),
        ..BeforeRouting::default()
    };
    let table = table(&parts, vec![own]);
    let upload = Body::from(Bytes::from(vec![b'x'; 200 * 1024]));
    let request = Request::post("/").header("host", "a").body(upload).unwrap();
    table.oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_policies_read_of_requests_must_have_room_in_memory() {
    let none = Policies::default();
    assert_eq!(
        status(&none, &none).await,
        200,
        "it is forwarded as it comes"
    );
    for (name, policies) in [
        ("transformation", reading()),
        ("buffer", buffering()),
        ("forwardBody", forwarding()),
    ] {
        assert_eq!(status(&policies, &none).await, 503, "{name}");
    }
    assert_eq!(
        status(&none, &reading()).await,
        503,
        "before a rule is chosen"
    );
}
