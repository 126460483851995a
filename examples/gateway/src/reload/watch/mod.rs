//! How a change is noticed: the system's word where it gives one, and a look now and then.

mod eyes;
mod places;
mod settings;
mod signals;
#[cfg(test)]
mod tests;

pub use self::settings::Watch;
pub(super) use self::{
    eyes::Eyes,
    signals::{Settled, Signals},
};
