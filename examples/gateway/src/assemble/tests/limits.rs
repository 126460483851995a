use std::time::Duration;

use agentgateway_core::{
    policy::FailureMode,
    store::{Allowance, Rate},
};

use http::HeaderValue;

use super::*;
use crate::{
    config::snapshot::{Budget, Cases, Concurrency, LocalRates, Part, Policies, RateLimits, Spent},
    expression::{Expression, Vocabulary},
};

fn expression(text: &str) -> Expression {
    Expression::compile(text, &Vocabulary::request().with_principal()).unwrap()
}

fn part<T>(spec: T) -> Option<Arc<Part<T>>> {
    Some(Arc::new(Part {
        name: "ns/p traffic.field".into(),
        spec,
    }))
}

/// A rule for a prefix whose requests these decide about, with a backend of its own.
fn limited(prefix: &str, policies: &Policies) -> Rule {
    let name = format!("s{}", prefix.trim_start_matches('/'));
    let mut rule = rule(prefix, Action::Forward(to(&name)));
    rule.policies = Arc::new(policies.clone());
    rule
}

/// A request of this tenant, or of none.
fn of(path: &str, tenant: &'static str) -> Request<Body> {
    let mut request = get(path);
    if tenant != "none" {
        let value = HeaderValue::from_bytes(tenant.as_bytes()).unwrap();
        request.headers_mut().insert("x-tenant", value);
    }
    request
}

/// One request in an hour for each value of this.
fn hourly(key: &str) -> Policies {
    let local = LocalRates {
        tokens: false,
        key: Some(expression(key)),
        rates: vec![Rate::per_hour(1)],
    };
    let limits = RateLimits {
        local: vec![local],
        global: None,
    };
    Policies {
        rate_limit: part(Cases(vec![(None, limits)])),
        ..Policies::default()
    }
}

#[tokio::test]
async fn each_value_of_a_key_counts_by_itself() {
    let (parts, _) = parts();
    let limits = hourly("request.headers['x-tenant']");
    let table = serving(&parts, vec![limited("/1", &limits), limited("/2", &limits)]);
    for (path, tenant, expected) in [
        ("/1", "red", 200),
        // The rules share what the policy counts.
        ("/2", "red", 429),
        ("/2", "blue", 200),
        ("/1", "blue", 429),
        // Who leaves it out is one with all who do: nobody escapes by that.
        ("/1", "none", 200),
        ("/2", "none", 429),
        // Nor by leaving it empty.
        ("/1", "", 429),
        // What is no text is there nevertheless.
        ("/1", "é", 200),
        ("/2", "é", 429),
    ] {
        let found = status(&table, of(path, tenant)).await;
        assert_eq!(found, expected, "{path} {tenant}");
    }
}

#[tokio::test]
async fn a_part_that_is_missing_frees_nobody_and_has_asks_whether_it_is_there() {
    for (key, expected) in [
        ("'of ' + request.headers['x-tenant']", [200, 429]),
        (
            "request.headers['x-tenant'] == 'red' ? 'a' : 'b'",
            [200, 429],
        ),
        (
            "'x-tenant' in request.headers ? request.headers['x-tenant'] : null",
            [200, 200],
        ),
        ("has(principal.name) ? principal.name : null", [200, 200]),
        ("has(principal.name) ? principal.name : ''", [200, 429]),
        ("principal.name", [200, 429]),
    ] {
        let (parts, _) = parts();
        let table = serving(&parts, vec![limited("/", &hourly(key))]);
        for expected in expected {
            assert_eq!(status(&table, of("/", "none")).await, expected, "{key}");
        }
    }
}

/// What a caller's own limit refuses takes nothing from what all have together, in whatever order.
#[tokio::test]
async fn a_limit_of_each_refuses_before_a_limit_of_all_counts() {
    let rates = |key: Option<&str>, permits| LocalRates {
        tokens: false,
        key: key.map(expression),
        rates: vec![Rate::per_hour(permits)],
    };
    let limits = RateLimits {
        local: vec![
            rates(None, 3),
            rates(Some("request.headers['x-tenant']"), 1),
        ],
        global: None,
    };
    let own = Policies {
        rate_limit: part(Cases(vec![(None, limits)])),
        ..Policies::default()
    };
    let all = RateLimits {
        local: vec![rates(None, 3)],
        global: None,
    };
    let mut budget = spending(1);
    let Some(spent) = &mut budget.budgets else {
        unreachable!()
    };
    Arc::make_mut(spent).spec[0].key = Some(expression("request.headers['x-tenant']"));
    budget.rate_limit = part(Cases(vec![(None, all)]));
    for policies in [own, budget] {
        let (parts, _) = parts();
        let table = serving(&parts, vec![limited("/", &policies)]);
        assert_eq!(status(&table, of("/", "red")).await, 200);
        for _ in 0..5 {
            assert_eq!(status(&table, of("/", "red")).await, 429);
        }
        assert_eq!(status(&table, of("/", "blue")).await, 200);
        assert_eq!(status(&table, of("/", "green")).await, 200);
        assert_eq!(status(&table, of("/", "gold")).await, 429);
    }
}

#[tokio::test]
async fn what_comes_to_no_value_is_counted_together() {
    let (parts, _) = parts();
    let limits = hourly("string(int(request.headers['x-tenant']))");
    let table = serving(&parts, vec![limited("/", &limits)]);
    for (tenant, expected) in [("1", 200), ("2", 200), ("x", 200), ("y", 429), ("3", 200)] {
        assert_eq!(status(&table, of("/", tenant)).await, expected, "{tenant}");
    }
}

/// So many at once of all, or of each value of this.
fn at_once(requests: usize, key: Option<&str>) -> Policies {
    let limit = Concurrency {
        requests,
        key: key.map(expression),
    };
    Policies {
        concurrency: part(vec![limit]),
        ..Policies::default()
    }
}

/// So many requests in an hour.
fn spending(requests: u64) -> Policies {
    let budget = Budget {
        counted: Spent::Requests,
        allowance: Allowance::new(requests, Duration::from_secs(3600)),
        key: None,
        failure_mode: FailureMode::Closed,
    };
    Policies {
        budgets: part(vec![budget]),
        ..Policies::default()
    }
}

/// Fault C10 (part): what is in flight is counted over a reload that does not change its limit.
#[tokio::test]
async fn a_place_is_held_to_the_end_of_an_answer_whatever_rule_and_plan() {
    for (key, refused) in [(None, 503), (Some("request.headers['x-tenant']"), 429)] {
        let (parts, _) = parts();
        let rules = || {
            let limits = at_once(1, key);
            vec![limited("/1", &limits), limited("/2", &limits)]
        };
        let before = serving(&parts, rules());
        let first = ask(&before, of("/1", "red")).await;
        assert_eq!(first.status(), 200);
        let mut more = rules();
        more.push(rule("/3", Action::Forward(to("b"))));
        let after = serving(&parts, more);
        for table in [&before, &after] {
            let full = ask(table, of("/2", "red")).await;
            assert_eq!(full.status(), refused);
            assert!(full.headers().contains_key("retry-after"));
        }
        assert_eq!(status(&after, of("/3", "red")).await, 200);
        if key.is_some() {
            assert_eq!(status(&after, of("/1", "blue")).await, 200);
            assert_eq!(status(&after, of("/1", "none")).await, 200);
        }
        drop(text(first).await);
        assert_eq!(status(&after, of("/2", "red")).await, 200);
    }
}

/// Fault C10 (part): what was spent stays spent over a reload, also where it changes how much there is.
#[tokio::test]
async fn a_budget_with_more_in_it_has_spent_as_much_as_before() {
    let (parts, _) = parts();
    let before = serving(&parts, vec![limited("/", &spending(2))]);
    for expected in [200, 200, 429] {
        assert_eq!(status(&before, get("/")).await, expected);
    }
    let same = serving(&parts, vec![limited("/", &spending(2))]);
    assert_eq!(status(&same, get("/")).await, 429);
    let more = serving(&parts, vec![limited("/", &spending(3))]);
    assert_eq!(status(&more, get("/")).await, 200);
    assert_eq!(status(&more, get("/")).await, 429);
    assert_eq!(status(&before, get("/")).await, 429);
}
