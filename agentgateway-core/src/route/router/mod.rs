//! The choice of a rule for a request; the documentation is that of [`Router`].

mod builder;
mod find;
mod table;
#[cfg(test)]
mod tests;

pub use self::{
    builder::RouterBuilder,
    find::{Found, Router},
};
