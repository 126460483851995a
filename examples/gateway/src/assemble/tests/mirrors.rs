use agentgateway_core::{
    policy::FailureMode,
    route::{Fraction, PathEdit},
    store::Allowance,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    filters::{edit, rewrite},
    *,
};
use crate::config::snapshot::{Budget, Concurrency, Mirror, Part, Policies, Spent};

/// Everything goes there.
fn mirror() -> Mirror {
    Mirror {
        target: Outcome::Backend(service("mirror")),
        share: Fraction::ALL,
    }
}

#[tokio::test]
async fn a_mirror_gets_its_share_and_hinders_nobody() {
    let (told, mut copies) = unbounded_channel();
    let client = Upstream::new(service_fn(move |request: Request<Body>| {
        let told = told.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            if head.uri.host() == Some("mirror.ns.svc") {
                told.send((head.uri.path().to_owned(), body)).unwrap();
                // It never answers.
                std::future::pending::<()>().await;
            }
            Ok::<_, BoxError>(Response::new(Body::empty()))
        }
    }));
    let parts = over(client);
    let part = |numerator| Mirror {
        share: Fraction {
            numerator,
            denominator: 100,
        },
        ..mirror()
    };
    let mut all = rule("/all", Action::Forward(to("a")));
    all.filters.mirrors = vec![
        part(100),
        Mirror {
            target: Outcome::Invalid("gone".to_owned()),
            share: Fraction::ALL,
        },
    ];
    let mut none = rule("/none", Action::Forward(to("a")));
    none.filters.mirrors = vec![part(0)];
    let table = serving(&parts, vec![all, none]);
    assert_eq!(status(&table, post("/none", "{}")).await, 200);
    assert_eq!(status(&table, post("/all", "{\"a\":1}")).await, 200);
    let (path, body) = copies.recv().await.unwrap();
    assert_eq!((path.as_str(), &body[..]), ("/all", &b"{\"a\":1}"[..]));
    assert!(copies.try_recv().is_err());
    // What is told of the client's exchanges does not count copies.
    assert_eq!(parts.observer.recent().list().len(), 2);
}

/// Parts whose mirror tells of the copies that it is sent, and whose other services answer and tell
/// what they are sent.
fn telling() -> (Parts, UnboundedReceiver<Sent>, UnboundedReceiver<Sent>) {
    let ((copy, copies), (original, originals)) = (unbounded_channel(), unbounded_channel());
    let client = Upstream::new(service_fn(move |request: Request<Body>| {
        let told = match request.uri().host() {
            Some("mirror.ns.svc") => copy.clone(),
            _ => original.clone(),
        };
        async move {
            let (head, body) = request.into_parts();
            let sent = Sent {
                host: head.extensions.get().cloned(),
                dialled: None,
                uri: head.uri,
                headers: head.headers,
                body: body.collect().await?.to_bytes(),
            };
            told.send(sent).unwrap();
            Ok::<_, BoxError>(Response::new(Body::empty()))
        }
    }));
    (over(client), copies, originals)
}

fn seen(sent: &Sent) -> (String, String, [Option<&str>; 2]) {
    let header = |name| sent.headers.get(name).map(|value| value.to_str().unwrap());
    let host = sent.host.as_ref().unwrap().value();
    (
        sent.uri.path().to_owned(),
        host.to_str().unwrap().to_owned(),
        [header("x-rule"), header("x-secret")],
    )
}

#[tokio::test]
async fn a_copy_is_what_the_rule_made_and_nothing_that_is_for_its_backend() {
    for of_the_rule in [true, false] {
        let (parts, mut copies, mut originals) = telling();
        let mut backends = to("a");
        let own = &mut backends[0].filters;
        own.request = edit(&[("x-secret", "1")], &[]);
        own.rewrite = Some(rewrite(
            Some("own.example"),
            Some(PathEdit::Prefix("/own".into())),
        ));
        let mut rule = rule("/x", Action::Forward(backends));
        rule.filters.request = edit(&[("x-rule", "1")], &[]);
        rule.filters.rewrite = Some(rewrite(
            Some("rule.example"),
            Some(PathEdit::Prefix("/rule".into())),
        ));
        match (&mut rule.action, of_the_rule) {
            (Action::Forward(backends), false) => backends[0].filters.mirrors = vec![mirror()],
            _ => rule.filters.mirrors = vec![mirror(), mirror()],
        }
        let table = serving(&parts, vec![rule]);
        assert_eq!(status(&table, post("/x/y", "{}")).await, 200);
        let path = |path: &str, host: &str| (path.to_owned(), host.to_owned());
        let original = originals.recv().await.unwrap();
        let (at, host) = path("/own/y", "own.example");
        assert_eq!(seen(&original), (at, host, [Some("1"), Some("1")]));
        for _ in 0..if of_the_rule { 2 } else { 1 } {
            let copy = copies.recv().await.unwrap();
            let (at, host) = path("/rule/y", "rule.example");
            assert_eq!(seen(&copy), (at, host, [Some("1"), None]));
            assert_eq!(copy.body, "{}");
        }
    }
}

#[tokio::test]
async fn a_copy_has_a_budget_of_its_own_and_takes_nobodys_place() {
    let (parts, mut copies, _originals) = telling();
    let budget = Budget {
        counted: Spent::Requests,
        allowance: Allowance::new(2, std::time::Duration::from_secs(3600)),
        key: None,
        failure_mode: FailureMode::Closed,
    };
    let limit = Concurrency {
        requests: 1,
        key: None,
    };
    let mut rule = rule("/", Action::Forward(to("a")));
    rule.filters.mirrors = vec![mirror()];
    rule.policies = Arc::new(Policies {
        concurrency: Some(Arc::new(Part {
            name: "ns/p traffic.concurrency".into(),
            spec: vec![limit],
        })),
        budgets: Some(Arc::new(Part {
            name: "ns/p traffic.budgets".into(),
            spec: vec![budget],
        })),
        ..Policies::default()
    });
    let table = serving(&parts, vec![rule]);
    for expected in [200, 200, 429] {
        let answer = ask(&table, get("/")).await;
        assert_eq!(answer.status(), expected);
        // The copy passes while the request still has the only place.
        if expected == 200 {
            copies.recv().await.unwrap();
        }
        drop(text(answer).await);
    }
    tokio::task::yield_now().await;
    assert!(copies.try_recv().is_err());
}
