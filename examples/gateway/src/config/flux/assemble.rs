//! From files to the documents that are served.

use super::applied::{applied, check};
use super::gather::{Gathered, Pool, gather};
use super::kustomization::{Selected, is_kustomization, select, set_common, set_namespace};
use super::lint::{Lint, Place, Severity, dependencies, health_checks};
use super::object::{group, is_flux_kustomization, kind, text};
use super::subst::{Places, places};
use super::{SourceOptions, substitute_documents};
use crate::config::object::kinds::is_served;
use crate::config::redact::Hidden;
use crate::config::yaml::{Document, Node, parse};
use crate::config::{File, Problem, Role};

/// The folder that is Flux's own.
const FLUX_FOLDER: &str = "flux/";

/// The manifests that files stand for: read, chosen by kustomize's rules, with Flux's variables
/// put in.
///
/// The documents are in kustomize's order, and every value keeps its place in its file. With any
/// problem, the documents are not those that a cluster would see.
///
/// # Which files are read for what
/// * A kustomization at the root decides which files are manifests; without one, all are.
/// * The Flux Kustomizations are those in files of [`Role::Flux`]; where there is no such file,
///   those in the folder `flux/` of the root. Those among the manifests count too, and are not in
///   the result. The folder `flux/` holds no manifests, unless the kustomization lists them.
/// * ConfigMaps and Secrets that `substituteFrom` names are looked for in files of
///   [`Role::Variables`], then beside the Flux Kustomizations, then among the manifests.
/// * Files of [`Role::Variables`] may also hold names with values; these beat all others. Without
///   a Flux Kustomization, what these files hold are the variables.
#[must_use]
pub fn assemble_documents(files: &[File], options: &SourceOptions) -> Assembled {
    let of_role = |role| files.iter().filter(move |file| file.role() == role);
    let manifests: Vec<&File> = of_role(Role::Manifest).collect();
    let selected = select(&manifests, |name| name.starts_with(FLUX_FOLDER));
    let mut assembly = Assembled::default();
    let given = assembly.parse(of_role(Role::Variables));
    let flux = if of_role(Role::Flux).next().is_some() {
        assembly.parse(of_role(Role::Flux))
    } else {
        let own = manifests.iter().filter(|file| {
            file.name().starts_with(FLUX_FOLDER) && !selected.used.contains(file.name())
        });
        assembly.parse(own.copied())
    };
    assembly.documents = assembly.assemble(selected, &given, &flux, options);
    assembly.scrub();
    assembly
}

/// Whether a file can hold nothing but manifests, so that a fault of it is one of these alone.
pub(in crate::config) fn is_plain(file: &File) -> bool {
    let own = file.name();
    file.role() == Role::Manifest && !own.starts_with(FLUX_FOLDER) && !is_kustomization(own)
}

/// What files stand for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Assembled {
    /// The manifests, in kustomize's order.
    pub documents: Vec<Document>,
    /// What is legal and does not do what it seems to.
    pub lints: Vec<Lint>,
    /// All that is wrong.
    pub problems: Vec<Problem>,
    /// What is never shown of them.
    pub hidden: Hidden,
    /// Where variables have been put in, or not.
    pub(in crate::config) substituted: Places,
}

impl Assembled {
    /// Takes what is never shown out of all that is told.
    fn scrub(&mut self) {
        if self.hidden.is_empty() {
            return;
        }
        let hidden = &self.hidden;
        self.problems
            .iter_mut()
            .for_each(|problem| problem.scrub(hidden));
        self.lints.iter_mut().for_each(|lint| lint.scrub(hidden));
    }

    fn parse<'a>(&mut self, files: impl Iterator<Item = &'a File>) -> Vec<Document> {
        let mut documents = Vec::new();
        for file in files {
            let (found, problems) = parse(file);
            documents.extend(found);
            self.problems.extend(problems);
        }
        documents
    }

    fn assemble(
        &mut self,
        selected: Selected,
        given: &[Document],
        flux: &[Document],
        options: &SourceOptions,
    ) -> Vec<Document> {
        self.problems.extend(selected.problems);
        let (own, mut documents): (Vec<_>, Vec<_>) = selected
            .documents
            .into_iter()
            .partition(is_flux_kustomization);
        let beside = flux
            .iter()
            .filter(|document| is_flux_kustomization(document));
        let kustomizations: Vec<&Document> = beside.chain(&own).collect();
        let named = options.kustomization.as_deref();
        let before = self.problems.len();
        let applied = applied(&kustomizations, named, &mut self.problems);
        for kustomization in &kustomizations {
            check(kustomization, &mut self.problems);
        }
        let unclear = self.problems.len() > before;
        self.lints.extend(strays(flux));
        self.lints.extend(dependencies(&kustomizations));
        let spec = applied.and_then(|applied| applied.root.get("spec"));
        let namespace = spec.map(|spec| text(spec, &["targetNamespace"]));
        if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
            set_namespace(&mut documents, namespace);
        }
        let pool = Pool {
            given,
            flux,
            manifests: &documents,
        };
        if unclear {
            // What is told of the Kustomizations would come again, as variables that are missing.
            self.waits_for_variables(&documents);
        } else {
            let gathered = gather(applied, &pool);
            documents = self.substitute(documents, gathered, applied, options);
        }
        if let Some(common) = spec.and_then(|spec| spec.get("commonMetadata")) {
            set_common(&mut documents, common);
        }
        for kustomization in kustomizations {
            // Which one applies the directory may not be told; the others apply something else.
            let is_applied = applied.is_none_or(|applied| std::ptr::eq(applied, kustomization));
            let objects = if is_applied { &*documents } else { &[] };
            let whole = applied.is_some() && is_applied;
            self.lints
                .extend(health_checks(kustomization, objects, whole));
        }
        documents
    }

    /// Nothing more is told of what stands where variables could not be put in.
    fn waits_for_variables(&mut self, documents: &[Document]) {
        for document in documents {
            for at in places(&document.root) {
                self.substituted.fail(&document.file, at);
            }
        }
    }

    /// Puts the variables in, where all of them could be read.
    fn substitute(
        &mut self,
        documents: Vec<Document>,
        gathered: Gathered,
        applied: Option<&Document>,
        options: &SourceOptions,
    ) -> Vec<Document> {
        self.lints.extend(gathered.lints);
        if !gathered.problems.is_empty() {
            self.problems.extend(gathered.problems);
            self.waits_for_variables(&documents);
            return documents;
        }
        if gathered.variables.is_empty() && !always(applied) {
            self.lints.extend(untouched(&documents));
            return documents;
        }
        let (documents, substituted) =
            substitute_documents(documents, &gathered.variables, options.strict);
        self.problems.extend(substituted.problems);
        self.hidden.extend([substituted.hidden]);
        self.substituted = substituted.places;
        documents
    }
}

/// Whether a Kustomization substitutes even without variables.
fn always(applied: Option<&Document>) -> bool {
    let path = ["spec", "postBuild", "substituteStrategy"];
    let strategy = applied.and_then(|applied| applied.root.path(&path));
    strategy.and_then(Node::as_str) == Some("Always")
}

/// Tells of objects in Flux's own folder that would be served elsewhere.
fn strays(flux: &[Document]) -> Vec<Lint> {
    let served = |document: &&Document| {
        let root = &document.root;
        !is_flux_kustomization(document) && is_served(group(root), kind(root))
    };
    let told = |document: &Document| {
        let place = Place::of(document, document.root.at, String::new());
        let message =
            "stands beside Flux's own objects, where no manifests are read, and is not served";
        let remedy = "move it out of the folder, or list it in a kustomization.yaml";
        Lint::new(Severity::Warning, place, message).remedy(Some(remedy.to_owned()))
    };
    flux.iter().filter(served).map(told).collect()
}

/// Tells of substitutions that nothing will do, once for each document.
fn untouched(documents: &[Document]) -> Vec<Lint> {
    let mut lints = Vec::new();
    for document in documents {
        if let Some(at) = places(&document.root).first() {
            let place = Place::of(document, *at, String::new());
            let message = "\"${\" stands here as it is, because there are no variables to put in";
            let remedy = "give a file with variables, or a Flux Kustomization with postBuild";
            let lint = Lint::new(Severity::Warning, place, message);
            lints.push(lint.remedy(Some(remedy.to_owned())));
        }
    }
    lints
}
