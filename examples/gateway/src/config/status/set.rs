//! The status of all objects.

use std::collections::BTreeMap;

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::ObjectStatus;
use crate::config::resource::Reference;

/// The status of all objects that are ours to judge.
///
/// It serialises to a list of `group`, `kind`, `namespace`, `name` and `status`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct StatusSet {
    /// By group, kind, namespace and name.
    pub objects: BTreeMap<Reference, ObjectStatus>,
}

impl StatusSet {
    /// The status of an object.
    #[must_use]
    pub fn get(&self, reference: &Reference) -> Option<&ObjectStatus> {
        self.objects.get(reference)
    }

    /// What has changed since another status, and what is gone as `None`: the patches to write.
    pub fn changes<'a>(
        &'a self,
        last: &'a Self,
    ) -> impl Iterator<Item = (&'a Reference, Option<&'a ObjectStatus>)> {
        let changed = self.objects.iter();
        let changed = changed.filter(|(reference, status)| last.get(reference) != Some(status));
        let gone = last.objects.keys();
        let gone = gone.filter(|reference| !self.objects.contains_key(reference));
        changed
            .map(|(reference, status)| (reference, Some(status)))
            .chain(gone.map(|reference| (reference, None)))
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    reference: &'a Reference,
    status: &'a ObjectStatus,
}

impl Serialize for StatusSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.objects.len()))?;
        for (reference, status) in &self.objects {
            list.serialize_element(&Entry { reference, status })?;
        }
        list.end()
    }
}
