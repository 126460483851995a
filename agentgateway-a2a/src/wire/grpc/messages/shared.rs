//! The messages that both versions have alike, field by field.

use std::collections::BTreeMap;

use prost_types::Struct;

use crate::wire::grpc::proto_json::{enum_names, proto_json};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub enum Role {
    /// Not said.
    Unspecified = 0,
    /// The client.
    User = 1,
    /// The agent.
    Agent = 2,
}

enum_names!(Role {
    Unspecified: "ROLE_UNSPECIFIED",
    User: "ROLE_USER",
    Agent: "ROLE_AGENT",
});

/// Who offers the agent.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentProvider {
    /// The URL.
    #[prost(string, tag = "1")]
    pub url: String,
    /// The name of the organization.
    #[prost(string, tag = "2")]
    pub organization: String,
}

proto_json!(AgentProvider {
    url: "url";
    organization: "organization";
});

/// An extension of the protocol that the agent knows.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentExtension {
    /// The URI of the extension.
    #[prost(string, tag = "1")]
    pub uri: String,
    /// A description for people.
    #[prost(string, tag = "2")]
    pub description: String,
    /// A client must know the extension.
    #[prost(bool, tag = "3")]
    pub required: bool,
    /// Parameters of the extension.
    #[prost(message, optional, tag = "4")]
    pub params: Option<Struct>,
}

proto_json!(AgentExtension {
    uri: "uri";
    description: "description";
    required: "required";
    params: "params";
});

/// A signature of a card, in the form of RFC 7515.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentCardSignature {
    /// The protected header, in base64url.
    #[prost(string, tag = "1")]
    pub protected: String,
    /// The signature, in base64url.
    #[prost(string, tag = "2")]
    pub signature: String,
    /// The unprotected header.
    #[prost(message, optional, tag = "3")]
    pub header: Option<Struct>,
}

proto_json!(AgentCardSignature {
    protected: "protected";
    signature: "signature";
    header: "header";
});

/// A list of strings, as the value of a map.
#[derive(Clone, PartialEq, prost::Message)]
pub struct StringList {
    /// The strings.
    #[prost(string, repeated, tag = "1")]
    pub list: Vec<String>,
}

proto_json!(StringList {
    list: "list";
});

/// A key that the agent gave out.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ApiKeySecurityScheme {
    /// A description for people.
    #[prost(string, tag = "1")]
    pub description: String,
    /// Where the key goes: `query`, `header` or `cookie`.
    #[prost(string, tag = "2")]
    pub location: String,
    /// The name of the parameter, header or cookie.
    #[prost(string, tag = "3")]
    pub name: String,
}

proto_json!(ApiKeySecurityScheme {
    description: "description";
    location: "location";
    name: "name";
});

/// An authentication scheme of HTTP.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HttpAuthSecurityScheme {
    /// A description for people.
    #[prost(string, tag = "1")]
    pub description: String,
    /// The scheme of HTTP, such as `Bearer`.
    #[prost(string, tag = "2")]
    pub scheme: String,
    /// The form of a bearer token, such as `JWT`.
    #[prost(string, tag = "3")]
    pub bearer_format: String,
}

proto_json!(HttpAuthSecurityScheme {
    description: "description";
    scheme: "scheme";
    bearer_format: "bearerFormat";
});

/// OpenID Connect.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OpenIdConnectSecurityScheme {
    /// A description for people.
    #[prost(string, tag = "1")]
    pub description: String,
    /// The discovery document of the provider.
    #[prost(string, tag = "2")]
    pub open_id_connect_url: String,
}

proto_json!(OpenIdConnectSecurityScheme {
    description: "description";
    open_id_connect_url: "openIdConnectUrl";
});

/// A certificate of the client.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MutualTlsSecurityScheme {
    /// A description for people.
    #[prost(string, tag = "1")]
    pub description: String,
}

proto_json!(MutualTlsSecurityScheme {
    description: "description";
});

/// By the credentials of the client.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ClientCredentialsOAuthFlow {
    /// The URL that gives tokens.
    #[prost(string, tag = "1")]
    pub token_url: String,
    /// The URL that renews tokens.
    #[prost(string, tag = "2")]
    pub refresh_url: String,
    /// The scopes by their names, with a description of each.
    #[prost(btree_map = "string, string", tag = "3")]
    pub scopes: BTreeMap<String, String>,
}

proto_json!(ClientCredentialsOAuthFlow {
    token_url: "tokenUrl";
    refresh_url: "refreshUrl";
    scopes: "scopes";
});

/// Implicit; deprecated by OAuth.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ImplicitOAuthFlow {
    /// The URL at which the user agrees.
    #[prost(string, tag = "1")]
    pub authorization_url: String,
    /// The URL that renews tokens.
    #[prost(string, tag = "2")]
    pub refresh_url: String,
    /// The scopes by their names, with a description of each.
    #[prost(btree_map = "string, string", tag = "3")]
    pub scopes: BTreeMap<String, String>,
}

proto_json!(ImplicitOAuthFlow {
    authorization_url: "authorizationUrl";
    refresh_url: "refreshUrl";
    scopes: "scopes";
});

/// By the password of the user; deprecated by OAuth.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PasswordOAuthFlow {
    /// The URL that gives tokens.
    #[prost(string, tag = "1")]
    pub token_url: String,
    /// The URL that renews tokens.
    #[prost(string, tag = "2")]
    pub refresh_url: String,
    /// The scopes by their names, with a description of each.
    #[prost(btree_map = "string, string", tag = "3")]
    pub scopes: BTreeMap<String, String>,
}

proto_json!(PasswordOAuthFlow {
    token_url: "tokenUrl";
    refresh_url: "refreshUrl";
    scopes: "scopes";
});
