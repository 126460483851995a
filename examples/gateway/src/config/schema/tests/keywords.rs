//! What the validator knows of JSON Schema, held against another validator.

use super::*;

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
        "x-extension",
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
