//! Whole directories, from files to documents; and the fixtures that tests of this room share.

use std::path::{Path, PathBuf};

use super::{Assembled, Lint, Severity, SourceOptions, assemble_documents, render};
use crate::config::redact::redacted;
use crate::config::yaml::{Document, parse};
use crate::config::{Directory, File, LoadOptions, Report, Role, Source, load};

/// A file or folder of the shared fixtures; `None`, said aloud, where they are absent.
pub(super) fn fixture(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders
        .map(|folder| folder.join("shared/data/gateway-api").join(name))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: ../shared/data/gateway-api/{name} is absent");
    }
    found
}

fn file(name: &str, text: &str) -> File {
    File::new(name, text)
}

/// What every Flux Kustomization says.
const REQUIRED: &str =
    "  interval: 1m\n  prune: true\n  sourceRef: {kind: GitRepository, name: g}\n";

fn flux(spec: &str) -> File {
    let head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: \
                apps, namespace: flux-system}\nspec:\n";
    file("flux/apps.yaml", &format!("{head}{REQUIRED}{spec}"))
}

fn map(namespace: &str, name: &str, data: &str) -> File {
    let text = format!(
        "kind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {data}\n"
    );
    file(&format!("flux/{namespace}-{name}.yaml"), &text)
}

fn run_with(
    files: &[File],
    options: &SourceOptions,
) -> (Vec<serde_json::Value>, Vec<Lint>, Vec<String>) {
    let Assembled {
        documents,
        lints,
        problems,
        ..
    } = assemble_documents(files, options);
    let trees = documents.iter().map(|document| document.root.to_json());
    let problems = problems.iter().map(ToString::to_string);
    (trees.collect(), lints, problems.collect())
}

fn run(files: &[File]) -> (Vec<serde_json::Value>, Vec<Lint>, Vec<String>) {
    run_with(files, &SourceOptions::new())
}

#[test]
fn the_fixture_renders_to_what_flux_applies() {
    let (Some(raw), Some(rendered)) = (fixture("manifests"), fixture("manifests-rendered")) else {
        return;
    };
    let files = Directory::new(raw).read().unwrap();
    let Assembled {
        documents,
        lints,
        problems,
        hidden,
        ..
    } = assemble_documents(&files, &SourceOptions::new());
    assert_eq!(problems, []);
    let expected = Directory::new(rendered).read().unwrap();
    let expected = assemble_documents(&expected, &SourceOptions::new()).documents;
    let trees = |documents: &[Document]| -> Vec<_> {
        documents
            .iter()
            .map(|document| document.root.to_json())
            .collect()
    };
    assert_eq!(trees(&documents), trees(&expected));
    // What is rendered reads as the same, and is written the same.
    let text = render(&documents);
    let (again, problems) = parse(&File::new("all.yaml", text.clone()));
    assert_eq!(problems, []);
    assert_eq!(trees(&again), trees(&expected));
    assert_eq!(render(&again), text);
    assert!(render(&redacted(&documents, &hidden)).contains("Authorization: <redacted>"));
    // Its dependencies are defined elsewhere; its health check has expressions.
    let severities: Vec<_> = lints.iter().map(|lint| lint.severity).collect();
    assert_eq!(severities, [Severity::Note, Severity::Note], "{lints:?}");
}

#[test]
fn manifests_without_any_of_it_stay_as_they_are() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
    let files = Directory::new(own).read().unwrap();
    let Assembled {
        documents,
        lints,
        problems,
        ..
    } = assemble_documents(&files, &SourceOptions::new());
    assert_eq!((lints, problems), (vec![], vec![]));
    let parsed: Vec<_> = files.iter().flat_map(|file| parse(file).0).collect();
    assert!(!documents.is_empty());
    assert_eq!(documents, parsed);
}

#[test]
fn later_sources_beat_earlier_ones_and_inline_beats_all() {
    let secret = "kind: Secret\nmetadata: {name: s, namespace: flux-system}\ndata: {c: Mw==}\n\
                  stringData: {d: '4'}\n";
    let (documents, lints, problems) = run(&[
        flux(
            "  postBuild:\n    substitute: {e: five}\n    substituteFrom:\n    - {kind: ConfigMap, \
             name: one}\n    - {kind: ConfigMap, name: two}\n    - {kind: Secret, name: s}\n    - \
             {kind: Secret, name: none, optional: true}\n",
        ),
        map(
            "flux-system",
            "one",
            "{a: '1', b: '1', c: '1', d: '1', e: '1'}",
        ),
        map("flux-system", "two", "{b: \"2\\n\", e: '2'}"),
        map("other", "one", "{a: wrong}"),
        file("flux/secret.yaml", secret),
        file(
            "m.yaml",
            "kind: A\nv: '${a}-${b}-${c}-${d}-${e}'\n${e}: ${b}\n",
        ),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(lints, []);
    assert_eq!(
        documents,
        [serde_json::json!({"kind": "A", "v": "1-2-3-4-five", "five": 2})]
    );
}

#[test]
fn values_keep_their_places() {
    let documents = assemble_documents(
        &[
            flux("  postBuild: {substitute: {p: '80'}}\n"),
            file("m.yaml", "kind: A\nspec:\n  port: ${p}\n"),
        ],
        &SourceOptions::new(),
    )
    .documents;
    let port = documents[0].root.path(&["spec", "port"]).unwrap();
    assert_eq!(port.to_json(), 80);
    assert_eq!((port.at.line, port.at.column), (3, 9));
}

#[test]
fn objects_opt_out_and_no_variables_mean_no_substitution() {
    let texts = [
        "kind: A\nmetadata: {labels: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\nv: ${x}\n",
        "kind: A\nmetadata: {annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}}\nv: \
         ${x\n",
    ];
    for text in texts {
        let files = [
            flux("  postBuild: {substitute: {p: '80'}}\n"),
            file("m.yaml", text),
        ];
        let (documents, _, problems) = run(&files);
        assert_eq!(problems, [""; 0]);
        assert!(documents[0]["v"].as_str().unwrap().starts_with("${x"));
    }
    let manifest = || file("m.yaml", "kind: A\nv: ${x:=d}\n");
    let (documents, lints, problems) = run(&[flux("  postBuild: {}\n"), manifest()]);
    assert_eq!(
        (documents[0]["v"].as_str(), problems.len()),
        (Some("${x:=d}"), 0)
    );
    assert!(lints[0].message.contains("no variables"), "{lints:?}");
    let always = flux("  postBuild: {substituteStrategy: Always}\n");
    let (documents, _, _) = run(&[always, manifest()]);
    assert_eq!(documents[0]["v"], "d");
    let (_, _, problems) = run(&[flux("  postBuild: {substituteStrategy: No}\n"), manifest()]);
    assert!(problems[0].contains("substituteStrategy"), "{problems:?}");
}

/// Fault C12: a variable that is not set is an error with its place and the nearest name; lax, it is empty.
#[test]
fn a_variable_that_is_not_set_is_told_with_the_nearest_name() {
    let files = [
        flux("  postBuild: {substitute: {cluster_domain: d}}\n"),
        file(
            "m.yaml",
            "kind: A\nmetadata: {name: own}\nspec:\n- h: x.${cluster_domian}\n",
        ),
    ];
    let (_, _, problems) = run(&files);
    assert_eq!(
        problems,
        [
            "m.yaml:4:6, A own: spec[0].h: variable \"cluster_domian\" is not set; did you mean \
             \"cluster_domain\"?"
        ]
    );
    let (documents, _, problems) = run_with(&files, &SourceOptions::new().strict(false));
    assert_eq!(problems, [""; 0]);
    assert_eq!(documents[0]["spec"][0]["h"], "x.");
}

/// Fault C12: a value with YAML syntax in it injects nothing, and neither it nor any other value is printed.
/// Fault C11: no message about variables shows a value of them or of a Secret.
#[test]
fn no_message_shows_a_value() {
    let hush = "hush: [hush";
    let (documents, lints, problems) = run(&[
        flux(&format!(
            "  postBuild: {{substitute: {{p: '{hush}', q: 'hush'}}}}\n"
        )),
        file(
            "m.yaml",
            "kind: A\nv: ${p}\n${p}: x\nl: ['${p}', 'ok${p:0:0}']\n---\nkind: Secret\nstringData: {a: \
             '${hush', b: 'x${hush', c: '${hush-hush}'}\n",
        ),
    ]);
    assert_eq!(problems.len(), 6, "{problems:?}");
    let shown = format!("{lints:?}{problems:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(problems[0].starts_with("m.yaml:2:4: v: the value of variable \"p\" would change"));
    // What was refused stays as it was.
    assert_eq!(documents[0]["v"], "${p}");
}

#[test]
fn two_names_that_become_one_are_refused() {
    let (_, _, problems) = run(&[
        flux("  postBuild: {substitute: {p: a}}\n"),
        file("m.yaml", "kind: A\na: 1\n${p}: 2\n"),
    ]);
    assert!(problems[0].starts_with("m.yaml:3:1: the name of this field is given twice"));
}

#[test]
fn a_missing_source_is_told_with_what_is_near() {
    let reference =
        "  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: cluster-vars}\n";
    let manifest = || file("m.yaml", "v: ${x}\n");
    let cases = [
        (
            map("flux-system", "cluster-var", "{x: a}"),
            "did you mean \"cluster-var\"?",
        ),
        (
            map("apps", "cluster-vars", "{x: a}"),
            "one is in the namespace \"apps\"",
        ),
        (file("flux/none.yaml", ""), "optional: true"),
    ];
    for (source, hint) in cases {
        let (_, _, problems) = run(&[flux(reference), source, manifest()]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let expected = "flux/apps.yaml:10:7, Kustomization flux-system/apps: \
                        spec.postBuild.substituteFrom[0]: there is no ConfigMap \
                        flux-system/cluster-vars; ";
        assert!(problems[0].starts_with(expected), "{problems:?}");
        assert!(problems[0].contains(hint), "{problems:?}");
    }
}

#[test]
fn sources_must_hold_names_and_strings() {
    let spec = "  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: c}\n    - {kind: Secret, \
                name: s}\n    - {kind: Secret, name: e}\n";
    let secret = "kind: Secret\nmetadata: {name: s, namespace: flux-system}\ndata: {a: '?', b: '/w=='}\n---\n\
                  kind: Secret\nmetadata: {name: e, namespace: flux-system}\nsops: {}\ndata: {a: ENC}\n";
    let (_, _, problems) = run(&[
        flux(spec),
        map("flux-system", "c", "{a-b: x, p: 80, 1a: x}"),
        file("flux/s.yaml", secret),
        file("m.yaml", "v: ${x}\n"),
    ]);
    let expected = [
        "data.a-b: \"a-b\" is no name of a variable",
        "data.p: expected a string, found a number; put it in quotes",
        "data.1a: \"1a\" is no name of a variable",
        "data.a: expected text in base64",
        "data.b: expected text in base64",
        "is encrypted with SOPS",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "{problem}");
    }
    let spec = "  postBuild:\n    substitute: {num: 1}\n    substituteFrom: [{kind: Deployment, name: c}]\n";
    let (_, _, problems) = run(&[flux(spec), file("m.yaml", "v: ${x}\n")]);
    for expected in [
        "substituteFrom[0].kind: \"Deployment\" is not",
        "substitute.num: must be a string",
    ] {
        assert!(
            problems.iter().any(|told| told.contains(expected)),
            "{problems:?}"
        );
    }
}

#[test]
fn given_files_hold_variables() {
    let manifest = || file("m.yaml", "v: ${x}\n");
    let given = |text: &str| file("/vars.yaml", text).with_role(Role::Variables);
    let source = "kind: ConfigMap\nmetadata: {name: c}\ndata: {x: given}\n";
    // Without a Flux Kustomization they are the variables.
    let (documents, _, problems) = run(&[manifest(), given(source)]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(documents[0]["v"], "given");
    // With one, it names them, and they are found before others of that name.
    let reference = "  postBuild:\n    substituteFrom:\n    - {kind: ConfigMap, name: c}\n";
    let other = map("flux-system", "c", "{x: other}");
    let (documents, lints, _) = run(&[flux(reference), other, manifest(), given(source)]);
    assert_eq!(
        (documents[0]["v"].as_str(), lints.len()),
        (Some("given"), 0)
    );
    let inline = "  postBuild: {substitute: {x: inline}}\n";
    let (documents, lints, _) = run(&[flux(inline), manifest(), given(source)]);
    assert_eq!(documents[0]["v"], "inline");
    assert!(
        lints[0].message.contains("not named by substituteFrom"),
        "{lints:?}"
    );
    // Plain names beat all.
    let (documents, _, _) = run(&[flux(inline), manifest(), given("x: 80\n")]);
    assert_eq!(documents[0]["v"], 80);
    let (_, _, problems) = run(&[manifest(), given("kind: Pod\n")]);
    assert!(problems[0].contains("expected a ConfigMap"), "{problems:?}");
}

#[test]
fn flux_objects_are_found_beside_in_files_or_among_manifests() {
    let manifest = || file("m.yaml", "v: ${x:=none}\n");
    let beside = || flux("  postBuild: {substitute: {x: beside}}\n");
    let (documents, _, _) = run(&[manifest(), beside()]);
    assert_eq!(documents, [serde_json::json!({"v": "beside"})]);
    let given = flux("  postBuild: {substitute: {x: given}}\n").with_role(Role::Flux);
    let (documents, _, _) = run(&[manifest(), beside(), given]);
    assert_eq!(documents, [serde_json::json!({"v": "given"})]);
    let among = flux("  postBuild: {substitute: {x: among}}\n");
    let (documents, _, _) = run(&[manifest(), file("among.yaml", among.text())]);
    assert_eq!(documents, [serde_json::json!({"v": "among"})]);
}

#[test]
fn several_kustomizations_must_be_told_apart() {
    let one = flux("  postBuild: {substitute: {x: one}}\n");
    let other = |name: &str, spec: &str| {
        let text = one.text().replace("name: apps", &format!("name: {name}"));
        let (head, _) = text.split_once("spec:").unwrap();
        file(
            &format!("flux/{name}.yaml"),
            &format!("{head}spec:\n{REQUIRED}{spec}"),
        )
    };
    let manifest = file("m.yaml", "v: ${x}\n");
    let silent = other("infra", "  wait: false\n");
    let (documents, _, problems) = run(&[one.clone(), silent, manifest.clone()]);
    assert_eq!(
        (documents[0]["v"].as_str(), problems.len()),
        (Some("one"), 0)
    );
    let two = other("other", "  postBuild: {substitute: {x: two}}\n");
    let files = [one.clone(), two, manifest];
    let (_, _, problems) = run(&files);
    assert!(problems[0].contains("\"apps\", \"other\""), "{problems:?}");
    assert_eq!(problems.len(), 1);
    let options = SourceOptions::new().kustomization("flux-system/other");
    let (documents, _, problems) = run_with(&files, &options);
    assert_eq!(
        (documents[0]["v"].as_str(), problems.len()),
        (Some("two"), 0)
    );
    let (_, _, problems) = run_with(&files, &SourceOptions::new().kustomization("othr"));
    assert!(
        problems[0].contains("did you mean \"other\"?"),
        "{problems:?}"
    );
}

#[test]
fn what_else_flux_changes_is_applied_or_refused() {
    let (documents, _, problems) = run(&[
        flux(
            "  targetNamespace: t\n  commonMetadata: {labels: {team: x}, annotations: {a: b}}\n  images: \
             []\n",
        ),
        file(
            "m.yaml",
            "kind: A\nmetadata: {name: own, labels: {team: w, z: z}}\n",
        ),
    ]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        documents[0]["metadata"],
        serde_json::json!({"name": "own", "namespace": "t", "labels": {"team": "x", "z": "z"},
            "annotations": {"a": "b"}})
    );
    let (_, _, problems) = run(&[flux(
        "  patches: [{patch: x}]\n  postbuild: {}\n  postBuild: {substitutes: {}}\n",
    )]);
    let expected = [
        "spec.postbuild: unknown field \"postbuild\"; did you mean \"postBuild\"?",
        "spec.postBuild.substitutes: unknown field \"substitutes\"; did you mean \"substitute\"?",
        "spec.patches: is not applied when a directory is read; render it first with `flux build",
    ];
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "{problem}");
    }
    assert_eq!(problems.len(), 3);
}

#[test]
fn a_kustomization_is_held_against_its_own_schema() {
    let told = |spec: &str| run(&[flux(spec)]).2.join("\n");
    for (spec, expected) in [
        ("  dependsOn: foo\n", "spec.dependsOn: must be a list"),
        (
            "  dependsOn: [{nam: a}]\n",
            "spec.dependsOn[0].nam: unknown field",
        ),
        ("  wait: 'yes'\n", "spec.wait: must be true or false"),
        (
            "  healthChecks: [{kind: A, nme: b}]\n",
            "spec.healthChecks[0].nme: unknown field",
        ),
        ("  timeout: 5\n", "spec.timeout: must be a string"),
        ("  timeout: 5 minutes\n", "spec.timeout: must be a duration"),
        (
            "  healthCheckExpr: []\n",
            "did you mean \"healthCheckExprs\"?",
        ),
        (
            "  healthCheckExprs: [{apiVersion: a/v1, kind: A, curent: 'true'}]\n",
            "spec.healthCheckExprs[0].curent: unknown field",
        ),
        (
            "  healthCheckExprs: [{apiVersion: a/v1, kind: A, current: 'status.a =='}]\n",
            "spec.healthCheckExprs[0].current: is no expression in CEL",
        ),
        (
            "  dependsOn: [{name: a, readyExpr: '('}]\n",
            "spec.dependsOn[0].readyExpr: is no expression in CEL",
        ),
    ] {
        let told = told(spec);
        assert!(told.contains(expected), "{spec}: {told}");
    }
    let bare = flux("").text().replace(REQUIRED, "  path: a\n");
    let (_, _, problems) = run(&[file("flux/a.yaml", &bare)]);
    for field in ["interval", "prune", "sourceRef"] {
        let missing = |problem: &String| problem.contains(&format!("spec.{field}: is required"));
        assert!(problems.iter().any(missing), "{problems:?}");
    }
}

#[test]
fn every_kustomization_is_looked_at() {
    let checks =
        "  healthChecks: [{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, name: a}]\n";
    let one = flux(checks);
    let two = file(
        "flux/two.yaml",
        &one.text().replace("name: apps", "name: two"),
    );
    let (_, lints, problems) = run(&[one, two, file("m.yaml", "kind: A\n")]);
    assert_eq!(problems, [""; 0]);
    let always = |lint: &&Lint| lint.message.contains("always healthy");
    assert_eq!(lints.iter().filter(always).count(), 2, "{lints:?}");
}

#[test]
fn a_manifest_among_what_is_flux_s_own_is_told() {
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\n";
    let (documents, lints, _) = run(&[flux(""), file("flux/gw.yaml", gateway)]);
    assert!(documents.is_empty());
    assert!(
        lints[0]
            .to_string()
            .contains("flux/gw.yaml:1:1, Gateway g: stands beside")
    );
    let source =
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: g}\n";
    let (_, lints, _) = run(&[flux(""), file("flux/git.yaml", source), map("a", "b", "{}")]);
    assert_eq!(lints, []);
}

/// Faults of the objects that the documents hold, as the pipeline tells them.
fn faults(files: &[File]) -> Vec<String> {
    let found = load(&Given(files.to_vec()), &LoadOptions::default());
    let problems = found.map_or_else(|report| report.problems, |_| Vec::new());
    problems.iter().map(ToString::to_string).collect()
}

struct Given(Vec<File>);

impl Source for Given {
    fn read(&self) -> Result<Vec<File>, Report> {
        Ok(self.0.clone())
    }
}

/// Fault C12: what cannot be substituted is told once, and not again as a value of the wrong form.
#[test]
fn a_substitution_that_fails_is_told_once() {
    let gateway = |port: &str| {
        let text = format!(
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g}}\nspec:\n  \
             gatewayClassName: c\n  listeners: [{{name: a, protocol: HTTP, port: \"{port}\"}}]\n"
        );
        file("gw.yaml", &text)
    };
    let vars = || flux("  postBuild: {substitute: {a: '80'}}\n");
    let found = faults(&[vars(), gateway("${b}")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("\"b\" is not set"), "{found:?}");
    let unread = flux("  postBuild: {substituteFrom: [{kind: ConfigMap, name: none}]}\n");
    let found = faults(&[unread, gateway("${b}")]);
    assert_eq!(found.len(), 1, "{found:?}");
    let named = gateway("${a}");
    let named = file(
        "gw.yaml",
        &named.text().replace("name: g", "name: \"${a}\""),
    );
    let found = faults(&[vars(), named]);
    assert!(
        found[0].contains("write the quotes into the value"),
        "{found:?}"
    );
}

#[test]
fn a_list_whose_items_are_none_is_refused() {
    for (items, found) in [("items: foo", "a string"), ("", "nothing")] {
        let list = format!("apiVersion: v1\nkind: List\n{items}\n");
        let told = faults(&[file("l.yaml", &list)]);
        let expected = format!("items: must be a list of objects, found {found}");
        assert!(told[0].contains(&expected), "{told:?}");
    }
}
