use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
        ORIGIN, VARY,
    },
};

/// Which pages of other origins may call.
///
/// # Source
/// Gateway API v1, `HTTPCORSFilter`; WHATWG Fetch, "CORS protocol".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cors {
    /// Origins: `*`, `https://example.com`, or with `*` as the leftmost label of the host, which
    /// stands for one or more. An origin without a port has its scheme's own.
    pub allow_origins: Vec<String>,
    /// Whether credentials may be sent.
    pub allow_credentials: bool,
    /// Methods; empty allows the simple ones alone. `None` in it stands for `*`.
    pub allow_methods: Vec<Option<Method>>,
    /// Header names; `None` in it stands for `*`.
    pub allow_headers: Vec<Option<HeaderName>>,
    /// Headers of the answer that a page may read; `None` in it stands for `*`.
    pub expose_headers: Vec<Option<HeaderName>>,
    /// How long a preflight may be kept, in seconds. Default: 5.
    pub max_age_seconds: u32,
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            allow_origins: Vec::new(),
            allow_credentials: false,
            allow_methods: Vec::new(),
            allow_headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age_seconds: 5,
        }
    }
}

impl Cors {
    /// Whether a request asks for leave to send another: it is answered in place of the service.
    #[must_use]
    pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
        method == Method::OPTIONS
            && headers.contains_key(ORIGIN)
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The method of the request that a preflight asks leave for. `None` for what is no preflight, or
    /// asks for what is no method.
    ///
    /// A table of rules that ask for methods is asked with this one: the rule that would take the
    /// request decides on its preflight, which no rule for `GET` would take.
    #[must_use]
    pub fn preflighted(method: &Method, headers: &HeaderMap) -> Option<Method> {
        if !Self::is_preflight(method, headers) {
            return None;
        }
        let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        Method::from_bytes(asked.as_bytes()).ok()
    }

    /// The header fields of the answer to a preflight with these.
    ///
    /// To an origin that is not allowed it says nothing about CORS, so that the page's browser
    /// refuses. Where `*` is configured, what was asked for is repeated, which credentials need.
    #[must_use]
    pub fn preflight(&self, request: &HeaderMap) -> HeaderMap {
        let mut answer = HeaderMap::new();
        if !self.allow(request.get(ORIGIN), &mut answer) {
            return answer;
        }
        let methods = list(&self.allow_methods, Method::as_str);
        let methods = methods.or_else(|| request.get(ACCESS_CONTROL_REQUEST_METHOD).cloned());
        insert(
            &mut answer,
            ACCESS_CONTROL_ALLOW_METHODS,
            methods,
            &self.allow_methods,
        );
        let names = list(&self.allow_headers, HeaderName::as_str);
        let names = names.or_else(|| request.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned());
        insert(
            &mut answer,
            ACCESS_CONTROL_ALLOW_HEADERS,
            names,
            &self.allow_headers,
        );
        answer.insert(ACCESS_CONTROL_MAX_AGE, self.max_age_seconds.into());
        let exposed = list(&self.expose_headers, HeaderName::as_str);
        let exposed = exposed.or_else(|| self.any_name());
        insert(
            &mut answer,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            exposed,
            &self.expose_headers,
        );
        for asked in [
            ACCESS_CONTROL_REQUEST_METHOD,
            ACCESS_CONTROL_REQUEST_HEADERS,
        ] {
            answer.append(VARY, asked.into());
        }
        answer
    }

    /// Says in the header fields of an answer whether a page of this origin may read it.
    ///
    /// What the service has said about that is taken away: the rule decides.
    pub fn apply(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) {
        answer.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
        answer.remove(ACCESS_CONTROL_ALLOW_CREDENTIALS);
        answer.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
        // `*` means a header of this name where credentials are sent: all of the answer are named.
        let names = || {
            let names: Vec<_> = answer.keys().map(HeaderName::as_str).collect();
            HeaderValue::try_from(names.join(", ")).ok()
        };
        let exposed = list(&self.expose_headers, HeaderName::as_str);
        let exposed = exposed.or_else(|| self.any_name()).or_else(names);
        if self.allow(origin, answer) {
            insert(
                answer,
                ACCESS_CONTROL_EXPOSE_HEADERS,
                exposed,
                &self.expose_headers,
            );
        }
    }

    /// Allows an origin, if it is allowed; tells caches what the answer depends on.
    fn allow(&self, origin: Option<&HeaderValue>, answer: &mut HeaderMap) -> bool {
        let any = self.allow_origins.iter().any(|origin| origin == "*");
        let same_for_all = any && !self.allow_credentials;
        if !same_for_all {
            answer.append(VARY, HeaderValue::from(ORIGIN));
        }
        let Some(origin) = origin.filter(|origin| any || self.lists(origin)) else {
            return false;
        };
        let allowed = match same_for_all {
            true => HeaderValue::from_static("*"),
            false => origin.clone(),
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.allow_credentials {
            answer.insert(
                ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
        }
        true
    }

    fn lists(&self, origin: &HeaderValue) -> bool {
        let Some(origin) = origin.to_str().ok().and_then(Origin::parse) else {
            return false;
        };
        let listed = self
            .allow_origins
            .iter()
            .filter_map(|text| Origin::parse(text));
        listed.into_iter().any(|listed| listed.takes(&origin))
    }

    /// `*`, where it means every name.
    fn any_name(&self) -> Option<HeaderValue> {
        (!self.allow_credentials).then_some(HeaderValue::from_static("*"))
    }
}

/// The entries in one field; `None` when `*` is among them.
fn list<T>(entries: &[Option<T>], text: fn(&T) -> &str) -> Option<HeaderValue> {
    let entries: Option<Vec<&str>> = entries
        .iter()
        .map(|entry| entry.as_ref().map(text))
        .collect();
    HeaderValue::try_from(entries?.join(", ")).ok()
}

/// Sets a field whose list is not empty and for which there is a value.
fn insert<T>(answer: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>, list: &[T]) {
    if let Some(value) = value.filter(|_| !list.is_empty()) {
        answer.insert(name, value);
    }
}

/// An origin in its parts, or a pattern of some.
#[derive(Clone, Copy)]
struct Origin<'a> {
    secure: bool,
    host: &'a str,
    port: u16,
}

impl<'a> Origin<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        // The colons of an address of IPv6 stand in brackets.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, if secure { 443 } else { 80 }),
        };
        (!host.is_empty()).then_some(Self { secure, host, port })
    }

    /// Whether this pattern takes an origin.
    fn takes(&self, origin: &Origin<'_>) -> bool {
        let host = match self.host.strip_prefix('*') {
            Some(suffix) => {
                let at = origin
                    .host
                    .len()
                    .checked_sub(suffix.len())
                    .filter(|at| *at > 0);
                let tail = at.and_then(|at| origin.host.get(at..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix))
            }
            None => self.host.eq_ignore_ascii_case(origin.host),
        };
        host && self.secure == origin.secure && self.port == origin.port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let cases = [
            ("https://a.com", "https://a.com", true),
            ("https://a.com", "https://A.com:443", true),
            ("https://a.com:443", "https://a.com", true),
            ("https://a.com", "http://a.com", false),
            ("https://a.com", "https://a.com:8443", false),
            ("http://a.com:8080", "http://a.com:8080", true),
            ("https://*.a.com", "https://b.a.com", true),
            ("https://*.a.com", "https://c.b.a.com", true),
            ("https://*.a.com", "https://a.com", false),
            ("https://*.a.com", "https://.a.com", false),
            ("https://*.a.com", "https://evil-a.com", false),
            ("https://*.a.com", "https://b.a.com.evil.com", false),
            ("https://*", "https://any.com", true),
            ("https://*", "http://any.com", false),
            ("http://*:8080", "http://any.com:8080", true),
            ("*", "https://a.com", true),
            ("*", "null", true),
            ("https://a.com", "null", false),
            ("http://[::1]:80", "http://[::1]", true),
            ("http://[::1]", "http://[::2]", false),
        ];
        for (pattern, origin, allowed) in cases {
            let cors = Cors {
                allow_origins: vec![pattern.to_owned()],
                ..Cors::default()
            };
            let origin = HeaderValue::from_static(origin);
            let mut answer = HeaderMap::new();
            cors.apply(Some(&origin), &mut answer);
            let got = answer.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(got, allowed, "{pattern} {origin:?}");
        }
    }

    #[test]
    fn the_rule_decides_and_not_the_service() {
        let cors = Cors {
            allow_origins: vec!["https://a.com".to_owned()],
            ..Cors::default()
        };
        let mut answer = HeaderMap::new();
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        answer.insert(
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        answer.insert(VARY, HeaderValue::from_static("accept"));
        cors.apply(
            Some(&HeaderValue::from_static("https://b.com")),
            &mut answer,
        );
        let vary: Vec<_> = answer
            .get_all(VARY)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        assert_eq!(vary, [&b"accept"[..], b"origin"]);
        assert_eq!(answer.len(), vary.len());
    }

    #[test]
    fn exposes_every_name_of_an_answer_to_credentials() {
        let mut cors = Cors {
            allow_origins: vec!["*".to_owned()],
            expose_headers: vec![None],
            ..Cors::default()
        };
        let origin = HeaderValue::from_static("https://a.com");
        let mut answer = HeaderMap::new();
        answer.insert("x-a", HeaderValue::from_static("1"));
        cors.apply(Some(&origin), &mut answer);
        assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "*");
        cors.allow_credentials = true;
        cors.apply(Some(&origin), &mut answer);
        assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "x-a");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.com");
    }
}
