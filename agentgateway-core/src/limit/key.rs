use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use http::{HeaderName, request};

use crate::context::{ClientAddr, Principal};

/// The longest key that is told apart, in bytes.
const MAX_KEY_BYTES: usize = 1024;
/// The key of all that are longer.
const TOO_LONG: &str = "(too long)";

/// Says whose limit a request falls under.
///
/// Requests with the same key share a limit; those without a key are not limited. A key must be what
/// the caller cannot choose: with a name of its own for each request everybody is below every limit.
/// Keys of more than 1,024 bytes are all one. Clones are one key.
///
/// # Example
/// ```
/// use agentgateway_core::{context::RouteName, limit::Key};
///
/// let by_route = Key::new(|head| Some(head.extensions.get::<RouteName>()?.as_str().into()));
/// # let _ = by_route;
/// ```
#[derive(Clone)]
pub struct Key(Arc<KeyFn>);

type KeyFn = dyn for<'a> Fn(&'a request::Parts) -> Option<Cow<'a, str>> + Send + Sync;

impl Key {
    /// Any function of the head.
    pub fn new<F>(key: F) -> Self
    where
        F: for<'a> Fn(&'a request::Parts) -> Option<Cow<'a, str>> + Send + Sync + 'static,
    {
        Self(Arc::new(key))
    }

    /// All requests together.
    #[must_use]
    pub fn everybody() -> Self {
        Self::new(|_| Some(Cow::Borrowed("")))
    }

    /// Each caller, by the [`Principal`] in the extensions: its method, issuer and name. One that was
    /// not authenticated has no key.
    #[must_use]
    pub fn principal() -> Self {
        Self::new(principal)
    }

    /// Each client address, by the [`ClientAddr`] in the extensions; of IPv6 the network of 64 bits
    /// that one client has to itself.
    #[must_use]
    pub fn client_address() -> Self {
        Self::new(client_address)
    }

    /// Each value of a header, where it is there; of several the list.
    ///
    /// For a header that somebody who is trusted has written; any other is the caller's choice.
    #[must_use]
    pub fn header(name: HeaderName) -> Self {
        Self::new(move |head| {
            let mut values = head.headers.get_all(&name).iter();
            let mut key = String::from_utf8_lossy(values.next()?.as_bytes());
            for value in values {
                let value = String::from_utf8_lossy(value.as_bytes());
                key = Cow::Owned([&key, ", ", &value].concat());
            }
            Some(key)
        })
    }

    /// The key of this request.
    #[must_use]
    pub fn of<'a>(&self, head: &'a request::Parts) -> Option<Cow<'a, str>> {
        let key = (self.0)(head)?;
        Some(if key.len() > MAX_KEY_BYTES {
            Cow::Borrowed(TOO_LONG)
        } else {
            key
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

fn principal(head: &request::Parts) -> Option<Cow<'_, str>> {
    let principal = head.extensions.get::<Principal>()?;
    let (method, name) = (principal.method().as_str(), principal.name());
    let issuer = principal.issuer().unwrap_or_default();
    let mut key = String::with_capacity(method.len() + issuer.len() + name.len() + 16);
    // The length of the issuer tells where it ends, whatever either of the two contains.
    let _ = write!(key, "{method} {} {issuer} {name}", issuer.len());
    Some(Cow::Owned(key))
}

fn client_address(head: &request::Parts) -> Option<Cow<'_, str>> {
    let address = head.extensions.get::<ClientAddr>()?.addr().ip();
    Some(Cow::Owned(match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            format!("{}/64", Ipv6Addr::from(network))
        }
    }))
}

/// What a store knows a key by: the policy's name, and the key.
pub(super) fn stored(policy: &str, key: &str) -> String {
    [policy, "/", key].concat()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;
    use crate::context::AuthMethod;

    fn head() -> request::Parts {
        Request::new(()).into_parts().0
    }

    fn of(caller: Principal) -> String {
        let mut head = head();
        caller.insert(&mut head.extensions);
        principal(&head).unwrap().into_owned()
    }

    #[test]
    fn principals_of_the_same_name_are_told_apart() {
        let alice = |method| Principal::new(method, "alice");
        let keys = [
            of(alice(AuthMethod::ApiKey)),
            of(alice(AuthMethod::Jwt)),
            of(alice(AuthMethod::Jwt).with_issuer("https://one")),
            of(alice(AuthMethod::Jwt).with_issuer("https://two")),
            of(Principal::new(AuthMethod::Jwt, "two alice").with_issuer("https://one")),
            of(Principal::new(AuthMethod::Jwt, "alice").with_issuer("https://one two")),
        ];
        for (place, key) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(key), "{key}");
        }
        assert_eq!(principal(&head()), None);
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        let of = |address: &str| {
            let mut head = head();
            let address = ClientAddr::new(address.parse().unwrap());
            head.extensions.insert(address);
            client_address(&head).unwrap().into_owned()
        };
        assert_eq!(of("192.0.2.1:7"), "192.0.2.1");
        assert_eq!(of("[::ffff:192.0.2.1]:7"), "192.0.2.1");
        assert_eq!(of("[2001:db8:1:2:3::4]:7"), "2001:db8:1:2::/64");
        assert_eq!(of("[2001:db8:1:2:ffff::]:9"), "2001:db8:1:2::/64");
        assert_ne!(of("[2001:db8:1:3::]:9"), "2001:db8:1:2::/64");
        assert_eq!(client_address(&head()), None);
    }

    #[test]
    fn a_header_that_is_there_twice_is_no_way_out() {
        let tenant = Key::header(HeaderName::from_static("x-tenant"));
        let mut head = head();
        assert_eq!(tenant.of(&head), None);
        head.headers.append("x-tenant", "blue".parse().unwrap());
        assert_eq!(tenant.of(&head).as_deref(), Some("blue"));
        head.headers.append("x-tenant", "red".parse().unwrap());
        assert_eq!(tenant.of(&head).as_deref(), Some("blue, red"));
    }

    #[test]
    fn a_key_is_bounded() {
        let path = Key::new(|head| Some(head.uri.path().into()));
        let mut head = head();
        assert_eq!(path.of(&head).as_deref(), Some("/"));
        let long = format!("/{}", "x".repeat(MAX_KEY_BYTES));
        head.uri = long.parse().unwrap();
        assert_eq!(path.of(&head).as_deref(), Some(TOO_LONG));
    }
}
