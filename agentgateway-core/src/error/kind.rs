use http::StatusCode;

/// What went wrong, in terms that every protocol can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is malformed or breaks a rule of its protocol.
    InvalidRequest,
    /// No credential, or one that is not valid.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// No such route, method, tool, agent or model.
    NotFound,
    /// The HTTP method is not allowed here.
    MethodNotAllowed,
    /// None of the media types that the client accepts can be served.
    NotAcceptable,
    /// The client was too slow in sending its request.
    RequestTimeout,
    /// A body, an event or a header is over its limit.
    TooLarge,
    /// The request's media type or content coding is not supported.
    UnsupportedMediaType,
    /// The caller is over a rate or a budget.
    RateLimited,
    /// The gateway or the service has no capacity now.
    Overloaded,
    /// The service did not answer in time.
    Timeout,
    /// The service cannot be reached.
    Unavailable,
    /// The service answered with something that is not a valid answer.
    BadAnswer,
    /// The client went away before the answer.
    Canceled,
    /// A fault of the gateway itself.
    Internal,
}

impl ErrorKind {
    /// The HTTP status that says this kind.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::Canceled => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Unavailable | Self::BadAnswer => StatusCode::BAD_GATEWAY,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A short stable name, for `error.type` in spans and for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::RequestTimeout => "request_timeout",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::BadAnswer => "bad_answer",
            Self::Canceled => "canceled",
            Self::Internal => "internal",
        }
    }

    /// Who is at fault when nothing more is known.
    #[must_use]
    pub const fn origin(self) -> Origin {
        match self {
            Self::InvalidRequest
            | Self::MethodNotAllowed
            | Self::NotAcceptable
            | Self::RequestTimeout
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::Canceled => Origin::Client,
            Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::RateLimited
            | Self::Overloaded
            | Self::Internal => Origin::Gateway,
            Self::Timeout | Self::Unavailable | Self::BadAnswer => Origin::Upstream,
        }
    }
}

/// Whose word an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// The client sent something wrong, or went away.
    Client,
    /// The gateway decided so: a policy, a limit, a fault.
    Gateway,
    /// The service behind failed.
    Upstream,
}

impl Origin {
    /// A short stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Gateway => "gateway",
            Self::Upstream => "upstream",
        }
    }
}
