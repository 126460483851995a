//! Which documents of a directory are manifests.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::fields::{Kustomization, read};
use super::path::{Target, is_kustomization, split, target};
use super::set_namespace;
use crate::config::flux::object::kind;
use crate::config::suggest::{did_you_mean, quoted};
use crate::config::yaml::{Document, Position, Value, parse};
use crate::config::{File, Problem};

/// How deep kustomizations may lead to others.
const MAX_DEPTH: usize = 32;

/// What a directory says.
#[derive(Debug, Default)]
pub(in crate::config::flux) struct Selected {
    /// The manifests, lists taken apart, in the order of kustomize.
    pub(in crate::config::flux) documents: Vec<Document>,
    /// What is wrong.
    pub(in crate::config::flux) problems: Vec<Problem>,
    /// The files that the manifests are from.
    pub(in crate::config::flux) used: BTreeSet<String>,
}

/// The manifests of a directory: those that the kustomization at its root lists, or, where there is
/// none, all; a folder with a kustomization of its own is taken as that says.
///
/// Files for which `aside` is true are manifests only when a kustomization lists them.
pub(in crate::config::flux) fn select(files: &[&File], aside: impl Fn(&str) -> bool) -> Selected {
    let mut walk = Walk::new(files);
    if walk.kustomizations.contains_key("") {
        walk.folder("", None, 0);
        return walk.selected;
    }
    for file in files {
        let name = file.name();
        // A folder belongs to the nearest kustomization above it, which is followed once.
        match walk.topmost_kustomization(name) {
            Some(folder) if walk.entered.contains_key(folder) => {}
            Some(folder) if !aside(name) => {
                let folder = folder.to_owned();
                walk.folder(&folder, None, 0);
            }
            Some(_) => {}
            None if aside(name) => {}
            None => walk.file(file),
        }
    }
    walk.selected
}

struct Walk<'a> {
    files: BTreeMap<&'a str, &'a File>,
    kustomizations: BTreeMap<&'a str, Vec<&'a File>>,
    /// The folders whose kustomization is being followed (`true`) or has been.
    entered: HashMap<String, bool>,
    /// The files that were listed, and by whom.
    listed: HashMap<String, String>,
    selected: Selected,
}

/// The entry of a kustomization that leads somewhere.
struct Entry<'a> {
    from: &'a Kustomization,
    path: String,
    at: Position,
}

impl<'a> Walk<'a> {
    fn new(files: &[&'a File]) -> Self {
        let mut kustomizations: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
        for file in files.iter().filter(|file| is_kustomization(file.name())) {
            let (folder, _) = split(file.name());
            kustomizations.entry(folder).or_default().push(file);
        }
        Self {
            files: files.iter().map(|file| (file.name(), *file)).collect(),
            kustomizations,
            entered: HashMap::new(),
            listed: HashMap::new(),
            selected: Selected::default(),
        }
    }

    /// The uppermost folder above a file that has a kustomization.
    fn topmost_kustomization(&self, name: &str) -> Option<&'a str> {
        let above = |folder: &&&str| {
            name.strip_prefix(**folder)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.kustomizations.keys().find(above).copied()
    }

    /// Follows the kustomization of a folder.
    fn folder(&mut self, folder: &str, entry: Option<&Entry<'_>>, depth: usize) {
        let Some(files) = self.kustomizations.get(folder) else {
            return;
        };
        let [file] = files.as_slice() else {
            let names: Vec<_> = files
                .iter()
                .map(|file| quoted(split(file.name()).1))
                .collect();
            let message = format!(
                "has {} beside each other; one is expected",
                names.join(", ")
            );
            let name = if folder.is_empty() { "." } else { folder };
            self.entered.insert(folder.to_owned(), false);
            self.selected.problems.push(Problem::of_file(name, message));
            return;
        };
        match (self.entered.get(folder).copied(), entry) {
            (Some(open), Some(entry)) => {
                let message = if open {
                    "leads back to a kustomization that leads here"
                } else {
                    "is listed for the second time"
                };
                self.tell(entry, message.to_owned(), None);
                return;
            }
            (Some(_), None) => return,
            (None, Some(entry)) if depth > MAX_DEPTH => {
                let message = format!("kustomizations lead to each other over {MAX_DEPTH} deep");
                self.tell(entry, message, None);
                return;
            }
            (None, _) => {}
        }
        self.entered.insert(folder.to_owned(), true);
        let before = self.selected.documents.len();
        if let Some(kustomization) = read(file, &mut self.selected.problems) {
            for (index, (path, at)) in kustomization.resources.iter().enumerate() {
                let entry = Entry {
                    from: &kustomization,
                    path: format!("resources[{index}]"),
                    at: *at,
                };
                self.resource(&entry, path, depth);
            }
            self.put_namespace(&kustomization, before);
        }
        self.entered.insert(folder.to_owned(), false);
    }

    /// Follows one entry of `resources`.
    fn resource(&mut self, entry: &Entry<'_>, path: &str, depth: usize) {
        let inside = match target(&entry.from.folder, path) {
            Target::Inside(inside) => inside,
            Target::Outside => {
                let message = format!("{} leads out of the directory", quoted(path));
                let hint = "start from a directory that holds all, or copy the file into it";
                return self.tell(entry, message, Some(hint.to_owned()));
            }
            Target::Remote => {
                let message = format!(
                    "{} is on another host, and nothing is fetched",
                    quoted(path)
                );
                let hint = "render it first: `kustomize build DIR > rendered/all.yaml`";
                return self.tell(entry, message, Some(hint.to_owned()));
            }
        };
        if let Some(file) = self.files.get(inside.as_str()).copied() {
            if is_kustomization(&inside) {
                let message = format!("{} is a kustomization", quoted(path));
                return self.tell(entry, message, Some("list its folder".to_owned()));
            }
            let by = format!("{}:{}", entry.from.file, entry.at.line);
            if let Some(first) = self.listed.insert(inside, by) {
                let message = format!("{} is listed for the second time", quoted(path));
                return self.tell(entry, message, Some(format!("the first is {first}")));
            }
            return self.file(file);
        }
        if self.kustomizations.contains_key(inside.as_str()) {
            return self.folder(&inside, Some(entry), depth + 1);
        }
        self.tell_missing(entry, path, &inside);
    }

    fn tell_missing(&mut self, entry: &Entry<'_>, path: &str, inside: &str) {
        let prefix = format!("{inside}/");
        if inside.is_empty() || self.files.keys().any(|name| name.starts_with(&prefix)) {
            let message = format!("the folder {} has no kustomization.yaml", quoted(path));
            let hint = "list its files, or give it one";
            return self.tell(entry, message, Some(hint.to_owned()));
        }
        let message = format!("there is no file or folder {}", quoted(path));
        let folder = &entry.from.folder;
        let known = self.files.keys().filter_map(|name| {
            let name = if folder.is_empty() {
                Some(*name)
            } else {
                name.strip_prefix(folder.as_str())?.strip_prefix('/')
            };
            name.filter(|name| !is_kustomization(name))
        });
        let hint = did_you_mean(path, known)
            .unwrap_or_else(|| "files end in .yaml, .yml or .json".to_owned());
        self.tell(entry, message, Some(hint));
    }

    fn tell(&mut self, entry: &Entry<'_>, message: String, hint: Option<String>) {
        let mut problem = entry.from.problem(&entry.path, message, entry.at);
        problem.hint = hint;
        self.selected.problems.push(problem);
    }

    /// Takes all documents of a file.
    fn file(&mut self, file: &File) {
        let (documents, problems) = parse(file);
        self.selected.problems.extend(problems);
        self.selected.used.insert(file.name().to_owned());
        let documents = documents.into_iter().flat_map(apart);
        self.selected.documents.extend(documents);
    }

    fn put_namespace(&mut self, kustomization: &Kustomization, from: usize) {
        let Some(namespace) = &kustomization.namespace else {
            return;
        };
        let documents = self.selected.documents.get_mut(from..).unwrap_or_default();
        let spaces = documents
            .iter()
            .filter(|document| kind(&document.root) == "Namespace")
            .count();
        if spaces > 1 {
            let message = format!(
                "gives every Namespace the name {}, and {spaces} are listed",
                quoted(namespace)
            );
            let problem = Problem::of_file(&kustomization.file, message);
            self.selected.problems.push(Problem {
                path: "namespace".to_owned(),
                ..problem
            });
            return;
        }
        set_namespace(documents, namespace);
    }
}

/// The items of a list (`kind: List`, or any kind that ends so), or the document itself.
fn apart(document: Document) -> Vec<Document> {
    let mut found = Vec::new();
    let mut waiting = vec![document];
    while let Some(mut document) = waiting.pop() {
        // A list whose items are none is refused later, as the object that it is.
        let items = document.root.get("items").map(|items| &items.value);
        let is_list =
            kind(&document.root).ends_with("List") && matches!(items, Some(Value::List(_)));
        let items = match &mut document.root.value {
            Value::Object(entries) if is_list => {
                entries.iter_mut().find(|entry| entry.name == "items")
            }
            _ => None,
        };
        match items.map(|entry| std::mem::replace(&mut entry.node.value, Value::Null)) {
            Some(Value::List(items)) => {
                let items = items.into_iter().rev();
                let (file, number) = (&document.file, document.number);
                waiting.extend(items.map(|item| Document::new(file, number, item)));
            }
            Some(_) => {}
            None => found.push(document),
        }
    }
    found
}
