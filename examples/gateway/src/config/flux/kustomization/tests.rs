//! Which files are manifests, and what is refused.

use super::select;
use crate::config::File;
use crate::config::flux::object::{kind, name, namespace};

/// The objects as `Kind namespace/name`, and the problems.
fn run(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| File::new(*name, *text))
        .collect();
    let files: Vec<_> = files.iter().collect();
    let selected = select(&files, |name| name.starts_with("flux/"));
    let objects = selected.documents.iter().map(|document| {
        let root = &document.root;
        format!("{} {}/{}", kind(root), namespace(root), name(root))
    });
    let problems = selected.problems.iter().map(ToString::to_string);
    (objects.collect(), problems.collect())
}

const A: &str = "kind: A\nmetadata: {name: a, namespace: one}\n";
const B: &str = "kind: B\nmetadata: {name: b}\n";

#[test]
fn follows_resources_in_their_order_through_folders() {
    let (objects, problems) = run(&[
        ("kustomization.yaml", "resources: [z.yaml, ./sub/, a.yaml]"),
        ("a.yaml", A),
        ("z.yaml", B),
        ("ignored.yaml", "not: [read"),
        (
            "sub/kustomization.yml",
            "kind: Kustomization\nresources:\n- ../shared.yaml\n- deep",
        ),
        ("sub/deep/Kustomization", "resources: [c.json]"),
        (
            "sub/deep/c.json",
            r#"{"kind": "C", "metadata": {"name": "c"}}"#,
        ),
        ("shared.yaml", "kind: D\nmetadata: {name: d}"),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(objects, ["B /b", "D /d", "C /c", "A one/a"]);
}

#[test]
fn takes_lists_apart() {
    let list = "kind: List\nitems:\n- kind: A\n  metadata: {name: a}\n- kind: BList\n  items:\n  - kind: \
                B\n    metadata: {name: b}\n- kind: C\n  metadata: {name: c}\n---\nkind: AllowList\n\
                metadata: {name: l}\n";
    let (objects, problems) = run(&[("all.yaml", list)]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(objects, ["A /a", "B /b", "C /c", "AllowList /l"]);
}

#[test]
fn puts_objects_into_the_namespace_and_the_outer_one_wins() {
    let space = "kind: Namespace\nmetadata: {name: n}\n";
    let class = "kind: GatewayClass\nmetadata: {name: g}\n";
    let (objects, problems) = run(&[
        (
            "kustomization.yaml",
            "namespace: outer\nresources: [a.yaml, n.yaml, g.yaml, sub]",
        ),
        ("a.yaml", A),
        ("n.yaml", space),
        ("g.yaml", class),
        (
            "sub/kustomization.yaml",
            "namespace: inner\nresources: [b.yaml]",
        ),
        ("sub/b.yaml", B),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        objects,
        [
            "A outer/a",
            "Namespace /outer",
            "GatewayClass /g",
            "B outer/b"
        ]
    );
    let (_, problems) = run(&[
        (
            "kustomization.yaml",
            "namespace: outer\nresources: [n.yaml]",
        ),
        ("n.yaml", &format!("{space}---\n{space}")),
    ]);
    assert!(problems[0].contains("gives every Namespace the name \"outer\", and 2 are listed"));
}

#[test]
fn without_a_kustomization_at_the_root_all_are_read() {
    let (objects, problems) = run(&[
        ("a.yaml", A),
        ("apps/kustomization.yaml", "resources: [b.yaml]"),
        ("apps/b.yaml", B),
        ("apps/ignored.yaml", A),
        ("flux/x.yaml", B),
        ("x/c.yaml", "kind: C\nmetadata: {name: c}"),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(objects, ["A one/a", "B /b", "C /c"]);
}

#[test]
fn refuses_by_name_what_it_does_not_apply() {
    for field in [
        "patches",
        "components",
        "namePrefix",
        "images",
        "configMapGenerator",
    ] {
        let text = format!("resources: []\n{field}: [x]\n");
        let (_, problems) = run(&[("kustomization.yaml", &text)]);
        assert_eq!(
            problems,
            [format!(
                "kustomization.yaml:2:1: {field}: is not applied when a directory is read; render \
                 it first: `kustomize build DIR > rendered/all.yaml`"
            )]
        );
    }
    let text = "bases: [x]\nresourcse: [a.yaml]\npatches: []\nnamespace: [x]\nresources: {a: b}\n";
    let (_, problems) = run(&[("kustomization.yaml", text)]);
    assert_eq!(
        problems,
        [
            "kustomization.yaml:1:1: bases: was replaced by resources; move its entries to resources",
            "kustomization.yaml:2:1: resourcse: is not a field of a kustomization; did you mean \
             \"resources\"?",
            "kustomization.yaml:4:12: namespace: expected a string, found a list",
            "kustomization.yaml:5:12: resources: expected a list, found an object",
        ]
    );
}

#[test]
fn refuses_what_is_no_kustomization_of_kustomize() {
    let cases = [
        ("kind: Component", "kind \"Component\" is not supported"),
        (
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization",
            "is a Kustomization of Flux",
        ),
        ("apiVersion: apps/v1", "apiVersion must be"),
        ("[a]", "must be an object"),
        ("", "holds 0 documents"),
        ("a: 1\n---\nb: 1", "holds 2 documents"),
        ("a: [", "is not valid YAML"),
    ];
    for (text, expected) in cases {
        let (_, problems) = run(&[("kustomization.yaml", text)]);
        assert!(problems[0].contains(expected), "{text}: {problems:?}");
    }
    let (_, problems) = run(&[("kustomization.yaml", "{}"), ("Kustomization", "{}")]);
    assert!(problems[0].contains("beside each other"), "{problems:?}");
}

#[test]
fn no_resource_leads_out_or_to_another_host() {
    let text = "resources:\n- ../x.yaml\n- /etc/x.yaml\n- a/../../x.yaml\n- https://h/x.yaml\n- \
                github.com/o/r?ref=v1\n- git@h:o/r\n- h:o/r\n";
    let (_, problems) = run(&[("kustomization.yaml", text), ("x.yaml", A)]);
    let out = problems
        .iter()
        .filter(|text| text.contains("out of the directory"));
    assert_eq!(out.count(), 3);
    let remote = problems
        .iter()
        .filter(|text| text.contains("nothing is fetched"));
    assert_eq!(remote.count(), 4);
    assert!(problems[0].starts_with("kustomization.yaml:2:3: resources[0]: \"../x.yaml\""));
}

#[test]
fn tells_what_is_missing_listed_twice_or_leads_back() {
    let (_, problems) = run(&[
        (
            "kustomization.yaml",
            "resources: [rotes.yaml, routes.yaml, ./routes.yaml, bare, sub, sub, \
             sub/kustomization.yaml]",
        ),
        ("routes.yaml", A),
        ("bare/x.yaml", B),
        ("sub/kustomization.yaml", "resources: [.., ../routes.yaml]"),
    ]);
    let expected = [
        "there is no file or folder \"rotes.yaml\"; did you mean \"routes.yaml\"?",
        "\"./routes.yaml\" is listed for the second time; the first is kustomization.yaml:1",
        "the folder \"bare\" has no kustomization.yaml; list its files, or give it one",
        "sub/kustomization.yaml:1:13: resources[0]: leads back to a kustomization",
        "\"../routes.yaml\" is listed for the second time",
        "resources[5]: is listed for the second time",
        "\"sub/kustomization.yaml\" is a kustomization; list its folder",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "{problem}: {expected}");
    }
}

#[test]
fn the_depth_of_kustomizations_is_bounded() {
    let mut files = Vec::new();
    let mut folder = String::new();
    for _ in 0..100 {
        files.push(File::new(
            format!("{folder}kustomization.yaml"),
            "resources: [d]",
        ));
        folder.push_str("d/");
    }
    let files: Vec<_> = files.iter().collect();
    let selected = select(&files, |_| false);
    assert!(selected.problems[0].message.contains("over 32 deep"));
}
