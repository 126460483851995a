//! What the parameters of a call say: ids, tenant, how the answer is wanted, and where to push.

mod parts;
mod push;
mod read;
#[cfg(test)]
mod tests;

pub use self::parts::MessageParts;
#[cfg(feature = "relay")]
pub(crate) use self::push::push_configs;
pub(crate) use self::{
    push::PushUrl,
    read::{Params, read_body, read_params},
};
