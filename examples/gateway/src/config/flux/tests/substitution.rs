//! Variables: where they come from, and what is said where they do not.

use super::*;

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
