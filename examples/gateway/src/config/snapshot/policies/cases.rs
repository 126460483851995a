use crate::expression::Expression;

/// What holds where: the first whose condition is true, and nothing where none is.
///
/// A condition without a value, such as one that asks for a field which is not there, is not true.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a list, by its meaning")]
pub struct Cases<T>(pub Vec<(Option<Expression>, T)>);

impl<T> Cases<T> {
    /// One line for each case.
    pub(super) fn lines(&self, name: &str, line: impl Fn(&T) -> String) -> Vec<String> {
        let said = |(condition, spec): &(Option<Expression>, T)| match condition {
            Some(condition) => format!("{name}: {}, if {}", line(spec), condition.text()),
            None => format!("{name}: {}", line(spec)),
        };
        self.0.iter().map(said).collect()
    }
}
