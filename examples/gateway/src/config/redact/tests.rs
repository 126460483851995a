use super::{Hidden, Lines, holds_secrets, redacted};
use crate::config::File;
use crate::config::flux::render;
use crate::config::object::kinds::KINDS;
use crate::config::schema::{Others, Shape, shape_of};
use crate::config::yaml::{Document, parse};

fn documents(text: &str) -> Vec<Document> {
    let (documents, problems) = parse(&File::new("f.yaml", text));
    assert_eq!(problems, []);
    documents
}

const SECRETS: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: s, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{hush}'}}
data: {a: aHVzaA==}
stringData: {b: hush, c: hush}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: b}
spec: {static: {host: stays, port: 1}, policies: {auth: {key: hush}}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {name: p}
spec: {env: [{name: STAYS, value: hush}], logging: {level: stays}, rawConfig: {a: hush, mcp: {requiredScopes: [{tool: stays, scopes: [stays]}], targets: [hush]}}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: p}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: stays}]
  frontend: {tracing: {url: 'http://stays:4317'}}
  traffic:
    basicAuthentication: {users: ['hush']}
    headerModifiers: {response: {set: [{name: x-stays, value: hush}]}}
    extAuth: {url: 'http://stays', http: {addRequestHeaders: {x-a: hush}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
spec: {rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Vault-Token, value: hush}], add: [{name: Ocp-Apim-Subscription-Key, value: hush}]}}]}]}
---
apiVersion: gateway.agentgateway.dev/v1alpha1
kind: LocalProcess
metadata: {name: l}
spec: {command: stays, args: [hush], env: {STAYS: hush}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: stays, annotations: {a: hush}}
spec: {template: {spec: {containers: [{env: [{name: hush, value: hush}]}]}}}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: stays}, stringData: {a: hush}}
";

/// Fault C11: what may be shown of a configuration holds no secret, wherever the schema says that one stands; names stay.
#[test]
fn no_secret_is_left_and_what_is_none_stays() {
    let all = documents(SECRETS);
    let shown = render(&redacted(&all, &Hidden::default()));
    assert!(
        !shown.contains("hush") && !shown.contains("aHVz"),
        "{shown}"
    );
    let count = SECRETS.matches("tays").count() + SECRETS.matches("TAYS").count();
    let left = shown.matches("tays").count() + shown.matches("TAYS").count();
    assert_eq!(left, count, "{shown}");
    assert!(shown.contains("X-Vault-Token"), "{shown}");
    for document in &all {
        assert!(holds_secrets(document, &Hidden::default()), "{document:?}");
    }
    let map = documents("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: open}\n");
    assert!(!holds_secrets(&map[0], &Hidden::default()));
    assert_eq!(redacted(&map, &Hidden::default()), map);
}

/// Fault C12: what the value of a variable from a Secret has become part of is not shown either.
#[test]
fn what_hidden_texts_have_become_part_of_is_hidden() {
    let mut hidden = Hidden::default();
    hidden.add("hunter2\n");
    hidden.add("abc");
    let map = documents(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 'x hunter2', b: abc}\n",
    );
    let shown = render(&redacted(&map, &hidden));
    assert!(
        !shown.contains("hunter2") && shown.contains("b: abc"),
        "{shown}"
    );
    assert!(holds_secrets(&map[0], &hidden));
    assert_eq!(hidden.scrub("a hunter2, b"), "a <redacted>, b");
    assert_eq!(format!("{hidden:?}"), "Hidden(1)");
}

#[test]
fn user_information_of_urls_is_hidden() {
    let map = documents(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 'https://me:hush@host/', b: 'http://host/@stays'}\n",
    );
    let shown = render(&redacted(&map, &Hidden::default()));
    assert!(
        !shown.contains("hush") && shown.contains("stays"),
        "{shown}"
    );
}

#[test]
fn a_value_of_several_lines_is_hidden_to_its_end() {
    let text = "apiVersion: v1\nkind: Secret\nstringData:\n  a: |\n    one\n    two\n  b: 'x\n    y'\ntype: Opaque\n";
    let lines = Lines::of(&File::new("f.yaml", text));
    let hidden: Vec<_> = (1..=9)
        .map(|line| {
            lines
                .hidden_from(line, text.lines().nth(line - 1).unwrap())
                .is_some()
        })
        .collect();
    assert_eq!(
        hidden,
        [false, false, false, false, true, true, true, true, false]
    );
}

/// The paths of all fields that are secret.
fn secrets(shape: &Shape, path: &str, found: &mut Vec<String>) {
    if shape.secret && !shape.shown_when_valid {
        found.push(path.to_owned());
        return;
    }
    for (name, member) in &shape.members {
        secrets(member, &format!("{path}.{name}"), found);
    }
    if let Some(items) = &shape.items {
        secrets(items, &format!("{path}[]"), found);
    }
    if let Others::Each(each) = &shape.others {
        secrets(each, &format!("{path}.*"), found);
    }
}

/// Fields whose names say that they hold a credential are marked as such.
#[test]
fn what_is_called_a_credential_is_secret() {
    let mut marked = Vec::new();
    for kind in KINDS {
        secrets(shape_of(kind), kind.name, &mut marked);
    }
    for wanted in [
        "Secret.data",
        "Secret.stringData",
        "LocalProcess.spec.args",
        "LocalProcess.spec.env",
        "AgentgatewayParameters.spec.env[].value",
        "AgentgatewayPolicy.spec.backend.auth.key",
        "AgentgatewayPolicy.spec.traffic.basicAuthentication.users[]",
        "AgentgatewayPolicy.spec.traffic.headerModifiers.request.set[].value",
        "AgentgatewayPolicy.spec.traffic.transformation.response.add[].value",
        "AgentgatewayPolicy.spec.traffic.directResponse.headers[].value",
        "AgentgatewayPolicy.spec.traffic.jwtAuthentication.providers[].jwks.inline",
        "AgentgatewayBackend.spec.ai.groups[].providers[].policies.auth.key",
        "HTTPRoute.spec.rules[].filters[].responseHeaderModifier.add[].value",
        "HTTPRoute.spec.rules[].backendRefs[].filters[].requestHeaderModifier.set[].value",
        "GRPCRoute.spec.rules[].filters[].requestHeaderModifier.set[].value",
    ] {
        assert!(marked.iter().any(|path| path == wanted), "{wanted}");
    }
}
