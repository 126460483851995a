//! Streams in the canonical form: [events](Event), and the sans-IO machines that read and write them.
//!
//! # The grammar
//! Decoders keep it and encoders rely on it; [`Grammar`] checks it.
//!
//! 1. [`Event::Start`] comes first, once.
//! 2. A block is [`BlockStart`](Event::BlockStart), any number of [`Delta`](Event::Delta)s and one
//!    [`BlockStop`](Event::BlockStop), all of one index. Indexes rise from 0 by one over the whole answer, whichever
//!    choice a block belongs to. Within one choice a block stops before the next one starts.
//! 3. [`Event::Usage`] may come at any time: it holds all that is known by then, and takes the place of an earlier
//!    one.
//! 4. [`Event::Stop`] comes once for each choice, behind its blocks.
//! 5. [`Event::End`] comes last: the provider's end marker was seen. Without it the stream is not complete.
//! 6. [`Event::Fault`] may come at any time behind or before the start, and nothing follows it.
//! 7. [`Event::Ping`] may come anywhere.

mod collect;
mod event;
mod grammar;
mod machine;
mod replay;
mod sse;

pub(in crate::bridge) use self::replay::tell;
pub(crate) use self::sse::{SseReader, write_event};
pub use self::{
    collect::Collect,
    event::{BlockKind, Delta, Event, Start},
    grammar::{BrokenGrammar, Grammar},
    machine::{CodecError, EventSink, StreamDecoder, StreamEncoder},
    replay::replay,
};
