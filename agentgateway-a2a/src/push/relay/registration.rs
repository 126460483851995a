use std::fmt;

use agentgateway_core::json::{self, Raw, quote};
use http::HeaderValue;

use crate::{A2aCall, A2aVersion};

/// How long what is sealed of one registration may be, in bytes: it travels in a path.
const MAX_BYTES: usize = 4096;
const BEARER: &str = "Bearer";

/// What a client has registered: where its notifications go, and by which proof.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Registration {
    /// By which it is counted, and by which its notifications keep their order.
    pub(super) id: Box<str>,
    pub(super) url: Box<str>,
    pub(super) token: Option<Box<str>>,
    pub(super) scheme: Option<Box<str>>,
    pub(super) credentials: Option<Box<str>>,
    /// In which the client has spoken, and is spoken to.
    pub(super) version: A2aVersion,
    pub(super) agent: Box<str>,
    pub(super) tenant: Option<Box<str>>,
    pub(super) caller: u64,
}

/// Who registers, and at which agent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registrant<'a> {
    pub(super) agent: &'a str,
    /// As it is counted.
    pub(super) caller: u64,
}

// === impl Registration ===

impl Registration {
    /// What a push configuration registers, or words on what is wrong with it.
    pub(super) fn read(
        config: Raw<'_>,
        call: &A2aCall,
        id: String,
        whose: Registrant<'_>,
    ) -> Result<Self, String> {
        let [url, token, authentication] =
            json::members_of(config, ["url", "token", "authentication"])
                .map_err(|error| error.to_string())?;
        let authentication = authentication.filter(|value| !json::is_null(*value));
        let [scheme, schemes, credentials] = match authentication {
            Some(value) => json::members_of(value, ["scheme", "schemes", "credentials"])
                .map_err(|error| error.to_string())?,
            None => [None; 3],
        };
        let mut first = None;
        if let Some(schemes) = schemes.filter(|value| !json::is_null(*value)) {
            json::elements(schemes, |value| first = first.or(Some(value)))
                .map_err(|error| error.to_string())?;
        }
        let registration = Self {
            id: id.into(),
            url: text("url", url)?.unwrap_or_default(),
            token: text("token", token)?,
            scheme: text(
                "scheme",
                scheme.filter(|value| !json::is_null(*value)).or(first),
            )?,
            credentials: text("credentials", credentials)?,
            version: call.version(),
            agent: whose.agent.into(),
            tenant: call.tenant().map(Into::into),
            caller: whose.caller,
        };
        registration.sendable()?;
        Ok(registration)
    }

    fn sendable(&self) -> Result<(), String> {
        let bytes = [
            Some(&self.url),
            self.token.as_ref(),
            self.scheme.as_ref(),
            self.credentials.as_ref(),
            self.tenant.as_ref(),
        ];
        if bytes
            .into_iter()
            .flatten()
            .map(|text| text.len())
            .sum::<usize>()
            > MAX_BYTES
        {
            return Err(format!(
                "the push configuration's url, token and credentials are longer than {MAX_BYTES} bytes"
            ));
        }
        let fits = |text: &str| HeaderValue::try_from(text).is_ok();
        if self.token.as_deref().is_some_and(|token| !fits(token)) {
            return Err(
                "the token of the push configuration does not fit into a header".to_owned(),
            );
        }
        if self.credentials.is_some() && self.authorization().is_none() {
            let words = "the authentication of the push configuration does not fit into a header";
            return Err(words.to_owned());
        }
        Ok(())
    }

    /// The `Authorization` that the client has asked for.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let credentials = self.credentials.as_deref()?;
        let scheme = self.scheme.as_deref().unwrap_or(BEARER);
        let mut value = HeaderValue::try_from(format!("{scheme} {credentials}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The authentication as the client may read it again: without what it proves itself by.
    pub(super) fn masked(&self, version: A2aVersion) -> Option<String> {
        let scheme = match (&self.scheme, &self.credentials) {
            (Some(scheme), _) => &**scheme,
            (None, Some(_)) => BEARER,
            (None, None) => return None,
        };
        let scheme = quote(scheme);
        Some(match version {
            A2aVersion::V0_3 => format!(r#"{{"schemes":[{scheme}]}}"#),
            _ => format!(r#"{{"scheme":{scheme}}}"#),
        })
    }

    pub(super) fn encode(&self) -> String {
        let mut text = format!(
            r#"{{"id":{},"url":{},"version":{},"agent":{},"caller":"{}""#,
            quote(&self.id),
            quote(&self.url),
            quote(self.version.as_str()),
            quote(&self.agent),
            self.caller,
        );
        for (name, value) in [
            ("token", &self.token),
            ("scheme", &self.scheme),
            ("credentials", &self.credentials),
            ("tenant", &self.tenant),
        ] {
            if let Some(value) = value {
                text.push_str(&format!(r#","{name}":{}"#, quote(value)));
            }
        }
        text.push('}');
        text
    }

    pub(super) fn decode(plain: &[u8]) -> Option<Self> {
        let [
            id,
            url,
            version,
            agent,
            caller,
            token,
            scheme,
            credentials,
            tenant,
        ] = json::members(
            plain,
            [
                "id",
                "url",
                "version",
                "agent",
                "caller",
                "token",
                "scheme",
                "credentials",
                "tenant",
            ],
        )
        .ok()?;
        let optional = |value: Option<Raw<'_>>| Some(Box::from(&*json::string(value?)?));
        Some(Self {
            id: optional(id)?,
            url: optional(url)?,
            token: optional(token),
            scheme: optional(scheme),
            credentials: optional(credentials),
            version: A2aVersion::parse(&json::string(version?)?),
            agent: optional(agent)?,
            tenant: optional(tenant),
            caller: json::string(caller?)?.parse().ok()?,
        })
    }
}

/// It is all secret.
impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("version", &self.version)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

fn text(name: &str, value: Option<Raw<'_>>) -> Result<Option<Box<str>>, String> {
    let Some(value) = value.filter(|value| !json::is_null(*value)) else {
        return Ok(None);
    };
    let text = json::string(value).ok_or_else(|| format!("\"{name}\" must be a string"))?;
    Ok((!text.is_empty()).then(|| text.into()))
}
