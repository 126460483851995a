//! Tasks and what becomes of them.

use prost_types::{Struct, Timestamp};

use super::{Message, Part};
use crate::wire::grpc::proto_json::{enum_names, proto_json};

/// The states of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum TaskState {
    /// Not said.
    Unspecified = 0,
    /// Taken up, not begun.
    Submitted = 1,
    /// Being worked on.
    Working = 2,
    /// Done.
    Completed = 3,
    /// Failed.
    Failed = 4,
    /// Canceled before it was done.
    Canceled = 5,
    /// Waits for more input.
    InputRequired = 6,
    /// Not taken up.
    Rejected = 7,
    /// Waits for a credential.
    AuthRequired = 8,
}

enum_names!(TaskState {
    Unspecified: "TASK_STATE_UNSPECIFIED",
    Submitted: "TASK_STATE_SUBMITTED",
    Working: "TASK_STATE_WORKING",
    Completed: "TASK_STATE_COMPLETED",
    Failed: "TASK_STATE_FAILED",
    Canceled: "TASK_STATE_CANCELED" | "TASK_STATE_CANCELLED",
    InputRequired: "TASK_STATE_INPUT_REQUIRED",
    Rejected: "TASK_STATE_REJECTED",
    AuthRequired: "TASK_STATE_AUTH_REQUIRED",
});

/// One piece of work of an agent.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Task {
    /// The id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// The conversation that it belongs to.
    #[prost(string, tag = "2")]
    pub context_id: String,
    /// The status of the task.
    #[prost(message, optional, tag = "3")]
    pub status: Option<TaskStatus>,
    /// What the task brought about.
    #[prost(message, repeated, tag = "4")]
    pub artifacts: Vec<Artifact>,
    /// The messages of the task so far.
    #[prost(message, repeated, tag = "5")]
    pub history: Vec<Message>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "6")]
    pub metadata: Option<Struct>,
}

proto_json!(Task {
    id: "id";
    context_id: "contextId";
    status: "status";
    artifacts: "artifacts";
    history: "history";
    metadata: "metadata";
});

/// How a task stands.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TaskStatus {
    /// The state: a number of [`TaskState`].
    #[prost(enumeration = "TaskState", tag = "1")]
    pub state: i32,
    /// What the agent says of it.
    #[prost(message, optional, tag = "2")]
    pub message: Option<Message>,
    /// When it came to this status.
    #[prost(message, optional, tag = "3")]
    pub timestamp: Option<Timestamp>,
}

proto_json!(TaskStatus {
    state: "state" as TaskState;
    message: "message";
    timestamp: "timestamp";
});

/// Something that a task brought about.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Artifact {
    /// The name of the artifact within its task.
    #[prost(string, tag = "1")]
    pub artifact_id: String,
    /// The name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// A description for people.
    #[prost(string, tag = "3")]
    pub description: String,
    /// The content.
    #[prost(message, repeated, tag = "4")]
    pub parts: Vec<Part>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "5")]
    pub metadata: Option<Struct>,
    /// The URIs of the extensions that had a part in it.
    #[prost(string, repeated, tag = "6")]
    pub extensions: Vec<String>,
}

proto_json!(Artifact {
    artifact_id: "artifactId";
    name: "name";
    description: "description";
    parts: "parts";
    metadata: "metadata";
    extensions: "extensions";
});

/// A task has another status.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TaskStatusUpdateEvent {
    /// The task.
    #[prost(string, tag = "1")]
    pub task_id: String,
    /// The conversation that it belongs to.
    #[prost(string, tag = "2")]
    pub context_id: String,
    /// The status of the task.
    #[prost(message, optional, tag = "3")]
    pub status: Option<TaskStatus>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "4")]
    pub metadata: Option<Struct>,
}

proto_json!(TaskStatusUpdateEvent {
    task_id: "taskId";
    context_id: "contextId";
    status: "status";
    metadata: "metadata";
});

/// A task brought about an artifact, or more of one.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TaskArtifactUpdateEvent {
    /// The task.
    #[prost(string, tag = "1")]
    pub task_id: String,
    /// The conversation that it belongs to.
    #[prost(string, tag = "2")]
    pub context_id: String,
    /// The artifact, or the new part of it.
    #[prost(message, optional, tag = "3")]
    pub artifact: Option<Artifact>,
    /// The parts go behind those of the same artifact that came before.
    #[prost(bool, tag = "4")]
    pub append: bool,
    /// The artifact is complete with this.
    #[prost(bool, tag = "5")]
    pub last_chunk: bool,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "6")]
    pub metadata: Option<Struct>,
}

proto_json!(TaskArtifactUpdateEvent {
    task_id: "taskId";
    context_id: "contextId";
    artifact: "artifact";
    append: "append";
    last_chunk: "lastChunk";
    metadata: "metadata";
});
