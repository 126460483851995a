//! What explains an error, in packages of Google's.

use std::collections::BTreeMap;

use prost_types::Any;

use crate::wire::grpc::proto_json::proto_json;

/// What `grpc-status-details-bin` holds.
///
/// # Source
/// google/rpc/status.proto
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

/// Why an error occurred.
///
/// # Source
/// google/rpc/error_details.proto, as all below.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ErrorInfo {
    #[prost(string, tag = "1")]
    pub(super) reason: String,
    #[prost(string, tag = "2")]
    pub(super) domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    pub(super) metadata: BTreeMap<String, String>,
}

proto_json!(ErrorInfo {
    reason: "reason";
    domain: "domain";
    metadata: "metadata";
});

/// Which request it was.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RequestInfo {
    #[prost(string, tag = "1")]
    request_id: String,
    #[prost(string, tag = "2")]
    serving_data: String,
}

proto_json!(RequestInfo {
    request_id: "requestId";
    serving_data: "servingData";
});

/// Which fields are wrong.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    field_violations: Vec<FieldViolation>,
}

proto_json!(BadRequest {
    field_violations: "fieldViolations";
});

/// One field that is wrong.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FieldViolation {
    #[prost(string, tag = "1")]
    field: String,
    #[prost(string, tag = "2")]
    description: String,
    #[prost(string, tag = "3")]
    reason: String,
    #[prost(message, optional, tag = "4")]
    localized_message: Option<LocalizedMessage>,
}

proto_json!(FieldViolation {
    field: "field";
    description: "description";
    reason: "reason";
    localized_message: "localizedMessage";
});

/// A message in the language of a user.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LocalizedMessage {
    #[prost(string, tag = "1")]
    locale: String,
    #[prost(string, tag = "2")]
    message: String,
}

proto_json!(LocalizedMessage {
    locale: "locale";
    message: "message";
});
