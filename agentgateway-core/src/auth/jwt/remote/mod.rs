mod discovery;
mod failure;
mod fetch;
mod keys;
mod look;
mod standing;
mod state;

pub(super) use self::look::{Look, Waiting, unavailable};
pub use self::{failure::KeysFailure, keys::RemoteKeys, standing::KeysStanding};
