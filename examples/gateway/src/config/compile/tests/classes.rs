//! GatewayClasses and their parameters.

use std::time::Duration;

use super::own::{TEAM, TOKENS};
use super::support::{EDGE, GATEWAY, bound, compiled, conditions, gateway, message, statuses};
use crate::config::compile::Compiled;
use crate::config::resource::{LogFormat, Reference};
use crate::config::snapshot::{Action, Outcome};

const PARAMETERS: &str = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
    metadata: {name: params, namespace: infra}\nspec: {logging: {level: info}}\n";

fn referring(to: &str) -> String {
    EDGE.replace(
        "agentgateway.dev/agentgateway}",
        &format!("agentgateway.dev/agentgateway, parametersRef: {{{to}}}}}"),
    )
}

/// A class with a broken reference is not provided, and neither are its Gateways.
#[test]
fn a_class_whose_parameters_are_not_there_is_refused_with_its_gateways() {
    let ours = "group: agentgateway.dev, kind: AgentgatewayParameters";
    let class = Reference::new(GATEWAY, "GatewayClass", "", "agw");
    for (to, said) in [
        (
            format!("{ours}, name: parms, namespace: infra"),
            "AgentgatewayParameters infra/parms not found; did you mean \"params\"?",
        ),
        (
            format!("{ours}, name: params, namespace: web"),
            "AgentgatewayParameters web/params not found; it exists in namespace infra",
        ),
        (
            "group: \"\", kind: ConfigMap, name: params, namespace: infra".to_owned(),
            "parametersRef must be agentgateway.dev/AgentgatewayParameters, found ConfigMap",
        ),
    ] {
        let found = compiled(&[&referring(&to), PARAMETERS]);
        let set = statuses(&found);
        let all = conditions(&set, &class);
        assert_eq!(all[0], "Accepted=False/InvalidParameters", "{to}");
        assert_eq!(message(&set, &class, "", "Accepted"), said);
        let edge = gateway("infra", "edge");
        let all = conditions(&set, &edge);
        assert_eq!(all[0], "Accepted=False/InvalidParameters");
        assert_eq!(all[1], "Programmed=False/Invalid");
        let why = message(&set, &edge, "", "Accepted");
        assert_eq!(why, format!("GatewayClass agw is not accepted: {said}"));
        assert!(bound(&found).listeners.is_empty());
    }
    let to = format!("{ours}, name: params, namespace: infra");
    let found = compiled(&[&referring(&to), PARAMETERS]);
    let set = statuses(&found);
    assert_eq!(conditions(&set, &class)[0], "Accepted=True/Accepted");
    let said = message(&set, &class, "", "Accepted");
    assert_eq!(said, "the class is served");
    let edge = &found.snapshot.gateways[0];
    assert_eq!(edge.listeners.len(), 1);
    assert_eq!(edge.parameters.log_level.as_deref(), Some("info"));
}

/// Of a class in namespace `ops`, and of a Gateway of it.
fn both(of_class: &str, of_gateway: &str, served: &[&str]) -> Compiled {
    let ours = "group: agentgateway.dev, kind: AgentgatewayParameters";
    let edge = referring(&format!("{ours}, name: all, namespace: ops"));
    let edge = edge.replace(
        "gatewayClassName: agw",
        &format!(
            "gatewayClassName: agw\n  infrastructure: {{parametersRef: {{{ours}, name: own}}}}"
        ),
    );
    let parameters = |name: &str, namespace: &str, spec: &str| {
        format!(
            "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
             metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
        )
    };
    let (all, own) = (
        parameters("all", "ops", of_class),
        parameters("own", "infra", of_gateway),
    );
    let mut texts = vec![&*edge, &*all, &*own];
    texts.extend(served);
    compiled(&texts)
}

const AGENT: &str = "\
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: planner, namespace: infra}
spec: {a2a: {host: a, port: 1}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: infra}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: planner}]}]
";

#[test]
fn what_a_gateway_does_not_say_its_class_does() {
    let found = both(
        "{logging: {level: debug, format: json}, shutdown: {min: 1, max: 2}, \
         env: [{name: A, value: class}, {name: B, value: class}]}",
        "{logging: {level: warn}, env: [{name: B, value: own}]}",
        &[],
    );
    let parameters = &found.snapshot.gateways[0].parameters;
    assert_eq!(parameters.log_level.as_deref(), Some("warn"));
    assert_eq!(parameters.log_format, Some(LogFormat::Json));
    assert_eq!(parameters.shutdown_max, Some(Duration::from_secs(2)));
    let env = parameters.env.iter();
    let env: Vec<_> = env.map(|it| (&*it.name, it.value.expose())).collect();
    assert_eq!(env, [("A", "class"), ("B", "own")]);
}

#[test]
fn the_gateways_own_settings_of_a_class_count_behind_those_of_a_gateway() {
    let own = "backends: [{name: planner}], ";
    let found = both(
        "{rawConfig: {a2a: [{openStreams: 3, loops: {}}]}}",
        &format!("{{rawConfig: {{a2a: [{{{own}openStreams: 5}}]}}}}"),
        &[AGENT],
    );
    let Outcome::Backend(backend) = only(&found) else {
        panic!("{:?}", only(&found));
    };
    assert_eq!(
        backend.decisions(),
        [
            "infra/own rawConfig.a2a of AgentgatewayBackend infra/planner openStreams: lets a caller have 5 streams \
             open",
            "ops/all rawConfig.a2a of all agents loops: stops loops of agents",
        ]
    );
    // What cannot be had closes what it is for, and is told of where it stands.
    let found = both(
        "{rawConfig: {a2a: [{pushGuard: {networks: [x]}}]}}",
        "{rawConfig: {a2a: [{openStreams: 5}]}}",
        &[AGENT],
    );
    let Outcome::Invalid(why) = only(&found) else {
        panic!("{:?}", only(&found));
    };
    assert!(why.contains("ops/all"), "{why}");
    let blamed = found.facts.diagnoses().iter();
    let mut blamed = blamed.filter(|it| it.path.contains("pushGuard"));
    assert!(blamed.all(|it| it.object.name == "all"));
}

#[test]
fn servers_of_mcp_have_the_scopes_of_class_and_gateway() {
    let raw = |scope: &str| {
        format!("{{rawConfig: {{mcp: {{requiredScopes: [{{scopes: [{scope}]}}]}}}}}}")
    };
    let found = both(&raw("one"), &raw("two"), &[TEAM, TOKENS]);
    let Outcome::Backend(backend) = only(&found) else {
        panic!("{:?}", only(&found));
    };
    let scopes = backend.settings.policies.scopes.as_ref().unwrap();
    let needed: Vec<_> = scopes.spec.rules.iter().map(|(_, it)| &*it[0]).collect();
    assert_eq!(needed, ["two", "one"]);
}

fn only(found: &Compiled) -> &Outcome {
    let rule = &found.snapshot.gateways[0].listeners[0].rules[0];
    let Action::Forward(shares) = &rule.action else {
        panic!("{rule:?}");
    };
    &shares[0].outcome
}
