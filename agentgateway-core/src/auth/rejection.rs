use std::borrow::Cow;

/// Why a credential is not valid.
///
/// The message is for the client, and says no more than it must know; the rule is for the operator:
/// one stable word.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Rejection {
    message: Cow<'static, str>,
    rule: Cow<'static, str>,
    code: &'static str,
}

impl Rejection {
    /// The words for the client and the rule for the operator, such as `the token is expired` and
    /// `expired`.
    pub fn new(message: impl Into<Cow<'static, str>>, rule: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            rule: rule.into(),
            code: "invalid_token",
        }
    }

    /// The request gives its credential so that it cannot be said what it is.
    pub(super) const fn unclear(message: &'static str, rule: &'static str) -> Self {
        Self {
            message: Cow::Borrowed(message),
            rule: Cow::Borrowed(rule),
            code: "invalid_request",
        }
    }

    /// The words that the client reads.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The rule that was broken.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The error code of RFC 6750, 3.1.
    pub(super) const fn code(&self) -> &'static str {
        self.code
    }
}
