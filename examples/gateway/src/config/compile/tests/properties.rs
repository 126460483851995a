//! What holds for any manifests.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{EDGE, at, bound, objects, shares};
use crate::config::compile::{Compiled, Options, compile};
use crate::config::object::{Generations, Object, Spec, Store};
use crate::config::resource::Reference;
use crate::config::status::status;

const NAMESPACES: [&str; 3] = ["infra", "web", "apps"];

fn pick<'a>(words: &[&'a str], n: u8) -> &'a str {
    words[usize::from(n) % words.len()]
}

/// One object, by a few numbers: most of them refer to one another, some of them wrongly.
fn object(kind: u8, name: u8, a: u8, b: u8, c: u8) -> Value {
    let namespace = |n: u8| NAMESPACES[usize::from(n) % 3];
    let meta = json!({
        "name": format!("n{}", name % 4),
        "namespace": namespace(a),
        "creationTimestamp": (b.is_multiple_of(2)).then(|| format!("2026-01-0{}T00:00:00Z", c % 3 + 1)),
        "labels": {"m": format!("{}", c % 2)},
    });
    let group = "gateway.networking.k8s.io";
    let (version, kind, spec) = match kind % 10 {
        0 | 7 => (
            "v1",
            "Service",
            json!({"ports": [
                {"port": 80},
                {"port": 81, "appProtocol": pick(&["agentgateway.dev/mcp", "x", "agentgateway.dev/a2a"], c)},
            ]}),
        ),
        1 | 8 => (
            "gateway.networking.k8s.io/v1",
            "ReferenceGrant",
            json!({
                "from": [
                    {"group": group, "kind": pick(&["HTTPRoute", "GRPCRoute"], b), "namespace": namespace(b)},
                    {"group": group, "kind": "HTTPRoute", "namespace": namespace(c)},
                ],
                "to": [{"group": "", "kind": "Service", "name": (c.is_multiple_of(4)).then(|| format!("n{}", c % 4))}],
            }),
        ),
        2 => (
            "agentgateway.dev/v1alpha1",
            "AgentgatewayPolicy",
            json!({
                "targetRefs": [{"group": group, "kind": pick(&["Gateway", "HTTPRoute"], b),
                    "name": if b.is_multiple_of(2) { "edge".to_owned() } else { format!("n{}", c % 4) }}],
                "traffic": {"timeouts": {"request": format!("{}s", u16::from(c) + 1)}},
                "backend": {"http": {"requestTimeout": format!("{}s", u16::from(b) + 1)}},
            }),
        ),
        3 => (
            "agentgateway.dev/v1alpha1",
            "AgentgatewayBackend",
            json!({
                "mcp": {"targets": [
                    {"name": "x", "selector": {"services": {"matchLabels": {"m": "1"}}, "namespaces": {}}},
                    {"name": "y", "static": {"backendRef": {"name": format!("n{}", c % 4)}, "port": 81}},
                ]},
            }),
        ),
        4 => (
            "gateway.networking.k8s.io/v1",
            "Gateway",
            json!({
                "gatewayClassName": "agw",
                "listeners": [
                    {"name": "http", "port": 80 + u16::from(b % 3), "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}},
                    {"name": "two", "port": 80 + u16::from(c % 3), "protocol": pick(&["HTTP", "TCP"], c), "hostname": c.is_multiple_of(2).then_some("two.com")},
                ],
            }),
        ),
        n => (
            "gateway.networking.k8s.io/v1",
            if n == 6 { "GRPCRoute" } else { "HTTPRoute" },
            json!({
                "parentRefs": [{"name": "edge", "namespace": "infra"}, {"name": format!("n{}", c % 4), "port": 80}],
                "hostnames": if c.is_multiple_of(3) { json!([]) } else { json!([format!("h{}.com", b % 3)]) },
                "rules": [{"backendRefs": [
                    {"name": format!("n{}", b % 5), "namespace": namespace(b), "port": 80, "weight": c},
                    {"name": format!("n{}", c % 5), "namespace": namespace(c), "port": 81 + u16::from(c % 2)},
                    {"group": "agentgateway.dev", "kind": "AgentgatewayBackend", "name": format!("n{}", c % 4)},
                ]}],
            }),
        ),
    };
    without_nulls(json!({"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec}))
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                members
                    .map(|(name, value)| (name, without_nulls(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn manifests() -> impl Strategy<Value = Vec<Value>> {
    let one = any::<(u8, u8, u8, u8, u8)>();
    let one = one.prop_map(|(kind, name, a, b, c)| object(kind, name, a, b, c));
    proptest::collection::vec(one, 0..24)
}

fn all(manifests: &[Value]) -> Vec<Object> {
    let texts: Vec<String> = manifests.iter().map(ToString::to_string).collect();
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.push(EDGE);
    objects(&texts)
}

fn run(objects: Vec<Object>) -> Compiled {
    let (store, _) = Store::new(objects, &Generations::default());
    compile(&store, &Options::default())
}

/// The answers of all rules.
fn answers(compiled: &Compiled) -> Vec<String> {
    let gateways = compiled.snapshot.gateways.iter();
    let listeners = gateways.flat_map(|gateway| &gateway.listeners);
    let rules = listeners.flat_map(|listener| &listener.rules);
    rules
        .flat_map(|rule| {
            shares(rule)
                .into_iter()
                .map(|share| format!("{} {share}", rule.route))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_the_input_has_no_effect(manifests in manifests(), seed in any::<u64>()) {
        let sorted = all(&manifests);
        let mut shuffled = sorted.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        prop_assert_eq!(run(sorted), run(shuffled));
    }

    #[test]
    fn a_second_status_changes_nothing(manifests in manifests()) {
        let found = run(all(&manifests));
        let bound = bound(&found);
        let first = status(&found.facts, &bound, None, &at(1));
        let second = status(&found.facts, &bound, Some(&first), &at(2));
        prop_assert_eq!(first.changes(&second).count(), 0);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn no_gateway_is_programmed_that_is_not_accepted(manifests in manifests()) {
        let found = run(all(&manifests));
        let set = status(&found.facts, &bound(&found), None, &at(1));
        for (reference, object) in &set.objects {
            let holds = |kind: &str| {
                let mut all = object.conditions();
                all.any(|(part, it)| part.is_empty() && it.kind == kind && it.status == crate::config::compile::State::True)
            };
            prop_assert!(!holds("Programmed") || holds("Accepted"), "{}", reference);
        }
    }

    #[test]
    fn without_grants_nothing_crosses_namespaces(manifests in manifests()) {
        let objects = all(&manifests).into_iter().filter(|it| it.spec.grant().is_none());
        let (store, _) = Store::new(objects.collect(), &Generations::default());
        let found = compile(&store, &Options::default());
        for rule in found.snapshot.gateways.iter().flat_map(|it| &it.listeners).flat_map(|it| &it.rules) {
            for (share, crosses) in shares(rule).iter().zip(crossing(&store, &rule.route)) {
                prop_assert!(!crosses || share.starts_with("500:"), "{}: {}", rule.route, share);
            }
        }
    }

    #[test]
    fn a_removed_grant_turns_its_shares_into_500(manifests in manifests()) {
        let objects = all(&manifests);
        let (store, _) = Store::new(objects.clone(), &Generations::default());
        let before = run(objects);
        for grant in store.grants().map(|(object, _)| object.reference.clone()) {
            let rest = store.iter().filter(|it| it.reference != grant && it.place.document() > 0);
            let after = run(rest.cloned().collect());
            let (was, is) = (answers(&before), answers(&after));
            let listed = was.iter().zip(&is).filter(|(was, is)| was != is);
            for (_, is) in listed {
                prop_assert!(is.contains(" 500:"), "{}", is);
            }
            prop_assert_eq!(was.len(), is.len());
            for (reference, route) in &after.facts.routes {
                let crosses = before.facts.routes.get(reference) != Some(route);
                let denied = |it: &crate::config::compile::Claim| it.reason == "RefNotPermitted"
                    || it.message.contains("no ReferenceGrant")
                    // The grant was the last thing in its namespace.
                    || it.message.contains("nor anything else in namespace");
                if crosses {
                    let claims = route.parents.iter().flat_map(|it| &it.claims);
                    prop_assert!(claims.filter(|it| denied(it)).count() > 0, "{}", reference);
                }
            }
        }
    }
}

/// Which backends of the only rule of a route are in another namespace.
fn crossing(store: &Store, route: &Reference) -> Vec<bool> {
    let spec = &store.get(route).unwrap().spec;
    let http = spec.http_route().map(|it| &it.rules[0].backend_refs);
    let grpc = spec.grpc_route().map(|it| &it.rules[0].backend_refs);
    let http = http.into_iter().flatten().map(|it| it.reference());
    let all = http.chain(grpc.into_iter().flatten().map(|it| it.reference()));
    all.map(|it| it.namespace.is_some_and(|it| it != route.namespace))
        .collect()
}

/// The property of removed grants is worth something only if grants are used.
#[test]
fn grants_of_the_properties_are_often_used() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut used = 0;
    for _ in 0..300 {
        let objects = all(&manifests().new_tree(&mut runner).unwrap().current());
        let without = objects.iter().filter(|it| it.spec.grant().is_none());
        let without = run(without.cloned().collect());
        used += usize::from(answers(&run(objects)) != answers(&without));
    }
    assert!(used >= 10, "{used}");
}

#[test]
fn an_empty_store_gives_nothing() {
    let found = run(Vec::new());
    assert_eq!(found.snapshot.gateways, []);
    assert_eq!(found.facts.diagnoses(), []);
}

/// The kinds that the properties are about are all compiled.
#[test]
fn the_manifests_of_the_properties_are_read() {
    let kinds = (0..7).map(|kind| object(kind, 1, 1, 1, 1));
    let found = all(&kinds.collect::<Vec<_>>());
    assert!(found.iter().all(|it| !matches!(it.spec, Spec::Foreign)));
}
