//! Writing `messages`.

mod assistant;
mod write;

pub(super) use self::write::write;
pub(in super::super) use self::write::{write_called, write_signature};
