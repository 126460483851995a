//! The variables below a first segment as a map of CEL, looked up where an expression asks.

use cel::{
    ExecutionError,
    common::{
        traits::{Container, Indexer},
        types::{CelString, MAP_TYPE, Type},
        value::{CowVal, Val},
    },
};

use super::Facts;

static TYPE: Type = MAP_TYPE;

/// The rooms that [`Facts::field`] knows the fields of, and that of the typed call.
const ROOMS: [&str; 8] = [
    "request",
    "response",
    "source",
    "principal",
    "jwt",
    "apiKey",
    "basicAuth",
    "extauthz",
];

/// One room, such as `jwt`: `has(jwt.sub)` asks it, and so does `'sub' in jwt`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room<'a> {
    facts: &'a Facts<'a>,
    name: &'a str,
}

impl<'a> Room<'a> {
    /// The room of this name, if there is one.
    pub(super) fn of(facts: &'a Facts<'a>, name: &str) -> Option<Self> {
        let known = ROOMS.into_iter().find(|known| *known == name);
        let name = known.or_else(|| facts.protocol().filter(|protocol| *protocol == name))?;
        Some(Self { facts, name })
    }

    /// The claims of the caller.
    pub(super) const fn claims(facts: &'a Facts<'a>) -> Self {
        Self {
            facts,
            name: "principal.claims",
        }
    }

    fn find(&self, key: &dyn Val) -> Result<Option<CowVal<'a, 'a>>, ExecutionError> {
        let Some(field) = key.downcast_ref::<CelString<'_>>() else {
            return Err(ExecutionError::UnexpectedType {
                got: key.get_type().name().to_owned(),
                want: "string".to_owned(),
            });
        };
        self.facts.field(self.name, field.inner())
    }
}

impl Val for Room<'_> {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Container for Room<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.find(key)?.is_some())
    }
}

impl Indexer for Room<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let found = self.find(key)?;
        found.ok_or_else(|| ExecutionError::no_such_key("field"))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let found = self.find(key)?;
        let found = found.ok_or_else(|| ExecutionError::no_such_key("field"))?;
        Ok(found.into_owned())
    }
}
