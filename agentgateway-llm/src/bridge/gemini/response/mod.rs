//! Whole answers.

mod decode;
mod encode;

pub(super) use self::{
    decode::decode,
    encode::{encode, finish_message, response_id},
};
