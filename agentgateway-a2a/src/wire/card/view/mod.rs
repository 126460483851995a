//! A typed view of cards, for those who choose among agents.

mod read;
#[cfg(test)]
mod tests;
mod types;

pub(in crate::wire::card) use self::read::both;
pub use self::{
    read::MAX_SKILLS,
    types::{AgentCard, AgentExtension, AgentInterface, AgentSkill},
};
