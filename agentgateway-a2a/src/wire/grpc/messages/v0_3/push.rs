//! Where changes are pushed to.

use crate::wire::grpc::proto_json::{hidden_debug, proto_json};

/// Where changes of a task are pushed to. `Debug` shows none of it.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct TaskPushNotificationConfig {
    /// The configuration, as `tasks/{id}/pushNotificationConfigs/{id}`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Where to push, and how.
    #[prost(message, optional, tag = "2")]
    pub push_notification_config: Option<PushNotificationConfig>,
}

hidden_debug!(TaskPushNotificationConfig);

proto_json!(TaskPushNotificationConfig {
    name: "name";
    push_notification_config: "pushNotificationConfig";
});

/// Where to push, and with which proof. `Debug` shows none of it.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct PushNotificationConfig {
    /// The id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// The URL.
    #[prost(string, tag = "2")]
    pub url: String,
    /// What the receiver knows the task by: a secret.
    #[prost(string, tag = "3")]
    pub token: String,
    /// The proof that goes with what is pushed.
    #[prost(message, optional, tag = "4")]
    pub authentication: Option<AuthenticationInfo>,
}

hidden_debug!(PushNotificationConfig);

proto_json!(PushNotificationConfig {
    id: "id";
    url: "url";
    token: "token";
    authentication: "authentication";
});

/// How the agent proves itself to the receiver of what it pushes. `Debug` shows none of it.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct AuthenticationInfo {
    /// The schemes of HTTP, such as `Bearer`.
    #[prost(string, repeated, tag = "1")]
    pub schemes: Vec<String>,
    /// The credential: a secret.
    #[prost(string, tag = "2")]
    pub credentials: String,
}

hidden_debug!(AuthenticationInfo);

proto_json!(AuthenticationInfo {
    schemes: "schemes";
    credentials: "credentials";
});
