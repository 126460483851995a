//! HTTP/2: one connection that carries many exchanges, run as one task beside them.
//!
//! The exchanges of a connection share one task, which the application's executor runs: it holds
//! hyper's connection and the small futures that hyper would spawn for each request. Frames of answers
//! are taken from the connection by the exchange itself.
//!
//! A connection is handed out when the service's SETTINGS have come, so that a service which never
//! speaks is met by the connect deadline and by nobody who waits behind another. It ends when all who
//! could use it are gone, when it was unused for the idle timeout, or when the service leaves: by
//! GOAWAY, by closing, or by not answering a PING.

mod body;
mod driver;
mod handle;
mod preface;
mod processed;
mod settings;
mod shared;
mod tasks;
#[cfg(test)]
mod tests;

pub(super) use self::{
    body::ResponseBody,
    handle::{Failed, Streams},
    processed::not_processed,
    settings::Http2Settings,
};
use super::body::RequestBody;

/// The connection as the pool has it.
pub(super) type Http2 = Streams<RequestBody>;
