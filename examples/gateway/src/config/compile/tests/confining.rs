//! What runs under those of its grants alone that are still there.

use super::support::{EDGE, WEB, objects, route, rules, shares, statuses, store};
use crate::config::compile::{Compiled, Grant, Options, compile, revoked};
use crate::config::object::{Generations, Store};

const ROUTE: &str = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
    metadata: {name: r, namespace: infra}\nspec:\n  parentRefs: [{name: edge}]\n  rules:\n  \
    - backendRefs:\n    - {name: a, namespace: web, port: 80, weight: 3}\n    \
    - {name: b, namespace: web, port: 80, weight: 1}\n";

/// A grant of this name, for routes of `infra`, to this Service of `web`, or to all of them.
fn grant(name: &str, service: &str) -> String {
    let to = match service {
        "" => String::new(),
        service => format!(", name: {service}"),
    };
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\n\
         metadata: {{name: {name}, namespace: web}}\nspec:\n  \
         from: [{{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra}}]\n  \
         to: [{{group: \"\", kind: Service{to}}}]\n"
    )
}

fn grants(texts: &[&str]) -> Vec<Grant> {
    let (store, _) = Store::new(objects(texts), &Generations::default());
    store.grants().map(Grant::of).collect()
}

/// What runs under grants of `running`, confined to those of `now`, and which are revoked.
fn confined(running: &[&str], now: &[&str]) -> (Compiled, Vec<String>) {
    let texts = [&[EDGE, WEB, ROUTE], running].concat();
    let store = store(&texts);
    let now = grants(now);
    let revoked = revoked(&store, &now);
    let options = Options {
        confined_to: Some(now),
        ..Options::default()
    };
    let names = revoked.into_iter().map(|it| it.name);
    (compile(&store, &options), names.collect())
}

/// Fault C06: a grant that is gone gives nothing any more, whatever else of the change is refused; and none that came with it gives anything.
#[test]
fn a_grant_that_is_gone_is_revoked_and_none_is_added() {
    let (all, a, b) = (grant("all", ""), grant("a", "a"), grant("b", "b"));
    let renamed = grant("other", "");
    let cases: [(&[&str], &[&str], [&str; 2], &[&str]); 6] = [
        (&[&all], &[&all], ["a:3", "b:1"], &[]),
        (&[&all], &[&renamed], ["a:3", "b:1"], &[]),
        (&[&all], &[], ["500:3", "500:1"], &["all"]),
        (&[&all], &[&a], ["a:3", "500:1"], &["all"]),
        (&[&a, &b], &[&b], ["500:3", "b:1"], &["a"]),
        (&[&a], &[&all], ["a:3", "500:1"], &[]),
    ];
    for (running, now, wanted, gone) in cases {
        let (found, revoked) = confined(running, now);
        assert_eq!(shares(&rules(&found, "http")[0]), wanted, "{now:?}");
        assert_eq!(revoked, gone, "{now:?}");
    }
    let (found, _) = confined(&[&all], &[]);
    let set = statuses(&found);
    let mut all = set.get(&route("infra", "r")).unwrap().conditions();
    assert!(all.any(|(_, it)| it.reason == "RefNotPermitted"));
}
