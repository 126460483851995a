//! Providers of models behind a backend.

use super::backends::{OURS, name, ours, to};
use super::support::{EDGE, compiled, conditions, message, route, rules, shares, statuses};
use crate::config::resource::Reference;
use crate::config::snapshot::{Action, BackendKind, Outcome};

#[test]
fn a_provider_has_its_own_policies_over_those_of_its_backend() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: k, namespace: web}\n\
        stringData: {Authorization: Bearer sk-1}\n";
    let spec = "{policies: {auth: {key: outer}, http: {version: HTTP1}}, ai: {groups: [{providers: \
        [{name: one, openai: {model: m}, policies: {auth: {secretRef: {name: k}}}}, {name: two, \
        custom: {formats: [{type: Completions}]}, host: h, port: 8000}]}]}}";
    let found = compiled(&[EDGE, secret, &ours(spec), &to(OURS)]);
    let rules = rules(&found, "http");
    let Action::Forward(backends) = &rules[0].action else {
        panic!()
    };
    let Outcome::Backend(backend) = &backends[0].outcome else {
        panic!()
    };
    let BackendKind::Ai(ai) = &backend.kind else {
        panic!()
    };
    let key = |index: usize| ai.groups[0][index].settings.credential.clone().unwrap();
    assert_eq!((key(0).expose(), key(1).expose()), ("sk-1", "outer"));
    assert_eq!(ai.groups[0][0].endpoints, name("api.openai.com", 443));
    assert!(ai.groups[0][0].settings.tls && !ai.groups[0][1].settings.tls);
    let reference = Reference::new("agentgateway.dev", "AgentgatewayBackend", "web", "x");
    let set = statuses(&found);
    assert_eq!(conditions(&set, &reference), ["Accepted=True/Accepted"]);
    let message = message(&set, &reference, "", "Accepted");
    assert_eq!(message, "Backend successfully accepted");
    let text = format!("{found:?}{}", serde_json::to_string(&set).unwrap());
    assert!(!text.contains("sk-1") && !text.contains("outer"));
}

/// Fault C03: a Secret that does not resolve costs the backend that needs it, and nothing else.
/// Fault C11: a credential is shown in no fact, status or error; the error names where it is missing.
#[test]
fn a_backend_without_its_credential_is_not_spoken_to() {
    let spec = "{ai: {provider: {openai: {}}}, policies: {auth: {secretRef: {name: k}}}}";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: k, namespace: web}\n\
        stringData: {authorization: sk-hidden}\n";
    let found = compiled(&[EDGE, secret, &ours(spec), &to(OURS)]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"]);
    let set = statuses(&found);
    let message = message(&set, &route("web", "r"), "edge", "ResolvedRefs");
    assert!(
        message
            .contains("Secret web/k has no key \"Authorization\"; did you mean \"authorization\"?"),
        "{message}"
    );
    let text = format!("{found:?}{}", serde_json::to_string(&set).unwrap());
    assert!(!text.contains("sk-hidden"));
}

#[test]
fn providers_of_every_kind_are_served() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: k, namespace: web}\n\
        stringData: {accessKey: AKID, secretKey: hush, sessionToken: token}\n";
    let spec = "{policies: {ai: {modelAliases: {fast: gpt-5-mini}}}, ai: {groups: [\
        {providers: [{name: az, azureopenai: {endpoint: own.openai.azure.com, apiVersion: 2024-10-21, deploymentName: d}},\
          {name: foundry, azure: {resourceName: r, resourceType: Foundry, projectName: p}}]},\
        {providers: [{name: vertex, vertexai: {projectId: p, region: us-east1, model: g}},\
          {name: aws, bedrock: {region: eu-west-1}, policies: {auth: {aws: {secretRef: {name: k}}}}},\
          {name: own, custom: {formats: [{type: Messages, path: /m}]}, host: h, port: 80}]}]}}";
    let found = compiled(&[EDGE, secret, &ours(spec), &to(OURS)]);
    let rules = rules(&found, "http");
    let Action::Forward(backends) = &rules[0].action else {
        panic!()
    };
    let Outcome::Backend(backend) = &backends[0].outcome else {
        panic!("{:?}", backends[0].outcome)
    };
    let BackendKind::Ai(ai) = &backend.kind else {
        panic!()
    };
    let hosts: Vec<_> = ai
        .groups
        .iter()
        .flatten()
        .map(|own| own.endpoints.name().to_string())
        .collect();
    assert_eq!(
        hosts,
        [
            "own.openai.azure.com:443",
            "r.services.ai.azure.com:443",
            "us-east1-aiplatform.googleapis.com:443",
            "bedrock-runtime.eu-west-1.amazonaws.com:443",
            "h:80",
        ]
    );
    let aws = ai.groups[1][1].settings.aws.as_ref().unwrap();
    assert_eq!((aws.id.expose(), aws.secret.expose()), ("AKID", "hush"));
    assert!(aws.token.is_some());
    assert_eq!(ai.groups[1][2].format_paths.len(), 1);
    assert_eq!(ai.groups[0][0].settings.model_aliases["fast"], "gpt-5-mini");
    let text = format!("{found:?}");
    assert!(!text.contains("hush"), "{text}");
}
