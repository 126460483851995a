use std::{sync::Arc, time::SystemTime};

use http::request;

use super::{
    Issuer,
    issuer::Source,
    rejections::issuer as foreign,
    remote::{Look, unavailable},
    token::Token,
};
use crate::{
    auth::{Authenticate, Challenge, Location, Rejection, Verdict, clock::Clock},
    context::{AuthMethod, Credential},
};

/// Callers known by a token that an issuer has signed; see the [module](crate::auth::jwt).
#[derive(Clone, Debug)]
pub struct Jwt {
    issuers: Arc<[Issuer]>,
    location: Location,
    challenge: Challenge,
    clock: Clock,
}

impl Jwt {
    /// Tokens of these issuers, behind `Authorization: Bearer`. Where two have one name, the first
    /// judges.
    #[must_use]
    pub fn new(issuers: impl IntoIterator<Item = Issuer>) -> Self {
        Self {
            issuers: issuers.into_iter().collect(),
            location: Location::bearer(),
            challenge: Challenge::new("Bearer"),
            clock: Clock::default(),
        }
    }

    /// Where the token stands. Default: [`Location::bearer`].
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// What a refused client is told. Default: the scheme `Bearer` and the realm `Restricted`.
    ///
    /// With the parameter `resource_metadata` it learns where to get a token (RFC 9728, 5.1).
    #[must_use]
    pub fn challenged_by(mut self, challenge: Challenge) -> Self {
        self.challenge = challenge;
        self
    }

    /// Where the time of day comes from. Default: the system.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Who is believed.
    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        self.issuers.iter()
    }

    fn judge(&self, text: &str) -> Result<Verdict, Rejection> {
        let token = Token::parse(text)?;
        let said = token.claims.text("iss").ok_or_else(foreign)?;
        let known = self.issuers.iter().position(|own| own.name() == said);
        let at = known.ok_or_else(foreign)?;
        let issuer = self.issuers.get(at).ok_or_else(foreign)?;
        issuer.expects(&token)?;
        let keys = match issuer.source() {
            Source::Fixed(keys) => Arc::clone(keys),
            Source::Remote(remote) => match remote.look(token.key_id.as_deref()) {
                Look::Found(keys) => keys,
                Look::Failed(retry) => return Ok(unavailable(retry)),
                Look::Wait(waiting) => return Ok(self.wait(at, text, waiting)),
            },
        };
        let principal = issuer.judge(token, &keys, self.clock.now())?;
        Ok(Verdict::Valid(principal))
    }

    /// The same when the keys are there.
    fn wait(&self, at: usize, text: &str, waiting: super::remote::Waiting) -> Verdict {
        let (issuers, clock) = (Arc::clone(&self.issuers), self.clock.clone());
        let text = text.to_owned();
        Verdict::ask(async move {
            let keys = match waiting.await {
                Ok(keys) => keys,
                Err(retry) => return unavailable(retry),
            };
            let judged = Token::parse(&text).and_then(|token| {
                let issuer = issuers.get(at).ok_or_else(foreign)?;
                issuer.judge(token, &keys, clock.now())
            });
            judged.into()
        })
    }
}

impl Authenticate for Jwt {
    fn name(&self) -> &str {
        "jwt"
    }

    fn authenticate(&self, head: &request::Parts) -> Verdict {
        let judged = match self.location.find(head) {
            Ok(None) => return Verdict::Absent,
            Ok(Some(token)) => self.judge(&token),
            Err(rejection) => Err(rejection),
        };
        judged.unwrap_or_else(Verdict::Invalid)
    }

    fn take(&self, head: &mut request::Parts) -> Option<Credential> {
        let token = self.location.take(head)?;
        Some(Credential::new(AuthMethod::Jwt, token))
    }

    fn challenge(&self) -> Option<Challenge> {
        Some(self.challenge.clone())
    }
}
