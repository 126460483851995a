//! Generations: how often the spec of an object has changed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::Object;
use crate::config::resource::Reference;

/// The generations of all objects, carried from one reading to the next.
///
/// An API server counts `metadata.generation` up with each change of a spec; in a directory that
/// is done here. An object that gives its generation keeps it. One that was gone begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations {
    counted: BTreeMap<Reference, (u64, i64)>,
}

impl Generations {
    /// Gives each object its generation: that of the last reading when its content is the same,
    /// one more when it has changed, and 1 when it was not there.
    pub(super) fn count(&self, objects: &mut [Object]) -> Self {
        let mut next = Self::default();
        for object in objects {
            let hash = hash(object);
            let counted = match self.counted.get(&object.reference) {
                Some((same, generation)) if *same == hash => *generation,
                Some((_, generation)) => generation.saturating_add(1),
                None => 1,
            };
            object.generation = object.meta.generation.unwrap_or(counted);
            let entry = (hash, object.generation);
            next.counted.insert(object.reference.clone(), entry);
        }
        next
    }
}

/// A hash of all but metadata and status, which does not depend on the order of fields.
fn hash(object: &Object) -> u64 {
    let mut json = object.place.root().to_json();
    if let Value::Object(members) = &mut json {
        for name in ["apiVersion", "kind", "metadata", "status"] {
            members.remove(name);
        }
    }
    let mut hasher = DefaultHasher::new();
    json.to_string().hash(&mut hasher);
    hasher.finish()
}
