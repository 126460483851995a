//! Errors become the protocol's own answer: a response before headers, an event in mid-stream.
//!
//! A [`Dialect`] knows how one protocol says an error. A [`Watch`] looks at one answer while it
//! passes: it is asked what to look at, shown each event, and told the typed
//! [`End`](crate::body::End) exactly once. [`ResponseBody`] is the body that does it, without a
//! task and without a channel:
//!
//! - a frame of whole events is forwarded as the same `Bytes`; the beginning of an event whose end
//!   has not arrived is held back (a client could not dispatch it), so that an error event may be
//!   written at any moment without breaking one in half;
//! - an error of the body becomes the dialect's error event and a clean end of the body, and never
//!   the stream's end marker; a stream that ends without its marker is treated alike;
//! - so is a stream of binary messages, where the watch knows where they end and how they tell an error;
//! - any other answer that is no event stream is forwarded as it is; its error aborts it, since a status
//!   line that was sent cannot be taken back.
//!
//! [`RescueLayer`] mounts this around any service; the protocol layers use the body through
//! [`protocol`](crate::protocol).

mod body;
mod dialect;
mod events;
mod layer;
mod messages;
mod stream;
#[cfg(test)]
mod tests;
mod units;
mod watch;

pub(crate) use self::watch::has_no_body;
pub use self::{
    body::ResponseBody,
    dialect::Dialect,
    layer::{Rescue, RescueFuture, RescueLayer, Unwatched},
    watch::{Ending, Handling, Silence, Unfinished, Verdict, Watch},
};
