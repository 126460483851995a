use std::{collections::HashMap, sync::Arc};

use super::schema::Schema;

/// The server, and the tool.
type Key = (Box<str>, Box<str>);

/// The schemas that lists have told.
#[derive(Debug, Default)]
pub(super) struct Known {
    schemas: HashMap<Key, Arc<Schema>>,
    weight: usize,
}

impl Known {
    pub(super) fn get(&self, target: &str, tool: &str) -> Option<Arc<Schema>> {
        self.schemas.get(&(target.into(), tool.into())).cloned()
    }

    /// Keeps a schema. Where there is no room for it all others are forgotten; true when they are.
    pub(super) fn keep(
        &mut self,
        target: &str,
        tool: &str,
        schema: Arc<Schema>,
        max: usize,
    ) -> bool {
        self.remove(target, tool);
        let weight = weight(target, tool, &schema);
        let is_full = self.weight.saturating_add(weight) > max && !self.schemas.is_empty();
        if is_full {
            *self = Self::default();
        }
        self.weight += weight;
        self.schemas.insert((target.into(), tool.into()), schema);
        is_full
    }

    pub(super) fn remove(&mut self, target: &str, tool: &str) {
        if let Some(schema) = self.schemas.remove(&(target.into(), tool.into())) {
            self.weight = self.weight.saturating_sub(weight(target, tool, &schema));
        }
    }

    pub(super) fn forget(&mut self, target: &str) {
        self.schemas.retain(|(of, _), _| **of != *target);
        let weights = self.schemas.iter();
        let weights = weights.map(|((target, tool), schema)| weight(target, tool, schema));
        self.weight = weights.sum();
    }
}

fn weight(target: &str, tool: &str, schema: &Schema) -> usize {
    target.len() + tool.len() + schema.weight()
}
