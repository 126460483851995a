//! The variables below a name as a map of CEL, looked up where an expression asks.

use cel::{
    ExecutionError,
    common::{
        traits::{Container, Indexer, Sizer},
        types::{CelInt, CelString, MAP_TYPE, Type},
        value::{CowVal, Val},
    },
};

use super::Facts;

static TYPE: Type = MAP_TYPE;

/// The names that [`Facts::field`] knows the fields of; beside them stands that of the typed call.
const ROOMS: [&str; 12] = [
    "request",
    HEADERS,
    "response",
    RESPONSE_HEADERS,
    "source",
    "principal",
    CLAIMS,
    "jwt",
    "apiKey",
    "basicAuth",
    "extauthz",
    "metadata",
];

/// The headers of the request, by their names.
pub(super) const HEADERS: &str = "request.headers";

/// Those of the answer.
pub(super) const RESPONSE_HEADERS: &str = "response.headers";

/// What is known of the caller.
pub(super) const CLAIMS: &str = "principal.claims";

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

    /// Of headers alone it is known how many there are.
    fn as_sizer(&self) -> Option<&dyn Sizer> {
        [HEADERS, RESPONSE_HEADERS]
            .contains(&self.name)
            .then_some(self as &dyn Sizer)
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

impl Sizer for Room<'_> {
    fn size(&self) -> CelInt {
        let names = self.facts.header_names(self.name);
        i64::try_from(names).unwrap_or(i64::MAX).into()
    }
}
