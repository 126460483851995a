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
    pub content: Vec<Part>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "6")]
    pub metadata: Option<Struct>,
    /// The URIs of the extensions that had a part in it.
    #[prost(string, repeated, tag = "7")]
    pub extensions: Vec<String>,
}

proto_json!(Message {
    message_id: "messageId";
    context_id: "contextId";
    task_id: "taskId";
    role: "role" as Role;
    content: "content";
    metadata: "metadata";
    extensions: "extensions";
});

/// One piece of content.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Part {
    /// One of [`part::Part`].
    #[prost(oneof = "part::Part", tags = "1, 2, 3")]
    pub part: Option<part::Part>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "4")]
    pub metadata: Option<Struct>,
}

/// What a [`Part`] is.
pub mod part {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Part {
        /// Text.
        #[prost(string, tag = "1")]
        Text(String),
        /// A file.
        #[prost(message, tag = "2")]
        File(super::FilePart),
        /// Data.
        #[prost(message, tag = "3")]
        Data(super::DataPart),
    }
}

proto_json!(Part {
    [part: part::Part {
        Text: "text",
        File: "file",
        Data: "data",
    }]
    metadata: "metadata";
});

/// A file, by its place or by its bytes.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FilePart {
    /// One of [`file_part::File`].
    #[prost(oneof = "file_part::File", tags = "1, 2")]
    pub file: Option<file_part::File>,
    /// The media type of the file.
    #[prost(string, tag = "3")]
    pub mime_type: String,
    /// The name.
    #[prost(string, tag = "4")]
    pub name: String,
}

/// What a [`FilePart`] is.
pub mod file_part {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum File {
        /// Where the file is.
        #[prost(string, tag = "1")]
        FileWithUri(String),
        /// The bytes of the file.
        #[prost(bytes = "bytes", tag = "2")]
        FileWithBytes(bytes::Bytes),
    }
}

proto_json!(FilePart {
    [file: file_part::File {
        FileWithUri: "fileWithUri",
        FileWithBytes: "fileWithBytes",
    }]
    mime_type: "mimeType";
    name: "name";
});

/// An object of JSON.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DataPart {
    /// The object.
    #[prost(message, optional, tag = "1")]
    pub data: Option<Struct>,
}

proto_json!(DataPart {
    data: "data";
});
