//! The headers of a request as a map of CEL, looked up where an expression asks.

use cel::{
    ExecutionError,
    common::{
        traits::{Container, Indexer, Sizer},
        types::{CelInt, CelString, MAP_TYPE, Type},
        value::{CowVal, Val},
    },
};
use http::HeaderMap;

/// What stands in place of a credential.
const REDACTED: &str = "[redacted]";

/// Headers whose values are credentials.
const CREDENTIALS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "x-amz-security-token",
    "x-auth-token",
];

static TYPE: Type = MAP_TYPE;

/// Whether the value of this header must not be told.
fn is_credential(name: &str) -> bool {
    CREDENTIALS
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// The headers that an expression sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Headers<'a> {
    pub(super) map: &'a HeaderMap,
    pub(super) reveal: bool,
}

impl<'a> Headers<'a> {
    fn find(&self, key: &dyn Val) -> Result<Option<&'a str>, ExecutionError> {
        let Some(name) = key.downcast_ref::<CelString<'_>>() else {
            return Err(ExecutionError::UnexpectedType {
                got: key.get_type().name().to_owned(),
                want: "string".to_owned(),
            });
        };
        let Some(value) = self.map.get(name.inner()) else {
            return Ok(None);
        };
        if !self.reveal && is_credential(name.inner()) {
            return Ok(Some(REDACTED));
        }
        Ok(value.to_str().ok())
    }
}

impl Val for Headers<'_> {
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

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Container for Headers<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.find(key)?.is_some())
    }
}

impl Indexer for Headers<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let found = self.find(key)?;
        let value = found.ok_or_else(|| ExecutionError::no_such_key("header"))?;
        Ok(CowVal::owned(CelString::from(value.to_owned())))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Sizer for Headers<'_> {
    fn size(&self) -> CelInt {
        i64::try_from(self.map.keys_len())
            .unwrap_or(i64::MAX)
            .into()
    }
}
