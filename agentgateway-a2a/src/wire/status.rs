use agentgateway_core::ErrorKind;

/// The canonical status of an error, as HTTP+JSON names it and gRPC counts it.
///
/// # Source
/// google.rpc.Code; A2A v1.0, sections 10.6 and 11.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RpcStatus {
    pub(crate) name: &'static str,
    pub(crate) number: &'static str,
}

impl RpcStatus {
    pub(crate) const fn of(kind: ErrorKind) -> Self {
        let (name, number) = match kind {
            ErrorKind::InvalidRequest
            | ErrorKind::NotAcceptable
            | ErrorKind::UnsupportedMediaType => ("INVALID_ARGUMENT", "3"),
            ErrorKind::Unauthenticated => ("UNAUTHENTICATED", "16"),
            ErrorKind::Forbidden => ("PERMISSION_DENIED", "7"),
            ErrorKind::NotFound => ("NOT_FOUND", "5"),
            ErrorKind::MethodNotAllowed => ("UNIMPLEMENTED", "12"),
            ErrorKind::TooLarge | ErrorKind::RateLimited => ("RESOURCE_EXHAUSTED", "8"),
            ErrorKind::RequestTimeout | ErrorKind::Timeout => ("DEADLINE_EXCEEDED", "4"),
            ErrorKind::Overloaded | ErrorKind::Unavailable => ("UNAVAILABLE", "14"),
            ErrorKind::Canceled => ("CANCELLED", "1"),
            _ => ("INTERNAL", "13"),
        };
        Self { name, number }
    }
}
