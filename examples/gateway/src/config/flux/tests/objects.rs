//! The objects of Flux and of kustomize, and what stands among them.

use super::*;

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
