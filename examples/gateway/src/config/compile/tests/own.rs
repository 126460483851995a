//! Settings of the gateway's own: `rawConfig` of parameters.

use super::support::{EDGE, compiled, gateway, message, statuses};
use crate::config::compile::{Compiled, Severity};
use crate::config::snapshot::{Action, BackendKind, Outcome};

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

/// Providers of models, and their route.
const MODELS: &str = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
    metadata: {name: models, namespace: infra}\nspec: {ai: {provider: {openai: {}}}}\n---\n\
    apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a, namespace: infra}\n\
    spec:\n  parentRefs: [{name: edge}]\n  rules: [{matches: [{path: {value: /models}}], \
    backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: models}]}]\n";

/// What spans of calls to models may hold in an attribute, where they have what is said; and what is decided before.
fn span_content(raw: &str) -> (Option<Option<usize>>, Vec<String>) {
    let found = with(raw, &[MODELS]);
    assert_eq!(told(&found), [] as [String; 0], "{raw}");
    let Outcome::Backend(backend) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    let BackendKind::Ai(ai) = &backend.kind else {
        panic!("{backend:?}");
    };
    let content = ai.span_content.as_ref().map(|part| part.spec);
    (content, backend.decisions())
}

#[test]
fn spans_have_what_is_said_where_that_is_asked_for() {
    for raw in [
        "{llm: {}}",
        "{llm: {otherPaths: [{name: models}]}}",
        "{llm: {spanContent: {backends: [{name: team}]}}}",
    ] {
        // What is said of another backend is not said of this one.
        let found = with(raw, &[MODELS]);
        let Outcome::Backend(backend) = outcome(&found) else {
            panic!("{:?}", outcome(&found));
        };
        assert!(backend.decisions().is_empty(), "{raw}");
    }
    let line = "infra/p rawConfig.llm.spanContent: puts prompts and answers on spans";
    for (raw, bytes) in [
        ("{llm: {spanContent: {}}}", None),
        (
            "{llm: {spanContent: {backends: [{name: models}], maxAttributeBytes: 4096}}}",
            Some(4096),
        ),
    ] {
        assert_eq!(span_content(raw), (Some(bytes), vec![line.to_owned()]));
    }
    let found = with("{llm: {spanContent: {backends: [{name: team}]}}}", &[]);
    let Outcome::Invalid(why) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    assert!(
        why.contains("spanContent: AgentgatewayBackend infra/team has no"),
        "{why}"
    );
    // What is said of all is said of models.
    let found = with("{llm: {spanContent: {}}}", &[]);
    assert!(matches!(outcome(&found), Outcome::Backend(_)));
}

#[test]
fn other_paths_go_on_to_the_providers_that_are_named_alone() {
    for (raw, expected) in [
        ("{llm: {otherPaths: [{name: models}]}}", true),
        ("{llm: {otherPaths: []}}", false),
        ("{llm: {}}", false),
    ] {
        let found = with(raw, &[MODELS]);
        assert_eq!(told(&found), [] as [String; 0], "{raw}");
        let Outcome::Backend(backend) = outcome(&found) else {
            panic!("{:?}", outcome(&found));
        };
        let BackendKind::Ai(ai) = &backend.kind else {
            panic!("{backend:?}");
        };
        assert_eq!(ai.groups[0][0].other_paths, expected, "{raw}");
    }
    let found = with("{llm: {otherPaths: [{name: team}]}}", &[]);
    let Outcome::Invalid(why) = outcome(&found) else {
        panic!("{:?}", outcome(&found));
    };
    assert!(why.contains("has no providers of models"), "{why}");
}

#[test]
fn streams_of_models_are_bounded_and_kept_alive_as_it_is_said() {
    let seconds = |seconds| Some(std::time::Duration::from_secs(seconds));
    for (raw, expected) in [
        ("{llm: {}}", [None; 3]),
        (
            "{llm: {streams: {firstToken: 90s, tokenGap: 1m, keepAlive: 15s}}}",
            [seconds(90), seconds(60), seconds(15)],
        ),
        (
            "{llm: {streams: {tokenGap: 1m}, otherPaths: [{name: models}]}}",
            [None, seconds(60), None],
        ),
    ] {
        let found = with(raw, &[MODELS]);
        assert_eq!(told(&found), [] as [String; 0], "{raw}");
        let Outcome::Backend(backend) = outcome(&found) else {
            panic!("{:?}", outcome(&found));
        };
        let BackendKind::Ai(ai) = &backend.kind else {
            panic!("{backend:?}");
        };
        let streams = ai.streams;
        let said = [streams.first_token, streams.token_gap, streams.keep_alive];
        assert_eq!(said, expected, "{raw}");
        assert_eq!(ai.groups[0][0].other_paths, raw.contains("otherPaths"));
    }
    let found = with("{llm: {streams: {tokenGap: 0s}}}", &[MODELS]);
    let [said] = told(&found).try_into().unwrap();
    assert_eq!(
        said,
        "error spec.rawConfig.llm.streams.tokenGap: must be longer than 0s"
    );
}

#[test]
fn losses_of_models_are_refused_as_it_is_said() {
    for (raw, refused, header) in [
        ("{llm: {losses: {}}}", None, None),
        (
            "{llm: {losses: {refuse: [], header: false}}}",
            Some((false, false)),
            Some(false),
        ),
        (
            "{llm: {losses: {refuse: [Meaning, Tuning]}}}",
            Some((true, true)),
            None,
        ),
    ] {
        let found = with(raw, &[MODELS]);
        assert_eq!(told(&found), [] as [String; 0], "{raw}");
        let Outcome::Backend(backend) = outcome(&found) else {
            panic!("{:?}", outcome(&found));
        };
        let BackendKind::Ai(ai) = &backend.kind else {
            panic!("{backend:?}");
        };
        assert_eq!((ai.losses.refused, ai.losses.header), (refused, header));
    }
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
