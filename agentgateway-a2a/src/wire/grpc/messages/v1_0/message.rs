//! Messages and their content.

use prost_types::Struct;

use super::Role;
use crate::wire::grpc::proto_json::proto_json;

/// One turn of a conversation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Message {
    /// The id, given by the sender.
    #[prost(string, tag = "1")]
    pub message_id: String,
    /// The conversation that it belongs to.
    #[prost(string, tag = "2")]
    pub context_id: String,
    /// The task.
    #[prost(string, tag = "3")]
    pub task_id: String,
    /// Who speaks: a number of [`Role`].
    #[prost(enumeration = "Role", tag = "4")]
    pub role: i32,
    /// The content.
    #[prost(message, repeated, tag = "5")]
    pub parts: Vec<Part>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "6")]
    pub metadata: Option<Struct>,
    /// The URIs of the extensions that had a part in it.
    #[prost(string, repeated, tag = "7")]
    pub extensions: Vec<String>,
    /// Other tasks that the message speaks of.
    #[prost(string, repeated, tag = "8")]
    pub reference_task_ids: Vec<String>,
}

proto_json!(Message {
    message_id: "messageId";
    context_id: "contextId";
    task_id: "taskId";
    role: "role" as Role;
    parts: "parts";
    metadata: "metadata";
    extensions: "extensions";
    reference_task_ids: "referenceTaskIds";
});

/// One piece of content.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Part {
    /// One of [`part::Content`].
    #[prost(oneof = "part::Content", tags = "1, 2, 3, 4")]
    pub content: Option<part::Content>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "5")]
    pub metadata: Option<Struct>,
    /// The name of the file.
    #[prost(string, tag = "6")]
    pub filename: String,
    /// The media type of the content.
    #[prost(string, tag = "7")]
    pub media_type: String,
}

/// What a [`Part`] is.
pub mod part {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Content {
        /// Text.
        #[prost(string, tag = "1")]
        Text(String),
        /// Bytes.
        #[prost(bytes = "bytes", tag = "2")]
        Raw(bytes::Bytes),
        /// Where the content is.
        #[prost(string, tag = "3")]
        Url(String),
        /// Any value of JSON.
        #[prost(message, tag = "4")]
        Data(prost_types::Value),
    }
}

proto_json!(Part {
    [content: part::Content {
        Text: "text",
        Raw: "raw",
        Url: "url",
        Data: "data",
    }]
    metadata: "metadata";
    filename: "filename";
    media_type: "mediaType";
});
