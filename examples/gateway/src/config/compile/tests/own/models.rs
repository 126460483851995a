//! Settings of models.

use super::*;

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
