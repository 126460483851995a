//! From a host's name to its addresses.

mod answer;
mod system;

pub use self::{
    answer::{Answer, Resolve, Resolving},
    system::SystemResolver,
};
