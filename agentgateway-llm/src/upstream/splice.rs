use agentgateway_core::{
    Error, ErrorKind,
    json::{self, Pieces, Splice},
};
use bytes::Bytes;

use crate::wire::{Places, StreamOptions};

const INCLUDE_USAGE: &str = "include_usage";

/// What is changed in a body.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edits<'a> {
    /// The model to be asked for.
    pub(super) model: Option<&'a str>,
    /// The usage is to be told.
    pub(super) inject_usage: bool,
}

impl Edits<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.model.is_none() && !self.inject_usage
    }

    /// Makes the edits, each in its own range.
    pub(super) fn apply(&self, body: Bytes, places: &Places) -> Result<Pieces, Error> {
        let mut splice = Splice::new(body);
        if let (Some(model), Some(range)) = (self.model, &places.model) {
            splice = splice.replace(range.clone(), json::quote(model));
        }
        if self.inject_usage {
            splice = inject_usage(splice, places);
        }
        splice.finish().map_err(|error| {
            Error::new(ErrorKind::Internal, "the request body could not be edited")
                .with_source(error)
        })
    }
}

fn inject_usage(splice: Splice, places: &Places) -> Splice {
    let options = || format!("{{\"{INCLUDE_USAGE}\":true}}");
    match &places.stream_options {
        StreamOptions::Absent => {
            splice.add_member(places.object.clone(), "stream_options", options())
        }
        StreamOptions::Null(range) => splice.replace(range.clone(), options()),
        StreamOptions::Object {
            include_usage: Some((_, true)),
            ..
        } => splice,
        StreamOptions::Object {
            include_usage: Some((range, false)),
            ..
        } => splice.replace(range.clone(), "true"),
        StreamOptions::Object {
            object,
            include_usage: None,
        } => splice.add_member(object.clone(), INCLUDE_USAGE, "true"),
    }
}
