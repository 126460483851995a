//! Copies of requests for another service; the documentation is that of [`MirrorLayer`].

mod body;
mod exchange;
mod fraction;
mod layer;
mod recording;
mod service;
#[cfg(test)]
mod tests;

pub use self::{
    body::MirrorBody, exchange::Mirrored, fraction::Fraction, layer::MirrorLayer,
    service::MirrorService,
};
