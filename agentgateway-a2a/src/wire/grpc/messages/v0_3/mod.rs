//! The messages of A2A 0.3: `a2a.v1`.
//!
//! # Source
//! A2A v0.3, `a2a.proto`. Fields that its releases of Python have beside it are here too:
//! the metadata of parts, the name of a file, the icon of a card.

mod card;
mod message;
mod oauth;
mod push;
mod request;
mod response;
mod security;
mod task;

pub use self::{
    card::{AgentCapabilities, AgentCard, AgentInterface, AgentSkill},
    message::{DataPart, FilePart, Message, Part, file_part, part},
    oauth::{AuthorizationCodeOAuthFlow, OAuthFlows, oauth_flows},
    push::{AuthenticationInfo, PushNotificationConfig, TaskPushNotificationConfig},
    request::{
        CancelTaskRequest, CreateTaskPushNotificationConfigRequest,
        DeleteTaskPushNotificationConfigRequest, GetAgentCardRequest,
        GetTaskPushNotificationConfigRequest, GetTaskRequest,
        ListTaskPushNotificationConfigRequest, SendMessageConfiguration, SendMessageRequest,
        TaskSubscriptionRequest,
    },
    response::{
        ListTaskPushNotificationConfigResponse, SendMessageResponse, StreamResponse,
        send_message_response, stream_response,
    },
    security::{OAuth2SecurityScheme, Security, SecurityScheme, security_scheme},
    task::{Artifact, Task, TaskArtifactUpdateEvent, TaskState, TaskStatus, TaskStatusUpdateEvent},
};
pub use super::shared::{
    AgentCardSignature, AgentExtension, AgentProvider, ApiKeySecurityScheme,
    ClientCredentialsOAuthFlow, HttpAuthSecurityScheme, ImplicitOAuthFlow, MutualTlsSecurityScheme,
    OpenIdConnectSecurityScheme, PasswordOAuthFlow, Role, StringList,
};
