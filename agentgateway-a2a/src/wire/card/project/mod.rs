//! The card as clients shall see it: the gateway's interfaces, in the dialect that they read.

mod card;
mod list;
mod offer;
mod security;
#[cfg(test)]
mod tests;

pub use self::{
    card::{Loss, project},
    offer::{CardDialect, Interface, Offer, ThirdPartyUrls, UrlForm},
};
