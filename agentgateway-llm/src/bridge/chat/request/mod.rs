//! Requests.

mod conversation;
mod decode;
mod encode;
mod knobs;
mod media;
mod messages;
mod tools;

pub(super) use self::{
    decode::decode,
    encode::encode,
    messages::{write_called, write_signature},
};
