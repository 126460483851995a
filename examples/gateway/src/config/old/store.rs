//! All decoded manifests, to be looked up by kind, namespace and name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::model::{Key, Kind, Object};
use super::{Problem, Report, suggest};

/// Decoded manifests, each kind, namespace and name once, in that order.
#[derive(Clone, Debug, Default)]
pub struct Store {
    objects: BTreeMap<(Kind, Key), Object>,
}

impl Store {
    /// Stores the manifests. A second manifest for the same object is a problem; of two, the one
    /// that stands first by file and document is kept.
    #[must_use]
    pub fn new(mut objects: Vec<Object>) -> (Self, Report) {
        objects.sort_by(|a, b| a.origin.cmp(&b.origin));
        let (mut store, mut problems) = (Self::default(), Vec::new());
        for object in objects {
            match store.objects.entry((object.kind, object.key.clone())) {
                Entry::Vacant(free) => {
                    free.insert(object);
                }
                Entry::Occupied(held) => problems.push(twice(held.get(), &object)),
            }
        }
        (store, Report::new(problems))
    }

    /// The objects of a kind, by namespace and name.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.objects
            .values()
            .filter(move |object| object.kind == kind)
    }

    pub(super) fn find(&self, kind: Kind, key: &Key) -> Option<&Object> {
        self.objects.get(&(kind, key.clone()))
    }

    /// What to say of an object that is not there: where one of that name is, or the nearest name.
    pub(super) fn near_miss(&self, kind: Kind, key: &Key) -> Option<String> {
        let elsewhere = self.all(kind).find(|object| object.key.name == key.name);
        if let Some(object) = elsewhere {
            return Some(format!(
                "there is one in namespace \"{}\"",
                object.key.namespace
            ));
        }
        let beside = self
            .all(kind)
            .filter(|object| object.key.namespace == key.namespace);
        suggest::did_you_mean(&key.name, beside.map(|object| object.key.name.as_str()))
    }
}

fn twice(held: &Object, object: &Object) -> Problem {
    let message = format!(
        "is defined a second time; the first is in {}, document {}",
        held.origin.file, held.origin.document
    );
    object.origin.problem("", message)
}
