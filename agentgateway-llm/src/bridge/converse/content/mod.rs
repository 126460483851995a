//! Blocks of messages, of requests and answers.

mod read;
mod write;

pub(super) use self::{
    read::{read_blocks, read_cache},
    write::{Side, Writer, write_cache},
};
