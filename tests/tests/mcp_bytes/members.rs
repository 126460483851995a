//! The members of an object, as they were written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// Members in their order: names, and values as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Members(Vec<(String, String)>);

// === impl Members ===

impl Members {
    pub(crate) fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Without the members that one era alone has, which come or go between eras.
    pub(crate) fn of_both_eras(mut self) -> Self {
        self.0.retain_mut(|(name, value)| match name.as_str() {
            "resultType" | "ttlMs" | "cacheScope" => false,
            "_meta" => {
                let mut meta = Self::of(value);
                meta.0.retain(|(name, _)| name != SERVER_INFO);
                // From here on only its members count.
                *value = format!("{:?}", meta.0);
                !meta.0.is_empty()
            }
            _ => true,
        });
        self
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    members.push((name, value.get().to_owned()));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
