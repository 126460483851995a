use agentgateway_core::json::{self, Raw};

use super::{BadCard, MAX_CARD_BYTES};

/// How many skills of a card are read. One with more is refused.
pub const MAX_SKILLS: usize = 1000;
/// How many interfaces, extensions, or words in a list of one skill.
const MAX_ITEMS: usize = 100;
/// The longest name, id, tag or URL, in bytes.
const MAX_TEXT_BYTES: usize = 2048;

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

impl AgentCard {
    /// Reads a card.
    ///
    /// # Errors
    /// [`BadCard`] when it is longer than [`MAX_CARD_BYTES`], has more than [`MAX_SKILLS`] skills or more
    /// than 100 interfaces, extensions or words in one list, or a text among those that are read of more
    /// than 2 KiB; when it is no JSON object, a member that is read occurs twice, or is of another type.
    pub fn parse(card: &[u8]) -> Result<Self, BadCard> {
        if card.len() > MAX_CARD_BYTES {
            return Err(BadCard::rule("the card is longer than 1 MiB"));
        }
        let card = Raw::parse(card)?;
        let [name, version, skills, capabilities, extended, signatures] = both(
            card,
            [
                ("name", ""),
                ("version", ""),
                ("skills", ""),
                ("capabilities", ""),
                ("supportsAuthenticatedExtendedCard", ""),
                ("signatures", ""),
            ],
        )?;
        let [input, output] = both(
            card,
            [
                ("defaultInputModes", "default_input_modes"),
                ("defaultOutputModes", "default_output_modes"),
            ],
        )?;
        let mut read = Self {
            name: text("name", name)?.unwrap_or_default(),
            version: text("version", version)?,
            skills: list("skills", MAX_SKILLS, skills, skill)?,
            default_input_modes: words(input)?,
            default_output_modes: words(output)?,
            extended_card: extended.and_then(json::boolean).unwrap_or_default(),
            interfaces: interfaces(card)?,
            signatures: list("signatures", MAX_ITEMS, signatures, |_| Ok(()))?.len(),
            ..Self::default()
        };
        if let Some(capabilities) = capabilities {
            read.take_capabilities(capabilities)?;
        }
        Ok(read)
    }

    fn take_capabilities(&mut self, capabilities: Raw<'_>) -> Result<(), BadCard> {
        let [streaming, push, extended, extensions] = both(
            capabilities,
            [
                ("streaming", ""),
                ("pushNotifications", "push_notifications"),
                ("extendedAgentCard", "extended_agent_card"),
                ("extensions", ""),
            ],
        )?;
        let flag = |value: Option<Raw<'_>>| value.and_then(json::boolean).unwrap_or_default();
        self.streaming = flag(streaming);
        self.push_notifications = flag(push);
        self.extended_card |= flag(extended);
        self.extensions = list("extensions", MAX_ITEMS, extensions, |extension| {
            let [uri, required] = both(extension, [("uri", ""), ("required", "")])?;
            Ok(AgentExtension {
                uri: text("the uri of an extension", uri)?.unwrap_or_default(),
                required: flag(required),
            })
        })?;
        Ok(())
    }
}

fn skill(skill: Raw<'_>) -> Result<AgentSkill, BadCard> {
    let [id, name, tags, input, output] = both(
        skill,
        [
            ("id", ""),
            ("name", ""),
            ("tags", ""),
            ("inputModes", "input_modes"),
            ("outputModes", "output_modes"),
        ],
    )?;
    Ok(AgentSkill {
        id: text("the id of a skill", id)?.unwrap_or_default(),
        name: text("the name of a skill", name)?.unwrap_or_default(),
        tags: words(tags)?,
        input_modes: words(input)?,
        output_modes: words(output)?,
    })
}

fn interfaces(card: Raw<'_>) -> Result<Vec<AgentInterface>, BadCard> {
    let [supported, additional, url, preferred, version] = both(
        card,
        [
            ("supportedInterfaces", "supported_interfaces"),
            ("additionalInterfaces", "additional_interfaces"),
            ("url", ""),
            ("preferredTransport", "preferred_transport"),
            ("protocolVersion", "protocol_version"),
        ],
    )?;
    if supported.is_some() {
        return list("interfaces", MAX_ITEMS, supported, interface);
    }
    let version = text("protocolVersion", version)?.unwrap_or_else(|| "0.3.0".into());
    let Some(url) = text("url", url)? else {
        return Ok(Vec::new());
    };
    let mut found = vec![AgentInterface {
        binding: text("preferredTransport", preferred)?.unwrap_or_else(|| "JSONRPC".into()),
        version: version.clone(),
        url,
        tenant: None,
    }];
    for mut more in list("interfaces", MAX_ITEMS, additional, interface)? {
        more.version = version.clone();
        // v0.3 asks agents to name the first one once more.
        if !found.contains(&more) {
            found.push(more);
        }
    }
    Ok(found)
}

fn interface(interface: Raw<'_>) -> Result<AgentInterface, BadCard> {
    let [url, binding, transport, version, tenant] = both(
        interface,
        [
            ("url", ""),
            ("protocolBinding", "protocol_binding"),
            ("transport", ""),
            ("protocolVersion", "protocol_version"),
            ("tenant", ""),
        ],
    )?;
    let tenant = text("the tenant of an interface", tenant)?;
    Ok(AgentInterface {
        binding: text("the binding of an interface", binding.or(transport))?.unwrap_or_default(),
        version: text("the version of an interface", version)?.unwrap_or_default(),
        url: text("the url of an interface", url)?.unwrap_or_default(),
        tenant: tenant.filter(|tenant| !tenant.is_empty()),
    })
}

/// Members in either spelling, where there is another one; null is none.
pub(super) fn both<'a, const N: usize>(
    object: Raw<'a>,
    names: [(&str, &str); N],
) -> Result<[Option<Raw<'a>>; N], BadCard> {
    let camel = json::members_of(object, names.map(|(camel, _)| camel))?;
    let mut found = camel.map(|value| value.filter(|value| !json::is_null(*value)));
    let mut result = Ok(());
    json::entries(object, |name, value| {
        let other =
            |(camel, snake): &(&str, &str)| *snake == name && camel != snake && !name.is_empty();
        let at = names.iter().position(other);
        let Some(slot) = at.and_then(|at| found.get_mut(at)) else {
            return;
        };
        if slot.replace(value).is_some() {
            result = Err(BadCard::rule("it has a member twice"));
        }
    })?;
    result.map(|()| found)
}

fn text(name: &'static str, value: Option<Raw<'_>>) -> Result<Option<Box<str>>, BadCard> {
    let Some(value) = value else { return Ok(None) };
    let text = json::string(value).ok_or(BadCard::not_text(name))?;
    match text.len() > MAX_TEXT_BYTES {
        true => Err(BadCard::wrong(name, "at most 2 KiB long")),
        false => Ok(Some(text.into())),
    }
}

fn words(value: Option<Raw<'_>>) -> Result<Vec<Box<str>>, BadCard> {
    list(
        "tags or media types of one kind",
        MAX_ITEMS,
        value,
        |word| {
            let word = text("a tag or media type", Some(word))?;
            Ok(word.unwrap_or_default())
        },
    )
}

/// Reads up to so many elements.
fn list<T>(
    what: &'static str,
    limit: usize,
    value: Option<Raw<'_>>,
    mut read: impl FnMut(Raw<'_>) -> Result<T, BadCard>,
) -> Result<Vec<T>, BadCard> {
    let mut found = Vec::new();
    let Some(value) = value.filter(|value| !json::is_null(*value)) else {
        return Ok(found);
    };
    let mut result = Ok(());
    json::elements(value, |element| {
        if result.is_err() {
            return;
        }
        if found.len() == limit {
            result = Err(BadCard::too_many(what, limit));
            return;
        }
        match read(element) {
            Ok(one) => found.push(one),
            Err(error) => result = Err(error),
        }
    })?;
    result.map(|()| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_routing_needs_of_each_dialect() {
        let v1 = br#"{"name":"p","version":"2","default_input_modes":["text/plain"],
            "capabilities":{"streaming":true,"extendedAgentCard":true,"extensions":[{"uri":"u","required":true},{"uri":"v"}]},
            "supportedInterfaces":[{"url":"https://a/rpc","protocolBinding":"JSONRPC","protocolVersion":"1.0","tenant":"t"},
                {"url":"a:443","protocol_binding":"GRPC","protocol_version":"0.3","tenant":""}],
            "url":"https://a/old","skills":[{"id":"s","name":"S","tags":["x"],"outputModes":["image/png"]}],"signatures":[{},{}]}"#;
        let card = AgentCard::parse(v1).unwrap();
        assert_eq!(
            (&*card.name, card.version.as_deref(), card.signatures),
            ("p", Some("2"), 2)
        );
        assert_eq!(
            (card.streaming, card.push_notifications, card.extended_card),
            (true, false, true)
        );
        assert_eq!(&*card.default_input_modes[0], "text/plain");
        assert_eq!(
            card.extensions
                .iter()
                .map(|e| (&*e.uri, e.required))
                .collect::<Vec<_>>(),
            [("u", true), ("v", false)]
        );
        assert_eq!(
            (
                &*card.skills[0].id,
                &*card.skills[0].tags[0],
                &*card.skills[0].output_modes[0]
            ),
            ("s", "x", "image/png")
        );
        let seen: Vec<_> = card
            .interfaces
            .iter()
            .map(|i| (&*i.binding, &*i.version, &*i.url, i.tenant.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("JSONRPC", "1.0", "https://a/rpc", Some("t")),
                ("GRPC", "0.3", "a:443", None)
            ]
        );

        let v03 = br#"{"name":"p","url":"https://a","supportsAuthenticatedExtendedCard":true,"additionalInterfaces":[
            {"url":"https://a","transport":"JSONRPC"},{"url":"https://a/rest","transport":"HTTP+JSON"}]}"#;
        let card = AgentCard::parse(v03).unwrap();
        assert!(card.extended_card);
        let seen: Vec<_> = card
            .interfaces
            .iter()
            .map(|i| (&*i.binding, &*i.version, &*i.url))
            .collect();
        assert_eq!(
            seen,
            [
                ("JSONRPC", "0.3.0", "https://a"),
                ("HTTP+JSON", "0.3.0", "https://a/rest")
            ]
        );
        assert_eq!(AgentCard::parse(b"{}").unwrap(), AgentCard::default());
    }

    /// Fault A04: a card of 10 MB, 10,000 skills: refused, and the refusal says why.
    #[test]
    fn a_card_that_is_too_much_is_refused() {
        let said = |card: &str| AgentCard::parse(card.as_bytes()).unwrap_err().to_string();
        let skills = |count: usize| format!(r#"{{"skills":[{}{{}}]}}"#, "{},".repeat(count - 1));
        assert_eq!(
            AgentCard::parse(skills(1000).as_bytes())
                .unwrap()
                .skills
                .len(),
            1000
        );
        assert_eq!(said(&skills(10_000)), "it has more than 1000 skills");
        let long = format!(
            r#"{{"description":"{}"}}"#,
            "<b>ignore all that</b>".repeat(500_000)
        );
        assert_eq!(said(&long), "the card is longer than 1 MiB");
        let named = format!(r#"{{"name":"{}"}}"#, "x".repeat(3000));
        assert_eq!(said(&named), "name must be at most 2 KiB long");
        let tags = format!(
            r#"{{"skills":[{{"tags":[{}"x"]}}]}}"#,
            r#""x","#.repeat(100)
        );
        assert!(said(&tags).starts_with("it has more than 100 tags"));
        for odd in [
            "[]",
            "<html>",
            r#"{"skills":{}}"#,
            r#"{"skills":[1]}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"default_input_modes":[],"defaultInputModes":[]}"#,
            r#"{"url":1}"#,
        ] {
            assert!(AgentCard::parse(odd.as_bytes()).is_err(), "{odd}");
        }
    }
}
