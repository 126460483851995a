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
    Group { length(max = 253), regex(pattern = r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$") }
    /// A kind.
    Kind { length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$") }
    /// A namespace.
    NamespaceName { length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$") }
    /// The name of a section: a listener, a rule, a target.
    SectionName { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$") }
    /// A hostname, exact or with `*.` in front.
    HostnamePattern { length(min = 1, max = 253), regex(pattern = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$") }
    /// A hostname without a wildcard.
    PreciseHostname { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$") }
    /// The name of a header field or query parameter.
    HeaderName { length(min = 1, max = 256), regex(pattern = r"^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$") }
    /// The value of a header field.
    HeaderValue { length(min = 1, max = 4096) }
    /// The value of a query parameter.
    QueryValue { length(min = 1, max = 1024) }
    /// A path, or what replaces one.
    Path { length(max = 1024) }
    /// A path that is not empty.
    FilledPath { length(min = 1, max = 1024) }
    /// A duration of Gateway API (GEP-2257): `10s`, `1h30m`, `500ms`, `0s`.
    Duration { length(max = 32), regex(pattern = r"^([0-9]{1,5}(h|m|s|ms)){1,4}$") }
    /// A CEL expression.
    Expression { length(min = 1, max = 16384) }
    /// The name of an attribute.
    AttributeName { length(min = 1, max = 256) }
    /// A host to connect to.
    Host { length(min = 1, max = 256) }
    /// A URL without user, query and fragment.
    Url { length(min = 1, max = 1024), regex(pattern = r"^https?://[^/?#@]+(/[^?#]*)?$") }
    /// The protocol of a listener.
    ListenerProtocol { length(min = 1, max = 255), regex(pattern = r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9]+$") }
    /// The name of a model.
    Model { length(min = 1, max = 256) }
    /// The origin of a page, for CORS.
    Origin { length(min = 1, max = 253) }
    /// The name of a controller: a domain, a slash, a path.
    Controller { length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$") }
    /// The full name of a gRPC service or the name of a method.
    GrpcName { length(max = 1024) }
}
