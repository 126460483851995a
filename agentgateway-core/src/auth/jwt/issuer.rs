use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    Algorithm, KeySet, RemoteKeys,
    claims::{Claims, seconds},
    rejections::{algorithm, audience, claim, early, expired, key, kind, signature},
    token::Token,
};
use crate::{
    auth::Rejection,
    context::{AuthMethod, Principal},
};

/// Who issues tokens, and what is asked of them.
///
/// Asked of every token: a signature of one of the issuer's keys, by an algorithm that is allowed; a
/// time of its end, `exp`, that is not past; `nbf`, where it is there, not to come; an audience; a
/// name for its caller.
///
/// # Source
/// RFC 7519; RFC 8725 (best practices); RFC 9068, 2.2 for access tokens.
#[derive(Clone, Debug)]
pub struct Issuer {
    name: Box<str>,
    keys: Keys,
    audiences: Audiences,
    algorithms: Vec<Algorithm>,
    kinds: Vec<Box<str>>,
    required: Vec<Box<str>>,
    leeway: Duration,
    named_by: Box<str>,
}

#[derive(Clone, Debug)]
enum Audiences {
    These(Vec<Box<str>>),
    Any,
}

/// Where an issuer's keys come from: a [`KeySet`], or [`RemoteKeys`].
#[derive(Clone, Debug)]
pub struct Keys(pub(super) Source);

#[derive(Clone, Debug)]
pub(super) enum Source {
    Fixed(Arc<KeySet>),
    Remote(Box<RemoteKeys>),
}

impl From<KeySet> for Keys {
    fn from(keys: KeySet) -> Self {
        Self(Source::Fixed(Arc::new(keys)))
    }
}

impl From<RemoteKeys> for Keys {
    fn from(keys: RemoteKeys) -> Self {
        Self(Source::Remote(Box::new(keys)))
    }
}

impl Issuer {
    /// The issuer whose tokens say `iss` so, letter by letter, and its keys.
    pub fn new(name: impl Into<Box<str>>, keys: impl Into<Keys>) -> Self {
        Self {
            name: name.into(),
            keys: keys.into(),
            audiences: Audiences::These(Vec::new()),
            algorithms: Algorithm::PUBLIC_KEY.to_vec(),
            kinds: Vec::new(),
            required: Vec::new(),
            leeway: Duration::from_secs(60),
            named_by: "sub".into(),
        }
    }

    /// Whom tokens may be meant for: one of these must be in `aud`. Default: nobody, and a token
    /// that names an audience is refused (RFC 7519, 4.1.3).
    #[must_use]
    pub fn audiences<T: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.audiences = Audiences::These(names.into_iter().map(Into::into).collect());
        self
    }

    /// Takes tokens whomever they are meant for.
    ///
    /// Then each service that is shown a token can show it here in its bearer's name.
    #[must_use]
    pub fn any_audience(mut self) -> Self {
        self.audiences = Audiences::Any;
        self
    }

    /// The algorithms that tokens may be signed by. Default: all with a public key. HMAC must be
    /// named here.
    #[must_use]
    pub fn algorithms(mut self, allowed: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = allowed.into_iter().collect();
        self
    }

    /// The types that tokens may have (`typ`), such as `at+jwt` for access tokens (RFC 9068). Case
    /// and a leading `application/` are of no account. Default: any, and none.
    #[must_use]
    pub fn types<T: Into<Box<str>>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.kinds = types.into_iter().map(Into::into).collect();
        self
    }

    /// Claims that must be there, and not be null. Default: none beside `exp`, the audience and the
    /// caller's name.
    #[must_use]
    pub fn require<T: Into<Box<str>>>(mut self, claims: impl IntoIterator<Item = T>) -> Self {
        self.required = claims.into_iter().map(Into::into).collect();
        self
    }

    /// How far the issuer's clock may be from ours. Default: 60 s.
    #[must_use]
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The claim that names the caller: a text that is not empty. Default: `sub`.
    #[must_use]
    pub fn named_by(mut self, claim: impl Into<Box<str>>) -> Self {
        self.named_by = claim.into();
        self
    }

    /// Who it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its keys, where they are fetched.
    #[must_use]
    pub const fn remote_keys(&self) -> Option<&RemoteKeys> {
        match &self.keys.0 {
            Source::Remote(keys) => Some(keys),
            Source::Fixed(_) => None,
        }
    }

    pub(super) const fn source(&self) -> &Source {
        &self.keys.0
    }

    /// Whether a token could be one of this issuer's, before a key is looked for.
    pub(super) fn expects(&self, token: &Token<'_>) -> Result<(), Rejection> {
        if !self.algorithms.contains(&token.algorithm) {
            return Err(algorithm());
        }
        let is_kind = self.kinds.is_empty() || {
            let own = token.kind.as_deref().unwrap_or_default();
            self.kinds.iter().any(|kind| same_type(own, kind))
        };
        if is_kind { Ok(()) } else { Err(kind()) }
    }

    /// The caller of a token that these keys have signed. Nothing is said of the claims of another.
    pub(super) fn judge(
        &self,
        token: Token<'_>,
        keys: &KeySet,
        now: SystemTime,
    ) -> Result<Principal, Rejection> {
        let id = token.key_id.as_deref();
        let mut candidates = keys.candidates(id, token.algorithm).peekable();
        if candidates.peek().is_none() {
            return Err(key());
        }
        let algorithm = token.algorithm;
        if !candidates.any(|key| key.verifies(algorithm, token.signed, &token.signature)) {
            return Err(signature());
        }
        self.in_time(&token.claims, seconds(now))?;
        self.is_meant(&token.claims)?;
        if !self.required.iter().all(|name| token.claims.has(name)) {
            return Err(claim());
        }
        let name = token.claims.text(&self.named_by);
        let name = name.filter(|name| !name.is_empty()).ok_or_else(claim)?;
        let principal = Principal::new(AuthMethod::Jwt, name).with_issuer(self.name.clone());
        Ok(principal.with_claims(token.claims.0))
    }

    fn in_time(&self, claims: &Claims, now: f64) -> Result<(), Rejection> {
        let leeway = self.leeway.as_secs_f64();
        let end = claims.date("exp").map_err(|_| claim())?;
        let end = end.ok_or_else(claim)?;
        if end + leeway <= now {
            return Err(expired());
        }
        match claims.date("nbf").map_err(|_| claim())? {
            Some(start) if start > now + leeway => Err(early()),
            _ => Ok(()),
        }
    }

    fn is_meant(&self, claims: &Claims) -> Result<(), Rejection> {
        let named = claims.audiences().map_err(|_| audience())?;
        let is_meant = match &self.audiences {
            Audiences::Any => true,
            Audiences::These(ours) if ours.is_empty() => named.is_empty(),
            Audiences::These(ours) => named
                .iter()
                .any(|name| ours.iter().any(|own| **own == **name)),
        };
        if is_meant { Ok(()) } else { Err(audience()) }
    }
}

/// RFC 7515, 4.1.9: a type without a slash is one of `application/`.
fn same_type(one: &str, other: &str) -> bool {
    let bare = |name: &str| -> String {
        let name = name.to_ascii_lowercase();
        name.strip_prefix("application/")
            .map_or(name.clone(), str::to_owned)
    };
    bare(one) == bare(other)
}
