use agentgateway_core::json;

use crate::wire::{A2aBinding, A2aVersion, card::PublicUrl};

/// Which members a card is written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CardDialect {
    /// Those of v1.0 and of v0.3, as far as interfaces of each are offered. Clients of both read it; a
    /// validator of v1.0 that allows no other members does not.
    #[default]
    Hybrid,
    /// Those of v1.0 alone.
    V1_0,
    /// Those of v0.3 alone.
    V0_3,
}

/// What becomes of URLs that lead to somebody else: `iconUrl`, `documentationUrl` and `provider`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThirdPartyUrls {
    /// They stay.
    #[default]
    Keep,
    /// Those stay that are `https` and name a host with a dot, which is no IP address.
    Public,
    /// They are left out. A provider goes as a whole: it must have a URL.
    Drop,
}

/// How the address of an interface is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UrlForm {
    /// The public URL, and the interface's path.
    Url,
    /// `host:port`: what gRPC clients dial.
    HostAndPort,
    /// `scheme://host:port`: what a few gRPC clients of v0.3 want.
    Origin,
}

/// One interface that the gateway serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    binding: Box<str>,
    version: Box<str>,
    tenant: Option<Box<str>>,
    path: Box<str>,
    form: UrlForm,
}

/// What a gateway offers of an agent, and how its card says so.
///
/// ```
/// use agentgateway_a2a::wire::card::{CardDialect, Interface, Offer, project};
/// use bytes::Bytes;
///
/// let offer = Offer::new("https://gw.example/planner".parse()?)
///     .interface(Interface::new("JSONRPC", "1.0"))
///     .interface(Interface::new("HTTP+JSON", "1.0").path("/rest"))
///     .dialect(CardDialect::V1_0);
/// let card = Bytes::from_static(br#"{"name":"p","url":"http://10.0.0.5/","x":1}"#);
/// let seen = project(&card, &offer, |loss| println!("{}", loss.as_str()))?;
/// assert!(seen.ends_with(br#""name":"p","x":1}"#));
/// assert!(!seen.windows(8).any(|part| part == b"10.0.0.5"));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    base: Option<PublicUrl>,
    interfaces: Vec<Interface>,
    pub(super) streaming: bool,
    pub(super) push_notifications: bool,
    pub(super) extended_card: bool,
    pub(super) third_party: ThirdPartyUrls,
    dialect: CardDialect,
}

impl Interface {
    /// A binding (`JSONRPC`, `HTTP+JSON`, `GRPC`, or a URI) in a version of the protocol (`1.0`, `0.3`).
    ///
    /// Its address is the offer's base; for gRPC as `host:port`.
    #[must_use]
    pub fn new(binding: &str, version: &str) -> Self {
        let form = match binding.eq_ignore_ascii_case("grpc") {
            true => UrlForm::HostAndPort,
            false => UrlForm::Url,
        };
        Self {
            binding: binding.into(),
            version: version.into(),
            tenant: None,
            path: "".into(),
            form,
        }
    }

    /// The tenant that clients must name in each call (v1.0). Default: none.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// The path behind the offer's base; it begins with a slash. Default: none.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.path = match path.trim_start_matches('/') {
            "" => path.into(),
            rest => format!("/{rest}").into(),
        };
        self
    }

    /// How its address is written.
    #[must_use]
    pub const fn url_form(mut self, form: UrlForm) -> Self {
        self.form = form;
        self
    }

    pub(super) fn is_v0_3(&self) -> bool {
        self.version.starts_with("0.")
    }

    fn url(&self, base: &PublicUrl) -> String {
        match self.form {
            UrlForm::Url => base.join(&self.path),
            UrlForm::HostAndPort => base.host_and_port(),
            UrlForm::Origin => format!("{}://{}", base.scheme(), base.host_and_port()),
        }
    }
}

impl Offer {
    /// An offer at this URL, of no interface yet, with all capabilities that the agent has.
    #[must_use]
    pub const fn new(base: PublicUrl) -> Self {
        Self::based(Some(base))
    }

    /// An offer at the URL under which each request finds the gateway: for
    /// [`A2aLayer::offer`](crate::A2aLayer::offer), which knows it. gRPC is offered where that URL has no path.
    #[must_use]
    pub const fn where_asked() -> Self {
        Self::based(None)
    }

    const fn based(base: Option<PublicUrl>) -> Self {
        Self {
            base,
            interfaces: Vec::new(),
            streaming: true,
            push_notifications: true,
            extended_card: true,
            third_party: ThirdPartyUrls::Keep,
            dialect: CardDialect::Hybrid,
        }
    }

    /// The same at this URL, where it has none of its own.
    pub(crate) fn at(mut self, base: Option<&PublicUrl>) -> Self {
        if let (None, Some(base)) = (&self.base, base) {
            // Calls of gRPC name no path but their method's, so they do not come to a place behind one.
            if !base.path().is_empty() {
                self.interfaces
                    .retain(|one| !one.binding.eq_ignore_ascii_case("grpc"));
            }
            self.base = Some(base.clone());
        }
        self
    }

    /// Whether it must be told where each request finds the gateway.
    pub(crate) const fn is_where_asked(&self) -> bool {
        self.base.is_none()
    }

    /// Adds JSON-RPC, HTTP+JSON and gRPC, in v1.0 and in v0.3: what [`AnyAgent`](crate::bridge::AnyAgent)
    /// serves of any agent.
    #[must_use]
    pub fn every_interface(mut self) -> Self {
        for version in [A2aVersion::V1_0, A2aVersion::V0_3] {
            let bindings = [
                A2aBinding::JsonRpc,
                A2aBinding::HttpJson,
                #[cfg(feature = "grpc")]
                A2aBinding::Grpc,
            ];
            for binding in bindings {
                self = self.interface(Interface::new(binding.as_str(), version.as_str()));
            }
        }
        self
    }

    /// Adds an interface; the first one of a version is the preferred one.
    #[must_use]
    pub fn interface(mut self, interface: Interface) -> Self {
        self.interfaces.push(interface);
        self
    }

    /// Whether streams pass the gateway. Default: true. The card says the agent's word and this one.
    #[must_use]
    pub const fn streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }

    /// Whether calls back pass the gateway. Default: true.
    #[must_use]
    pub const fn push_notifications(mut self, push: bool) -> Self {
        self.push_notifications = push;
        self
    }

    /// Whether extended cards pass the gateway. Default: true.
    #[must_use]
    pub const fn extended_card(mut self, extended: bool) -> Self {
        self.extended_card = extended;
        self
    }

    /// What becomes of URLs that lead to somebody else. Default: they stay.
    #[must_use]
    pub const fn third_party_urls(mut self, urls: ThirdPartyUrls) -> Self {
        self.third_party = urls;
        self
    }

    /// Which members the card is written with. Default: hybrid.
    #[must_use]
    pub const fn dialect(mut self, dialect: CardDialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Whether the members of v1.0 and of v0.3 are written.
    pub(crate) fn writes(&self) -> (bool, bool) {
        let v0_3 = self.interfaces.iter().any(Interface::is_v0_3);
        let v1_0 = self.interfaces.iter().any(|one| !one.is_v0_3());
        let dialect = self.dialect;
        (
            v1_0 && dialect != CardDialect::V0_3,
            v0_3 && dialect != CardDialect::V1_0,
        )
    }

    /// Where an interface is; empty where that is not known, which [`project`](super::project) refuses.
    fn url(&self, interface: &Interface) -> String {
        let base = self.base.as_ref();
        base.map_or_else(String::new, |base| interface.url(base))
    }

    /// The value of `supportedInterfaces`; of a card of v1.0 alone, without those of v0.3.
    pub(super) fn supported(&self) -> String {
        let (_, v0_3) = self.writes();
        let shown = self.interfaces.iter().filter(|one| v0_3 || !one.is_v0_3());
        let shown: Vec<_> = shown
            .map(|one| {
                let (url, binding) = (json::quote(&self.url(one)), json::quote(&one.binding));
                let (version, tenant) = (json::quote(&one.version), one.tenant.as_deref());
                let tenant = tenant.map_or(String::new(), |tenant| {
                    format!(r#","tenant":{}"#, json::quote(tenant))
                });
                format!(
                    r#"{{"url":{url},"protocolBinding":{binding},"protocolVersion":{version}{tenant}}}"#
                )
            })
            .collect();
        format!("[{}]", shown.join(","))
    }

    /// The values of `url`, `preferredTransport`, `protocolVersion` and `additionalInterfaces`.
    pub(super) fn v0_3(&self) -> Option<[String; 4]> {
        let mut interfaces = self.interfaces.iter().filter(|one| one.is_v0_3());
        let first = interfaces.next()?;
        let version = match &*first.version {
            "0.3" => "0.3.0",
            other => other,
        };
        let more: Vec<_> = interfaces
            .map(|one| {
                let (url, binding) = (json::quote(&self.url(one)), json::quote(&one.binding));
                format!(r#"{{"url":{url},"transport":{binding}}}"#)
            })
            .collect();
        Some([
            json::quote(&self.url(first)),
            json::quote(&first.binding),
            json::quote(version),
            format!("[{}]", more.join(",")),
        ])
    }
}
