use std::sync::Arc;

use agentgateway_core::{Error, ErrorKind};

use super::Wanted;
use crate::wire::card::AgentCard;

/// An agent that may be chosen.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: Arc<str>,
    /// Its card, where it is known and was asked for.
    pub(crate) card: Option<Arc<AgentCard>>,
}

/// What a call says of the agent that it is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) tenant: Option<&'a str>,
    /// The header `x-a2a-skill`.
    pub(crate) hint: Option<&'a str>,
    pub(crate) wanted: Option<&'a Wanted>,
    /// The agent of those who say nothing, by its place.
    pub(crate) default: Option<usize>,
}

/// The agent, by its place, and what it is told of the tenant where the tenant chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) agent: usize,
    pub(crate) tenant: Option<Option<Box<str>>>,
}

/// The agent that a call is for: by tenant, by skill, by what is wanted, by default, in this order.
///
/// # Errors
/// Nothing names one, or what does names none, several, or others than something else does.
pub(crate) fn choose(agents: &[Candidate], asked: &Asked<'_>) -> Result<Chosen, Error> {
    let by_tenant = asked.tenant.map(|tenant| of_tenant(agents, tenant));
    let by_tenant = by_tenant.transpose()?;
    if let (Some(hint), Some(chosen)) = (asked.hint, &by_tenant) {
        let agent = agents.get(chosen.agent);
        if !agent.is_some_and(|agent| may_have(agents, agent, hint)) {
            let message = "the tenant and x-a2a-skill name different agents; name one of them";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
    }
    if let Some(chosen) = by_tenant {
        return Ok(chosen);
    }
    let agent = match (asked.hint, asked.wanted, asked.default) {
        (Some(hint), ..) => of_skill(agents, hint)?,
        (None, Some(wanted), _) => of_card(agents, wanted)?,
        (None, None, Some(default)) => default,
        (None, None, None) => return Err(none_named()),
    };
    Ok(Chosen {
        agent,
        tenant: None,
    })
}

/// The agent's name in a hint that has one: `agent/skill`.
pub(crate) fn hinted_name<'a>(
    mut names: impl Iterator<Item = &'a str>,
    hint: &'a str,
) -> Option<(&'a str, &'a str)> {
    let (name, skill) = hint.split_once('/')?;
    names.any(|known| known == name).then_some((name, skill))
}

fn split<'a>(agents: &'a [Candidate], hint: &'a str) -> Option<(&'a str, &'a str)> {
    hinted_name(agents.iter().map(|agent| &*agent.name), hint)
}

fn of_tenant(agents: &[Candidate], tenant: &str) -> Result<Chosen, Error> {
    let (name, rest) = match tenant.split_once('/') {
        Some((name, rest)) => (name, Some(rest)),
        None => (tenant, None),
    };
    let Some(agent) = agents.iter().position(|agent| &*agent.name == name) else {
        let message = "the tenant names no agent that is here: it must be the agent's name, \
             or the name, a slash and the agent's own tenant";
        return Err(Error::new(ErrorKind::NotFound, message));
    };
    let own = rest.filter(|rest| !rest.is_empty());
    Ok(Chosen {
        agent,
        tenant: Some(own.map(Box::from)),
    })
}

fn of_skill(agents: &[Candidate], hint: &str) -> Result<usize, Error> {
    if let Some((name, skill)) = split(agents, hint) {
        let named = agents.iter().position(|agent| &*agent.name == name);
        let has = |at: &usize| {
            agents
                .get(*at)
                .is_some_and(|agent| knows(agent, skill) != Some(false))
        };
        if let Some(agent) = named.filter(has) {
            return Ok(agent);
        }
    }
    let mut having = agents
        .iter()
        .enumerate()
        .filter(|(_, agent)| knows(agent, hint) == Some(true));
    match (having.next(), having.next()) {
        (Some((agent, _)), None) => Ok(agent),
        (Some((_, one)), Some((_, other))) => {
            let message = format!(
                "the agents {:?} and {:?} both have the skill that x-a2a-skill names; \
                 write {}/ before it, or {}/",
                one.name, other.name, one.name, other.name
            );
            Err(Error::new(ErrorKind::InvalidRequest, message))
        }
        (None, _) if agents.iter().any(|agent| agent.card.is_none()) => {
            let message = "no agent whose card is known has the skill that x-a2a-skill names, \
                 and not all cards can be read now";
            Err(Error::new(ErrorKind::Unavailable, message))
        }
        (None, _) => {
            let message = "no agent here has the skill that x-a2a-skill names";
            Err(Error::new(ErrorKind::NotFound, message))
        }
    }
}

fn of_card(agents: &[Candidate], wanted: &Wanted) -> Result<usize, Error> {
    let meets = |agent: &Candidate| {
        let card = agent.card.as_ref();
        card.is_some_and(|card| wanted.is_met_by(card))
    };
    agents.iter().position(meets).ok_or_else(|| {
        let message = "no agent here has what is wanted";
        Error::new(ErrorKind::NotFound, message)
    })
}

/// Whether the card has a skill of this id; `None` while the card is not known.
fn knows(agent: &Candidate, skill: &str) -> Option<bool> {
    let card = agent.card.as_ref()?;
    Some(card.skills.iter().any(|known| &*known.id == skill))
}

/// Whether a hint can mean this agent.
fn may_have(agents: &[Candidate], agent: &Candidate, hint: &str) -> bool {
    match split(agents, hint) {
        Some((name, skill)) if *name == *agent.name => knows(agent, skill) != Some(false),
        Some(_) => knows(agent, hint) == Some(true),
        None => knows(agent, hint) != Some(false),
    }
}

fn none_named() -> Error {
    let message = "several agents are here: name one by the tenant, by the header x-a2a-skill, \
         or by the agent's own path";
    Error::new(ErrorKind::InvalidRequest, message)
}
