//! What is said of manifests that the schema does not take.

use super::*;

/// Fault C01: unknown keys, wrong types, bad names, hosts and ports: all in one run, each with file, line and column, path, what was found, what is right and the nearest name.
#[test]
fn tells_all_faults_at_once_with_their_places() {
    let at = "Gateway default/edge: ";
    let expected = [
        (
            "f.yaml:5:18",
            "metadata.labels.team: must be a string, found true; YAML reads true, false, yes, no, on and off as true or false: write it in quotes",
        ),
        (
            "f.yaml:7:21",
            "spec.gatewayClassName: must be a string, found 7; YAML reads this as a number: write it in quotes",
        ),
        (
            "f.yaml:9:11",
            "spec.listeners[0].name: must be a name of lower-case letters, digits, dashes and points that begins and ends with a letter or digit, found \"Main\"",
        ),
        (
            "f.yaml:10:11",
            "spec.listeners[0].port: must be a whole number, found the string \"80\"; write it without quotes",
        ),
        (
            "f.yaml:12:5",
            "spec.listeners[0].hostnam: unknown field \"hostnam\"; did you mean \"hostname\"?",
        ),
        (
            "f.yaml:14:5",
            "spec.listeners[1].prot: unknown field \"prot\"; did you mean \"port\"?",
        ),
        (
            "f.yaml:16:40",
            "spec.listeners[1].allowedRoutes.namespaces.from: \"Any\" is not one of \"All\", \"Selector\", \"Same\"",
        ),
        (
            "f.yaml:17:15",
            "spec.listeners[1].hostname: must be a hostname in lower case without port, as in example.com or *.example.com, found \"http://a.example.com\"",
        ),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(place, fault)| format!("{place}, {at}{fault}"))
        .collect();
    let found = faults(GATEWAY);
    assert_eq!(found, expected);
}

/// Fault C01: a duration that is none, a number out of range, too long a list and a name given twice are refused in words.
#[test]
fn tells_bounds_in_words() {
    let route = |spec: &str| {
        let head =
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\n";
        faults(&format!("{head}spec: {spec}\n")).join("\n")
    };
    let told = |spec: &str, words: &str| {
        let found = route(spec);
        assert!(found.contains(words), "{found}");
    };
    told(
        "{rules: [{timeouts: {request: 10 seconds}}]}",
        "f.yaml:4:37, HTTPRoute default/r: spec.rules[0].timeouts.request: must be a duration of up to four numbers with the units h, m, s and ms, as in 10s, 1h30m or 500ms, found \"10 seconds\"",
    );
    told(
        "{parentRefs: [{name: g, port: 70000}]}",
        "parentRefs[0].port: must be between 1 and 65535, found 70000",
    );
    told(
        "{parentRefs: [{name: g, port: 0}]}",
        "must be between 1 and 65535, found 0",
    );
    told(
        "{parentRefs: [{name: g, port: 80.5}]}",
        "must be a whole number, found 80.5; write it without a point",
    );
    told(
        "{parentRefs: [{name: ''}]}",
        "parentRefs[0].name: must have at least 1 character, has none",
    );
    told(
        "{parentRefs: [{}]}",
        "parentRefs[0].name: is required (the name of the parent)",
    );
    told(
        "{parentRefs: {name: g}}",
        "parentRefs: must be a list, found an object; begin each item with \"- \"",
    );
    told(
        &format!("{{hostnames: [{}]}}", "a.b, ".repeat(17)),
        "hostnames: must have at most 16 items, has 17",
    );
    told(
        "{rules: [{matches: [{headers: [{name: a, value: b}, {name: a, value: c}]}]}]}",
        "headers[1]: name \"a\" is given twice, first in line 4",
    );
    told(
        "{rules: [{timeouts: 10s}]}",
        "timeouts: must be an object, found the string \"10s\"",
    );
    told(
        "{request: 10s}",
        "spec.request: unknown field \"request\"; it is a field of spec.rules[].timeouts",
    );
    told(
        "{hostnames: [null]}",
        "hostnames[0]: must be a string, found nothing",
    );
    told(
        "{rules: [{matches: [{path: {type: RegExp}}]}]}",
        "\"RegExp\" is not one of",
    );
    assert_eq!(route("{rules: null, hostnames: null}"), "");
}

/// Fault C12: a variable that nothing has given a value is told as such, not as a bad name.
#[test]
fn tells_a_placeholder_that_is_left() {
    let text = GATEWAY
        .replace("'80'", "${port}")
        .replace("Main", "${name}");
    let found = faults(&text).join("\n");
    assert!(found.contains("port: must be a whole number, found the string \"${port}\"; a variable that nothing has given a value"), "{found}");
    assert!(
        found.contains("found \"${name}\"; a variable that nothing has given a value"),
        "{found}"
    );
}

/// Fault C11: no fault of a Secret, a key, a header or a variable says its value.
#[test]
fn no_fault_says_a_secret() {
    let texts = [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: 31337, b: [31337]}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: hunter31337\n",
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\nmetadata: {name: b}\nspec: {static: {host: a, port: 1}, policies: {auth: {key: 31337}}}\n",
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\nmetadata: {name: p}\nspec: {env: [{name: A, value: 31337}]}\n",
        "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\nmetadata: {name: p}\nspec: {frontend: {tracing: {url: 'http://user:hunter31337@c'}}}\n",
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: 31337}]}}]}]}\n",
        "apiVersion: gateway.agentgateway.dev/v1alpha1\nkind: LocalProcess\nmetadata: {name: p}\nspec: {command: a, args: [31337], env: {A: 31337}}\n",
    ];
    for text in texts {
        let found = faults(text).join("\n");
        assert!(!found.is_empty() && !found.contains("31337"), "{found}");
    }
}

#[test]
fn settings_of_the_gateways_own_are_held_to_their_schema() {
    let told = |raw: &str, words: &str| {
        let head = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\n";
        let found = faults(&format!(
            "{head}metadata: {{name: p}}\nspec: {{rawConfig: {raw}}}\n"
        ));
        let found = found.join("\n");
        assert!(found.contains(words), "{raw}: {found}");
    };
    for (raw, words) in [
        (
            "{mpc: {}}",
            "spec.rawConfig.mpc: unknown field \"mpc\"; did you mean \"mcp\"?",
        ),
        (
            "{mcp: {requiredScope: []}}",
            "spec.rawConfig.mcp.requiredScope: unknown field \"requiredScope\"; did you mean \"requiredScopes\"?",
        ),
        (
            "{mcp: {requiredScopes: [{scopes: ['a b']}]}}",
            "spec.rawConfig.mcp.requiredScopes[0].scopes[0]: must be a scope of OAuth",
        ),
        (
            "{mcp: {requiredScopes: [{tool: a, method: b, scopes: [c]}]}}",
            "spec.rawConfig.mcp.requiredScopes[0].method: at most one of the fields in [tool method] may be set",
        ),
        (
            "{a2a: [{pushGard: {}}]}",
            "spec.rawConfig.a2a[0].pushGard: unknown field \"pushGard\"; did you mean \"pushGuard\"?",
        ),
        (
            "{a2a: [{cards: {verifyUpstream: Always}}]}",
            "\"Always\" is not one of \"Off\", \"Warn\", \"Require\"",
        ),
        (
            "{a2a: [{cards: {keys: [{jku: 'https://a/k'}]}}]}",
            "spec.rawConfig.a2a[0].cards.keys[0]: exactly one of the fields in [inline configMapRef]",
        ),
        (
            "{mcp: {clientCredentials: [{backend: {name: a}, tokenEndpoint: id, clientId: a, clientSecretRef: {name: s, key: k}}]}}",
            "tokenEndpoint: must be a URL",
        ),
    ] {
        told(raw, words);
    }
}

#[test]
fn names_the_fields_that_have_no_effect() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec:\n  rules:\n  - sessionPersistence: {}\n";
    let (documents, _) = parse(&File::new("f.yaml", text));
    let (objects, problems) = decode(&documents);
    assert_eq!(problems, []);
    let [field] = objects[0].unimplemented.as_slice() else {
        panic!("{:?}", objects[0].unimplemented);
    };
    assert_eq!(
        (field.path.as_str(), field.at.line, field.at.column),
        ("spec.rules[0].sessionPersistence", 6, 5)
    );
}

/// Fault C01: what has no effect yet is held against its types all the same.
#[test]
fn checks_what_has_no_effect() {
    let policy = |spec: &str, words: &str| {
        let head = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayPolicy\nmetadata: {name: p}\n";
        let target = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}]";
        let found = faults(&format!("{head}spec: {{{target}, {spec}}}\n")).join("\n");
        assert!(found.contains(words), "{spec}: {found}");
    };
    policy(
        "traffic: {authorization: 5}",
        "spec.traffic.authorization: must be an object, found 5",
    );
    policy(
        "traffic: {retry: {atempts: 3}}",
        "spec.traffic.retry.atempts: unknown field \"atempts\"; did you mean \"attempts\"?",
    );
    policy(
        "traffic: {extAuth: {conditional: [{policy: {url: 'http://a'}}]}}",
        "spec.traffic.extAuth.conditional[0].policy: exactly one of the fields in [grpc http] must be set",
    );
    policy(
        "traffic: {budgets: [{requests: 1, window: 1h, reserve: '1'}]}",
        "spec.traffic.budgets[0].reserve: reserve is for tokens: a request reserves itself",
    );
    policy(
        "traffic: {budgets: [{requests: 1, tokens: 1, window: 1h}]}",
        "spec.traffic.budgets[0].tokens: exactly one of the fields in [requests tokens] must be set",
    );
    policy(
        "traffic: {rateLimit: {local: [{unit: Seconds}], conditional: [{policy: {local: [{unit: Seconds, tokens: 1}]}}]}}",
        "spec.traffic.rateLimit.local[0]: exactly one of the fields in [requests tokens] must be set",
    );
    policy(
        "traffic: {jwtAuthentication: {providers: [{issuer: a, jwks: {remote: {url: 'http://a', jwksPath: b}}}]}}",
        "jwks.remote.jwksPath: jwksPath may not be set when url is set",
    );
    policy(
        "backend: {ai: {promptGuard: {request: [{regex: {}, webhook: {backendRef: {name: a, port: 1}}}]}}}",
        "promptGuard.request[0].webhook: exactly one of the fields in [regex webhook",
    );
    policy(
        "frontend: {networkAuthorization: {policy: {matchExpressions: []}}}",
        "matchExpressions: must have at least 1 item, has none",
    );
    let parameters = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayParameters\nmetadata: {name: p}\nspec: {deployment: {spec: 5}, env: [{name: A, valueFrom: {fieldRef: {fieldpath: a}}}]}\n";
    let found = faults(parameters).join("\n");
    assert!(
        found.contains("spec.deployment.spec: must be an object, found 5"),
        "{found}"
    );
    assert!(
        found.contains("unknown field \"fieldpath\"; did you mean \"fieldPath\"?"),
        "{found}"
    );
}

/// Names that exist and are not read are no faults; one that is nearly read is.
#[test]
fn reads_kinds_of_the_core_leniently() {
    let service = |spec: &str| {
        faults(&format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s, uid: a}}\nspec: {spec}\n"
        ))
        .join("\n")
    };
    assert_eq!(
        service("{clusterIPs: [a], sessionAffinity: None, ports: [{port: 1, nodePort: 2}]}"),
        ""
    );
    assert!(
        service("{port: [{port: 1}]}").contains("unknown field \"port\"; did you mean \"ports\"?")
    );
    assert!(service("{ports: [{name: a}]}").contains("spec.ports[0].port: is required"));
}
