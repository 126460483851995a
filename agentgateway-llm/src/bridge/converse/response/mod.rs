//! Whole answers, and what they share with streams.

mod decode;
mod encode;
mod stop;
mod usage;

pub(super) use self::{
    decode::decode,
    encode::encode,
    stop::{read_stop, write_stop},
    usage::write_usage,
};
