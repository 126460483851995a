//! Reading JSON objects member by member, so that none is passed over in silence.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonError, JsonErrorKind, JsonType, Raw};

use super::{
    codec::Refused,
    form::{Sidecar, Sidecars},
};
use crate::LlmDialect;

/// The most members that one object may have, and elements that one array may have.
const MAX_ITEMS: usize = 100_000;

/// An object whose members are taken out one by one. What is left at the end was not understood.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    /// Without a value where it was taken.
    members: Vec<(Cow<'a, str>, Option<Raw<'a>>)>,
    /// Where it stands, for messages: empty for the body itself, else such as `messages[3]`.
    place: Cow<'a, str>,
}

/// The members of an object that is being read.
struct Members<'a> {
    all: Vec<(Cow<'a, str>, Option<Raw<'a>>)>,
    twice: Option<String>,
    is_full: bool,
}

impl Default for Members<'_> {
    fn default() -> Self {
        Self {
            // Most objects have fewer, and grow to no more.
            all: Vec::with_capacity(8),
            twice: None,
            is_full: false,
        }
    }
}

impl<'a> Members<'a> {
    fn add(&mut self, name: Cow<'a, str>, value: Raw<'a>) {
        if self.all.len() >= MAX_ITEMS {
            self.is_full = true;
        } else if self.all.len() < 64 && self.all.iter().any(|(known, _)| *known == name) {
            self.twice = Some(name.into_owned());
        } else {
            self.all.push((name, Some(value)));
        }
    }

    fn into_object(self, place: Cow<'a, str>) -> Result<Object<'a>, Refused> {
        let object = Object {
            members: self.all,
            place,
        };
        match self.twice {
            Some(name) => Err(Refused::at(object.path(&name), "stands there twice")),
            None if self.is_full => Err(Refused::at(&*object.place, "has too many members")),
            None => Ok(object),
        }
    }
}

// === impl Object ===

impl<'a> Object<'a> {
    /// The object that a body is.
    pub(crate) fn of_body(body: &'a [u8]) -> Result<Self, Refused> {
        let mut found = Members::default();
        match json::named_entries_in(body, |name, value| found.add(name, value)) {
            Ok(()) => found.into_object(Cow::Borrowed("")),
            Err(error) if error.kind() == JsonErrorKind::WrongType => {
                let found = error.found().unwrap_or(JsonType::Null);
                Err(Refused::of_type("", "an object", found, &error))
            }
            Err(error) => Err(Refused::unreadable(&error)),
        }
    }

    /// The object that a value is. A member that comes twice is refused: peers do not agree which one counts.
    pub(crate) fn of(raw: Raw<'a>, place: &str) -> Result<Self, Refused> {
        Self::within(raw, Cow::Owned(place.to_owned()))
    }

    fn within(raw: Raw<'a>, place: Cow<'a, str>) -> Result<Self, Refused> {
        let mut found = Members::default();
        json::named_entries(raw, |name, value| found.add(name, value))
            .map_err(|error| Refused::of_type(&place, "an object", json::type_of(raw), &error))?;
        found.into_object(place)
    }

    /// The same members under the names that `rename` gives them; a name for which it has none stays.
    pub(crate) fn renamed(mut self, rename: impl Fn(&str) -> Option<String>) -> Self {
        for (name, _) in &mut self.members {
            if let Some(new) = rename(name) {
                *name = Cow::Owned(new);
            }
        }
        self
    }

    /// The path of a member, for messages.
    pub(crate) fn path(&self, name: &str) -> String {
        if self.place.is_empty() {
            name.to_owned()
        } else {
            [&self.place, ".", name].concat()
        }
    }

    /// Whether a member is there that nobody took.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut members = self.members.iter();
        members.any(|(known, value)| known == name && value.is_some())
    }

    /// Takes a member; `None` when it is absent or `null`.
    pub(crate) fn take(&mut self, name: &str) -> Option<Raw<'a>> {
        let (_, value) = self.members.iter_mut().find(|(known, _)| known == name)?;
        value.take().filter(|value| !json::is_null(*value))
    }

    /// Takes a string.
    pub(crate) fn take_str(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, Refused> {
        let Some(raw) = self.take(name) else {
            return Ok(None);
        };
        // Paths are for messages: none is made while all is well.
        match json::string(raw) {
            Some(text) => Ok(Some(text)),
            None => string(raw, &self.path(name)).map(Some),
        }
    }

    /// Takes a string that must be there.
    pub(crate) fn require_str(&mut self, name: &str) -> Result<Cow<'a, str>, Refused> {
        self.take_str(name)?
            .ok_or_else(|| Refused::at(self.path(name), "is missing: it must be a string"))
    }

    /// Takes a whole number from 0 on.
    pub(crate) fn take_u64(&mut self, name: &str) -> Result<Option<u64>, Refused> {
        let Some(raw) = self.take(name) else {
            return Ok(None);
        };
        match json::unsigned(raw) {
            Some(number) => Ok(Some(number)),
            None => whole(raw, &self.path(name)).map(Some),
        }
    }

    /// Takes a number.
    pub(crate) fn take_f64(&mut self, name: &str) -> Result<Option<f64>, Refused> {
        let Some(raw) = self.take(name) else {
            return Ok(None);
        };
        match finite(raw) {
            Some(number) => Ok(Some(number)),
            None => number(raw, &self.path(name)).map(Some),
        }
    }

    /// Takes a boolean.
    pub(crate) fn take_bool(&mut self, name: &str) -> Result<Option<bool>, Refused> {
        let raw = self.take(name);
        raw.map(|raw| {
            json::boolean(raw)
                .ok_or_else(|| Refused::wrong_type(&self.path(name), "true or false", raw))
        })
        .transpose()
    }

    /// Takes an object.
    pub(crate) fn take_object(&mut self, name: &'static str) -> Result<Option<Self>, Refused> {
        let raw = self.take(name);
        raw.map(|raw| Self::within(raw, self.place_of(name)))
            .transpose()
    }

    /// Takes an object that must be there.
    pub(crate) fn require_object(&mut self, name: &'static str) -> Result<Self, Refused> {
        self.take_object(name)?
            .ok_or_else(|| Refused::at(self.path(name), "is missing: it must be an object"))
    }

    /// The path of a member that the dialect has.
    fn place_of(&self, name: &'static str) -> Cow<'static, str> {
        match self.place.is_empty() {
            true => Cow::Borrowed(name),
            false => Cow::Owned(self.path(name)),
        }
    }

    /// Takes an array's elements.
    pub(crate) fn take_array(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Vec<Raw<'a>>>, Refused> {
        let raw = self.take(name);
        raw.map(|raw| elements(raw, &self.place_of(name)))
            .transpose()
    }

    /// What nobody took, as sidecars of this dialect. Members that are `null` say nothing.
    ///
    /// A dot in a sidecar's name is a path. A member that has one in its own name begins with a dot, so that it is never
    /// taken for a member of an inner object.
    pub(crate) fn into_sidecars(self, dialect: LlmDialect) -> Sidecars {
        self.members
            .into_iter()
            .filter_map(|(name, raw)| Some((name, raw.filter(|raw| !json::is_null(*raw))?)))
            .map(|(name, raw)| match name.contains('.') {
                true => Sidecar::of(dialect, &format!(".{name}"), raw),
                false => Sidecar::of(dialect, &name, raw),
            })
            .collect()
    }
}

/// The string that a value is.
pub(crate) fn string<'a>(raw: Raw<'a>, place: &str) -> Result<Cow<'a, str>, Refused> {
    json::string(raw).ok_or_else(|| Refused::wrong_type(place, "a string", raw))
}

/// The whole number that a value is; `3.0` is one.
pub(crate) fn whole(raw: Raw<'_>, place: &str) -> Result<u64, Refused> {
    let exact = json::unsigned(raw);
    let round = || {
        let float = number(raw, place).ok()?;
        // Below 2^53 every whole number is a float of its own.
        let fits = (0.0..9_007_199_254_740_992.0).contains(&float) && float.fract() == 0.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and in range"
        )]
        fits.then_some(float as u64)
    };
    exact
        .or_else(round)
        .ok_or_else(|| Refused::wrong_type(place, "a whole number from 0 on", raw))
}

/// The number that a value is.
pub(crate) fn number(raw: Raw<'_>, place: &str) -> Result<f64, Refused> {
    finite(raw).ok_or_else(|| Refused::wrong_type(place, "a number", raw))
}

fn finite(raw: Raw<'_>) -> Option<f64> {
    let is_number = json::type_of(raw) == JsonType::Number;
    let number = raw.get().parse().ok();
    number.filter(|number: &f64| is_number && number.is_finite())
}

/// The path of an element, for messages.
pub(crate) fn nth(place: &str, at: usize) -> String {
    [place, "[", itoa::Buffer::new().format(at), "]"].concat()
}

/// The elements of the array that a value is.
pub(crate) fn elements<'a>(raw: Raw<'a>, place: &str) -> Result<Vec<Raw<'a>>, Refused> {
    let mut found = Vec::new();
    let mut full = false;
    json::elements(raw, |element| {
        if found.len() >= MAX_ITEMS {
            full = true;
        } else {
            found.push(element);
        }
    })
    .map_err(|error: JsonError| Refused::of_type(place, "an array", json::type_of(raw), &error))?;
    if full {
        return Err(Refused::at(place, "has too many elements"));
    }
    Ok(found)
}

/// The same text as an owned piece of JSON.
pub(crate) fn owned(raw: Raw<'_>) -> Box<str> {
    raw.get().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Result<Object<'_>, Refused> {
        Object::of_body(json.as_bytes())
    }

    #[test]
    fn takes_members_and_keeps_what_nobody_took() {
        let mut read =
            object(r#"{"a":"x","n":2.0,"t":0.5,"b":true,"z":null,"own":{"k":[1]}}"#).unwrap();
        assert_eq!(read.take_str("a").unwrap().as_deref(), Some("x"));
        assert_eq!(read.take_u64("n").unwrap(), Some(2));
        assert_eq!(read.take_f64("t").unwrap(), Some(0.5));
        assert_eq!(read.take_bool("b").unwrap(), Some(true));
        assert_eq!(read.take_str("absent").unwrap(), None);
        let left = read.into_sidecars(LlmDialect::OpenAiChat);
        assert_eq!(
            left,
            [Sidecar::new(LlmDialect::OpenAiChat, "own", r#"{"k":[1]}"#)]
        );
    }

    #[test]
    fn a_dot_in_a_members_own_name_is_no_path() {
        let read = object(r#"{"inner.n":1}"#).unwrap();
        let left = read.into_sidecars(LlmDialect::OpenAiChat);
        let expected = Sidecar::new(LlmDialect::OpenAiChat, ".inner.n", "1");
        assert_eq!(left, [expected]);
    }

    #[test]
    fn says_where_what_is_wrong() {
        let mut read = object(r#"{"inner":{"n":-1,"s":1}}"#).unwrap();
        let mut inner = read.take_object("inner").unwrap().unwrap();
        let error = inner.take_u64("n").unwrap_err();
        assert_eq!(error.param(), Some("inner.n"));
        assert!(
            error.message().contains("a whole number from 0 on"),
            "{}",
            error.message()
        );
        let error = inner.require_str("s").unwrap_err();
        assert!(
            error.message().contains("found a number"),
            "{}",
            error.message()
        );
        let error = inner.require_str("gone").unwrap_err();
        assert_eq!(error.param(), Some("inner.gone"));
    }

    #[test]
    fn refuses_members_that_come_twice_and_what_is_no_object() {
        assert_eq!(object(r#"{"a":1,"a":2}"#).unwrap_err().param(), Some("a"));
        object("[]").unwrap_err();
        object("{").unwrap_err();
    }
}
