//! Whole answers, and what streams share with them.

mod decode;
mod encode;
mod stop;
mod usage;

pub(super) use self::{
    decode::{content, decode},
    encode::{encode, head, state_of_call, write_head},
    stop::{Stop, read_stop},
    usage::write_usage,
};
