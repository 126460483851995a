use agentgateway_core::json::{self, JsonType, Raw};

use super::{
    number,
    schema::{CARD, Field, Kind, Presence},
};
use crate::wire::card::{BadCard, MAX_CARD_BYTES};

/// What is taken out of a card before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// As the SDKs of A2A do: members that v1.0 does not know, defaults, nulls, and all empty strings, lists
    /// and objects, wherever they stand. What is signed so says nothing of members that v1.0 does not know:
    /// the v0.3 half of a hybrid card.
    Sdk,
    /// As the specification says: defaults, unless the member is required or was set. Members that are not
    /// known are kept.
    Specification,
}

/// The canonical bytes of a card without its signatures, in the form of the SDKs: what they are made over.
///
/// By RFC 8785 (JCS): members sorted by UTF-16 units,
/// strings and numbers as ECMAScript writes them, no white space. Before that, what says nothing is taken
/// out, and there are two opinions of what that is ([`Form`]): that of the SDKs, which is what cards in the
/// field are signed with, and that of the specification. They differ only for cards with empty members that
/// are required, with empty or null values in parameters of extensions, and with members that are not
/// known.
///
/// A card that two parsers could read differently has no canonical form: one with a name twice, also as
/// `camelCase` and `snake_case`; half a surrogate pair; a number that no double holds.
///
/// ```
/// use agentgateway_a2a::wire::card::canonical;
///
/// let card = br#"{"version":"1", "name":"p\u00e9", "skills":[], "signatures":[{}]}"#;
/// assert_eq!(canonical(card)?, r#"{"name":"pé","version":"1"}"#.as_bytes());
/// # Ok::<_, agentgateway_a2a::wire::card::BadCard>(())
/// ```
///
/// # Errors
/// [`BadCard`] when the card has no canonical form, or is longer than [`MAX_CARD_BYTES`].
///
/// # Source
/// A2A v1.0, sections 5.7 (field presence) and 8.4.1 (canonicalization); RFC 8785; a2a-sdk (Python) 1.3.0,
/// `a2a.utils.signing`; @a2a-js/sdk 1.3.0, `canonicalizeAgentCard`.
pub fn canonical(card: &[u8]) -> Result<Vec<u8>, BadCard> {
    canonical_in(card, Form::Sdk)
}

/// The canonical bytes of a card without its signatures, in one of the two [forms](Form).
///
/// # Errors
/// As [`canonical`].
pub fn canonical_in(card: &[u8], form: Form) -> Result<Vec<u8>, BadCard> {
    if card.len() > MAX_CARD_BYTES {
        return Err(BadCard::rule("the card is longer than 1 MiB"));
    }
    // Nesting is bounded from here on, and with it the recursion below.
    let card = Raw::parse(card)?;
    let mut members = Vec::new();
    let mut writer = Writer { form };
    writer.message(card, CARD, &mut members)?;
    members.retain(|member| member.name != "signatures");
    object(members)
}

struct Writer {
    form: Form,
}

/// A member, and what is left of its value.
struct Member {
    name: String,
    value: Option<Vec<u8>>,
}

impl Writer {
    /// The value; `None` where nothing is left of it, which the SDKs' form alone knows.
    fn value(&mut self, value: Raw<'_>, kind: &Kind) -> Result<Option<Vec<u8>>, BadCard> {
        let wrong = |wanted| BadCard::wrong("a member of the card", wanted);
        let kept = match kind {
            Kind::Open => return self.open(value),
            Kind::Text => {
                let text = json::string(value).ok_or_else(|| wrong("a string"))?;
                return Ok(self.unless_empty(json::quote(&text).into(), text.is_empty()));
            }
            Kind::Flag => {
                let flag = json::boolean(value).ok_or_else(|| wrong("true or false"))?;
                return Ok(Some(flag.to_string().into()));
            }
            Kind::List(kind) => return self.list(value, kind),
            Kind::Message(fields) => {
                let mut members = Vec::new();
                self.message(value, fields, &mut members)?;
                members
            }
            Kind::Map(kind) => self.map(value, kind)?,
        };
        let empty = kept.iter().all(|member| member.value.is_none());
        Ok(self.unless_empty(object(kept)?, empty))
    }

    fn unless_empty(&self, written: Vec<u8>, empty: bool) -> Option<Vec<u8>> {
        (self.form == Form::Specification || !empty).then_some(written)
    }

    fn message(
        &mut self,
        value: Raw<'_>,
        fields: &[Field],
        kept: &mut Vec<Member>,
    ) -> Result<(), BadCard> {
        each_entry(value, |name, value| {
            let known = |field: &&Field| field.name == name || field.snake == name;
            let Some(field) = fields.iter().find(known) else {
                if self.form == Form::Specification {
                    kept.push(member(name, self.open(value)?));
                }
                return Ok(());
            };
            let written = match json::is_null(value) {
                true => None,
                false => self.value(value, &field.kind)?,
            };
            let drops = field.presence == Presence::Implicit;
            let written = written.filter(|written| !(drops && is_default(written)));
            kept.push(member(field.name, written));
            Ok(())
        })
    }

    fn map(&mut self, value: Raw<'_>, kind: &Kind) -> Result<Vec<Member>, BadCard> {
        let mut kept = Vec::new();
        each_entry(value, |name, value| {
            kept.push(member(name, self.value(value, kind)?));
            Ok(())
        })?;
        Ok(kept)
    }

    fn list(&mut self, value: Raw<'_>, kind: &Kind) -> Result<Option<Vec<u8>>, BadCard> {
        let mut written = Vec::from(*b"[");
        let mut result = Ok(());
        json::elements(value, |element| {
            if result.is_ok() {
                result = self.value(element, kind).map(|element| {
                    if let Some(element) = element {
                        if written.len() > 1 {
                            written.push(b',');
                        }
                        written.extend_from_slice(&element);
                    }
                });
            }
        })?;
        result?;
        let empty = written.len() == 1;
        written.push(b']');
        Ok(self.unless_empty(written, empty))
    }

    /// Any JSON.
    fn open(&mut self, value: Raw<'_>) -> Result<Option<Vec<u8>>, BadCard> {
        match json::type_of(value) {
            JsonType::Null => Ok(self.unless_empty(b"null".to_vec(), true)),
            JsonType::Boolean => Ok(Some(value.get().into())),
            JsonType::String => self.value(value, &Kind::Text),
            JsonType::Array => self.list(value, &Kind::Open),
            JsonType::Object => self.value(value, &Kind::Map(&Kind::Open)),
            JsonType::Number => {
                let number = value.get().parse().ok().and_then(number::ecmascript);
                let none = BadCard::rule("it has a number that no double holds");
                Ok(Some(number.ok_or(none)?.into()))
            }
        }
    }
}

fn member(name: &str, value: Option<Vec<u8>>) -> Member {
    Member {
        name: name.to_owned(),
        value,
    }
}

fn is_default(written: &[u8]) -> bool {
    matches!(written, br#""""# | b"false" | b"[]" | b"{}")
}

fn each_entry(
    object: Raw<'_>,
    mut each: impl FnMut(&str, Raw<'_>) -> Result<(), BadCard>,
) -> Result<(), BadCard> {
    let mut result = Ok(());
    json::entries(object, |name, value| {
        if result.is_ok() {
            result = each(name, value);
        }
    })?;
    result
}

/// The members in the order of their names' UTF-16 units (RFC 8785, 3.2.3).
fn object(mut members: Vec<Member>) -> Result<Vec<u8>, BadCard> {
    members.sort_by(|a, b| a.name.encode_utf16().cmp(b.name.encode_utf16()));
    let mut pairs = members.iter().zip(members.iter().skip(1));
    if pairs.any(|(a, b)| a.name == b.name) {
        return Err(BadCard::rule("it has a member twice"));
    }
    let mut written = Vec::from(*b"{");
    for member in members {
        let Some(value) = member.value else { continue };
        if written.len() > 1 {
            written.push(b',');
        }
        written.extend_from_slice(json::quote(&member.name).as_bytes());
        written.push(b':');
        written.extend_from_slice(&value);
    }
    written.push(b'}');
    Ok(written)
}
