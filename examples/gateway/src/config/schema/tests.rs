//! The published schema and its page are current, and agree with the validator.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{json_schema, reference, shape_of, validate};
use crate::config::File;
use crate::config::object::kinds::KINDS;
use crate::config::object::{Place, decode};
use crate::config::yaml::parse;

fn docs(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("../../docs/reference").join(name)
}

/// The file holds this, or is written when `UPDATE_SCHEMA` asks for it.
#[track_caller]
fn is_current(name: &str, text: &str) {
    let path = docs(name);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == text,
        "docs/reference/{name} is not current: run UPDATE_SCHEMA=1 cargo test -p agentgateway schema"
    );
}

#[test]
fn the_published_schema_is_current() {
    let schema = json_schema();
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    is_current("configuration.schema.json", &text);
    is_current("configuration.md", &reference(&schema));
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&json_schema()).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    let (documents, problems) = parse(&File::new("f.yaml", text));
    assert_eq!(problems, []);
    documents
        .iter()
        .map(|document| document.root.to_json())
        .collect()
}

#[test]
fn the_schema_takes_the_example_manifests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
    let validator = validator();
    let mut count = 0;
    for file in fs::read_dir(root).unwrap() {
        let path = file.unwrap().path();
        for document in documents(&fs::read_to_string(&path).unwrap()) {
            let faults: Vec<_> = validator.iter_errors(&document).collect();
            assert!(
                faults.is_empty(),
                "{} {faults:?} {document:#}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 5);
}

/// What is wrong with a text.
fn faults(text: &str) -> Vec<String> {
    let (documents, syntax) = parse(&File::new("f.yaml", text));
    let (_, problems) = decode(&documents);
    let problems = syntax.iter().chain(&problems);
    problems.map(ToString::to_string).collect()
}

const GATEWAY: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  labels: {team: yes}
spec:
  gatewayClassName: 7
  listeners:
  - name: Main
    port: '80'
    protocol: HTTP
    hostnam: a.example.com
  - name: b
    prot: 70000
    protocol: HTTP
    allowedRoutes: {namespaces: {from: Any}}
    hostname: http://a.example.com
";

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
fn names_the_fields_that_have_no_effect() {
    let text = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec:\n  rules:\n  - retry: {attempts: 2}\n";
    let (documents, _) = parse(&File::new("f.yaml", text));
    let (objects, problems) = decode(&documents);
    assert_eq!(problems, []);
    let [field] = objects[0].unimplemented.as_slice() else {
        panic!("{:?}", objects[0].unimplemented);
    };
    assert_eq!(
        (field.path.as_str(), field.at.line, field.at.column),
        ("spec.rules[0].retry", 6, 5)
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

/// No schema holds a keyword that the validator passes over, or a pattern that is none.
#[test]
fn the_validator_knows_every_keyword() {
    let known = [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "allOf",
        "anyOf",
        "const",
        "default",
        "description",
        "enum",
        "format",
        "if",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "not",
        "oneOf",
        "pattern",
        "properties",
        "required",
        "then",
        "title",
        "type",
        "x-guards-access",
        "x-kubernetes-list-map-keys",
        "x-kubernetes-list-type",
        "x-meaning",
        "x-not-implemented",
        "x-secret",
        "x-shown-when-valid",
    ];
    let schema = json_schema();
    let mut open = vec![(&schema, false)];
    while let Some((value, names)) = open.pop() {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    assert!(names || known.contains(&name.as_str()), "{name}");
                    if name == "pattern" && !names {
                        regex::Regex::new(value.as_str().unwrap()).unwrap();
                    }
                    if names || name != "default" {
                        open.push((value, !names && matches!(&**name, "properties" | "$defs")));
                    }
                }
            }
            Value::Array(items) => open.extend(items.iter().map(|item| (item, false))),
            _ => {}
        }
    }
}

/// No rule holds a keyword that conditions pass over.
#[test]
fn conditions_know_every_keyword() {
    let known = [
        "allOf",
        "anyOf",
        "const",
        "enum",
        "if",
        "items",
        "maxItems",
        "not",
        "pattern",
        "properties",
        "required",
        "then",
    ];
    let mut generator = schemars::SchemaGenerator::default();
    let mut open: Vec<_> = KINDS
        .iter()
        .map(|kind| kind.schema(&mut generator).to_value())
        .collect();
    open.extend(
        generator
            .take_definitions(true)
            .into_iter()
            .map(|(_, schema)| schema),
    );
    let mut rules = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(mut members) => {
                for rule in members
                    .remove("x-rules")
                    .iter()
                    .flat_map(|all| all.as_array().unwrap())
                {
                    let mut parts = vec![(rule["schema"].clone(), false)];
                    while let Some((part, names)) = parts.pop() {
                        for (name, value) in part.as_object().into_iter().flatten() {
                            assert!(names || known.contains(&name.as_str()), "{name} in {rule}");
                            parts.push((value.clone(), !names && name == "properties"));
                        }
                        parts.extend(
                            part.as_array()
                                .into_iter()
                                .flatten()
                                .map(|one| (one.clone(), false)),
                        );
                    }
                    rules += 1;
                }
                open.extend(members.into_values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(rules > 20, "{rules}");
}

/// What no schema can say: that names differ, that one number is less than another, that a filter
/// goes with so many matches.
const UNSAID: [&str; 4] = [
    "gateway-duplicate-listener.yaml",
    "params-shutdown-min-gt-max.yaml",
    "route-parentrefs-not-distinct.yaml",
    "route-rewrite-two-matches.yaml",
];

#[test]
fn the_schema_refuses_what_check_refuses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = root
        .ancestors()
        .map(|root| root.join("../shared/data/gateway-api/manifests-invalid"));
    let Some(root) = roots.find(|root| root.is_dir()) else {
        eprintln!("skipped: ../shared/data/gateway-api/manifests-invalid is not there");
        return;
    };
    let validator = validator();
    let files = fs::read_dir(root).unwrap().map(|file| file.unwrap().path());
    let taken = files.filter(|file| {
        let documents = documents(&fs::read_to_string(file).unwrap());
        documents
            .iter()
            .all(|document| validator.is_valid(document))
    });
    let mut taken: Vec<_> = taken
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    taken.sort();
    assert_eq!(taken, UNSAID);
}

/// One document of each kind that has many fields.
const MANY: &str = "\
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: p, namespace: a, labels: {a: b}, annotations: {c: d}, generation: 2}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g, port: 80}]
  frontend:
    tracing: {url: 'http://c:4317', protocol: HTTP, path: /v1, randomSampling: 'true', resources: [{name: a, expression: b}], attributes: {remove: [a]}}
    http: {http1MaxHeaders: 5, http2WindowSize: 64Ki, maxBufferSize: 1024, http1IdleTimeout: 5s}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {name: p}
spec:
  env: [{name: A, value: b}, {name: C, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}]
  logging: {level: info, format: json}
  shutdown: {min: 1, max: 2}
  workload: {kind: Deployment}
  deployment: {metadata: {labels: {a: b}}, spec: {replicas: 2}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: b}
spec:
  mcp:
    failureMode: FailOpen
    targets:
    - {name: a, selector: {services: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}}}
    - {name: b, static: {host: h, port: 1, path: /mcp, protocol: SSE}}
  policies: {auth: {secretRef: {name: s}}, http: {version: HTTP2, requestTimeout: 1s}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: r, creationTimestamp: '2026-01-31T12:00:00Z'}
spec:
  parentRefs: [{name: g, sectionName: a}]
  hostnames: ['*.example.com']
  rules:
  - matches: [{method: {service: a.B, method: C}, headers: [{name: x, value: z, type: RegularExpression}]}]
    filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], remove: [c]}}]
    backendRefs: [{name: s, port: 80, weight: 3}]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: r}
spec: {from: [{group: '', kind: K, namespace: ns}], to: [{group: '', kind: Service}]}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
type: Opaque
stringData: {a: b}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: e}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]
ports: [{name: a, port: 80}]
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: k}
spec: {interval: 1m, prune: true, path: ./a, sourceRef: {kind: GitRepository, name: g}, postBuild: {substitute: {a: b}, substituteFrom: [{kind: ConfigMap, name: c, optional: true}]}}
";

/// Whether the validator finds no fault in a document.
fn takes(json: &Value) -> bool {
    let (documents, _) = parse(&File::new("f.json", json.to_string()));
    let [document] = documents.as_slice() else {
        return false;
    };
    let place = Place::new(document);
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let mut kinds = KINDS.iter().filter(|kind| kind.name == text("kind"));
    let kind = kinds.find(|kind| {
        kind.api_versions()
            .any(|version| version == text("apiVersion"))
    });
    kind.is_some_and(|kind| validate(shape_of(kind), &place, "").problems.is_empty())
}

/// Every document that differs from this one in one value.
fn mutations(document: &Value) -> Vec<Value> {
    let values = json!([true, 7, 0, 70000, 5_000_000_000_u64, "", "xx", "A b", "9s", [], ["qq"], {}, {"zzzzqqqq": 1}]);
    let mut paths = vec![String::new()];
    let mut index = 0;
    while let Some(path) = paths.get(index).cloned() {
        index += 1;
        match document.pointer(&path).unwrap() {
            Value::Object(members) => paths.extend(
                members
                    .keys()
                    .map(|name| format!("{path}/{}", name.replace('/', "~1"))),
            ),
            Value::Array(items) => {
                paths.extend((0..items.len()).map(|item| format!("{path}/{item}")))
            }
            _ => {}
        }
    }
    let identity = ["", "/apiVersion", "/kind"];
    let mut all = Vec::new();
    for path in paths
        .iter()
        .filter(|path| !identity.contains(&path.as_str()))
    {
        for value in values.as_array().unwrap() {
            let mut changed = document.clone();
            *changed.pointer_mut(path).unwrap() = value.clone();
            all.push(changed);
        }
        let (parent, name) = path.rsplit_once('/').unwrap();
        let mut removed = document.clone();
        let mut added = document.clone();
        if let Some(Value::Object(members)) = removed.pointer_mut(parent) {
            members.remove(&name.replace("~1", "/"));
            all.push(removed);
        }
        if let Some(Value::Object(members)) = added.pointer_mut(path) {
            members.insert("zzzzqqqq".to_owned(), json!("xx"));
            all.push(added);
        }
    }
    all
}

#[test]
fn the_validator_agrees_with_another_of_the_same_schema() {
    let other = validator();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
    let files = fs::read_dir(root).unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let (mut taken, mut refused) = (0, 0);
    for document in texts
        .chain([MANY.to_owned()])
        .flat_map(|text| documents(&text))
    {
        assert!(
            takes(&document) && other.is_valid(&document),
            "{document:#}"
        );
        for changed in mutations(&document) {
            let (ours, theirs) = (takes(&changed), other.is_valid(&changed));
            assert_eq!(ours, theirs, "{changed:#}");
            let told = faults(&changed.to_string()).join("\n");
            assert!(
                !told.contains("a fault of the gateway"),
                "{told} {changed:#}"
            );
            *if ours { &mut taken } else { &mut refused } += 1;
        }
    }
    assert!(taken > 500 && refused > 2000, "{taken} {refused}");
}
