//! What is measured.

mod bare;
mod gateway;
mod kind;
mod layers;
pub(crate) mod nginx;
mod role;

pub(crate) use self::{kind::Target, role::run};
