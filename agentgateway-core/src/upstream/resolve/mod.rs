//! From a host's name to its addresses.

mod answer;
mod cached;
mod memory;
mod system;
#[cfg(test)]
mod tests;

pub use self::{
    answer::{Addresses, Resolve, Resolving},
    cached::CachedResolver,
    system::SystemResolver,
};
