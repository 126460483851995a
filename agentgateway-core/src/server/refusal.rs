use http::StatusCode;

/// Why a request is answered without asking the service.
///
/// The words go to the client: they name the rule and nothing that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    TwoFramings,
    TwoCodings,
    UnknownCoding,
    LongFraming,
    BareLineFeed,
    FoldedLine,
    NoHost,
    ManyHosts,
    BadHost,
    HostDiffers,
    UserInfo,
    BadTarget,
    BadEscape,
    TargetTooLong,
    TooManyFields,
    Connect,
    Upgrade,
}

impl Refusal {
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::TooManyFields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::UnknownCoding | Self::Connect | Self::Upgrade => StatusCode::NOT_IMPLEMENTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::TwoFramings => "content-length and transfer-encoding exclude each other",
            Self::TwoCodings => "transfer-encoding is given twice",
            Self::UnknownCoding => "the only transfer-encoding that is understood is chunked",
            Self::LongFraming => "content-length or transfer-encoding is longer than either can be",
            Self::BareLineFeed => "a line of the head does not end in CR LF",
            Self::FoldedLine => "a line of the head begins with white space",
            Self::NoHost => "the host field is missing",
            Self::ManyHosts => "the host field is given more than once",
            Self::BadHost => "the host is not a name or an address with an optional port",
            Self::HostDiffers => "the host field and the authority of the target differ",
            Self::UserInfo => "the target carries user information",
            Self::BadTarget => "the form of the target does not fit the method",
            Self::BadEscape => "the target has a % without two hexadecimal digits",
            Self::TargetTooLong => "the target is too long",
            Self::TooManyFields => "the head has too many fields",
            Self::Connect => "this is no proxy for CONNECT",
            Self::Upgrade => "no other protocol is spoken here",
        }
    }
}
