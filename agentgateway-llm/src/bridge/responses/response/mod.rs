//! Whole answers, read and written.

mod decode;
mod encode;
mod object;
mod stop;
mod usage;

pub(super) use self::{
    decode::{Head, decode},
    encode::encode,
    object::{Answer, write as write_object},
    stop::{Ending, stop_of},
};
