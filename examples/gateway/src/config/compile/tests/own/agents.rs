//! Settings of agents and of catalogues.

use super::*;

const PLANNER: &str = "\
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
---
apiVersion: v1
kind: Secret
metadata: {name: own, namespace: infra}
stringData: {id: hidden}
";

fn with_agent(entries: &str) -> Compiled {
    let edge = EDGE.replace("gatewayClassName: agw", REFERENCE);
    let parameters = format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
         metadata: {{name: p, namespace: infra}}\nspec: {{rawConfig: {{a2a: [{entries}]}}}}\n"
    );
    compiled(&[&*edge, &*parameters, PLANNER])
}

#[test]
fn of_several_entries_the_first_that_says_something_of_an_agent_has_it() {
    let found = with_agent(
        "{backends: [{name: planner}], openStreams: 3}, \
         {openStreams: 7, tenantClaim: org, loops: {maxHops: 4, maxOfRoot: 9}, messages: {maxBytes: 9}}",
    );
    assert_eq!(told(&found), [] as [String; 0]);
    let Outcome::Backend(backend) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    let rules = backend.settings.policies.agents.as_ref().unwrap();
    assert_eq!(rules.open_streams.as_ref().unwrap().spec, 3);
    let loops = &rules.loops.as_ref().unwrap().spec;
    assert_eq!((loops.max_hops, loops.max_of_root), (Some(4), Some(9)));
    assert_eq!(rules.tenant_claim.as_ref().unwrap().spec, "org");
    assert_eq!(rules.messages, None);
    let terms = backend.settings.agent.as_ref().unwrap();
    assert_eq!(terms.max_body_bytes, Some(9));
    assert_eq!(
        backend.decisions(),
        [
            "infra/p rawConfig.a2a of all agents tenantClaim: takes the tenant from the claim \"org\" of the \
             token",
            "infra/p rawConfig.a2a of AgentgatewayBackend infra/planner openStreams: lets a caller have 3 \
             streams open",
            "infra/p rawConfig.a2a of all agents loops: stops loops of agents",
        ]
    );
}

#[test]
fn a_relay_is_reached_by_a_rule_of_its_own_behind_all_others() {
    let found = with_agent("{pushRelay: {publicUrl: 'https://agents.example.org/edge'}}");
    let rules = &found.snapshot.gateways[0].listeners[0].rules;
    assert_eq!(rules.len(), 2);
    assert!(matches!(rules[1].action, Action::Receive(_)));
    let path = &rules[1].matches[0].path;
    assert_eq!(
        *path,
        agentgateway_core::route::PathMatch::Prefix("/edge/push".to_owned())
    );
}

#[test]
fn an_agent_is_closed_while_what_is_asked_for_it_cannot_be_had() {
    for (entry, said) in [
        (
            "{pushGuard: {networks: [10.0.0.0/99]}}",
            "pushGuard.networks[0]: \"10.0.0.0/99\" is no network such as 10.20.0.0/16",
        ),
        (
            "{owners: {lifetime: 0s}}",
            "owners.lifetime: must be longer than 0s",
        ),
        (
            "{cards: {verifyUpstream: Require}}",
            "cards.keys: keys are needed to check signatures",
        ),
        (
            "{cards: {verifyUpstream: Warn, keys: [{inline: '{}'}]}}",
            "cards.keys[0]: ",
        ),
        (
            "{cards: {signed: Resign}}",
            "cards.signingKeyRef: a key is needed to sign with",
        ),
        (
            "{cards: {signed: Resign, signingKeyRef: {name: own, key: id}}}",
            "cards.signingKeyRef: key id of Secret infra/own: ",
        ),
        (
            "{cards: {signed: Preserve, signingKeyRef: {name: own, key: id}}}",
            "cards.signingKeyRef: a key is given and nothing is signed with it",
        ),
    ] {
        let found = with_agent(entry);
        let told = told(&found);
        let said = format!("error spec.rawConfig.a2a[0].{said}");
        assert!(
            told.iter().any(|it| it.starts_with(&said)),
            "{entry}: {told:#?}"
        );
        assert!(told.iter().all(|it| !it.contains("hidden")), "{told:#?}");
        let Outcome::Invalid(why) = outcome(&found) else {
            panic!("{entry}: {:?}", outcome(&found));
        };
        assert!(why.contains("rawConfig.a2a[0]"), "{why}");
    }
}

#[test]
fn what_is_for_agents_or_servers_alone_closes_who_is_neither() {
    let found = with("{a2a: [{backends: [{name: team}], openStreams: 1}]}", &[]);
    let Outcome::Invalid(why) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    assert!(
        why.contains("AgentgatewayBackend infra/team is no agent"),
        "{why}"
    );
    // What names nobody is for agents alone.
    let found = with("{a2a: [{openStreams: 1}]}", &[]);
    assert!(matches!(outcome(&found), Outcome::Backend(_)));
}

fn with_catalogue(catalogue: &str, more: &str) -> Compiled {
    let edge = EDGE.replace("gatewayClassName: agw", REFERENCE);
    let parameters = format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n\
         metadata: {{name: p, namespace: infra}}\nspec: {{rawConfig: {{catalogues: [{catalogue}]{more}}}}}\n"
    );
    compiled(&[&*edge, &*parameters, PLANNER])
}

#[test]
fn agents_stand_in_the_place_of_a_backend_and_those_that_are_lacking_are_told() {
    let found = with_catalogue(
        "{backend: {name: planner}, agents: [{name: one, backend: {name: planner}}, \
         {name: two, backend: {name: none}}, {name: far, backend: {name: planner, namespace: web}}]}",
        ", a2a: [{openStreams: 3}]",
    );
    let Outcome::Backend(backend) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    let BackendKind::Agents(catalogue) = &backend.kind else {
        panic!("{backend:?}");
    };
    let [one] = &*catalogue.agents else {
        panic!("{catalogue:?}");
    };
    let rules = one.backend.settings.policies.agents.as_ref().unwrap();
    assert_eq!(rules.open_streams.as_ref().unwrap().spec, 3);
    let told = told(&found).join("\n");
    for said in [
        "error spec.rawConfig.catalogues[0].agents[1].backend: AgentgatewayBackend infra/none not found",
        "error spec.rawConfig.catalogues[0].agents[2].backend: AgentgatewayBackend web/planner not found",
    ] {
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn a_catalogue_that_cannot_be_closes_its_place() {
    let one = "agents: [{name: one, backend: {name: planner}}]";
    for (catalogue, more, said) in [
        (
            format!("{{backend: {{name: planner}}, {one}, defaultAgent: two}}"),
            "",
            "error spec.rawConfig.catalogues[0].defaultAgent: two is none of its agents: one",
        ),
        (
            format!("{{backend: {{name: planner}}, {one}, prefix: /one/x}}"),
            "",
            "error spec.rawConfig.catalogues[0].agents[0].name: one is the beginning of the prefix",
        ),
        (
            format!("{{backend: {{name: planner}}, {one}, prefix: /}}"),
            "",
            "error spec.rawConfig.catalogues[0].prefix: must be a path that is not the root",
        ),
        (
            "{backend: {name: planner}, agents: [{name: two, backend: {name: none}}]}".to_owned(),
            "",
            "error spec.rawConfig.catalogues[0].agents[0].backend: AgentgatewayBackend infra/none not found",
        ),
        // What guards one agent alone and cannot be done: it is left out.
        (
            format!("{{backend: {{name: other}}, {one}}}"),
            ", a2a: [{backends: [{name: none}], openStreams: 1}]",
            "error spec.rawConfig.a2a[0].backends[0]: AgentgatewayBackend infra/none not found",
        ),
    ] {
        let found = with_catalogue(&catalogue, more);
        let told = told(&found).join("\n");
        assert!(told.contains(said), "{catalogue}: {told}");
        let closed = matches!(outcome(&found), Outcome::Invalid(_));
        assert_eq!(closed, more.is_empty(), "{catalogue}");
    }
}

#[test]
fn an_agent_whose_card_would_be_treated_as_the_others_is_left_out() {
    let catalogue = "{backend: {name: planner}, agents: [{name: one, backend: {name: planner}}]}";
    let found = with_catalogue(catalogue, ", a2a: [{messages: {maxBytes: 9}}]");
    assert_eq!(told(&found), [] as [String; 0]);
    let two = PLANNER.replace("name: planner, namespace", "name: booker, namespace");
    let both = "{backend: {name: planner}, agents: [{name: one, backend: {name: planner}}, \
                {name: two, backend: {name: booker}}]}";
    let edge = EDGE.replace("gatewayClassName: agw", REFERENCE);
    let parameters = format!(
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\nmetadata: {{name: p, namespace: \
         infra}}\nspec: {{rawConfig: {{catalogues: [{both}], a2a: [{{backends: [{{name: booker}}], messages: \
         {{maxBytes: 9}}}}]}}}}\n"
    );
    let (booker, _) = two.split_once("---").unwrap();
    let found = compiled(&[&*edge, &*parameters, PLANNER, booker]);
    let [said] = told(&found).try_into().unwrap();
    assert!(
        said.contains("infra/booker is left out: cards and sizes"),
        "{said}"
    );
}
