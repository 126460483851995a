//! Reading answers: usage, ids, finish reasons, errors and the end marker of each dialect.

mod anthropic;
mod chat;
mod converse;
mod facts;
mod gemini;
mod names;
mod reader;
mod relayed;
mod rerank;
mod responses;

pub(crate) use self::{
    names::Names,
    reader::{Answer, Seen},
    relayed::Relayed,
};
