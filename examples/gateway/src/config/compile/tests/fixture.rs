//! The rendered deployment of the fixtures.

use super::support::{
    bound, conditions, fixtures, gateway, message, policy, route, statuses, store,
};
use crate::config::compile::{Compiled, Options, Severity, compile};
use crate::config::resource::Reference;
use crate::telemetry::TracingState;

fn rendered(change: impl Fn(&str) -> String) -> Option<Compiled> {
    let root = fixtures()?;
    let text = std::fs::read_to_string(root.join("manifests-rendered/all.yaml")).unwrap();
    Some(compile(&store(&[&change(&text)]), &Options::default()))
}

fn same(text: &str) -> String {
    text.to_owned()
}

#[test]
fn the_deployment_is_served_as_it_stands() {
    let Some(found) = rendered(same) else { return };
    let errors = found.facts.diagnoses().iter();
    let errors: Vec<_> = errors.filter(|it| it.severity == Severity::Error).collect();
    assert_eq!(errors, [] as [&crate::config::compile::Diagnosis; 0]);
    let set = statuses(&found);
    let proxy = gateway("agentgateway-system", "agentgateway-proxy");
    let all = conditions(&set, &proxy);
    assert_eq!(
        all[..2],
        ["Accepted=True/Accepted", "Programmed=True/Programmed"]
    );
    let listeners = &found.snapshot.gateways[0].listeners;
    let names: Vec<_> = listeners
        .iter()
        .map(|it| (&*it.name, it.port, it.rules.len()))
        .collect();
    assert_eq!(
        names,
        [("a2a", 8080, 2), ("mcp", 9090, 1), ("llm", 9080, 1)]
    );
    for listener in listeners {
        assert!(matches!(listener.tracing, TracingState::Policy(_)));
    }
    for (namespace, name) in [
        ("agents", "a2a-agents"),
        ("tools", "mcp-tools"),
        ("llm", "llm-models"),
    ] {
        let all = conditions(&set, &route(namespace, name));
        assert!(all.iter().all(|it| it.contains("=True/")), "{all:?}");
    }
    let parameters = &found.snapshot.gateways[0].parameters;
    assert_eq!(parameters.env.len(), 6);
    assert_eq!(parameters.shutdown_max.unwrap().as_secs(), 60);
    let own = |name: &str, namespace: &str| {
        Reference::new("agentgateway.dev", "AgentgatewayBackend", namespace, name)
    };
    let mcp = message(&set, &own("mcp-tools", "tools"), "", "Accepted");
    assert_eq!(mcp, "Backend successfully accepted");
    let ai = message(&set, &own("models", "llm"), "", "Accepted");
    assert_eq!(ai, "Backend successfully accepted");
}

#[test]
fn without_its_grant_tracing_stops_and_all_is_served() {
    let change = |text: &str| {
        text.replace("kind: ReferenceGrant", "kind: ConfigMap")
            .replace(
                "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ConfigMap",
                "apiVersion: v1\nkind: ConfigMap",
            )
    };
    let Some(found) = rendered(change) else {
        return;
    };
    let all = conditions(
        &statuses(&found),
        &policy("agentgateway-system", "otel-tracing"),
    );
    assert_eq!(
        all[2],
        "agentgateway-proxy ResolvedRefs=False/RefNotPermitted"
    );
    assert_eq!(bound(&found).listeners.len(), 3);
    let listeners = &found.snapshot.gateways[0].listeners;
    assert!(
        listeners
            .iter()
            .all(|it| matches!(it.tracing, TracingState::Denied { .. }))
    );
}

#[test]
fn parameters_that_are_not_there_are_named_with_those_that_were_meant() {
    let change = |text: &str| {
        text.replace(
            "      name: agentgateway-proxy-params",
            "      name: agentgateway-proxy-parms",
        )
    };
    let Some(found) = rendered(change) else {
        return;
    };
    let set = statuses(&found);
    let proxy = gateway("agentgateway-system", "agentgateway-proxy");
    let all = conditions(&set, &proxy);
    assert_eq!(
        all[..2],
        [
            "Accepted=False/InvalidParameters",
            "Programmed=False/Invalid"
        ]
    );
    assert_eq!(
        message(&set, &proxy, "", "Accepted"),
        "AgentgatewayParameters agentgateway-system/agentgateway-proxy-parms not found; did you \
         mean \"agentgateway-proxy-params\"?"
    );
}
