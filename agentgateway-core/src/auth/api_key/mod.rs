mod key;
mod keys;

pub use self::{
    key::{ApiKey, InvalidApiKey},
    keys::ApiKeys,
};
