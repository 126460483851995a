//! Clients of one dialect and providers of another: the cases, and what either end says.

mod case;
mod dialect;
mod frame;
mod request;
mod script;

pub(crate) use self::{
    case::{Form, Pair},
    dialect::Dialect,
    script::Script,
};
