//! What holds under conditions.

use crate::config::compile::Fault;
use crate::config::resource::Conditioned;
use crate::config::snapshot::Cases;
use crate::expression::{Expression, Vocabulary};

/// The cases of the field at `path`, each read by `read`, which is given its path.
pub(super) fn cases<P: Conditioned, T>(
    found: &P,
    (names, path): (&Vocabulary, &str),
    faults: &mut Vec<Fault>,
    mut read: impl FnMut(&P::Policy, &str, &mut Vec<Fault>) -> Option<T>,
) -> Cases<T> {
    let mut all = Vec::new();
    for (condition, policy, case) in found.cases() {
        let condition = condition.map(|text| {
            let path = format!("{path}{case}.condition");
            expression(Expression::compile_bool, text, names, path, faults)
        });
        let path = match case.is_empty() {
            true => path.to_owned(),
            false => format!("{path}{case}.policy"),
        };
        let spec = read(&policy, &path, faults);
        // A condition that is none is a fault, and the whole is not used.
        all.extend(spec.map(|spec| (condition.flatten(), spec)));
    }
    Cases(all)
}

type Compile = fn(&str, &Vocabulary) -> Result<Expression, crate::expression::ExpressionError>;

/// An expression of the field at `path`.
pub(super) fn expression(
    compile: Compile,
    text: &str,
    names: &Vocabulary,
    path: String,
    faults: &mut Vec<Fault>,
) -> Option<Expression> {
    let read = compile(text, names).map_err(|error| Fault::new(path, "Invalid", error.to_string()));
    read.map_err(|fault| faults.push(fault)).ok()
}
