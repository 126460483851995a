//! Parts of contents, as requests and answers have them.

mod decode;
mod encode;
mod media;
mod result;

pub(super) use self::{
    decode::{METADATA, Reader, Side, WHOLE, arguments},
    encode::{Parts, call, is_object, text},
};
