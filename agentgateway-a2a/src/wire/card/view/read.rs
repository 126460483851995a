use agentgateway_core::json::{self, Raw};

use super::{AgentCard, AgentExtension, AgentInterface, AgentSkill};
use crate::wire::card::{BadCard, MAX_CARD_BYTES};

/// How many skills of a card are read. One with more is refused.
pub const MAX_SKILLS: usize = 1000;
/// How many interfaces, extensions, or words in a list of one skill.
const MAX_ITEMS: usize = 100;
/// The longest name, id, tag or URL, in bytes.
const MAX_TEXT_BYTES: usize = 2048;

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
        let [supported] = both(card, [("supportedInterfaces", "supported_interfaces")])?;
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
        read.is_of_v0_3 = supported.is_none() && !read.interfaces.is_empty();
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
pub(in crate::wire::card) fn both<'a, const N: usize>(
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
        let slot = at.and_then(|at| found.get_mut(at));
        let Some(slot) = slot.filter(|_| !json::is_null(value)) else {
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
