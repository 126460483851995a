use crate::expression::Expression;

/// What holds where: the first whose condition is true, and nothing where none is.
///
/// A condition without a value, such as one that asks for a field which is not there, is not true.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a list, by its meaning")]
pub struct Cases<T>(pub Vec<(Option<Expression>, T)>);

impl<T> Cases<T> {
    /// One line for each case of which there is something to say.
    pub(super) fn lines(&self, name: &str, line: impl Fn(&T) -> Option<String>) -> Vec<String> {
        let said = |(condition, spec): &(Option<Expression>, T)| {
            let said = line(spec)?;
            Some(match condition {
                Some(condition) => format!("{name}: {said}, if {}", condition.text()),
                None => format!("{name}: {said}"),
            })
        };
        self.0.iter().filter_map(said).collect()
    }
}
