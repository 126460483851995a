//! Where variables come from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Variables;
use super::applied::problem;
use super::lint::{Lint, Place, Severity};
use super::object::{kind, name, namespace, normal, text};
use crate::config::Problem;
use crate::config::suggest::{nearest, quoted};
use crate::config::yaml::{Document, Entry, Node, Value};

/// The objects in which variables may stand.
pub(super) struct Pool<'a> {
    /// From files given for variables; they are looked at first.
    pub(super) given: &'a [Document],
    /// From Flux's own folder or files.
    pub(super) flux: &'a [Document],
    /// From the manifests.
    pub(super) manifests: &'a [Document],
}

/// Variables on their way.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) variables: Variables,
    pub(super) problems: Vec<Problem>,
    pub(super) lints: Vec<Lint>,
    used: Vec<(String, usize)>,
}

/// The variables of a Flux Kustomization: those of `substituteFrom` in their order, then those of
/// `substitute`, the later beating the earlier; then those of given files that are no objects.
///
/// Without a Kustomization, the given files are the variables.
pub(super) fn gather(kustomization: Option<&Document>, pool: &Pool<'_>) -> Gathered {
    let mut gathered = Gathered::default();
    let post_build = kustomization.and_then(|it| it.root.path(&["spec", "postBuild"]));
    match kustomization {
        Some(kustomization) => {
            let references = post_build.and_then(|it| it.get("substituteFrom"));
            let references = references.map(Node::items).unwrap_or_default();
            for (index, reference) in references.iter().enumerate() {
                gathered.take_reference(kustomization, index, reference, pool);
            }
            let inline = post_build.and_then(|it| it.get("substitute"));
            for entry in inline.map(Node::entries).unwrap_or_default() {
                gathered.take(
                    kustomization,
                    "spec.postBuild.substitute",
                    entry,
                    Form::Plain,
                );
            }
            gathered.tell_unused(kustomization, pool.given);
        }
        None => {
            for document in pool.given.iter().filter(|document| is_source(document)) {
                gathered.take_object(document);
            }
        }
    }
    for document in pool.given.iter().filter(|document| !is_source(document)) {
        gathered.take_plain(document);
    }
    gathered
}

fn is_source(document: &Document) -> bool {
    matches!(kind(&document.root), "ConfigMap" | "Secret")
}

/// How the value of a variable stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    /// It is never shown.
    Secret,
    /// It is in base64, and never shown.
    Encoded,
}

impl Gathered {
    fn take_reference(
        &mut self,
        kustomization: &Document,
        index: usize,
        reference: &Node,
        pool: &Pool<'_>,
    ) {
        let path = format!("spec.postBuild.substituteFrom[{index}]");
        let (wanted, wanted_name) = (text(reference, &["kind"]), text(reference, &["name"]));
        if !matches!(wanted, "ConfigMap" | "Secret") || wanted_name.is_empty() {
            let message = "expected a kind, \"ConfigMap\" or \"Secret\", and a name";
            let problem = problem(kustomization, reference.at, &path, message);
            return self.problems.push(problem);
        }
        let space = namespace(&kustomization.root);
        let of_kind = || {
            // Of given files, the last one wins.
            let all = pool
                .given
                .iter()
                .rev()
                .chain(pool.flux)
                .chain(pool.manifests);
            all.filter(|document| kind(&document.root) == wanted)
        };
        let fits = |document: &&Document, any: bool| {
            let found = namespace(&document.root);
            name(&document.root) == wanted_name
                && (any && found.is_empty() || normal(found) == normal(space))
        };
        let mut given = pool.given.iter().rev();
        let found = given
            .find(|document| kind(&document.root) == wanted && fits(document, true))
            .or_else(|| of_kind().find(|document| fits(document, false)));
        if let Some(document) = found {
            self.used.push((document.file.clone(), document.number));
            return self.take_object(document);
        }
        let optional = reference.get("optional").map(Node::to_json);
        if optional == Some(serde_json::Value::Bool(true)) {
            return;
        }
        let message = format!("there is no {wanted} {space}/{wanted_name}");
        let problem = problem(kustomization, reference.at, &path, message);
        let elsewhere = of_kind().find(|document| name(&document.root) == wanted_name);
        let hint = match elsewhere {
            Some(document) => format!(
                "one is in the namespace {}; Flux looks in that of the Kustomization alone",
                quoted(namespace(&document.root))
            ),
            None => match nearest(wanted_name, of_kind().map(|document| name(&document.root))) {
                Some(near) => format!("did you mean {near:?}?"),
                None => "give the file that holds it, or set optional: true".to_owned(),
            },
        };
        self.problems.push(problem.hint(hint));
    }

    /// The values of a ConfigMap or Secret.
    fn take_object(&mut self, document: &Document) {
        let root = &document.root;
        if root.get("sops").is_some() {
            let message = "is encrypted with SOPS, so its variables cannot be read";
            let problem = problem(document, root.at, "", message);
            return self.problems.push(problem.hint("give it decrypted"));
        }
        let secret = kind(root) == "Secret";
        for entry in root.get("data").map(Node::entries).unwrap_or_default() {
            self.take(
                document,
                "data",
                entry,
                if secret { Form::Encoded } else { Form::Plain },
            );
        }
        if secret {
            for entry in root
                .get("stringData")
                .map(Node::entries)
                .unwrap_or_default()
            {
                self.take(document, "stringData", entry, Form::Secret);
            }
        }
    }

    /// The values of a file that is no object: names with values.
    fn take_plain(&mut self, document: &Document) {
        let root = &document.root;
        if root.get("kind").is_some() || !matches!(root.value, Value::Object(_)) {
            let message = "expected a ConfigMap, a Secret, or names with values";
            return self.problems.push(problem(document, root.at, "", message));
        }
        for entry in root.entries() {
            let mut entry = entry.clone();
            if let Value::Bool(_) | Value::Number(_) = entry.node.value {
                entry.node.value = Value::String(entry.node.to_json().to_string());
            }
            self.take(document, "", &entry, Form::Plain);
        }
    }

    /// One variable.
    fn take(&mut self, document: &Document, folder: &str, entry: &Entry, form: Form) {
        let path = match folder {
            "" => entry.name.clone(),
            folder => format!("{folder}.{}", entry.name),
        };
        let told = |message: String| problem(document, entry.at, &path, message);
        let Some(value) = entry.node.as_str() else {
            let message = format!("expected a string, found {}", entry.node.type_name());
            return self.problems.push(told(message).hint("put it in quotes"));
        };
        let decoded = if form == Form::Encoded {
            let bytes: String = value.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(bytes).ok();
            bytes.and_then(|bytes| String::from_utf8(bytes).ok())
        } else {
            Some(value.to_owned())
        };
        let Some(value) = decoded else {
            return self
                .problems
                .push(told("expected text in base64".to_owned()));
        };
        let set = match form {
            Form::Plain => self.variables.set(&entry.name, &value),
            Form::Secret | Form::Encoded => self.variables.set_secret(&entry.name, &value),
        };
        if !set {
            let message = format!("{} is no name of a variable", quoted(&entry.name));
            let hint = "letters, digits and _ may be in it, and no digit first";
            self.problems.push(told(message).hint(hint));
        }
    }

    /// Tells of objects in given files that nothing asked for.
    fn tell_unused(&mut self, kustomization: &Document, given: &[Document]) {
        for document in given.iter().filter(|document| is_source(document)) {
            if !self
                .used
                .contains(&(document.file.clone(), document.number))
            {
                let message = format!(
                    "is not named by substituteFrom of the Flux Kustomization {}, so its variables \
                     are not used",
                    quoted(name(&kustomization.root))
                );
                let place = Place::of(document, document.root.at, String::new());
                self.lints
                    .push(Lint::new(Severity::Warning, place, message));
            }
        }
    }
}
