//! The configuration as a tree for people: class → Gateway → listeners → routes → policies, each
//! with its conditions, what fails first.
//!
//! The status page, `status` and `wait` read this one form; as JSON it goes from a running gateway
//! to the command line.

mod build;
mod configuration;
mod item;
mod stray;
#[cfg(test)]
mod tests;
mod text;

pub use self::{
    build::overview,
    configuration::Configuration,
    item::{Condition, Health, Item, Overview},
    text::{configuration_words, words},
};
