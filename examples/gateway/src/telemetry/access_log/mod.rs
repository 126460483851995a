//! A line for each exchange of a listener whose policy asks for it.

mod fields;
mod layer;
mod outcome;
mod record;
mod service;
#[cfg(test)]
mod tests;

pub(super) use self::record::Log;
pub use self::{
    layer::AccessLogLayer,
    outcome::Outcome,
    service::{AccessLog, LineEnd, ResponseBody, ResponseFuture},
};
