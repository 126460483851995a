use std::{collections::BTreeMap, error::Error as StdError, fmt, sync::Arc};

use tower_layer::Layer;

use super::{
    A2aGateway,
    root::{Member, Root},
    service::{Parts, Stack},
};
use crate::{A2aLayer, PublicUrl, bridge::AnyAgent, upstream::A2aAgent, wire::card::Offer};

/// The longest name of an agent, in bytes.
const MAX_NAME_BYTES: usize = 128;

type Within = Arc<dyn Fn(&str, A2aAgent) -> A2aAgent + Send + Sync>;

/// Makes an [`A2aGateway`].
#[must_use = "a builder does nothing until it builds"]
pub struct A2aGatewayBuilder {
    layer: A2aLayer,
    agents: Vec<(String, AnyAgent)>,
    hosts: Vec<(String, String)>,
    default: Option<String>,
    public: Option<PublicUrl>,
    prefix: String,
    within: Option<Within>,
    title: (String, String),
}

/// The gateway cannot be made; says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidGateway(String);

impl A2aGatewayBuilder {
    pub(super) fn new() -> Self {
        Self {
            layer: A2aLayer::new(),
            agents: Vec::new(),
            hosts: Vec::new(),
            default: None,
            public: None,
            prefix: "/agents".to_owned(),
            within: None,
            title: (
                "agents".to_owned(),
                "Several agents behind one address".to_owned(),
            ),
        }
    }

    /// What every agent's layer is made of: limits, callbacks, checks and signatures of cards. Default:
    /// [`A2aLayer::new`].
    ///
    /// The gateway sets the agent's name and URL, reads gRPC (feature `grpc`), and offers every interface unless the
    /// layer has an offer, which should then be one [where it is asked](Offer::where_asked).
    pub fn layer(mut self, layer: A2aLayer) -> Self {
        self.layer = layer;
        self
    }

    /// Adds an agent.
    ///
    /// Its name stands in paths, tenants and cards: letters, digits, `-`, `_` and `.`.
    pub fn agent(mut self, name: impl Into<String>, agent: AnyAgent) -> Self {
        self.agents.push((name.into(), agent));
        self
    }

    /// Gives an agent this host name, without a port; one agent may have several. Default: none.
    pub fn host(mut self, host: impl Into<String>, agent: impl Into<String>) -> Self {
        self.hosts.push((host.into(), agent.into()));
        self
    }

    /// The agent of calls at the root that name none. Default: they are refused.
    pub fn default_agent(mut self, name: impl Into<String>) -> Self {
        self.default = Some(name.into());
        self
    }

    /// The URL under which clients reach the gateway, for the URLs of cards. Default: the layer's, else what each
    /// request says, as with [`A2aLayer::public_url`].
    ///
    /// Its scheme and port are also those of the agents' hosts.
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.public = Some(url);
        self
    }

    /// The path under which each agent has its own, behind the public URL's. Default: `/agents`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.prefix = match prefix {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        self
    }

    /// Puts policies between the parse of calls and each agent. Default: nothing.
    ///
    /// What stands there finds the [`A2aCall`](crate::A2aCall), with the agent's name, in the request's extensions,
    /// by whatever word the agent was chosen. The tenant in it is the client's own word.
    pub fn within(
        mut self,
        within: impl Fn(&str, A2aAgent) -> A2aAgent + Send + Sync + 'static,
    ) -> Self {
        self.within = Some(Arc::new(within));
        self
    }

    /// What the directory card says of itself. Default: `agents`, "Several agents behind one address".
    pub fn title(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.title = (name.into(), description.into());
        self
    }

    /// The gateway.
    ///
    /// # Errors
    /// There is no agent; a name is used twice or is none that an agent can have here; a host or the default agent
    /// names no agent; a host is no name; the prefix is empty or would climb.
    pub fn build(self) -> Result<A2aGateway, InvalidGateway> {
        self.check()?;
        let public = self
            .public
            .clone()
            .or_else(|| self.layer.known_url().cloned());
        let members: Vec<Member> = self
            .agents
            .iter()
            .map(|(name, agent)| self.member(name, agent, public.as_ref()))
            .collect::<Result<_, _>>()?;
        let named = |name: &str| members.iter().position(|member| *member.name == *name);
        let mut hosts = BTreeMap::new();
        for (host, name) in &self.hosts {
            let at = named(name).ok_or_else(|| unknown("a host", name))?;
            let member = members.get(at).ok_or_else(|| unknown("a host", name))?;
            let known = host.trim_end_matches('.').to_ascii_lowercase();
            let url = public.as_ref().map(|public| public.with_host(&known));
            let url = url
                .transpose()
                .map_err(|error| InvalidGateway(format!("the host {host:?}: {error}")))?;
            let stack = member
                .layer
                .clone()
                .with_url(url)
                .layer(member.inner.clone());
            if hosts.insert(known, (at, stack)).is_some() {
                return Err(InvalidGateway(format!("the host {host:?} is named twice")));
            }
        }
        let default = match &self.default {
            Some(name) => Some(named(name).ok_or_else(|| unknown("the default agent", name))?),
            None => None,
        };
        let layer = self.template(public.clone());
        let cards = layer.cards().clone().for_own();
        let layer = layer.with_cards(cards);
        let root = Root::new(members, default, public, self.prefix, self.title);
        Ok(A2aGateway::new(Parts::new(&layer, root, hosts)))
    }

    fn member(
        &self,
        name: &str,
        agent: &AnyAgent,
        public: Option<&PublicUrl>,
    ) -> Result<Member, InvalidGateway> {
        let mut inner = A2aAgent::new(agent.clone());
        if let Some(within) = &self.within {
            inner = within(name, inner);
        }
        let path = format!("{}/{name}", self.prefix);
        let url = public
            .map(|public| public.below(&path))
            .transpose()
            .map_err(|error| InvalidGateway(format!("the prefix: {error}")))?;
        let layer = self.template(None).agent(name);
        let offers = layer.cards().offers();
        let layer = match offers {
            true => layer,
            false => layer.offer(Offer::where_asked().every_interface()),
        };
        let stack: Stack = layer.clone().with_url(url).layer(inner.clone());
        // At the root of a gateway of one agent.
        let root: Stack = layer.clone().with_url(public.cloned()).layer(inner.clone());
        Ok(Member {
            name: name.into(),
            agent: agent.clone(),
            inner,
            layer,
            stack,
            root,
        })
    }

    fn template(&self, public: Option<PublicUrl>) -> A2aLayer {
        let layer = self.layer.clone().with_url(public);
        #[cfg(feature = "grpc")]
        let layer = layer.grpc(true);
        layer
    }

    fn check(&self) -> Result<(), InvalidGateway> {
        if self.agents.is_empty() {
            return Err(InvalidGateway("it has no agent".to_owned()));
        }
        let first = self.prefix.split('/').nth(1).unwrap_or_default();
        let climbs = |segment: &str| matches!(segment, "" | "." | "..");
        if self.prefix.split('/').skip(1).any(climbs) || first.is_empty() {
            return Err(InvalidGateway(format!(
                "the prefix {:?} must be a path that is not the root",
                self.prefix
            )));
        }
        for (at, (name, _)) in self.agents.iter().enumerate() {
            let twice = self.agents.iter().take(at).any(|(known, _)| known == name);
            let fault = match name {
                _ if twice => "is used twice",
                _ if name.is_empty() || name.len() > MAX_NAME_BYTES => {
                    "must be 1 to 128 bytes long"
                }
                _ if !name.bytes().all(may_be_named) => {
                    "may have letters, digits, '-', '_' and '.'"
                }
                _ if name.starts_with('.') => "must not begin with a dot",
                // A path of v0.3 has it before its routes.
                _ if name == "v1" => "is a part of A2A's own paths",
                _ if name == first => "is the beginning of the prefix",
                _ => continue,
            };
            return Err(InvalidGateway(format!("the name {name:?} {fault}")));
        }
        Ok(())
    }
}

const fn may_be_named(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn unknown(who: &str, name: &str) -> InvalidGateway {
    InvalidGateway(format!("{who} names {name:?}, which is no agent here"))
}

impl fmt::Debug for A2aGatewayBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents: Vec<_> = self.agents.iter().map(|(name, _)| name).collect();
        f.debug_struct("A2aGatewayBuilder")
            .field("agents", &agents)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for InvalidGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for InvalidGateway {}
