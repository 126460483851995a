use http::HeaderName;

use crate::expression::Expression;

/// What is changed of requests and of their answers.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Transforming {
    /// Of requests.
    pub request: MessageChanges,
    /// Of answers.
    pub response: MessageChanges,
}

impl Transforming {
    /// Whether an expression asks for the body of the request, also one about the answer.
    pub(crate) fn asks_request_body(&self) -> bool {
        let mut all = self
            .request
            .expressions()
            .chain(self.response.expressions());
        all.any(Expression::needs_request_body)
    }

    /// Whether an expression asks for the body of the answer.
    pub(crate) fn asks_response_body(&self) -> bool {
        let mut all = self.response.expressions();
        all.any(Expression::needs_response_body)
    }

    pub(super) fn line(&self) -> String {
        let of = |what: &str, changes: &MessageChanges| {
            let named = |(name, _): &(String, Expression)| name.clone();
            let mut said: Vec<String> = changes.set.iter().chain(&changes.add).map(named).collect();
            said.extend(
                changes
                    .remove
                    .iter()
                    .map(|name| format!("{name} (removed)")),
            );
            said.extend(changes.body.iter().map(|_| "the body".to_owned()));
            said.extend(
                changes
                    .metadata
                    .iter()
                    .map(|(name, _)| format!("metadata.{name}")),
            );
            (!said.is_empty()).then(|| format!("of {what} {}", said.join(", ")))
        };
        let said = [of("requests", &self.request), of("answers", &self.response)];
        format!(
            "writes {}",
            said.into_iter().flatten().collect::<Vec<_>>().join("; ")
        )
    }
}

/// What is changed of one message. Names are fields of headers, or `:path` and their like.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct MessageChanges {
    /// What takes the place of all fields of a name.
    pub set: Vec<(String, Expression)>,
    /// What is appended.
    pub add: Vec<(String, Expression)>,
    /// What is taken away.
    pub remove: Vec<HeaderName>,
    /// What takes the place of the body.
    pub body: Option<Expression>,
    /// What is noted.
    pub metadata: Vec<(String, Expression)>,
}

impl MessageChanges {
    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let named = self.set.iter().chain(&self.add).chain(&self.metadata);
        named.map(|(_, value)| value).chain(&self.body)
    }
}
