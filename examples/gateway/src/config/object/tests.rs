//! Documents to objects to a store.

use super::{Generations, Object, Spec, Store, decode};
use crate::config::File;
use crate::config::resource::Reference;
use crate::config::yaml::parse;

/// The objects and problems of a text.
fn read(text: &str) -> (Vec<Object>, Vec<String>) {
    let (documents, syntax) = parse(&File::new("f.yaml", text));
    assert_eq!(syntax, []);
    let (objects, problems) = decode(&documents);
    (objects, problems.iter().map(ToString::to_string).collect())
}

fn faults(text: &str) -> Vec<String> {
    read(text).1
}

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n  - port: 80\n";

#[test]
fn decodes_each_kind_with_its_place() {
    let (objects, problems) = read(SERVICE);
    assert_eq!(problems, [""; 0]);
    let object = &objects[0];
    assert_eq!(object.reference.to_string(), "Service default/s");
    assert_eq!(object.spec.service().unwrap().ports[0].port, 80);
    assert_eq!(object.place.at("spec.ports[0].port").line, 6);
    assert_eq!(object.place.at("spec.ports[0].port").column, 11);
    assert_eq!(object.place.at("spec.ports[0].name").line, 6);
    assert!(object.place.has("spec.ports") && !object.place.has("spec.type"));
    let problem = object.problem("spec.ports[0].port", "is taken");
    assert_eq!(
        problem.to_string(),
        "f.yaml:6:11, Service default/s: spec.ports[0].port: is taken"
    );
}

#[test]
fn a_spec_that_says_nothing_is_absent() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n";
    let (objects, problems) = read(text);
    assert_eq!(problems, [""; 0]);
    assert_eq!(objects[0].spec.service().unwrap().ports, []);
    let text = text.replace(
        "v1\nkind: Service",
        "agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend",
    );
    assert!(faults(&text)[0].contains("spec: is required"));
}

#[test]
fn the_items_of_a_list_are_objects_of_their_own() {
    let (objects, problems) = read(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n- {apiVersion: v1, kind: Namespace, metadata: {name: b}}\n",
    );
    assert_eq!(problems, [""; 0]);
    let names: Vec<_> = objects
        .iter()
        .map(|object| &*object.reference.name)
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(objects[1].place.root().at.line, 5);
}

/// Fault C13: a version that is newer than this gateway is refused with the versions that it reads.
#[test]
fn names_the_versions_that_are_read() {
    let text = "apiVersion: gateway.networking.k8s.io/v2\nkind: Gateway\nmetadata: {name: g}\n";
    assert_eq!(
        faults(text),
        [
            "f.yaml:1:13, Gateway g: apiVersion: version \"v2\" of Gateway is not read here; this gateway knows gateway.networking.k8s.io/v1 and gateway.networking.k8s.io/v1beta1"
        ]
    );
    let text = "apiVersion: agentgateway.dev/v1\nkind: AgentgatewayPolicy\nmetadata: {name: p}\n";
    assert!(faults(text)[0].contains("write apiVersion: agentgateway.dev/v1alpha1, "));
}

#[test]
fn names_the_kind_or_group_that_was_meant() {
    let of = |version: &str, kind: &str| {
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        faults(&text).join("\n")
    };
    let nearest = of("gateway.networking.k8s.io/v1", "HttpRuote");
    assert!(nearest.ends_with("kind: group \"gateway.networking.k8s.io\" has no kind \"HttpRuote\"; did you mean \"HTTPRoute\"?"), "{nearest}");
    assert!(of("agentgateway.dev/v1alpha1", "Gateway").ends_with("Gateway is no kind of group \"agentgateway.dev\"; write apiVersion: gateway.networking.k8s.io/v1"));
    assert!(of("v1", "HTTPRoute").contains("HTTPRoute is no kind of the core"));
    assert!(of("networking.k8s.io/v1", "Gateway").contains("write apiVersion: gateway."));
    assert!(of("gateway.networkin.k8s.io/v1", "TLSRoute").contains("did you mean"));
    assert!(
        of("agentgateway/v1alpha1", "AgentgatewayPolicy")
            .contains("write apiVersion: agentgateway.dev/v1alpha1")
    );
    assert!(of("v1", "Sercet").contains("did you mean \"Secret\"?"));
    for (version, kind) in [
        ("apps/v1", "Deployment"),
        ("v1", "ServiceAccount"),
        ("networking.istio.io/v1", "Gateway"),
        ("gateway.networking.x-k8s.io/v1alpha1", "XMesh"),
        ("gateway.networking.k8s.io/v1alpha2", "TCPRoute"),
        ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
    ] {
        assert_eq!(of(version, kind), "", "{version} {kind}");
    }
    assert!(matches!(
        read("apiVersion: apps/v1\nkind: Deployment\n").0[0].spec,
        Spec::Foreign
    ));
}

#[test]
fn names_what_makes_no_object() {
    assert_eq!(
        faults("- a\n"),
        ["f.yaml:1:1: must be an object, found a list"]
    );
    assert_eq!(
        faults("apiversion: v1\nmetadata: {}\n"),
        [
            "f.yaml:1:1: apiVersion is missing; write apiVersion in the place of apiversion",
            "f.yaml:1:1: kind is missing; write kind, as in kind: HTTPRoute"
        ]
    );
    assert_eq!(
        faults("apiVersion: 1\nkind: ''\n"),
        [
            "f.yaml:1:13: apiVersion: must be a string, found a number",
            "f.yaml:2:7: kind: must be a string, found an empty one"
        ]
    );
}

#[test]
fn a_store_finds_objects_and_implies_namespaces() {
    let (objects, _) = read(SERVICE);
    let (store, problems) = Store::new(objects, &Generations::default());
    assert_eq!(problems, []);
    let reference = Reference::new("", "Service", "default", "s");
    assert_eq!(store.get(&reference).unwrap().reference, reference);
    assert_eq!(store.services().count(), 1);
    assert_eq!(store.within("", "Service", "other").count(), 0);
    let labels = store.namespace_labels("default").unwrap();
    assert_eq!(labels["kubernetes.io/metadata.name"], "default");
    assert_eq!(store.namespace_labels("other"), None);
}

#[test]
fn a_store_gives_the_objects_of_one_namespace_by_name() {
    let named = |namespace: &str, name: &str| {
        let meta = format!("metadata: {{name: {name}, namespace: {namespace}}}");
        format!("apiVersion: v1\nkind: Secret\n{meta}\n")
    };
    let all = [("b", "z"), ("b", "a"), ("a", "m"), ("b-c", "m"), ("c", "m")];
    let texts: Vec<_> = all.map(|(namespace, name)| named(namespace, name)).into();
    let (objects, _) = read(&texts.join("---\n"));
    let (store, _) = Store::new(objects, &Generations::default());
    let names = |namespace| {
        let found = store.within("", "Secret", namespace);
        let names = found.map(|object| object.reference.name.as_str());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("b"), ["a", "z"]);
    assert_eq!(names("b-c"), ["m"]);
    assert_eq!(names(""), [""; 0]);
}

/// Fault C01: of two objects with one name, the second is named with the place of the first, in any order of the files.
#[test]
fn an_object_that_is_given_twice_is_a_problem() {
    let (objects, _) = read(&format!("{SERVICE}---\n{SERVICE}"));
    let reversed: Vec<_> = objects.iter().rev().cloned().collect();
    let (store, problems) = Store::new(objects, &Generations::default());
    assert_eq!(
        problems[0].to_string(),
        "f.yaml:8:1, Service default/s: is defined a second time; the first is at f.yaml:1:1"
    );
    assert_eq!(
        Store::new(reversed, &Generations::default()),
        (store, problems)
    );
}

#[test]
fn generations_count_changes_of_the_spec() {
    let store = |text: &str, last: &Generations| Store::new(read(text).0, last).0;
    let generation = |store: &Store| store.services().next().unwrap().0.generation;
    let first = store(SERVICE, &Generations::default());
    assert_eq!(generation(&first), 1);
    let labelled = SERVICE.replace("{name: s}", "{labels: {a: b}, name: s}");
    let same = store(&labelled, first.generations());
    assert_eq!(generation(&same), 1);
    let changed = store(&SERVICE.replace("80", "81"), same.generations());
    assert_eq!(generation(&changed), 2);
    let given = SERVICE.replace("{name: s}", "{generation: 7, name: s}");
    assert_eq!(generation(&store(&given, changed.generations())), 7);
}

/// Fault C11: `Debug` of a Secret and of its place shows names alone.
#[test]
fn debug_shows_no_secret() {
    let (objects, _) = read(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2}\nstringData: {key: hunter2}\n",
    );
    let (store, _) = Store::new(objects, &Generations::default());
    let shown = format!("{store:#?}");
    assert!(
        shown.contains("key") && !shown.contains("hunter2"),
        "{shown}"
    );
}
