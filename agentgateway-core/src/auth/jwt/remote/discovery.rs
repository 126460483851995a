use http::{
    Uri,
    uri::{Authority, Scheme},
};
use serde::Deserialize;

use super::{
    super::InvalidKeys,
    KeysFailure,
    fetch::{Fetch, document},
};

/// Where keys are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Here.
    Url(Uri),
    /// Where the issuer's configuration says.
    ///
    /// # Source
    /// OpenID Connect Discovery 1.0, 4.
    Discovered {
        issuer: Box<str>,
        configuration: Uri,
        allowed: Vec<Box<str>>,
    },
}

/// Of the configuration what leads to the keys.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl Place {
    pub(super) fn url(text: &str) -> Result<Self, InvalidKeys> {
        Ok(Self::Url(parse(text).ok_or(InvalidKeys::NotUrl)?))
    }

    pub(super) fn discovered(issuer: &str) -> Result<Self, InvalidKeys> {
        let base = issuer.trim_end_matches('/');
        let configuration = format!("{base}/.well-known/openid-configuration");
        if issuer.contains(['?', '#']) {
            return Err(InvalidKeys::NotUrl);
        }
        Ok(Self::Discovered {
            issuer: issuer.into(),
            configuration: parse(&configuration).ok_or(InvalidKeys::NotUrl)?,
            allowed: Vec::new(),
        })
    }

    /// Where the keys are now.
    pub(super) async fn locate(
        &self,
        client: &dyn Fetch,
        max_bytes: usize,
    ) -> Result<Uri, KeysFailure> {
        let (issuer, configuration, allowed) = match self {
            Self::Url(url) => return Ok(url.clone()),
            Self::Discovered {
                issuer,
                configuration,
                allowed,
            } => (issuer, configuration, allowed),
        };
        let (_, text) = document(configuration, client, max_bytes).await?;
        let said: Configuration =
            serde_json::from_slice(&text).map_err(|_| KeysFailure::Malformed)?;
        // Otherwise it is the configuration of somebody else.
        if said.issuer != **issuer {
            return Err(KeysFailure::Malformed);
        }
        let keys = parse(&said.jwks_uri).ok_or(KeysFailure::Malformed)?;
        let host = keys.host().unwrap_or_default();
        let is_allowed = keys.scheme() == configuration.scheme()
            && allowed.iter().any(|own| own.eq_ignore_ascii_case(host));
        if is_allowed || origin(&keys) == origin(configuration) {
            Ok(keys)
        } else {
            Err(KeysFailure::ForeignUrl)
        }
    }

    /// For logs: without a query, which may hold a secret.
    pub(super) fn shown(&self) -> String {
        let url = match self {
            Self::Url(url) => url,
            Self::Discovered { configuration, .. } => configuration,
        };
        let (scheme, host) = (url.scheme_str(), url.authority().map(Authority::as_str));
        let (scheme, host) = (scheme.unwrap_or_default(), host.unwrap_or_default());
        format!("{scheme}://{host}{}", url.path())
    }
}

/// An absolute URL without a password.
fn parse(text: &str) -> Option<Uri> {
    let url: Uri = text.parse().ok()?;
    let is_http = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&url.scheme());
    let authority = url.authority()?;
    (is_http && !authority.as_str().contains('@') && !authority.host().is_empty()).then_some(url)
}

/// Scheme, host and port.
fn origin(url: &Uri) -> (Option<&str>, String, u16) {
    let usual = if url.scheme() == Some(&Scheme::HTTPS) {
        443
    } else {
        80
    };
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    (url.scheme_str(), host, url.port_u16().unwrap_or(usual))
}
