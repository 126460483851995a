//! What the parameters of a call say: ids, tenant, and how the answer is wanted.

mod parts;
mod read;
#[cfg(test)]
mod tests;

pub use self::parts::MessageParts;
pub(crate) use self::read::{Params, read_body, read_params};
