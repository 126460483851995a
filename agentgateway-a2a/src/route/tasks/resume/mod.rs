//! A stream that broke off, taken up again on the client's own stream.

mod again;
mod body;
mod retold;

pub(super) use self::{again::Again, body::Resuming};
