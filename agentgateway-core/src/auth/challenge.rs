use std::fmt::Write;

use http::HeaderValue;

use super::Rejection;

/// How a client is told to authenticate: one challenge of `WWW-Authenticate`.
///
/// # Source
/// RFC 9110, 11.6.1; for `Bearer` also RFC 6750, 3: what is wrong with a token is said in `error`
/// and `error_description`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: Box<str>,
    parameters: Vec<(Box<str>, Box<str>)>,
}

/// What the caller is to be authenticated for, where nobody has said it.
const REALM: &str = "Restricted";

impl Challenge {
    /// A scheme, and the realm `Restricted`.
    pub fn new(scheme: impl Into<Box<str>>) -> Self {
        Self {
            scheme: scheme.into(),
            parameters: vec![("realm".into(), REALM.into())],
        }
    }

    /// Another realm.
    #[must_use]
    pub fn realm(self, realm: impl Into<Box<str>>) -> Self {
        self.parameter("realm", realm)
    }

    /// One more parameter, or another value for it. It is quoted; what no header may hold is written
    /// as `?`.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        let name = name.into();
        self.parameters.retain(|(own, _)| *own != name);
        self.parameters.push((name, value.into()));
        self
    }

    /// The value of `WWW-Authenticate` that makes this challenge alone; `None` where its scheme, or the
    /// name of a parameter, is none.
    #[must_use]
    pub fn to_value(&self) -> Option<HeaderValue> {
        header([(self.clone(), None)].into_iter())
    }

    fn write(&self, rejection: Option<&Rejection>, out: &mut String) {
        out.push_str(&self.scheme);
        let mut separator = ' ';
        let mut put = |name: &str, value: &str| {
            let _ = write!(out, "{separator}{name}=\"");
            out.extend(value.chars().flat_map(quoted));
            out.push('"');
            separator = ',';
        };
        for (name, value) in &self.parameters {
            put(name, value);
        }
        if let Some(rejection) = rejection.filter(|_| &*self.scheme == "Bearer") {
            put("error", rejection.code());
            put("error_description", rejection.message());
        }
    }
}

/// The value of `WWW-Authenticate`. `None` without a challenge, and where a scheme or the name of a
/// parameter is none.
pub(super) fn header<'a>(
    challenges: impl Iterator<Item = (Challenge, Option<&'a Rejection>)>,
) -> Option<HeaderValue> {
    let mut text = String::new();
    for (challenge, rejection) in challenges {
        if !text.is_empty() {
            text.push_str(", ");
        }
        challenge.write(rejection, &mut text);
    }
    HeaderValue::try_from(text)
        .ok()
        .filter(|value| !value.is_empty())
}

fn quoted(character: char) -> impl Iterator<Item = char> {
    let (escape, character) = match character {
        '"' | '\\' => (Some('\\'), character),
        ' '..='~' => (None, character),
        _ => (None, '?'),
    };
    escape.into_iter().chain([character])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(challenges: Vec<(Challenge, Option<&Rejection>)>) -> String {
        let value = header(challenges.into_iter()).unwrap();
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn says_what_is_wrong_with_a_token_and_nothing_without_one() {
        let bearer = Challenge::new("Bearer").realm("api");
        let expired = Rejection::new("the token is expired", "expired");
        assert_eq!(said(vec![(bearer.clone(), None)]), r#"Bearer realm="api""#);
        assert_eq!(
            said(vec![(bearer.clone(), Some(&expired))]),
            r#"Bearer realm="api",error="invalid_token",error_description="the token is expired""#
        );
        let basic = Challenge::new("Basic").parameter("charset", "UTF-8");
        assert_eq!(
            said(vec![(bearer, None), (basic, Some(&expired))]),
            r#"Bearer realm="api", Basic realm="Restricted",charset="UTF-8""#
        );
    }

    #[test]
    fn nothing_that_is_put_in_gets_out_of_its_quotes() {
        let realm = "a\"b\\c\r\nset-cookie: é";
        assert_eq!(
            said(vec![(Challenge::new("Basic").realm(realm), None)]),
            r#"Basic realm="a\"b\\c??set-cookie: ?""#
        );
        assert_eq!(header(std::iter::empty()), None);
        let no_scheme = Challenge::new("a\r\nb");
        assert_eq!(no_scheme.to_value(), None);
        assert_eq!(header([(no_scheme, None)].into_iter()), None);
    }
}
