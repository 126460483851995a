//! A line for each exchange of a listener whose policy asks for it.

mod layer;
mod record;
mod service;
mod sink;
#[cfg(test)]
mod tests;

pub use self::{
    layer::AccessLogLayer,
    service::{AccessLog, LineEnd, ResponseBody, ResponseFuture},
};
pub(super) use self::{record::Log, sink::Sink};
