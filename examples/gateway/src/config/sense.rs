//! Which faults of sense may be there because of a fault of form.

use std::collections::BTreeSet;

use super::compile::Diagnosis;
use super::{File, Problem};

/// Reasons that say of something else that it is not there, beside "not found".
const OF_ABSENCE: [(&str, &[&str]); 3] = [
    ("RefNotPermitted", &["ReferenceGrant"]),
    ("NotAllowedByListeners", &["Namespace"]),
    (
        "Pending",
        &["GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute"],
    ),
];

/// What could not be read.
#[derive(Debug)]
pub(super) struct Unread<'a> {
    /// The names of objects with a fault.
    names: BTreeSet<&'a str>,
    /// Their kinds.
    kinds: BTreeSet<&'a str>,
    /// Files in which any object may be.
    texts: Vec<&'a str>,
    /// Whether there is a file of which nothing is known.
    opaque: bool,
}

impl<'a> Unread<'a> {
    /// `parts` is what is there of files that cannot be read as a whole.
    pub(super) fn new(
        files: &'a [File],
        parts: &'a [(String, String)],
        problems: &'a [Problem],
    ) -> Self {
        let mut unread = Self {
            names: BTreeSet::new(),
            kinds: BTreeSet::new(),
            texts: Vec::new(),
            opaque: false,
        };
        let mut whole = BTreeSet::new();
        for problem in problems {
            match problem.object.split_once(' ') {
                Some((kind, name)) => {
                    unread.kinds.insert(kind);
                    unread.names.insert(last(name));
                }
                None => {
                    whole.insert(problem.file.as_str());
                }
            }
        }
        for file in files.iter().filter(|file| whole.contains(file.name())) {
            let part = parts.iter().find(|(name, _)| name == file.name());
            let text = part.map_or(file.text(), |(_, part)| part);
            unread.opaque |= part.is_none() && text.is_empty();
            unread.texts.push(text);
        }
        unread
    }

    /// Whether what was not read may be what this misses.
    pub(super) fn may_cause(&self, diagnosis: &Diagnosis) -> bool {
        let message = diagnosis.message.as_str();
        if let Some((before, _)) = message.split_once(" not found") {
            let name = last(before.rsplit(' ').next().unwrap_or_default());
            return self.opaque || self.names.contains(name) || self.says(name);
        }
        let reason = OF_ABSENCE.iter().find(|(of, _)| *of == diagnosis.reason);
        reason.is_some_and(|(_, kinds)| {
            let mut kinds = kinds.iter();
            self.opaque || kinds.any(|kind| self.kinds.contains(kind) || self.says(kind))
        })
    }

    fn says(&self, word: &str) -> bool {
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let mut texts = self.texts.iter();
        texts.any(|text| text.split(|c| !part(c)).any(|found| found == word))
    }
}

/// The name in `namespace/name` and `Kind/name`.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use crate::config::compile::Options;
    use crate::config::{Contents, Decoded, File, LoadOptions, Problem};

    const EDGE: &str = crate::config::compile::tests::support::EDGE;

    fn route(name: &str, backend: &str) -> String {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}, \
             namespace: infra}}\nspec:\n  parentRefs: [{{name: edge}}]\n  rules: [{{backendRefs: \
             [{{name: {backend}, port: 80}}]}}]\n"
        )
    }

    /// What is said of these files beside their faults of form, in part.
    fn told(files: &[(&str, String)], problems: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(name, text)| File::new(*name, text));
        let contents = Contents {
            files: files.collect(),
            parts: Vec::new(),
            problems: problems
                .iter()
                .map(|(file, why)| Problem::of_file(*file, *why))
                .collect(),
        };
        let decoded = Decoded::new(contents, &LoadOptions::default());
        assert!(!decoded.problems.is_empty());
        let found = decoded.sense(&Options::default());
        found.into_iter().map(|it| it.message).collect()
    }

    fn edge(more: &str) -> (&'static str, String) {
        ("edge.yaml", format!("{EDGE}{more}"))
    }

    /// Fault C01: faults of sense are told beside faults of form, and what a fault of form may have caused is not.
    #[test]
    fn what_a_fault_of_form_may_have_caused_is_not_told() {
        let service = |name: &str| {
            format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: infra}}\nspec: {{prts: []}}\n"
            )
        };
        let routes = edge(&(route("one", "gone") + &route("two", "planner")));
        let gone = ["Service infra/gone not found".to_owned()];
        let of = |text: String| told(&[routes.clone(), ("other.yaml", text)], &[]);
        assert_eq!(of(service("planner")), gone, "the other has a fault");
        assert_eq!(
            of(service("x") + "  y: [\n"),
            [
                gone.as_slice(),
                &["Service infra/planner not found".to_owned()]
            ]
            .concat()
        );
        assert_eq!(
            of("a: [1,\n# planner".to_owned()),
            gone,
            "it may be in there"
        );
        let unread = told(
            &[routes.clone(), ("other.yaml", String::new())],
            &[("other.yaml", "cannot be read")],
        );
        assert_eq!(unread, [""; 0], "any may be in there");
        let folder = told(
            std::slice::from_ref(&routes),
            &[("folder", "cannot be read")],
        );
        assert_eq!(folder, [""; 0]);
        let kustomization = (
            "kustomization.yaml",
            "resources: [edge.yaml, no.yaml]\n".to_owned(),
        );
        assert_eq!(
            told(&[routes, kustomization], &[]),
            [""; 0],
            "which are served is not known"
        );
    }

    #[test]
    fn a_grant_that_cannot_be_read_is_not_missed() {
        let away = route("one", "a, namespace: web");
        let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: web}\nspec: {ports: [{port: 80}]}\n";
        let grant = "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {name: g, namespace: web}\nspec: {from: 1}\n";
        let files = [edge(&(away + service)), ("other.yaml", grant.to_owned())];
        assert_eq!(told(&files, &[]), [""; 0]);
        let other = grant.replace("ReferenceGrant", "Gateway");
        let files = [files[0].clone(), ("other.yaml", other)];
        assert!(told(&files, &[])[0].contains("no ReferenceGrant"));
    }

    /// Fault C06: a grant is certainly gone when its file is, or was read without a fault and holds it no more.
    #[test]
    fn which_grants_are_certainly_gone() {
        let grant = |name: &str| {
            format!(
                "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\nmetadata: {{name: {name}, namespace: web}}\nspec:\n  from: [{{group: a, kind: B, namespace: {name}}}]\n  to: [{{group: \"\", kind: Service}}]\n---\n"
            )
        };
        let decoded = |files: &[(&str, String)], unread: &[&str]| {
            let files = files.iter().map(|(name, text)| File::new(*name, text));
            let unread = unread
                .iter()
                .map(|file| Problem::of_file(*file, "cannot be read"));
            let contents = Contents {
                files: files.collect(),
                problems: unread.collect(),
                parts: Vec::new(),
            };
            Decoded::new(contents, &LoadOptions::default())
        };
        let (one, two) = (grant("one"), grant("two"));
        let running = decoded(
            &[("a.yaml", one.clone() + &two), ("b.yaml", grant("b"))],
            &[],
        );
        let bad = "kind: [\n".to_owned();
        let cases: [(&[(&str, String)], &[&str], Option<&[&str]>); 7] = [
            (
                &[("a.yaml", one.clone()), ("c.yaml", bad.clone())],
                &[],
                Some(&["one"]),
            ),
            (
                &[("a.yaml", one.clone() + &bad)],
                &[],
                Some(&["one", "one", "two"]),
            ),
            (&[("b.yaml", bad.clone())], &[], Some(&["b"])),
            (&[("b.yaml", String::new())], &["b.yaml"], Some(&["b"])),
            (
                &[("c.yaml", two), ("b.yaml", bad.clone())],
                &[],
                Some(&["two", "b"]),
            ),
            (
                &[("a.yaml", one.clone()), ("kustomization.yaml", bad)],
                &[],
                Some(&["one", "two"]),
            ),
            (&[("a.yaml", one)], &["folder"], None),
        ];
        for (files, unread, wanted) in cases {
            let grants = decoded(files, unread).grants(&running.store);
            let names = grants.map(|grants| {
                let names = grants
                    .into_iter()
                    .map(|grant| grant.spec.from[0].namespace.clone());
                names.collect::<Vec<_>>()
            });
            let wanted = wanted.map(|names| names.iter().map(ToString::to_string).collect());
            assert_eq!(names, wanted, "{files:?} {unread:?}");
        }
    }
}
