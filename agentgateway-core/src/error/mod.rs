//! The one error that crosses rooms, and how foreign errors become it.
//!
//! Anything inside a protocol layer may fail with a [`BoxError`]. [`Error::from_boxed`] finds out
//! what it means (walking `source()`), and the layer's [`Dialect`](crate::rescue::Dialect) says it
//! to the client in the protocol's own form.

mod classify;
mod kind;
mod retry_after;
mod value;

pub use self::{
    kind::{ErrorKind, Origin},
    retry_after::retry_after,
    value::{BoxError, Error},
};
