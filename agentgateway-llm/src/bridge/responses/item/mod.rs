//! Items: what `input` and `output` are lists of.

mod message;
mod read;
mod reasoning;
mod write;

pub(super) use self::{
    read::{Item, call_state, carry_states, read, read_all},
    write::{
        Call, Message, Thought, arguments_of, logprobs, part, write_call, write_kept,
        write_message, write_thought,
    },
};
