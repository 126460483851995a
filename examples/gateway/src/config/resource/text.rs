//! The shapes of strings, for the schemas of the fields that hold them.
#![expect(
    dead_code,
    reason = "these types stand for schemas; their fields are never read"
)]

use schemars::JsonSchema;

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($rule:tt)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, JsonSchema)]
            #[schemars(inline)]
            pub struct $name(#[schemars($($rule)*)] String);
        )*
    };
}

shapes! {
    /// The name of an object: 1 to 253 characters.
    ObjectName { length(min = 1, max = 253) }
    /// An API group; empty for the core.
    Group { length(max = 253), regex(pattern = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"), extend("x-meaning" = "a group in lower case, as in gateway.networking.k8s.io, or empty for the core") }
    /// A kind.
    Kind { length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"), extend("x-meaning" = "a kind, as in HTTPRoute") }
    /// A namespace.
    NamespaceName { length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), extend("x-meaning" = "a name of lower-case letters, digits and dashes") }
    /// The name of a section: a listener, a rule, a target.
    SectionName { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"), extend("x-meaning" = "a name of lower-case letters, digits, dashes and points that begins and ends with a letter or digit") }
    /// A hostname, exact or with `*.` in front.
    HostnamePattern { length(min = 1, max = 253), regex(pattern = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"), extend("x-meaning" = "a hostname in lower case without port, as in example.com or *.example.com") }
    /// A hostname without a wildcard.
    PreciseHostname { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"), extend("x-meaning" = "a hostname in lower case without wildcard and port, as in example.com") }
    /// The name of a header field or query parameter.
    HeaderName { length(min = 1, max = 256), regex(pattern = r"^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$"), extend("x-meaning" = "the name of a header, of letters, digits and !#$%&'*+-.^_`|~") }
    /// The value of a header field.
    HeaderValue { length(min = 1, max = 4096) }
    /// The value of a query parameter.
    QueryValue { length(min = 1, max = 1024) }
    /// A path, or what replaces one.
    Path { length(max = 1024) }
    /// A path that is not empty.
    FilledPath { length(min = 1, max = 1024) }
    /// A duration of Gateway API (GEP-2257): `10s`, `1h30m`, `500ms`, `0s`.
    Duration { length(max = 32), regex(pattern = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"), extend("x-meaning" = "a duration of up to four numbers with the units h, m, s and ms, as in 10s, 1h30m or 500ms") }
    /// A duration as Flux writes it.
    FluxDuration { regex(pattern = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"), extend("x-meaning" = "a duration with the units h, m, s and ms, as in 10m or 1h30m") }
    /// A CEL expression.
    Expression { length(min = 1, max = 16384) }
    /// What is not empty.
    Filled { length(min = 1) }
    /// Up to 64 characters.
    ShortWord { length(min = 1, max = 64) }
    /// Up to 256 characters.
    Word { length(min = 1, max = 256) }
    /// A text of an answer.
    Answer { length(min = 1, max = 4096) }
    /// A regular expression.
    Pattern { length(min = 1, max = 1024) }
    /// The name of a header, or of what HTTP/2 writes as one.
    AnyHeaderName { length(min = 1, max = 256), regex(pattern = r"^(:(authority|method|path|scheme|status)|[A-Za-z0-9!#$%&'*+\-.^_`|~]+)$"), extend("x-meaning" = "the name of a header, or :authority, :method, :path, :scheme or :status") }
    /// A path from the root.
    Rooted { regex(pattern = "^/"), extend("x-meaning" = "a path that begins with /") }
    /// Keys to verify tokens with.
    InlineJwks { length(min = 2, max = 65536), extend("x-secret" = true) }
    /// An expression that may hold a credential.
    SecretExpression { length(min = 1, max = 16384), extend("x-secret" = true) }
    /// A text that may be a credential.
    SecretText { extend("x-secret" = true) }
    /// A role of AWS.
    RoleArn { length(min = 1), regex(pattern = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$"), extend("x-meaning" = "a role, as in arn:aws:iam::123456789012:role/gateway") }
    /// The name of a session of AWS.
    AwsSession { regex(pattern = r"^[\w+=,.@-]{2,64}$"), extend("x-meaning" = "2 to 64 letters, digits and +=,.@-_") }
    /// A region of AWS.
    AwsRegion { length(min = 1, max = 63), regex(pattern = "^[a-z0-9-]+$"), extend("x-meaning" = "a region, as in us-east-1") }
    /// A duration of Gateway API of any length.
    LongDuration { regex(pattern = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$"), extend("x-meaning" = "a duration of up to four numbers with the units h, m, s and ms, as in 10s, 1h30m or 500ms") }
    /// A key exchange of TLS.
    KeyExchange { extend("enum" = ["P-256", "P-384", "X25519", "X25519_MLKEM768"]) }
    /// A cipher suite of TLS.
    CipherSuite { extend("enum" = ["TLS13_AES_128_GCM_SHA256", "TLS13_AES_256_GCM_SHA384", "TLS13_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"]) }
    /// An amount of a resource.
    Amount { regex(pattern = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"), extend("x-meaning" = "an amount, as in 500m or 64Mi") }
    /// The name of an attribute.
    AttributeName { length(min = 1, max = 256) }
    /// A host to connect to.
    Host { length(min = 1, max = 256) }
    /// A URL without user, query and fragment.
    Url { length(min = 1, max = 1024), regex(pattern = r"^https?://[^/?#@]+(/[^?#]*)?$"), extend("x-meaning" = "a URL that begins with http:// or https:// and has no user, query or fragment", "x-secret" = true, "x-shown-when-valid" = true) }
    /// The protocol of a listener.
    ListenerProtocol { length(min = 1, max = 255), regex(pattern = r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9]+$"), extend("x-meaning" = "a protocol, as in HTTP or HTTPS") }
    /// The name of a model.
    Model { length(min = 1, max = 256) }
    /// The origin of a page, for CORS.
    Origin { length(min = 1, max = 253), regex(pattern = r"^\*$|^https?://((\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(:[0-9]{1,5})?$"), extend("x-meaning" = "an origin without path, as in https://example.com or https://*.example.com:8443, or *") }
    /// A method that pages of other origins may use.
    CorsMethod { extend("enum" = ["*", "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"]) }
    /// A name that is removed from attributes.
    RemovedName { length(min = 1, max = 64) }
    /// The value of a label.
    LabelValue { length(max = 63), regex(pattern = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"), extend("x-meaning" = "the value of a label: up to 63 letters, digits and -_. that begins and ends with a letter or digit") }
    /// The value of an annotation or option.
    LongValue { length(max = 4096) }
    /// A number of bytes as Kubernetes writes it.
    Quantity { length(min = 1, max = 32), regex(pattern = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|[eE](\+?0*([0-9]|1[0-8])|-0*[0-9]))?$"), extend("x-meaning" = "a number of bytes, as in 65536 or 64Ki") }
    /// The type of an address.
    AddressType { length(min = 1, max = 253), regex(pattern = r"^(Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+)$"), extend("x-meaning" = "IPAddress, Hostname, or a domain, a slash and a path") }
    /// The name of an object itself, a DNS subdomain.
    OwnName { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"), extend("x-meaning" = "a name of lower-case letters, digits, dashes and points that begins and ends with a letter or digit") }
    /// A time as an API server writes it.
    Time { regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"), extend("x-meaning" = "a time in UTC, as in 2026-01-31T12:00:00Z") }
    /// The name of a controller: a domain, a slash, a path.
    Controller { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$"), extend("x-meaning" = "a domain, a slash and a path, as in agentgateway.dev/agentgateway") }
    /// The name of an agent in a catalogue.
    AgentName { length(min = 1, max = 128), regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$"), extend("x-meaning" = "a name of letters, digits and -_. that begins with none of the points") }
    /// A scope of OAuth.
    Scope { length(min = 1, max = 256), regex(pattern = r"^[\x21\x23-\x5b\x5d-\x7e]+$"), extend("x-meaning" = "a scope of OAuth, of visible ASCII but quotes and backslashes, as in files:read") }
    /// The full name of a gRPC service or the name of a method.
    GrpcName { length(max = 1024) }
}
