use std::{
    collections::{HashMap, HashSet},
    ptr,
};

use serde_json::{Map, Value};

use super::keywords::{About, each_within, references, referred};

/// Schemas in a schema, all in all.
const MAX_WITHIN: usize = 2_000;
/// How deep they are nested, and how many may judge one value in a row.
const MAX_LEVELS: usize = 64;
const MAX_PATTERNS: usize = 32;
const MAX_PATTERN_BYTES: usize = 1024;

const DIALECTS: [&str; 5] = [
    "json-schema.org/draft-04/schema",
    "json-schema.org/draft-06/schema",
    "json-schema.org/draft-07/schema",
    "json-schema.org/draft/2019-09/schema",
    "json-schema.org/draft/2020-12/schema",
];

/// Why a schema cannot be used.
pub(super) type Reason = &'static str;

/// How large a schema is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub(super) within: usize,
    pub(super) patterns: usize,
}

/// Looks at all of a schema before anything is made of it.
///
/// # Errors
/// It cannot be used.
pub(super) fn inspect(root: &Value) -> Result<Extent, Reason> {
    if let Some(dialect) = root.get("$schema") {
        let dialect = dialect.as_str().unwrap_or_default().trim_end_matches('#');
        let plain = dialect.split_once("://").map(|(_, rest)| rest);
        if !DIALECTS.into_iter().any(|known| plain == Some(known)) {
            return Err("its schema has a dialect that is not known");
        }
    }
    let mut inspection = Inspection {
        root,
        seen: HashSet::new(),
        waiting: vec![(root, 0)],
        extent: Extent::default(),
    };
    let mut all = Vec::new();
    while let Some((schema, level)) = inspection.waiting.pop() {
        if inspection.seen.insert(ptr::from_ref(schema)) {
            inspection.schema(schema, level)?;
            all.push(schema);
        }
    }
    let mut chains = Chains {
        root,
        lengths: HashMap::new(),
    };
    for schema in all {
        chains.length(schema, 0)?;
    }
    Ok(inspection.extent)
}

struct Inspection<'a> {
    root: &'a Value,
    seen: HashSet<*const Value>,
    waiting: Vec<(&'a Value, usize)>,
    extent: Extent,
}

impl<'a> Inspection<'a> {
    fn schema(&mut self, schema: &'a Value, level: usize) -> Result<(), Reason> {
        self.extent.within += 1;
        if self.extent.within > MAX_WITHIN {
            return Err("its schema has too many schemas within");
        }
        if level > MAX_LEVELS {
            return Err("its schema is nested too deep");
        }
        let Value::Object(members) = schema else {
            return Ok(());
        };
        let is_within = !ptr::eq(schema, self.root);
        if is_within && ["$id", "id"].iter().any(|id| is_text(members, id)) {
            return Err("its schema has an $id within");
        }
        self.patterns(members)?;
        if members.contains_key("$dynamicRef") {
            return Err("its schema has a $ref by a name");
        }
        for reference in references(members) {
            let target = self.target(reference)?;
            self.waiting.push((target, 0));
        }
        each_within(members, |schema, _| self.waiting.push((schema, level + 1)));
        Ok(())
    }

    fn target(&self, reference: &str) -> Result<&'a Value, Reason> {
        match reference.strip_prefix('#') {
            None => Err("its schema has a $ref that leads out of it"),
            Some(pointer) if !pointer.is_empty() && !pointer.starts_with('/') => {
                Err("its schema has a $ref by a name")
            }
            Some(_) => {
                referred(self.root, reference).ok_or("its schema has a $ref that leads nowhere")
            }
        }
    }

    fn patterns(&mut self, members: &Map<String, Value>) -> Result<(), Reason> {
        let by_pattern = members.get("patternProperties").and_then(Value::as_object);
        let of_names = by_pattern.into_iter().flat_map(Map::keys);
        let of_text = members.get("pattern").and_then(Value::as_str);
        for pattern in of_names.map(String::as_str).chain(of_text) {
            self.extent.patterns += 1;
            if self.extent.patterns > MAX_PATTERNS {
                return Err("its schema has too many patterns");
            }
            if pattern.len() > MAX_PATTERN_BYTES {
                return Err("its schema has a pattern that is too long");
            }
        }
        Ok(())
    }
}

fn is_text(members: &Map<String, Value>, key: &str) -> bool {
    members.get(key).is_some_and(Value::is_string)
}

/// Schemas that judge the same value, one by way of another: each chain of them ends.
struct Chains<'a> {
    root: &'a Value,
    /// The longest chain that begins here; `None` while it is looked for.
    lengths: HashMap<*const Value, Option<usize>>,
}

impl<'a> Chains<'a> {
    fn length(&mut self, schema: &'a Value, level: usize) -> Result<usize, Reason> {
        match self.lengths.get(&ptr::from_ref(schema)) {
            Some(Some(length)) => return Ok(*length),
            Some(None) => return Err("its schema has a $ref that leads only to itself"),
            None if level > MAX_LEVELS => return Err("its schema is nested too deep"),
            None => {}
        }
        self.lengths.insert(ptr::from_ref(schema), None);
        let mut next = Vec::new();
        if let Value::Object(members) = schema {
            next.extend(references(members).filter_map(|said| referred(self.root, said)));
            each_within(members, |schema, about| {
                if about == About::Same {
                    next.push(schema);
                }
            });
        }
        let mut length = 0;
        for schema in next {
            length = length.max(1 + self.length(schema, level + 1)?);
        }
        if length > MAX_LEVELS {
            return Err("its schema is nested too deep");
        }
        self.lengths.insert(ptr::from_ref(schema), Some(length));
        Ok(length)
    }
}
