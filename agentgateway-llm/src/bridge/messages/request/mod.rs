//! Requests.

mod blocks;
mod decode;
mod encode;
mod options;
mod tools;

pub(super) use self::{
    blocks::{blocks, take_citations},
    decode::decode,
    encode::{block_members, encode},
};
