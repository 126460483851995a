//! The names, paths, envelopes and error forms of the dialects. Pure: nothing here does I/O.
//!
//! Requests are looked at through borrowed views and edited by ranges; answers are read event by
//! event, and only the events that tell something are parsed.

mod answer;
mod counts;
mod dialect;
mod error;
pub(crate) mod event_stream;
mod keep_alive;
mod path;
mod request;
mod scan;
mod wait;

pub use self::dialect::{LlmDialect, LlmOperation};
pub(crate) use self::{
    answer::{Answer, Names, Relayed, Seen},
    counts::Counts,
    error::{
        event as error_event, frame as error_frame, openai_type, refuse,
        response as error_response, write_exception_of,
    },
    keep_alive::keep_alive,
    path::{Target, target},
    request::{Asked, Places, StreamOptions, read as read_request, read_places},
    wait::wait,
};
