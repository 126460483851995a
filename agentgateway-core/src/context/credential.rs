use std::{fmt, sync::Arc};

use http::Extensions;

use super::AuthMethod;

/// The credential that a caller was authenticated by, as it came.
///
/// Written by an authentication that has taken it out of the request, for whoever is told to pass it
/// on. Without such a one it goes nowhere. `Debug` shows the method alone.
#[derive(Clone)]
pub struct Credential(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    method: AuthMethod,
    text: Box<str>,
    before: Option<Credential>,
}

impl Credential {
    /// A credential of this method.
    pub fn new(method: AuthMethod, text: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner {
            method,
            text: text.into(),
            before: None,
        }))
    }

    /// Writes itself into a request's extensions. Those of other methods that were there can still
    /// be asked for with [`by`](Self::by).
    pub fn insert(mut self, extensions: &mut Extensions) {
        Arc::make_mut(&mut self.0).before = extensions.remove::<Self>();
        extensions.insert(self);
    }

    /// The secret itself: a token, a key, without the scheme that stood before it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// What it authenticated the caller for.
    #[must_use]
    pub fn method(&self) -> AuthMethod {
        self.0.method
    }

    /// The credential of this method in the same request.
    #[must_use]
    pub fn by(&self, method: AuthMethod) -> Option<&Self> {
        let mut found = Some(self);
        while let Some(credential) = found {
            if credential.0.method == method {
                break;
            }
            found = credential.0.before.as_ref();
        }
        found
    }
}

/// Nothing of the secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("method", &self.0.method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_by_its_method_and_never_shown() {
        let mut extensions = Extensions::new();
        Credential::new(AuthMethod::ApiKey, "key-1").insert(&mut extensions);
        Credential::new(AuthMethod::Jwt, "a.b.c").insert(&mut extensions);
        let last = extensions.get::<Credential>().unwrap();
        assert_eq!(last.expose(), "a.b.c");
        let key = last.by(AuthMethod::ApiKey).unwrap();
        assert_eq!(key.expose(), "key-1");
        assert!(last.by(AuthMethod::Basic).is_none());
        let shown = format!("{last:?} {key:?}");
        assert!(
            !shown.contains("a.b.c") && !shown.contains("key-1"),
            "{shown}"
        );
    }
}
