use std::fmt;

use http::request;

/// What a rule asks of a request.
///
/// A closure is one: `|head: &request::Parts| head.method == "GET"`. Of a `Vec` all must hold.
pub trait Condition: Send + Sync + 'static {
    /// Whether it holds. It must not block.
    ///
    /// # Errors
    /// [`Undecided`]: it cannot be said of this request.
    fn holds(&self, head: &request::Parts) -> Result<bool, Undecided>;
}

impl<F> Condition for F
where
    F: Fn(&request::Parts) -> bool + Send + Sync + 'static,
{
    fn holds(&self, head: &request::Parts) -> Result<bool, Undecided> {
        Ok(self(head))
    }
}

/// All of them. One that does not hold decides, whatever becomes of the others.
impl<C: Condition> Condition for Vec<C> {
    fn holds(&self, head: &request::Parts) -> Result<bool, Undecided> {
        let mut undecided: Option<Undecided> = None;
        for condition in self {
            match condition.holds(head) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                // A failure says more than something that is missing.
                Err(error) if undecided.as_ref().is_none_or(Undecided::is_missing) => {
                    undecided = Some(error);
                }
                Err(_) => {}
            }
        }
        undecided.map_or(Ok(true), Err)
    }
}

/// The value of the expression; it may look at credentials.
#[cfg(feature = "expression")]
#[cfg_attr(docsrs, doc(cfg(feature = "expression")))]
impl Condition for crate::expression::Expression {
    fn holds(&self, head: &request::Parts) -> Result<bool, Undecided> {
        let facts = crate::expression::Facts::request(head).reveal_credentials();
        self.evaluate_bool(&facts).map_err(|error| {
            let message = error.to_string();
            if error.is_missing() {
                Undecided::missing(message)
            } else {
                Undecided::failed(message)
            }
        })
    }
}

/// A condition that cannot be decided of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    message: String,
    missing: bool,
}

impl Undecided {
    /// It asks for something that the request does not have.
    pub fn missing(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            missing: true,
        }
    }

    /// It went wrong.
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            missing: false,
        }
    }

    /// Whether it asks for something that the request does not have.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        self.missing
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Undecided {}
