//! Settings of the gateway's own: `rawConfig` of parameters.

use super::support::{EDGE, compiled, gateway, message, statuses};
use crate::config::compile::{Compiled, Severity};
use crate::config::snapshot::{Action, BackendKind, Outcome};

mod agents;
mod models;

const REFERENCE: &str = "gatewayClassName: agw\n  infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}";

pub(super) const TEAM: &str = "\
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: team, namespace: infra}
spec: {mcp: {targets: [{name: a, static: {host: a, port: 1}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: infra}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: team}]}]
---
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: infra}
stringData: {id: hidden}
";

pub(super) const TOKENS: &str = "\
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: tokens, namespace: infra}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
  traffic:
    jwtAuthentication:
      providers: [{issuer: 'https://id.example.org', jwks: {remote: {url: 'https://id.example.org/k'}}}]
      mcp: {resourceMetadata: {resource: 'https://mcp.example.org/team'}}
";

fn with(raw: &str, more: &[&str]) -> Compiled {
    let edge = EDGE.replace("gatewayClassName: agw", REFERENCE);
    let parameters = format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
         metadata: {{name: p, namespace: infra}}\nspec: {{rawConfig: {raw}}}\n"
    );
    let mut texts = vec![&*edge, &*parameters, TEAM];
    texts.extend(more);
    compiled(&texts)
}

/// What its only route leads to.
fn outcome(found: &Compiled) -> &Outcome {
    let rule = &found.snapshot.gateways[0].listeners[0].rules[0];
    let Action::Forward(shares) = &rule.action else {
        panic!("{rule:?}");
    };
    &shares[0].outcome
}

/// The diagnoses of the parameters.
fn told(found: &Compiled) -> Vec<String> {
    let own = found.facts.diagnoses().iter();
    let own = own.filter(|it| it.object.kind == "AgentgatewayParameters");
    own.map(|it| {
        let severity = match it.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        format!("{severity} {}: {}", it.path, it.message)
    })
    .collect()
}

#[test]
fn scopes_become_a_policy_of_the_server_for_the_callers_of_its_route() {
    let raw = "{mcp: {requiredScopes: [{tool: 'drop*', scopes: [root]}]}}";
    let found = with(raw, &[TOKENS]);
    assert_eq!(told(&found), [] as [String; 0]);
    let Outcome::Backend(backend) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    let scopes = backend.settings.policies.scopes.as_ref().unwrap();
    assert_eq!(&*scopes.name, "infra/p rawConfig.mcp.requiredScopes");
    assert_eq!(scopes.spec.resource.url(), "https://mcp.example.org/team");
    assert_eq!(
        backend.decisions(),
        ["infra/p rawConfig.mcp.requiredScopes: the tool drop* needs root"]
    );
    let found = with(raw, &[]);
    let Outcome::Invalid(why) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    assert!(why.contains("attach traffic.jwtAuthentication"), "{why}");
    let [said] = told(&found).try_into().unwrap();
    assert!(
        said.starts_with(
            "error spec.rawConfig.mcp.requiredScopes: AgentgatewayBackend infra/team is reached"
        ),
        "{said}"
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_was_meant() {
    for (raw, said) in [
        (
            "{mcp: {requiredScopes: [{backend: {name: teem}, scopes: [a]}]}}",
            "error spec.rawConfig.mcp.requiredScopes[0].backend: AgentgatewayBackend infra/teem not found; \
             did you mean \"team\"?",
        ),
        (
            "{mcp: {requiredScopes: [{scopes: [offline_access]}]}}",
            "error spec.rawConfig.mcp.requiredScopes[0].scopes[0]: offline_access is between",
        ),
        (
            "{mcp: {clientCredentials: [{backend: {name: team}, tokenEndpoint: 'https://id/t', clientId: a, clientSecretRef: {name: own, key: ids}}]}}",
            "error spec.rawConfig.mcp.clientCredentials[0].clientSecretRef: Secret infra/own has no key \"ids\"; \
             did you mean \"id\"?",
        ),
        (
            "{mcp: {clientCredentials: [{backend: {name: team}, target: b, tokenEndpoint: 'https://id/t', clientId: a, clientSecretRef: {name: own, key: id}}]}}",
            "error spec.rawConfig.mcp.clientCredentials[0]: AgentgatewayBackend infra/team has no target b; it has a",
        ),
        (
            "{binds: [{port: 1}]}",
            "warning spec.rawConfig.binds: is known but not implemented, and has no effect",
        ),
        (
            "{mcp: {targets: []}}",
            "warning spec.rawConfig.mcp.targets: is known but not implemented, and has no effect",
        ),
    ] {
        let found = with(raw, &[TOKENS]);
        let told = told(&found);
        assert!(
            told.iter().any(|it| it.starts_with(said)),
            "{raw}: {told:#?}"
        );
    }
    let raw = "{mcp: {requiredScopes: [{backend: {name: teem}, scopes: [a]}]}}";
    let edge = gateway("infra", "edge");
    let said = message(&statuses(&with(raw, &[TOKENS])), &edge, "", "Accepted");
    let of = "of AgentgatewayParameters infra/p spec.rawConfig.mcp.requiredScopes[0].backend: ";
    assert!(said.contains(of), "{said}");
}

#[test]
fn a_server_without_its_token_is_not_called() {
    let token = |secret: &str| {
        format!(
            "{{mcp: {{clientCredentials: [{{backend: {{name: team}}, tokenEndpoint: 'https://id/t', clientId: a, clientSecretRef: {{name: {secret}, key: id}}}}]}}}}"
        )
    };
    let found = with(&token("own"), &[]);
    let Outcome::Backend(backend) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    let exchange = backend.settings.exchange.as_ref().unwrap();
    assert!(!format!("{exchange:?}").contains("hidden"));
    let found = with(&token("none"), &[]);
    assert!(matches!(outcome(&found), Outcome::Invalid(_)));
    // Of two credentials nobody knows which is meant.
    let keyed = TEAM.replace("}]}}", "}]}, policies: {auth: {key: k}}}");
    assert_ne!(keyed, TEAM);
    let edge = EDGE.replace("gatewayClassName: agw", REFERENCE);
    let parameters = format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
         metadata: {{name: p, namespace: infra}}\nspec: {{rawConfig: {}}}\n",
        token("own")
    );
    let found = compiled(&[&edge, &parameters, &keyed]);
    assert!(matches!(outcome(&found), Outcome::Invalid(_)));
    let [said] = told(&found).try_into().unwrap();
    assert!(said.contains("has a credential of its own"), "{said}");
}

#[test]
fn limits_and_words_of_tools_are_of_the_server() {
    let raw = "{mcp: {toolLimits: [{tool: 'drop*', callsPerMinute: 3, concurrentCalls: 2, timeout: 5s, \
               maxResultBytes: 9}], tools: [{backend: {name: team}, tool: ls, name: list, description: d}]}}";
    let found = with(raw, &[]);
    assert_eq!(told(&found), [] as [String; 0]);
    let Outcome::Backend(backend) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    assert_eq!(
        backend.decisions(),
        [
            "infra/p rawConfig.mcp.toolLimits of AgentgatewayBackend infra/team: the tool drop* has at most 3 calls a \
          minute, 2 calls at once, 5s for a call, 9 bytes of an answer"
        ]
    );
    let BackendKind::Mcp(servers) = &backend.kind else {
        panic!("{backend:?}");
    };
    let [words] = &*servers.targets[0].tools else {
        panic!("{servers:?}");
    };
    assert_eq!((&*words.tool, words.name.as_deref()), ("ls", Some("list")));

    let found = with(
        "{mcp: {tools: [{backend: {name: team}, target: b, tool: ls}]}}",
        &[],
    );
    assert!(
        matches!(outcome(&found), Outcome::Invalid(why) if why.ends_with("infra/team has no target b"))
    );
    let found = with("{mcp: {toolLimits: [{tool: a, timeout: 0s}]}}", &[]);
    let [said] = told(&found).try_into().unwrap();
    assert_eq!(
        said,
        "error spec.rawConfig.mcp.toolLimits[0].timeout: must be longer than 0s"
    );
}
