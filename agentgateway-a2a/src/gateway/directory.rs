//! One card for all agents.

use agentgateway_core::{
    Error,
    json::{self, quote, slice_of, with_members},
};
use bytes::Bytes;

use super::root::Member;
use crate::{
    A2aBinding, A2aVersion, PublicUrl,
    bridge::KnownCard,
    policy::card::{Place, Signatures, unreadable},
    wire::card::{AgentCard, AgentSkill, Interface, MAX_CARD_BYTES, MAX_SKILLS, Offer, project},
};

/// How much of a card's length is left to all but its skills.
const REST_BYTES: usize = 256 * 1024;

/// The card: a skill of it is `agent/skill`, an interface is one of an agent's, with its name as the tenant.
///
/// Of an agent whose card is not known, or is refused by its layer's check, the interfaces are listed alone.
/// Skills that would make it longer than clients read are left out, and that is logged.
///
/// # Errors
/// There are so many agents that their interfaces alone are longer than a card may be.
pub(super) fn card(
    agents: &[(&Member, Option<KnownCard>)],
    url: &PublicUrl,
    (prefix, title): (&str, &(String, String)),
    has_default: bool,
) -> Result<Bytes, Error> {
    let mut skills = Skills::default();
    let (mut streaming, mut pushes) = (false, false);
    for (member, known) in agents {
        let Some(known) = known else { continue };
        match served(member, known, url, prefix) {
            Ok((text, card)) => {
                streaming |= card.streaming;
                pushes |= card.push_notifications;
                skills.take(&member.name, &text, &card)?;
            }
            Err(error) => {
                let agent = &*member.name;
                tracing::warn!(agent, %error, "its card is not in the directory");
            }
        }
    }
    let (name, description) = (quote(&title.0), quote(&title.1));
    let text = format!(
        r#"{{"name":{name},"description":{description},"version":"1","capabilities":{{"streaming":{streaming},"pushNotifications":{pushes}}},"defaultInputModes":["text/plain"],"defaultOutputModes":["text/plain"],"skills":[{}]}}"#,
        skills.list.join(",")
    );
    let names = agents.iter().map(|(member, _)| &*member.name);
    let offer = offer(names, url, has_default);
    project(&Bytes::from(text), &offer, |_| ()).map_err(unreadable)
}

/// An agent's card as its own layer serves it, without a signature.
fn served(
    member: &Member,
    known: &KnownCard,
    url: &PublicUrl,
    prefix: &str,
) -> Result<(Bytes, AgentCard), Error> {
    let own = url
        .below(&format!("{prefix}/{}", member.name))
        .map_err(unreadable)?;
    let policy = member.layer.cards().clone().signatures(Signatures::Strip);
    let card = policy.serve(known.text(), &Place::new(Some(&own)))?.card;
    let read = AgentCard::parse(&card).map_err(unreadable)?;
    Ok((card, read))
}

fn offer<'a>(names: impl Iterator<Item = &'a str>, url: &PublicUrl, has_default: bool) -> Offer {
    let bindings = [
        A2aBinding::JsonRpc,
        A2aBinding::HttpJson,
        #[cfg(feature = "grpc")]
        A2aBinding::Grpc,
    ];
    let mut offer = Offer::new(url.clone());
    let of = |binding: A2aBinding, version: A2aVersion| {
        Interface::new(binding.as_str(), version.as_str())
    };
    for name in names {
        for binding in bindings {
            offer = offer.interface(of(binding, A2aVersion::V1_0).tenant(name));
        }
    }
    if has_default {
        for binding in bindings {
            offer = offer.interface(of(binding, A2aVersion::V0_3));
        }
    }
    offer
}

#[derive(Default)]
struct Skills {
    list: Vec<String>,
    bytes: usize,
}

impl Skills {
    fn take(&mut self, agent: &str, text: &Bytes, card: &AgentCard) -> Result<(), Error> {
        let [skills] = json::members(text, ["skills"]).map_err(unreadable)?;
        let Some(skills) = skills.filter(|list| !json::is_null(*list)) else {
            return Ok(());
        };
        let mut written = Vec::new();
        let mut known = card.skills.iter();
        json::elements(skills, |skill| {
            let own = slice_of(text, skill);
            written.extend(
                own.zip(known.next())
                    .map(|(own, skill)| renamed(agent, &own, skill, card)),
            );
        })
        .map_err(unreadable)?;
        for skill in written {
            let skill = skill?;
            let fits = self.bytes + skill.len() < MAX_CARD_BYTES - REST_BYTES;
            if !fits || self.list.len() == MAX_SKILLS {
                tracing::warn!(
                    agent,
                    "the directory is full: some of its skills are left out"
                );
                return Ok(());
            }
            self.bytes += skill.len() + 1;
            self.list.push(skill);
        }
        Ok(())
    }
}

/// A skill as the directory lists it: with the agent's name, and with the media types that its card has for it.
///
/// What it says of security names schemes of the agent's card.
fn renamed(
    agent: &str,
    text: &Bytes,
    skill: &AgentSkill,
    card: &AgentCard,
) -> Result<String, Error> {
    let id = quote(&format!("{agent}/{}", skill.id));
    let mut changes = vec![
        ("id", Some(id.into())),
        ("security", None),
        ("securityRequirements", None),
        ("security_requirements", None),
    ];
    for (camel, snake, own, default) in [
        (
            "inputModes",
            "input_modes",
            &skill.input_modes,
            &card.default_input_modes,
        ),
        (
            "outputModes",
            "output_modes",
            &skill.output_modes,
            &card.default_output_modes,
        ),
    ] {
        let modes = if own.is_empty() { default } else { own };
        let modes: Vec<_> = modes.iter().map(|mode| quote(mode)).collect();
        let modes = format!("[{}]", modes.join(","));
        changes.extend([(camel, Some(modes.into())), (snake, None)]);
    }
    let written = with_members(text, &changes).map_err(unreadable)?;
    String::from_utf8(written.into()).map_err(unreadable)
}
