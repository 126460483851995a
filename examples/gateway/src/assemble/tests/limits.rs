use agentgateway_core::store::Rate;

use super::*;
use crate::{
    config::snapshot::{Cases, LocalRates, Part, Policies, RateLimits},
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

/// A rule for a prefix whose requests these decide about.
fn limited(prefix: &str, policies: &Policies) -> Rule {
    let mut rule = rule(prefix, Action::Forward(to("a")));
    rule.policies = Arc::new(policies.clone());
    rule
}

/// A request of this tenant, or of none.
fn of(path: &str, tenant: &'static str) -> Request<Body> {
    let mut request = get(path);
    if tenant != "none" {
        let headers = request.headers_mut();
        headers.insert("x-tenant", tenant.parse().unwrap());
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
        // Of whom nothing is said is not counted.
        ("/1", "none", 200),
        ("/1", "none", 200),
        ("/1", "", 200),
        ("/1", "", 200),
    ] {
        let found = status(&table, of(path, tenant)).await;
        assert_eq!(found, expected, "{path} {tenant}");
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
