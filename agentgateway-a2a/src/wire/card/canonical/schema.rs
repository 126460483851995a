//! What the messages of a card are made of.
//!
//! # Source
//! A2A v1.0, section 4.4 and `a2a.proto`, message `AgentCard`.

/// What a member holds.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    Flag,
    Message(&'static [Field]),
    List(&'static Self),
    Map(&'static Self),
    /// Any JSON: `google.protobuf.Struct`, and what is not known here.
    Open,
}

/// When a member that holds its type's default is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Always: it cannot be told from one that is not there.
    Implicit,
    /// Never: it was set (`optional`, and every message).
    Explicit,
    /// Never: it must be there.
    Required,
}

/// One member of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// The other spelling in which the JSON form of a protobuf may be read.
    pub(super) snake: &'static str,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
}

const fn field(name: &'static str, snake: &'static str, kind: Kind, presence: Presence) -> Field {
    Field {
        name,
        snake,
        kind,
        presence,
    }
}

use Kind::{Flag, List, Map, Message, Open, Text};
use Presence::{Explicit, Implicit, Required};

pub(super) const CARD: &[Field] = &[
    field("name", "name", Text, Required),
    field("description", "description", Text, Required),
    field(
        "supportedInterfaces",
        "supported_interfaces",
        List(&Message(INTERFACE)),
        Required,
    ),
    field("provider", "provider", Message(PROVIDER), Explicit),
    field("version", "version", Text, Required),
    field("documentationUrl", "documentation_url", Text, Explicit),
    field(
        "capabilities",
        "capabilities",
        Message(CAPABILITIES),
        Required,
    ),
    field(
        "securitySchemes",
        "security_schemes",
        Map(&Message(SCHEME)),
        Implicit,
    ),
    field(
        "securityRequirements",
        "security_requirements",
        List(&Message(REQUIREMENT)),
        Implicit,
    ),
    field(
        "defaultInputModes",
        "default_input_modes",
        List(&Text),
        Required,
    ),
    field(
        "defaultOutputModes",
        "default_output_modes",
        List(&Text),
        Required,
    ),
    field("skills", "skills", List(&Message(SKILL)), Required),
    field("iconUrl", "icon_url", Text, Explicit),
];

const INTERFACE: &[Field] = &[
    field("url", "url", Text, Required),
    field("protocolBinding", "protocol_binding", Text, Required),
    field("tenant", "tenant", Text, Implicit),
    field("protocolVersion", "protocol_version", Text, Required),
];

const PROVIDER: &[Field] = &[
    field("url", "url", Text, Required),
    field("organization", "organization", Text, Required),
];

const CAPABILITIES: &[Field] = &[
    field("streaming", "streaming", Flag, Explicit),
    field("pushNotifications", "push_notifications", Flag, Explicit),
    field(
        "extensions",
        "extensions",
        List(&Message(EXTENSION)),
        Implicit,
    ),
    field("extendedAgentCard", "extended_agent_card", Flag, Explicit),
];

const EXTENSION: &[Field] = &[
    field("uri", "uri", Text, Implicit),
    field("description", "description", Text, Implicit),
    field("required", "required", Flag, Implicit),
    field("params", "params", Open, Explicit),
];

const SKILL: &[Field] = &[
    field("id", "id", Text, Required),
    field("name", "name", Text, Required),
    field("description", "description", Text, Required),
    field("tags", "tags", List(&Text), Required),
    field("examples", "examples", List(&Text), Implicit),
    field("inputModes", "input_modes", List(&Text), Implicit),
    field("outputModes", "output_modes", List(&Text), Implicit),
    field(
        "securityRequirements",
        "security_requirements",
        List(&Message(REQUIREMENT)),
        Implicit,
    ),
];

const REQUIREMENT: &[Field] = &[field(
    "schemes",
    "schemes",
    Map(&Message(STRINGS)),
    Implicit,
)];

const STRINGS: &[Field] = &[field("list", "list", List(&Text), Implicit)];

const SCHEME: &[Field] = &[
    field(
        "apiKeySecurityScheme",
        "api_key_security_scheme",
        Message(API_KEY),
        Explicit,
    ),
    field(
        "httpAuthSecurityScheme",
        "http_auth_security_scheme",
        Message(HTTP_AUTH),
        Explicit,
    ),
    field(
        "oauth2SecurityScheme",
        "oauth2_security_scheme",
        Message(OAUTH2),
        Explicit,
    ),
    field(
        "openIdConnectSecurityScheme",
        "open_id_connect_security_scheme",
        Message(OPEN_ID),
        Explicit,
    ),
    field(
        "mtlsSecurityScheme",
        "mtls_security_scheme",
        Message(MTLS),
        Explicit,
    ),
];

const API_KEY: &[Field] = &[
    field("description", "description", Text, Implicit),
    field("location", "location", Text, Required),
    field("name", "name", Text, Required),
];

const HTTP_AUTH: &[Field] = &[
    field("description", "description", Text, Implicit),
    field("scheme", "scheme", Text, Required),
    field("bearerFormat", "bearer_format", Text, Implicit),
];

const OAUTH2: &[Field] = &[
    field("description", "description", Text, Implicit),
    field("flows", "flows", Message(FLOWS), Required),
    field("oauth2MetadataUrl", "oauth2_metadata_url", Text, Implicit),
];

const OPEN_ID: &[Field] = &[
    field("description", "description", Text, Implicit),
    field("openIdConnectUrl", "open_id_connect_url", Text, Required),
];

const MTLS: &[Field] = &[field("description", "description", Text, Implicit)];

const FLOWS: &[Field] = &[
    field(
        "authorizationCode",
        "authorization_code",
        Message(AUTHORIZATION_CODE),
        Explicit,
    ),
    field(
        "clientCredentials",
        "client_credentials",
        Message(CLIENT_CREDENTIALS),
        Explicit,
    ),
    field("implicit", "implicit", Message(IMPLICIT), Explicit),
    field("password", "password", Message(PASSWORD), Explicit),
    field("deviceCode", "device_code", Message(DEVICE_CODE), Explicit),
];

const AUTHORIZATION_CODE: &[Field] = &[
    field("authorizationUrl", "authorization_url", Text, Required),
    field("tokenUrl", "token_url", Text, Required),
    field("refreshUrl", "refresh_url", Text, Implicit),
    field("scopes", "scopes", Map(&Text), Required),
    field("pkceRequired", "pkce_required", Flag, Implicit),
];

const CLIENT_CREDENTIALS: &[Field] = &[
    field("tokenUrl", "token_url", Text, Required),
    field("refreshUrl", "refresh_url", Text, Implicit),
    field("scopes", "scopes", Map(&Text), Required),
];

const IMPLICIT: &[Field] = &[
    field("authorizationUrl", "authorization_url", Text, Implicit),
    field("refreshUrl", "refresh_url", Text, Implicit),
    field("scopes", "scopes", Map(&Text), Implicit),
];

const PASSWORD: &[Field] = &[
    field("tokenUrl", "token_url", Text, Implicit),
    field("refreshUrl", "refresh_url", Text, Implicit),
    field("scopes", "scopes", Map(&Text), Implicit),
];

const DEVICE_CODE: &[Field] = &[
    field(
        "deviceAuthorizationUrl",
        "device_authorization_url",
        Text,
        Required,
    ),
    field("tokenUrl", "token_url", Text, Required),
    field("refreshUrl", "refresh_url", Text, Implicit),
    field("scopes", "scopes", Map(&Text), Required),
];
