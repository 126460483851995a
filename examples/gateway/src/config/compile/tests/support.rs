//! Texts to compilations, and compilations to what tests compare.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use crate::config::File;
use crate::config::compile::{Compiled, Options, compile};
use crate::config::object::{Generations, Object, Store, decode};
use crate::config::resource::Reference;
use crate::config::snapshot::{Action, Outcome, Rule};
use crate::config::status::{Bound, ObjectStatus, StatusSet, Timestamp, status};
use crate::config::yaml::parse;

pub(crate) const GATEWAY: &str = "gateway.networking.k8s.io";

/// A class, and a Gateway `infra/edge` with a listener `http` on port 80 for all namespaces.
pub(crate) const EDGE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agw}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: agw
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
";

/// Services `a` and `b` in namespace `web`.
pub(crate) const WEB: &str = "\
apiVersion: v1
kind: Service
metadata: {name: a, namespace: web}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: web}
spec: {ports: [{port: 80}]}
";

pub(crate) fn objects(texts: &[&str]) -> Vec<Object> {
    let mut all = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let (documents, faults) = parse(&File::new(format!("{index}.yaml"), *text));
        assert_eq!(faults, [], "{text}");
        let (objects, problems) = decode(&documents);
        assert_eq!(problems, []);
        all.extend(objects);
    }
    all
}

pub(crate) fn store(texts: &[&str]) -> Store {
    Store::new(objects(texts), &Generations::default()).0
}

pub(crate) fn compiled(texts: &[&str]) -> Compiled {
    compile(&store(texts), &Options::default())
}

/// Every served listener bound to 127.0.0.1.
pub(crate) fn bound(compiled: &Compiled) -> Bound {
    let mut bound = Bound::default();
    for gateway in &compiled.snapshot.gateways {
        for listener in &gateway.listeners {
            let at = ([127, 0, 0, 1], listener.port).into();
            bound.insert(&gateway.reference, &listener.name, Ok(at));
        }
    }
    bound
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    (UNIX_EPOCH + Duration::from_secs(seconds)).into()
}

pub(crate) fn statuses(compiled: &Compiled) -> StatusSet {
    let set = status(&compiled.facts, &bound(compiled), None, &at(0));
    for (object, status) in &set.objects {
        for (_, condition) in status.conditions() {
            let first = condition.message.split(' ').next().unwrap_or_default();
            // A condition stands alone: who is meant is in it.
            let verbs = [
                "", "is", "must", "needs", "has", "holds", "names", "chooses",
            ];
            assert!(!verbs.contains(&first), "{object}: {}", condition.message);
        }
    }
    set
}

pub(crate) fn gateway(namespace: &str, name: &str) -> Reference {
    Reference::new(GATEWAY, "Gateway", namespace, name)
}

pub(crate) fn route(namespace: &str, name: &str) -> Reference {
    Reference::new(GATEWAY, "HTTPRoute", namespace, name)
}

pub(crate) fn policy(namespace: &str, name: &str) -> Reference {
    Reference::new("agentgateway.dev", "AgentgatewayPolicy", namespace, name)
}

/// The conditions of an object as `part type=status/reason`.
pub(crate) fn conditions(set: &StatusSet, object: &Reference) -> Vec<String> {
    let found = set.get(object).map(ObjectStatus::conditions);
    let found = found.into_iter().flatten();
    found
        .map(|(part, it)| {
            let text = format!("{part} {}={:?}/{}", it.kind, it.status, it.reason);
            text.trim().to_owned()
        })
        .collect()
}

/// The message of a condition.
pub(crate) fn message(set: &StatusSet, object: &Reference, part: &str, kind: &str) -> String {
    let mut all = set
        .get(object)
        .into_iter()
        .flat_map(ObjectStatus::conditions);
    let found = all.find(|(of, it)| of == part && it.kind == kind);
    found.map(|(_, it)| it.message.clone()).unwrap_or_default()
}

/// The rules of a Gateway's listener.
pub(crate) fn rules(compiled: &Compiled, listener: &str) -> Vec<Rule> {
    let gateways = compiled.snapshot.gateways.iter();
    let all = gateways.flat_map(|gateway| &gateway.listeners);
    let found = all.filter(|found| found.name == listener);
    found.flat_map(|found| found.rules.clone()).collect()
}

/// What answers a rule: a word for each share.
pub(crate) fn shares(rule: &Rule) -> Vec<String> {
    match &rule.action {
        Action::Redirect(_) => vec!["redirect".to_owned()],
        Action::Describe(_) => vec!["metadata".to_owned()],
        Action::Receive(_) => vec!["push".to_owned()],
        Action::Invalid(_) => vec!["500".to_owned()],
        Action::Forward(backends) => {
            let word = |outcome: &Outcome| match outcome {
                Outcome::Backend(backend) => backend.reference.name.clone(),
                Outcome::Invalid(_) => "500".to_owned(),
                Outcome::Unavailable(_) => "503".to_owned(),
            };
            let share = |it: &crate::config::snapshot::WeightedBackend| {
                format!("{}:{}", word(&it.outcome), it.weight)
            };
            backends.iter().map(share).collect()
        }
    }
}

/// The shared fixtures, if they are there; a test that needs them says that it is skipped if not.
pub(crate) fn fixtures() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut ancestors = root.ancestors();
    let found = ancestors.find_map(|up| {
        let path = up.join("shared/data/gateway-api");
        path.is_dir().then_some(path)
    });
    if found.is_none() {
        println!("skipped: ../shared/data/gateway-api is not here");
    }
    found
}
