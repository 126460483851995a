//! What a schema cannot say of an object: the rules that the CRDs write in CEL, as functions.
//!
//! Choices and conditions between the fields of one object stand in its schema instead (`x-choices`,
//! `x-rules`), so that editors know them too.
//!
//! The messages are those of the CRDs, which are what people search for; each names its field.
//! Rules on changes (a field that is immutable) have no meaning in a directory and are left out.

mod backend;
mod check;
mod filters;
mod frontend;
mod gateway;
mod grpc_route;
mod http_route;
mod parameters;
mod policies;
mod policy;
mod route;
mod sheet;
#[cfg(test)]
mod tests;

pub(super) use check::check;
use sheet::Sheet;
