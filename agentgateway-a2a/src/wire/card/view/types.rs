/// What of an agent's card decides where calls go: read, never written.
///
/// Cards of v1.0, of v0.3, and hybrids of both are read. Descriptions and examples are not: they are words
/// of the agent for a model, and decide nothing.
///
/// ```
/// use agentgateway_a2a::wire::card::AgentCard;
///
/// let card = AgentCard::parse(br#"{"name":"planner", "url":"https://a.example/rpc",
///     "protocolVersion":"0.3.0", "skills":[{"id":"trip", "tags":["travel"]}]}"#)?;
/// assert_eq!(&*card.skills[0].id, "trip");
/// assert_eq!(&*card.interfaces[0].binding, "JSONRPC");
/// # Ok::<_, agentgateway_a2a::wire::card::BadCard>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentCard {
    /// What the agent calls itself.
    pub name: Box<str>,
    /// The agent's own version.
    pub version: Option<Box<str>>,
    /// What it can do.
    pub skills: Vec<AgentSkill>,
    /// The media types that it takes where a skill says nothing.
    pub default_input_modes: Vec<Box<str>>,
    /// The media types that it gives where a skill says nothing.
    pub default_output_modes: Vec<Box<str>>,
    /// It streams.
    pub streaming: bool,
    /// It calls back.
    pub push_notifications: bool,
    /// It has a card for those who are known to it.
    pub extended_card: bool,
    /// The extensions of the protocol that it has.
    pub extensions: Vec<AgentExtension>,
    /// Where it is reached, the preferred one first. Of a hybrid, those of v1.0 alone: they name both.
    pub interfaces: Vec<AgentInterface>,
    /// How many signatures it carries.
    pub signatures: usize,
    /// It is written as v0.3 alone writes cards.
    pub is_of_v0_3: bool,
}

/// One thing that an agent can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentSkill {
    /// Its id.
    pub id: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// What it is about.
    pub tags: Vec<Box<str>>,
    /// The media types that it takes; empty: the card's.
    pub input_modes: Vec<Box<str>>,
    /// The media types that it gives; empty: the card's.
    pub output_modes: Vec<Box<str>>,
}

/// An extension of the protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentExtension {
    /// Its name.
    pub uri: Box<str>,
    /// Clients must understand it.
    pub required: bool,
}

/// Where and how an agent is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentInterface {
    /// `JSONRPC`, `HTTP+JSON`, `GRPC`, or the URI of another binding.
    pub binding: Box<str>,
    /// The protocol's version, such as `1.0`, as it is written.
    pub version: Box<str>,
    /// The address.
    pub url: Box<str>,
    /// The tenant that calls must name.
    pub tenant: Option<Box<str>>,
}
