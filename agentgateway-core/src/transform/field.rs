use std::{fmt, str::FromStr};

use http::HeaderName;

use crate::upstream::is_of_the_hop;

/// What of a request's head can be written: a header field, `:method`, `:path` (with the query) or
/// `:authority`.
///
/// `Host` is the authority by another name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestField(pub(super) OfRequest);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum OfRequest {
    Header(HeaderName),
    Method,
    Target,
    Authority,
}

/// What of an answer's head can be written: a header field, or `:status`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResponseField(pub(super) OfResponse);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum OfResponse {
    Header(HeaderName),
    Status,
}

/// The text names nothing that can be written: it is no name of a header, the field frames the message
/// or belongs to one connection, or the head has no such part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField {
    name: Box<str>,
    reason: &'static str,
}

impl InvalidField {
    fn new(name: &str, reason: &'static str) -> Self {
        Self {
            name: name.chars().take(64).collect(),
            reason,
        }
    }
}

// === impl RequestField ===

impl FromStr for RequestField {
    type Err = InvalidField;

    fn from_str(name: &str) -> Result<Self, InvalidField> {
        Ok(Self(match name {
            ":method" => OfRequest::Method,
            ":path" => OfRequest::Target,
            ":authority" => OfRequest::Authority,
            ":scheme" => {
                let reason = "is the connection's, which the endpoint decides";
                return Err(InvalidField::new(name, reason));
            }
            _ => match header(name, "is no part of a request")? {
                http::header::HOST => OfRequest::Authority,
                name => OfRequest::Header(name),
            },
        }))
    }
}

impl fmt::Display for RequestField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            OfRequest::Header(name) => name.as_str(),
            OfRequest::Method => ":method",
            OfRequest::Target => ":path",
            OfRequest::Authority => ":authority",
        })
    }
}

// === impl ResponseField ===

impl FromStr for ResponseField {
    type Err = InvalidField;

    fn from_str(name: &str) -> Result<Self, InvalidField> {
        Ok(Self(match name {
            ":status" => OfResponse::Status,
            _ => OfResponse::Header(header(name, "is no part of an answer")?),
        }))
    }
}

impl fmt::Display for ResponseField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            OfResponse::Header(name) => name.as_str(),
            OfResponse::Status => ":status",
        })
    }
}

// === impl InvalidField ===

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.name, self.reason)
    }
}

impl std::error::Error for InvalidField {}

fn header(name: &str, no_part: &'static str) -> Result<HeaderName, InvalidField> {
    if name.starts_with(':') {
        return Err(InvalidField::new(name, no_part));
    }
    let found = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| InvalidField::new(name, "is no name of a header"))?;
    if is_of_the_hop(&found) {
        let reason = "says where a message ends, or belongs to one connection";
        return Err(InvalidField::new(name, reason));
    }
    Ok(found)
}
